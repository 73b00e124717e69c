"""Fleet totals of a recording: what their names mean, for the tiles and for the line above the timeline.

A total is called after its metric and how it was taken: compute_w_sum, battery_soc_mean, radiator_k_p99, status_counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo
from orbitviz.core.numerals import display_scale, plain
from orbitviz.gui.numbers import amount
from orbitviz.gui.value_axis import ValueAxis, value_axis

_SERIES_PARTS = {"sum": "all nodes", "mean": "mean of all nodes"}


@dataclass(frozen=True)
class Series:
    """A total over the recording: (T,) values, what they are, and the range their height stands for."""

    title: str
    values: NDArray[np.float64]
    axis: ValueAxis


@dataclass(frozen=True)
class Tile:
    """One number with its words; `tip` explains it."""

    value: str
    words: str
    tip: str = ""


def series_for(totals: Mapping[str, Any], metrics: Mapping[str, MetricInfo], metric: str) -> Series | None:
    """The total to draw above the timeline: the shown metric's sum or mean, else the share of sunlit nodes."""
    for name in dict.fromkeys((metric, "sunlit")):
        info = metrics.get(name)
        for part, words in _SERIES_PARTS.items():
            values = np.asarray(totals.get(f"{name}_{part}", ()), float)
            if info is None or values.ndim != 1 or (part == "sum" and info.unit == "1"):
                continue
            axis = value_axis(info, values, is_sum=part == "sum")
            if axis is None:
                continue
            low, high = float(np.nanmin(values)), float(np.nanmax(values))
            scale = display_scale(info.unit, max(abs(low), abs(high)))
            ends = dict.fromkeys((plain(low / scale.factor), plain(high / scale.factor)))
            span = f"{' to '.join(ends)} {scale.unit}"
            return Series(f"{info.long_name}, {words}: {span}", values, axis)
    return None


@dataclass(frozen=True)
class _Wanted:
    total: str
    metric: str
    words: str
    tip: str
    complement: bool = False


_TILES = (
    _Wanted("array_w_sum", "array_w", "generated", "Sum of the arrays' power"),
    _Wanted("compute_w_sum", "compute_w", "computing", "Sum of the power that goes into compute"),
    _Wanted("compute_pf_sum", "compute_pf", "throughput", "Sum of the nodes' dense BF16 throughput"),
    _Wanted(
        "sunlit_mean", "sunlit", "in eclipse", "Share of nodes in the Earth's shadow, partial shadow by its part", True
    ),
    _Wanted("battery_soc_mean", "battery_soc", "battery, mean", "Mean state of charge of all nodes"),
    _Wanted("battery_soc_p05", "battery_soc", "battery, lowest 5 %", "95 of 100 nodes hold more than this"),
    _Wanted("battery_soc_min", "battery_soc", "battery, lowest", "The emptiest battery of the fleet"),
    _Wanted("radiator_k_mean", "radiator_k", "radiator, mean", "Mean radiator temperature"),
    _Wanted("radiator_k_p99", "radiator_k", "hottest 1 %", "One node in 100 is hotter than this"),
    _Wanted("radiator_k_p95", "radiator_k", "hottest 5 %", "One node in 20 is hotter than this"),
    _Wanted("radiator_k_max", "radiator_k", "radiator, hottest", "The hottest radiator of the fleet"),
    _Wanted("utilization_mean", "utilization", "used, mean", "Mean share of the compute that is used"),
)


def value_at(times_s: NDArray[np.float64], values: NDArray[np.float64], t_s: float, mean: bool) -> float:
    """A total at an instant, mixed between frames; a step's mean stands at the middle of its step."""
    if len(times_s) == 0:
        return float("nan")
    at = times_s + 0.5 * (times_s[1] - times_s[0]) if mean and len(times_s) > 1 else times_s
    return float(np.interp(t_s, at, values))


def tiles_at(
    totals: Mapping[str, Any], metrics: Mapping[str, MetricInfo], times_s: NDArray[np.float64], t_s: float
) -> list[Tile]:
    """The tiles of an instant: those whose totals the recording holds, at most eight."""
    tiles = []
    for wanted in _TILES:
        info, values = metrics.get(wanted.metric), np.asarray(totals.get(wanted.total, ()), float)
        if info is None or values.ndim != 1 or len(values) < len(times_s):
            continue
        value = value_at(times_s, values[: len(times_s)], t_s, info.mean)
        value = 1.0 - value if wanted.complement else value
        tiles.append(Tile(amount(value, info.unit), wanted.words, wanted.tip))
    return tiles[:8]


def status_counts(
    totals: Mapping[str, Any], metrics: Mapping[str, MetricInfo], times_s: NDArray[np.float64], t_s: float
) -> list[tuple[str, int]]:
    """(word, nodes) of every state that some node is in, at the frame shown."""
    info, counts = metrics.get("status"), totals.get("status_counts")
    if info is None or counts is None or np.ndim(counts) != 2 or len(times_s) == 0:
        return []
    frame = int(np.clip(np.searchsorted(times_s, t_s, side="right") - 1, 0, len(counts) - 1))
    row = np.asarray(counts)[frame]
    return [(word, int(row[i])) for i, word in sorted(info.flags.items()) if i < len(row) and row[i] > 0]
