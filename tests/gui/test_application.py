"""The real thing: a real window, a real globe, a small preset, recorded by the real child process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from orbitviz import app
from orbitviz.core.errors import CannotDrawError
from orbitviz.gui.dialogs import ErrorDialog
from orbitviz.gui.main_window import MainWindow
from orbitviz.gui.picture_dialog import PictureDialog

pytestmark = [pytest.mark.gui, pytest.mark.gl]
WAIT_MS = 60_000
Start = Callable[..., app.Application]


@pytest.fixture
def start(qtbot: QtBot, themed: QApplication) -> Iterator[Start]:
    made: list[app.Application] = []

    def begin(*arguments: str) -> app.Application:
        application = app.Application(app.parser().parse_args(list(arguments)))
        made.append(application)
        qtbot.addWidget(application.window)
        application.start()
        return application

    yield begin
    for application in made:
        application.window.close()
        application.dispose()


def drawn(application: app.Application) -> bool:
    status = application.window.renderer.status  # type: ignore[union-attr]
    return application.session.document is not None and status.drawn == status.total == 12


def dialogs() -> list[ErrorDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, ErrorDialog) and w.isVisible()]


def test_a_preset_is_drawn_recorded_and_opened_and_a_click_selects_a_node(qtbot: QtBot, start: Start) -> None:
    application = start("three-body-12", "--size", "1000x700")
    session, window = application.session, application.window
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    assert session.document is not None and session.document.kind == "scenario"
    qtbot.waitUntil(lambda: session.document.kind == "recording", timeout=WAIT_MS)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    assert len(session.document.recording.times_s) == 120  # type: ignore[union-attr]
    assert not list(Path(app.recordings_folder()).glob("*unfinished*"))
    session.choose_metric("battery_soc")
    session.clock.seek(1800.0)
    qtbot.waitUntil(lambda: window.renderer.status.shown_t_s == 1800.0, timeout=WAIT_MS)  # type: ignore[union-attr]
    place = bright_node(application)
    QTest.mouseClick(window.stage.globe, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: session.selection.row is not None, timeout=WAIT_MS)
    assert window.right.tabs.currentIndex() == 2
    inspector = window.right.inspector
    qtbot.waitUntil(lambda: "Battery charge" in inspector.now.texts, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: inspector.now.texts["Battery charge"] != "–", timeout=WAIT_MS)
    assert inspector.where.texts["Height"].endswith(" km")


def bright_node(application: app.Application) -> QPoint:
    """Where the renderer says that a node is, in pixels of the widget."""
    renderer, globe = application.window.renderer, application.window.stage.globe
    assert renderer is not None and globe is not None
    scale = application.canvas.scale
    for y in range(4, globe.height() - 100, 4):
        for x in range(4, globe.width(), 4):
            if renderer.pick(x * scale, y * scale) is not None:
                return QPoint(x, y)
    raise AssertionError("no node can be picked anywhere")


def test_the_window_shows_a_globe_not_a_hole(qtbot: QtBot, start: Start) -> None:
    application = start("three-body-12", "--no-record", "--size", "1000x700")
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    window = application.window
    qtbot.waitUntil(lambda: len(colours_in_the_middle(window)) > 200, timeout=WAIT_MS)


def colours_in_the_middle(window: MainWindow) -> np.ndarray:
    """The different colours that the screen shows in the middle of the globe, (K, 3) uint8."""
    centre = window.stage.mapTo(window, window.stage.rect().center())
    shown = window.screen().grabWindow(window.winId(), centre.x() - 100, centre.y() - 100, 200, 200)
    image = shown.toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(-1, 4)[:, :3].copy()
    return np.unique(pixels, axis=0)


def test_the_time_asked_for_and_play(qtbot: QtBot, start: Start) -> None:
    application = start("three-body-12", "--no-record", "--time", "2025-05-14T06:00Z")
    qtbot.waitUntil(lambda: application.session.document is not None, timeout=WAIT_MS)
    assert application.session.clock.t_s == 21600.0 and not application.session.clock.playing


def test_nothing_is_drawn_while_nothing_changes(qtbot: QtBot, start: Start) -> None:
    application = start("three-body-12", "--no-record", "--size", "1000x700")
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    renderer = application.window.renderer
    assert renderer is not None
    qtbot.waitUntil(lambda: not renderer.tick(0.016), timeout=WAIT_MS)
    assert [renderer.tick(0.016) for _ in range(5)] == [False] * 5
    application.session.view.orbit(5.0, 0.0)
    assert renderer.tick(0.016)


def test_a_file_that_is_not_there_is_a_dialog_and_the_window_stays(qtbot: QtBot, start: Start) -> None:
    application = start("no-such-file.h5", "--no-record")
    qtbot.waitUntil(lambda: len(dialogs()) == 1, timeout=WAIT_MS)
    assert "no-such-file.h5 could not be opened" in [
        part.text() for part in dialogs()[0].findChildren(type(dialogs()[0].sentence))
    ]
    assert application.window.isVisible() and application.window.running


def test_without_opengl_the_rest_of_the_window_works(
    qtbot: QtBot, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise CannotDrawError("a usable OpenGL must be there, none was found", "install a driver")

    monkeypatch.setattr("orbitviz.scene.canvas.open_canvas", refuse)
    application = start("three-body-12", "--no-record")
    qtbot.waitUntil(lambda: application.session.document is not None, timeout=WAIT_MS)
    assert application.window.stage.notice.isVisible() and application.window.renderer is None
    application.session.clock.playing = True
    qtbot.waitUntil(lambda: application.session.clock.t_s > 0.0)
    assert application.window.status.parts["nodes"].text() == "12 nodes"


def test_an_error_in_a_slot_is_one_dialog(qtbot: QtBot, start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    application = start("three-body-12", "--no-record")
    for _ in range(3):
        try:
            raise RuntimeError("a slot has failed")
        except RuntimeError as error:
            application.caught(type(error), error, error.__traceback__)
    assert len(dialogs()) == 1
    assert capsys.readouterr().err.count("RuntimeError: a slot has failed") == 3
    qtbot.waitUntil(lambda: application.session.document is not None, timeout=WAIT_MS)


def test_an_error_while_drawing_is_one_banner_and_the_clock_goes_on(
    qtbot: QtBot, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = start("three-body-12", "--no-record", "--size", "1000x700")
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    window, session = application.window, application.session

    def broken(_: object) -> None:
        raise RuntimeError("the context was lost")

    monkeypatch.setattr(window.renderer, "draw", broken)
    session.view.orbit(5.0, 0.0)
    qtbot.waitUntil(window.stage.banner.isVisible, timeout=WAIT_MS)
    assert "the context was lost" in window.stage.banner.text
    assert dialogs() == []
    session.clock.playing = True
    before = session.clock.t_s
    qtbot.waitUntil(lambda: session.clock.t_s > before, timeout=WAIT_MS)
    assert window.running


def test_a_picture_of_this_view_is_saved(
    qtbot: QtBot, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = start("three-body-12", "--no-record", "--size", "900x600")
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    monkeypatch.setattr("orbitviz.gui.dialogs.ask_save", lambda *_: str(tmp_path / "view"))
    monkeypatch.setattr(PictureDialog, "exec", lambda dialog: dialog.look.setCurrentText("Print") or True)
    application.window.actions_by_name["picture"].trigger()
    image = QImage(str(tmp_path / "view.png"))
    stage = application.window.stage
    assert (image.width(), image.height()) == (2 * stage.width(), 2 * stage.height())
    assert "Saved" in stage.banner.text
    assert image.pixelColor(4, 4).name() == "#ffffff", "paper is white"


def test_a_catalogue_opens_as_what_it_is(qtbot: QtBot, start: Start, tmp_path: Path) -> None:
    path = tmp_path / "two of them.tle"
    path.write_text(
        "ISS (ZARYA)\n"
        "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927\n"
        "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537\n"
        "BROKEN\n"
        "1 25545U 98067B   08264.51782528 -.00002182  00000-0 -11606-4 0  2920\n"
        "2 25545  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537\n"
    )
    application = start(str(path))
    qtbot.waitUntil(lambda: application.session.document is not None, timeout=WAIT_MS)
    assert application.window.top._kind.text() == "Catalogue"
    assert "refused" in application.window.stage.banner.text
    assert not application.recorder.running and not application.window.actions_by_name["record"].isEnabled()
    assert application.memory.recent[0] == str(path)
    application.session.selection.row = 0
    assert application.window.right.inspector.who.texts["Catalogue number"] == "25544"


def test_the_program_itself_draws_saves_what_it_shows_and_ends(tmp_path: Path) -> None:
    out = tmp_path / "window.png"
    arguments = ["three-body-12", "--no-record", "--screenshot", str(out), "--after", "4", "--size", "1000x700"]
    done = subprocess.run(
        [sys.executable, "-m", "orbitviz", *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1000, 700)


def test_another_recipe_another_recording() -> None:
    one, other = app.recording_path("a b/c", "text"), app.recording_path("a b/c", "other text")
    assert one != other and one.parent == app.recordings_folder() and "/" not in one.name.replace("a-b-c", "")
    assert app.recorded_preset("no-such-preset") is None


def test_of_several_files_the_first_is_shown_and_that_is_said(qtbot: QtBot, start: Start) -> None:
    application = start("three-body-12", "suncatcher-81", "--no-record")
    qtbot.waitUntil(lambda: drawn(application), timeout=WAIT_MS)
    assert "the first of 2 files" in application.window.stage.banner.text
    application.open("three-body-12")
    qtbot.waitUntil(lambda: not application.window.stage.banner.isVisible(), timeout=WAIT_MS)


@pytest.mark.parametrize("size", ["abc", "5x", "10x10"])
def test_a_size_that_is_none_is_wrong_usage(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.parser().parse_args(["--size", size])
    assert ended.value.code == 2 and "must look like 1600x900" in capsys.readouterr().err


def test_a_window_larger_than_the_screen_fits_on_it() -> None:
    free = QRect(0, 0, 1920, 1040)
    for asked in (QSize(1600, 900), QSize(3840, 2160), QSize(1920, 1080)):
        rect = app.placed(asked, free)
        assert free.adjusted(app.FRAME_PX, app.FRAME_PX, -app.FRAME_PX + 1, -app.FRAME_PX + 1).contains(rect)
        assert rect.size() == asked or (rect.width() < asked.width() and asked.width() > 1856)
