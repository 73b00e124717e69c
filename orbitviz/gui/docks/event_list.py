"""EVENTS: the latest few up to the shown instant; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.core.event import Event
from orbitviz.gui.events import event_tip, kind_words, token_of, until
from orbitviz.gui.numbers import sentence
from orbitviz.gui.theme import font
from orbitviz.gui.widgets import Elided, label, polish

LINES, DAY_S = 4, 86400.0


class EventLine(QWidget):
    """One event: when, what, the particulars below. Return does as a click."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.event_shown: Event | None = None
        self._time, self._what, self._text = label("", "muted"), Elided(), Elided("", "small")
        self._time.setFont(font(12, tabular=True))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._time, 0, 0)
        grid.addWidget(self._what, 0, 1)
        grid.addWidget(self._text, 1, 1)

    def show_event(self, event: Event, epoch: Epoch, dated: bool) -> None:
        """Writes an event, with its day where the recording has several; nothing when it is the same."""
        if event is self.event_shown:
            return
        self.event_shown = event
        when = epoch.plus(event.t_s).to_datetime()
        self._time.setText(f"{when.day} {when:%b} {when:%H:%M}" if dated else f"{when:%H:%M}")
        self._what.setText(kind_words(event))
        self._text.setText(sentence(event.text))
        role = "warn" if token_of((event,)) == "warn" else ""
        if self._what.property("role") != role:
            self._what.setProperty("role", role)
            polish(self._what)
        self.setToolTip(event_tip((event,), epoch))
        self.setAccessibleName(self.toolTip())

    @property
    def texts(self) -> tuple[str, str, str]:
        """Time, kind, particulars, as shown."""
        return self._time.text(), self._what.text(), self._text.text()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Goes there."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.event_shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes there too."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.event_shown)
        else:
            super().keyPressEvent(event)


class EventList(QWidget):
    """LINES places that are rewritten; the newest stands first."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._events: list[Event] = []
        self._epoch: Epoch | None = None
        self._dated = False
        self.lines = [EventLine() for _ in range(LINES)]
        self.note = label("", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for line in self.lines:
            line.chosen.connect(self.chosen)
            layout.addWidget(line)
        layout.addWidget(self.note)

    def set_events(self, events: list[Event], epoch: Epoch | None) -> None:
        """The events of another recording, in the order of time; the room they will need is kept from the start."""
        self._events, self._epoch = events, epoch
        self._dated = bool(events) and events[-1].t_s - events[0].t_s > DAY_S
        for place, line in enumerate(self.lines):
            policy = line.sizePolicy()
            policy.setRetainSizeWhenHidden(place < len(events))
            line.setSizePolicy(policy)
        policy = self.note.sizePolicy()
        policy.setRetainSizeWhenHidden(len(events) > 0)
        self.note.setSizePolicy(policy)

    def refresh(self, t_s: float) -> None:
        """The latest up to an instant, and how many there are before and after."""
        past = until(self._events, t_s)
        latest = self._events[max(0, past - LINES) : past][::-1]
        for place, line in enumerate(self.lines):
            line.setVisible(place < len(latest))
            if place < len(latest) and self._epoch is not None:
                line.show_event(latest[place], self._epoch, self._dated)
        earlier, later = past - len(latest), len(self._events) - past
        words = [f"and {earlier:,} earlier"] if earlier else []
        words += [f"{later:,} later" if latest else f"none yet, {later:,} later"] if later else []
        self.note.setText(", ".join(words))
        self.note.setVisible(bool(words))
