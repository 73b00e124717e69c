"""What the actions of time do: typed instants, events, bookmarks, steps, both ends; and what they say in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Event
from orbitviz.gui.events import kind_words, token_of
from orbitviz.gui.gangs import members_of
from orbitviz.gui.numbers import sentence, utc_text
from orbitviz.gui.typed_time import EXAMPLES, parse_instant

if TYPE_CHECKING:
    from orbitviz.gui.main_window import MainWindow

EVENT_STAYS_MS = 8000


class Travel:
    """Time as keys, menus and marks steer it."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def _say(self, text: str, kind: str = "info", stays_ms: int = 0) -> None:
        self._window.stage.banner.say(text, kind, stays_ms=stays_ms)

    def ask_time(self) -> None:
        """T: a typed instant; one outside the recording is said, not silently moved."""
        document, clock = self._window.session.document, self._window.session.clock
        if document is None:
            return
        now = document.epoch.plus(clock.t_s).iso()
        text, ok = QInputDialog.getText(self._window, "Jump to a time", f"UTC, {EXAMPLES}", text=now)
        if not ok:
            return
        try:
            t_s = parse_instant(text, document.epoch, clock.t_s, document.span_s)
        except OrbitvizError as error:
            self._say(f"{sentence(error.message)} {sentence(error.hint)}", "warn")
            return
        clock.seek(t_s)
        if abs(clock.t_s - t_s) > 1e-3:
            first, last = (document.epoch.plus(edge).iso() for edge in (clock.start_s, clock.end_s))
            self._say(f"The recording runs from {first} to {last}: its nearest end is shown.", "warn")

    def go_to_event(self, event: Event) -> None:
        """Its instant; its node, where it happens to one, turned to the eye; and what happened, in a sentence."""
        document = self._window.session.document
        if document is None:
            return
        self._window.session.clock.seek(event.t_s)
        if 0 <= event.node < len(document.fleet):
            gang = members_of(document.recording, event.node) if event.kind.startswith("gang_") else None
            if gang is not None:
                self._window.session.selection.select_rows(gang[1], f"nodes of gang {gang[0]}", show="highlight")
            self._window.session.selection.row = event.node
            if self._window.renderer is not None and self._window.session.view.target_row is None:
                self._window.renderer.turn_to(event.node, event.t_s)
        words = f"{utc_text(document.epoch, event.t_s)} UTC: {kind_words(event)}. {sentence(event.text)}"
        self._say(words.strip(), "warn" if token_of((event,)) == "warn" else "info", stays_ms=EVENT_STAYS_MS)

    def step_event(self, direction: int) -> None:
        """The next event, or the one before."""
        event = self._window.timeline.event_from(direction)
        if event is not None:
            self.go_to_event(event)

    def set_bookmark(self, number: int) -> None:
        """Ctrl and a number: this instant."""
        document = self._window.session.document
        if document is not None:
            self._window.session.bookmarks.put(number, self._window.session.clock.t_s)
            when = utc_text(document.epoch, self._window.session.clock.t_s)
            self._say(f"Bookmark {number} is set to {when} UTC: {number} goes there.", stays_ms=3000)

    def go_to_bookmark(self, number: int) -> None:
        """A number: its instant."""
        mark = self._window.session.bookmarks.at(number)
        if mark is not None:
            self._window.session.clock.seek(mark.t_s)
        elif self._window.session.document is not None:
            self._say(f"Bookmark {number} is not set: Ctrl+{number} sets it.", stays_ms=3000)

    def stop(self) -> None:
        """K."""
        self._window.session.clock.update(playing=False, live=False)

    def step(self, frames: int) -> None:
        """So many recorded frames on, or steps of the scenario."""
        document = self._window.session.document
        if document is None:
            return
        times = document.recording.times_s if document.recording is not None and document.is_recorded else None
        step_s = document.scenario.step_s if document.scenario is not None else 60.0
        self._window.session.clock.step(frames, times, step_s)

    def seek_edge(self, end: bool) -> None:
        """Home and End."""
        clock = self._window.session.clock
        clock.seek(clock.end_s if end else clock.start_s)
        if end:
            self._window.following.go_live()
