"""The 96 pixels of time: transport, speed, UTC, and the scrub track."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from orbitviz.gui.bind import Bindings
from orbitviz.gui.events import events_of
from orbitviz.gui.icons import icon
from orbitviz.gui.live_badge import LiveBadge
from orbitviz.gui.numbers import relative_text, utc_text
from orbitviz.gui.theme import TIMELINE_PX, font
from orbitviz.gui.totals import series_for
from orbitviz.gui.track import Track
from orbitviz.gui.widgets import Choice, label, row, tool_button
from orbitviz.session import Session
from orbitviz.session.clock import SPEEDS

DIFFERS_S = 0.5
"""Requested and shown instants farther apart than this are two marks."""


class Timeline(QWidget):
    """Shows the clock and drives it. `step` is the window's: it knows the recorded frames."""

    def __init__(self, session: Session, actions: Mapping[str, QAction], step: Callable[[int], None]) -> None:
        super().__init__()
        self.setObjectName("Timeline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TIMELINE_PX)
        self._session = session
        self._resume = False
        self._page = 0
        self.track = Track()
        self.speed = Choice("Playback speed")
        self.utc = label("", selectable=True)
        self.utc.setFont(font(15, tabular=True))
        self.relative = label("", "muted")
        self.relative.setFont(font(11, tabular=True))
        self._build(actions)
        self.track.sought.connect(self._seek)
        self.track.scrubbing.connect(self._scrub)
        self.track.stepped.connect(step)
        self.speed.activated.connect(self._choose_speed)
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_document)
        bindings.on(session.document_grown, self.refresh_document)
        bindings.on(session.colour.events.metric, self._refresh_series)
        bindings.on(session.clock.events.playing, self._refresh_transport)
        bindings.on(session.clock.events.speed, self._refresh_transport)
        bindings.on(session.clock.events.t_s, self._refresh_time)
        self.refresh_document()

    def _build(self, actions: Mapping[str, QAction]) -> None:
        self.play = tool_button("play", "Play or pause (Space)", px=20)
        self.play.clicked.connect(actions["play"].trigger)
        buttons: list[QWidget] = []
        for name, icon_name in (("start", "skip-back"), ("step_back", "step-back")):
            buttons.append(self._button(actions[name], icon_name))
        buttons.append(self.play)
        buttons.append(self._button(actions["step_on"], "step-forward"))
        self.speed.setFixedWidth(88)
        self.speed.setToolTip("Seconds of the simulation a second")
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(6)
        transport = row(*buttons, spacing=4)
        transport.addSpacing(8)
        transport.addWidget(self.speed)
        transport.addStretch(1)
        left.addStretch(1)
        left.addLayout(transport)
        times = row(self.utc, label("UTC", "small"), self.relative, spacing=6)
        times.addStretch(1)
        left.addLayout(times)
        self.live = LiveBadge(self._session, actions["live"])
        left.addWidget(self.live)
        left.addStretch(1)
        holder = QWidget()
        holder.setLayout(left)
        holder.setFixedWidth(296)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 4, 0)
        layout.setSpacing(8)
        layout.addWidget(holder)
        layout.addWidget(self.track, 1)

    @staticmethod
    def _button(action: QAction, icon_name: str) -> QWidget:
        button = tool_button(icon_name, action.toolTip(), "muted")
        button.clicked.connect(action.trigger)
        return button

    # -- showing ----------------------------------------------------------------------------------
    def refresh_document(self) -> None:
        """Another document: span, ticks, series."""
        self.setEnabled(self._session.document is not None)
        self._refresh_span()
        self.track.set_events(events_of(self._session.document))
        self._refresh_series()
        self._refresh_transport()
        self._refresh_time()

    def _refresh_span(self) -> None:
        document = self._session.document
        if document is None:
            self.track.set_span(None, (0.0, 1.0), None)
            return
        start, end = document.span_s
        recorded = (start, end) if document.is_recorded else None
        length = max(end - start, 1.0)
        # A scenario runs on past its end: the track turns the page.
        page = math.floor((self._session.clock.t_s - start) / length) if self._session.clock.open_ended else 0
        page = page if self._session.clock.t_s != end else 0
        self.track.set_span(document.epoch, (start + page * length, end + page * length), recorded)
        self._page = page

    def _refresh_series(self) -> None:
        document = self._session.document
        if document is None or document.recording is None:
            self.track.clear_series()
            return
        found = series_for(document.recording.totals, document.metrics, self._session.colour.metric)
        if found is None:
            self.track.clear_series()
        else:
            times = np.asarray(document.recording.times_s, float)
            count = min(len(times), len(found.values))
            self.track.set_series(found.title, times[:count], found.values[:count], found.axis)

    def _refresh_transport(self) -> None:
        clock = self._session.clock
        self.play.setIcon(icon("pause" if clock.playing else "play", "text", 20))
        sign = "−" if clock.speed < 0 else ""
        wanted = [f"{sign}{speed:,.0f}×" for speed in SPEEDS]
        if [self.speed.itemText(i) for i in range(self.speed.count())] != wanted:
            self.speed.clear()
            for text, speed in zip(wanted, SPEEDS, strict=True):
                self.speed.addItem(text, math.copysign(speed, clock.speed))
        self.speed.setCurrentIndex(int(np.argmin([abs(s - abs(clock.speed)) for s in SPEEDS])))

    def _refresh_time(self) -> None:
        document = self._session.document
        t_s = self._session.clock.t_s
        if document is None:
            self.utc.setText("–")
            self.relative.setText("")
            return
        if self._session.clock.open_ended:
            start, end = document.span_s
            if math.floor((t_s - start) / max(end - start, 1.0)) != self._page:
                self._refresh_span()
        self._set(self.utc, utc_text(document.epoch, t_s))
        self._set(self.relative, relative_text(t_s))
        self.track.set_marks(t_s, self.track.marks[1])

    @staticmethod
    def _set(part: object, text: str) -> None:
        if part.text() != text:  # type: ignore[attr-defined]
            part.setText(text)  # type: ignore[attr-defined]

    def show_shown(self, shown_s: float | None) -> None:
        """The instant the picture shows; a second mark while it is not the one asked for."""
        t_s = self._session.clock.t_s
        differs = shown_s is not None and abs(shown_s - t_s) > DIFFERS_S
        self.track.set_marks(t_s, shown_s if differs else None)

    # -- driving ----------------------------------------------------------------------------------
    def _seek(self, t_s: float) -> None:
        self._session.clock.seek(t_s)

    def _scrub(self, held: bool) -> None:
        clock = self._session.clock
        if held:
            self._resume, clock.playing = clock.playing, False
        elif self._resume:
            clock.playing, self._resume = True, False

    def _choose_speed(self, index: int) -> None:
        self._session.clock.speed = float(self.speed.itemData(index))
