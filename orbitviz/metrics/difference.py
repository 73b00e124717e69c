"""Two recordings as one: what A has less what B has, node by node and instant by instant.

A difference is a Recording: player, scene, legend, charts, statistics, export and pictures need not be told. It has A's
fleet and those frames of A that lie within B's span; B is read at their instants (matching.py says how).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Recording
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.frame import MetricInfo, QuantityInfo, Stored
from orbitviz.core.scenario import Scenario
from orbitviz.metrics.matching import FleetMatch, match_fleets, pair_frames
from orbitviz.metrics.subtraction import Subtraction, comparable

SAMPLED_FRAMES = 2
SHOWN_SHARE, LEAST_SHOWN = 0.99, 0.01
"""The legend's range of a difference holds this share of the nodes of some frames, and is at least this
share of what is possible."""


class ComparedRecording:
    """A less B: core.document.Recording. match: which nodes belong together. notes: what has no difference, in
    sentences. close() closes both. Raises OrbitvizError when there is nothing to compare.

    Jobs and sums over the ground stay with the two runs: gangs of two runs are not the same gangs.
    """

    surface: Mapping[str, QuantityInfo] = {}
    jobs: tuple[Job, ...] = ()
    scenario: Scenario | None = None
    live = False
    """What is still being written is compared as it was when it was opened, and that is said."""

    def __init__(self, a: Recording, b: Recording) -> None:
        self.a, self.b = a, b
        self.fleet = a.fleet
        self.node_count = a.node_count
        self.match: FleetMatch = match_fleets(a.fleet, b.fleet)
        self.shift_s = b.fleet.epoch.seconds_since(a.fleet.epoch)
        """Added to seconds of B to have seconds of A."""
        self._pairs = pair_frames(np.asarray(a.times_s), np.asarray(b.times_s) + self.shift_s)
        self.times_s = self._pairs.times_s
        names = [name for name in a.metrics if name in b.metrics and comparable(a.metrics[name], b.metrics[name])]
        if not names:
            raise OrbitvizError(
                "two runs must have a metric in common to be compared, these have none", "record the same metrics"
            )
        self._subtractions = {name: Subtraction(a.metrics[name], b.metrics[name]) for name in names}
        self.metrics: Mapping[str, MetricInfo] = {name: each.info for name, each in self._subtractions.items()}
        self.total_infos: Mapping[str, QuantityInfo] = {}
        self.totals: Mapping[str, Any] = {}
        self._subtract_totals()
        self.events = self._both_events()
        self.clipped = {name: a.clipped.get(name, 0) + b.clipped.get(name, 0) for name in names}
        self.complete = a.complete and b.complete
        self.size_bytes = a.size_bytes + b.size_bytes
        self.notes = self._notes()
        self._effects: dict[str, float] = {}
        self._kept: dict[tuple[str, str], Stored] = {}
        self._missing = None if self.match.rows is None else np.flatnonzero(self.match.rows < 0)
        self._clipped_rows = None if self.match.rows is None else np.maximum(self.match.rows, 0)

    # -- reading ------------------------------------------------------------------------------------------------------
    def read(self, name: str, index: int, out: Stored) -> None:
        """One frame of one difference as stored, into `out` (N,): of A one frame, of B one or two."""
        info = self.b.metrics[name]
        before, after, mix = (part[index] for part in self._pairs.of(info.mean, info.is_category))
        frames = [("a", self.a, self._pairs.first + index), ("before", self.b, int(before))]
        if mix > 0.0:
            frames.append(("after", self.b, int(after)))
        wholes = [self._scratch(what, run.node_count, run.metrics[name].dtype) for what, run, _ in frames]
        for (_, run, at), whole in zip(frames, wholes, strict=True):
            run.read(name, at, whole)
        first, *others = wholes
        second, *third = others if self._clipped_rows is None else [whole[self._clipped_rows] for whole in others]
        self._subtractions[name].frame(first, second, third[0] if third else None, float(mix), out)
        fill = self.metrics[name].fill
        if self._missing is not None and fill is not None:
            out[self._missing] = fill

    def _scratch(self, what: str, count: int, dtype: str) -> Stored:
        """Memory kept from frame to frame: fresh memory costs as much as the arithmetic. One thread reads."""
        key = what, dtype
        if key not in self._kept:
            self._kept[key] = np.empty(count, dtype)
        return self._kept[key]

    def histories(
        self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None
    ) -> NDArray[np.float32]:
        """(R, T) differences of some nodes of A, or of the frames from `first` up to, without, `last`; NaN where B has
        no such node."""
        frames = range(len(self.times_s))[first:last]
        start = self._pairs.first
        of_a = self.a.histories(name, rows, start + frames.start, start + frames.stop)
        there = rows if self.match.rows is None else self.match.rows[rows]
        known = np.flatnonzero(there >= 0)
        of_b = np.full((len(rows), len(frames)), np.nan, np.float32)
        if len(known) and len(frames):
            info = self.b.metrics[name]
            before, after, mix = (part[first:last] for part in self._pairs.of(info.mean, info.is_category))
            low = int(before.min())
            values = self.b.histories(name, there[known], low, int(max(before.max(), after.max())) + 1)
            of_b[known] = _mixed(values, before - low, after - low, mix)
        return self._subtractions[name].values(of_a, of_b)

    @property
    def has_positions(self) -> bool:
        """Whether A's positions were recorded."""
        return bool(getattr(self.a, "has_positions", False))

    def read_state(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A's recorded states of a frame."""
        state: tuple[NDArray[np.float32], NDArray[np.float32]] = getattr(self.a, "read_state")(  # noqa: B009
            self._pairs.first + index
        )
        return state

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """There is none; raises OrbitvizError."""
        raise OrbitvizError(
            f"a sum over the ground must be of one run, '{name}' of two was asked for", "ask for A or B"
        )

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """There are no jobs; raises IndexError."""
        raise IndexError(f"a comparison has no jobs, job {index} was asked for")

    def refresh(self) -> bool:
        """Nothing grows."""
        return False

    def close(self) -> None:
        """Lets go of both."""
        try:
            self.a.close()
        finally:
            self.b.close()

    # -- beside the frames --------------------------------------------------------------------------------------------
    def _subtract_totals(self) -> None:
        totals, infos = {}, {}
        same_shells = [shell.name for shell in self.a.fleet.shells] == [shell.name for shell in self.b.fleet.shells]
        for name, info in self.a.total_infos.items():
            other = self.b.total_infos.get(name)
            first, second = (np.asarray(run.totals.get(name, ()), np.float64) for run in (self.a, self.b))
            if other is None or (other.unit, other.columns) != (info.unit, info.columns) or not len(second):
                continue
            if first.shape[1:] != second.shape[1:] or ("shell" in info.columns and not same_shells):
                continue
            ours = first[self._pairs.first :][: len(self.times_s)]
            totals[name] = ours - _mixed(second.T, *self._pairs.of(other.mean, False)).T
            infos[name] = replace(
                info,
                long_name=f"{info.long_name}, A − B",
                kind="computed",
                formula=f"A − B: {info.formula or name}",
                source="recorded in A and in B",
            )
        self.totals, self.total_infos = totals, infos

    def _both_events(self) -> tuple[Event, ...]:
        """Of both runs, each said to be A's or B's, in the order of time; B's nodes by their rows in A."""
        back: dict[int, int] = {}
        if self.match.rows is not None:
            known = np.flatnonzero(self.match.rows >= 0)
            wanted = [event.node for event in self.b.events if event.node >= 0]
            back = {int(self.match.rows[row]): int(row) for row in known[np.isin(self.match.rows[known], wanted)]}
        events = [replace(event, text=f"A: {event.text}") for event in self.a.events]
        for event in self.b.events:
            node = event.node if self.match.rows is None or event.node < 0 else back.get(event.node, -1)
            events.append(replace(event, t_s=event.t_s + self.shift_s, node=node, text=f"B: {event.text}"))
        first_s, last_s = float(self.times_s[0]), float(self.times_s[-1])
        return tuple(sorted((e for e in events if first_s <= e.t_s <= last_s), key=lambda event: event.t_s))

    def _notes(self) -> list[str]:
        notes = [self.match.sentence] if self.match.sentence else []
        if len(self.times_s) < len(self.a.times_s):
            ends = [self.fleet.epoch.plus(float(t)).iso()[:16].replace("T", " ") for t in self.times_s[[0, -1]]]
            notes.append(f"A − B is shown where both runs have frames: {ends[0]} to {ends[1]} UTC.")
        for one, other, word in ((self.a, self.b, "A"), (self.b, self.a, "B")):
            alone = [info.long_name for name, info in one.metrics.items() if name not in other.metrics]
            if getattr(one, "live", False):
                notes.append(f"{word} is still being written: the frames it has now are compared.")
            if alone:
                notes.append(f"Only in {word}: {', '.join(alone)}.")
        return notes

    # -- the legend ---------------------------------------------------------------------------------------------------
    def fit_ranges(self) -> None:
        """Legends' ranges as what some frames hold, symmetric about zero, in place of all that is possible. Reads."""
        frames = np.unique(np.linspace(0, len(self.times_s) - 1, SAMPLED_FRAMES + 2).astype(int)[1:-1])
        fitted = {}
        for name, info in self.metrics.items():
            fitted[name] = info
            if not info.is_category:
                most = self._most(name, info, frames)
                fitted[name] = replace(info, low=-most, high=most)
                self._effects[name] = most / info.high
        self.metrics = fitted

    def says_little(self, name: str) -> bool:
        """Whether a metric differs by next to nothing, or not at all, as far as fit_ranges() saw."""
        return self._effects.get(name, 0.0) <= 1.05 * LEAST_SHOWN

    @property
    def telling(self) -> str:
        """The recorded metric that differs most, measured by how much it could."""
        return max(self.metrics, key=lambda name: self._effects.get(name, 0.0))

    def _most(self, name: str, info: MetricInfo, frames: NDArray[Any]) -> float:
        stored = np.empty(self.node_count, info.dtype)
        counts = np.zeros(info.full_scale + 1, np.int64)
        for index in frames:
            self.read(name, int(index), stored)
            counts += np.bincount(stored, minlength=len(counts))
        counts[info.fill if info.fill is not None else []] = 0
        sizes = np.abs(info.offset + info.scale * np.arange(len(counts)))
        order = np.argsort(sizes, kind="stable")
        share = np.cumsum(counts[order])
        if not share[-1]:
            return info.high
        most = float(sizes[order][np.searchsorted(share, SHOWN_SHARE * share[-1])])
        # Where next to nothing differs, a hundredth of what could: rounding must not look like an effect.
        return min(_rounded_up(max(most, LEAST_SHOWN * info.high, 2.0 * info.max_error)), info.high)


def _mixed(values: NDArray[Any], before: NDArray[Any], after: NDArray[Any], mix: NDArray[Any]) -> NDArray[Any]:
    """(..., U) values of B at its frames -> (..., T) at ours."""
    first = values[..., before]
    return np.asarray(np.where(mix > 0.0, first + mix * (values[..., after] - first), first))


def _rounded_up(value: float) -> float:
    """To two digits."""
    power = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(np.ceil(value / power - 1e-9) * power)
