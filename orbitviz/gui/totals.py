"""Fleet totals of a recording: what their names mean, for the tiles and for the line above the timeline.

A total is called after its metric and how it was taken: compute_w_sum, battery_soc_mean, radiator_k_p99, status_counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.gui.numbers import amount, display_scale, plain
from orbitviz.gui.origin import quantity_tip
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
    (_Wanted("array_w_sum", "array_w", "generated", "the arrays' power, all nodes"),),
    (_Wanted("compute_w_sum", "compute_w", "computing", "the power that goes into compute, all nodes"),),
    (_Wanted("compute_pf_sum", "compute_pf", "throughput", "dense BF16 throughput, all nodes"),),
    (_Wanted("sunlit_mean", "sunlit", "in eclipse", "the Earth's shadow, partial shadow by its part", True),),
    (_Wanted("battery_soc_mean", "battery_soc", "battery, mean", "state of charge, mean of all nodes"),),
    (
        _Wanted("battery_soc_p05", "battery_soc", "battery, lowest 5 %", "one node in 20 holds no more than this"),
        _Wanted("battery_soc_min", "battery_soc", "battery, lowest", "the emptiest battery of the fleet"),
    ),
    (
        _Wanted("radiator_k_p99", "radiator_k", "hottest 1 %", "one radiator in 100 is hotter than this"),
        _Wanted("radiator_k_p95", "radiator_k", "hottest 5 %", "one radiator in 20 is hotter than this"),
        _Wanted("radiator_k_max", "radiator_k", "radiator, hottest", "the hottest radiator of the fleet"),
    ),
    (_Wanted("utilization_mean", "utilization", "used, mean", "share of the compute that is used, mean"),),
    (_Wanted("radiator_k_mean", "radiator_k", "radiator, mean", "radiator temperature, mean of all nodes"),),
)
"""Each tile, the first that the recording holds of what may stand in it."""
MOST_TILES = 8


def value_at(times_s: NDArray[np.float64], values: NDArray[np.float64], t_s: float, mean: bool) -> float:
    """A total at an instant, mixed between frames; a step's mean stands at the middle of its step."""
    if len(times_s) == 0:
        return float("nan")
    at = times_s + 0.5 * (times_s[1] - times_s[0]) if mean and len(times_s) > 1 else times_s
    return float(np.interp(t_s, at, values))


def tiles_at(
    totals: Mapping[str, Any],
    metrics: Mapping[str, MetricInfo],
    times_s: NDArray[np.float64],
    t_s: float,
    infos: Mapping[str, QuantityInfo] | None = None,
    difference: bool = False,
) -> list[Tile]:
    """The tiles of an instant: those whose totals the recording holds, always the same ones, at most MOST_TILES.
    difference: they are what one run has less what another has."""
    tiles = []
    for choice in _TILES:
        for wanted in choice:
            info, values = metrics.get(wanted.metric), np.asarray(totals.get(wanted.total, ()), float)
            if info is None or values.ndim != 1 or len(values) < len(times_s):
                continue
            value = value_at(times_s, values[: len(times_s)], t_s, info.mean)
            if wanted.complement:
                value = (0.0 if difference else 1.0) - value
            tip = quantity_tip((infos or {}).get(wanted.total), wanted.tip)
            tip = tip.replace("= ", "= 1 - ", 1) if wanted.complement and not difference else tip
            words = f"{wanted.words}, A − B" if difference else wanted.words
            tiles.append(Tile(amount(value + 0.0, info.unit), words, tip))
            break
    return tiles[:MOST_TILES]


def status_counts(
    totals: Mapping[str, Any], metrics: Mapping[str, MetricInfo], times_s: NDArray[np.float64], t_s: float
) -> list[tuple[str, int]]:
    """(word, nodes) of every state that some node is ever in, at the frame shown: no line comes and goes."""
    info, counts = metrics.get("status"), np.asarray(totals.get("status_counts", ()))
    if info is None or counts.ndim != 2 or len(times_s) == 0 or len(counts) == 0:
        return []
    frame = int(np.clip(np.searchsorted(times_s, t_s, side="right") - 1, 0, len(counts) - 1))
    ever = np.any(counts > 0, axis=0)
    return [(word, int(counts[frame, i])) for i, word in sorted(info.flags.items()) if i < len(ever) and ever[i]]
