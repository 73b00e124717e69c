"""Selecting in a real window: rectangle, lasso, filter, search, undo, export, and what the panels say of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QDeadlineTimer, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from ring_documents import MemoryRecording, document
from window_desk import Desk

from orbitviz import app
from orbitviz.core.document import Document
from orbitviz.core.fleet import ShellInfo
from orbitviz.gui import chooser as chooser_module
from orbitviz.gui.docks.right_panel import FLEET, NODE, SELECTION
from orbitviz.gui.selecting import FOLLOW_S

pytestmark = pytest.mark.gui
WAIT_MS = 60_000
NODES = 12


def two_shells() -> Document:
    """A ring of 12 nodes, the first four in another shell than the others; names and catalogue numbers."""
    recording = MemoryRecording(NODES)
    shells = (ShellInfo("Low", "Low", 550.0, 97.4, 1, 4), ShellInfo("High", "High", 900.0, 97.4, 1, 8))
    recording.fleet = replace(
        recording.fleet,
        shells=shells,
        shell=(np.arange(NODES) >= 4).astype(np.uint16),
        catalog_number=(np.arange(NODES) + 44000).astype(np.uint32),
        name=np.array([f"RACK-{k}" for k in range(NODES)], "S8"),
    )
    plain = document()
    return replace(plain, fleet=recording.fleet, recording=recording, metrics=recording.metrics)


@pytest.fixture
def shells(desk: Desk) -> Desk:
    desk.open(two_shells())
    return desk


def press(desk: Desk, keys: str) -> None:
    combination = QKeySequence(keys)[0]
    QTest.keyClick(desk.window, combination.key(), combination.keyboardModifiers())


def settled(qtbot: QtBot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: not desk.window.chooser.selecting.work.busy, timeout=WAIT_MS)


# -- filter -----------------------------------------------------------------------------------------------------------
def test_unticking_a_shell_filters_and_clearing_shows_all(qtbot: QtBot, shells: Desk) -> None:
    filters, selection = shells.window.filters, shells.session.selection
    assert list(filters.shells.boxes) == ["Low", "High"] and filters.clear.isHidden()
    filters.shells.boxes["High"].click()
    settled(qtbot, shells)
    assert selection.rows.tolist() == [0, 1, 2, 3] and selection.hides and selection.words == "shell Low"
    assert filters.words.text() == "4 of 12 shown: shell Low" and filters.clear.isVisible()
    assert shells.window.right.tabs.currentIndex() == SELECTION
    filters.clear.click()
    assert selection.mask is None and filters.shells.ticked == ["Low", "High"]
    assert shells.window.right.tabs.currentIndex() == FLEET


def test_conditions_join_and_undo_brings_the_controls_back(qtbot: QtBot, shells: Desk) -> None:
    filters, session = shells.window.filters, shells.session
    session.choose_metric("battery_soc")
    session.clock.seek(120.0)
    filters.shells.boxes["Low"].click()
    settled(qtbot, shells)
    filters.range.low.setText("4")
    filters.range.low.editingFinished.emit()
    settled(qtbot, shells)
    # battery_soc stores frame + row: 4 % is stored number 10, which row 8 has in the frame of 120 s
    assert session.selection.rows.tolist() == [8, 9, 10, 11]
    assert session.selection.words == "shell High and battery charge above 4.00 %"
    press(shells, "Ctrl+Z")
    assert session.selection.rows.tolist() == list(range(4, 12)) and filters.range.low.text() == "0"
    assert filters.shells.ticked == ["High"]
    press(shells, "Ctrl+Z")
    assert session.selection.mask is None and filters.shells.ticked == ["Low", "High"]
    press(shells, "Ctrl+Y")
    press(shells, "Ctrl+Y")
    assert session.selection.rows.tolist() == [8, 9, 10, 11] and filters.range.low.text() == "4"


def test_status_is_a_condition_and_the_filter_follows_time(qtbot: QtBot, shells: Desk) -> None:
    filters, session, window = shells.window.filters, shells.session, shells.window
    assert list(filters.states.boxes) == ["planned", "active", "hibernating"]
    filters.states.boxes["planned"].click()
    settled(qtbot, shells)
    # every node is planned in frame 0: nothing is left, and the window says why
    assert session.selection.count == 0 and window.chooser.notice.isVisible()
    assert window.chooser.notice.text.text() == "0 of 12: no node meets the filter “not status planned”."
    session.clock.seek(60.0)
    qtbot.wait(int(1000 * FOLLOW_S))
    window.tick()
    settled(qtbot, shells)
    assert session.selection.count == NODES and not window.chooser.notice.isVisible()
    session.clock.seek(0.0)
    qtbot.wait(int(1000 * FOLLOW_S) + 20)
    window.tick()
    settled(qtbot, shells)
    assert session.selection.count == 0
    window.chooser.notice.clear.click()
    assert session.selection.mask is None and not window.chooser.notice.isVisible()


def test_a_set_of_something_else_leaves_the_controls_ticked(qtbot: QtBot, shells: Desk) -> None:
    filters, selection = shells.window.filters, shells.session.selection
    filters.shells.boxes["High"].click()
    settled(qtbot, shells)
    selection.select_rows(np.array([7]), "a lasso")
    assert filters.shells.ticked == ["Low", "High"]


def test_one_shell_is_no_choice(desk: Desk) -> None:
    assert not desk.window.filters.shells.boxes and desk.window.filters.shells.isHidden()


# -- keys -------------------------------------------------------------------------------------------------------------
def test_keys_select_invert_show_and_clear(shells: Desk) -> None:
    selection = shells.session.selection
    press(shells, "X")
    assert selection.mask is None and "Nothing is selected" in shells.window.stage.banner.text
    press(shells, "Ctrl+A")
    assert selection.count == NODES
    selection.select_rows(np.array([1, 2]), "two")
    press(shells, "Ctrl+I")
    assert selection.count == NODES - 2 and selection.words == "not two"
    press(shells, "X")
    assert selection.hides and shells.window.filters.tools["show_only"].isChecked()
    press(shells, "X")
    assert not selection.hides
    press(shells, "Ctrl+Shift+A")
    assert selection.mask is None


def test_escape_clears_the_node_first_and_then_the_set(shells: Desk) -> None:
    selection, tabs = shells.session.selection, shells.window.right.tabs
    selection.select_rows(np.array([1, 2]), "two")
    selection.row = 5
    assert tabs.currentIndex() == NODE
    press(shells, "Esc")
    assert selection.row is None and selection.count == 2 and tabs.currentIndex() == SELECTION
    press(shells, "Esc")
    assert selection.mask is None and tabs.currentIndex() == FLEET


# -- the panel --------------------------------------------------------------------------------------------------------
def test_the_panel_compares_the_set_with_the_fleet(qtbot: QtBot, shells: Desk) -> None:
    session, panel = shells.session, shells.window.right.selection
    session.choose_metric("battery_soc")
    session.selection.select_rows(np.arange(2, 6), "some")
    session.clock.seek(300.0)
    shells.window.right.refresh(300.0)
    qtbot.waitUntil(lambda: not panel.work.busy, timeout=WAIT_MS)
    # frame 5: stored numbers 5..16 in the fleet, 7..10 in the set, in steps of 0.4 %
    lines = {title: (ours, all_) for title, ours, all_ in panel.numbers.texts}
    assert lines["Mean"] == ("3.4 %", "4.2 %") and lines["Lowest"] == ("2.8 %", "2 %")
    assert lines["Highest"] == ("4 %", "6.4 %")
    assert (panel.count.text(), panel.share.text()) == ("4", "of 12 nodes, 33.3 %")
    assert panel.shells == [("Low", "2", "4"), ("High", "2", "8")]
    assert panel.where.text().startswith("Round ") and panel.distribution.isVisible()
    session.choose_metric("status")
    shells.window.right.refresh(300.0)
    qtbot.waitUntil(lambda: not panel.work.busy, timeout=WAIT_MS)
    assert panel.numbers.texts == [("Hibernating", "4", "12")] and not panel.distribution.isVisible()


def test_while_playing_the_numbers_are_of_the_condition_at_their_own_instant(qtbot: QtBot, shells: Desk) -> None:
    filters, session, panel = shells.window.filters, shells.session, shells.window.right.selection
    session.choose_metric("battery_soc")
    filters.range.high.setText("2")
    filters.range.high.editingFinished.emit()
    settled(qtbot, shells)
    assert session.selection.rows.tolist() == [0, 1, 2, 3, 4, 5]  # stored numbers 0..5 of 2 % and less
    session.clock.seek(180.0)  # the set has not followed yet
    shells.window.right.refresh(180.0)
    qtbot.waitUntil(lambda: not panel.work.busy, timeout=WAIT_MS)
    lines = {title: ours for title, ours, _ in panel.numbers.texts}
    assert (lines["Lowest"], lines["Highest"]) == ("1.2 %", "2 %")


def test_the_panel_says_what_to_do_without_a_set(shells: Desk) -> None:
    panel = shells.window.right.selection
    assert not panel.empty.isHidden() and "Shift and drag" in panel.empty.text()


def test_the_selection_is_exported_with_ids_and_every_metric(
    qtbot: QtBot, shells: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "some.csv"
    monkeypatch.setattr(chooser_module.dialogs, "ask_save", lambda *_: str(out.with_suffix("")))
    session = shells.session
    shells.window.actions_by_name["export_selection"].trigger()
    assert not out.exists() and "nothing to export" in shells.window.stage.banner.text
    session.clock.seek(120.0)
    session.selection.select_rows(np.array([3, 7]), "two")
    shells.window.actions_by_name["export_selection"].trigger()
    settled(qtbot, shells)
    rows = list(csv.DictReader(out.open()))
    assert [(row["node"], row["node_id"], row["catalog_number"]) for row in rows] == [
        ("3", "3", "44003"),
        ("7", "7", "44007"),
    ]
    assert [float(row["battery_soc"]) for row in rows] == pytest.approx([5 / 250, 9 / 250])
    assert {row["status"] for row in rows} == {"hibernating"} and rows[0]["t_s"] == "120"
    assert "(2 nodes)" in shells.window.stage.banner.text


# -- search -----------------------------------------------------------------------------------------------------------
def test_search_lists_and_enter_takes_the_first(qtbot: QtBot, shells: Desk) -> None:
    search, selection = shells.window.top.search, shells.session.selection
    press(shells, "Ctrl+F")
    assert search.hasFocus()
    QTest.keyClicks(search, "rack-1")
    qtbot.waitUntil(lambda: bool(search.lines), timeout=WAIT_MS)
    assert search.lines == ["RACK-1   #1", "RACK-10   #10", "RACK-11   #11"]
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert selection.row == 1 and not search.popup.isVisible() and not search.hasFocus()


def test_enter_before_the_list_is_there_searches_at_once(shells: Desk) -> None:
    search = shells.window.top.search
    search.setFocus()
    QTest.keyClicks(search, "44009")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert shells.session.selection.row == 9


def test_a_line_of_the_list_can_be_taken(qtbot: QtBot, shells: Desk) -> None:
    search = shells.window.top.search
    search.setFocus()
    QTest.keyClicks(search, "rack-1")
    qtbot.waitUntil(search.popup.isVisible, timeout=WAIT_MS)
    QTest.keyClick(search.popup, Qt.Key.Key_Down)
    QTest.keyClick(search.popup, Qt.Key.Key_Down)
    QTest.keyClick(search.popup, Qt.Key.Key_Return)
    assert shells.session.selection.row == 10


def test_nothing_found_is_said_and_nothing_selected(qtbot: QtBot, shells: Desk) -> None:
    search = shells.window.top.search
    search.setFocus()
    QTest.keyClicks(search, "nobody")
    qtbot.waitUntil(lambda: bool(search.lines), timeout=WAIT_MS)
    assert search.lines == ["no node is called “nobody”"]
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert shells.session.selection.row is None


def test_a_found_node_that_the_filter_hides_is_shown(shells: Desk) -> None:
    selection = shells.session.selection
    selection.select_rows(np.array([0]), "one", show="filter")
    shells.window.top.search.chosen.emit(7)
    assert selection.row == 7 and selection.mask is None


# -- on the globe -----------------------------------------------------------------------------------------------------
@pytest.fixture
def globe(qtbot: QtBot, themed: QApplication) -> Iterator[app.Application]:
    """4,408 nodes, most of them placed by the shader, in a real window."""
    application = app.Application(app.parser().parse_args(["starlink-gen1", "--no-record", "--size", "1000x700"]))
    qtbot.addWidget(application.window)
    application.start()
    window = application.window

    def drawn() -> bool:
        status = window.renderer.status if window.renderer is not None else None
        return application.session.document is not None and status is not None and status.drawn == status.total > 4000

    qtbot.waitUntil(drawn, timeout=WAIT_MS)
    application.session.clock.playing = False
    renderer = window.renderer
    assert renderer is not None
    qtbot.waitUntil(lambda: not renderer.tick(0.016), timeout=WAIT_MS)  # no flight, no inertia
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    yield application
    window.close()
    application.dispose()


def move(widget: QWidget, point: QPoint, keys: Qt.KeyboardModifier) -> None:
    """Straight to the widget: QTest moves the screen's pointer, and the event comes when the X server likes."""
    places = QPointF(point), QPointF(widget.mapToGlobal(point))
    buttons = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    QApplication.sendEvent(widget, QMouseEvent(QEvent.Type.MouseMove, *places, *buttons, keys))


def drag(widget: QWidget, points: list[QPoint], keys: Qt.KeyboardModifier) -> None:
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, keys, points[0])
    for point in points[1:]:
        move(widget, point, keys)
        QTest.qWait(15)  # vispy drops moves within 10 ms
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, keys, points[-1])


def waited(qtbot: QtBot, application: app.Application) -> int:
    qtbot.waitUntil(lambda: not application.window.chooser.selecting.work.busy, timeout=WAIT_MS)
    return application.session.selection.count


@pytest.mark.gl
def test_a_rectangle_and_a_lasso_select_add_and_take_away(qtbot: QtBot, globe: app.Application) -> None:
    window, selection = globe.window, globe.session.selection
    canvas = window.stage.globe
    assert canvas is not None and window.renderer is not None
    view = (globe.session.view.lon_deg, globe.session.view.lat_deg)
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    box = [middle + QPoint(-60, -60), middle, middle + QPoint(60, 60)]
    drag(canvas, box, Qt.KeyboardModifier.ShiftModifier)
    inside = waited(qtbot, globe)
    assert 0 < inside < selection.total and selection.words.startswith("rectangle at ")
    scale = globe.canvas.scale
    corners = np.array([(p.x() * scale, p.y() * scale) for p in (box[0], box[2])])
    everything = np.array([(x, y) for x in corners[:, 0] for y in corners[:, 1]])[[0, 1, 3, 2]]
    assert inside == int(window.renderer.shown().inside(everything).sum())
    assert (globe.session.view.lon_deg, globe.session.view.lat_deg) == view, "the camera stays"
    assert window.right.tabs.currentIndex() == SELECTION

    beside = [point + QPoint(121, 0) for point in box]
    drag(canvas, beside, Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    both = waited(qtbot, globe)
    assert both > inside
    window.actions_by_name["lasso"].trigger()
    assert window.renderer.mouse.tool == "lasso" and window.filters.tools["lasso"].isChecked()
    turn = np.linspace(0.0, 2.0 * np.pi, 40)
    ring = [middle + QPoint(int(40 * np.cos(a)), int(40 * np.sin(a))) for a in turn]
    drag(canvas, ring, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    less = waited(qtbot, globe)
    assert both - inside < less < both and " but not lasso at " in selection.words
    assert window.renderer.mouse.tool == "" and not window.filters.tools["lasso"].isChecked()


@pytest.mark.gl
def test_the_shape_is_seen_while_it_is_drawn_and_escape_gives_it_up(qtbot: QtBot, globe: app.Application) -> None:
    window, canvas = globe.window, globe.window.stage.globe
    assert canvas is not None
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, middle)
    move(canvas, middle + QPoint(50, 30), Qt.KeyboardModifier.ShiftModifier)
    assert window.chooser.overlay.isVisible()
    assert len(window.chooser.overlay.outline) == 4
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.chooser.overlay.isVisible()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, middle + QPoint(50, 30))
    assert waited(qtbot, globe) == 0


@pytest.mark.gl
def test_the_status_bar_says_what_the_filter_leaves(qtbot: QtBot, globe: app.Application) -> None:
    window, selection = globe.window, globe.session.selection
    selection.select_rows(np.arange(100), "a hundred", show="filter")
    qtbot.waitUntil(lambda: window.renderer.status.wanted == 100, timeout=WAIT_MS)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: window.status.parts["nodes"].text() == "100 of 4,408 nodes, filtered", timeout=WAIT_MS)
    assert window.status.parts["nodes"].property("role") == "smallwarn"
    assert window.status.parts["note"].text() == "filter: a hundred"


@pytest.mark.gl
def test_search_flies_to_the_node(qtbot: QtBot, globe: app.Application) -> None:
    search = globe.window.top.search
    search.setFocus()
    QTest.keyClicks(search, "1 3 5")
    QTest.keyClick(search, Qt.Key.Key_Return)
    row = globe.session.selection.row
    assert row is not None and globe.session.view.target_row == row
    fleet = globe.session.document.fleet  # type: ignore[union-attr]
    assert (fleet.shell[row], fleet.plane[row], fleet.slot[row]) == (0, 2, 4)


# -- the thread -------------------------------------------------------------------------------------------------------
def test_a_quick_job_is_told_after_it_was_asked_and_in_order(qtbot: QtBot, desk: Desk) -> None:
    work, told = desk.window.chooser.selecting.work, []
    for number in range(50):
        work.run(lambda number=number: number, told.append)  # type: ignore[misc]
        assert len(told) <= number, "never from within run()"
    assert not told
    qtbot.waitUntil(lambda: len(told) == 50, timeout=WAIT_MS)
    assert told == list(range(50)) and not work.busy


def test_a_job_that_fails_is_said(qtbot: QtBot, desk: Desk) -> None:
    def fails() -> None:
        raise ValueError("no such thing")

    desk.window.chooser.selecting.work.run(fails, lambda _: None)
    settled(qtbot, desk)
    assert "Selecting did not work: no such thing." in desk.window.stage.banner.text


def test_a_typed_condition_filters_and_a_wrong_one_is_said(desk: Desk) -> None:
    desk.open(document(12))
    panel = desk.window.filters
    panel.typed.setText("plane 1")
    QTest.keyClick(panel.typed, Qt.Key.Key_Return)
    selection = desk.session.selection
    deadline = QDeadlineTimer(5000)
    while selection.mask is None and not deadline.hasExpired():
        QApplication.processEvents()
    assert selection.hides and selection.mask is not None
    np.testing.assert_array_equal(selection.mask.astype(bool), desk.session.document.fleet.plane == 0)
    panel.typed.setText("plane none")
    QTest.keyClick(panel.typed, Qt.Key.Key_Return)
    assert not panel.trouble.isHidden() and "whole number" in panel.trouble.text()
    panel.typed.setText("")
    QTest.keyClick(panel.typed, Qt.Key.Key_Return)
    assert selection.mask is None and panel.trouble.isHidden()
