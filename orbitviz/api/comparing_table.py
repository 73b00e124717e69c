"""What was changed between two runs, and what came of it: differing inputs first, then the totals."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.api.comparing import Comparison
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.core.rules import NO_FIGURES

UNSAID = ("name", "title", "description", "sources", "recipe", *NO_FIGURES)


@dataclass(frozen=True)
class Change:
    """One input that differs. place: what it belongs to ("node type ai1"); a, b: its values, None where a run has no
    such thing."""

    place: str
    field: str
    unit: str
    a: Any
    b: Any

    @property
    def difference(self) -> float | None:
        """A − B of numbers, None of anything else."""
        for value in (self.a, self.b):
            if isinstance(value, bool) or not isinstance(value, int | float):
                return None
        return float(self.a - self.b)


@dataclass(frozen=True)
class TotalRow:
    """One total of both runs, in its unit: at one instant, or its mean over the frames both runs have.

    metric, part: "Radiator temperature" and "mean"; of what is of no metric, "" and all its words. counts: it counts
    things, so that its unit "1" is no share.
    """

    name: str
    words: str
    unit: str
    a: float
    b: float
    formula: str = ""
    metric: str = ""
    part: str = ""
    counts: bool = False

    @property
    def difference(self) -> float:
        """A − B."""
        return self.a - self.b

    @property
    def share(self) -> float:
        """(A − B) / B; NaN where B is zero."""
        return self.difference / abs(self.b) if self.b else float("nan")


def changes(comparison: Comparison) -> list[Change]:
    """Fields of node types, workloads, shells and of the scenario itself that differ, those of node types first."""
    a, b = comparison.a, comparison.b
    found = _of_things("node type", a.fleet.node_types, b.fleet.node_types)
    if a.scenario is not None and b.scenario is not None:
        found += _of_things("workload", a.scenario.workloads, b.scenario.workloads)
        found += _of_things("shell", a.scenario.shells, b.scenario.shells)
        found += _of_pair("links", a.scenario.links, b.scenario.links)
        for name in ("epoch_utc", "seed"):
            first, second = getattr(a.scenario, name, None), getattr(b.scenario, name, None)
            found += [Change("scenario", name, "", first, second)] if first != second else []
    if len(a.fleet) != len(b.fleet):
        found.append(Change("fleet", "nodes", "", len(a.fleet), len(b.fleet)))
    steps = [_step_s(document) for document in (a, b)]
    if steps[0] != steps[1]:
        found.append(Change("recording", "step", "s", *steps))
    return found


def _step_s(document: Document) -> float:
    times = () if document.recording is None else document.recording.times_s
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _of_things(word: str, a: Sequence[Any], b: Sequence[Any]) -> list[Change]:
    """Things of one name in both, by name; a lone thing in each run is the same thing under another name."""
    first, second = ({thing.name: thing for thing in things} for things in (a, b))
    if len(first) == len(second) == 1 and set(first) != set(second):
        second = {next(iter(first)): next(iter(second.values()))}
    found = []
    for name in dict.fromkeys((*first, *second)):
        place = f"{word} {name}"
        if name in first and name in second:
            found += _of_pair(place, first[name], second[name])
        else:
            found.append(Change(place, "", "", *("there" if name in run else "not there" for run in (first, second))))
    return found


def _of_pair(place: str, a: Any, b: Any) -> list[Change]:
    return [
        Change(place, item.name, item.metadata.get("unit", ""), getattr(a, item.name), getattr(b, item.name))
        for item in fields(a)
        if item.name not in UNSAID
        and hasattr(b, item.name)
        and _plain(getattr(a, item.name))
        and getattr(a, item.name) != getattr(b, item.name)
    ]


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | tuple)


def total_rows(comparison: Comparison, t_s: float | None = None) -> list[TotalRow]:
    """Totals of both runs at an instant (seconds from A's epoch), or their means over the frames both have; the largest
    relative differences first. Totals of several columns are left out."""
    compared = comparison.recording
    times = compared.times_s
    rows = []
    for name, info in compared.total_infos.items():
        values = np.asarray(compared.totals[name])
        whole = np.asarray(compared.a.totals[name])
        if values.ndim != 1:
            continue
        first = int(np.searchsorted(np.asarray(compared.a.times_s), times[0] - 1e-6))
        ours = whole[first : first + len(times)]
        a, less = (_taken(series, times, t_s, info.mean) for series in (ours, values))
        about = compared.a.total_infos[name]
        metric, part = _parted(about, compared.a.metrics)
        counts = info.unit == "1" and (not metric or name.endswith("_count"))
        rows.append(TotalRow(name, about.long_name, info.unit, a, a - less, about.formula, metric, part, counts))
    return sorted(rows, key=lambda row: -_size(row))


def _parted(about: QuantityInfo, metrics: Mapping[str, MetricInfo]) -> tuple[str, str]:
    """ "mean of radiator temperature" -> ("Radiator temperature", "mean"), by the metric its name begins with."""
    for name in sorted(metrics, key=len, reverse=True):
        if about.name.startswith(f"{name}_"):
            long_name = metrics[name].long_name
            part = about.long_name.lower().removesuffix(long_name.lower()).strip()
            return long_name, part.removesuffix(" of") or about.long_name
    return "", about.long_name


def _taken(series: NDArray[np.float64], times: NDArray[np.float64], t_s: float | None, mean: bool) -> float:
    if t_s is None:
        known = series[np.isfinite(series)]
        return float(known.mean()) if len(known) else float("nan")
    at = times + 0.5 * (times[1] - times[0]) if mean and len(times) > 1 else times
    return float(np.interp(t_s, at, series))


def _size(row: TotalRow) -> float:
    """How much differs, of the larger of the two; rounding of sums counts as nothing."""
    most = max(abs(row.a), abs(row.b))
    share = abs(row.difference) / most if most > 0.0 and np.isfinite(row.difference) else 0.0
    return share if share > 1e-9 else 0.0


def export_comparison(comparison: Comparison, out: str | Path, t_s: float | None = None) -> int:
    """Writes changes and totals as CSV; returns the lines below the head. Raises OrbitvizError."""
    path = Path(out)
    lines: list[tuple[Any, ...]] = [
        ("input", each.place, each.field, each.unit, each.a, each.b, *_numbers(each)) for each in changes(comparison)
    ]
    when = "mean" if t_s is None else comparison.a.epoch.plus(t_s).iso()
    lines += [
        (f"total, {when}", row.name, row.words, row.unit, row.a, row.b, row.difference, row.share)
        for row in total_rows(comparison, t_s)
    ]
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("kind", "of", "name", "unit", comparison.names[0], comparison.names[1], "A-B", "(A-B)/B"))
            writer.writerows(lines)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OrbitvizError(f"the table must be writable, {reason}", "choose another folder", path) from None
    return len(lines)


def _numbers(change: Change) -> tuple[float | str, float | str]:
    """A − B and its share of B, empty where there is none."""
    less = change.difference
    if less is None:
        return "", ""
    return less, less / abs(change.b) if change.b else ""
