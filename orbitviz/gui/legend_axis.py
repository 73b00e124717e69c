"""The legend's axis: from values to places along its bar and back, and the range that a dragged handle asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo

NARROW = 0.2
"""A range narrower than this share of the axis makes the axis narrower too."""
CLOSEST = 0.02
"""Handles stay so far apart, as a share of the axis."""


@dataclass(frozen=True)
class LegendAxis:
    """Values low..high (in the metric's unit) along the bar, 0..1; log: equal ratios take equal room."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def of(cls, info: MetricInfo, chosen: tuple[float, float], log: bool, floor: float) -> LegendAxis:
        """The metric's own range and the chosen one, so that handles can be dragged outwards; a narrow chosen range is
        seen with its own width to either side. floor: where a log axis begins when the metric's range begins at 0."""
        low = min(max(info.low, floor) if log else info.low, chosen[0])
        whole = cls(low, max(info.high, chosen[1]), log)
        first, last = whole.place(chosen[0]), whole.place(chosen[1])
        if last - first >= NARROW:
            return whole
        edges = max(0.0, first - (last - first)), min(1.0, last + (last - first))
        return cls(whole.value(edges[0]), whole.value(edges[1]), log)

    def place(self, value: float) -> float:
        """0..1 along the bar, clamped."""
        if self.log:
            share = math.log(max(value, 1e-300) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / max(self.high - self.low, 1e-300)
        return min(1.0, max(0.0, share))

    def value(self, place: float) -> float:
        """The value at 0..1 along the bar."""
        return float(self.values(np.array([place]))[0])

    def values(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same for (n,) places."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** places)
        return np.asarray(self.low + places * (self.high - self.low))

    def rounded(self, value: float) -> float:
        """To a number with as few digits as a pixel of the bar needs."""
        step = abs(value) * 0.01 if self.log else (self.high - self.low) / 300.0
        if step <= 0.0 or not math.isfinite(step):
            return value
        digits = -math.floor(math.log10(step))
        return float(round(value, digits))

    def dragged(self, which: str, start: tuple[float, float], by: float) -> tuple[float, float]:
        """(low, high) after dragging "low", "high" or "both" by a share of the axis from the range `start`."""
        first, last = self.place(start[0]), self.place(start[1])
        if which == "low":
            return self.rounded(self.value(min(max(first + by, 0.0), last - CLOSEST))), start[1]
        if which == "high":
            return start[0], self.rounded(self.value(max(min(last + by, 1.0), first + CLOSEST)))
        by = min(max(by, -first), 1.0 - last)
        return self.rounded(self.value(first + by)), self.rounded(self.value(last + by))
