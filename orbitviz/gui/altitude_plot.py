"""Altitude by latitude: the shown metric's mean, or the number of nodes, in cells of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.map_image import packed
from orbitviz.gui.numbers import display_scale
from orbitviz.gui.theme import Tokens, font, tokens
from orbitviz.gui.value_axis import round_step
from orbitviz.metrics import METRICS
from orbitviz.metrics.binning import AltitudeLatitude, Binned

LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX, BAR_PX = 66, 12, 8, 62, 8
LOW_ORBITS_KM = 2000.0
LATITUDES = (-90, -60, -30, 0, 30, 60, 90)


def grid_for(fleet: Fleet) -> AltitudeLatitude:
    """Altitudes from the lowest to the highest point of any orbit. Where half of the fleet or more flies below 2,000 km
    and some of it far above, up to 2,000 km: what is above is counted, not shown."""
    info = METRICS["altitude_km"].info_for(fleet)
    low, high = info.low, info.high
    if high > 1.5 * LOW_ORBITS_KM and float(np.nanmedian(fleet.elements.altitude_km)) < LOW_ORBITS_KM:
        high = LOW_ORBITS_KM
    return AltitudeLatitude(low, max(high, low + 60.0))


@dataclass(frozen=True)
class AltitudeHeat:
    """What is shown: cells (rows from low altitude), the metric whose means they hold (None: nodes are counted), the
    ends of the colours, and what the view leaves out, in words."""

    key: tuple[Any, ...]
    grid: AltitudeLatitude
    binned: Binned
    info: MetricInfo | None
    ends: tuple[float, float]
    left_out: str

    @property
    def values(self) -> NDArray[np.float64]:
        """(rows, columns); NaN where nothing is."""
        if self.info is not None:
            return self.binned.means
        return np.where(self.binned.counts > 0, self.binned.sums, np.nan)

    def unit_text(self) -> tuple[str, str]:
        """Ends of the colours in words."""
        low, high = self.ends
        if self.info is None:
            return f"{low:,.0f}", f"{high:,.0f} nodes in a cell"
        scale = display_scale(self.info.unit, max(abs(low), abs(high)))
        return scale.text(low), scale.text(high)


class AltitudePlot(QWidget):
    """Painted; says what lies under the pointer in its tooltip line `words`."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(220, 150)
        self.setMouseTracking(True)
        self.setAccessibleName("Altitude by latitude")
        self._heat: AltitudeHeat | None = None
        self._colours = np.zeros((256, 4), np.uint8)
        self._image: QImage | None = None
        self.ground: Tokens = tokens()
        self.words = ""

    @property
    def heat(self) -> AltitudeHeat | None:
        """What is shown."""
        return self._heat

    def show_heat(self, heat: AltitudeHeat | None, colours: NDArray[np.uint8], ground: Tokens) -> None:
        """Other cells, or other colours (T, 4) from the low to the high end."""
        self._heat, self._colours, self.ground = heat, colours, ground
        self._image = None if heat is None else self._drawn(heat)
        self.update()

    def _drawn(self, heat: AltitudeHeat) -> QImage:
        values, (low, high) = heat.values, heat.ends
        share = np.clip((np.nan_to_num(values, nan=low) - low) / max(high - low, 1e-12), 0.0, 1.0)
        pixels = packed(self._colours[np.rint(share * (len(self._colours) - 1)).astype(int), :3])
        ground = self.ground.colour("background")
        pixels[np.isnan(values)] = packed(np.array([ground.red(), ground.green(), ground.blue()], np.uint8))
        pixels = np.ascontiguousarray(pixels[::-1])
        rows, columns = pixels.shape
        return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()

    @property
    def box(self) -> QRectF:
        """Where the cells are."""
        return QRectF(self.rect()).adjusted(LEFT_PX, TOP_PX, -RIGHT_PX, -BOTTOM_PX)

    def cell_at(self, at: QPointF) -> tuple[int, int] | None:
        """(row, column) under a point."""
        box = self.box
        if self._heat is None or not box.contains(at):
            return None
        rows, columns = self._heat.grid.shape
        row = int((box.bottom() - at.y()) / box.height() * rows)
        return min(max(row, 0), rows - 1), min(int((at.x() - box.left()) / box.width() * columns), columns - 1)

    def cell_text(self, row: int, column: int) -> str:
        """A cell in words."""
        assert self._heat is not None
        grid, binned = self._heat.grid, self._heat.binned
        step_deg, step_km = 180.0 / grid.columns, (grid.high_km - grid.low_km) / grid.rows
        south, below = -90.0 + column * step_deg, grid.low_km + row * step_km
        where = f"{south:.0f} to {south + step_deg:.0f}°, {below:,.0f} to {below + step_km:,.0f} km"
        count = int(binned.counts[row, column])
        text = f"{where}: {count:,} nodes"
        if self._heat.info is not None and count:
            scale = display_scale(self._heat.info.unit, max(map(abs, self._heat.ends)))
            text += f", mean {scale.text(float(binned.means[row, column]))}"
        return text

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Says what is there."""
        cell = self.cell_at(event.position())
        self.words = "" if cell is None else self.cell_text(*cell)
        self.setToolTip(self.words)

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, axes, colours."""
        painter, theme, box = QPainter(self), tokens(), self.box
        painter.fillRect(box, self.ground.colour("background"))
        painter.setFont(font(11, tabular=True))
        if self._heat is None or self._image is None:
            painter.setPen(theme.colour("muted"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "being computed")
            return
        painter.drawImage(box, self._image, QRectF(self._image.rect()))
        self._paint_axes(painter, box, self._heat.grid)
        self._paint_scale(painter, box, self._heat)

    def _paint_axes(self, painter: QPainter, box: QRectF, grid: AltitudeLatitude) -> None:
        theme = tokens()
        for latitude in LATITUDES:
            x = box.left() + (latitude + 90.0) / 180.0 * box.width()
            painter.setPen(QPen(self.ground.colour("muted", 60), 1))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setPen(theme.colour("muted"))
            text = "Equator" if latitude == 0 else f"{abs(latitude)}° {'N' if latitude > 0 else 'S'}"
            width = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, 0.0), self.width() - width)
            painter.drawText(QPointF(left, box.bottom() + 14), text)
        span = grid.high_km - grid.low_km
        step = round_step(span / max(box.height() / 34.0, 1.0))
        altitudes = np.arange(np.ceil(grid.low_km / step) * step, grid.high_km + 1e-6, step)
        for altitude in altitudes:
            y = box.bottom() - (altitude - grid.low_km) / span * box.height()
            painter.setPen(QPen(self.ground.colour("muted", 60), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(theme.colour("muted"))
            place = QRectF(0, y - 8, LEFT_PX - 6, 16)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            unit = " km" if altitude == altitudes[-1] else ""
            painter.drawText(place, right, f"{altitude:,.0f}{unit}")

    def _paint_scale(self, painter: QPainter, box: QRectF, heat: AltitudeHeat) -> None:
        theme = tokens()
        colours = np.ascontiguousarray(self._colours, np.uint8)
        strip = QImage(colours.tobytes(), len(colours), 1, 4 * len(colours), QImage.Format.Format_RGBA8888)
        bar = QRectF(box.left(), box.bottom() + 24, min(box.width(), 220.0), BAR_PX)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(bar, strip, QRectF(strip.rect()))
        low, high = heat.unit_text()
        painter.setPen(theme.colour("text"))
        below = QRectF(bar.left(), bar.bottom() + 2, bar.width(), 14)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        painter.setPen(theme.colour("muted"))
        if heat.left_out:
            beside = QRectF(bar.right() + 12, bar.top() - 4, box.right() - bar.right() - 12, 28)
            flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(beside, flags, heat.left_out)
