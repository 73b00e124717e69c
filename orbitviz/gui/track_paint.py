"""How the track is painted: what stands still into a picture of its own, the marks that move over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from orbitviz.core.epoch import Epoch
from orbitviz.core.gaps import gaps_of
from orbitviz.gui.docks.chart_series import thinned
from orbitviz.gui.events import Mark, glyph_of, token_of
from orbitviz.gui.numbers import amount
from orbitviz.gui.span import Span
from orbitviz.gui.theme import font, tokens
from orbitviz.gui.ticks import day_text, tick_step_s, tick_times
from orbitviz.gui.value_axis import ValueAxis
from orbitviz.session.bookmarks import Bookmark

MARGIN_PX = 16
EVENTS_TOP_PX, EVENTS_BOTTOM_PX = 20, 27
LINE_UP_PX = 30
"""The line of time stands so far above the lower edge."""
FLAG_PX = 11
LINE_TOKENS = ("accent", "good", "warn")


@dataclass(frozen=True)
class Lane:
    """A total drawn above the line: its name, (T,) values in `unit` at the instants they are drawn at, and the range
    their height stands for; `label` is the name alone."""

    title: str
    times_s: NDArray[np.float64]
    values: NDArray[np.float64]
    axis: ValueAxis
    label: str = ""
    unit: str = ""

    @cached_property
    def _known(self) -> NDArray[np.bool_]:
        return np.isfinite(self.values)

    @cached_property
    def _gaps(self) -> NDArray[np.float64]:
        return gaps_of(self.times_s[self._known])

    def text_at(self, t_s: float) -> str:
        """The value at an instant with its unit, mixed between frames; a long dash within a gap."""
        reach_s = float(self.times_s[1] - self.times_s[0]) if len(self.times_s) > 1 else 0.0
        for before_s, after_s in self._gaps:
            if before_s < t_s < after_s:  # as at the ends, a frame reaches one step far
                t_s = before_s if t_s <= before_s + reach_s else after_s if t_s >= after_s - reach_s else math.nan
        return amount(float(np.interp(t_s, self.times_s, self.values)), self.unit)

    def points(self, span: Span, pixels: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(instants, values) that draw what is seen: a few a pixel however many frames there are, no spike lost; a NaN
        in each gap."""
        known = self._known
        return thinned(self.times_s[known], self.values[known], *span.seen, pixels, gaps=self._gaps)


@dataclass
class Still:
    """Everything of the track that does not move from frame to frame."""

    epoch: Epoch
    span: Span
    recorded: Sequence[tuple[float, float]]
    lanes: Sequence[Lane]
    marks: Sequence[Mark]
    over: Mark | None
    region: tuple[float, float] | None
    region_ends: tuple[float | None, float | None]
    bookmarks: Sequence[Bookmark]
    decoded: Sequence[tuple[float, float]]
    width: int
    height: int
    x_of: Callable[[float], float]

    @property
    def line_y(self) -> float:
        """Where the line of time stands."""
        return self.height - LINE_UP_PX

    @property
    def series_top(self) -> float:
        """Where the series begin: below the events, where there are any."""
        return EVENTS_BOTTOM_PX + 2 if self.marks else 20

    def sees(self, x_px: float) -> bool:
        """Whether a pixel is on the line."""
        return MARGIN_PX - 0.5 <= x_px <= self.width - MARGIN_PX + 0.5

    def clipped(self, first_s: float, last_s: float) -> tuple[float, float] | None:
        """The pixels of a stretch of time, as far as it is seen."""
        left = max(self.x_of(first_s), float(MARGIN_PX))
        right = min(self.x_of(last_s), float(self.width - MARGIN_PX))
        return (left, right) if right >= left else None

    # -- everything -------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        """All of it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._overview(painter)
        self._region(painter)
        for place in reversed(range(len(self.lanes))):
            self._lane(painter, self.lanes[place], LINE_TOKENS[place % len(LINE_TOKENS)], filled=place == 0)
        for place, mark in enumerate(self.marks):
            if self.sees(mark.x_px):
                self._event(painter, mark)
                room = self.marks[place + 1].x_px - mark.x_px if place + 1 < len(self.marks) else self.width
                self._count(painter, mark, room)
        self._line(painter)
        self._ticks(painter)
        for bookmark in self.bookmarks:
            self._flag(painter, bookmark)

    def _overview(self, painter: QPainter) -> None:
        """While zoomed: which part of the whole is seen, along the upper edge."""
        if not self.span.is_zoomed:
            return
        theme = tokens()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(QRectF(MARGIN_PX, 1, self.width - 2 * MARGIN_PX, 3), 1.5, 1.5)
        left, right = overview_pixels(self.span, self.width)
        painter.setBrush(theme.colour("muted"))
        painter.drawRoundedRect(QRectF(left, 1, max(right - left, 6), 3), 1.5, 1.5)

    def _region(self, painter: QPainter) -> None:
        if self.region is None:
            return
        found = self.clipped(*self.region)
        theme = tokens()
        if found is not None:
            top = self.series_top - 1
            painter.fillRect(QRectF(found[0], top, found[1] - found[0], self.line_y - top), theme.colour("accent", 26))
        for end in self.region_ends:
            if end is not None and self.sees(self.x_of(end)):
                x = self.x_of(end)
                painter.setPen(QPen(theme.colour("accent"), 1))
                painter.drawLine(QPointF(x, self.series_top - 1), QPointF(x, self.line_y))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent"))
                foot = self.line_y + 4
                painter.drawPolygon(QPolygonF([QPointF(x, foot), QPointF(x - 5, foot + 7), QPointF(x + 5, foot + 7)]))

    def _lane(self, painter: QPainter, lane: Lane, token: str, filled: bool) -> None:
        seen = self.span.seen
        times_s, values = lane.points(self.span, self.width - 2 * MARGIN_PX)
        if len(times_s) < 2:
            return
        bottom, top = self.line_y - 6, self.series_top
        xs = MARGIN_PX + (self.width - 2 * MARGIN_PX) * (times_s - seen[0]) / max(seen[1] - seen[0], 1e-9)
        ys = bottom - (bottom - top) * (values - lane.axis.low) / (lane.axis.high - lane.axis.low)
        breaks = np.flatnonzero(np.isnan(ys))
        pieces = zip(np.split(xs, breaks), np.split(ys, breaks), strict=True)
        lines = [_polygon(x[~np.isnan(y)], y[~np.isnan(y)]) for x, y in pieces]
        theme = tokens()
        painter.save()
        painter.setClipRect(QRectF(MARGIN_PX, top - 2, self.width - 2 * MARGIN_PX, bottom - top + 4))
        for line in lines if filled else ():
            area = QPolygonF(line)
            area.append(QPointF(line.last().x(), bottom))
            area.append(QPointF(line.first().x(), bottom))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(token, 34))
            painter.drawPolygon(area)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.colour(token), 1.25 if filled else 1.0))
        for line in lines:
            painter.drawPolyline(line)
        painter.restore()

    def _event(self, painter: QPainter, mark: Mark) -> None:
        """A shape by what it is about, in the colour of what it costs; wider under the pointer."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().colour(token_of(mark.events)))
        middle = (EVENTS_TOP_PX + EVENTS_BOTTOM_PX) / 2
        size = 5.0 if mark is self.over else 3.5
        shape = [QPointF(mark.x_px + 0.5 + x * size, middle + y * size) for x, y in glyph_of(mark.events)]
        painter.drawPolygon(QPolygonF(shape))

    @staticmethod
    def _count(painter: QPainter, mark: Mark, room_px: int) -> None:
        """How many events share a mark, where there is room for it before the next."""
        text = f"{len(mark.events):,}"
        painter.setFont(font(9, tabular=True))
        if len(mark.events) > 1 and room_px >= painter.fontMetrics().horizontalAdvance(text) + 12:
            painter.setPen(tokens().colour("muted"))
            painter.drawText(QPointF(mark.x_px + 6, EVENTS_BOTTOM_PX), text)

    def _line(self, painter: QPainter) -> None:
        y = self.line_y
        painter.setPen(_round_pen("line"))
        painter.drawLine(QPointF(MARGIN_PX, y), QPointF(self.width - MARGIN_PX, y))
        # A round end would paint over a gap of a few pixels.
        painter.setPen(_round_pen("faint") if len(self.recorded) == 1 else QPen(tokens().colour("faint"), 3))
        for piece in self.recorded:
            found = self.clipped(*piece)
            if found is not None:
                painter.drawLine(QPointF(found[0], y), QPointF(max(found[1], found[0] + 1), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().colour("good", 200))
        for first_s, last_s in self.decoded:
            stretch = self.clipped(first_s, last_s)
            if stretch is not None:
                painter.drawRect(QRectF(stretch[0] - 1, y + 2.5, max(stretch[1] - stretch[0], 2), 1.5))

    def _ticks(self, painter: QPainter) -> None:
        theme, y = tokens(), self.line_y
        start, end = self.span.seen
        step = tick_step_s(end - start, self.width - 2 * MARGIN_PX)
        painter.setFont(font(11, tabular=True))
        words = painter.fontMetrics()
        free_from = 0.0
        if step < 86400 and self.span.is_zoomed:
            # Close up no midnight may be in sight: the day stands at the left.
            day = day_text(self.epoch, start)
            painter.setPen(theme.colour("text"))
            painter.drawText(QPointF(2, y + 21), day)
            free_from = 2 + words.horizontalAdvance(day) + 12
        for t_s, text in tick_times(self.epoch, start, end, step):
            x = self.x_of(t_s)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(x, y + 4), QPointF(x, y + 8))
            width = words.horizontalAdvance(text)
            left = min(max(x - width / 2, 2), self.width - width - 2)
            if left < free_from:  # the last label, pushed in from the edge, gives way
                continue
            free_from = left + width + 12
            painter.setPen(theme.colour("muted"))
            painter.drawText(QPointF(left, y + 21), text)

    def _flag(self, painter: QPainter, bookmark: Bookmark) -> None:
        x = self.x_of(bookmark.t_s)
        if not self.sees(x):
            return
        theme = tokens()
        box = QRectF(x, self.line_y - 5 - FLAG_PX, FLAG_PX, FLAG_PX)
        painter.setPen(QPen(theme.colour("text", 200), 1))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, self.line_y))
        painter.setBrush(theme.colour("raised"))
        painter.drawRect(box)
        painter.setFont(font(9, tabular=True))
        painter.setPen(theme.colour("text"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(bookmark.number))


def overview_pixels(span: Span, width: int) -> tuple[float, float]:
    """Where the part seen lies on a bar that stands for the whole."""
    whole_s = max(span.whole[1] - span.whole[0], 1e-9)
    room = width - 2 * MARGIN_PX
    left, right = (MARGIN_PX + room * (end - span.whole[0]) / whole_s for end in span.seen)
    return left, right


def _polygon(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])


def _round_pen(token: str) -> QPen:
    return QPen(tokens().colour(token), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)


def paint_titles(painter: QPainter, lanes: Sequence[Lane], t_s: float, width: int) -> None:
    """What the lines are and their values at an instant, each in its colour; the first one's scale at the right."""
    theme = tokens()
    painter.setFont(font(11, tabular=True))
    words = painter.fontMetrics()
    x = float(MARGIN_PX)
    for place, lane in enumerate(lanes):
        name, value = f"{lane.label}  ", lane.text_at(t_s)
        if place and x + words.horizontalAdvance(name + value) > width - MARGIN_PX:
            break
        several = len(lanes) > 1
        painter.setPen(theme.colour(LINE_TOKENS[place % len(LINE_TOKENS)] if several else "muted"))
        painter.drawText(QPointF(x, 16), name)
        x += words.horizontalAdvance(name)
        painter.setPen(theme.colour("text"))
        painter.drawText(QPointF(x, 16), value)
        x += words.horizontalAdvance(value) + 20
    if lanes:
        scale = f"scale {lanes[0].axis.text}"
        right = width - MARGIN_PX - words.horizontalAdvance(scale)
        if right > x + 4:
            painter.setPen(theme.colour("muted"))
            painter.drawText(QPointF(right, 16), scale)


def paint_pointed(painter: QPainter, lanes: Sequence[Lane], t_s: float, x: float, top: float) -> None:
    """The values of the lines at the pointer, beside its hair line. top: upper edge of the lines."""
    theme = tokens()
    painter.setFont(font(10, tabular=True))
    words = painter.fontMetrics()
    texts = [lane.text_at(t_s) for lane in lanes]
    wide = max((words.horizontalAdvance(text) for text in texts), default=0) + 8
    # Left of it: the tip with the time stands at the right.
    left = x - 6 - wide if x - 6 - wide > 0 else x + 6
    for place, text in enumerate(texts):
        box = QRectF(left, top + 12 * place, wide, 12)
        painter.fillRect(box, theme.colour("panel", 225))
        painter.setPen(theme.colour(LINE_TOKENS[place % len(LINE_TOKENS)]))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def paint_played(painter: QPainter, left: float, right: float, y: float, broken: bool) -> None:
    """The part of a recording that lies behind the instant asked for; of a broken line one piece, with flat ends."""
    if right > left:
        painter.setPen(QPen(tokens().colour("accent"), 3) if broken else _round_pen("accent"))
        painter.drawLine(QPointF(left, y), QPointF(right, y))


def paint_requested(painter: QPainter, x: float, top: float, y: float) -> None:
    """The instant asked for: a line with a knob."""
    theme = tokens()
    painter.setPen(QPen(theme.colour("text", 190), 1))
    painter.drawLine(QPointF(x, top), QPointF(x, y))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("text"))
    painter.drawEllipse(QPointF(x, y), 6, 6)


def paint_shown(painter: QPainter, x: float, top: float, y: float, text: str, width: int) -> None:
    """The instant that the picture shows meanwhile, with its time."""
    painter.setPen(QPen(tokens().colour("warn"), 1.5))
    painter.drawLine(QPointF(x, top), QPointF(x, y))
    painter.setFont(font(11))
    words = painter.fontMetrics().horizontalAdvance(text)
    left = x + 5 if x + 5 + words < width else x - 5 - words
    # On a ground of its own: it may stand on a filled line.
    painter.fillRect(QRectF(left - 2, 29, words + 4, 15), tokens().colour("panel", 225))
    painter.drawText(QPointF(left, 40), text)
