"""The clock is a value: it owns no timer, advance() is told how much wall time has passed, so tests never sleep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.session.evented import Evented

SPEEDS = (1.0, 10.0, 60.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 18_000.0, 36_000.0, 100_000.0)
"""Simulated seconds a wall second, as the speed box offers them."""


@dataclass
class Clock(Evented):
    """Requested time t_s (seconds from the epoch) within start_s..end_s; speed is signed simulated seconds a second.

    open_ended: a scenario without a recording runs on past its end; a recording stops there, or loops. in_s, out_s: the
    region that playing stays in, once it is there; None: there is no such end. live: the time asked for stays at the
    end while the span grows; whoever seeks, steps, pauses or plays backwards leaves it.
    """

    t_s: float = 0.0
    start_s: float = 0.0
    end_s: float = 0.0
    speed: float = 60.0
    playing: bool = False
    loop: bool = True
    open_ended: bool = False
    live: bool = False
    in_s: float | None = None
    out_s: float | None = None

    def set_span(self, start_s: float, end_s: float, open_ended: bool = False) -> None:
        """A new document's span; the time asked for stays when it lies inside, else goes to the start."""
        self.update(start_s=float(start_s), end_s=float(end_s), open_ended=open_ended)
        if not open_ended and any(
            mark is not None and not start_s <= mark <= end_s for mark in (self.in_s, self.out_s)
        ):
            self.clear_region()
        if self.live:
            self.t_s = float(end_s)
        elif not start_s <= self.t_s <= end_s:
            self.t_s = float(start_s)

    def advance(self, wall_dt_s: float) -> float:
        """Moves on by wall_dt_s x speed while playing; returns the requested time."""
        if self.live and self.playing and self.speed < 0.0:
            self.live = False
        if not self.playing or wall_dt_s <= 0.0 or self.live:
            return self.t_s
        t_s = self.t_s + wall_dt_s * self.speed
        region = self.region
        if region is not None and self._leaves(region, t_s):
            length_s = region[1] - region[0]
            self.t_s = region[0] + (t_s - region[0]) % length_s
            return self.t_s
        if self.open_ended or self.start_s <= t_s <= self.end_s:
            self.t_s = t_s
            return t_s
        span_s = self.end_s - self.start_s
        if self.loop and span_s > 0.0:
            self.t_s = self.start_s + (t_s - self.start_s) % span_s
        else:
            self.t_s = min(max(t_s, self.start_s), self.end_s)
            self.playing = False
        return self.t_s

    # -- the region that is played over and over ----------------------------------------------------
    @property
    def region(self) -> tuple[float, float] | None:
        """First and last instant of it; an end that was not set is the span's. None without one, or without length."""
        if self.in_s is None and self.out_s is None:
            return None
        first = self.start_s if self.in_s is None else self.in_s
        last = self.end_s if self.out_s is None else self.out_s
        return (first, last) if last > first else None

    def _leaves(self, region: tuple[float, float], t_s: float) -> bool:
        """Whether playing on to t_s goes out of the region, or away from it: what leads into it is played."""
        return t_s > region[1] if self.speed > 0.0 else t_s < region[0]

    def mark_in(self) -> None:
        """The region begins now; again at the same instant: it begins with the span."""
        self.move_in(None if self.in_s == self.t_s else self.t_s)

    def mark_out(self) -> None:
        """The region ends now; again at the same instant: it ends with the span."""
        self.move_out(None if self.out_s == self.t_s else self.t_s)

    def move_in(self, t_s: float | None) -> None:
        """Another beginning; an end before it is given up."""
        out_s = None if t_s is not None and self.out_s is not None and self.out_s <= t_s else self.out_s
        self.update(in_s=t_s, out_s=out_s)

    def move_out(self, t_s: float | None) -> None:
        """Another end; a beginning after it is given up."""
        in_s = None if t_s is not None and self.in_s is not None and self.in_s >= t_s else self.in_s
        self.update(out_s=t_s, in_s=in_s)

    def clear_region(self) -> None:
        """Playing goes over the whole span."""
        self.update(in_s=None, out_s=None)

    def seek(self, t_s: float) -> None:
        """To an instant; clamped to the span unless open-ended."""
        self.live = False
        self.t_s = float(t_s) if self.open_ended else float(min(max(t_s, self.start_s), self.end_s))

    def step(self, frames: int, times_s: NDArray[np.float64] | None, step_s: float = 60.0) -> None:
        """`frames` recorded frames on (or back); without a recording, so many steps of step_s. Stops playing."""
        self.playing = False
        if times_s is None or len(times_s) == 0:
            self.seek(self.t_s + frames * step_s)
            return
        # A hair of slack, so that stepping back from exactly a frame's instant goes to the frame before it.
        if frames > 0:
            here = int(np.searchsorted(times_s, self.t_s + 1e-6, side="right")) - 1
        else:
            here = int(np.searchsorted(times_s, self.t_s - 1e-6, side="left"))
        self.seek(float(times_s[min(max(here + frames, 0), len(times_s) - 1)]))

    def toggle(self) -> None:
        """Play or pause; at the end of a span that does not loop, play starts over."""
        if self.live:  # it stands still from here on
            self.live = False
            return
        if not self.playing and not self.open_ended and not self.loop and self.t_s >= self.end_s:
            self.t_s = self.start_s
        self.playing = not self.playing

    def faster(self, direction: int) -> None:
        """J and L: start towards `direction` (-1 or 1), or go one notch faster when already going there."""
        if self.playing and self.speed * direction > 0:
            louder = [s for s in SPEEDS if s > abs(self.speed)]
            self.speed = direction * (louder[0] if louder else abs(self.speed))
        else:
            self.speed = direction * abs(self.speed)
            self.playing = True
