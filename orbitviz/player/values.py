"""One value a node at an instant, whether it was recorded or has to be computed from the positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.metrics import METRICS, OrbitFrame
from orbitviz.sim.sunlight import lit_fraction, sun_teme


def node_values(
    fleet: Fleet, info: MetricInfo, bracket: Bracket | None, position_km: NDArray[np.float32], t_s: float
) -> NDArray[np.float32]:
    """(N,) values of a metric in its unit: of the bracket, else computed; position_km (3, N) TEME at t_s. A metric
    that is neither recorded nor can be computed gives NaN."""
    if bracket is not None:
        return bracket.values(info, slice(None))
    if info.name not in METRICS:
        return np.full(len(fleet), np.nan, np.float32)
    unit, distance_km = sun_teme(fleet.epoch, t_s)
    sun_km = np.ravel(unit) * float(np.ravel(distance_km)[0])
    place = np.asarray(position_km.T, np.float64)
    frame = OrbitFrame(fleet, t_s, place, sun_km, lit_fraction(place, sun_km))
    return np.asarray(METRICS[info.name].compute(frame), np.float32)
