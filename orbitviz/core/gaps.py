"""Gaps in a recording: stretches without frames, as a lost segment leaves. Nothing is mixed or joined across one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LONG = 2.5
"""Median steps from which a step is a gap: one or two frames that are missing alone are still mixed across."""
LEAST_FRAMES = 4
"""Fewer instants do not say what a usual step is."""


def longest_step_s(times_s: F64) -> float:
    """Seconds; two frames of times_s (T,) farther apart have a gap between them. Infinite of fewer than four frames."""
    if len(times_s) < LEAST_FRAMES:
        return float("inf")
    return LONG * float(np.median(np.diff(times_s)))


def gaps_of(times_s: F64) -> F64:
    """(G, 2) seconds, in order: the last instant before and the first after each gap among increasing times_s (T,)."""
    before = np.flatnonzero(np.diff(times_s) > longest_step_s(times_s))
    return np.stack((times_s[before], times_s[before + 1]), axis=1).astype(np.float64)


def held_s(times_s: F64, t_s: float, longest_s: float) -> float:
    """The instant that is shown for t_s: itself, and within a gap that of the last frame before it. longest_s: of
    longest_step_s, worked out once."""
    after = int(np.searchsorted(times_s, t_s, side="right"))
    if not 0 < after < len(times_s) or times_s[after] - times_s[after - 1] <= longest_s:
        return t_s
    return float(times_s[after - 1])


def pieces_of(first_s: float, last_s: float, gaps: F64) -> list[tuple[float, float]]:
    """What the gaps (G, 2) leave of a stretch of time, as (first, last) in order."""
    firsts = [first_s, *(float(end) for end in gaps[:, 1] if first_s < end <= last_s)]
    lasts = [*(float(begin) for begin in gaps[:, 0] if first_s <= begin < last_s), last_s]
    return list(zip(firsts, lasts, strict=True)) if len(firsts) == len(lasts) else [(first_s, last_s)]
