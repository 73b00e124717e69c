"""Sums of a frame: each chunk's part by shell, added up in the order of chunks; percentiles from stored numbers.

A part is (shells of the fleet, WIDTH) float64: sums, (sum, count) of the averaged metrics, extremes, nodes by status,
nodes with an empty battery, nodes in eclipse, first rows of WATCHED. Sums come from values before they are quantised,
NaN does not count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.files.schema import STATUS
from orbitviz.sim.compute import Status

F64 = NDArray[np.float64]
SUMMED = ("array_w", "compute_w", "compute_pf")
AVERAGED = ("sunlit", "battery_soc", "radiator_k", "utilization", "link_load")
EXTREMES = (("battery_soc", "min"), ("radiator_k", "max"), ("chip_k", "max"))
STATES = len(STATUS)
WORK = ("inference_served_pf", "batch_served_pf", "training_pf", "training_lost_pf", "gangs_running", "gangs_stalled")
"""Sums of a chunk as a whole: by kind of work, and gangs."""
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
SPREAD = ("battery_soc", "radiator_k", "compute_w", "utilization")
"""Metrics whose percentiles are recorded."""
_MEANS = len(SUMMED)
_ENDS = _MEANS + 2 * len(AVERAGED)
STATUS_AT = _ENDS + len(EXTREMES)
EMPTY, DARK = STATUS_AT + STATES, STATUS_AT + STATES + 1
WATCHED = ("battery_empty", "hibernation", "throttling")
"""States that events tell of; a part holds the first row (of the fleet) that is in each."""
FIRST = DARK + 1
WIDTH = FIRST + len(WATCHED)
NEARLY_EMPTY = 1e-3
"""A battery within this share of its floor counts as empty."""
COARSE_BITS = 6
"""Two-byte numbers are counted in bins of 64 steps."""


def shell_count(fleet: Fleet) -> int:
    """Shells that sums are kept for: the fleet's, and those that nodes of a foreign fleet name without listing them."""
    return max(len(fleet.shells), int(fleet.shell.max(initial=0)) + 1)


def empty_part(shells: int) -> F64:
    """The part of no nodes at all, (shells, WIDTH)."""
    part = np.zeros((shells, WIDTH))
    for place, (_, which) in enumerate(EXTREMES):
        part[:, _ENDS + place] = np.inf if which == "min" else -np.inf
    part[:, FIRST:] = np.inf
    return part


def add_rows(
    part: F64, runs: Sequence[tuple[int, Any]], columns: Mapping[str, NDArray[Any]], floor: NDArray[Any], first_row: int
) -> None:
    """Adds a block's frame to `part`; runs: (shell, its rows of the block, a slice or numbers); floor (n,) or ():
    charge at which a battery counts as empty; first_row: of the block, in the fleet."""
    empty = columns["battery_soc"] <= floor
    dark = columns["sunlit"] < 0.5
    status = columns["status"]
    rows_of = (empty, status == Status.HIBERNATING, status == Status.THROTTLED)
    watched = [(place, flags) for place, flags in enumerate(rows_of, FIRST) if flags.any()]
    for shell, rows in runs:
        row = part[shell]
        for place, name in enumerate(SUMMED):
            row[place] += _sum(columns[name][rows])[0]
        for place, name in enumerate(AVERAGED):
            row[_MEANS + 2 * place : _MEANS + 2 * place + 2] += _sum(columns[name][rows])
        for place, (name, which) in enumerate(EXTREMES):
            end = (np.fmin if which == "min" else np.fmax).reduce(columns[name][rows])
            if end == end:
                row[_ENDS + place] = (min if which == "min" else max)(row[_ENDS + place], float(end))
        row[STATUS_AT : STATUS_AT + STATES] += np.bincount(columns["status"][rows], minlength=STATES)[:STATES]
        row[EMPTY] += np.count_nonzero(empty[rows])
        row[DARK] += np.count_nonzero(dark[rows])
        for place, flags in watched:
            some = flags[rows]
            if some.any():
                at = int(some.argmax())
                at = at + rows.start if isinstance(rows, slice) else int(rows[at])
                row[place] = min(row[place], first_row + at)


def _sum(values: NDArray[Any]) -> tuple[float, int]:
    total = float(values.sum())
    if total == total:
        return total, len(values)
    return float(np.nansum(values)), int(np.count_nonzero(~np.isnan(values)))


def fold(total: F64, part: F64) -> None:
    """Adds `part` to `total` in place; of the extremes the more extreme stays."""
    ends = {
        place: (np.minimum if which == "min" else np.maximum)(total[..., place], part[..., place])
        for place, (_, which) in enumerate(EXTREMES, _ENDS)
    } | {place: np.minimum(total[..., place], part[..., place]) for place in range(FIRST, WIDTH)}
    total += np.where(np.isfinite(part), part, 0.0)
    for place, values in ends.items():
        total[..., place] = values


def totals_of(part: F64) -> dict[str, Any]:
    """Totals of a frame by name, from (shells, WIDTH): of the fleet, and by shell."""
    fleet = empty_part(1)[0]
    for row in part:
        fold(fleet, row)
    totals: dict[str, Any] = {f"{name}_sum": fleet[place] for place, name in enumerate(SUMMED)}
    by_shell = {f"{name}_sum_by_shell": part[:, place] for place, name in enumerate(SUMMED)}
    for place, name in enumerate(AVERAGED):
        at = _MEANS + 2 * place
        totals[f"{name}_mean"] = _mean(fleet[at], fleet[at + 1])
        by_shell[f"{name}_mean_by_shell"] = _mean(part[:, at], part[:, at + 1])
    for place, (name, which) in enumerate(EXTREMES, _ENDS):
        totals[f"{name}_{which}"] = fleet[place] if np.isfinite(fleet[place]) else np.nan
    totals["status_counts"] = fleet[STATUS_AT : STATUS_AT + STATES].copy()
    totals["battery_empty_nodes"], totals["eclipsed_nodes"] = fleet[EMPTY], fleet[DARK]
    return totals | by_shell


def watched_of(part: F64) -> tuple[F64, F64]:
    """Of a part (shells, WIDTH): nodes in each of WATCHED, and the first row of the fleet in it (infinite: none), both
    (shells, len(WATCHED))."""
    status = part[:, STATUS_AT : STATUS_AT + STATES]
    counts = np.stack((part[:, EMPTY], status[:, Status.HIBERNATING], status[:, Status.THROTTLED]), axis=1)
    return counts, part[:, FIRST:]


def _mean(total: Any, count: Any) -> Any:
    return np.divide(total, count, out=np.full_like(np.asarray(total, np.float64), np.nan), where=np.asarray(count) > 0)


# -- Percentiles -------------------------------------------------------------------------------------------------------


def bins_of(info: MetricInfo) -> int:
    """Number of bins a metric's stored numbers are counted in."""
    return 256 if info.dtype == "uint8" else 65536 >> COARSE_BITS


def histogram(info: MetricInfo, stored: NDArray[Any]) -> NDArray[np.int64]:
    """Nodes by bin of the stored number, (bins,); without a value is the last bin."""
    numbers = stored if info.dtype == "uint8" else stored >> COARSE_BITS
    return np.bincount(numbers, minlength=bins_of(info))


def percentiles_of(info: MetricInfo, counts: NDArray[np.int64]) -> dict[str, float]:
    """`<metric>_p05` ... from a histogram: the middle of the bin the percentile falls in, in the metric's unit."""
    counts = counts.copy()
    if info.fill is not None:
        counts[-1] = 0
    names = [f"{info.name}_p{share:02d}" for share in PERCENTILES]
    if not counts.sum():
        return dict.fromkeys(names, float("nan"))
    reached = np.cumsum(counts)
    places = np.searchsorted(reached, np.array(PERCENTILES) / 100.0 * reached[-1])
    width = 1 if info.dtype == "uint8" else 1 << COARSE_BITS
    values = (places * width + (width - 1) / 2.0) * info.scale + info.offset
    return dict(zip(names, (float(value) for value in values), strict=True))
