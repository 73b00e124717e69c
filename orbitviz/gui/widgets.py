"""Small parts used all over the window."""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from orbitviz.gui.icons import icon, pixmap
from orbitviz.gui.theme import caption_font, font, tokens
from orbitviz.gui.value_axis import ValueAxis


def label(text: str = "", role: str = "", tip: str = "", selectable: bool = False) -> QLabel:
    """A label with a role of the style sheet (heading, muted, small, tile, chip, warn, bad)."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if tip:
        result.setToolTip(tip)
    if selectable:
        result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return result


def heading(text: str) -> QLabel:
    """A section's heading: small capitals."""
    result = label(text.upper(), "heading")
    result.setFont(caption_font())
    return result


def number_label(text: str = "–", px: int = 13) -> QLabel:
    """A value: tabular figures, flush right."""
    result = label(text, selectable=True)
    result.setFont(font(px, tabular=True))
    result.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return result


def tool_button(icon_name: str, tip: str, token: str = "text", px: int = 16) -> QToolButton:
    """A flat icon button that a mouse click does not give the keyboard to."""
    result = QToolButton()
    result.setIcon(icon(icon_name, token, px))
    result.setIconSize(QSize(px, px))
    result.setToolTip(tip)
    result.setAccessibleName(tip)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return result


def polish(widget: QWidget) -> None:
    """Reads the style sheet again after a property has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Elided(QLabel):
    """A label that shortens itself in the middle instead of pushing the window wider; the whole text is its tooltip."""

    def __init__(self, text: str = "", role: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(24)
        if role:
            self.setProperty("role", role)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As QLabel, with the text that fits."""
        painter = QPainter(self)
        fits = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), fits)

    def minimumSizeHint(self) -> QSize:
        """Narrow."""
        return QSize(24, super().minimumSizeHint().height())


class Choice(QComboBox):
    """A combo box with the theme's own arrow; the wheel scrolls the panel unless it has the keyboard."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """As QComboBox, text that is too long shortened, and the arrow."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.width() - 38 - (self.iconSize().width() + 6 if not option.currentIcon.isNull() else 0)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        arrow = pixmap("chevron-down", "muted" if self.isEnabled() else "faint", 14)
        painter.drawPixmap(QPointF(self.width() - 22, (self.height() - 14) / 2), arrow)

    def wheelEvent(self, event: QEvent) -> None:
        """Left to the scroll area."""
        event.ignore()


class NumberField(QLineEdit):
    """A number with its unit, typed freely: "55", "55 %" and "1,200 km" all read. Nonsense leaves the last number."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFont(font(13, tabular=True))
        self.setMinimumWidth(56)
        self.decimals = 0
        self._value, self._unit = 0.0, ""
        self.editingFinished.connect(self._read)

    @property
    def value(self) -> float:
        """The number, as last read."""
        self._read()
        return self._value

    def set_value(self, value: float, decimals: int, unit: str) -> None:
        """Shows a number; tells nobody."""
        self._value, self.decimals, self._unit = value, decimals, unit
        shown = f"{value:,.{decimals}f}"
        shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
        self.setText(f"{shown} {unit}".rstrip())
        self.setCursorPosition(0)

    def _read(self) -> None:
        found = re.match(r"\s*([-+−]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)", self.text())
        typed = found.group(1).replace(",", "").replace("−", "-") if found else ""
        # The rounded text of an exact number must not round the number.
        unchanged = typed and float(typed) == round(self._value, self.decimals)
        if typed and not unchanged and math.isfinite(float(typed)):
            self._value = float(typed)
        self.set_value(self._value, self.decimals, self._unit)


class Switch(QCheckBox):
    """On or off, painted as a switch."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Text, a gap, the switch."""
        width = self.fontMetrics().horizontalAdvance(self.text()) + 44
        return QSize(width, max(24, self.fontMetrics().height() + 6))

    def hitButton(self, pos: object) -> bool:
        """Anywhere on the row."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Text left, switch right."""
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("text" if self.isEnabled() else "faint"))
        painter.drawText(self.rect().adjusted(0, 0, -40, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        track = QRectF(self.width() - 30, self.height() / 2 - 8, 28, 16)
        painter.setPen(QPen(theme.colour("accent"), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent" if self.isChecked() and self.isEnabled() else "line"))
        painter.drawRoundedRect(track, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("on_accent" if self.isChecked() else "muted"))
        painter.drawEllipse(
            QPointF(track.right() - 8 if self.isChecked() else track.left() + 8, track.center().y()), 5, 5
        )

    def event(self, event: QEvent) -> bool:
        """Space belongs to the switch while it has the keyboard, not to play and pause."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
        ):
            event.accept()
            return True
        return super().event(event)


class Facts(QWidget):
    """Names left, values right; lines are made once and rewritten."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(5)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        self._lines: dict[str, tuple[QLabel, QLabel]] = {}

    def clear(self) -> None:
        """No lines."""
        for pair in self._lines.values():
            for widget in pair:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._lines.clear()

    def show_fact(self, name: str, value: str, tip: str = "") -> None:
        """One line."""
        if name not in self._lines:
            pair = (label(name, "muted", tip), number_label())
            place = len(self._lines)
            self._grid.addWidget(pair[0], place, 0)
            self._grid.addWidget(pair[1], place, 1)
            self._lines[name] = pair
        title, part = self._lines[name]
        if part.text() != value:
            part.setText(value)
        if part.toolTip() != tip:
            title.setToolTip(tip)
            part.setToolTip(tip)

    @property
    def texts(self) -> dict[str, str]:
        """Name to value, as shown."""
        return {name: pair[1].text() for name, pair in self._lines.items()}


class Sparkline(QWidget):
    """A small line of one value over time with a mark at the shown instant. Its axes are the words beside it."""

    def __init__(self, height_px: int = 44) -> None:
        super().__init__()
        self.setFixedHeight(height_px)
        self._times = np.zeros(0)
        self._values = np.zeros(0)
        self._axis: ValueAxis | None = None
        self._now_s: float | None = None

    def set_series(
        self, times_s: NDArray[np.float64], values: NDArray[np.floating], axis: ValueAxis | None = None
    ) -> None:
        """(T,) instants and values with the range their height stands for; without one, an empty line."""
        self._times, self._values, self._axis = np.asarray(times_s, float), np.asarray(values, float), axis
        self.update()

    def set_now(self, t_s: float | None) -> None:
        """Where the mark stands."""
        if t_s != self._now_s:
            self._now_s = t_s
            if len(self._times) > 1:
                self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Line, fill below it, mark."""
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 3, -0.5, -3)
        if len(self._times) < 2 or self._axis is None:
            painter.setPen(theme.colour("line"))
            painter.drawLine(QPointF(box.left(), box.bottom()), QPointF(box.right(), box.bottom()))
            return
        draw_series(painter, box, self._times, self._values, (self._axis.low, self._axis.high))
        if self._now_s is not None:
            span = self._times[-1] - self._times[0]
            x = box.left() + box.width() * float(np.clip((self._now_s - self._times[0]) / span, 0, 1))
            painter.setPen(QPen(theme.colour("text", 160), 1))
            painter.drawLine(QPointF(x, box.top() - 3), QPointF(x, box.bottom() + 3))


def draw_series(
    painter: QPainter, box: QRectF, times: NDArray[np.float64], values: NDArray[np.float64], ends: tuple[float, float]
) -> None:
    """A series from left to right of `box`, the values `ends` at its bottom and top; at most one point a pixel."""
    theme = tokens()
    first_s, last_s = float(times[0]), float(times[-1])
    keep = np.isfinite(values)
    times, values = times[keep], values[keep]
    stride = max(1, len(times) // max(int(box.width()), 1))
    times, values = times[::stride], values[::stride]
    if len(times) < 2:
        return
    low, high = ends
    xs = box.left() + box.width() * (times - first_s) / max(last_s - first_s, 1e-9)
    ys = box.bottom() - box.height() * (values - low) / (high - low)
    line = QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
    area = QPolygonF(line)
    area.append(QPointF(float(xs[-1]), box.bottom()))
    area.append(QPointF(float(xs[0]), box.bottom()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent", 34))
    painter.drawPolygon(area)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colour("accent"), 1.25))
    painter.drawPolyline(line)


def row(*widgets: QWidget, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """Widgets beside each other."""
    layout = QHBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def row_widget(*widgets: QWidget) -> QWidget:
    """Widgets beside each other as one, the first as wide as can be."""
    result = QWidget()
    layout = row(*widgets)
    layout.setStretch(0, 1)
    result.setLayout(layout)
    return result
