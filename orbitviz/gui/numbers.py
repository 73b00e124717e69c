"""Numbers as people read them: a scale and a word for a whole range, durations, instants."""

from __future__ import annotations

import math
from dataclasses import dataclass

from orbitviz.core.epoch import Epoch
from orbitviz.core.units import SI_PREFIXES, with_unit

_NO_PREFIX = {"K", "km", "min", "h", "s", "deg", ""}
UNIT_GROUPS = {
    "W": "Power",
    "K": "Heat",
    "PFLOP/s": "Compute",
    "1": "Shares",
    "km": "Orbit",
}


@dataclass(frozen=True)
class DisplayScale:
    """How a range is shown: shown = value / factor, followed by `unit`."""

    factor: float
    unit: str

    def text(self, value: float, digits: int = 3) -> str:
        """`value` (in the metric's unit) with the shown unit."""
        if not math.isfinite(value):
            return "no value"
        return f"{plain(value / self.factor, digits)} {self.unit}".rstrip()


def display_scale(unit: str, largest: float) -> DisplayScale:
    """One factor for a whole range whose largest magnitude is `largest`: (W, 150e3) -> kW."""
    if unit == "1":
        return DisplayScale(0.01, "%")
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
    """A bare number with `digits` significant digits and no trailing zeros."""
    if value == 0.0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)) + 1e-9))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(value: float, unit: str) -> str:
    """A single value: with_unit, and the long dash of "no value" for NaN."""
    if unit == "PFLOP":
        value, unit = value * 1e15, "FLOP"
    return with_unit(float(value), unit) if math.isfinite(value) else "–"


def count_text(value: float) -> str:
    """A number of things: 1,024; the long dash for NaN."""
    return f"{value:,.0f}" if math.isfinite(value) else "–"


def part_text(part: float, whole: float, unit: str) -> str:
    """A part beside its whole, in the whole's unit: "49.1 of 60.3 ZFLOP/s, 81 %"; the long dash for NaN."""
    if not (math.isfinite(part) and math.isfinite(whole)):
        return "–"
    scale = display_scale(unit, abs(whole))
    # Three digits of the whole; the part has as many decimals, so that both can be compared.
    decimals = max(0, 2 - math.floor(math.log10(abs(whole) / scale.factor) + 1e-9)) if whole else 0
    shown, of = (f"{value / scale.factor:,.{decimals}f}" for value in (part, whole))
    return f"{shown} of {of} {scale.unit}{_share(part, whole)}"


def _share(part: float, whole: float) -> str:
    """ ", 81 %"; what is not quite all is not said to be 100 %."""
    if whole <= 0.0:
        return ""
    percent = 100.0 * part / whole
    return f", {percent:.1f} %" if 99.5 <= percent < 99.95 else f", {percent:.0f} %"


def utc_text(epoch: Epoch, t_s: float) -> str:
    """2026-03-20 06:14:00 for an instant."""
    return epoch.plus(t_s).iso()[:19].replace("T", " ")


def relative_text(t_s: float) -> str:
    """T+06:14:00, with days when there are any: T+2 d 06:14:00."""
    sign = "−" if t_s < -0.5 else "+"
    whole = round(abs(t_s))
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"T{sign}{days} d {clock}" if days else f"T{sign}{clock}"


def duration_text(seconds: float) -> str:
    """24 h, 1 min, 90 s, 3 d: the shortest exact word, else hours and minutes."""
    whole = round(seconds)
    for unit_s, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if whole >= unit_s and whole % unit_s == 0 and (unit_s < 86400 or whole >= 2 * unit_s):
            return f"{whole // unit_s} {word}"
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole} s"


def bytes_text(count: float) -> str:
    """4.1 GB, in powers of ten, as file managers say it."""
    return with_unit(float(count), "B")


def group_of(unit: str, is_category: bool) -> str:
    """The heading under which a metric is listed."""
    return "States and places" if is_category else UNIT_GROUPS.get(unit, f"In {unit}" if unit else "Other")


def sentence(text: str) -> str:
    """Capital first letter, full stop last."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
