"""Colour maps to choose from, each with a strip of its colours."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap

from orbitviz.core.frame import MetricInfo
from orbitviz.gui.widgets import Choice

STRIP = QSize(56, 10)


class MapChoice(Choice):
    """Colour maps by name: the metric's own first, then those with one direction, then those with a middle."""

    def __init__(self) -> None:
        super().__init__("Colour map")
        self._filled: tuple[MetricInfo, str, bool] | None = None
        self.setIconSize(STRIP)
        self.setMaxVisibleItems(20)
        self.setToolTip("Every map here is perceptually uniform and reads with any kind of colour vision")

    def fill(self, info: MetricInfo, theme: str, reverse: bool) -> None:
        """Names and strips of the maps that suit a metric, as they look in the scene's theme."""
        if (info, theme, reverse) == self._filled:
            return
        self._filled = info, theme, reverse
        from orbitviz.scene.colours import DIVERGING, SEQUENTIAL, colormap_name, ramp

        own = colormap_name(info)
        self.clear()
        for name, words in [(None, f"{short(own)} (own)"), *((n, short(n)) for n in (*SEQUENTIAL, *DIVERGING))]:
            if name == own:
                continue
            colours = ramp(name or own, None, theme, reverse)
            self.addItem(_strip(colours), words, name)
            tip = "The metric's own" if name is None else "Its middle is at zero" if name in DIVERGING else ""
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def show_map(self, name: str | None) -> None:
        """Selects without echo."""
        self.blockSignals(True)
        self.setCurrentIndex(max(0, self.findData(name)))
        self.blockSignals(False)
        self.update()


def _strip(colours: np.ndarray) -> QIcon:
    width, height = 2 * STRIP.width(), 2 * STRIP.height()
    line = colours[np.linspace(0, len(colours) - 1, width).astype(int)]
    pixels = np.ascontiguousarray(np.repeat(line[None], height, axis=0), np.uint8)
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGBA8888)
    return QIcon(QPixmap.fromImage(image))


def short(name: str) -> str:
    """crameri:batlow -> batlow; two-tone as it is."""
    return name.split(":")[-1]
