"""The application: puts session, player, scene and window together, and nothing else."""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_API", "pyside6")

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMenu

import orbitviz
from orbitviz.core.address import is_address, shown_address
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.document import Document, recording_notes
from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import CannotDrawError, OrbitvizError
from orbitviz.core.places import log_file, recordings_folder
from orbitviz.gui import dialogs, picture_dialog
from orbitviz.gui.address_dialog import AddressDialog
from orbitviz.gui.comparing import Comparing
from orbitviz.gui.following import is_watched
from orbitviz.gui.icons import app_icon
from orbitviz.gui.loader import Loader, spoken
from orbitviz.gui.main_window import MainWindow, layer_titles
from orbitviz.gui.memory import Memory
from orbitviz.gui.numbers import bytes_text, sentence
from orbitviz.gui.own_recordings import place_name, recorded_preset, recording_path
from orbitviz.gui.recording_process import RecordingProcess, RecordOrder
from orbitviz.gui.screen import check_screen
from orbitviz.gui.theme import THEMES, apply_theme
from orbitviz.player import Player
from orbitviz.scene.framing import first_view
from orbitviz.scene.status import DrawStatus
from orbitviz.session import Session

DEFAULT_DOCUMENT = "starmind-1m"
FRAME_PX = 32
"""Kept free on each side for a title bar and borders, which Qt does not know before the window is shown."""
STOPS_AFTER_S = 2.0
FIRST_RECORDING_S, FIRST_STEP_S, FIRST_SPEED = 7200.0, 60.0, 60.0


def parser() -> argparse.ArgumentParser:
    """Options of the window."""
    result = argparse.ArgumentParser(prog="orbitviz", description=orbitviz.__doc__)
    result.add_argument("files", nargs="*", metavar="FILE", help="preset, recipe, scenario, recording or catalogue")
    result.add_argument("--time", metavar="UTC", default="", help="start at this instant, as 2026-03-20T06:00Z")
    result.add_argument("--compare", metavar="OTHER", default="", help="a recording to compare the first file with")
    result.add_argument("--play", action="store_true", help="start playing")
    result.add_argument("--no-record", action="store_true", help="do not record a scenario that has no recording yet")
    result.add_argument("--screenshot", metavar="OUT.png", default="", help="save a picture of the window, then quit")
    result.add_argument("--after", metavar="SECONDS", type=float, default=8.0, help="with --screenshot: when")
    result.add_argument("--report-start", action="store_true", help="print when the first full frame stood, then quit")
    result.add_argument("--size", metavar="1600x900", type=window_size, default=None, help="size of the window")
    return result


def window_size(text: str) -> tuple[int, int]:
    """Width and height of "1600x900", in pixels."""
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 100 <= int(width) <= 16384 and 100 <= int(height) <= 16384):
        raise argparse.ArgumentTypeError(f"a size must look like 1600x900, 100 to 16384 each, got '{text}'")
    return int(width), int(height)


def placed(asked: QSize, free: QRect) -> QRect:
    """A window of the size asked for, in the middle of what a screen has free and no larger than that."""
    size = asked.boundedTo(free.size() - QSize(2 * FRAME_PX, 2 * FRAME_PX))
    result = QRect(QPoint(0, 0), size)
    result.moveCenter(free.center())
    return result


class Application(QObject):
    """Session, loader, recorder, window; what belongs to more than one of them happens here."""

    def __init__(self, options: argparse.Namespace, opener: Any = None) -> None:
        super().__init__()
        self.options = options
        self.session = Session()
        self.memory = Memory()
        self.session.stage.theme = "light" if self.memory.theme == "light" else "dark"
        self.player: Player | None = None
        self.loader = Loader(opener) if opener is not None else Loader()
        self.recorder = RecordingProcess(self)
        self._quiet = False
        self._say_recorded = False
        self._what = ""
        self._others = 0
        self._first = True
        self._reported = False
        self._no_globe: CannotDrawError | None = None
        self._kept: Path | None = None
        self.canvas: Any = None
        # Reading begins before the window is built: its thread waits for the disk while this one imports.
        self.loader.opened.connect(self._opened)
        self.loader.failed.connect(self._not_opened)
        self.open_first(options.files or [DEFAULT_DOCUMENT])
        titles = self._register_layers()
        self.window = MainWindow(self.session, titles)
        self.window.setWindowIcon(app_icon())
        self.comparing = Comparing(self.window, self._show)
        self._connect()
        self._make_globe()

    def _register_layers(self) -> dict[str, tuple[str, str]]:
        try:
            from orbitviz.scene.layers import LAYERS
        except ImportError as error:  # vispy without any OpenGL library
            self._no_globe = CannotDrawError(f"OpenGL must be installed ({error})", "install the graphics driver")
            return {}
        self.session.register_layers({layer.NAME: layer.Settings() for layer in LAYERS if layer.Settings is not None})
        return layer_titles(LAYERS)

    def _make_globe(self) -> None:
        """The canvas is made as a child of the stage and stays there; without OpenGL the rest of the window works."""
        try:
            if self._no_globe is not None:
                raise self._no_globe
            from orbitviz.scene.canvas import open_canvas
            from orbitviz.scene.renderer import Renderer

            self.canvas = open_canvas(parent=self.window.stage)
            self.window.attach(Renderer(self.session, self.canvas), self.canvas.native)
        except CannotDrawError as error:
            self.window.stage.say_no_globe(error.message, error.hint)

    def _connect(self) -> None:
        window = self.window
        window.open_requested.connect(self.ask_open)
        window.address_requested.connect(self.ask_address)
        window.record_requested.connect(self.ask_record)
        window.picture_requested.connect(self.save_picture)
        window.theme_requested.connect(self.toggle_theme)
        window.files_dropped.connect(self.open_first)
        window.closing.connect(self.close)
        window.top.progress.cancelled.connect(self.recorder.cancel)
        self.loader.begun.connect(self._begun)
        self.loader.fetched.connect(self._fetched)
        window.top.progress.watched.connect(lambda: self.loader.load(self.recorder.growing))
        window.following.started.connect(self.loader.load)
        self.session.bookmarks.events.marks.connect(self._keep_bookmarks)
        self.loader.checking.connect(self._checking)
        self.loader.stopped.connect(lambda what: window.stage.show_line(""))
        window.stage.line_stop.clicked.connect(self.loader.stop)
        self.recorder.progress.connect(window.top.progress.show_progress)
        self.recorder.finished.connect(self._recorded)
        self.recorder.failed.connect(self._not_recorded)
        self.recorder.stopped.connect(window.top.progress.hide)

    # -- start ------------------------------------------------------------------------------------
    def start(self) -> None:
        """Shows the window and begins to open what was asked for."""
        self.memory.restore(self.window)
        self.session.view.reduce_motion = self.memory.reduce_motion
        self.session.stage.time_display = self.memory.time_display
        self.window.panes.restore(self.memory.views)
        if self.options.size:
            free = self.window.screen().availableGeometry()
            self.window.setGeometry(placed(QSize(*self.options.size), free))
        self._fill_recent()
        self.window.show()
        self.window.start()
        if self.loader.busy:
            self._begun(self._what)
        if self.options.report_start and self.window.renderer is not None:
            self.window.renderer.on_status.append(self._report_start)
        if self.options.screenshot:
            QTimer.singleShot(int(self.options.after * 1000), self._screenshot)

    def open_first(self, files: Sequence[str]) -> None:
        """The first of several files; that the others are not shown is said when it is open."""
        self.open(files[0])
        self._others = len(files) - 1

    def open(self, what: str) -> None:
        """A preset's name or a path; a preset that was recorded earlier opens as its recording."""
        self._quiet, self._others = False, 0
        recorded = recorded_preset(what)
        self._what = what
        self.loader.load(recorded if recorded is not None else what)

    # -- documents --------------------------------------------------------------------------------
    def _show(self, document: Document) -> None:
        """Another side of a comparison: the same files, so its reader's thread ends before the next one begins."""
        self.window.following.stop()
        if self.player is not None:
            self.player.close()
        assert document.recording is not None
        self.player = Player(document.recording)
        self.session.open(document)
        self.window.show_document(self.player)
        if document.recording.live:
            self.window.following.follow(document, self.player)

    def _opened(self, document: Document, name: str) -> None:
        self.window.stage.show_line("")
        self.window.stage.banner.hide()
        old = self.player
        player = Player(document.recording) if document.recording is not None and document.is_recorded else None
        self.player = player
        another_fleet = self.session.open(document)
        self.session.bookmarks.take(self.memory.bookmarks(place_name(document)))
        self.window.show_document(player)
        if not self.window.running:
            self.window.start()
        if old is not None:
            old.close()
        self.comparing.forget()
        if is_address(name):
            self.memory.remember(shown_address(name))
            self._fill_recent()
        elif Path(name).exists() and Path(name).parent != recordings_folder():
            self.memory.remember(str(Path(name).resolve()))
            self._fill_recent()
        self._say_refused(document)
        self._begin(document)
        self.window.following.follow(document, player)
        self.window.top.progress.watching = is_watched(document, self.recorder.order)
        if another_fleet:
            view = self.session.view
            view.update(**first_view(document, self.session.clock.t_s, view))
        if self._say_recorded:
            self._say_recorded = False
            text = "The first two hours are recorded: battery, heat and compute can be chosen at the left (C)."
            self.window.stage.banner.say(text, stays_ms=15000)

    def _keep_bookmarks(self, *_: object) -> None:
        if self.session.document is not None:
            self.memory.keep_bookmarks(place_name(self.session.document), self.session.bookmarks.plain())

    def _say_refused(self, document: Document) -> None:
        refused = document.fleet.refused
        if self._others:
            text = f"{document.title} is shown, the first of {self._others + 1} files: one is shown at a time. "
            self.window.stage.banner.say(f"{text}`orbitviz import` makes one file of several catalogues.", "warn")
            self._others = 0
        elif refused:
            text = f"{len(refused):,} lines were refused; {len(document.fleet):,} objects are shown."
            self.window.stage.banner.say(text, "warn", "\n".join(refused))
        elif left_out := [note for note in recording_notes(document) if note.startswith("segment ")]:
            more = f" {len(left_out) - 1:,} more are in the details." if len(left_out) > 1 else ""
            self.window.stage.banner.say(f"{sentence(left_out[0])}{more}", "warn", "\n".join(left_out))
        elif document.recording is not None and not (document.recording.complete or document.recording.live):
            self.window.stage.banner.say("This recording ended early: what was recorded is shown.", "warn")

    def _begin(self, document: Document) -> None:
        """The first document: the instant asked for, playing, and a recording beside it when there is none."""
        first, self._first = self._first, False
        if first and self.options.compare:
            self.comparing.begin_with(self.options.compare)
        if first and self.options.time:
            try:
                self.session.clock.seek(Epoch.parse(self.options.time).seconds_since(document.epoch))
            except OrbitvizError as error:
                self._say(error, "The time could not be read")
        if first and (self.options.play or not self.options.files):
            self.session.clock.update(speed=FIRST_SPEED, playing=True)
        if first and document.scenario is not None and not document.is_recorded and not self.options.no_record:
            self._record_beside(document)

    def _record_beside(self, document: Document) -> None:
        assert document.scenario is not None
        path = recording_path(document.scenario.name, document.fleet.recipe)
        if path.is_file():
            self.loader.load(path)
            return
        self._quiet, self._kept = True, path
        step_s = min(FIRST_STEP_S, document.scenario.step_s)
        # Under another name until it is whole: a window closed early must not leave minutes that pass for two hours.
        unfinished = path.with_name(f"{path.stem}.unfinished.h5")
        self._start_recorder(RecordOrder(self._what, unfinished, FIRST_RECORDING_S, step_s))

    def _checking(self, name: str, seconds: float) -> None:
        """A file that takes long to be looked through can be given up."""
        doing = "checking" if seconds else "opening"
        self.window.stage.show_line(f"{doing} {spoken(name)}", stops=seconds > STOPS_AFTER_S)

    def _not_opened(self, error: Exception, name: str) -> None:
        self.window.stage.show_line("")
        self._say(error, f"{spoken(name)} could not be opened")

    def _begun(self, what: str) -> None:
        self.window.stage.show_line(f"opening {spoken(what)}", stops=is_address(what))

    def _fetched(self, what: str, fetched: int) -> None:
        self.window.stage.show_line(f"opening {spoken(what)}, {bytes_text(fetched)} read", stops=True)

    # -- recording --------------------------------------------------------------------------------
    def _start_recorder(self, order: RecordOrder) -> None:
        try:
            self.recorder.start(order)
        except OrbitvizError as error:
            self._not_recorded(error)

    def _recorded(self, path: str) -> None:
        self.window.top.progress.hide()
        watched = is_watched(self.session.document, self.recorder.order)
        if self._quiet and self._kept is not None:
            try:
                path = str(Path(path).replace(self._kept))
            except OSError as error:
                self._not_recorded(error)
                return
            self._say_recorded = not watched
        if watched:  # what is open goes on as it is: the same camera, the same time
            self.session.moved(Path(path))
        else:
            self.loader.load(path)

    def _not_recorded(self, error: Exception) -> None:
        self.window.top.progress.hide()
        details = "\n".join(getattr(error, "__notes__", [])) or dialogs.details_of(error)
        if self._quiet:
            self.window.stage.banner.say(f"The recording beside did not work: {error}", "warn", details)
        else:
            self._say(error, "The recording did not work")

    def ask_record(self) -> None:
        """Record…"""
        document = self.session.document
        if document is None or document.scenario is None:
            reason = "a recording needs a scenario with node types, none is open"
            self._say(OrbitvizError(reason, "open a preset or a recipe"), "Nothing to record")
            return
        if self.recorder.running:
            self._say(OrbitvizError("one recording at a time: another is under way", "wait for it, or stop it"))
            return
        what = self._what if not document.is_recorded or self._is_preset(self._what) else document.place
        suggestion = recordings_folder().parent if recordings_folder().parent.is_dir() else Path.home()
        dialog = dialogs.RecordDialog(
            document, self.session.clock.t_s, suggestion / f"{document.scenario.name}-run.h5", self.window
        )
        if dialog.exec() and dialog.wish is not None:
            wish = dialog.wish
            start = document.epoch.plus(wish.start_s).iso()
            self._quiet = False
            self._start_recorder(RecordOrder(what, wish.path, wish.duration_s, wish.step_s, start))

    @staticmethod
    def _is_preset(what: str) -> bool:
        try:
            return (scenarios_folder() / f"{what}.toml").is_file()
        except OrbitvizError:
            return False

    # -- files ------------------------------------------------------------------------------------
    def ask_address(self) -> None:
        """Open address…"""
        dialog = AddressDialog(self.window)
        if dialog.exec() and dialog.address:
            self.open(dialog.address)

    def ask_open(self) -> None:
        """Open…"""
        path = dialogs.ask_open(self.window)
        if path:
            self.open(path)

    def _fill_recent(self) -> None:
        menu = QMenu("Recent", self.window)
        for path in self.memory.recent:
            menu.addAction(spoken(path), partial(self.open, path)).setToolTip(path)
        menu.addSeparator()
        try:
            presets = sorted(path.stem for path in scenarios_folder().glob("*.toml"))
        except OrbitvizError:
            presets = []
        for preset in presets:
            menu.addAction(preset, partial(self.open, preset))
        menu.setTitle("Recent and presets")
        self.window.top.fill_menu(self.window.actions_by_name, menu)

    def save_picture(self) -> None:
        """Picture of this view, in a size and a look that are asked for."""
        try:
            picture_dialog.save_picture(self.window)
        except OrbitvizError as error:
            self._say(error)

    # -- other ------------------------------------------------------------------------------------
    def toggle_theme(self) -> None:
        """Light or dark; icons take their new colour at the next start."""
        self.memory.theme = self.session.stage.theme = "light" if self.memory.theme == "dark" else "dark"
        apply_theme(QApplication.instance(), THEMES[self.memory.theme])  # type: ignore[arg-type]
        self.session.document_changed.emit()

    def _say(self, error: BaseException, doing: str = "") -> None:
        dialogs.ErrorDialog(error, doing, self.window).open()

    def caught(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """sys.excepthook: one dialog at a time, the traceback on stderr, work goes on."""
        sys.__excepthook__(kind, error, trace)
        if issubclass(kind, KeyboardInterrupt):
            self.window.close()
        elif not any(isinstance(w, dialogs.ErrorDialog) for w in QApplication.topLevelWidgets() if w.isVisible()):
            self._say(error, "Something inside went wrong")

    def _report_start(self, status: DrawStatus) -> None:
        """The first frame that holds every node: one JSON object on stdout, then the end (`orbitviz bench load`)."""
        if self.session.document is None or status.drawn < status.total or self._reported:
            return
        from orbitviz.recorder.memory import peak_rss_mb  # imports that the window itself does not need

        self._reported = True
        print(
            json.dumps({"first_frame_unix_s": time.time(), "rss_mb": peak_rss_mb(), "nodes": status.drawn}), flush=True
        )
        QTimer.singleShot(0, self.window.close)

    def _screenshot(self) -> None:
        # What the screen shows: a widget's own grab() misses a surface that OpenGL draws.
        picture = self.window.screen().grabWindow(self.window.winId())
        saved = picture.save(self.options.screenshot)
        print(f"{'saved' if saved else 'could not save'} {self.options.screenshot}", file=sys.stderr)
        self.window.close()

    def close(self) -> None:
        """Threads and processes end before Qt does."""
        self.memory.reduce_motion = self.session.view.reduce_motion
        self.memory.time_display = self.session.stage.time_display
        self.memory.keep(self.window)
        self.recorder.close()
        self.loader.close()
        if self.player is not None:
            self.player.close()
            self.player = None
        self.comparing.close()

    def dispose(self) -> None:
        """After the window is closed: the canvas lets go of OpenGL while Qt still stands."""
        if self.canvas is not None:
            self.canvas.close()
            self.canvas = None
            self.window.renderer = None


def main(argv: Sequence[str] | None = None) -> int:
    """Opens the window; returns the exit code."""
    options = parser().parse_args(argv)
    try:
        check_screen()
    except CannotDrawError as error:
        print(f"orbitviz: {error}", file=sys.stderr)
        return 1
    _watch_crashes()
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("orbitviz")
    qt.setApplicationDisplayName("")
    memory = Memory()
    apply_theme(qt, THEMES.get(memory.theme, THEMES["dark"]))
    application = Application(options)
    sys.excepthook = application.caught
    # Python gets a turn now and then, so that Ctrl-C in the terminal is heard.
    heart = QTimer(qt)
    heart.start(250)
    heart.timeout.connect(lambda: None)
    application.start()
    code = qt.exec()
    application.dispose()
    sys.excepthook = sys.__excepthook__
    return int(code)


def _watch_crashes() -> None:
    """A crash in a driver leaves a trace in the log file; where none can be written, on stderr."""
    try:
        path = log_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        faulthandler.enable(path.open("a", encoding="utf-8"))
    except OSError:
        if sys.stderr is not None:
            faulthandler.enable()


if __name__ == "__main__":
    sys.exit(main())
