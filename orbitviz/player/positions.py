"""Positions of the whole fleet on a thread of their own, for what is looked at a few times a second only."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import gmst_rad
from orbitviz.core.fleet import Fleet
from orbitviz.player.states import RecordedStates
from orbitviz.sim.propagation import Propagator

T = TypeVar("T")
KEPT = 2
"""Instants kept, 12 MB each for a million nodes."""


class FleetPositions:
    """SGP4 by numpy in the background, about 0.2 s an instant for a million nodes. The thread starts with the first
    question; its propagator is made there, too."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.recorded: RecordedStates | None = None
        """Where nodes without elements are."""
        self._pool: ThreadPoolExecutor | None = None
        self._propagator: Propagator | None = None
        self._kept: dict[float, NDArray[np.float32]] = {}

    def submit(self, t_s: float, job: Callable[[NDArray[np.float32], float], T]) -> Future[T]:
        """Runs job(position_km (3, N) float32 TEME, gmst_rad) for an instant on the thread; NaN where there is none.

        Ask again when the last answer is there: questions queue up.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="orbitviz positions")
        return self._pool.submit(self._run, t_s, job)

    def _run(self, t_s: float, job: Callable[[NDArray[np.float32], float], T]) -> T:
        if t_s not in self._kept:
            if self._propagator is None:
                self._propagator = Propagator(self.fleet.elements, "numpy", self.fleet.epoch)
            place = np.empty((1, len(self.fleet), 3), np.float32)
            self._propagator.states(t_s, place, velocity=False)
            keyframes = None if self.recorded is None else self.recorded.wait_for(t_s)
            if keyframes is not None:
                place[0] = keyframes.fill(place[0].astype(np.float64), t_s)
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[t_s] = np.ascontiguousarray(place[0].T)
            self._kept[t_s].flags.writeable = False
        return job(self._kept[t_s], float(gmst_rad(self.fleet.epoch, t_s)))

    def close(self) -> None:
        """Ends the thread, after what it is at."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
