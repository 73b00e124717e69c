"""What the colours mean: bar or swatches, name, unit, range."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from orbitviz.core.frame import MetricInfo
from orbitviz.gui.bind import Bindings
from orbitviz.gui.numbers import display_scale, plain
from orbitviz.gui.theme import font, tokens
from orbitviz.session import Session

Colours = Callable[[MetricInfo | None, str | None], NDArray[np.uint8]]
"""(metric, chosen colour map or None for its own) -> (256, 4) uint8; row k is the colour of category k."""
WIDTH_PX, PAD_PX, BAR_PX, LINE_PX = 300, 12, 10, 18
MEAN_NOTE = "mean of the nodes under each pixel"


def scene_colours(info: MetricInfo | None, chosen: str | None = None) -> NDArray[np.uint8]:
    """The very colours of the picture, loaded with the first legend."""
    from orbitviz.scene.colours import table_for

    return table_for(info, chosen)


def tick_texts(info: MetricInfo, low: float, high: float) -> tuple[str, str, str]:
    """Low, middle, high with one unit for all three: 0 W at the low end of kW is "0 kW"."""
    scale = display_scale(info.unit, max(abs(low), abs(high)))
    numbers = [plain(value / scale.factor) for value in (low, 0.5 * (low + high), high)]
    return numbers[0], numbers[1], f"{numbers[2]} {scale.unit}".rstrip()


class Legend(QWidget):
    """Painted; its size follows what it shows. Never takes the mouse from the globe."""

    resized = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None, colours: Colours = scene_colours) -> None:
        super().__init__(parent)
        self.setObjectName("Legend")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._session, self._colours = session, colours
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh)
        for name in ("metric", "low", "high", "colormap"):
            bindings.on(getattr(session.colour.events, name), self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows what the session colours by."""
        info = self._session.metric
        self.setVisible(info is not None and self._session.stage.legend)
        self.setAccessibleName("Legend: " + ", ".join(self.texts))
        self.setFixedSize(self.sizeHint())
        self.resized.emit()
        self.update()

    @property
    def texts(self) -> list[str]:
        """Every word of it, as a reader would say them."""
        info = self._session.metric
        if info is None:
            return []
        if info.is_category:
            return [info.long_name, *(word for _, word in sorted(info.flags.items()))]
        return [info.long_name, MEAN_NOTE, *tick_texts(info, *self._session.colour_range)]

    def sizeHint(self) -> QSize:
        """Wide as the panel's rhythm, high as its lines."""
        info = self._session.metric
        if info is None or not info.is_category:
            return QSize(WIDTH_PX, 84)
        columns = self._columns(info)
        rows = -(-len(info.flags) // columns)
        return QSize(WIDTH_PX, 38 + rows * LINE_PX + 4)

    def _columns(self, info: MetricInfo) -> int:
        longest = max((self.fontMetrics().horizontalAdvance(word) for word in info.flags.values()), default=0)
        return 2 if len(info.flags) > 4 and longest < 110 else 1

    def paintEvent(self, event: QPaintEvent) -> None:
        """Background, name, bar or swatches."""
        info = self._session.metric
        if info is None:
            return
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("background", 200))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(font(13, tabular=True))
        painter.setPen(theme.colour("text"))
        painter.drawText(QPointF(PAD_PX, 24), info.long_name)
        if info.is_category:
            self._paint_swatches(painter, info)
        else:
            self._paint_bar(painter, info)

    def _paint_bar(self, painter: QPainter, info: MetricInfo) -> None:
        theme = tokens()
        colours = np.ascontiguousarray(self._colours(info, self._session.colour.colormap), np.uint8)
        strip = QImage(colours.data, len(colours), 1, len(colours) * 4, QImage.Format.Format_RGBA8888)
        box = QRectF(PAD_PX, 34, self.width() - 2 * PAD_PX, BAR_PX)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, strip, QRectF(0, 0, len(colours), 1))
        painter.setFont(font(11, tabular=True))
        painter.setPen(theme.colour("text"))
        low, middle, high = tick_texts(info, *self._session.colour_range)
        below = QRectF(box.left(), box.bottom() + 3, box.width(), 14)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, middle)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        painter.setPen(theme.colour("muted"))
        painter.drawText(below.translated(0, 15), Qt.AlignmentFlag.AlignLeft, MEAN_NOTE)

    def _paint_swatches(self, painter: QPainter, info: MetricInfo) -> None:
        theme = tokens()
        colours = self._colours(info, self._session.colour.colormap)
        columns = self._columns(info)
        rows = -(-len(info.flags) // columns)
        painter.setFont(font(12))
        for place, (value, word) in enumerate(sorted(info.flags.items())):
            x = PAD_PX + (place // rows) * (self.width() - 2 * PAD_PX) / columns
            y = 38 + (place % rows) * LINE_PX
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*(int(c) for c in colours[value % len(colours)][:3])))
            painter.drawEllipse(QRectF(x, y + 3, 10, 10))
            painter.setPen(theme.colour("text"))
            room = (self.width() - 2 * PAD_PX) / columns - 20
            text = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QPointF(x + 17, y + 12), text)
