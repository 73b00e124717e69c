"""The rectangle or lasso while it is drawn, over the globe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from orbitviz.gui.theme import tokens

if TYPE_CHECKING:
    from orbitviz.scene.mouse import Shape


class ShapeOverlay(QWidget):
    """Never takes the mouse from the globe; there only while a shape is drawn."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.outline: list[tuple[float, float]] = []
        self._removing = False
        self.hide()

    def show_shape(self, shape: Shape) -> None:
        """As it is now; nothing once it is done or given up."""
        self.outline = outline_of(shape) if shape.state == "drawing" else []
        self._removing = shape.how == "remove"
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.setVisible(bool(self.outline))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Outline and a breath of fill."""
        theme = tokens()
        token = "warn" if self._removing else "accent"
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        polygon = QPolygonF([QPointF(x, y) for x, y in self.outline])
        painter.setBrush(theme.colour(token, 28))
        painter.setPen(QPen(QColor(0, 0, 0, 120), 3.0))
        painter.drawPolygon(polygon)
        painter.setPen(QPen(theme.colour(token), 1.25))
        painter.drawPolygon(polygon)


def outline_of(shape: Shape) -> list[tuple[float, float]]:
    """Corners in logical pixels; of a rectangle all four."""
    if shape.kind != "rectangle" or len(shape.points) < 2:
        return list(shape.points)
    (x0, y0), (x1, y1) = shape.points[0], shape.points[-1]
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
