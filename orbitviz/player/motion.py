"""How the instant that is asked for moves, and which frames are worth decoding for it."""

from __future__ import annotations

import math
from collections.abc import Callable

PREFETCH_FRAMES = 6
HELD_S = 0.1
"""Asked for the same instant for so long, it rests: pictures are drawn between two moves of the mouse, too."""
BROKEN_OFF_S = 0.4
"""A move after a longer pause begins anew: a seek is no movement."""
ROVES_S = 1.0
"""Moves that follow one another so closely are a drag, however uneven and however slowly pictures are drawn."""
GRID_AHEAD = 128
"""Frames of the coarse grid that are asked for at a time, where there is nothing better to do."""
STEADY = 3.0
"""Two moves are one movement when neither is more than so many times the other."""
Bracketed = Callable[[float], tuple[int, int]]


class Motion:
    """Follows the instants asked for, one a drawn frame."""

    def __init__(self) -> None:
        self.step_s = 0.0
        """Seconds of the recording from one drawn frame to the next; 0 at rest and after a jump."""
        self.interval_s = 1.0 / 60.0
        """Seconds on the wall between them."""
        self.roves_s = 0.0
        """The last move, seconds of the recording, where it was one of several close together; else 0."""
        self._t_s = math.nan
        self._moved = -math.inf
        self._last_s = 0.0
        self._moves = 0

    def note(self, t_s: float, now_s: float) -> None:
        """The instant asked for at now_s on a monotonic clock."""
        pause_s = now_s - self._moved
        if t_s == self._t_s:
            if pause_s > HELD_S:
                self.step_s = self._last_s = 0.0
            if pause_s > ROVES_S:
                self.roves_s = 0.0
            return
        near = pause_s <= ROVES_S and not math.isnan(self._t_s)
        self._moves = self._moves + 1 if near else 0
        self.roves_s = t_s - self._t_s if self._moves >= 2 else 0.0
        move_s = 0.0 if math.isnan(self._t_s) or pause_s > BROKEN_OFF_S else t_s - self._t_s
        steady = move_s * self._last_s > 0.0 and 1.0 / STEADY <= move_s / self._last_s <= STEADY
        self.step_s = 0.5 * (move_s + self._last_s) if steady else 0.0
        if steady:
            self.interval_s += 0.3 * (pause_s - self.interval_s)
        self._last_s, self._t_s, self._moved = move_s, t_s, now_s


def exact_frames(bracketed: Bracketed, t_s: float, step_s: float, frame_s: float, direction: int) -> list[int]:
    """The bracket of t_s, then what will be shown next: the next frames where several pictures fall between two of
    them, else those of the next pictures. bracketed: the frames round an instant; frame_s: from one to the next."""
    before, after = bracketed(t_s)
    indices = [before, after]
    if abs(step_s) <= frame_s:
        ahead = after if direction > 0 else before
        return indices + [ahead + direction * step for step in range(1, PREFETCH_FRAMES + 1)]
    for picture in range(1, PREFETCH_FRAMES // 2 + 1):
        first, second = bracketed(t_s + picture * step_s)
        indices += [first, second]
    return indices


def coarse_frames(
    bracketed: Bracketed, t_s: float, motion: Motion, frame_s: float, decode_s: float, spacing: int
) -> list[int]:
    """For an instant that moves faster than frames are decoded: one frame of a grid of every 2nd, 4th ... `spacing`th,
    where the instant will be when it is decoded, the one after it, and last the bracket of t_s itself."""
    stride = max(1.0, abs(motion.step_s) / frame_s)
    apart = max(1, min(spacing, 1 << int(math.log2(stride))))
    lead = max(1, math.ceil(decode_s / max(motion.interval_s, 1e-3)))
    indices = []
    for pictures in (lead, 2 * lead):
        index = bracketed(t_s + pictures * motion.step_s)[0]
        indices.append(round(index / apart) * apart)
    return [*indices, *bracketed(t_s)]


def grid_ahead(index: int, direction: float, spacing: int, frames: int) -> list[int]:
    """Frames of the coarse grid from `index` on in the direction of the last move."""
    here = round(index / spacing) * spacing
    ahead = range(here, frames, spacing) if direction > 0.0 else range(here, -1, -spacing)
    return list(ahead[:GRID_AHEAD])


def grid_spacing(frames: int, frame_bytes: int, budget_bytes: int) -> int:
    """The least power of two such that every so manieth frame of a metric takes at most half of the budget."""
    room = max(1, budget_bytes // 2 // max(frame_bytes, 1))
    return 1 << max(0, math.ceil(math.log2(max(1, frames) / room)))
