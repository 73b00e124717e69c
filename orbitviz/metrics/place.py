"""Where a node is over the ground, and how the Sun stands to its orbit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.frames import geodetic_from_itrf
from orbitviz.core.orbit_plane import sun_above_plane_rad
from orbitviz.metrics.registry import OrbitFrame, metric

F32 = NDArray[np.float32]
_BLOCK = 16384

LATITUDE = MetricInfo(
    name="latitude_rad",
    unit="rad",
    long_name="Latitude of the ground point",
    low=-np.pi / 2.0,
    high=np.pi / 2.0,
    colormap="crameri:vik",
    formula="geodetic latitude of the SGP4 position, north positive",
    source="Bowring 1976; WGS84",
)
BETA = MetricInfo(
    name="beta_rad",
    unit="rad",
    long_name="Beta angle",
    low=-np.pi / 2.0,
    high=np.pi / 2.0,
    colormap="crameri:vik",
    dtype="uint16",
    scale=np.pi / 65534.0,
    offset=-np.pi / 2.0,
    fill=65535,
    formula="angle of the Sun above the orbit's plane, positive on the side of its angular momentum: no eclipse beyond "
    "some 60 to 70 degrees; the node's RAAN drifts by J2",
    source="Montenbruck and Gill, Satellite Orbits; first-order J2, within 0.05 degree in a month",
)


def _latitude_range(fleet: Fleet) -> MetricInfo:
    """As far north and south as any orbit comes, to whole 5 degrees."""
    tilt = fleet.elements.inclination_rad[np.isfinite(fleet.elements.inclination_rad)]
    if not len(tilt):
        return LATITUDE
    step = np.radians(5.0)
    most = float(min(np.ceil(np.max(np.minimum(tilt, np.pi - tilt)) / step) * step, np.pi / 2.0)) or step
    return replace(LATITUDE, low=-most, high=most)


@metric(LATITUDE, describe=_latitude_range, in_shader=True)
def latitude_rad(frame: OrbitFrame) -> F32:
    """(N,) rad. Latitude does not depend on the Earth's turning, so TEME serves as ITRF."""
    return np.asarray(geodetic_from_itrf(frame.position_km)[0], dtype=np.float32)


@metric(BETA, hold_s=600.0)
def beta_rad(frame: OrbitFrame) -> F32:
    """(N,) rad. It changes by less than 0.03 degree in five minutes. In blocks that stay in the processor's cache."""
    unit = frame.sun_position_km / np.linalg.norm(frame.sun_position_km)
    result = np.empty(len(frame.fleet.elements), np.float32)
    for first in range(0, len(result), _BLOCK):
        part = slice(first, first + _BLOCK)
        result[part] = sun_above_plane_rad(frame.fleet.elements.rows(part), frame.t_s, unit)
    return result
