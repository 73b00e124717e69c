"""Eclipse seasons: from when to when the orbits of a plane pass through the Earth's shadow.

A circular orbit of radius r is eclipsed while the Sun stands within asin(Re / r) of its plane (cylinder; the penumbra
adds 0.27 degree, about a day of a dawn-dusk orbit's season). Beta angles drift with J2: see sunlight.beta_angle_rad.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.sim.sunlight import beta_angle_rad

F64 = NDArray[np.float64]


class Seasons:
    """The planes of a fleet: rows (P,) of their first nodes, their shell and plane numbers."""

    def __init__(self, fleet: Fleet) -> None:
        key = fleet.shell.astype(np.uint64) << np.uint64(32) | fleet.plane.astype(np.uint64)
        _, self.rows = np.unique(key, return_index=True)
        self.shell, self.plane = fleet.shell[self.rows], fleet.plane[self.rows]
        self._epoch = fleet.epoch
        self._elements = fleet.elements.rows(self.rows)
        radius_km = self._elements.altitude_km + EARTH_RADIUS_KM
        self._limit_rad = np.arcsin(np.minimum(1.0, EARTH_RADIUS_KM / radius_km))

    def beta_rad(self, times_s: F64) -> F64:
        """(T, P) beta angle of each plane."""
        return np.atleast_2d(beta_angle_rad(self._elements, self._epoch, times_s))

    def is_season(self, times_s: F64) -> NDArray[np.bool_]:
        """(T, P) whether the plane's nodes are eclipsed once a revolution."""
        return np.asarray(np.abs(self.beta_rad(times_s)) < self._limit_rad)
