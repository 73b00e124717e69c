"""The scrub track: a total over time, events, the recorded span, UTC ticks, requested and shown marks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.core.event import Event
from orbitviz.gui.events import Mark, event_tip, marks_of, nearest, token_of
from orbitviz.gui.numbers import utc_text
from orbitviz.gui.theme import font, tokens
from orbitviz.gui.value_axis import ValueAxis
from orbitviz.gui.widgets import draw_series

TICK_STEPS_S = (1, 5, 10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000)
MARGIN_PX, TICK_PX = 16, 84
EVENTS_TOP_PX, EVENTS_BOTTOM_PX, EVENT_REACH_PX = 20, 27, 4


def tick_step_s(span_s: float, width_px: float) -> float:
    """The finest round step whose labels are at least TICK_PX apart."""
    for step in TICK_STEPS_S:
        if span_s <= 0 or step / span_s * width_px >= TICK_PX:
            return float(step)
    return float(TICK_STEPS_S[-1])


def tick_times(epoch: Epoch, start_s: float, end_s: float, step_s: float) -> list[tuple[float, str]]:
    """(t_s, label) of each tick: round instants of UTC; midnight says the date, others hours and minutes."""
    midnight = Epoch(epoch.jd, 0.0)
    offset_s = epoch.seconds_since(midnight)
    first = np.ceil((start_s + offset_s - 1e-6) / step_s) * step_s - offset_s
    ticks = []
    for t_s in np.arange(first, end_s + 1e-6, step_s):
        when = epoch.plus(float(t_s) + 0.0005).to_datetime()
        day = when.hour == when.minute == when.second == 0
        text = f"{when.day} {when:%b}" if day else f"{when:%H:%M:%S}" if step_s < 60 else f"{when:%H:%M}"
        ticks.append((float(t_s), text))
    return ticks


def _round_pen(token: str) -> QPen:
    return QPen(tokens().colour(token), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)


class Track(QWidget):
    """Click seeks, drag scrubs, wheel steps. It only says what is asked for; the timeline acts."""

    sought = Signal(float)
    scrubbing = Signal(bool)
    stepped = Signal(int)
    event_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(160)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._epoch: Epoch | None = None
        self._span = (0.0, 1.0)
        self._recorded: tuple[float, float] | None = None
        self._requested_s, self._shown_s = 0.0, None  # type: tuple[float, float | None]
        self._series: tuple[NDArray[np.float64], NDArray[np.float64], ValueAxis] | None = None
        self._title = ""
        self._hover_x: float | None = None
        self._wheel = 0
        self._events: list[Event] = []
        self._event_marks: list[Mark] = []
        self._over: Mark | None = None
        self._held = False

    # -- what is shown ----------------------------------------------------------------------------
    def set_span(self, epoch: Epoch | None, span: tuple[float, float], recorded: tuple[float, float] | None) -> None:
        """First and last instant of the track, and of what is recorded."""
        self._epoch, self._span, self._recorded = epoch, span, recorded
        self._place_events()

    def set_series(
        self, title: str, times_s: NDArray[np.float64], values: NDArray[np.float64], axis: ValueAxis
    ) -> None:
        """(T,) values drawn above the line, with their name and the range their height stands for."""
        self._title, self._series = title, (times_s, values, axis)
        self.update()

    def clear_series(self) -> None:
        """Nothing above the line."""
        self._title, self._series = "", None
        self.update()

    def set_events(self, events: list[Event]) -> None:
        """Thin marks above the line, events in the order of time."""
        self._events = events
        self._place_events()

    def _place_events(self) -> None:
        self._event_marks, self._over = marks_of(self._events, self.x_of), None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Every instant has another pixel."""
        super().resizeEvent(event)
        self._place_events()

    @property
    def event_marks(self) -> list[Mark]:
        """The marks of events, from left to right."""
        return self._event_marks

    @property
    def texts(self) -> tuple[str, str]:
        """What the values are; what their height stands for."""
        return self._title, "" if self._series is None else f"scale {self._series[2].text}"

    def set_marks(self, requested_s: float, shown_s: float | None) -> None:
        """Instant asked for; instant shown where it differs, else None. Draws only when a pixel moves."""
        before = (round(self.x_of(self._requested_s) * 2), self._shown_s)
        self._requested_s, self._shown_s = requested_s, shown_s
        if before != (round(self.x_of(requested_s) * 2), shown_s):
            self.update()

    @property
    def marks(self) -> tuple[float, float | None]:
        """(requested, shown where it differs)."""
        return self._requested_s, self._shown_s

    # -- geometry ---------------------------------------------------------------------------------
    def x_of(self, t_s: float) -> float:
        """Pixel of an instant."""
        start, end = self._span
        share = (t_s - start) / max(end - start, 1e-9)
        return MARGIN_PX + (self.width() - 2 * MARGIN_PX) * min(max(share, 0.0), 1.0)

    def t_of(self, x_px: float) -> float:
        """Instant of a pixel, within the span."""
        share = (x_px - MARGIN_PX) / max(self.width() - 2 * MARGIN_PX, 1)
        start, end = self._span
        return start + (end - start) * min(max(share, 0.0), 1.0)

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Series, events, line, ticks, marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._epoch is None:
            return
        line_y = self.height() - 30.0
        if self._series is not None:
            top = EVENTS_BOTTOM_PX + 2 if self._events else 20
            box = QRectF(MARGIN_PX, top, self.width() - 2 * MARGIN_PX, line_y - 6 - top)
            times, values, axis = self._series
            left, right = self.x_of(float(times[0])), self.x_of(float(times[-1]))
            box.setLeft(left)
            box.setRight(max(right, left + 1))
            draw_series(painter, box, times, values, (axis.low, axis.high))
        self._paint_title(painter)
        self._paint_events(painter)
        self._paint_line(painter, line_y)
        self._paint_ticks(painter, line_y)
        self._paint_marks(painter, line_y)

    def _paint_title(self, painter: QPainter) -> None:
        painter.setFont(font(11))
        painter.setPen(tokens().colour("muted"))
        title, scale = self.texts
        painter.drawText(QPointF(MARGIN_PX, 15), title)
        words = painter.fontMetrics()
        left = self.width() - MARGIN_PX - words.horizontalAdvance(scale)
        if left > MARGIN_PX + words.horizontalAdvance(title) + 24:
            painter.drawText(QPointF(left, 15), scale)

    def _paint_events(self, painter: QPainter) -> None:
        """Thin ticks on whole pixels, so that none is blurred."""
        theme = tokens()
        for mark in self._event_marks:
            wide = 3 if mark is self._over else 1
            box = QRect(mark.x_px - wide // 2, EVENTS_TOP_PX, wide, EVENTS_BOTTOM_PX - EVENTS_TOP_PX)
            painter.fillRect(box, theme.colour(token_of(mark.events)))

    def _paint_line(self, painter: QPainter, y: float) -> None:
        painter.setPen(_round_pen("line"))
        painter.drawLine(QPointF(MARGIN_PX, y), QPointF(self.width() - MARGIN_PX, y))
        if self._recorded is not None:
            painter.setPen(_round_pen("faint"))
            painter.drawLine(QPointF(self.x_of(self._recorded[0]), y), QPointF(self.x_of(self._recorded[1]), y))
            painter.setPen(_round_pen("accent"))
            painter.drawLine(QPointF(self.x_of(self._recorded[0]), y), QPointF(self.x_of(self._requested_s), y))

    def _paint_ticks(self, painter: QPainter, y: float) -> None:
        assert self._epoch is not None
        theme = tokens()
        start, end = self._span
        step = tick_step_s(end - start, self.width() - 2 * MARGIN_PX)
        painter.setFont(font(11, tabular=True))
        free_from = 0.0
        for t_s, text in tick_times(self._epoch, start, end, step):
            x = self.x_of(t_s)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(x, y + 4), QPointF(x, y + 8))
            width = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, 2), self.width() - width - 2)
            if left < free_from:  # the last label, pushed in from the edge, gives way
                continue
            free_from = left + width + 12
            painter.setPen(theme.colour("muted"))
            painter.drawText(QPointF(left, y + 21), text)

    def _paint_marks(self, painter: QPainter, y: float) -> None:
        theme = tokens()
        if self._hover_x is not None:
            painter.setPen(QPen(theme.colour("muted", 120), 1))
            painter.drawLine(QPointF(self._hover_x, 20), QPointF(self._hover_x, y))
        x = self.x_of(self._requested_s)
        painter.setPen(QPen(theme.colour("text", 190), 1))
        painter.drawLine(QPointF(x, 20), QPointF(x, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("text"))
        painter.drawEllipse(QPointF(x, y), 6, 6)
        if self._shown_s is not None and self._epoch is not None:
            self._paint_shown(painter, y)

    def _paint_shown(self, painter: QPainter, y: float) -> None:
        assert self._epoch is not None and self._shown_s is not None
        theme = tokens()
        x = self.x_of(self._shown_s)
        painter.setPen(QPen(theme.colour("warn"), 1.5))
        painter.drawLine(QPointF(x, 20), QPointF(x, y))
        text = f"shown {self._epoch.plus(self._shown_s).iso()[11:16]}"
        painter.setFont(font(11))
        width = painter.fontMetrics().horizontalAdvance(text)
        left = x + 5 if x + 5 + width < self.width() else x - 5 - width
        painter.drawText(QPointF(left, 32), text)

    # -- mouse ------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Goes to the event under the pointer, else takes hold and seeks."""
        if event.button() != Qt.MouseButton.LeftButton or self._epoch is None:
            return
        mark = self._mark_at(event.position())
        self._held = mark is None
        if mark is not None:
            # Of several on one pixel the first that happens to a node, so that there is something to see.
            self.event_chosen.emit(next((some for some in mark.events if some.node >= 0), mark.events[0]))
        else:
            self.scrubbing.emit(True)
            self.sought.emit(self.t_of(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrubs while held, else points."""
        if self._epoch is None:
            return
        t_s = self.t_of(event.position().x())
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        self._over = None if held else self._mark_at(event.position())
        self._hover_x = self.x_of(t_s) if self._over is None else float(self._over.x_px)
        self.setToolTip(self._tip(t_s, self._over))
        if held and self._held:
            self.sought.emit(t_s)
        self.update()

    def _mark_at(self, place: QPointF) -> Mark | None:
        """The events under the pointer; they stand in a strip of their own, so that the rest of the track scrubs."""
        if not EVENTS_TOP_PX - 3 <= place.y() <= EVENTS_BOTTOM_PX + 1:
            return None
        return nearest(self._event_marks, place.x(), EVENT_REACH_PX)

    def _tip(self, t_s: float, over: Mark | None) -> str:
        assert self._epoch is not None
        return f"{utc_text(self._epoch, t_s)} UTC" if over is None else event_tip(over.events, self._epoch)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lets go."""
        if event.button() == Qt.MouseButton.LeftButton and self._held:
            self._held = False
            self.scrubbing.emit(False)

    def leaveEvent(self, event: object) -> None:
        """No pointer, no hair line."""
        self._hover_x = self._over = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One frame a notch; a touchpad's small turns add up."""
        self._wheel += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._wheel / 120)
        if notches:
            self._wheel -= notches * 120
            self.stepped.emit(-notches)
        event.accept()
