"""Colouring: what colours the nodes and how values become places on the colour map."""

from __future__ import annotations

from dataclasses import dataclass

from orbitviz.core.frame import MetricInfo
from orbitviz.session.evented import Evented

SCALES = ("linear", "log", "percentile")
"""linear: equal steps of the value are equal steps of colour. log: equal ratios are. percentile: equal shares of the
nodes are, so that every colour is worn by as many nodes."""
DECADES = 3.0
"""How far down a log scale reaches where the range begins at zero."""


@dataclass
class Colouring(Evented):
    """Which metric colours the nodes. low and high (in the metric's unit) None: the metric's own range;
    colormap None: the metric's own; reverse: the map the other way round."""

    metric: str = ""
    low: float | None = None
    high: float | None = None
    colormap: str | None = None
    scale: str = "linear"
    reverse: bool = False

    def to_default(self) -> None:
        """The metric's own range, map and a linear scale."""
        self.update(low=None, high=None, colormap=None, scale="linear", reverse=False)

    @property
    def is_default(self) -> bool:
        """Whether nothing but the metric was chosen."""
        return (
            (self.low, self.high, self.colormap) == (None, None, None) and self.scale == "linear" and not self.reverse
        )


def takes_log(info: MetricInfo | None) -> bool:
    """Whether a metric can be shown on a log scale: an amount that is never negative."""
    return info is not None and not info.is_category and info.low >= 0.0 and info.high > 0.0


def scale_of(info: MetricInfo | None, chosen: str) -> str:
    """The scale in use: linear where the chosen one has no meaning."""
    if info is None or info.is_category or (chosen == "log" and not takes_log(info)):
        return "linear"
    return chosen


def range_of(info: MetricInfo | None, colour: Colouring) -> tuple[float, float]:
    """(low, high) in the metric's unit; on a log scale both are above zero."""
    low, high = (0.0, 1.0) if info is None else (info.low, info.high)
    low = low if colour.low is None else colour.low
    high = high if colour.high is None else colour.high
    if scale_of(info, colour.scale) == "log":
        high = high if high > 0.0 else info.high if info is not None else 1.0
        low = low if low > 0.0 else high * 10.0**-DECADES
    return low, high
