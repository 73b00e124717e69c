"""Keyframes of the orbits that the shader cannot draw from elements, where they are many: SGP4 on a thread."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import MeanElements
from orbitviz.core.keyframes import Keyframe
from orbitviz.player.states import Index, Place, StateStore
from orbitviz.sim.propagation import Propagator

STEPS_S = (60, 120, 240, 480, 960)
"""Steps of the cubic: 60 s are within 15 m at the perigee of the most eccentric orbits; longer ones when time runs so
fast that the thread would not keep up."""
BUSY = 0.25
"""Share of the time that the thread may compute: sgp4's own code holds Python's lock."""
_BLOCK = 2048


class OddStates(StateStore):
    """Keyframes at whole multiples of a step that follows the speed of time; indices are their seconds."""

    def __init__(self, elements: MeanElements, epoch: Epoch) -> None:
        super().__init__(lambda: None)
        self._elements, self._epoch = elements, epoch
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="orbitviz odd orbits")
        self._propagators: list[Propagator] = []
        self._cost_s = 0.0
        self._step_s = STEPS_S[0]

    def follow(self, speed: float) -> None:
        """speed: shown seconds a second. At 0 the step is the shortest, and exact again."""
        needed_s = abs(speed) * self._cost_s / BUSY
        self._step_s = next((step for step in STEPS_S if step >= needed_s), STEPS_S[-1])

    def _place(self, t_s: float) -> Place:
        step = self._step_s
        before = int(np.floor(t_s / step)) * step
        return before - step, before, before + step, before + 2 * step

    def _begin(self, index: Index) -> Future[Keyframe]:
        return self._pool.submit(self._compute, index)

    def _compute(self, index: Index) -> Keyframe:
        if not self._propagators:
            starts = range(0, len(self._elements), _BLOCK)
            parts = (self._elements.rows(slice(start, start + _BLOCK)) for start in starts)
            self._propagators = [Propagator(part, "numpy", self._epoch) for part in parts]
        begin = time.perf_counter()
        states = [propagator.states(float(index)) for propagator in self._propagators]
        position_km = np.concatenate([position[0] for position, _ in states])
        velocity_km_s = np.concatenate([velocity[0] for _, velocity in states if velocity is not None])
        keyframe = Keyframe.of(index, float(index), position_km, velocity_km_s)
        self._cost_s = time.perf_counter() - begin
        return keyframe

    def close(self) -> None:
        """Ends the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)
