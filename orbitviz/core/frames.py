"""Frames: TEME (inertial), ITRF (turning with the Earth), latitude and longitude. Rotations are named out_from_in."""

from __future__ import annotations

import erfa
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch, gmst_rad
from orbitviz.core.units import EARTH_FLATTENING, EARTH_RADIUS_KM, SECONDS_PER_DAY

_E2 = EARTH_FLATTENING * (2.0 - EARTH_FLATTENING)


def rotation_z(angle_rad: float) -> NDArray[np.float64]:
    """(3, 3) matrix that turns the axes by `angle_rad` about z: v_new = R v_old."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


def itrf_from_teme(epoch: Epoch, t_s: float = 0.0) -> NDArray[np.float64]:
    """(3, 3) rotation TEME -> ITRF at epoch + t_s: GMST about z; polar motion (< 15 m) is left out."""
    return rotation_z(float(gmst_rad(epoch, t_s)))


def teme_from_gcrs(epoch: Epoch, t_s: float = 0.0) -> NDArray[np.float64]:
    """(3, 3) rotation GCRS (J2000 directions) -> TEME: precession and nutation IAU 2006/2000A, then by the
    equation of the equinoxes from the true to the mean equinox, which is TEME's x axis."""
    jd, fraction = epoch.jd, epoch.fraction + t_s / SECONDS_PER_DAY
    true_from_gcrs = np.asarray(erfa.pnm06a(jd, fraction))
    equation = float(erfa.ee06a(jd, fraction))
    return np.asarray(rotation_z(equation) @ true_from_gcrs)


def geodetic_from_itrf(position_km: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """(..., 3) ITRF km -> latitude rad, longitude rad (-pi..pi], height km above WGS84; Bowring 1976."""
    x, y, z = position_km[..., 0], position_km[..., 1], position_km[..., 2]
    p = np.hypot(x, y)
    polar_km = EARTH_RADIUS_KM * (1.0 - EARTH_FLATTENING)
    theta = np.arctan2(z * EARTH_RADIUS_KM, p * polar_km)
    second_e2 = _E2 / (1.0 - _E2)
    latitude = np.arctan2(z + second_e2 * polar_km * np.sin(theta) ** 3, p - _E2 * EARTH_RADIUS_KM * np.cos(theta) ** 3)
    prime = EARTH_RADIUS_KM / np.sqrt(1.0 - _E2 * np.sin(latitude) ** 2)
    # Near the poles p / cos(latitude) is 0 / 0: the two projections together never are.
    height = p * np.cos(latitude) + z * np.sin(latitude) - prime * (1.0 - _E2 * np.sin(latitude) ** 2)
    return latitude, np.arctan2(y, x), height


def itrf_from_geodetic(
    latitude_rad: NDArray[np.float64], longitude_rad: NDArray[np.float64], height_km: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Latitude, longitude (rad), height above WGS84 (km) -> (..., 3) ITRF km."""
    latitude_rad, longitude_rad, height_km = np.broadcast_arrays(latitude_rad, longitude_rad, height_km)
    prime = EARTH_RADIUS_KM / np.sqrt(1.0 - _E2 * np.sin(latitude_rad) ** 2)
    flat = (prime + height_km) * np.cos(latitude_rad)
    return np.stack(
        (
            flat * np.cos(longitude_rad),
            flat * np.sin(longitude_rad),
            (prime * (1.0 - _E2) + height_km) * np.sin(latitude_rad),
        ),
        axis=-1,
    )
