"""By shell: mean and 5 to 95 % of the shown metric; of categories, the shares of the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.numbers import display_scale
from orbitviz.gui.theme import font, tokens
from orbitviz.gui.value_axis import round_step
from orbitviz.metrics.binning import ShellProfile, bin_values, shell_profile

NAMES_PX, RIGHT_PX, TOP_PX, BOTTOM_PX, LEAST_NAME_PX = 146, 14, 8, 26, 14


@dataclass(frozen=True)
class ShellValues:
    """What is shown of each shell; of amounts `profile`, of categories `shares` (S, K) in the order of the flags."""

    key: tuple[Any, ...]
    fleet: Fleet
    info: MetricInfo
    counts: NDArray[np.int64]
    ends: tuple[float, float]
    profile: ShellProfile | None = None
    shares: NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls, key: tuple[Any, ...], fleet: Fleet, info: MetricInfo, codes: NDArray[Any], ends: tuple[float, float]
    ) -> ShellValues:
        """From stored numbers of every node."""
        if not info.is_category:
            profile = shell_profile(fleet.shell, codes, info)
            return cls(key, fleet, info, profile.counts, ends, profile=profile)
        shells, kinds = int(fleet.shell.max(initial=0)) + 1, sorted(info.flags)
        levels = kinds[-1] + 1
        known = codes < levels
        number = np.where(known, fleet.shell.astype(np.int64) * levels + codes, -1)
        counted = bin_values(number, None, (shells, levels)).counts[:, kinds]
        counts = counted.sum(axis=1)
        return cls(key, fleet, info, counts, (0.0, 1.0), shares=counted / np.maximum(counts, 1)[:, None])

    def name(self, shell: int) -> str:
        """What to call a shell."""
        shells = self.fleet.shells
        return shells[shell].name if shell < len(shells) else f"shell {shell}"

    def groups(self) -> list[tuple[str, int, int]]:
        """(name, first shell, one past the last) of neighbours that belong together."""
        found: list[tuple[str, int, int]] = []
        for number in range(len(self.counts)):
            shells = self.fleet.shells
            name = (shells[number].group or shells[number].name) if number < len(shells) else self.name(number)
            if found and found[-1][0] == name:
                found[-1] = (name, found[-1][1], number + 1)
            else:
                found.append((name, number, number + 1))
        return found

    def text(self, shell: int) -> str:
        """A shell in words."""
        nodes = f"{int(self.counts[shell]):,} nodes"
        if not self.counts[shell]:
            return f"{self.name(shell)}: no node has a value"
        if self.shares is not None:
            words = [self.info.flags[kind] for kind in sorted(self.info.flags)]
            parts = [f"{share:.1%} {word}" for word, share in zip(words, self.shares[shell], strict=True) if share > 0]
            return f"{self.name(shell)}: {', '.join(parts)} of {nodes}"
        assert self.profile is not None
        scale = display_scale(self.info.unit, max(map(abs, self.ends)))
        mean, low, high = (
            scale.text(float(x[shell])) for x in (self.profile.means, self.profile.low, self.profile.high)
        )
        return f"{self.name(shell)}: mean {mean}, 5 to 95 % of {nodes} from {low} to {high}"


class ShellPlot(QWidget):
    """Painted: a row a shell, groups named at the left, values along the bottom."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(220, 120)
        self.setMouseTracking(True)
        self.setAccessibleName("By shell")
        self._values: ShellValues | None = None
        self._colours = np.zeros((256, 4), np.uint8)
        self.words = ""

    @property
    def values(self) -> ShellValues | None:
        """What is shown."""
        return self._values

    def show_values(self, values: ShellValues | None, colours: NDArray[np.uint8]) -> None:
        """Other values, or other colours (T, 4), those of categories in runs of T / 256."""
        self._values, self._colours = values, colours
        self.update()

    @property
    def box(self) -> QRectF:
        """Where the bars are."""
        return QRectF(self.rect()).adjusted(NAMES_PX, TOP_PX, -RIGHT_PX, -BOTTOM_PX)

    def shell_at(self, at: QPointF) -> int | None:
        """The shell whose row a point is in."""
        box = self.box
        if self._values is None or not box.top() <= at.y() <= box.bottom():
            return None
        return min(int((at.y() - box.top()) / box.height() * len(self._values.counts)), len(self._values.counts) - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Says what is there."""
        shell = self.shell_at(event.position())
        self.words = "" if shell is None or self._values is None else self._values.text(shell)
        self.setToolTip(self.words)

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, axis, bars."""
        painter, box = QPainter(self), self.box
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11, tabular=True))
        if self._values is None:
            painter.setPen(tokens().colour("muted"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "being read")
            return
        height = box.height() / max(len(self._values.counts), 1)
        self._paint_groups(painter, box, height, self._values)
        self._paint_axis(painter, box, self._values)
        for shell in range(len(self._values.counts)):
            row = QRectF(box.left(), box.top() + shell * height, box.width(), height)
            gap = min(0.15 * height, 3.0)
            self._paint_shell(painter, row.adjusted(0, gap, 0, -gap), shell, self._values)

    def _paint_groups(self, painter: QPainter, box: QRectF, height: float, values: ShellValues) -> None:
        theme, free_from = tokens(), 0.0
        for name, first, last in values.groups():
            top = box.top() + first * height
            painter.setPen(QPen(theme.colour("line"), 1))
            if first:
                painter.drawLine(QPointF(4, top), QPointF(box.right(), top))
            if top >= free_from:
                painter.setPen(theme.colour("text"))
                room = NAMES_PX - 12
                text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
                middle = QRectF(4, top, room, max((last - first) * height, LEAST_NAME_PX))
                painter.drawText(middle, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
                free_from = top + LEAST_NAME_PX

    def _paint_axis(self, painter: QPainter, box: QRectF, values: ShellValues) -> None:
        theme, (low, high) = tokens(), values.ends
        unit = "1" if values.shares is not None else values.info.unit
        scale = display_scale(unit, max(abs(low), abs(high)))
        step = round_step((high - low) / scale.factor / max(box.width() / 80.0, 1.0)) if high > low else 1.0
        first = np.ceil(low / scale.factor / step - 1e-9) * step
        for shown in np.arange(first, high / scale.factor + 1e-9 * step, step):
            x = box.left() + (shown * scale.factor - low) / (high - low) * box.width()
            painter.setPen(QPen(theme.colour("line"), 1))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            painter.setPen(theme.colour("muted"))
            text = scale.text(float(shown) * scale.factor)
            width = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, 0.0), self.width() - width - 2.0)
            painter.drawText(QPointF(left, box.bottom() + 16), text)

    def _paint_shell(self, painter: QPainter, row: QRectF, shell: int, values: ShellValues) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if not values.counts[shell]:
            return
        if values.shares is not None:
            left = row.left()
            for kind, share in zip(sorted(values.info.flags), values.shares[shell], strict=True):
                texel = self._colours[kind % 256 * (len(self._colours) // 256)]
                painter.setBrush(QColor(*(int(c) for c in texel[:3])))
                painter.drawRect(QRectF(left, row.top(), share * row.width(), row.height()))
                left += share * row.width()
            return
        assert values.profile is not None
        low, mean, high = (
            row.left() + self._share(float(x[shell]), values.ends) * row.width()
            for x in (values.profile.low, values.profile.means, values.profile.high)
        )
        place = self._share(float(values.profile.means[shell]), values.ends)
        colour = QColor(*(int(c) for c in self._colours[round(place * (len(self._colours) - 1))][:3]))
        pale = QColor(colour)
        pale.setAlpha(90)
        painter.setBrush(pale)
        painter.drawRect(QRectF(low, row.top(), max(high - low, 1.5), row.height()))
        painter.setBrush(colour)
        wide = 4.0 if row.height() > 6.0 else 3.0
        painter.drawRect(QRectF(mean - wide / 2, row.top(), wide, row.height()))

    @staticmethod
    def _share(value: float, ends: tuple[float, float]) -> float:
        return float(np.clip((value - ends[0]) / max(ends[1] - ends[0], 1e-12), 0.0, 1.0))
