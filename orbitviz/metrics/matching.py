"""What of two recordings belongs together: nodes by their ids, frames by UTC."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet

Rows = NDArray[np.intp]
SAME_INSTANT_S = 1e-3
SAME_MOTION, SAME_INCLINATION_RAD = 1e-3, 2e-3
"""Two orbits are taken for the same when mean motions differ by less than this share, and inclinations by less."""


@dataclass(frozen=True)
class FleetMatch:
    """rows: (N of A,) the row of B of each node of A, -1 where B has none; None: the fleets have the same rows.

    both: nodes in both; only_a, only_b: in one alone; other_orbits: of `both`, those that fly elsewhere in B.
    """

    rows: Rows | None
    both: int
    only_a: int
    only_b: int
    other_orbits: int

    @property
    def sentence(self) -> str:
        """What has no difference, and why; empty when all nodes have one."""
        parts = [
            f"{count:,} node{'' if count == 1 else 's'} only in {name}"
            for count, name in ((self.only_a, "A"), (self.only_b, "B"))
            if count
        ]
        said = f"{', '.join(parts)}: {'it has' if self.only_a + self.only_b == 1 else 'they have'} no difference."
        said = said if parts else ""
        if self.other_orbits:
            fly = "flies in another orbit" if self.other_orbits == 1 else "fly in other orbits"
            said = f"{said} {self.other_orbits:,} of {self.both:,} nodes in both {fly} in B than in A.".strip()
        return said


def match_fleets(a: Fleet, b: Fleet) -> FleetMatch:
    """Nodes by their ids, never by their rows. Raises OrbitvizError when the fleets have nothing in common."""
    if np.array_equal(a.node_id, b.node_id):
        rows, found = None, np.arange(len(a))
        here = found
    else:
        order = np.argsort(b.node_id, kind="stable")
        place = np.minimum(np.searchsorted(b.node_id[order], a.node_id), len(b) - 1)
        candidates = order[place]
        rows = np.where(b.node_id[candidates] == a.node_id, candidates, -1).astype(np.intp)
        here = np.flatnonzero(rows >= 0)
        found = rows[here]
    other = _other_orbits(a, b, here, found)
    groups = {shell.group or shell.name for shell in a.shells} & {shell.group or shell.name for shell in b.shells}
    if not len(here) or (other == len(here) and not groups):
        reason = "have no node id in common" if not len(here) else "share ids, but neither an orbit nor a shell's name"
        raise OrbitvizError(
            f"two runs must have nodes in common to be compared, '{a.title or 'A'}' and '{b.title or 'B'}' {reason}",
            "compare runs of the same constellation",
        )
    return FleetMatch(rows, len(here), len(a) - len(here), len(b) - len(np.unique(found)), other)


def _other_orbits(a: Fleet, b: Fleet, here: Rows, found: Rows) -> int:
    first, second = a.elements, b.elements
    with np.errstate(invalid="ignore"):
        motion = first.mean_motion_rad_min[here] / second.mean_motion_rad_min[found]
        tilt = first.inclination_rad[here] - second.inclination_rad[found]
        # NaN, of nodes known by positions alone, is not above anything: they are taken for the same.
        return int(np.count_nonzero((np.abs(motion - 1.0) > SAME_MOTION) | (np.abs(tilt) > SAME_INCLINATION_RAD)))


@dataclass(frozen=True)
class FramePairs:
    """Frames of A within the span of B, and what of B stands at their instants.

    times_s: (T,) instants of these frames of A; first: the index in A of the first of them; other_s: (U,) B's instants.
    All in seconds from A's epoch.
    """

    times_s: NDArray[np.float64]
    first: int
    other_s: NDArray[np.float64]

    def of(self, mean: bool, category: bool) -> tuple[Rows, Rows, NDArray[np.float32]]:
        """(before, after, mix), each (T,): of values at an instant the two frames of B round it; of the mean of a step
        the step of B that holds the middle of A's step; of a category the nearest frame of B."""
        return self._nearest if category else self._steps if mean else self._points

    @cached_property
    def _points(self) -> tuple[Rows, Rows, NDArray[np.float32]]:
        times, other = self.times_s, self.other_s
        before = np.clip(np.searchsorted(other, times + SAME_INSTANT_S, side="right") - 1, 0, len(other) - 1)
        after = np.minimum(before + 1, len(other) - 1)
        gap = np.where(after > before, other[after] - other[before], 1.0)
        mix = np.clip((times - other[before]) / gap, 0.0, 1.0)
        direct = (np.abs(times - other[before]) <= SAME_INSTANT_S) | (after == before)
        return before, np.where(direct, before, after), np.where(direct, 0.0, mix).astype(np.float32)

    @cached_property
    def _steps(self) -> tuple[Rows, Rows, NDArray[np.float32]]:
        step_s = float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else 0.0
        middle_s = self.times_s + 0.5 * step_s
        step = np.clip(np.searchsorted(self.other_s, middle_s, side="right") - 1, 0, len(self.other_s) - 1)
        return step, step, np.zeros(len(step), np.float32)

    @cached_property
    def _nearest(self) -> tuple[Rows, Rows, NDArray[np.float32]]:
        before, after, mix = self._points
        near = np.where(mix >= 0.5, after, before)
        return near, near, np.zeros(len(near), np.float32)


def pair_frames(times_s: NDArray[np.float64], other_s: NDArray[np.float64]) -> FramePairs:
    """Frames of A (T,) that lie within B's (U,), both in seconds from one epoch. Raises OrbitvizError without any."""
    if len(times_s) and len(other_s):
        kept = (times_s >= other_s[0] - SAME_INSTANT_S) & (times_s <= other_s[-1] + SAME_INSTANT_S)
        inside = np.flatnonzero(kept)
        if len(inside):
            return FramePairs(times_s[inside[0] : inside[-1] + 1], int(inside[0]), other_s)
    raise OrbitvizError(
        "two runs must overlap in time to be compared, no frame of A lies within the span of B",
        "compare runs of the same hours",
    )
