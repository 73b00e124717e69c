from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from ring_documents import document
from window_desk import Desk

from orbitviz.gui.actions import ACTIONS, keys_table
from orbitviz.gui.dialogs import KeysDialog
from orbitviz.scene.status import DrawStatus

pytestmark = pytest.mark.gui


def press(desk: Desk, keys: str) -> None:
    """Types a shortcut at the window, as a keyboard does."""
    combination = QKeySequence(keys)[0]
    desk.window.activateWindow()
    QTest.keyClick(desk.window, combination.key(), combination.keyboardModifiers())


def test_the_title_bar_says_what_is_open(desk: Desk) -> None:
    texts = [part.text() for part in desk.window.top.findChildren(QLabel) if part.text()]
    assert "ring" in texts and "Recording" in texts
    assert any(text.endswith("20 Mar 2026, 10 min, 1 min steps") for text in texts)
    desk.open(document(recorded=False))
    texts = [part.text() for part in desk.window.top.findChildren(QLabel)]
    assert "Scenario" in texts


def test_keys_drive_the_clock(desk: Desk) -> None:
    clock = desk.session.clock
    press(desk, "Space")
    assert clock.playing
    press(desk, "K")
    assert not clock.playing
    press(desk, "L")
    assert clock.playing and clock.speed == 60.0
    press(desk, "L")
    assert clock.speed == 300.0
    press(desk, "J")
    assert clock.speed == -300.0
    press(desk, "Home")
    press(desk, "Right")
    assert (clock.t_s, clock.playing) == (60.0, False)
    press(desk, "Shift+Right")
    assert clock.t_s == 540.0
    press(desk, "Left")
    assert clock.t_s == 480.0
    press(desk, "Shift+Left")
    assert clock.t_s == 0.0
    press(desk, "End")
    assert clock.t_s == 540.0


def test_keys_drive_the_view(desk: Desk) -> None:
    session = desk.session
    first = session.colour.metric
    press(desk, "C")
    assert session.colour.metric != first
    press(desk, "Shift+C")
    assert session.colour.metric == first
    press(desk, "E")
    assert session.view.frame == "earth"
    press(desk, "B")
    assert session.layers["globe"].borders
    session.selection.row = 2
    press(desk, "Esc")
    assert session.selection.row is None
    before = session.view.distance_km
    press(desk, "-")
    assert session.view.distance_km > before


def test_panels_hide_and_come_back(desk: Desk) -> None:
    parts = (desk.window.left, desk.window.right, desk.window.top, desk.window.timeline, desk.window.status)
    desk.window.toggle_panels()
    assert not any(part.isVisible() for part in parts)
    assert desk.window.stage.isVisible()
    desk.window.toggle_panels()
    assert all(part.isVisible() for part in parts)


def test_full_screen_and_back(desk: Desk) -> None:
    press(desk, "F11")
    assert desk.window.isFullScreen()
    press(desk, "Esc")
    assert not desk.window.isFullScreen()


def test_every_key_is_used_once_and_stands_in_the_help(desk: Desk, qtbot: QtBot) -> None:
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))
    dialog = KeysDialog(desk.window)
    texts = {part.text() for part in dialog.findChildren(QLabel)}
    for _, rows in keys_table():
        for key, words in rows:
            assert key in texts and words in texts
    dialog.close()


def test_typing_in_a_field_is_not_a_command(desk: Desk, qtbot: QtBot) -> None:
    field = desk.window.colours.low
    field.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is field)
    t_s = desk.session.clock.t_s
    QTest.keyClicks(field, "25")
    QTest.keyClick(field, Qt.Key.Key_Left)
    assert desk.session.clock.t_s == t_s


def test_dropped_files_are_asked_for(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "a run with blanks.h5"
    path.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)), QUrl("https://example.org/x.h5")])
    event = QDropEvent(
        QPointF(10, 10), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    with qtbot.waitSignal(desk.window.files_dropped) as heard:
        desk.window.dropEvent(event)
    assert [Path(item) for item in heard.args[0]] == [path]


def test_a_drawing_error_is_said_once_and_ends_the_ticking(desk: Desk) -> None:
    class Broken:
        calls = 0
        broken = False

        def tick(self, _: float) -> bool:
            Broken.calls += 1
            raise RuntimeError("the driver went away")

    desk.window.start()
    desk.window.renderer = Broken()  # type: ignore[assignment]
    desk.window.tick()
    assert not desk.window.running
    assert "the driver went away" in desk.window.stage.banner.text
    assert Broken.calls == 1
    desk.window.renderer = None


def test_closing_stops_the_timer(desk: Desk) -> None:
    desk.window.start()
    desk.window.close()
    assert not desk.window.running
    assert threading.current_thread() is threading.main_thread()


def test_the_status_bar_warns_when_not_every_node_is_drawn(desk: Desk) -> None:
    status = desk.window.status
    status.show_draw(DrawStatus(180_000, 1_000_000, 1_000_000, True, 16.4, "", "SGP4 on GPU"))
    assert status.parts["nodes"].text() == "180,000 of 1,000,000 nodes while moving"
    assert status.parts["nodes"].property("role") == "smallwarn"
    status.show_draw(DrawStatus(1_000_000, 1_000_000, 1_000_000, False, 16.4, "", "SGP4 on GPU"))
    assert status.parts["nodes"].text() == "1,000,000 of 1,000,000 nodes"
    assert status.parts["nodes"].property("role") == "small"
    assert status.parts["frame"].text() == "16 ms"
    # What the recipe leaves out is assumed as well.
    assert status.parts["assumed"].text().endswith("assumed: 42 inputs")
    assert "battery 200 kWh" in status.parts["assumed"].toolTip()


def test_nothing_is_wider_than_its_panel(desk: Desk) -> None:
    for name in desk.session.document.metrics:  # type: ignore[union-attr]
        desk.session.choose_metric(name)
        QApplication.processEvents()
        panel = desk.window.colours
        right = panel.mapTo(desk.window.left, QPoint(panel.width(), 0)).x()
        assert right <= desk.window.left.width()


def test_a_typed_time_is_gone_to_and_a_wrong_one_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([("2026-03-20T00:05:00Z", True), ("yesterday", True), ("2027-01-01", True), ("2026-03-20", False)])
    monkeypatch.setattr("orbitviz.gui.main_window.QInputDialog.getText", lambda *_, **__: next(typed))
    press(desk, "T")
    assert desk.session.clock.t_s == pytest.approx(300.0)
    press(desk, "T")
    assert desk.session.clock.t_s == pytest.approx(300.0) and "yesterday" in desk.window.stage.banner.text
    press(desk, "T")
    assert desk.session.clock.t_s == 540.0 and "nearest end" in desk.window.stage.banner.text
    press(desk, "T")
    assert desk.session.clock.t_s == 540.0


def test_a_typed_caption_stands_over_the_globe(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([("One million, filed", True), ("", True)])
    monkeypatch.setattr("orbitviz.gui.main_window.QInputDialog.getText", lambda *_, **__: next(typed))
    press(desk, "Ctrl+T")
    assert desk.window.stage.caption.isVisible() and desk.window.stage.caption.text() == "One million, filed"
    press(desk, "Ctrl+T")
    assert not desk.window.stage.caption.isVisible()
