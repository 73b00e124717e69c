"""Numbers as people read them: single values, durations, instants; scales of whole ranges are core.numerals'."""

from __future__ import annotations

import math

from orbitviz.core.epoch import Epoch
from orbitviz.core.numerals import DisplayScale as DisplayScale
from orbitviz.core.numerals import display_scale as display_scale
from orbitviz.core.numerals import plain as plain
from orbitviz.core.units import with_unit

UNIT_GROUPS = {
    "W": "Power",
    "K": "Heat",
    "PFLOP/s": "Compute",
    "1": "Shares",
    "km": "Orbit",
    "rad": "Orbit",
}


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
    """24 h, 90 min, 30 s, 3 d: the shortest exact word, else hours and minutes, from two days on days and hours."""
    whole = round(seconds)
    if whole >= 2 * 86400:
        days, hours = divmod(round(whole / 3600), 24)
        return f"{days:,} d {hours} h" if hours else f"{days:,} d"
    for unit_s, word in ((3600, "h"), (60, "min")):
        if whole >= unit_s and whole % unit_s == 0 and (unit_s > 60 or whole < 7200):
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
    """Capital first letter, but of a file's name, and full stop last."""
    text = text.strip()
    if not text:
        return ""
    is_name = "." in text.partition(" ")[0].rstrip(".!?")
    return (text[0] if is_name else text[0].upper()) + text[1:] + ("" if text[-1] in ".!?" else ".")
