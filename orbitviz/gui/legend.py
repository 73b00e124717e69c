"""What the colours mean: how the nodes' values are spread, the colours of the range, its ends to drag, what lies
outside it; of categories their colours and how many nodes wear each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QWidget

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.bind import Bindings
from orbitviz.gui.legend_axis import LegendAxis
from orbitviz.gui.theme import font, tokens
from orbitviz.scene import legend_words as words
from orbitviz.session import Session
from orbitviz.session.colouring import DECADES

WIDTH_PX, PAD_PX, BAR_PX, LINE_PX = 300, 12, 10, 18
TITLE_PX, SPREAD_PX, GRIP_PX, ROW_PX = 24, 30, 6, 15
REACH_PX = 9
MOST_ROWS = 20
"""Categories listed; how many more there are is said."""
TIP = "Drag the ends of the range, or the range itself. Double click: the metric's own range."


def range_colours(session: Session, spread: Distribution | None, counts: bool = False) -> NDArray[np.uint8]:
    """(1024, 4) uint8, the very colours of the picture from the low to the high end; loaded with the first legend.
    counts: those of "nodes in a pixel"."""
    from orbitviz.scene.resolve import colour_of

    colour = colour_of(session, False, session.stage.theme, spread)
    return colour.count_ramp() if counts else colour.ramp()


class Legend(QWidget):
    """Painted; its size follows what it shows."""

    resized = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Legend")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMouseTracking(True)
        self._session = session
        self.spread: Distribution | None = None
        self._drag: tuple[str, float, tuple[float, float], LegendAxis] | None = None
        bindings = Bindings(self)
        bindings.on(session.document_changed, self._forget)
        bindings.on(session.colour.events.metric, self._forget)
        for name in ("low", "high", "colormap", "scale", "reverse"):
            bindings.on(getattr(session.colour.events, name), self.refresh)
        bindings.on(session.stage.events.theme, self.refresh)
        bindings.on(session.layers_changed, self.refresh)
        self.refresh()

    # -- what it shows ----------------------------------------------------------------------------
    def _forget(self) -> None:
        self.spread = None
        self.refresh()

    def show_distribution(self, spread: Distribution | None) -> None:
        """How the values of the shown instant are spread; the same one is not painted again."""
        if spread != self.spread:
            self.spread = spread
            self.refresh()

    def refresh(self) -> None:
        """Shows what the session colours by."""
        info = self._session.metric
        drawn = getattr(self._session.layers.get("nodes"), "visible", True)
        self.setVisible((info is not None or self.counts_pixels) and self._session.stage.legend and drawn)
        self.setAccessibleName("Legend: " + ", ".join(self.texts))
        self.setToolTip(TIP if self._has_handles else "")
        if self.size() != self.sizeHint():
            self.setFixedSize(self.sizeHint())
            self.resized.emit()
        self.update()

    @property
    def counts_pixels(self) -> bool:
        """Whether pixels show how many nodes they hold, not a value."""
        return self._nodes > 0 and words.crowded_of(self._session.layers) == "count"

    @property
    def _nodes(self) -> int:
        return 0 if self._session.document is None else len(self._session.document.fleet)

    @property
    def _has_handles(self) -> bool:
        info = self._session.metric
        return info is not None and not info.is_category and not self.counts_pixels

    @property
    def _log(self) -> bool:
        return self._session.colour_scale == "log"

    @property
    def axis(self) -> LegendAxis:
        """From the values to the places along the bar; while a handle is dragged it stays."""
        info = self._session.metric
        if self._drag is not None:
            return self._drag[3]
        if info is None or self.counts_pixels:
            return LegendAxis(1.0, words.most_counted(self._nodes), True)
        return LegendAxis.of(info, self._session.colour_range, self._log, info.high * 10.0**-DECADES)

    @property
    def note(self) -> str:
        """What a pixel's colour is, and on which scale."""
        parts = [words.note(words.crowded_of(self._session.layers), self._nodes)]
        if not self.counts_pixels:
            parts.append(words.scale_text(self._session.colour_scale))
        return ", ".join(part for part in parts if part)

    @property
    def _ticks(self) -> tuple[str, str, str]:
        if self.counts_pixels:
            most = self.axis.high
            return "1", f"{round(most**0.5):,}", f"{most:,.0f}"
        info = self._session.metric
        assert info is not None
        return words.tick_texts(info, *self._session.colour_range, self._session.colour_scale)

    @property
    def _asides(self) -> list[str]:
        """What lies below and above the range, and what has no value; no words for what is not so."""
        if self.counts_pixels:
            return []
        below, above = words.clip_texts(self.spread, *self._session.colour_range)
        return [text for text in (below, above, words.unknown_text(self.spread)) if text]

    @property
    def texts(self) -> list[str]:
        """Every word of it, as a reader would say them."""
        info = self._session.metric
        if self.counts_pixels:
            return [words.COUNT_TITLE, self.note, *self._ticks]
        if info is None:
            return []
        if info.is_category:
            return [info.long_name, *(" ".join(pair).rstrip() for pair in self._entries(info))]
        return [info.long_name, self.note, *self._ticks, *self._asides]

    # -- size -------------------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        """Wide as the panel's rhythm, high as its lines."""
        info = self._session.metric
        if info is not None and info.is_category and not self.counts_pixels:
            return QSize(WIDTH_PX, 38 + len(self._entries(info)) * LINE_PX + 6)
        rows = 2 if self._has_clip_row else 1
        return QSize(WIDTH_PX, round(self._bar.bottom()) + GRIP_PX + 3 + (rows + 1) * ROW_PX + 6)

    @property
    def _has_clip_row(self) -> bool:
        colour = self._session.colour
        chosen = (colour.low, colour.high) != (None, None) or self._log
        return not self.counts_pixels and (chosen or bool(self._asides))

    @property
    def _bar(self) -> QRectF:
        top = TITLE_PX + 8 + (0 if self.counts_pixels else SPREAD_PX + 2)
        return QRectF(PAD_PX, top, WIDTH_PX - 2 * PAD_PX, BAR_PX)

    def handle_x(self, which: str) -> float:
        """Where the "low" or "high" handle stands, logical pixels from the left."""
        value = self._session.colour_range[0 if which == "low" else 1]
        return self._bar.left() + self.axis.place(value) * self._bar.width()

    # -- dragging ---------------------------------------------------------------------------------
    def _grabbed(self, x: float, y: float) -> str:
        """What lies there: "low", "high", "both" (the range between them) or nothing."""
        bar = self._bar
        if not self._has_handles or not bar.top() - SPREAD_PX <= y <= bar.bottom() + 2 * GRIP_PX:
            return ""
        low, high = self.handle_x("low"), self.handle_x("high")
        away = {"low": abs(x - low), "high": abs(x - high)}
        best = min(away, key=lambda which: away[which])
        if away[best] <= REACH_PX:
            return best
        whole = high - low >= bar.width() - 1.0
        return "both" if low < x < high and not whole else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes hold of a handle. Nothing falls through to the globe below."""
        which = self._grabbed(event.position().x(), event.position().y())
        if which and event.button() == Qt.MouseButton.LeftButton:
            self._drag = which, event.position().x(), self._session.colour_range, self.axis
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Moves what is held; else says by the cursor what could be."""
        x = event.position().x()
        if self._drag is None:
            shapes = {"": Qt.CursorShape.ArrowCursor, "both": Qt.CursorShape.OpenHandCursor}
            which = self._grabbed(x, event.position().y())
            self.setCursor(shapes.get(which, Qt.CursorShape.SplitHCursor))
            return
        which, from_x, start, axis = self._drag
        self._choose(axis.dragged(which, start, (x - from_x) / self._bar.width()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lets go."""
        self._drag = None
        self.refresh()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The metric's own range."""
        self._drag = None
        if self._has_handles:
            self._session.colour.update(low=None, high=None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Not for the globe below."""
        event.accept()

    def _choose(self, asked: tuple[float, float]) -> None:
        info, axis = self._session.metric, self.axis
        if info is None:
            return
        near = 0.004
        low = (
            None
            if abs(axis.place(asked[0]) - axis.place(info.low)) < near and asked[0] <= axis.value(near)
            else asked[0]
        )
        high = None if abs(axis.place(asked[1]) - axis.place(info.high)) < near else asked[1]
        self._session.colour.update(low=low, high=high)

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, name, then the bar with all that belongs to it, or swatches."""
        info = self._session.metric
        if info is None and not self.counts_pixels:
            return
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("background" if theme.name == "dark" else "panel", 215))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(font(13, tabular=True))
        painter.setPen(theme.colour("text"))
        title = words.COUNT_TITLE if self.counts_pixels or info is None else info.long_name
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, self.width() - 2 * PAD_PX)
        painter.drawText(QPointF(PAD_PX, TITLE_PX), title)
        if self.counts_pixels or info is None:
            self._paint_bar(painter, range_colours(self._session, None, counts=True))
        elif info.is_category:
            self._paint_swatches(painter, info)
        else:
            colours = range_colours(self._session, self.spread)
            self._paint_spread(painter, colours)
            self._paint_bar(painter, colours)
            self._paint_handles(painter)

    def _along(self, places: NDArray[np.float64]) -> NDArray[np.intp]:
        """(n,) rows of the range's colours at places along the bar."""
        low, high = self._session.colour_range
        share = places if self.counts_pixels else (self.axis.values(places) - low) / max(high - low, 1e-300)
        return np.asarray(np.clip(np.rint(share * 1023.0), 0, 1023), np.intp)

    def _paint_bar(self, painter: QPainter, colours: NDArray[np.uint8]) -> None:
        bar, theme = self._bar, tokens()
        count = max(2, round(bar.width() * self.devicePixelRatioF()))
        strip = np.ascontiguousarray(colours[self._along((np.arange(count) + 0.5) / count)])
        image = QImage(strip.data, count, 1, count * 4, QImage.Format.Format_RGBA8888)
        painter.drawImage(bar, image, QRectF(0, 0, count, 1))
        painter.setFont(font(11, tabular=True))
        painter.setPen(theme.colour("text"))
        y = bar.bottom() + GRIP_PX + 3
        self._paint_ticks(painter, y)
        painter.setPen(theme.colour("muted"))
        if self._has_clip_row:
            y += ROW_PX
            self._paint_asides(painter, y)
        line = QRectF(bar.left(), y + ROW_PX, bar.width(), ROW_PX)
        text = painter.fontMetrics().elidedText(self.note, Qt.TextElideMode.ElideRight, int(bar.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, text)

    def _paint_ticks(self, painter: QPainter, y: float) -> None:
        """Each number under its place; the middle one where there is room."""
        bar, metrics = self._bar, painter.fontMetrics()
        low, high = self._session.colour_range
        ends = (0.0, 1.0) if self.counts_pixels else (self.axis.place(low), self.axis.place(high))
        widths = [metrics.horizontalAdvance(text) for text in self._ticks]
        centres = [bar.left() + share * bar.width() for share in (ends[0], 0.5 * (ends[0] + ends[1]), ends[1])]
        first = min(max(centres[0] - widths[0] / 2, bar.left()), bar.right() - widths[0] - widths[2] - 8)
        last = max(min(centres[2] - widths[2] / 2, bar.right() - widths[2]), first + widths[0] + 8)
        middle = centres[1] - widths[1] / 2
        places = [first, middle, last]
        for index, text in enumerate(self._ticks):
            if index == 1 and not first + widths[0] + 10 < middle < last - widths[1] - 10:
                continue
            painter.drawText(QPointF(places[index], y + metrics.ascent()), text)

    def _paint_asides(self, painter: QPainter, y: float) -> None:
        below, above = words.clip_texts(self.spread, *self._session.colour_range)
        bar, ascent = self._bar, painter.fontMetrics().ascent()
        middle = y + ascent - 4.0
        line = QRectF(bar.left(), y, bar.width(), ROW_PX)
        painter.setBrush(tokens().colour("muted"))
        if below:
            self._triangle(painter, bar.left(), middle, -1)
            painter.drawText(line.adjusted(10, 0, 0, 0), Qt.AlignmentFlag.AlignLeft, below)
        if above:
            self._triangle(painter, bar.right(), middle, 1)
            painter.drawText(line.adjusted(0, 0, -10, 0), Qt.AlignmentFlag.AlignRight, above)
        unknown = words.unknown_text(self.spread)
        if self.spread is not None and not (below or above or unknown):
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, "no node lies outside the range")
        if unknown:
            side = (
                Qt.AlignmentFlag.AlignHCenter
                if below and above
                else (Qt.AlignmentFlag.AlignRight if below else Qt.AlignmentFlag.AlignLeft)
            )
            painter.drawText(line, side, unknown)

    @staticmethod
    def _triangle(painter: QPainter, x: float, y: float, side: int) -> None:
        """Pointing out of the bar; its tip is at x."""
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        base = x - side * 6.0
        painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(base, y - 3.5), QPointF(base, y + 3.5)]))
        painter.restore()

    def _paint_spread(self, painter: QPainter, colours: NDArray[np.uint8]) -> None:
        """Bars in the colours of their values, standing on the bar; outside the range they are pale."""
        bar = self._bar
        ground = QRectF(bar.left(), bar.top() - 2 - SPREAD_PX, bar.width(), SPREAD_PX)
        if self.spread is None:
            return
        count = round(ground.width() / 2.0)
        edges = np.linspace(0.0, 1.0, count + 1)
        heights = self.spread.histogram(self.axis.values(edges))
        top = float(heights.max())
        if top <= 0.0:
            return
        places = 0.5 * (edges[1:] + edges[:-1])
        rows, values = self._along(places), self.axis.values(places)
        low, high = self._session.colour_range
        width = ground.width() / count
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for k in np.flatnonzero(heights > 0.0):
            height = max(1.0, SPREAD_PX * float(heights[k]) / top)
            colour = QColor(*(int(c) for c in colours[rows[k]][:3]))
            if not low <= values[k] <= high:
                colour.setAlpha(110)
            painter.fillRect(QRectF(ground.left() + k * width, ground.bottom() - height, width, height), colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_handles(self, painter: QPainter) -> None:
        bar, theme = self._bar, tokens()
        colour = theme.colour("accent" if self._drag is not None else "text")
        for which in ("low", "high"):
            x = self.handle_x(which)
            painter.setPen(QPen(colour, 1.5))
            painter.drawLine(QPointF(x, bar.top() - 3), QPointF(x, bar.bottom() + 1))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            tip, base = bar.bottom(), bar.bottom() + GRIP_PX
            painter.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - 4.5, base), QPointF(x + 4.5, base)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # -- categories -------------------------------------------------------------------------------
    def _entries(self, info: MetricInfo) -> list[tuple[str, str]]:
        """(word, nodes) of each category, those that no node is in left out when there are many."""
        counts = {} if self.spread is None else {number: self.spread.count_of(number) for number in info.flags}
        numbers = self._listed(info)
        lines = [(info.flags[k], f"{counts[k]:,}" if counts else "") for k in numbers]
        if len(info.flags) > len(numbers):
            lines.append((f"and {len(info.flags) - len(numbers):,} more", ""))
        return lines

    def _listed(self, info: MetricInfo) -> list[int]:
        numbers = sorted(info.flags)
        return numbers if len(numbers) <= MOST_ROWS else numbers[: MOST_ROWS - 1]

    def _paint_swatches(self, painter: QPainter, info: MetricInfo) -> None:
        theme = tokens()
        colours = range_colours(self._session, None)
        numbers: list[int | None] = [*self._listed(info)]
        painter.setFont(font(12, tabular=True))
        for place, (word, count) in enumerate(self._entries(info)):
            y = 38 + place * LINE_PX
            number = numbers[place] if place < len(numbers) else None
            if number is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(*(int(c) for c in colours[4 * (number % 256)][:3])))
                painter.drawEllipse(QRectF(PAD_PX, y + 3, 10, 10))
            empty = count == "0" or number is None
            painter.setPen(theme.colour("muted" if empty else "text"))
            room = self.width() - 2 * PAD_PX - 25 - painter.fontMetrics().horizontalAdvance(count)
            text = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(PAD_PX + 17, y + 12), text)
            line = QRectF(PAD_PX, y, self.width() - 2 * PAD_PX, LINE_PX)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, count)
