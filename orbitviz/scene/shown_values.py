"""How the values of the shown instant are spread: from the stored bytes of its frame, else from a sample of nodes."""

from __future__ import annotations

import time
from collections.abc import Hashable

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.distribution import Distribution
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.core.keyframes import Keyframes
from orbitviz.metrics import METRICS, OrbitFrame
from orbitviz.scene.resolve import Sky
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction

EVERY_S = 0.2
"""A distribution is worked out no more often than this while the picture moves."""
SAMPLE = 20_000
"""Nodes looked at where values must be computed: 8 ms; shares are then right within 0.4 %."""


def nearer(bracket: Bracket) -> Frame:
    """The frame nearer to the shown instant."""
    return bracket.before if bracket.mix < 0.5 else bracket.after


class ShownValues:
    """Distributions of a fleet's values; the last one is kept."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._last: Distribution | None = None
        self._metric = ""
        self._made_at = 0.0
        self._sample: tuple[Fleet, NDArray[np.integer], Propagator] | None = None
        self.recorded: Keyframes | None = None
        """Recorded states round the shown instant, for nodes without elements."""

    def of(
        self, info: MetricInfo | None, bracket: Bracket | None, sky: Sky, exact: bool = False
    ) -> Distribution | None:
        """Of the bracket's nearer frame, or computed for the sky's instant. Unless `exact`, one of the same metric that
        was made within EVERY_S is handed out again."""
        if info is None or (bracket is None and info.name not in METRICS):
            return None
        key: Hashable = (info.name, sky.t_s) if bracket is None else (info.name, nearer(bracket).index)
        key = (info.name, 0.0) if bracket is None and info.is_category else key
        if self._last is not None and self._metric == info.name:
            fresh = time.monotonic() - self._made_at < EVERY_S
            if self._last.key == key or (fresh and not exact):
                return self._last
        if bracket is None:
            self._last = self._computed(info, sky, key)
        else:
            self._last = Distribution.of_stored(info, nearer(bracket).stored, key)
        self._metric, self._made_at = info.name, time.monotonic()
        return self._last

    def _computed(self, info: MetricInfo, sky: Sky, key: Hashable) -> Distribution:
        sun_km = np.array(sky.sun) * sky.sun_distance_km
        if info.is_category:  # the same at any time, and its nodes are counted, not estimated
            nowhere = np.zeros((len(self._fleet), 3))
            frame = OrbitFrame(self._fleet, sky.t_s, nowhere, sun_km, nowhere[:, 0])
            numbers = METRICS[info.name].compute(frame).astype(info.dtype)
            return Distribution.of_stored(info, numbers, key)
        if self._sample is None:
            part: Fleet = self._fleet
            rows: NDArray[np.integer] = np.arange(len(part))
            if len(part) > SAMPLE:
                rows = np.sort(np.random.default_rng(20260320).choice(len(part), SAMPLE, replace=False))
                part = part.part(rows)
            self._sample = part, rows, Propagator(part.elements, "numpy", part.epoch)
        part, rows, propagator = self._sample
        position_km = np.asarray(propagator.states(sky.t_s, velocity=False)[0][0], np.float64)
        if self.recorded is not None:
            position_km = self.recorded.fill(position_km, sky.t_s, rows)
        frame = OrbitFrame(part, sky.t_s, position_km, sun_km, lit_fraction(position_km, sun_km))
        return Distribution.of_values(info, METRICS[info.name].compute(frame), key, len(self._fleet))
