"""The band of time: transport, speed, the instant, and the scrub track."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from orbitviz.core.event import Event
from orbitviz.core.gaps import gaps_of, pieces_of
from orbitviz.gui.bind import Bindings
from orbitviz.gui.events import about, events_of
from orbitviz.gui.icons import icon
from orbitviz.gui.instant_label import InstantLabel
from orbitviz.gui.live_badge import LiveBadge
from orbitviz.gui.theme import TIMELINE_PX
from orbitviz.gui.totals import series_for
from orbitviz.gui.track import Track
from orbitviz.gui.track_menu import TrackMenu
from orbitviz.gui.track_paint import Lane
from orbitviz.gui.widgets import Choice, row, tool_button
from orbitviz.session import Session
from orbitviz.session.clock import SPEEDS

DIFFERS_S = 0.5
"""Requested and shown instants farther apart than this are two marks."""
MOST_LINES = 3
REVERSE = "Reverse"
BESIDE = ("array_w", "compute_w", "sunlit", "battery_soc")
"""Whose totals stand beside that of the shown metric unless others are chosen: what comes in, what goes out, light."""


class Timeline(QWidget):
    """Shows the clock and drives it. `step` is the window's: it knows the recorded frames. kinds_hidden: a frozenset
    of ABOUT_WORDS, the events that are not shown."""

    kinds_hidden = Signal(object)

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
        self.instant = InstantLabel(session.stage)
        self.utc, self.relative = self.instant.utc, self.instant.relative
        self._actions = actions
        self._chosen: tuple[str, ...] | None = None
        self._hidden: frozenset[str] = frozenset()
        self._events: list[Event] = []
        self._build(actions)
        self.track.sought.connect(self._seek)
        self.track.scrubbing.connect(self._scrub)
        self.track.stepped.connect(step)
        self.track.menu_asked.connect(self.open_menu)
        self.track.region_moved.connect(self._move_region)
        self.track.zoomed.connect(self._show_zoom)
        self.speed.activated.connect(self._choose_speed)
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_document)
        bindings.on(session.document_grown, self._refresh_grown)
        bindings.on(session.colour.events.metric, self._refresh_series)
        bindings.on(session.bookmarks.events.marks, self._refresh_bookmarks)
        for end in (session.clock.events.in_s, session.clock.events.out_s):
            bindings.on(end, self._refresh_region)
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
        self.speed.setFixedWidth(106)
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
        left.addWidget(self.instant)
        self.live = LiveBadge(self._session, actions["live"])
        left.addWidget(self.live)
        left.addStretch(1)
        holder = QWidget()
        holder.setLayout(left)
        holder.setFixedWidth(334)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 4, 0)
        layout.setSpacing(8)
        layout.addWidget(holder)
        layout.addWidget(self.track, 1)
        layout.addLayout(self._side(actions))

    def _side(self, actions: Mapping[str, QAction]) -> QVBoxLayout:
        """Closer, farther, and everything else in a menu."""
        side = QVBoxLayout()
        side.setContentsMargins(0, 6, 0, 6)
        side.setSpacing(0)
        menu = tool_button("list", "Lines, events, bookmarks and the region played", "muted", 14)
        menu.clicked.connect(lambda: self.open_menu(menu.mapToGlobal(QPoint(0, 0))))
        self._farther = tool_button("minus", actions["zoom_out_time"].toolTip(), "muted", 14)
        self._farther.clicked.connect(actions["zoom_out_time"].trigger)
        closer = tool_button("plus", actions["zoom_in_time"].toolTip(), "muted", 14)
        closer.clicked.connect(actions["zoom_in_time"].trigger)
        for button in (closer, self._farther, menu):
            side.addWidget(button)
        return side

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
        self._refresh_events()
        self._refresh_series()
        self._refresh_region()
        self._refresh_bookmarks()
        self.track.show_all()
        self._refresh_transport()
        self._refresh_time()

    def _refresh_span(self) -> None:
        document = self._session.document
        if document is None:
            self.track.set_span(None, (0.0, 1.0), ())
            return
        start, end = document.span_s
        recording = document.recording
        gaps = gaps_of(np.asarray(recording.times_s, float)) if recording is not None else np.zeros((0, 2))
        recorded = pieces_of(start, end, gaps) if document.is_recorded else ()
        length = max(end - start, 1.0)
        # A scenario runs on past its end: the track turns the page.
        page = math.floor((self._session.clock.t_s - start) / length) if self._session.clock.open_ended else 0
        page = page if self._session.clock.t_s != end else 0
        self.track.set_span(document.epoch, (start + page * length, end + page * length), recorded)
        self._page = page

    def _refresh_grown(self) -> None:
        """More frames of the same recording: what is seen stays."""
        self._refresh_span()
        self._refresh_events()
        self._refresh_series()
        self._refresh_region()

    def _refresh_events(self) -> None:
        self._events = [event for event in events_of(self._session.document) if about(event) not in self._hidden]
        self.track.set_events(self._events)

    def _refresh_region(self) -> None:
        clock = self._session.clock
        self.track.set_region(clock.region, clock.in_s, clock.out_s)

    def _refresh_bookmarks(self) -> None:
        self.track.set_bookmarks(self._session.bookmarks.marks)

    # -- lines ------------------------------------------------------------------------------------
    @property
    def lines(self) -> tuple[str, ...]:
        """Metrics whose totals are drawn: the chosen ones, else the shown one's and two beside it."""
        return self._chosen if self._chosen is not None else (self._session.colour.metric, *BESIDE)

    def _refresh_series(self) -> None:
        lanes: list[Lane] = []
        for metric in dict.fromkeys(self.lines):
            lane = self._lane(metric)
            # Without a total of its own the shown metric has no line: the others do not stand in for it.
            if lane is None and metric == self.lines[0] and self._chosen is None:
                break
            if lane is not None and len(lanes) < MOST_LINES:
                lanes.append(lane)
        self.track.set_lanes(lanes)

    def _lane(self, metric: str) -> Lane | None:
        document = self._session.document
        recording = None if document is None else document.recording
        if document is None or recording is None or metric not in document.metrics:
            return None
        found = series_for(recording.totals, {metric: document.metrics[metric]}, metric)
        if found is None:
            return None
        info, times = document.metrics[metric], np.asarray(recording.times_s, float)
        count = min(len(times), len(found.values))
        if not count:
            return None
        # A step's mean stands at the middle of its step.
        half_s = 0.5 * float(times[1] - times[0]) if info.mean and len(times) > 1 else 0.0
        return Lane(found.title, times[:count] + half_s, found.values[:count], found.axis, info.long_name, info.unit)

    def _toggle_line(self, metric: str) -> None:
        """Up to MOST_LINES: the newest choice takes the place of the last one."""
        drawn = self._drawn_lines()
        if metric in drawn:
            self._chosen = tuple(name for name in drawn if name != metric)
        else:
            self._chosen = (*drawn[: MOST_LINES - 1], metric)
        self._refresh_series()

    def _drawn_lines(self) -> tuple[str, ...]:
        there = [metric for metric in dict.fromkeys(self.lines) if self._lane(metric) is not None]
        return tuple(there[:MOST_LINES]) if self.track.lanes else ()

    def _toggle_kind(self, name: str) -> None:
        self._hidden = self._hidden ^ {name}
        self.kinds_hidden.emit(self._hidden)
        self._refresh_events()

    def open_menu(self, place: QPoint) -> None:
        """Lines, events, bookmarks, region."""
        document = self._session.document
        if document is None:
            return
        offered = {name: info.long_name for name, info in document.metrics.items() if self._lane(name) is not None}
        menu = TrackMenu(
            self,
            self._session,
            self._actions,
            offered,
            self._drawn_lines(),
            self._hidden,
            self._toggle_line,
            self._toggle_kind,
        )
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _refresh_transport(self) -> None:
        clock = self._session.clock
        self.play.setIcon(icon("pause" if clock.playing else "play", "text", 20))
        sign = "−" if clock.speed < 0 else ""
        wanted = [*(f"{sign}{speed:,.0f}×" for speed in SPEEDS), REVERSE]
        if [self.speed.itemText(i) for i in range(self.speed.count())] != wanted:
            self.speed.clear()
            for text, speed in zip(wanted, SPEEDS, strict=False):
                self.speed.addItem(text, math.copysign(speed, clock.speed))
            self.speed.addItem(REVERSE)
        self.speed.setCurrentIndex(int(np.argmin([abs(s - abs(clock.speed)) for s in SPEEDS])))

    def _refresh_time(self) -> None:
        document = self._session.document
        t_s = self._session.clock.t_s
        if document is None:
            self.instant.show_instant(None, t_s)
            return
        if self._session.clock.open_ended:
            start, end = document.span_s
            if math.floor((t_s - start) / max(end - start, 1.0)) != self._page:
                self._refresh_span()
        self.instant.show_instant(document.epoch, t_s)
        self.track.keep_in_view(t_s, self._session.clock.speed >= 0.0, self._session.clock.playing)
        self.track.set_marks(t_s, self.track.marks[1])

    def show_shown(self, shown_s: float | None) -> None:
        """The instant the picture shows; a second mark while it is not the one asked for."""
        t_s = self._session.clock.t_s
        differs = shown_s is not None and abs(shown_s - t_s) > DIFFERS_S
        self.track.set_marks(t_s, shown_s if differs else None)

    def show_decoded(self, times_s: NDArray[np.float64], indices: NDArray[np.intp]) -> None:
        """Which frames of the shown metric are decoded and kept: stretches of them under the line."""
        if len(indices) == 0:
            self.track.set_decoded(())
            return
        breaks = np.flatnonzero(np.diff(indices) > 1)
        firsts, lasts = np.r_[indices[0], indices[breaks + 1]], np.r_[indices[breaks], indices[-1]]
        self.track.set_decoded([(float(times_s[a]), float(times_s[b])) for a, b in zip(firsts, lasts, strict=True)])

    def _show_zoom(self) -> None:
        self._farther.setEnabled(self.track.span.is_zoomed)

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
        clock, speed = self._session.clock, self.speed.itemData(index)
        clock.speed = -clock.speed if speed is None else float(speed)

    def _move_region(self, end: int, t_s: float) -> None:
        clock = self._session.clock
        (clock.move_out if end else clock.move_in)(t_s)

    def event_from(self, direction: int) -> Event | None:
        """The nearest event after the instant asked for, or before it; of those that are shown."""
        now_s = self._session.clock.t_s
        times = [event.t_s for event in self._events]
        place = (
            bisect.bisect_right(times, now_s + 1e-6) if direction > 0 else bisect.bisect_left(times, now_s - 1e-6) - 1
        )
        return self._events[place] if 0 <= place < len(self._events) else None
