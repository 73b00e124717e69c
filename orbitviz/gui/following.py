"""A recording that is being written, in the window: looked at once a second, shown as it grows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from orbitviz.core.document import Document, Recording
from orbitviz.files.recording_writer import partial_path
from orbitviz.gui.live_badge import QUIET_S, quiet_s
from orbitviz.gui.recording_process import RecordOrder
from orbitviz.player import Player
from orbitviz.player.live import LiveFeed

if TYPE_CHECKING:
    from orbitviz.gui.main_window import MainWindow

LOOK_MS = 1000
SAID_MS = 10000


def is_watched(document: Document | None, order: RecordOrder | None) -> bool:
    """Whether the recording under way, or just ended, beside the window is what is open in it."""
    if document is None or document.path is None or order is None:
        return False
    return document.path.resolve() in (order.path.resolve(), partial_path(order.path).resolve())


class Following(QObject):
    """Follows what is open as long as it is live. `started(path)`: a recording without a frame has its first now."""

    started = Signal(str)
    looked: Signal = Signal()
    _found = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = window.session
        self._session, self._say = session, window.stage.banner.say
        self._feed: LiveFeed | None = None
        self._recording: Recording | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._tick)
        self.looked.connect(window.timeline.live.refresh)
        self.looked.connect(window.status.refresh_live)
        self._found.connect(self._take, Qt.ConnectionType.QueuedConnection)
        session.clock.events.playing.connect(self._played, max_args=0)

    def follow(self, document: Document, player: Player | None) -> None:
        """Another document is open; one that is being written is followed from here on."""
        self.stop()
        clock, recording = self._session.clock, document.recording
        clock.update(live=False, loop=True)
        if recording is None or not recording.live:
            return
        self._recording = recording
        self._feed = LiveFeed(recording, player, self._found.emit)
        self._timer.start()
        # At the end of what is there, playing waits for more: it does not begin anew.
        clock.loop = False
        if player is not None and quiet_s(recording) < QUIET_S:
            self.go_live()

    def stop(self) -> None:
        """Looks no more. Before the player closes."""
        self._timer.stop()
        if self._feed is not None:
            self._feed.close()
        self._feed = self._recording = None

    @property
    def live(self) -> bool:
        """Whether what is open is being written."""
        return self._recording is not None

    def go_live(self) -> None:
        """To the newest frame, and on with it as more come."""
        clock = self._session.clock
        if self._recording is not None and not clock.open_ended:
            clock.playing = False
            clock.seek(clock.end_s)
            clock.live = True

    def _tick(self) -> None:
        if self._feed is not None:
            self._feed.look()
        self.looked.emit()

    def _played(self) -> None:
        """Play leaves the newest frame where it stands; forwards up to the end, it arrives there."""
        clock = self._session.clock
        if self._recording is None or clock.open_ended:
            return
        if clock.playing and clock.live:
            clock.live = False
            clock.playing = clock.speed < 0.0
        elif not clock.playing and clock.speed > 0.0 and clock.t_s >= clock.end_s:
            clock.live = True

    def _take(self) -> None:
        recording, document = self._recording, self._session.document
        if recording is None or document is None or document.recording is not recording:
            return
        path: Path | None = getattr(recording, "path", None)
        if self._session.clock.open_ended and document.is_recorded:
            self.stop()
            self.started.emit(str(path or document.path))
            return
        self._session.grow()
        if path is not None and path != document.path:
            self._session.moved(path)
        if not recording.live:
            self._end(recording)

    def _end(self, recording: Recording) -> None:
        self.stop()
        self._session.clock.update(live=False, loop=True)
        reason = str(getattr(recording, "ended", ""))
        if reason:
            self._say(f"{reason}.", "warn", "", 0)
        elif recording.complete:
            self._say("The recording is complete.", "info", "", SAID_MS)
        else:
            frames, intended = len(recording.times_s), getattr(recording, "frames_intended", None)
            of = f" of {intended:,}" if intended else ""
            self._say(f"The recording ended early, after {frames:,}{of} frames.", "warn", "", 0)
