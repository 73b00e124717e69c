"""Charts under each other with one axis of time below them: one span, one mark at the shown instant."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.gui.docks.chart_look import Look, look_of
from orbitviz.gui.docks.chart_plot import ChartPanel
from orbitviz.gui.docks.chart_series import Chart
from orbitviz.gui.numbers import duration_text, utc_text
from orbitviz.gui.theme import CAPTION_PX, font
from orbitviz.gui.ticks import tick_step_s, tick_times

REDRAW_S = 0.1
"""Lines are drawn anew no more often."""
LEAST_SPAN_S = 1.0
STRIP_PX, MARGIN_PX, HEAD_PX = 20, 16, 44


class TimeStrip(QWidget):
    """Ticks of UTC below the lowest chart."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(STRIP_PX)
        self._epoch: Epoch | None = None
        self._span, self._edges = (0.0, 1.0), (0.0, 1.0)

    def show_span(self, epoch: Epoch | None, span: tuple[float, float], edges: tuple[float, float]) -> None:
        """First and last instant, and the pixels they stand at."""
        if (epoch, span, edges) != (self._epoch, self._span, self._edges):
            self._epoch, self._span, self._edges = epoch, span, edges
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """In the window's theme."""
        self.paint(QPainter(self), look_of())

    def paint(self, painter: QPainter, look: Look) -> None:
        """Ticks with times, and "UTC" before them."""
        if self._epoch is None:
            return
        theme, (left, right), (start, end) = look.theme, self._edges, self._span
        painter.setFont(font(CAPTION_PX, tabular=True))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(theme.colour("muted"))
        painter.drawText(QPointF(2, 15), "UTC")
        free_from = left - 16
        for t_s, text in tick_times(self._epoch, start, end, tick_step_s(end - start, right - left)):
            x = left + (t_s - start) / max(end - start, 1e-9) * (right - left)
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, 4))
            width = metrics.horizontalAdvance(text)
            place = min(max(x - width / 2, left - 16), right - width + 16)
            if place >= free_from:
                painter.setPen(theme.colour("muted"))
                painter.drawText(QPointF(place, 15), text)
                free_from = place + width + 8


def _head_font() -> QFont:
    return font(15, QFont.Weight.DemiBold)


def _small_font() -> QFont:
    return font(CAPTION_PX, tabular=True)


class ChartStack(QWidget):
    """Shows charts; says which instant the mouse asks for. Its span is all of their time until one is chosen."""

    sought = Signal(float)
    scrubbing = Signal(bool)
    span_chosen = Signal(float, float)
    """By wheel, drag or double click here."""

    def __init__(self) -> None:
        super().__init__()
        self.panels: list[ChartPanel] = []
        self._charts: list[Chart] = []
        self._epoch: Epoch | None = None
        self._chosen: tuple[float, float] | None = None
        self._now_s: float | None = None
        self._drawn_at = -math.inf
        body = QWidget()
        self._rows = QVBoxLayout(body)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(6)
        self.page = QScrollArea()
        self.page.setWidget(body)
        self.page.setWidgetResizable(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.strip = TimeStrip()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.page, 1)
        layout.addWidget(self.strip)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._apply_span)

    # -- what is shown ----------------------------------------------------------------------------
    @property
    def charts(self) -> list[Chart]:
        """From top to bottom."""
        return self._charts

    def show_charts(self, charts: list[Chart], epoch: Epoch) -> None:
        """Others, or the same with more values: a chosen span stays as long as it lies within their time."""
        same = [chart.name for chart in charts] == [chart.name for chart in self._charts]
        self._charts, self._epoch = charts, epoch
        look = look_of()
        while len(self.panels) > len(charts):
            panel = self.panels.pop()
            self._rows.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        while len(self.panels) < len(charts):
            self.panels.append(self._new_panel(look))
        if self._chosen is not None and not same and self._clamped(self._chosen) != self._chosen:
            self._chosen = None
        for panel, chart in zip(self.panels, charts, strict=True):
            panel.look = look
            panel.set_span(self.span)
            panel.show_chart(chart, epoch)
            panel.show_now(self._now_s)
        self._apply_span()

    def _new_panel(self, look: Look) -> ChartPanel:
        panel = ChartPanel(look)
        panel.box.sought.connect(self.sought)
        panel.box.scrubbing.connect(self.scrubbing)
        panel.box.spanned.connect(self.choose_span)
        panel.box.all_wanted.connect(self.show_all)
        panel.box.sigResized.connect(self._place_strip)
        self._rows.addWidget(panel, 1)
        return panel

    def show_now(self, t_s: float | None) -> None:
        """The shown instant."""
        self._now_s = t_s
        for panel in self.panels:
            panel.show_now(t_s)

    # -- span -------------------------------------------------------------------------------------
    @property
    def whole(self) -> tuple[float, float]:
        """All of the charts' time."""
        spans = [chart.span_s for chart in self._charts]
        return min((span[0] for span in spans), default=0.0), max((span[1] for span in spans), default=1.0)

    @property
    def span(self) -> tuple[float, float]:
        """What is seen."""
        return self.whole if self._chosen is None else self._chosen

    @property
    def zoomed(self) -> bool:
        """Whether a part of the time is seen alone."""
        return self._chosen is not None

    def choose_span(self, left: float, right: float) -> None:
        """A part of the time; as much as all of it, or more, is all of it."""
        self.follow_span(left, right)
        self.span_chosen.emit(*self.span)

    def follow_span(self, left: float, right: float) -> None:
        """As choose_span, and tells nobody."""
        start, end = self.whole
        if right - left >= end - start:
            self._chosen = None
        else:
            grow = max(0.0, 0.5 * (LEAST_SPAN_S - (right - left)))
            self._chosen = self._clamped((left - grow, right + grow))
        wait_s = REDRAW_S - (time.monotonic() - self._drawn_at)
        if wait_s <= 0.0:
            self._apply_span()
        elif not self._later.isActive():
            self._later.start(int(wait_s * 1000) + 1)

    def _clamped(self, span: tuple[float, float]) -> tuple[float, float]:
        (left, right), (start, end) = span, self.whole
        moved = max(start - left, 0.0) + min(end - right, 0.0)
        return left + moved, right + moved

    def show_all(self) -> None:
        """The whole time again."""
        self._chosen = None
        self._apply_span()
        self.span_chosen.emit(*self.span)

    def _apply_span(self) -> None:
        self._later.stop()
        self._drawn_at = time.monotonic()
        for panel in self.panels:
            panel.set_span(self.span)
        self._place_strip()

    def _place_strip(self, *_: object) -> None:
        if self.panels:
            left, right = self.panels[0].plot_edges()
            self.strip.show_span(self._epoch, self.span, (left, right))

    # -- export -----------------------------------------------------------------------------------
    def picture_size(self, title: str) -> tuple[int, int]:
        """Width and height of paint_picture in pixels: wide enough for its title too."""
        rows = sum(panel.height() + self._rows.spacing() for panel in self.panels)
        heads = ((_head_font(), title), (_small_font(), self.span_words()))
        words = max(int(QFontMetricsF(used).horizontalAdvance(text)) + 1 for used, text in heads)
        return max(self.width(), words) + 2 * MARGIN_PX, rows + STRIP_PX + HEAD_PX + 2 * MARGIN_PX

    def paint_picture(self, painter: QPainter, title: str, look: Look) -> None:
        """All charts, also those scrolled away, as they are now, on a ground of their own with title and times."""
        width, height = self.picture_size(title)
        painter.fillRect(QRectF(0, 0, width, height), look.theme.colour("panel"))
        painter.setFont(_head_font())
        painter.setPen(look.theme.colour("text"))
        painter.drawText(QPointF(MARGIN_PX, MARGIN_PX + 14), title)
        painter.setFont(_small_font())
        painter.setPen(look.theme.colour("muted"))
        painter.drawText(QPointF(MARGIN_PX, MARGIN_PX + 32), self.span_words())
        painter.translate(MARGIN_PX, MARGIN_PX + HEAD_PX)
        seen = look_of()
        for panel in self.panels:
            panel.paint_with(look)
            panel.paint_onto(painter, 0.0)
            panel.paint_with(seen)
            painter.translate(0, panel.height() + self._rows.spacing())
        self.strip.paint(painter, look)

    def span_words(self) -> str:
        """ "2026-03-20 00:00:00 to 2026-03-21 00:00:00 UTC (24 h); values at 2026-03-20 06:14:00 UTC"."""
        if self._epoch is None:
            return ""
        left, right = (utc_text(self._epoch, t_s) for t_s in self.span)
        words = f"{left} to {right} UTC ({duration_text(self.span[1] - self.span[0])})"
        return words if self._now_s is None else f"{words}; values at {utc_text(self._epoch, self._now_s)} UTC"
