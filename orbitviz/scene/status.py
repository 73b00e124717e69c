"""What the renderer tells about the picture and about one node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frames import geodetic_from_itrf, itrf_from_teme
from orbitviz.core.keyframes import Keyframes
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme


@dataclass(frozen=True)
class DrawStatus:
    """What is in the picture. drawn of total nodes; wanted: those that the filter lets through, all without one;
    moving: a sample may be shown; frame_ms: the last draw; note: a sentence when something is not as it should be, else
    empty; engine: who computes the positions; shown_t_s: the instant shown (None before the first draw); stale: the
    instant asked for is not decoded yet; uploaded_bytes: sent to the GPU since the start."""

    drawn: int = 0
    total: int = 0
    wanted: int = 0
    moving: bool = False
    frame_ms: float = 0.0
    note: str = ""
    engine: str = ""
    shown_t_s: float | None = None
    stale: bool = False
    uploaded_bytes: int = 0


@dataclass(frozen=True)
class NodeState:
    """One node at t_s (seconds from the epoch), float64: TEME position km and velocity km/s, geodetic latitude and
    longitude (rad), height above WGS84 (km), share of the Sun's disc it sees. NaN when SGP4 has no state for it."""

    row: int
    t_s: float
    position_km: NDArray[np.float64]
    velocity_km_s: NDArray[np.float64]
    latitude_rad: float
    longitude_rad: float
    height_km: float
    lit: float


class NodeStates:
    """States of single nodes of a fleet; the propagators of the last few rows are kept."""

    KEPT = 8

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._propagators: dict[int, Propagator] = {}
        self.recorded: Keyframes | None = None
        """Recorded states round the shown instant, for nodes without elements."""

    def at(self, row: int, t_s: float) -> NodeState:
        """The state of a row."""
        if row not in self._propagators:
            while len(self._propagators) >= self.KEPT:
                self._propagators.pop(next(iter(self._propagators)))
            elements = self._fleet.elements.rows(np.array([row]))
            self._propagators[row] = Propagator(elements, "numpy", self._fleet.epoch)
        position, velocity = self._propagators[row].states(t_s)
        assert velocity is not None, "asked for"
        place, speed = np.array(position[0, 0]), np.array(velocity[0, 0])
        if np.isnan(place[0]) and self.recorded is not None:
            (place,), (speed,) = self.recorded.states(t_s, np.array([row]))
        latitude, longitude, height = geodetic_from_itrf(itrf_from_teme(self._fleet.epoch, t_s) @ place)
        unit, distance_km = sun_teme(self._fleet.epoch, t_s)
        lit = float(np.ravel(lit_fraction(place[None], np.ravel(unit) * float(np.ravel(distance_km)[0])))[0])
        return NodeState(row, t_s, place, speed, float(latitude), float(longitude), float(height), lit)

    def target(self, row: int | None, t_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """(3,) km TEME that a view of `row` looks at, and its velocity km/s; without a node the Earth's centre."""
        if row is not None:
            node = self.at(row, t_s)
            if np.all(np.isfinite(node.position_km)):
                return node.position_km, node.velocity_km_s
        return np.zeros(3), None
