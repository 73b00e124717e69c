"""Two runs side by side in the window: begin, sides, instants, nodes by id, the table, the end."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_desk import Desk

from orbitviz import api
from orbitviz.core.document import Document
from orbitviz.gui import dialogs
from orbitviz.gui.comparing import Comparing
from orbitviz.player import Player

pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Suncatcher for twenty minutes, and with a smaller radiator for ten."""
    folder = tmp_path_factory.mktemp("runs")
    recipe = api.preset_path("suncatcher-81")
    assert recipe is not None
    text = recipe.read_text(encoding="utf-8")
    number = text.split("radiator_area_m2 = ")[1].split()[0]
    smaller = folder / "smaller.toml"
    smaller.write_text(text.replace(f"radiator_area_m2 = {number}", f"radiator_area_m2 = {float(number) * 0.7}"))
    api.record("suncatcher-81", folder / "first.h5", duration_s=1200.0, step_s=60.0, workers=1)
    api.record(smaller, folder / "second.h5", duration_s=600.0, step_s=60.0, workers=1)
    return folder / "first.h5", folder / "second.h5"


@pytest.fixture
def comparing(desk: Desk, runs: tuple[Path, Path], qtbot: QtBot) -> Iterator[Comparing]:
    """The window with the first run open at five minutes, coloured by temperature, node 7 selected."""
    desk.open(api.open(runs[0]))

    def show(document: Document) -> None:
        if desk.player is not None:
            desk.player.close()
        assert document.recording is not None
        desk.player = Player(document.recording)
        desk.session.open(document)
        desk.window.show_document(desk.player)

    made = Comparing(desk.window, show)
    desk.session.clock.seek(300.0)
    desk.session.choose_metric("radiator_k")
    desk.session.selection.row = 7
    yield made
    if desk.player is not None:
        desk.player.close()
    made.close()


def begin(comparing: Comparing, path: Path, qtbot: QtBot) -> None:
    comparing.begin_with(str(path))
    qtbot.waitUntil(lambda: comparing.comparison is not None, timeout=20000)


def value(desk: Desk, row: int) -> float:
    """Of the selected metric at the shown instant."""
    document, player = desk.session.document, desk.player
    assert document is not None and player is not None and desk.session.metric is not None
    bracket = player.wait_for(desk.session.clock.t_s, desk.session.metric.name)
    assert bracket is not None
    return float(bracket.values(desk.session.metric, np.array([row]))[0])


def test_a_b_and_their_difference_at_one_instant_with_one_selection(
    desk: Desk, comparing: Comparing, runs: tuple[Path, Path], qtbot: QtBot
) -> None:
    window, session = desk.window, desk.session
    assert window.compare_bar.isHidden()
    before = value(desk, 7)
    begin(comparing, runs[1], qtbot)
    assert not window.compare_bar.isHidden() and window.compare_bar.buttons["A-B"].isChecked()
    assert session.metric is not None and session.metric.long_name == "Radiator temperature, A − B"
    less = value(desk, 7)
    seen = {}
    for side in ("A", "B"):
        window.actions_by_name["side_a" if side == "A" else "side_b"].trigger()
        assert window.compare_bar.buttons[side].isChecked()
        assert (session.clock.t_s, session.selection.row, session.colour.metric) == (300.0, 7, "radiator_k")
        seen[side] = (value(desk, 7), session.colour_range)
    assert seen["A"][0] == pytest.approx(before) and seen["A"][1] == seen["B"][1]
    assert less == pytest.approx(seen["A"][0] - seen["B"][0], abs=0.01) and less < -1.0
    window.actions_by_name["compare_end"].trigger()
    assert window.compare_bar.isHidden() and comparing.comparison is None
    assert session.document is not None and session.document.path == runs[0]
    assert value(desk, 7) == pytest.approx(before) and session.selection.row == 7


def test_a_range_chosen_for_values_serves_both_runs_and_not_the_difference(
    desk: Desk, comparing: Comparing, runs: tuple[Path, Path], qtbot: QtBot
) -> None:
    session = desk.session
    session.colour.update(low=310.0, high=320.0)
    begin(comparing, runs[1], qtbot)
    low, high = session.colour_range
    assert low == -high and high < 100.0
    comparing.turn_to("B")
    assert session.colour_range == (310.0, 320.0)
    comparing.turn_to("A-B")
    assert session.colour_range == (low, high)


def test_an_instant_beyond_b_is_said(desk: Desk, comparing: Comparing, runs: tuple[Path, Path], qtbot: QtBot) -> None:
    begin(comparing, runs[1], qtbot)
    comparing.turn_to("A")
    desk.session.clock.seek(1000.0)
    comparing.turn_to("B")
    assert desk.session.clock.t_s == 540.0
    assert "its nearest end is shown" in desk.window.stage.banner.text
    assert "where both runs have frames" in desk.window.compare_bar.note.toolTip()


def test_b_that_cannot_be_compared_leaves_a_as_it_was(
    desk: Desk, comparing: Comparing, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(dialogs.ErrorDialog, "open", lambda self: said.append(str(self.error)))
    monkeypatch.setattr(dialogs.ErrorDialog, "__init__", _plain_init)
    shown, before = desk.session.document, value(desk, 7)
    comparing.begin_with(str(tmp_path / "missing.h5"))
    qtbot.waitUntil(lambda: bool(said), timeout=20000)
    assert "missing.h5" in said[0]
    assert desk.session.document is shown and value(desk, 7) == before and comparing.comparison is None


def _plain_init(self: dialogs.ErrorDialog, error: BaseException, *_: object) -> None:
    self.error = error


def test_another_document_ends_it(desk: Desk, comparing: Comparing, runs: tuple[Path, Path], qtbot: QtBot) -> None:
    begin(comparing, runs[1], qtbot)
    desk.open(api.open(runs[1]))
    comparing.forget()
    assert comparing.comparison is None and desk.window.compare_bar.isHidden()


def test_the_table_says_what_was_changed_and_what_came_of_it(
    desk: Desk, comparing: Comparing, runs: tuple[Path, Path], qtbot: QtBot, tmp_path: Path
) -> None:
    begin(comparing, runs[1], qtbot)
    pane = desk.window.panes.panes["compare"]
    if not pane.seen:
        desk.window.panes.toggle("compare")
    panel = pane.opened()
    panel.refresh()
    changed = panel.texts(panel.changed)
    assert len(changed) == 1 and changed[0][0].startswith("Radiator area") and changed[0][4] == "+42.9"
    totals = {line[0]: line for line in panel.texts(panel.totals)}
    mean = totals["Radiator temperature: mean"]
    assert mean[1].endswith(" K") and mean[3].startswith("−") and mean[4].startswith("−")
    assert totals["Nodes with an empty battery: all"][1:] == ("0", "0", "0", "")
    assert totals["Battery charge: p5"][1].endswith(" %") and totals["Battery charge: least"][1].endswith(" %")
    panel.which.setCurrentIndex(1)
    assert {line[0]: line for line in panel.texts(panel.totals)}["Radiator temperature: mean"] != mean
    lines = panel.export_to(str(tmp_path / "out.csv"))
    assert lines == len(list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8")))) - 1
    assert lines > 20
