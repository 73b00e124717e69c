"""A long series as few points: the least and the greatest of every pixel, so that no spike is lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


def envelope(times_s: F64, values: F64, seen: tuple[float, float], width_px: int) -> tuple[F64, F64]:
    """(P,) instants and values of the part seen, and of its neighbours at both ends; P is at most 2 x width_px + 4.

    times_s increases; NaN values are left out.
    """
    first = max(0, int(np.searchsorted(times_s, seen[0], side="right")) - 1)
    last = min(len(times_s), int(np.searchsorted(times_s, seen[1], side="left")) + 1)
    times_s, values = times_s[first:last], values[first:last]
    keep = np.isfinite(values)
    times_s, values = times_s[keep], values[keep]
    width_px = max(width_px, 1)
    if len(times_s) <= 2 * width_px:
        return times_s, values
    place = np.floor((times_s - seen[0]) / max(seen[1] - seen[0], 1e-9) * width_px)
    starts = np.flatnonzero(np.diff(place, prepend=-np.inf) > 0)
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    at_s = times_s[starts]
    return np.repeat(at_s, 2), np.column_stack((low, high)).ravel()
