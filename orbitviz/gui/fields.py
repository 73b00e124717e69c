"""The fields of a recipe as a person reads them: a name without its unit, a value with it."""

from __future__ import annotations

from typing import Any

from orbitviz.gui.numbers import amount

_UNIT_WORDS = {"m2": "m²", "W/m2": "W/m²", "1": "", "1/h": "C", "deg": "°", "a": "years"}
_ENDINGS = (
    "_per_m2",
    "_per_year",
    "_years",
    "_deg",
    "_area_m2",
    "_kg",
    "_kwh",
    "_kw",
    "_c",
    "_j_per_k",
    "_per_k",
    "_k",
    "_gbps",
    "_pflops",
    "_m2",
    "_ms",
)
_NAMES = {
    "peak_pflops": "Peak throughput",
    "bus_kw": "Bus power",
    "battery_kwh": "Battery",
    "link_gbps": "Link rate",
    "sink_k": "Sink temperature",
    "chip_k_per_kw": "Chip above radiator",
}
_KEEP = {"_area_m2": " area", "_per_year": " per year", "_per_m2": " per m²"}


def field_words(name: str) -> str:
    """compute_average_kw -> Compute average: the unit stands with the value."""
    if name in _NAMES:
        return _NAMES[name]
    for ending in _ENDINGS:
        if name.endswith(ending):
            name = name[: -len(ending)] + _KEEP.get(ending, "")
            break
    name = name.replace("array_w", "array power").replace("_", " ")
    return name[:1].upper() + name[1:]


def value_words(value: Any, unit: str) -> str:
    """A value as a person reads it, with its unit."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    if unit == "J/K":
        return f"{value / 1e6:.3g} MJ/K" if value >= 1e6 else f"{value / 1e3:.3g} kJ/K"
    if unit == "PFLOP/s":
        return amount(float(value), unit)
    return f"{value:,.6g} {_UNIT_WORDS.get(unit, unit)}".rstrip().replace(" °", "°")
