"""Numbers of a set of nodes beside the whole fleet's, counted from stored numbers in one pass over the fleet."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.core.frames import geodetic_from_itrf, rotation_z
from orbitviz.session.predicates import MEAN_RADIUS_KM, groups_of

F64 = NDArray[np.float64]
BINS = 64
_LEVELS = 4096
"""A computed metric is counted in so many steps from its lowest to its highest value."""


@dataclass(frozen=True)
class Spread:
    """Of some nodes: `known` of `count` have a value. Values in the metric's unit, NaN when none is known. shares
    (BINS,): of the known ones, from the metric's lowest to its highest; flags: nodes of each category by its number."""

    count: int
    known: int
    mean: float
    low: float
    p05: float
    median: float
    p95: float
    high: float
    shares: F64
    flags: dict[int, int]


def spreads(info: MetricInfo, bracket: Bracket, mask: NDArray[np.uint8]) -> tuple[Spread, Spread]:
    """(of the set, of the fleet) at the instant shown: mixed as the picture mixes, to a whole stored number."""
    stored, fill = _mixed(bracket, info), info.fill
    levels = info.full_scale + 1
    key = stored.astype(np.uint32)
    key += mask.astype(np.uint32) * np.uint32(levels)
    both = np.bincount(key, minlength=2 * levels).reshape(2, levels)
    values = info.values(np.arange(levels, dtype=info.dtype)).astype(np.float64)
    known = np.isfinite(values) if fill is not None else np.ones(levels, bool)
    return _spread(both[1], values, known, info), _spread(both[0] + both[1], values, known, info)


def spreads_of_values(info: MetricInfo, shown: NDArray[np.float32], mask: NDArray[np.uint8]) -> tuple[Spread, Spread]:
    """As spreads, of a metric that is computed: (N,) values, NaN where there is none."""
    known = np.isfinite(shown)
    low = float(shown[known].min()) if known.any() else 0.0
    step = max((float(shown[known].max()) - low) / (_LEVELS - 1), 1e-12) if known.any() else 1.0
    if info.is_category:
        low, step = 0.0, 1.0
    level = np.zeros(len(shown), np.int64)
    level[known] = np.rint((shown[known] - low) / step)
    level[~known] = _LEVELS
    level += mask.astype(np.int64) * (_LEVELS + 1)
    both = np.bincount(level, minlength=2 * (_LEVELS + 1)).reshape(2, _LEVELS + 1)
    values = np.append(low + step * np.arange(_LEVELS), np.nan)
    fine = np.isfinite(values)
    return _spread(both[1], values, fine, info), _spread(both[0] + both[1], values, fine, info)


def _mixed(bracket: Bracket, info: MetricInfo) -> NDArray[np.unsignedinteger]:
    before, after = bracket.before.stored, bracket.after.stored
    if before is after or info.is_category:
        return after if bracket.mix >= 0.5 else before
    wide = np.uint16 if before.dtype == np.uint8 else np.uint32
    share = round(bracket.mix * 256)
    mixed = before * wide(256 - share)
    mixed += after * wide(share)
    mixed += wide(128) * (share % 256 != 0)
    mixed >>= wide(8)
    if info.fill is not None:
        mixed[(before == info.fill) | (after == info.fill)] = info.fill
    return mixed


def _spread(counts: NDArray[np.integer], values: F64, known: NDArray[np.bool_], info: MetricInfo) -> Spread:
    count = int(counts.sum())
    counts, values = counts[known], values[known]
    if len(values) > 1 and values[0] > values[-1]:
        counts, values = counts[::-1], values[::-1]
    total = int(counts.sum())
    flags = {number: int(counts[number]) for number in info.flags if number < len(counts)} if info.is_category else {}
    if not total:
        return Spread(count, 0, *(math.nan,) * 6, np.zeros(BINS), flags)
    there = np.flatnonzero(counts)
    up_to = np.cumsum(counts)
    p05, median, p95 = (float(values[np.searchsorted(up_to, share * total)]) for share in (0.05, 0.5, 0.95))
    mean = float(counts @ values) / total
    ends = (info.low, info.high if info.high > info.low else info.low + 1.0)
    shares, _ = np.histogram(np.clip(values, *ends), BINS, ends, weights=counts / total)
    low, high = float(values[there[0]]), float(values[there[-1]])
    return Spread(count, total, mean, low, p05, median, p95, high, shares, flags)


def by_group(fleet: Fleet, mask: NDArray[np.uint8]) -> list[tuple[str, int, int]]:
    """(name, nodes of the set, nodes of the group) of each group of shells that the set has nodes of, in file order."""
    levels = max(len(fleet.shells), int(fleet.shell.max(initial=0)) + 1)
    both = np.bincount(fleet.shell + mask.astype(np.uint32) * np.uint32(levels), minlength=2 * levels)
    ours, others = both[levels : 2 * levels], both[:levels]
    lines = [
        (name, int(ours[numbers].sum()), int((ours + others)[numbers].sum()))
        for name, numbers in groups_of(fleet).items()
    ]
    return [line for line in lines if line[1]]


@dataclass(frozen=True)
class Centre:
    """The place on the ground below the middle of some nodes, and how far from it half of them are over the ground.
    None of it means anything when they lie all round the Earth: then `spread` is True."""

    latitude_deg: float
    longitude_deg: float
    half_km: float
    spread: bool


def centre_of(position_km: F64, gmst_rad: float) -> Centre | None:
    """Of (n, 3) km TEME; None without a known place."""
    position_km = position_km[np.isfinite(position_km).all(axis=1)]
    if not len(position_km):
        return None
    unit = position_km / np.linalg.norm(position_km, axis=1, keepdims=True)
    middle = unit.mean(axis=0)
    length = float(np.linalg.norm(middle))
    if length < 0.3:
        return Centre(math.nan, math.nan, math.nan, True)
    middle /= length
    away_km = MEAN_RADIUS_KM * float(np.median(np.arccos(np.clip(unit @ middle, -1.0, 1.0))))
    ground = rotation_z(gmst_rad) @ (middle * MEAN_RADIUS_KM)
    latitude, longitude, _ = geodetic_from_itrf(ground)
    return Centre(math.degrees(float(latitude)), math.degrees(float(longitude)), away_km, False)
