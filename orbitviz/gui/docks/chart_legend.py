"""Names of a chart's lines with their values at the shown instant: in a column beside the plot, or in rows above it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from orbitviz.gui.docks.chart_look import Look
from orbitviz.gui.docks.chart_series import Chart
from orbitviz.gui.theme import CAPTION_PX, font

COLUMN_PX, LINE_PX, SWATCH_PX, GAP_PX = 240, 17, 16, 6


@dataclass(frozen=True)
class Entry:
    """A swatch (a line, or an area where band), a name and a value."""

    label: str
    value: str
    pen: QPen
    band: QColor | None = None


def entries_of(chart: Chart, look: Look, t_s: float | None) -> list[Entry]:
    """Lines first, then bands; t_s None: no values."""
    category = bool(chart.flags)

    def text(*ends: float) -> str:
        if t_s is None or not all(math.isfinite(end) for end in ends):
            return "" if t_s is None else "–"
        low, high = chart.text(ends[0]), chart.text(ends[-1])
        if len(ends) == 1:
            return low
        unit = chart.scale.unit
        return f"{low.removesuffix(unit).rstrip()} to {high}"

    at = 0.0 if t_s is None else t_s
    entries = [Entry(one.label, text(one.at(at, category)), look.pen(chart, one)) for one in chart.series]
    for number, band in enumerate(chart.bands):
        colour = look.band(number, len(chart.bands))
        entries.append(Entry(band.label, text(band.low.at(at), band.high.at(at)), QPen(), colour))
    return entries


def _places(entries: list[Entry], width: float, column: bool, metrics: QFontMetricsF, room: float) -> list[QRectF]:
    """Where each stands; in rows they flow, each as wide as its name and `room` for the value need."""
    if column:
        return [QRectF(0, number * LINE_PX, width, LINE_PX) for number in range(len(entries))]
    places, x, y = [], 0.0, 0.0
    for entry in entries:
        value = max(room, metrics.horizontalAdvance(entry.value))
        needs = min(SWATCH_PX + 2 * GAP_PX + metrics.horizontalAdvance(entry.label) + value + 2, width)
        if x > 0 and x + needs > width:
            x, y = 0.0, y + LINE_PX
        places.append(QRectF(x, y, needs, LINE_PX))
        x += needs + 14
    return places


class Legend(QWidget):
    """The entries of one chart. As a column it takes the height it is given and says what does not fit."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self._look: Look | None = None
        self._column = True
        self._room = 0.0
        self.setFont(font(CAPTION_PX, tabular=True))

    def show_entries(self, entries: list[Entry], look: Look, room_text: str) -> None:
        """Other names or values; room_text: the widest value there may be."""
        if entries == self.entries and look == self._look:
            return
        same_size = [one.label for one in entries] == [one.label for one in self.entries]
        self.entries, self._look = entries, look
        room = QFontMetricsF(self.font()).horizontalAdvance(room_text)
        if not same_size or room != self._room:
            self._room = room
            self.setToolTip("")
            self._resize()
        self.update()

    def set_column(self, column: bool) -> None:
        """Beside the plot, or over it."""
        self._column = column
        self._resize()

    def _resize(self) -> None:
        policy = QSizePolicy.Policy
        if self._column:
            self.setFixedWidth(COLUMN_PX)
            self.setMinimumHeight(0)
            self.setMaximumHeight(16777215)
            self.setSizePolicy(policy.Fixed, policy.Ignored)
        else:
            self.setMinimumWidth(0)
            self.setMaximumWidth(16777215)
            self.setSizePolicy(policy.Ignored, policy.Fixed)
            self.setFixedHeight(self.rows_height(self.width()))

    def rows_height(self, width: float) -> int:
        """Pixels that the rows need."""
        places = _places(self.entries, max(width, 120.0), False, QFontMetricsF(self.font()), self._room)
        return int(places[-1].bottom()) if places else 0

    def resizeEvent(self, event: object) -> None:
        """Rows flow anew."""
        # The height it was told to have, not the one it got: a crowded layout gives less.
        if not self._column and self.minimumHeight() != self.rows_height(self.width()):
            self.setFixedHeight(self.rows_height(self.width()))

    def sizeHint(self) -> QSize:
        """Of the column."""
        return QSize(COLUMN_PX, LINE_PX * len(self.entries))

    def paintEvent(self, event: QPaintEvent) -> None:
        """All that fits."""
        painter = QPainter(self)
        self.paint(painter, QRectF(self.rect()))

    def paint(self, painter: QPainter, box: QRectF) -> None:
        """Into a box of any painter."""
        if self._look is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(box.topLeft())
        painter.setFont(self.font())
        metrics = QFontMetricsF(self.font())
        places = _places(self.entries, box.width(), self._column, metrics, self._room)
        fits = len(places) if not self._column else min(len(places), int(box.height() // LINE_PX))
        left_out = len(places) - fits
        if left_out:
            fits = max(fits - 1, 0)
            painter.setPen(self._look.theme.colour("muted"))
            where = QRectF(0, fits * LINE_PX, box.width(), LINE_PX)
            text = f"and {len(places) - fits} more: make the chart higher"
            painter.drawText(where, int(Qt.AlignmentFlag.AlignVCenter), text)
        for entry, place in zip(self.entries[:fits], places[:fits], strict=True):
            self._paint_entry(painter, entry, place, metrics)
        painter.restore()

    def _paint_entry(self, painter: QPainter, entry: Entry, place: QRectF, metrics: QFontMetricsF) -> None:
        assert self._look is not None
        middle = place.center().y()
        if entry.band is not None:
            painter.fillRect(QRectF(place.left(), middle - 4, SWATCH_PX, 8), entry.band)
        else:
            pen = QPen(entry.pen)
            pen.setCosmetic(False)
            pen.setWidthF(2.0)
            painter.setPen(pen)
            painter.drawLine(QPointF(place.left(), middle), QPointF(place.left() + SWATCH_PX, middle))
        value_px = max(metrics.horizontalAdvance(entry.value), self._room if not self._column else 0.0)
        words = place.adjusted(SWATCH_PX + GAP_PX, 0, -value_px - GAP_PX, 0)
        painter.setPen(self._look.theme.colour("muted"))
        shown = metrics.elidedText(entry.label, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), shown)
        painter.setPen(self._look.theme.colour("text"))
        flush = Qt.AlignmentFlag.AlignRight if self._column else Qt.AlignmentFlag.AlignLeft
        value = QRectF(place.right() - value_px, place.top(), value_px, place.height())
        painter.drawText(value, int(flush | Qt.AlignmentFlag.AlignVCenter), entry.value)
