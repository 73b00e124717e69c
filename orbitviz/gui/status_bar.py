"""The 24 pixels at the bottom: what is drawn, how long it takes, where the data are from, what is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from orbitviz.core.document import Document, Recording
from orbitviz.gui.bind import Bindings
from orbitviz.gui.numbers import bytes_text, duration_text
from orbitviz.gui.origin import assumed_inputs, assumed_tip
from orbitviz.gui.theme import STATUS_PX, font
from orbitviz.gui.top_bar import kind_word
from orbitviz.gui.widgets import Elided, label, polish
from orbitviz.session import Session

if TYPE_CHECKING:
    from orbitviz.scene.status import DrawStatus

STROBE_S = 700.0
"""An eighth of a low orbit: pictures farther apart than this do not show motion."""


def source_text(document: Document) -> str:
    """Recording: starmind-1m.h5, 4.1 GB."""
    if not document.place:
        return f"{kind_word(document)}: built in"
    text = f"{kind_word(document)}: {document.file_name}"
    if document.recording is not None and document.recording.live:
        return f"{text}, recording, {frames_text(document.recording)}"
    return f"{text}, {bytes_text(document.size_bytes)}" if document.size_bytes else text


def frames_text(recording: Recording) -> str:
    """412 of 1,440 frames; 412 frames where the end is open."""
    frames, intended = len(recording.times_s), getattr(recording, "frames_intended", None)
    return f"{frames:,} of {intended:,} frames" if intended else f"{frames:,} frames"


def nodes_text(status: DrawStatus) -> str:
    """12,345 of 1,000,000 nodes, and why not all: a filter, a sample while moving, or both."""
    filtered = status.wanted < status.total
    sampled = status.moving and status.drawn < status.wanted
    if filtered and sampled:
        return f"{status.drawn:,} of {status.wanted:,} filtered nodes while moving, of {status.total:,}"
    text = f"{status.drawn:,} of {status.total:,} nodes"
    return text + (" while moving" if sampled else ", filtered" if filtered else "")


class StatusBar(QWidget):
    """One line; each part says one thing and explains itself in its tooltip."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("StatusBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(STATUS_PX)
        self._session = session
        self.pace_s = 0.0
        """Seconds of the simulation between one drawn picture and the next; 0 while it stands."""
        names = ("nodes", "frame", "source", "cache", "engine", "note", "assumed")
        self.parts: dict[str, QLabel] = {name: label("", "small") for name in names}
        self.parts["note"] = Elided("", "small")  # a sentence must not push the window wider
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 0)
        layout.setSpacing(24)
        for name in ("nodes", "frame", "source", "cache", "engine", "note"):
            self.parts[name].setFont(font(11, tabular=True))
            layout.addWidget(self.parts[name])
        layout.addStretch(1)
        layout.setStretchFactor(self.parts["note"], 1000)
        layout.addWidget(self.parts["assumed"])
        self.parts["frame"].setToolTip("Time the last picture took to draw")
        self.parts["cache"].setToolTip("Decoded frames kept for scrubbing, and what they may take at most")
        self.parts["engine"].setToolTip("What computes the positions that are drawn")
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh)
        bindings.on(session.document_grown, self.refresh_live)
        self.refresh()

    def refresh(self) -> None:
        """Shows where the open document is from and what it assumes."""
        document = self._session.document
        if document is None:
            self.set_part("nodes", "nothing open")
            for name in ("source", "assumed", "frame", "cache", "engine", "note"):
                self.set_part(name, "")
            return
        total = len(document.fleet)
        self.set_part("nodes", f"{total:,} nodes")
        self.set_part("source", source_text(document))
        self.parts["source"].setToolTip(document.place)
        inputs = assumed_inputs(document)
        number = sum(len(part.lines) for part in inputs)
        self.set_part("assumed", f"◦ assumed: {number} input{'s' if number != 1 else ''}" if number else "")
        self.parts["assumed"].setToolTip(assumed_tip(inputs) if number else "")

    def refresh_live(self) -> None:
        """Where the data are from and how many there are, of a recording that grows."""
        document = self._session.document
        if document is not None:
            self.set_part("source", source_text(document))
            self.parts["source"].setToolTip("" if document.path is None else str(document.path))

    def show_draw(self, status: DrawStatus) -> None:
        """What the renderer says of its last picture."""
        self.set_part("nodes", nodes_text(status), warn=status.drawn < status.total)
        self.set_part("frame", f"{status.frame_ms:.0f} ms" if status.frame_ms > 0 else "")
        self.set_part("engine", status.engine)
        # A sample while moving is said by the first part already.
        note = "" if status.moving else status.note
        selection = self._session.selection
        if not note and selection.hides:
            note = f"filter: {selection.words}"
        if self.pace_s > STROBE_S:
            # In steps this long nodes seem to jump, or to run backwards.
            note = f"pictures are {duration_text(self.pace_s)} apart"
        self.set_part("note", note)
        self.parts["note"].setToolTip(note)

    def show_cache(self, held: tuple[int, int] | None) -> None:
        """Bytes kept and the most that may be; None: nothing is decoded."""
        self.set_part("cache", "" if held is None else f"cache {held[0] / 1e6:,.0f} of {bytes_text(held[1])}")

    def set_part(self, name: str, text: str, warn: bool = False) -> None:
        """Writes a part; nothing is drawn again when it says the same."""
        part = self.parts[name]
        part.setVisible(bool(text))
        if part.text() != text:
            part.setText(text)
        role = "smallwarn" if warn else "small"
        if part.property("role") != role:
            part.setProperty("role", role)
            polish(part)
