"""Numbers of one range as people read them: one unit for all of them, three significant digits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from orbitviz.core.units import SI_PREFIXES

_NO_PREFIX = {"K", "km", "min", "h", "s", "deg", ""}


@dataclass(frozen=True)
class DisplayScale:
    """How a range is shown: shown = value / factor, followed by `unit`."""

    factor: float
    unit: str

    def text(self, value: float, digits: int = 3) -> str:
        """`value` (in the metric's unit) with the shown unit."""
        if not math.isfinite(value):
            return "no value"
        gap = "" if self.unit == "°" else " "
        return f"{plain(value / self.factor, digits)}{gap}{self.unit}".rstrip()


def display_scale(unit: str, largest: float) -> DisplayScale:
    """One factor for a whole range whose largest magnitude is `largest`: (W, 150e3) -> kW; angles in degrees."""
    if unit == "1":
        return DisplayScale(0.01, "%")
    if unit == "rad":
        return DisplayScale(math.pi / 180.0, "°")
    if unit == "PFLOP/s":
        scale = display_scale("FLOP/s", largest * 1e15)
        return DisplayScale(scale.factor / 1e15, scale.unit)
    if unit in _NO_PREFIX:
        return DisplayScale(1.0, unit)
    for factor, prefix in SI_PREFIXES:
        if abs(largest) >= factor:
            return DisplayScale(factor, f"{prefix}{unit}")
    return DisplayScale(1.0, unit)


def plain(value: float, digits: int = 3) -> str:
    """A bare number with `digits` significant digits and no trailing zeros; a true minus sign."""
    if value == 0.0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)) + 1e-9))
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def share_text(share: float) -> str:
    """A share of nodes: "12 %", "0.4 %", "<0.1 %"; never "0 %" or "100 %" for what is not so."""
    percent = 100.0 * share
    if percent <= 0.0 or percent >= 100.0:
        return "0 %" if percent <= 0.0 else "100 %"
    if percent < 0.1:
        return "<0.1 %"
    if percent > 99.5:
        return ">99 %"
    return f"{percent:.1f} %" if percent < 9.95 else f"{percent:.0f} %"
