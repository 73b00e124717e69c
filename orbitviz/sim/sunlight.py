"""The Sun in TEME, how much of its disk a node sees, and the beta angle.

Sun: Earth's orbit of erfa.epv00 with annual aberration (the light's direction as a node on its orbit meets it), turned
to TEME of date by erfa's IAU 2000B: within 1e-5 degree of IAU 2000A, far below the 0.02 degree that eclipses need; from
2026 to 2041 within 0.0022 degree and 7e-6 AU of another theory of planets and Moon (tests/sim/test_references.py).
Shadow: opaque sphere of 6378.137 km without air, cone, overlap of the disks (physics-notes.md gives what others cost).
"""

from __future__ import annotations

import erfa
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import MeanElements
from orbitviz.core.orbit_plane import sun_above_plane_rad
from orbitviz.core.units import (
    AU_KM,
    EARTH_RADIUS_KM,
    LIGHT_KM_S,
    SECONDS_PER_DAY,
    SUN_RADIUS_KM,
)

F64 = NDArray[np.float64]
TT_MINUS_UTC_S = 69.184
"""Since 2017; a second of error moves the Sun by 1e-5 degree."""
_AU_PER_DAY_OVER_C = AU_KM / SECONDS_PER_DAY / LIGHT_KM_S
_BLOCK = 65536
_MARGIN_KM = 0.02
"""Widens the band in which the overlap is worked out, above the rounding of float32 positions."""


def sun_teme(epoch: Epoch, t_s: float | F64) -> tuple[F64, F64]:
    """Direction to the Sun (..., 3), a unit vector in TEME of date, and its distance from the Earth (...), km."""
    days = epoch.fraction + (np.asarray(t_s, dtype=np.float64) + TT_MINUS_UTC_S) / SECONDS_PER_DAY
    heliocentric, barycentric = erfa.epv00(epoch.jd, days)
    sun_au = -np.asarray(heliocentric["p"])
    distance_au = np.linalg.norm(sun_au, axis=-1)
    apparent = sun_au / distance_au[..., None] + np.asarray(barycentric["v"]) * _AU_PER_DAY_OVER_C
    true = np.einsum("...ij,...j->...i", np.asarray(erfa.pnm00b(epoch.jd, days)), apparent)
    # From the true equinox to the mean one, which is TEME's x axis: by the equation of the equinoxes.
    equation = np.asarray(erfa.ee00b(epoch.jd, days))
    c, s = np.cos(equation), np.sin(equation)
    x, y, z = np.moveaxis(true, -1, 0)
    unit = np.stack((c * x + s * y, c * y - s * x, z), axis=-1)
    return unit / np.linalg.norm(unit, axis=-1, keepdims=True), np.asarray(distance_au * AU_KM)


def lit_fraction(position_km: NDArray[np.floating], sun_position_km: F64) -> NDArray[np.floating]:
    """Visible share of the Sun's disk, 0..1, for nodes at `position_km` (..., 3) TEME and the Sun at (3,) km.

    The result has the positions' type (float32 or float64); NaN positions give NaN. The overlap of the disks is worked
    out (in float64) only for the nodes in or next to the penumbra; the rest is one comparison with two cones.
    """
    points = position_km.reshape(-1, 3)
    lit = np.empty(len(points), points.dtype)
    sun = np.asarray(sun_position_km, dtype=np.float64)
    for start in range(0, len(points), _BLOCK):
        rows = slice(start, start + _BLOCK)
        _lit_block(points[rows], sun, lit[rows])
    return np.asarray(lit.reshape(position_km.shape[:-1]))


def _lit_block(points: NDArray[np.floating], sun: F64, lit: NDArray[np.floating]) -> None:
    """One block: full light or dark by the cones, the overlap for the rest."""
    kind = points.dtype.type
    distance = float(np.linalg.norm(sun))
    behind = points @ (sun / -distance).astype(kind)
    square = np.einsum("ij,ij->i", points, points)
    off_axis = np.sqrt(np.maximum(square - behind * behind, kind(0.0)))
    sin_out, sin_in = (SUN_RADIUS_KM + EARTH_RADIUS_KM) / distance, (SUN_RADIUS_KM - EARTH_RADIUS_KM) / distance
    penumbra = behind * kind(np.tan(np.arcsin(sin_out))) + kind(EARTH_RADIUS_KM / np.sqrt(1 - sin_out**2) + _MARGIN_KM)
    umbra = behind * kind(-np.tan(np.arcsin(sin_in))) + kind(EARTH_RADIUS_KM / np.sqrt(1 - sin_in**2) - _MARGIN_KM)
    # Both cones touch the sphere within 30 km of the plane through its centre; before that there is no shadow.
    lit[:] = ~((off_axis < penumbra) & (behind > kind(-EARTH_RADIUS_KM * sin_out)))
    partial = (lit == 0) & (off_axis > umbra)
    lit[np.isnan(off_axis)] = np.nan
    if partial.any():
        rows = np.flatnonzero(partial)
        lit[rows] = disk_overlap(points[rows].astype(np.float64), sun)


def disk_overlap(position_km: F64, sun_position_km: F64) -> F64:
    """Visible share of the Sun's disk (M,) by the overlap of two disks (Montenbruck and Gill, section 3.4.2)."""
    to_sun = sun_position_km - position_km
    sun_distance, radius = np.linalg.norm(to_sun, axis=-1), np.linalg.norm(position_km, axis=-1)
    a = np.arcsin(SUN_RADIUS_KM / sun_distance)
    b = np.arcsin(np.minimum(EARTH_RADIUS_KM / radius, 1.0))
    cosine = -np.einsum("ij,ij->i", position_km, to_sun) / (radius * sun_distance)
    sine = np.linalg.norm(np.cross(position_km, to_sun), axis=-1) / (radius * sun_distance)
    c = np.arctan2(sine, cosine)
    apart = np.maximum(c, 1.0e-12)
    x = (apart**2 + a**2 - b**2) / (2.0 * apart)
    y = np.sqrt(np.maximum(a**2 - x**2, 0.0))
    hidden = a**2 * np.arccos(np.clip(x / a, -1, 1)) + b**2 * np.arccos(np.clip((apart - x) / b, -1, 1)) - apart * y
    share = 1.0 - hidden / (np.pi * a**2)
    inside = np.where(b >= a, 0.0, 1.0 - (b / a) ** 2)
    share = np.where(c <= np.abs(b - a), inside, np.where(c >= a + b, 1.0, share))
    return np.asarray(np.clip(share, 0.0, 1.0))


def beta_angle_rad(elements: MeanElements, epoch: Epoch, t_s: float | F64) -> F64:
    """Angle of the Sun above each orbit's plane, rad: core.orbit_plane.sun_above_plane_rad with the Sun of the instant;
    (N,), or (T, N) for an array of instants."""
    return sun_above_plane_rad(elements, t_s, np.asarray(sun_teme(epoch, t_s)[0]))
