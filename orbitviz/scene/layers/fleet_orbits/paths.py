"""The orbits of a small fleet, all of them, faintly: where a dozen nodes go is more than where they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.units import TWO_PI
from orbitviz.sim.propagation import Propagator

F64 = NDArray[np.float64]
MOST_ORBITS = 48
PIECES = 240
SAME_RAD, SAME_KM = 2e-3, 4.0
"""Orbits that differ by less are one line: a cluster's, a plane's."""


def distinct_rows(fleet: Fleet) -> NDArray[np.int64]:
    """A row of each different orbit that SGP4's near-Earth model draws; none when they are more than MOST_ORBITS."""
    orbits = fleet.elements
    usable = np.flatnonzero(np.isfinite(orbits.altitude_km) & ~orbits.is_deep_space)
    node = orbits.raan_rad[usable]
    columns = [
        np.cos(node) / SAME_RAD,
        np.sin(node) / SAME_RAD,
        orbits.inclination_rad[usable] / SAME_RAD,
        orbits.altitude_km[usable] / SAME_KM,
        orbits.eccentricity[usable] * np.cos(orbits.argp_rad[usable]) / SAME_RAD,
        orbits.eccentricity[usable] * np.sin(orbits.argp_rad[usable]) / SAME_RAD,
    ]
    rounded = np.rint(np.column_stack(columns))
    first = np.unique(rounded, axis=0, return_index=True)[1] if len(usable) else np.zeros(0, np.int64)
    return np.sort(usable[first]) if len(first) <= MOST_ORBITS else np.zeros(0, np.int64)


def revolutions(fleet: Fleet, rows: NDArray[np.int64], at_s: float) -> F64:
    """(n, PIECES + 1, 3) km TEME: a revolution of each row centred at an instant, even in time."""
    orbits = fleet.elements.rows(rows)
    turns = np.linspace(-0.5, 0.5, PIECES + 1)
    later_s = turns[None, :] * (60.0 * TWO_PI / orbits.mean_motion_rad_min)[:, None]
    # One node at K instants is K nodes with shifted epochs at one instant.
    many = orbits.rows(np.repeat(np.arange(len(rows)), PIECES + 1))
    shifted = replace(many, epoch_s=many.epoch_s - later_s.ravel())
    position_km = Propagator(shifted, "numpy").states(at_s, velocity=False)[0][0]
    return np.asarray(position_km, np.float64).reshape(len(rows), PIECES + 1, 3)
