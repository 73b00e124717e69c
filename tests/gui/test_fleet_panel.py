from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget
from pytestqt.qtbot import QtBot
from ring_documents import document
from window_desk import Desk
from working_documents import EVENTS, WorkingRecording, working_document

from orbitviz.core.event import Event
from orbitviz.gui.docks.event_list import LINES
from orbitviz.gui.docks.fleet import FleetPanel
from orbitviz.gui.totals import MOST_TILES

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(desk: Desk) -> FleetPanel:
    desk.open(working_document())
    return desk.window.right.fleet


def recording_of(desk: Desk) -> WorkingRecording:
    recording = desk.session.document.recording  # type: ignore[union-attr]
    assert isinstance(recording, WorkingRecording)
    return recording


def test_work_is_said_in_parts_of_what_was_asked(panel: FleetPanel) -> None:
    panel.refresh(0.0)
    assert panel.work.isVisibleTo(panel)
    assert panel.work.texts == {
        "Users served": "48.0 of 60.0 ZFLOP/s, 80 %",
        "Unserved": "12.0 ZFLOP/s",
        "Training": "45.0 ZFLOP/s",
        "Gangs": "2 running, 0 stalled",
        "Batch done": "20.0 ZFLOP/s",
    }, "what is zero all the time has no line, nor has an end that batch work without end does not have"
    panel.refresh(200.0)
    assert panel.work.texts["Gangs"] == "1 running, 1 stalled", "of gangs there is no half"


def test_nothing_is_cut_off_at_the_right(desk: Desk, qtbot: QtBot) -> None:
    opened = working_document()
    long = "A workload whose name is longer than any panel is wide"
    recording = opened.recording
    assert isinstance(recording, WorkingRecording)
    recording.jobs = (replace(recording.jobs[0], name=f"{long}/1", workload=long), recording.jobs[1])
    recording.totals |= {"inference_demand_pf": np.full(10, 99.8e6), "inference_served_pf": np.full(10, 99.4e6)}
    shells = tuple(replace(shell, group=f"{shell.group}, {long}") for shell in opened.fleet.shells)
    desk.open(replace(opened, fleet=replace(opened.fleet, shells=shells)))
    desk.window.resize(1100, 560)
    desk.session.choose_metric("compute_w")
    right = desk.window.right
    assert_fits(desk, right.fleet, qtbot)
    desk.session.selection.row = 4
    qtbot.waitUntil(lambda: right.inspector.now.texts.get("Status", "–") != "–")
    assert_fits(desk, right.inspector, qtbot)


def assert_fits(desk: Desk, page: QWidget, qtbot: QtBot) -> None:
    """The page of the right panel ends left of the panel's margin, beside its scroll bar."""
    desk.window.right.refresh(300.0)
    area = desk.window.right._pages.currentWidget()
    assert isinstance(area, QScrollArea)
    qtbot.waitUntil(area.verticalScrollBar().isVisible)
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= page.width()
    assert page.mapTo(area.viewport(), QPoint(page.width(), 0)).x() <= area.viewport().width() - 12


def test_work_that_is_lost_and_queued_is_said(desk: Desk, panel: FleetPanel) -> None:
    recording = recording_of(desk)
    recording.totals |= {
        "training_lost_pf": np.linspace(0.0, 9.0, 10),
        "batch_demand_pf": np.full(10, 25e6),
        "batch_queued_pf_s": np.linspace(0.0, 90e6, 10),
    }
    panel.refresh_document()
    panel.refresh(60.0)
    assert panel.work.texts["Batch done"] == "20.0 of 25.0 ZFLOP/s, 80 %"
    assert panel.work.texts["Batch queued"] == "10.0 ZFLOP"
    assert panel.work.texts["Training lost"] == "500 TFLOP/s", "a step's mean stands in its middle"


def test_each_line_of_work_says_formula_kind_and_source(panel: FleetPanel) -> None:
    panel.refresh(0.0)
    tip = panel.work._lines["Users served"][1].toolTip()
    assert "demand_pflops x the users' weights" in tip
    assert "computed: dispatcher and workloads of the scenario" in tip


def test_a_recording_without_work_has_no_such_section(desk: Desk) -> None:
    desk.open(document())
    panel = desk.window.right.fleet
    panel.refresh(0.0)
    assert not panel.work.isVisibleTo(panel) and not panel.work.texts
    assert not panel.events.isVisibleTo(panel)


def test_tiles_are_the_same_at_every_instant_and_say_where_they_come_from(panel: FleetPanel) -> None:
    def words() -> list[str]:
        return [text.split(" ", 2)[-1] for text in panel.tiles.texts]

    panel.refresh(0.0)
    first = words()
    assert "hottest 1 %" in first and "battery, lowest 5 %" in first and "battery, lowest" not in first
    assert len(first) <= MOST_TILES
    for t_s in (60.0, 200.0, 540.0):
        panel.refresh(t_s)
        assert words() == first
    tips = [cell.toolTip() for cell, _, _ in panel.tiles._cells]
    assert any("= value that 99 % of the nodes do not exceed in radiator_k" in tip for tip in tips)
    assert all("computed: values of the simulated nodes" in tip for tip in tips[: len(first)])


def test_states_that_no_node_is_in_now_keep_their_line(desk: Desk, panel: FleetPanel) -> None:
    counts = np.zeros((10, 3))
    counts[:5, 1], counts[5:, 2] = 12, 12
    recording_of(desk).totals["status_counts"] = counts
    panel.refresh_document()
    panel.refresh(0.0)
    assert panel.states.texts == {"Active": "12", "Hibernating": "0"}
    panel.refresh(540.0)
    assert panel.states.texts == {"Active": "0", "Hibernating": "12"}


# -- shells -------------------------------------------------------------------------------------------
def test_a_group_that_falls_behind_is_seen(desk: Desk, panel: FleetPanel) -> None:
    desk.session.choose_metric("compute_w")
    panel.refresh(30.0)
    assert [value.text() for value in panel._shell_values] == ["600 kW, 100 kW each"] * 2
    panel.refresh(570.0)
    assert [value.text() for value in panel._shell_values] == ["300 kW, 50.0 kW each", "600 kW, 100 kW each"]
    assert panel._shell_words.text() == "compute power"


def test_shells_follow_the_metric_and_fall_back_to_compute(desk: Desk, panel: FleetPanel) -> None:
    desk.session.choose_metric("battery_soc")
    panel.refresh(540.0)
    assert [value.text() for value in panel._shell_values] == ["0 %", "100 %"]
    assert "mean of battery_soc over the shell's nodes" in panel._shell_values[0].toolTip()
    desk.session.choose_metric("radiator_k")
    assert panel._shell_words.text() == "compute power"


def test_shells_of_one_group_are_one_line_their_means_weighted_by_nodes(desk: Desk) -> None:
    opened = working_document()
    shells = tuple(replace(shell, group="Both") for shell in opened.fleet.shells)
    fleet = replace(opened.fleet, shells=shells, shell=np.repeat([0, 1], (9, 3)).astype(np.uint16))
    desk.open(replace(opened, fleet=fleet))
    desk.session.choose_metric("battery_soc")
    panel = desk.window.right.fleet
    panel.refresh(540.0)
    assert [value.text() for value in panel._shell_values] == ["25.0 %"], "nine empty nodes and three full ones"


# -- events -------------------------------------------------------------------------------------------
def shown(panel: FleetPanel) -> list[tuple[str, str, str]]:
    return [line.texts for line in panel.events.lines if not line.isHidden()]


def test_the_latest_events_stand_first(panel: FleetPanel) -> None:
    panel.refresh(0.0)
    assert [texts[:2] for texts in shown(panel)] == [("00:00", "Part of the demand goes unserved")]
    assert panel.events.note.text() == "4 later"
    panel.refresh(400.0)
    assert [texts[1] for texts in shown(panel)] == [
        "A gang trains again",
        "Compute goes to sleep for want of power",
        "A gang stops training",
        "Part of the demand goes unserved",
    ]
    panel.refresh(540.0)
    assert shown(panel)[0] == ("00:08", "Moon rises", "As another program says.")
    assert len(shown(panel)) == LINES and panel.events.note.text() == "and 1 earlier"


def test_events_to_come_do_not_move_what_stands_below(panel: FleetPanel) -> None:
    panel.refresh(0.0)
    QApplication.processEvents()
    before = panel.events.sizeHint().height()
    panel.refresh(540.0)
    QApplication.processEvents()
    assert panel.events.sizeHint().height() == before


def test_a_click_on_an_event_goes_to_its_instant_and_node(desk: Desk, panel: FleetPanel) -> None:
    panel.refresh(400.0)
    QTest.mouseClick(panel.events.lines[1], Qt.MouseButton.LeftButton)
    assert desk.session.clock.t_s == EVENTS[2].t_s
    assert desk.session.selection.row == 5
    assert desk.window.right.tabs.currentIndex() == 2


def test_an_event_of_no_node_leaves_the_selection(desk: Desk, panel: FleetPanel) -> None:
    desk.session.selection.row = 7
    desk.window.travel.go_to_event(EVENTS[0])
    desk.window.travel.go_to_event(Event(60.0, "gang_stalled", 4711, "a row that is not there"))
    assert desk.session.selection.row == 7 and desk.session.clock.t_s == 60.0


def test_events_of_several_days_say_the_day(desk: Desk) -> None:
    opened = working_document()
    recording = opened.recording
    assert isinstance(recording, WorkingRecording)
    recording.times_s = np.arange(10) * 20_000.0
    recording.events = (EVENTS[0], replace(EVENTS[1], t_s=100_000.0))
    desk.open(opened)
    panel = desk.window.right.fleet
    panel.refresh(170_000.0)
    assert [texts[0] for texts in shown(panel)] == ["21 Mar 03:46", "20 Mar 00:00"]
