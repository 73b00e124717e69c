"""Colours of charts: the window's theme with lines that any kind of colour vision tells apart, or ink on white."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from orbitviz.gui.docks.chart_series import Chart, Series
from orbitviz.gui.theme import LIGHT, Tokens, tokens
from orbitviz.scene.colours import OKABE_ITO, OKABE_ITO_PALE, STATUS, STATUS_PALE

PRINT = replace(
    LIGHT, name="print", background="#ffffff", panel="#ffffff", line="#dcdcdc", text="#000000", muted="#3c3c3c"
)
_ORDER = (1, 0, 2, 5, 4, 7, 3, 6)
"""Of the line colours: neighbours that differ most come first."""
_WIDTH_PX, _MANY_PX = 1.6, 1.1


@dataclass(frozen=True)
class Look:
    """What charts are painted with. weight: pixels of the picture a pixel of the window; lines' widths are of the
    first."""

    theme: Tokens
    lines: tuple[str, ...]
    states: tuple[str, ...]
    weight: float = 1.0

    def pen(self, chart: Chart, series: Series) -> QPen:
        """Of a line: solid ones in the order of the colours, dotted in the second round; dashed for another run."""
        same = [one for one in chart.series if one.dash == series.dash]
        place = next((number for number, one in enumerate(same) if one is series), 0)
        states = chart.name == "status" and series.colour is not None
        table = self.states if states else self.lines
        number = place if series.colour is None else series.colour
        pen = QPen(QColor(table[number % len(table)]))
        pen.setWidthF(self.weight * (_WIDTH_PX if len(chart.series) <= 6 else _MANY_PX))
        pen.setCosmetic(True)
        if series.dash:
            pen.setStyle(Qt.PenStyle.DashLine)
        elif number >= len(table):
            pen.setStyle(Qt.PenStyle.DotLine)
        return pen

    def band(self, number: int, count: int) -> QColor:
        """Of a shaded band, the widest first and faintest: they lie over each other."""
        colour = QColor(self.lines[0])
        colour.setAlpha(34 + 18 * number if count > 1 else 60)
        return colour


def look_of(theme: Tokens | None = None, weight: float = 1.0) -> Look:
    """For the theme in use, or another."""
    theme = tokens() if theme is None else theme
    pale = theme.name != "dark"
    table = OKABE_ITO_PALE if pale else OKABE_ITO
    return Look(theme, tuple(table[number] for number in _ORDER), STATUS_PALE if pale else STATUS, weight)
