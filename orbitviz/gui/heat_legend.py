"""What the heat on the ground means: quantity, unit per area or mean, range, cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from orbitviz.gui.theme import font, tokens

if TYPE_CHECKING:
    from orbitviz.scene.ground_heat import HeatGrid

WIDTH_PX, HEIGHT_PX, PAD_PX, BAR_PX = 300, 84, 12, 10


class HeatLegend(QWidget):
    """Painted beside the legend of the nodes; hidden while there is no heat. Never takes the mouse from the globe."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(WIDTH_PX, HEIGHT_PX)
        self._texts: tuple[str, str, str, str, str] | None = None
        self._colours, self._theme = "", "dark"
        self._fades = False
        self.hide()

    @property
    def texts(self) -> tuple[str, ...]:
        """Every word of it."""
        return self._texts or ()

    def show_heat(self, heat: HeatGrid | None, colours: str, theme: str = "dark") -> None:
        """The grid on the globe, in the named colour map; None: no legend."""
        texts = None
        if heat is not None:
            from orbitviz.scene.heat_words import heat_texts  # OpenGL comes with the first heat

            texts = heat_texts(heat)
        if (texts, colours, theme) == (self._texts, self._colours, self._theme):
            return
        appears = (texts is None) != (self._texts is None)
        self._texts, self._colours, self._theme = texts, colours, theme
        self._fades = heat is not None and heat.per_area
        self.setAccessibleName("Legend of the ground: " + ", ".join(self.texts))
        self.setVisible(texts is not None)
        if appears:
            self.resized.emit()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Background, name, bar, numbers, note."""
        if self._texts is None:
            return
        theme = tokens()
        title, low, middle, high, note = self._texts
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("background", 200))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(font(13, tabular=True))
        painter.setPen(theme.colour("text"))
        room = self.width() - 2 * PAD_PX
        painter.drawText(
            QPointF(PAD_PX, 24), painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
        )
        box = QRectF(PAD_PX, 34, room, BAR_PX)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(box, self._strip(), QRectF(0, 0, 256, 1))
        painter.setFont(font(11, tabular=True))
        below = QRectF(box.left(), box.bottom() + 3, box.width(), 14)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, middle)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        painter.setPen(theme.colour("muted"))
        painter.drawText(below.translated(0, 15), Qt.AlignmentFlag.AlignLeft, note)

    def _strip(self) -> QImage:
        """256 colours; where little is pale on the globe it is pale here."""
        from orbitviz.scene.layers.surface_heat import heat_colours  # OpenGL comes with the first heat

        colours = heat_colours(self._colours, self._theme)
        if self._fades:
            share = np.clip(np.linspace(0.0, 1.0, 256) / 0.08, 0.0, 1.0)
            colours[:, 3] = np.rint(255.0 * share * share * (3.0 - 2.0 * share))
        strip = QImage(colours.tobytes(), 256, 1, 1024, QImage.Format.Format_RGBA8888)
        return strip.copy()  # the bytes above go when this returns
