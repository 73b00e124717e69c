"""Where an orbit's plane is: its drift under the Earth's flattening, and the Sun's height above it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import EARTH_J2, EARTH_MU_KM3_S2, EARTH_RADIUS_KM, WGS72_RADIUS_KM, WGS72_XKE

F64 = NDArray[np.float64]


def raan_rate_rad_s(a_km: F64, eccentricity: F64, inclination_rad: F64) -> F64:
    """J2's secular drift of the RAAN, rad/s: -1.5 n J2 (Re / p)^2 cos i."""
    motion = np.sqrt(EARTH_MU_KM3_S2 / (a_km * a_km * a_km))  # a power would cost ten times as much
    p_km = a_km * (1.0 - eccentricity * eccentricity)
    return np.asarray(-1.5 * motion * EARTH_J2 * np.square(EARTH_RADIUS_KM / p_km) * np.cos(inclination_rad))


def sun_above_plane_rad(elements: MeanElements, t_s: float | F64, sun: F64) -> F64:
    """Beta angle: of the Sun above each orbit's plane, rad, positive on the side of the angular momentum: (N,), or
    (T, N) for an array of instants, seconds from the fleet's epoch. sun: unit vector (3,) or (T, 3), TEME. RAAN drifts
    by J2 at first order (within 0.05 degree in a month)."""
    since_s = np.asarray(t_s, dtype=np.float64)[..., None] - elements.epoch_s
    a_km = WGS72_RADIUS_KM * np.square(np.cbrt(WGS72_XKE / elements.mean_motion_rad_min))
    raan = elements.raan_rad + since_s * raan_rate_rad_s(a_km, elements.eccentricity, elements.inclination_rad)
    sin_i, cos_i = np.sin(elements.inclination_rad), np.cos(elements.inclination_rad)
    x, y, z = (sun[..., axis, None] for axis in range(3))
    return np.asarray(np.arcsin(np.clip(sin_i * (np.sin(raan) * x - np.cos(raan) * y) + cos_i * z, -1.0, 1.0)))
