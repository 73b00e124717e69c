from __future__ import annotations

import threading

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from ring_documents import MemoryRecording
from window_desk import Desk
from working_documents import WorkingRecording, working_document

from orbitviz.core.event import Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.node_type import NodeType
from orbitviz.gui.docks.inspector import Histories, Inspector
from orbitviz.gui.gangs import Gang, GangIndex, is_running
from orbitviz.player import Player

pytestmark = pytest.mark.gui


def select(desk: Desk, qtbot: QtBot, row: int) -> Inspector:
    inspector = desk.window.right.inspector
    desk.session.selection.row = row
    qtbot.waitUntil(lambda: inspector._histories is not None and len(inspector._histories.values) == 4)
    return inspector


def test_what_a_node_does_now_is_known_before_its_histories(qtbot: QtBot) -> None:
    let_through = threading.Event()

    class Gated(MemoryRecording):
        def histories(self, name: str, rows: np.ndarray, first: int = 0, last: int | None = None) -> np.ndarray:
            if len(self.times_s[first:last]) > 2:
                assert let_through.wait(10.0)
            return super().histories(name, rows, first, last)

    player = Player(Gated())
    histories = Histories(player, 5, "radiator_k", 135.0, lambda: None)
    try:
        qtbot.waitUntil(lambda: histories.now("battery_soc", 135.0) == pytest.approx((2.25 + 5) / 250))
        assert histories.now("radiator_k", 135.0) == pytest.approx(250.0 + 0.5 * 2.25)
        assert not histories.values
    finally:
        let_through.set()
    qtbot.waitUntil(lambda: len(histories.values) == 4)
    assert histories.now("radiator_k", 300.0) == pytest.approx(252.5)
    player.close()


# -- gangs --------------------------------------------------------------------------------------------
def test_a_member_says_its_gang_and_whether_it_trains(desk: Desk, qtbot: QtBot) -> None:
    desk.open(working_document())
    inspector = select(desk, qtbot, 9)
    inspector.refresh(0.0)
    assert inspector.gang.isVisibleTo(inspector)
    assert inspector.gang.text() == "Gang pretraining/2 of 3: running"
    assert "never stood still" in inspector.gang.toolTip()
    inspector = select(desk, qtbot, 4)
    inspector.refresh(0.0)
    assert inspector.gang.text() == "Gang pretraining/1 of 4: running", "no gang stands still at the start"
    assert "stood still for 3 min" in inspector.gang.toolTip()
    select(desk, qtbot, 8)
    assert not inspector.gang.isVisibleTo(inspector), "between two members, and none itself"


def test_members_are_read_once_a_document(desk: Desk) -> None:
    opened = working_document()
    desk.open(opened)
    recording = opened.recording
    assert isinstance(recording, WorkingRecording)
    assert recording.asked == [0, 1]
    for row in (2, 9, 11):
        desk.session.selection.row = row
    desk.session.document_changed.emit()  # as after a change of theme, while the player reads
    assert recording.asked == [0, 1]


def test_gangs_are_found_whatever_their_order() -> None:
    class Shuffled(WorkingRecording):
        def job_members(self, index: int) -> np.ndarray:
            return np.array([[9, 7, 11], [2, 5, 4, 3]][index], np.uint32) if index < 2 else np.empty(0, np.uint32)

    index = GangIndex(Shuffled())
    found = {row: gang.job.name for row in range(12) if (gang := index.of(row)) is not None}
    assert found == dict.fromkeys((7, 9, 11), "pretraining/1") | dict.fromkeys((2, 3, 4, 5), "pretraining/2")


@pytest.mark.parametrize(
    ("running", "stalled", "own", "is_on"),
    [(2, 0, 0.0, True), (0, 2, 9.0, False), (1, 1, 9.0, True), (1, 1, 0.0, False), (1, 1, float("nan"), None)],
)
def test_where_some_gangs_stand_still_the_nodes_own_work_tells(
    running: int, stalled: int, own: float, is_on: bool | None
) -> None:
    recording = WorkingRecording()
    recording.totals |= {"gangs_running": np.full(10, running), "gangs_stalled": np.full(10, stalled)}
    job = Job("a/1", "training", "a", 1, 8, np.empty(0, np.uint32), stalled_s=60.0)
    assert is_running(recording, Gang(job, 4), 5, own) is is_on
    assert is_running(recording, Gang(job, 4), 9, own) is False, "after its last frame"


# -- now and made of ----------------------------------------------------------------------------------
def test_the_chip_is_computed_from_what_is_recorded(desk: Desk, qtbot: QtBot) -> None:
    desk.open(working_document())
    inspector = select(desk, qtbot, 4)
    inspector.refresh(330.0)
    # Half way through step 5: radiator 250 + 0.5 x 5.5 K; compute 600 W x 5, its mean standing in the middle.
    assert inspector._histories is not None
    assert inspector._histories.now("radiator_k", 330.0) == pytest.approx(252.75)
    assert inspector._histories.now("compute_w", 330.0) == pytest.approx(3000.0)
    assert inspector.now.texts["Hottest chip, computed"] == "253 K"
    tip = inspector.now._lines["Hottest chip, computed"][1].toolTip()
    assert "= radiator_k + chip_k_per_kw x compute power in kW; 0.12 K/kW" in tip
    assert "chip_k_per_kw is assumed: default of orbitviz" in tip


def test_metrics_say_formula_kind_and_source(desk: Desk, qtbot: QtBot) -> None:
    from dataclasses import replace

    opened = working_document()
    info = replace(
        opened.metrics["radiator_k"], formula="C dT/dt = heat in - heat out", kind="measured", source="a thermometer"
    )
    opened.recording.metrics = {**opened.metrics, "radiator_k": info}  # type: ignore[union-attr]
    desk.open(replace(opened, metrics=opened.recording.metrics))  # type: ignore[union-attr]
    inspector = select(desk, qtbot, 4)
    inspector.refresh(0.0)
    tip = inspector.now._lines["Radiator temperature"][1].toolTip()
    assert tip.split("\n") == [
        "= C dT/dt = heat in - heat out",
        "measured: a thermometer",
        "stored to within 0.250 K",
    ]


def made_of(desk: Desk, kind: NodeType) -> Inspector:
    from dataclasses import replace

    opened = working_document()
    fleet: Fleet = replace(opened.fleet, node_types=(kind,))
    desk.open(replace(opened, fleet=fleet))
    desk.session.selection.row = 0
    return desk.window.right.inspector


def test_each_value_of_the_node_says_its_kind_and_source(desk: Desk) -> None:
    origin = ("mass_kg: filed, [ROSS]", "battery_kwh: claimed, [AI1] page 3")
    inspector = made_of(desk, NodeType("rack", mass_kg=2900.0, bus_kw=6.0, assumed=("emissivity",), origin=origin))
    tips = {name: pair[1].toolTip() for name, pair in inspector.made._lines.items()}
    assert tips["Mass"] == "filed: [ROSS]"
    assert tips["Battery"] == "begin of life\nclaimed: [AI1] page 3"
    assert tips["Emissivity ◦"] == "assumed: no public source"
    assert tips["Bus power ◦"] == "assumed: stated without a source"
    assert tips["Initial soc ◦"] == "assumed: default of orbitviz"
    assert inspector.made._lines["Mass"][0].toolTip() == "filed: [ROSS]", "the name says it as well"


def test_what_follows_from_other_values_is_computed(desk: Desk) -> None:
    inspector = made_of(desk, NodeType("rack", cell_efficiency=0.3))
    assert "computed: 1361 W/m2 x cell_efficiency" in inspector.made._lines["Array power per m²"][1].toolTip()
