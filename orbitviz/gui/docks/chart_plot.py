"""One chart: title, plot and legend. pyqtgraph draws lines, bands and the axis of values; time's axis is shared."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QGraphicsItem, QGridLayout, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.core.gaps import gaps_of
from orbitviz.gui.docks.chart_legend import LINE_PX, Legend, entries_of
from orbitviz.gui.docks.chart_look import Look
from orbitviz.gui.docks.chart_series import Chart, thinned, value_range
from orbitviz.gui.theme import CAPTION_PX, font
from orbitviz.gui.ticks import tick_step_s, tick_times
from orbitviz.gui.value_axis import round_step
from orbitviz.gui.widgets import Elided, label

AXIS_PX, TICK_PX, MOST_TICKS = 66, 34, 10
LEAST_PLOT_PX = 72
MOST_NAMES = 6
"""Names beside a plot that it is at least high enough for."""
EDGE_PX, LEAST_AIR = 7, 0.05
"""Ticks closer to the plot's ends would be cut."""
COLUMN_FROM_PX = 720
"""Width from which the names stand beside the plot."""
STILL = QGraphicsItem.CacheMode.DeviceCoordinateCache
WHEEL = 0.8


class TimeBox(pg.ViewBox):  # type: ignore[misc]
    """The plot's mouse: click seeks, drag scrubs, wheel zooms, Shift and drag (or right drag) zooms to a span, middle
    drag moves, double click shows all."""

    sought = Signal(float)
    scrubbing = Signal(bool)
    spanned = Signal(float, float)
    all_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(False, False)
        self.disableAutoRange()
        self.setDefaultPadding(0.0)
        self._frame: Any = None

    def _t(self, position: QPointF) -> float:
        return float(self.mapSceneToView(position).x())

    def mouseClickEvent(self, ev: Any) -> None:
        """One click seeks; two show all."""
        if ev.button() != Qt.MouseButton.LeftButton:
            return
        ev.accept()
        if ev.double():
            self.all_wanted.emit()
        else:
            self.sought.emit(self._t(ev.scenePos()))

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Scrub, zoom to a span, or move."""
        ev.accept()
        start, here = self._t(ev.buttonDownScenePos()), self._t(ev.scenePos())
        button, keys = ev.button(), ev.modifiers()
        first, last = ev.isStart(), ev.isFinish()
        if button == Qt.MouseButton.MiddleButton:
            moved = self._t(ev.lastScenePos()) - here
            left, right = self.viewRange()[0]
            self.spanned.emit(left + moved, right + moved)
        elif button == Qt.MouseButton.RightButton or keys & Qt.KeyboardModifier.ShiftModifier or self._frame:
            self._box(start, here, last)
        else:
            if first:
                self.scrubbing.emit(True)
            self.sought.emit(here)
            if last:
                self.scrubbing.emit(False)

    def _box(self, start: float, here: float, last: bool) -> None:
        if self._frame is None:
            self._frame = pg.LinearRegionItem(movable=False)
            self.addItem(self._frame, ignoreBounds=True)
        self._frame.setRegion((start, here))
        if last:
            self.removeItem(self._frame)
            self._frame = None
            if abs(here - start) > 0.0:
                self.spanned.emit(min(start, here), max(start, here))

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Up is closer, about the pointer; sideways (or with Shift) moves. With Ctrl the page scrolls."""
        if ev.modifiers() & Qt.KeyboardModifier.ControlModifier:
            ev.ignore()
            return
        ev.accept()
        left, right = self.viewRange()[0]
        turns = ev.delta() / 120.0
        sideways = ev.orientation() == Qt.Orientation.Horizontal
        if sideways or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moved = -0.1 * turns * (right - left)
            self.spanned.emit(left + moved, right + moved)
            return
        about = self._t(ev.scenePos())
        factor = WHEEL**turns
        self.spanned.emit(about + (left - about) * factor, about + (right - about) * factor)


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """The words of ticks beside the plot, painted as text at any size of picture."""

    def __init__(self) -> None:
        super().__init__("left")
        self.setWidth(AXIS_PX)
        self.words: list[tuple[float, str]] = []
        self.ends = (0.0, 1.0)
        self.colour = QColor()

    def show_ticks(self, words: list[tuple[float, str]], ends: tuple[float, float]) -> None:
        """(value, text) each, and the values at the bottom and the top."""
        self.words, self.ends = words, ends
        self.update()

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        """Flush right, each at the height of its value."""
        size, (low, high) = self.size(), self.ends
        painter.setFont(font(CAPTION_PX, tabular=True))
        painter.setPen(self.colour)
        for value, text in self.words:
            y = size.height() * (1.0 - (value - low) / (high - low))
            place = QRectF(0, y - 8, size.width() - 6, 16)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)


class ChartPanel(QWidget):
    """A chart with its names. It is told the span and the instant; what the mouse asks for comes from `box`."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.chart: Chart | None = None
        self.look = look
        self.redraws = 0
        """Times that lines were handed to pyqtgraph."""
        self._epoch: Epoch | None = None
        self._span = (0.0, 1.0)
        self._now_s: float | None = None
        self.title, self.facts = Elided("", "title"), label("", "small")
        self.box = TimeBox()
        self.axis = ValueAxis()
        self.plot = pg.PlotWidget(viewBox=self.box, axisItems={"left": self.axis})
        self.legend = Legend()
        self._curves: list[pg.PlotCurveItem] = []
        self._ends: list[pg.PlotCurveItem] = []
        self._fills: list[pg.FillBetweenItem] = []
        self._build()

    def _build(self) -> None:
        self.plot.setMinimumHeight(LEAST_PLOT_PX)
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.hideAxis("bottom")
        item.layout.setContentsMargins(0, 0, 0, 0)
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setCursor(Qt.CursorShape.PointingHandCursor)
        self.grid = pg.PlotCurveItem(connect="pairs", antialias=False)
        self.mark = pg.InfiniteLine(angle=90, movable=False)
        self.mark.setZValue(20)
        self.box.addItem(self.grid, ignoreBounds=True)
        self.box.addItem(self.mark, ignoreBounds=True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 0)
        self._grid.setVerticalSpacing(1)
        self._grid.setHorizontalSpacing(10)
        self._grid.setColumnStretch(0, 1)
        self._grid.addWidget(self.title, 0, 0)
        self._grid.addWidget(self.facts, 0, 1)
        self.set_column(True)

    def set_column(self, column: bool) -> None:
        """Names beside the plot, or in rows above it."""
        self.column = column
        self.legend.set_column(column)
        if column:
            self._grid.addWidget(self.plot, 1, 0)
            self._grid.addWidget(self.legend, 1, 1)
        else:
            self._grid.addWidget(self.legend, 1, 0, 1, 2)
            self._grid.addWidget(self.plot, 2, 0, 1, 2)
        self._grid.setRowStretch(1, int(column))
        self._grid.setRowStretch(2, int(not column))

    # -- what is shown ----------------------------------------------------------------------------
    def show_chart(self, chart: Chart, epoch: Epoch) -> None:
        """Another chart, or the same with other values; the span stays."""
        fresh = self.chart is None or _shape(self.chart) != _shape(chart)
        self.chart, self._epoch = chart, epoch
        self.title.setText(chart.title)
        unit = "state" if chart.flags else chart.scale.unit or "number"
        self.facts.setText(" · ".join(part for part in (unit, chart.kind) if part))
        for widget in (self.title, self.facts):
            widget.setToolTip(chart.tip)
        if fresh:
            self._make_items(chart)
        self.paint_with(self.look)

    def _make_items(self, chart: Chart) -> None:
        for item in (*self._fills, *self._curves, *self._ends):
            self.box.removeItem(item)
        mode = "right" if chart.flags else None
        self._curves = [pg.PlotCurveItem(antialias=True, stepMode=mode) for _ in chart.series]
        self._ends = [pg.PlotCurveItem(pen=None) for _ in chart.bands for _ in "lh"]
        self._fills = [
            pg.FillBetweenItem(self._ends[2 * number], self._ends[2 * number + 1]) for number in range(len(chart.bands))
        ]
        for depth, item in enumerate((*self._ends, *self._fills, *reversed(self._curves))):
            item.setZValue(1 + depth / 100)
            item.setCacheMode(STILL)
            self.box.addItem(item, ignoreBounds=True)

    def paint_with(self, look: Look) -> None:
        """In other colours."""
        self.look = look
        theme = look.theme
        self.plot.setBackground(theme.colour("panel"))
        self.axis.colour = theme.colour("muted")
        self.grid.setPen(pg.mkPen(theme.colour("line"), width=look.weight))
        self.mark.setPen(pg.mkPen(theme.colour("text", 170), width=look.weight))
        if self.chart is not None:
            for series, curve in zip(self.chart.series, self._curves, strict=True):
                curve.setPen(look.pen(self.chart, series))
            for number, fill in enumerate(self._fills):
                fill.setBrush(pg.mkBrush(look.band(number, len(self._fills))))
        self.redraw()
        self._write(force=True)

    def set_span(self, span: tuple[float, float]) -> None:
        """Other first and last instants."""
        if span != self._span:
            self._span = span
            self.redraw()

    def redraw(self) -> None:
        """Lines, grid and axis for the span and the width of the plot."""
        chart = self.chart
        if chart is None or self._epoch is None:
            return
        self.redraws += 1
        (left, right), pixels = self._span, max(int(self.box.width() or self.plot.width()), 50)
        parts = []
        for series, curve in zip(chart.series, self._curves, strict=True):
            x, y = thinned(series.drawn_s, series.values, left, right, pixels, bool(chart.flags), series.gaps)
            curve.setData(x, y, connect="finite")
            parts.append(y)
        for number, band in enumerate(chart.bands):
            # Both ends of the same frames, so that the pieces between gaps fit together.
            good = np.isfinite(band.low.values) & np.isfinite(band.high.values)
            times_s = band.low.drawn_s[good]
            for side, series in enumerate((band.low, band.high)):
                x, y = thinned(times_s, series.values[good], left, right, pixels, gaps=gaps_of(times_s))
                self._ends[2 * number + side].setData(x, y, connect="finite")
                parts.append(y)
        low, high = value_range(
            chart, parts, max(LEAST_AIR, (EDGE_PX + 1) / max(self.plot.height() - 2 * (EDGE_PX + 1), 1))
        )
        self.box.setRange(xRange=self._span, yRange=(low, high), padding=0)
        self._draw_axes(chart, low, high)

    def _draw_axes(self, chart: Chart, low: float, high: float) -> None:
        height = max(self.plot.height(), TICK_PX)
        edge = EDGE_PX / height * (high - low)
        ticks = value_ticks(chart, low + edge, high - edge, min(height / TICK_PX, MOST_TICKS))
        self.axis.show_ticks(ticks, (low, high))
        assert self._epoch is not None
        left, right = self._span
        step = tick_step_s(right - left, self.box.width() or self.plot.width())
        times = [t_s for t_s, _ in tick_times(self._epoch, left, right, step)]
        xs = [x for t_s in times for x in (t_s, t_s)] + [x for _ in ticks for x in self._span]
        ys = [y for _ in times for y in (low, high)] + [y for value, _ in ticks for y in (value, value)]
        self.grid.setData(np.array(xs, float), np.array(ys, float))

    def show_now(self, t_s: float | None) -> None:
        """The shown instant: the mark and the values beside the names. Lines stay as they are."""
        if t_s != self._now_s:
            self._now_s = t_s
            self._write()

    @property
    def _names(self) -> int:
        return 0 if self.chart is None else len(self.chart.series) + len(self.chart.bands)

    def _write(self, force: bool = False) -> None:
        if self.chart is None:
            return
        self.mark.setVisible(self._now_s is not None)
        if self._now_s is not None and (force or self.mark.value() != self._now_s):
            self.mark.setValue(self._now_s)
        unit = self.chart.scale.unit
        room = max(self.chart.flags.values(), key=len, default="") if self.chart.flags else f"−00.0 {unit}"
        room = f"00.0 to {room}" if self.chart.bands else room
        least = LEAST_PLOT_PX if not self.column else max(LEAST_PLOT_PX, LINE_PX * min(self._names, MOST_NAMES))
        self.plot.setMinimumHeight(least)
        self.legend.show_entries(entries_of(self.chart, self.look, self._now_s), self.look, room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has other points and ticks."""
        super().resizeEvent(event)
        column = self.width() >= COLUMN_FROM_PX
        if column != self.column:
            self.set_column(column)
        self.redraw()

    # -- geometry and export ----------------------------------------------------------------------
    @property
    def curves(self) -> list[pg.PlotCurveItem]:
        """The drawn lines, in the order of the chart's series."""
        return self._curves

    def plot_edges(self) -> tuple[float, float]:
        """First and last pixel of the plotted area, in the panel's coordinates."""
        box = self.plot.mapFromScene(self.box.sceneBoundingRect()).boundingRect()
        offset = self.plot.geometry().left()
        return offset + box.left(), offset + box.right()

    def paint_onto(self, painter: QPainter, top: float) -> None:
        """The whole panel as vectors, at its own size: title, plot, names."""
        theme = self.look.theme
        painter.save()
        painter.translate(0, top)
        painter.setFont(font(weight=self.title.font().Weight.DemiBold))
        painter.setPen(theme.colour("text"))
        painter.drawText(QRectF(self.title.geometry()), int(Qt.AlignmentFlag.AlignVCenter), self.title.text())
        painter.setFont(font(CAPTION_PX))
        painter.setPen(theme.colour("muted"))
        # Flush right, away from the title: a viewer without the font would take a wider one.
        place = QRectF(self.title.geometry())
        place.setRight(self.plot.geometry().right() + 1)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), self.facts.text())
        for item in (*self._fills, *self._curves, *self._ends):
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        self.plot.render(painter, QRectF(self.plot.geometry()), self.plot.viewport().rect())
        for item in (*self._fills, *self._curves, *self._ends):
            item.setCacheMode(STILL)
        self.legend.paint(painter, QRectF(self.legend.geometry()))
        painter.restore()


def _shape(chart: Chart) -> tuple[object, ...]:
    return chart.name, len(chart.series), len(chart.bands), bool(chart.flags)


def value_ticks(chart: Chart, low: float, high: float, most: float) -> list[tuple[float, str]]:
    """(value, text) of round values in the unit shown; a category's are its words."""
    if chart.flags:
        return [(float(number), word) for number, word in sorted(chart.flags.items())]
    factor = chart.scale.factor
    for finer in (1.0, 2.0, 4.0):  # two ticks at least: one alone says nothing of the scale
        step = round_step((high - low) / factor / max(most * finer, 2.0))
        first, last = math.ceil(low / factor / step - 1e-9), math.floor(high / factor / step + 1e-9)
        if last > first:
            break
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [number * step for number in range(first, last + 1)]
    return [(value * factor, f"{value + 0.0:,.{decimals}f}".replace("-", "−")) for value in values]
