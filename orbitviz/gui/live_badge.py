"""Beside the time: that the recording is being written, how far behind one is, and the way back to its newest frame."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from orbitviz.core.document import Recording
from orbitviz.gui.bind import Bindings
from orbitviz.gui.numbers import duration_text
from orbitviz.gui.theme import font
from orbitviz.gui.widgets import label, polish
from orbitviz.session import Session

QUIET_S = 30.0
"""Without a frame for so long, it is said."""


def age_text(seconds: float) -> str:
    """3 s, 4 min, 2 h: whole, and no finer than one looks at it."""
    if seconds < 120.0:
        return f"{seconds:.0f} s"
    step_s = 60.0 if seconds < 7200.0 else 3600.0
    return duration_text(step_s * (seconds // step_s))


def quiet_s(recording: Recording) -> float:
    """Seconds since a frame was last seen to arrive, where the source tells."""
    return float(getattr(recording, "quiet_s", 0.0))


class LiveBadge(QWidget):
    """A dot and "live, 3 s behind" at the newest frame; away from it a button back. Hidden without a live recording."""

    def __init__(self, session: Session, action: QAction) -> None:
        super().__init__()
        self._session = session
        self._dot, self.words = label("●", "accent"), label("", "muted")
        self.back = QPushButton("Back to live")
        self.back.setToolTip(action.toolTip())
        self.back.clicked.connect(action.trigger)
        self.back.setFixedHeight(22)
        for part in (self._dot, self.words, self.back):
            part.setFont(font(11, tabular=True))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in (self._dot, self.back, self.words):
            layout.addWidget(part)
        layout.addStretch(1)
        bindings = Bindings(self)
        for signal in (session.document_changed, session.document_grown, session.clock.events.live):
            bindings.on(signal, self.refresh)
        bindings.on(session.clock.events.t_s, self._moved)
        self.refresh()

    @property
    def recording(self) -> Recording | None:
        """The open recording while it is being written."""
        document = self._session.document
        recording = None if document is None else document.recording
        return recording if recording is not None and recording.live else None

    def _moved(self) -> None:
        if not self.isHidden() and not self._session.clock.live:
            self.refresh()

    def refresh(self) -> None:
        """What it says now; called each second as well."""
        recording, clock = self.recording, self._session.clock
        self.setVisible(recording is not None)
        if recording is None:
            return
        age_s = quiet_s(recording)
        quiet = age_s >= QUIET_S
        self._dot.setVisible(clock.live)
        self.back.setVisible(not clock.live and not clock.open_ended)
        if clock.open_ended:
            text = "waiting for the first frame"
        elif not clock.live:
            text = f"{age_text(clock.end_s - clock.t_s)} behind"
        else:
            text = "live" if age_s < 1.0 else f"live, {age_text(age_s)} behind"
        if quiet:
            text = f"no new frame for {age_text(age_s)}"
        if self.words.text() != text:
            self.words.setText(text)
            self.words.setToolTip("The file stays open; what was recorded is shown." if quiet else "")
        for part, role in ((self._dot, "warn" if quiet else "accent"), (self.words, "warn" if quiet else "muted")):
            if part.property("role") != role:
                part.setProperty("role", role)
                polish(part)
