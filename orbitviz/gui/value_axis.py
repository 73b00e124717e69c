"""The height of a line of values: never so little that rounding looks like an event, and said in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo
from orbitviz.core.numerals import display_scale

OF_VALUE, OF_LEGEND, OF_ERROR = 0.01, 0.02, 8.0
"""The least height: these shares of the largest value and of the legend's range, so many storage errors."""


@dataclass(frozen=True)
class ValueAxis:
    """Lowest and highest value of a drawn line, in the metric's unit, and both as text ("119.4 to 120.6 GW")."""

    low: float
    high: float
    text: str


def value_axis(info: MetricInfo, values: NDArray[np.floating], is_sum: bool = False) -> ValueAxis | None:
    """The axis of (T,) values of one node or of a mean, or of a sum over nodes; None when no value is finite.

    A legend's range and the storage error belong to one node, so a sum is measured by its own size alone.
    """
    good = np.asarray(values, float)[np.isfinite(values)]
    if not len(good):
        return None
    if info.is_category:
        return ValueAxis(min(info.flags) - 0.5, max(info.flags) + 0.5, "")
    low, high = float(good.min()), float(good.max())
    least = OF_VALUE * max(abs(low), abs(high))
    if not is_sum:
        least = max(least, OF_LEGEND * (info.high - info.low), OF_ERROR * info.max_error)
    least = least or OF_VALUE * (abs(info.high) or 1.0)
    floor = 0.0 if is_sum and low >= 0.0 else -math.inf if is_sum or low < info.low else info.low
    ceiling = math.inf if is_sum or high > info.high else info.high
    return _rounded(info.unit, *_widened(low, high, least, floor, ceiling), floor, ceiling)


def _widened(low: float, high: float, least: float, floor: float, ceiling: float) -> tuple[float, float]:
    """At least `least` apart round the same middle, moved to lie within floor and ceiling."""
    grow = max(0.0, 0.5 * (least - (high - low)))
    low, high = low - grow, high + grow
    if low < floor:
        low, high = floor, high + (floor - low)
    if high > ceiling:
        low, high = max(floor, low - (high - ceiling)), ceiling
    return low, high


def _rounded(unit: str, low: float, high: float, floor: float, ceiling: float) -> ValueAxis:
    """Outwards to round numbers of the unit shown."""
    scale = display_scale(unit, max(abs(low), abs(high)))
    step = round_step((high - low) / scale.factor / 20.0)
    first, last = math.floor(low / scale.factor / step + 1e-9), math.ceil(high / scale.factor / step - 1e-9)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    low = max(floor, first * step * scale.factor)
    high = min(ceiling, last * step * scale.factor)
    shown = [end / scale.factor + 0.0 for end in (low, high)]
    while decimals and all(abs(end - round(end, decimals - 1)) < 1e-6 * step for end in shown):
        decimals -= 1
    ends = [f"{end:,.{decimals}f}" for end in shown]
    return ValueAxis(low, high, f"{ends[0]} to {ends[1]} {scale.unit}".rstrip())


def round_step(at_least: float) -> float:
    """1, 2 or 5 times a power of ten, not below `at_least`."""
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(float(factor * power) for factor in (1, 2, 5, 10) if factor * power >= at_least * (1 - 1e-9))
