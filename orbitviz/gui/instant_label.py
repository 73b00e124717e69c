"""The instant in large figures: UTC, the local time of this computer, or what has elapsed; a click changes which."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.gui.bind import Bindings
from orbitviz.gui.numbers import relative_text, utc_text
from orbitviz.gui.theme import font
from orbitviz.gui.widgets import label
from orbitviz.session.session import Stage

DISPLAYS = ("utc", "local", "elapsed")


def local_texts(epoch: Epoch, t_s: float) -> tuple[str, str]:
    """("2026-03-20 07:14:00", "CET +01:00") of this computer's zone at that instant."""
    when = epoch.plus(t_s).to_datetime().astimezone()
    offset = f"{when:%z}"
    return f"{when:%Y-%m-%d %H:%M:%S}", f"{when.tzname() or 'local'} {offset[:3]}:{offset[3:5]}"


class InstantLabel(QWidget):
    """Two instants beside each other: the chosen display, and the other that says the same. `utc` and `relative` hold
    the texts."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self._shown: tuple[Epoch, float] | None = None
        self.utc, self.relative = label("", selectable=True), label("", "muted")
        self.utc.setFont(font(15, tabular=True))
        self.relative.setFont(font(11, tabular=True))
        self.zone = QToolButton()
        self.zone.setFont(font(11))
        self.zone.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.zone.setToolTip("UTC, local time of this computer, or time elapsed since the epoch: click for the next")
        self.zone.clicked.connect(self.next_display)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.utc, self.zone, self.relative):
            layout.addWidget(part)
        layout.addStretch(1)
        Bindings(self).on(stage.events.time_display, self._write)

    def next_display(self) -> None:
        """UTC, local, elapsed, UTC ..."""
        here = DISPLAYS.index(self._stage.time_display) if self._stage.time_display in DISPLAYS else 0
        self._stage.time_display = DISPLAYS[(here + 1) % len(DISPLAYS)]

    def show_instant(self, epoch: Epoch | None, t_s: float) -> None:
        """Another instant; None: nothing is open."""
        self._shown = None if epoch is None else (epoch, t_s)
        self._write()

    def _write(self) -> None:
        if self._shown is None:
            texts = ("–", "UTC", "")
        else:
            epoch, t_s = self._shown
            if self._stage.time_display == "local":
                texts = (*local_texts(epoch, t_s), f"{utc_text(epoch, t_s)[11:]} UTC")
            elif self._stage.time_display == "elapsed":
                texts = (relative_text(t_s), "elapsed", f"{utc_text(epoch, t_s)} UTC")
            else:
                texts = (utc_text(epoch, t_s), "UTC", relative_text(t_s))
        parts: tuple[QLabel | QToolButton, ...] = (self.utc, self.zone, self.relative)
        for part, text in zip(parts, texts, strict=True):
            if part.text() != text:
                part.setText(text)
