"""One revolution of one node, sampled in float64 so that it looks smooth from any distance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet, MeanElements
from orbitviz.core.units import TWO_PI
from orbitviz.sim.propagation import Propagator

F64 = NDArray[np.float64]
FINEST_RAD, GROWTH, COARSEST_RAD = 1e-5, 1.12, np.radians(1.0)
"""Steps in eccentric anomaly: 70 m next to the node in low orbit, each 12 % longer, up to a degree. A chord of a degree
is 260 m off its arc, unseen from the 1,000 km and more that it is away by then; at the node it is below 1 mm."""


@dataclass(frozen=True)
class OrbitPath:
    """t_s (K,) seconds from the epoch, from half a period before `at_s` to half after; position_km (K, 3) TEME, NaN
    where SGP4 has no answer. node_km (3,): the node at `at_s`, one of the points."""

    row: int
    at_s: float
    period_s: float
    t_s: F64
    position_km: F64
    node_km: F64

    @property
    def turns(self) -> F64:
        """(K,) revolutions since `at_s`, -0.5..0.5."""
        return (self.t_s - self.at_s) / self.period_s

    @property
    def speed_km_s(self) -> float:
        """Of the node round `at_s`."""
        middle = len(self.t_s) // 2
        step_km = float(np.linalg.norm(self.position_km[middle + 1] - self.node_km))
        return step_km / float(self.t_s[middle + 1] - self.at_s)


def graded_offsets() -> F64:
    """(K,) ascending from -pi to pi with 0 in the middle, in steps that grow away from it."""
    growing = int(np.log(COARSEST_RAD / FINEST_RAD) / np.log(GROWTH))
    fine = np.cumsum(FINEST_RAD * GROWTH ** np.arange(growing))
    coarse = np.linspace(fine[-1], np.pi, int(np.ceil((np.pi - fine[-1]) / COARSEST_RAD)) + 1)[1:]
    side = np.concatenate((fine, coarse))
    return np.concatenate((-side[::-1], [0.0], side))


def orbit_path(fleet: Fleet, row: int, at_s: float) -> OrbitPath:
    """The revolution of a node centred at an instant, by SGP4. Points are even in eccentric anomaly (two-body, by the
    mean elements), so that a long ellipse is as smooth at its perigee as at its apogee."""
    elements = fleet.elements.rows(np.array([row]))
    motion = float(elements.mean_motion_rad_min[0]) / 60.0
    e = float(elements.eccentricity[0])
    mean = float(elements.mean_anomaly_rad[0]) + motion * (at_s - float(elements.epoch_s[0]))
    here = _eccentric_anomaly(mean % TWO_PI, e)
    offsets = graded_offsets()
    # Differences of sines as products: near the node the plain difference would lose the short steps.
    swing = 2.0 * np.cos(here + offsets / 2.0) * np.sin(offsets / 2.0)
    t_s = at_s + (offsets - e * swing) / motion
    position_km = _positions(fleet, elements, t_s, at_s)
    return OrbitPath(row, at_s, TWO_PI / motion, t_s, position_km, position_km[len(t_s) // 2])


def _eccentric_anomaly(mean_rad: float, e: float) -> float:
    """Kepler's equation by Newton's method from pi: converges for every eccentricity below 1."""
    anomaly = np.pi if e > 0.5 else mean_rad
    for _ in range(30):
        step = (anomaly - e * np.sin(anomaly) - mean_rad) / (1.0 - e * np.cos(anomaly))
        anomaly -= step
        if abs(step) < 1e-13:
            break
    return float(anomaly)


def _positions(fleet: Fleet, elements: MeanElements, t_s: F64, at_s: float) -> F64:
    """(K, 3) positions of one node at K instants."""
    if elements.is_deep_space[0]:
        return np.asarray(Propagator(elements, "sgp4", fleet.epoch).states(t_s, velocity=False)[0][:, 0], np.float64)
    # SGP4 knows time since the elements' epoch only: one node at K instants is K nodes with shifted epochs at one
    # instant, and vectorised over nodes is 60 times as quick as one node over instants.
    many = elements.rows(np.zeros(len(t_s), np.int64))
    shifted = replace(many, epoch_s=many.epoch_s - (t_s - at_s))
    return np.asarray(Propagator(shifted).states(at_s, velocity=False)[0][0], np.float64)
