"""The shells group by group: who they are, and what each does at the shown instant, from the totals by shell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.gui.numbers import amount
from orbitviz.gui.origin import quantity_tip
from orbitviz.gui.totals import value_at

OTHERWISE = "compute_w"
"""What is shown of the shells where the metric that colours the nodes is not summed by shell."""


@dataclass(frozen=True)
class ShellLine:
    """A group of shells: its name, "550 to 610 km, 30.0°", its nodes and its rows of /shells."""

    name: str
    where: str
    nodes: int
    numbers: tuple[int, ...]


def shell_lines(fleet: Fleet) -> list[ShellLine]:
    """Every group of shells, in file order."""
    counts = np.bincount(fleet.shell, minlength=len(fleet.shells))
    groups: dict[str, list[int]] = {}
    for number, shell in enumerate(fleet.shells):
        groups.setdefault(shell.group or shell.name, []).append(number)
    lines = []
    for name, numbers in groups.items():
        heights = [fleet.shells[i].altitude_km for i in numbers]
        tilts = [fleet.shells[i].inclination_deg for i in numbers]
        where = f"{_span(heights, 0)} km, {_span(tilts, 1)}°" if any(heights) else "recorded positions, no elements"
        lines.append(ShellLine(name, where, int(counts[numbers].sum()), tuple(numbers)))
    return lines


def _span(values: list[float], digits: int) -> str:
    low, high = f"{min(values):,.{digits}f}", f"{max(values):,.{digits}f}"
    return low if low == high else f"{low}–{high}"


@dataclass(frozen=True)
class ShellSeries:
    """A metric by group of shells over a recording: `title` says what, `unit` its unit, groups (T,) each.

    each: nodes of each group where values are sums, so that groups of unlike size can be compared; else empty.
    """

    title: str
    tip: str
    unit: str
    times_s: NDArray[np.float64]
    mean: bool
    groups: list[NDArray[np.float64]]
    each: list[int]

    def texts_at(self, t_s: float) -> list[str]:
        """ "9.26 GW, 111 kW each" of every group at an instant; a mean alone where it is one."""
        values = [value_at(self.times_s, group, t_s, self.mean) for group in self.groups]
        texts = [amount(value, self.unit) for value in values]
        if not self.each:
            return texts
        pairs = zip(texts, values, self.each, strict=True)
        return [f"{text}, {amount(value / nodes, self.unit)} each" if nodes else text for text, value, nodes in pairs]


def shell_series(document: Document, lines: list[ShellLine], metric: str) -> ShellSeries | None:
    """The shown metric's sum or mean by group, else compute power; None where the recording has neither."""
    recording = document.recording
    if recording is None or not document.is_recorded:
        return None
    times = np.asarray(recording.times_s, float)
    for name in dict.fromkeys((metric, OTHERWISE)):
        for part in ("sum", "mean"):
            values = np.asarray(recording.totals.get(f"{name}_{part}_by_shell", ()), float)
            info = document.metrics.get(name)
            if info is None or values.ndim != 2 or len(values) < len(times):
                continue
            if values.shape[1] != len(document.fleet.shells):
                continue
            sums = part == "sum"
            counts = np.bincount(document.fleet.shell, minlength=values.shape[1]).astype(float)
            groups = [together(values[: len(times)], line, None if sums else counts) for line in lines]
            tip = quantity_tip(recording.total_infos.get(f"{name}_{part}_by_shell"), f"{info.long_name} of the shells")
            each = [line.nodes for line in lines] if sums else []
            return ShellSeries(
                info.long_name[:1].lower() + info.long_name[1:], tip, info.unit, times, info.mean, groups, each
            )
    return None


def together(values: NDArray[np.float64], line: ShellLine, weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """(T,) of a group: the sum of its shells, or their mean weighted by nodes; shells without a value left out."""
    mine = values[:, list(line.numbers)]
    if weights is None:
        return np.asarray(mine.sum(axis=1))
    here = np.where(np.isfinite(mine), weights[list(line.numbers)], 0.0)
    total = here.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(total > 0.0, (np.nan_to_num(mine) * here).sum(axis=1) / total, np.nan))
