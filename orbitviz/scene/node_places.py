"""Places of a few nodes in float64: the propagator of the last rows asked for is kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.scene.resolve import SceneState
from orbitviz.sim.propagation import Propagator

F64 = NDArray[np.float64]


class NodePlaces:
    """Of one fleet; by elements, and by recorded positions where a node has no elements."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._kept: tuple[bytes, Propagator] | None = None

    def at(self, rows: NDArray[np.integer], state: SceneState) -> tuple[F64, F64]:
        """(n, 3) km and (n, 3) km/s, TEME; NaN where there is no answer."""
        rows = np.asarray(rows, np.int64)
        if not len(rows):
            return np.zeros((0, 3)), np.zeros((0, 3))
        key = rows.tobytes()
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, Propagator(self._fleet.elements.rows(rows), "numpy", self._fleet.epoch))
        position, velocity = self._kept[1].states(state.t_s)
        assert velocity is not None, "asked for"
        place_km, speed_km_s = np.asarray(position[0], np.float64), np.asarray(velocity[0], np.float64)
        if state.recorded is not None:
            place_km = state.recorded.fill(place_km, state.t_s, rows)
            speed_km_s = np.where(np.isnan(speed_km_s), state.recorded.states(state.t_s, rows)[1], speed_km_s)
        return place_km, speed_km_s
