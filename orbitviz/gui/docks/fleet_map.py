"""The unrolled fleet: one pixel a node, planes as rows and slots as columns, in the colours of the globe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.bind import Bindings
from orbitviz.gui.legend import range_colours
from orbitviz.gui.map_image import MapPixels, colour_table
from orbitviz.gui.numbers import display_scale
from orbitviz.gui.shown_values import Shown, ShownValues
from orbitviz.gui.theme import THEMES, Tokens, font, tokens
from orbitviz.gui.widgets import Elided, row
from orbitviz.metrics.unrolled import Unrolled, unroll
from orbitviz.player import FleetPositions, Player
from orbitviz.session import Session

NAMES_PX, GAP_PX, LEAST_NAME_PX = 146, 8, 15
MOST_ZOOM, FIT_ZOOM, GRID_ZOOM, STEP = 48.0, 40.0, 9.0, 1.25
RELAYOUT, RELAYOUT_MS = 1.3, 150
"""A frame that much wider or narrower than the layout is for gets another layout, after so long."""
GRIP_PX = 4
HELP = "Wheel zooms, right drag moves, left drag selects (Shift adds, Ctrl takes away), double click shows all."


class MapView(QWidget):
    """Paints pixels that it is given, and says what the hand does. Coordinates of nodes are pixels of the layout."""

    hovered = Signal(int)
    clicked = Signal(int)
    framed = Signal(object, str)
    reshaped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 120)
        self.setMouseTracking(True)
        self.setAccessibleName("Fleet map")
        self.layout_of: Unrolled | None = None
        self.pixels: MapPixels | None = None
        self.marked: int | None = None
        self.zoom, self.fits = 1.0, True
        self._origin = QPointF(0.0, 0.0)
        self._image: tuple[tuple[Any, ...], QImage] | None = None
        self._version = 0
        self.ground = tokens()
        self._press: QPointF | None = None
        self._drag: QPointF | None = None
        self._pan: QPointF | None = None

    # -- what is shown ----------------------------------------------------------------------------
    def set_layout(self, layout: Unrolled | None) -> None:
        """Another arrangement, all of it in view."""
        self.layout_of = layout
        self.fit()

    def set_pixels(self, pixels: MapPixels | None, marked: int | None) -> None:
        """Other values, colours or selection."""
        self.pixels, self.marked = pixels, marked
        self._version += 1
        self.update()

    @property
    def frame(self) -> QRectF:
        """Where pixels may be: right of the names."""
        names = NAMES_PX if self.width() > 2 * NAMES_PX else 0
        return QRectF(names, 0.0, max(self.width() - names, 1), max(self.height(), 1))

    @property
    def block(self) -> int:
        """Nodes side by side in one pixel of the screen."""
        return max(1, int(np.ceil(1.0 / (self.zoom * self.devicePixelRatioF()) - 1e-6)))

    def fit(self) -> None:
        """All of it."""
        self.fits = True
        if self.layout_of is not None:
            width, height = self.layout_of.size
            frame = self.frame
            self.zoom = min(frame.width() / width, frame.height() / height, FIT_ZOOM)
            self._origin = QPointF(0.0, 0.0)
        self.update()

    # -- geometry ---------------------------------------------------------------------------------
    def to_layout(self, at: QPointF) -> QPointF:
        """A point of the widget, in pixels of the layout."""
        frame = self.frame
        return QPointF((at.x() - frame.x()) / self.zoom, (at.y() - frame.y()) / self.zoom) + self._origin

    def to_widget(self, x: float, y: float) -> QPointF:
        """The middle of a pixel of the layout, in the widget."""
        frame = self.frame
        return QPointF(
            frame.x() + (x + 0.5 - self._origin.x()) * self.zoom, frame.y() + (y + 0.5 - self._origin.y()) * self.zoom
        )

    def row_at(self, at: QPointF) -> int:
        """The node under a point, or -1."""
        if self.layout_of is None or not self.frame.contains(at):
            return -1
        place = self.to_layout(at)
        x, y = int(np.floor(place.x())), int(np.floor(place.y()))
        width, height = self.layout_of.size
        if not (0 <= x < width and 0 <= y < height):
            return -1
        found = int(self.layout_of.node[y, x])
        return found if found < len(self.layout_of.x) else -1

    def rows_in(self, box: QRectF) -> NDArray[np.int32]:
        """The nodes whose pixels a rectangle of the widget touches, ascending."""
        assert self.layout_of is not None
        first, last = self.to_layout(box.topLeft()), self.to_layout(box.bottomRight())
        width, height = self.layout_of.size
        x0, x1 = (int(np.clip(np.floor(x), 0, width)) for x in (first.x(), last.x() + 1.0))
        y0, y1 = (int(np.clip(np.floor(y), 0, height)) for y in (first.y(), last.y() + 1.0))
        node = self.layout_of.node[y0:y1, x0:x1]
        return np.sort(node[node < len(self.layout_of.x)])

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Pixels, names, mark, rectangle."""
        painter = QPainter(self)
        painter.fillRect(self.frame, self.ground.colour("background"))
        if self.layout_of is None or self.pixels is None:
            return
        self._paint_pixels(painter, self.layout_of, self.pixels)
        painter.setClipping(False)
        self._paint_names(painter, self.layout_of)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_mark(painter, self.layout_of)
        if self._press is not None and self._drag is not None:
            painter.setPen(QPen(tokens().colour("accent"), 1))
            painter.setBrush(tokens().colour("accent", 40))
            painter.drawRect(QRectF(self._press, self._drag).normalized())

    def _paint_pixels(self, painter: QPainter, layout: Unrolled, pixels: MapPixels) -> None:
        frame, block = self.frame, self.block
        width, height = layout.size
        first, last = self.to_layout(frame.topLeft()), self.to_layout(frame.bottomRight())
        # Blocks stay where they are when the picture moves: they begin at multiples of their size.
        x0, y0 = (int(max(0.0, v) // block * block) for v in (first.x(), first.y()))
        x1, y1 = min(width, int(last.x()) + 1 + block), min(height, int(last.y()) + 1 + block)
        if x1 <= x0 or y1 <= y0:
            return
        key = (self._version, x0, y0, x1, y1, block)
        if self._image is None or self._image[0] != key:
            colours = np.ascontiguousarray(pixels.draw(layout, (x0, y0, x1, y1), block))
            high, wide = colours.shape
            image = QImage(colours.tobytes(), wide, high, 4 * wide, QImage.Format.Format_RGB32)
            self._image = (key, image.copy())
        image = self._image[1]
        side = self.zoom * block
        target = QRectF(
            frame.x() + (x0 - self._origin.x()) * self.zoom,
            frame.y() + (y0 - self._origin.y()) * self.zoom,
            image.width() * side,
            image.height() * side,
        )
        painter.setClipRect(frame)
        smooth = side * self.devicePixelRatioF() < 3.0 and not pixels.info.is_category
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, image, QRectF(image.rect()))
        if self.zoom >= GRID_ZOOM:
            self._paint_grid(painter, target)

    def _paint_grid(self, painter: QPainter, target: QRectF) -> None:
        """Between pixels that are large enough."""
        painter.setPen(QPen(self.ground.colour("background"), 1))
        for x in np.arange(target.left(), target.right() + 0.5, self.zoom):
            painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        for y in np.arange(target.top(), target.bottom() + 0.5, self.zoom):
            painter.drawLine(QPointF(target.left(), y), QPointF(target.right(), y))

    def _paint_names(self, painter: QPainter, layout: Unrolled) -> None:
        theme = tokens()
        room = self.frame.x() - GAP_PX
        if room <= 0:
            return
        free_from = 0.0
        for group in layout.groups:
            top = self.to_widget(0, group.top - 0.5).y()
            bottom = self.to_widget(0, group.bottom - 0.5).y()
            if bottom < 0 or top > self.height() or top + LEAST_NAME_PX < free_from:
                continue
            top = max(top, free_from, 0.0)
            painter.setPen(QPen(theme.colour("line"), 2))
            painter.drawLine(QPointF(room + 4, top), QPointF(room + 4, max(bottom, top + 2)))
            painter.setFont(font(11))
            painter.setPen(theme.colour("text"))
            name = painter.fontMetrics().elidedText(group.name, Qt.TextElideMode.ElideRight, int(room) - 4)
            painter.drawText(QRectF(4, top, room - 4, 14), Qt.AlignmentFlag.AlignLeft, name)
            free_from = top + LEAST_NAME_PX
            if bottom - top > 2 * LEAST_NAME_PX:
                painter.setPen(theme.colour("muted"))
                painter.drawText(
                    QRectF(4, top + 14, room - 4, 14), Qt.AlignmentFlag.AlignLeft, f"{group.nodes:,} nodes"
                )
                free_from += LEAST_NAME_PX

    def _paint_mark(self, painter: QPainter, layout: Unrolled) -> None:
        if self.marked is None or not 0 <= self.marked < len(layout.x):
            return
        middle = self.to_widget(float(layout.x[self.marked]), float(layout.y[self.marked]))
        if not self.frame.contains(middle):
            return
        radius = max(6.0, 0.5 * self.zoom + 2.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for token, width in (("background", 4.0), ("text", 1.5)):
            painter.setPen(QPen(self.ground.colour(token), width))
            painter.drawEllipse(middle, radius, radius)

    # -- the hand ---------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left begins a rectangle or a click, right and middle take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._press, self._drag = event.position(), None
        elif event.button() in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
            self._pan = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draws the rectangle, moves the picture, or says what lies under the pointer."""
        at = event.position()
        if self._pan is not None:
            self._move(self._origin - (at - self._pan) / self.zoom)
            self._pan = at
        elif self._press is not None:
            if self._drag is not None or (at - self._press).manhattanLength() > GRIP_PX:
                self._drag = at
                self.update()
        else:
            self.hovered.emit(self.row_at(at))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends what was begun."""
        if event.button() != Qt.MouseButton.LeftButton:
            self._pan = None
            return
        press, drag, self._press, self._drag = self._press, self._drag, None, None
        self.update()
        if press is None or self.layout_of is None:
            return
        if drag is None:
            self.clicked.emit(self.row_at(press))
            return
        held = event.modifiers()
        how = "replace"
        if held & Qt.KeyboardModifier.ShiftModifier:
            how = "add"
        elif held & Qt.KeyboardModifier.ControlModifier:
            how = "remove"
        self.framed.emit(self.rows_in(QRectF(press, drag).normalized()), how)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All of it again."""
        self.fit()

    def leaveEvent(self, event: object) -> None:
        """No pointer, no node."""
        self.hovered.emit(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Closer or farther, what is under the pointer stays."""
        if self.layout_of is None:
            return
        at, before = event.position(), self.to_layout(event.position())
        width, height = self.layout_of.size
        least = min(self.frame.width() / width, self.frame.height() / height, FIT_ZOOM)
        wanted = self.zoom * STEP ** (event.angleDelta().y() / 120.0)
        if wanted <= least:
            self.fit()
        else:
            self.fits = False
            self.zoom = min(wanted, MOST_ZOOM)
            self._move(self._origin + before - self.to_layout(at))
        event.accept()

    def _move(self, origin: QPointF) -> None:
        """The layout's point at the top left, so that some of it stays in view."""
        assert self.layout_of is not None
        width, height = self.layout_of.size
        frame = self.frame
        most_x, most_y = width - frame.width() / self.zoom, height - frame.height() / self.zoom
        self._origin = QPointF(min(max(origin.x(), 0.0), max(most_x, 0.0)), min(max(origin.y(), 0.0), max(most_y, 0.0)))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All of it stays all of it."""
        if self.fits:
            self.fit()
        self.reshaped.emit()


def scene_tokens(session: Session) -> Tokens:
    """The colours of the scene's ground: those of the nodes are made to be seen on it."""
    return THEMES["dark" if session.stage.theme == "dark" else "light"]


class FleetMap(QWidget):
    """The map with what it shows above, and the node under the pointer below."""

    def __init__(self, session: Session, spread: Callable[[], Distribution | None] = lambda: None) -> None:
        super().__init__()
        self._session, self._spread = session, spread
        self._values = ShownValues(session)
        self._key: tuple[Any, ...] | None = None
        self._shown: Shown | None = None
        self._hover = -1
        self.map = MapView()
        self.title, self.note, self.words = Elided("", "title"), Elided("", "small"), Elided("", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 8)
        layout.setSpacing(6)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addLayout(row(self.title, self.note))
        layout.addWidget(self.map, 1)
        layout.addWidget(self.words)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(RELAYOUT_MS)
        self._later.timeout.connect(self._relayout)
        self._aspect = 1.0
        self.map.hovered.connect(self._hovered)
        self.map.clicked.connect(self._clicked)
        self.map.framed.connect(self._framed)
        self.map.reshaped.connect(self._later.start)
        Bindings(self).on(session.document_changed, self._forget)

    def _forget(self) -> None:
        self._key = None

    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """Another document."""
        self._values.set_source(player, positions)
        self._key, self._shown, self._hover = None, None, -1
        self.map.set_pixels(None, None)
        self.map.set_layout(None)
        if self._session.document is not None:
            self._lay_out(self._frame_aspect())

    # -- layout -----------------------------------------------------------------------------------
    def _frame_aspect(self) -> float:
        frame = self.map.frame
        return min(max(frame.width() / max(frame.height(), 1.0), 0.2), 8.0)

    def _lay_out(self, aspect: float) -> None:
        assert self._session.document is not None
        self._aspect = aspect
        self.map.set_layout(unroll(self._session.document.fleet, aspect))

    def _relayout(self) -> None:
        """After the frame has got another shape, when nothing is looked at closely."""
        aspect = self._frame_aspect()
        ratio = max(aspect, self._aspect) / min(aspect, self._aspect)
        if self._session.document is not None and self.map.fits and ratio > RELAYOUT:
            self._lay_out(aspect)

    # -- ten times a second -----------------------------------------------------------------------
    def refresh(self) -> None:
        """Paints anew when values, colours, selection or theme differ."""
        info, session = self._session.metric, self._session
        if session.document is None or info is None:
            self.title.setText("Nothing to colour the nodes by")
            self.map.set_pixels(None, None)
            return
        shown = self._values.now()
        chosen = session.selection
        colour, spread = session.colour, self._spread() if session.colour_scale == "percentile" else None
        looks = (colour.colormap, colour.scale, colour.reverse, spread, session.stage.theme, tokens().name)
        values = (None if shown is None else shown.key, info.name, session.colour_range)
        key: tuple[Any, ...] = (*values, *looks, chosen.version, chosen.show, chosen.row)
        if key != self._key:
            self._key, self._shown = key, shown
            pixels = None if shown is None else self._pixels(shown, spread)
            self.map.ground = scene_tokens(session)
            self.map.set_pixels(pixels, chosen.row)
            self.title.setText(info.long_name if shown is not None else f"{info.long_name}: being read")
            self._say()
        self._write_note(info)

    def _pixels(self, shown: Shown, spread: Distribution | None) -> MapPixels:
        table = colour_table(shown.info, self._session.colour_range, range_colours(self._session, spread))
        ground = scene_tokens(self._session).colour("background")
        chosen = self._session.selection
        below = (ground.red(), ground.green(), ground.blue())
        return MapPixels(shown.codes, shown.info, table, below, chosen.mask, chosen.hides)

    def _write_note(self, info: MetricInfo) -> None:
        block = self.map.block
        if block == 1:
            text = "one pixel a node"
        else:
            text = f"{block} × {block} nodes a pixel: their {'highest' if info.is_category else 'mean'}"
        if self.note.text() != text:
            self.note.setText(text)

    # -- words and hand ---------------------------------------------------------------------------
    def _hovered(self, found: int) -> None:
        self._hover = found
        self._say()

    def _say(self) -> None:
        text = HELP
        if self._hover >= 0 and self._session.document is not None:
            text = f"{self._session.document.fleet.label(self._hover)}: {self.value_text(self._hover)}"
        if self.words.text() != text:
            self.words.setText(text)
            self.words.setToolTip(text)

    def value_text(self, found: int) -> str:
        """The value of a node in words."""
        if self._shown is None:
            return "being read"
        info = self._shown.info
        if info.is_category:
            return info.flags.get(int(self._shown.codes[found]), "no value")
        return display_scale(info.unit, max(abs(info.low), abs(info.high))).text(self._shown.value(found))

    def _clicked(self, found: int) -> None:
        self._session.selection.row = found if found >= 0 else None

    def _framed(self, rows: NDArray[np.int32], how: Any) -> None:
        if len(rows) == 0 and how != "replace":
            return
        self._session.selection.select_rows(rows, self._words_for(rows), how)

    def _words_for(self, rows: NDArray[np.int32]) -> str:
        """Names the group when all are of one."""
        layout = self.map.layout_of
        if layout is None or not len(rows):
            return "part of the fleet map"
        tops = layout.y[rows]
        names = [g.name for g in layout.groups if bool(((tops >= g.top) & (tops < g.bottom)).all())]
        return f"part of {names[0]}" if names else "part of the fleet map"
