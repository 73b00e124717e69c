"""Constellation patterns as mean elements: Walker delta and star, fixed local times, and close-flying clusters.

All vectorised. Angles in radians, RAAN and argument of latitude in TEME of the epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import RecipeError
from orbitviz.core.scenario import SUN_SYNCHRONOUS, Shell
from orbitviz.core.units import (
    EARTH_J2,
    EARTH_MU_KM3_S2,
    EARTH_RADIUS_KM,
    SECONDS_PER_DAY,
    TROPICAL_YEAR_DAYS,
    TWO_PI,
    WGS72_MU_KM3_S2,
)

F64 = NDArray[np.float64]
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
"""Successive altitudes of a group are shifted by this share of a slot, so that none line up."""


@dataclass(frozen=True)
class Layer:
    """One altitude of a group: columns (n,) in the order plane, slot."""

    altitude_km: float
    inclination_rad: float
    plane: NDArray[np.uint32]
    slot: NDArray[np.uint32]
    raan_rad: F64
    argp_rad: F64
    mean_anomaly_rad: F64
    eccentricity: F64


def kozai_mean_motion_rad_min(altitude_km: float) -> float:
    """60 sqrt(mu / a^3) with WGS72's mu and a = altitude + 6378.137 km: what an element set calls mean motion."""
    return 60.0 * math.sqrt(WGS72_MU_KM3_S2 / (EARTH_RADIUS_KM + altitude_km) ** 3)


def sun_synchronous_inclination_rad(altitude_km: float, eccentricity: float = 0.0) -> float:
    """Inclination whose J2 drift of the RAAN is one turn a tropical year (facts.md section 3)."""
    a_km = EARTH_RADIUS_KM + altitude_km
    rate = TWO_PI / (TROPICAL_YEAR_DAYS * SECONDS_PER_DAY)
    motion = math.sqrt(EARTH_MU_KM3_S2 / a_km**3)
    p_km = a_km * (1.0 - eccentricity**2)
    cosine = -2.0 * rate * p_km**2 / (3.0 * EARTH_J2 * motion * EARTH_RADIUS_KM**2)
    if cosine < -1.0:
        raise RecipeError(
            f"a sun-synchronous orbit exists only below about 5,970 km, got altitude_km {altitude_km}",
            "lower altitude_km",
        )
    return math.acos(cosine)


def raan_of_local_time_rad(local_time_h: F64, epoch: Epoch) -> F64:
    """RAAN of the node passed at this local mean solar time: the mean Sun's longitude + 15 (LTAN - 12) degrees."""
    days = (epoch.jd - 2451545.0) + epoch.fraction
    mean_sun_deg = 280.460 + 0.9856474 * days
    return np.asarray(np.radians(mean_sun_deg + 15.0 * (np.asarray(local_time_h) - 12.0)) % TWO_PI)


def layers(shell: Shell, epoch: Epoch) -> list[Layer]:
    """Every altitude of a recipe's [[shell]], lowest first as written."""
    if shell.pattern == "cluster":
        return [cluster(shell, epoch)]
    top_km = shell.altitude_km if shell.altitude_to_km is None else shell.altitude_to_km
    altitudes_km = np.linspace(shell.altitude_km, top_km, shell.shells)
    return [_walker(shell, epoch, index, float(altitude)) for index, altitude in enumerate(altitudes_km)]


def inclination_rad(shell: Shell, index: int, altitude_km: float) -> float:
    """Of the altitude number `index`: as written, spread up to inclination_to_deg, or sun-synchronous."""
    if isinstance(shell.inclination_deg, str):
        if shell.inclination_deg != SUN_SYNCHRONOUS:
            raise RecipeError(
                f"shell '{shell.name}', inclination_deg: must be a number or '{SUN_SYNCHRONOUS}', "
                f"got '{shell.inclination_deg}'",
                "correct the recipe",
            )
        return sun_synchronous_inclination_rad(altitude_km, shell.eccentricity)
    last = shell.inclination_deg if shell.inclination_to_deg is None else shell.inclination_to_deg
    share = index / (shell.shells - 1) if shell.shells > 1 else 0.0
    return math.radians(shell.inclination_deg + share * (last - shell.inclination_deg))


def _plane_raans(shell: Shell, epoch: Epoch, index: int) -> F64:
    """(P,) RAAN of each plane. Altitudes of a Walker group are staggered evenly within the gap between two planes."""
    offset = math.radians(shell.raan_deg)
    if shell.pattern == "ltan":
        return np.asarray(raan_of_local_time_rad(np.array(shell.ltan_h), epoch) + offset)
    turn = math.pi if shell.pattern == "walker-star" else TWO_PI
    return np.asarray(offset + turn * (np.arange(shell.planes) + index / shell.shells) / shell.planes)


def _walker(shell: Shell, epoch: Epoch, index: int, altitude_km: float) -> Layer:
    """u(p, s) = 360 s / S + 360 F p / (P S) degrees, plus a golden share of a slot an altitude."""
    planes, slots = shell.planes, shell.nodes_per_plane
    plane = np.repeat(np.arange(planes, dtype=np.uint32), slots)
    slot = np.tile(np.arange(slots, dtype=np.uint32), planes)
    stagger = (index * GOLDEN) % 1.0
    phase = TWO_PI * (slot + shell.phasing * (plane / planes) + stagger) / slots
    return Layer(
        altitude_km,
        inclination_rad(shell, index, altitude_km),
        plane,
        slot,
        _plane_raans(shell, epoch, index)[plane] % TWO_PI,
        np.zeros(len(plane)),
        phase % TWO_PI,
        np.full(len(plane), shell.eccentricity),
    )


def cluster(shell: Shell, epoch: Epoch) -> Layer:
    """rows x columns nodes that fly round one orbit in its plane, all with one mean motion, so that they stay together.

    Hill, Clohessy and Wiltshire's bounded motion is a 2:1 ellipse, 2 along the track and 1 along the radius; for the
    elements it is a difference of the eccentricity vector alone: radial -a (dex cos u + dey sin u), along the track
    2 a (dex sin u - dey cos u). A square lattice in (radius, track / 2) turns as a whole, so neighbours are between
    p and 2 p apart, p = 2/3 of spacing_m: their mean distance is spacing_m, and no two ever meet.
    """
    _check_cluster(shell)
    raan = float(raan_of_local_time_rad(np.array(shell.ltan_h[0]), epoch)) if shell.ltan_h else 0.0
    a_km = EARTH_RADIUS_KM + shell.altitude_km
    pitch = shell.spacing_m / 1000.0 * (2.0 / 3.0) / a_km
    plane = np.repeat(np.arange(shell.rows, dtype=np.uint32), shell.columns)
    slot = np.tile(np.arange(shell.columns, dtype=np.uint32), shell.rows)
    e_x = shell.eccentricity - pitch * (plane - (shell.rows - 1) / 2.0)
    e_y = -pitch * (slot - (shell.columns - 1) / 2.0)
    argp = np.arctan2(e_y, e_x)
    return Layer(
        shell.altitude_km,
        inclination_rad(shell, 0, shell.altitude_km),
        plane,
        slot,
        np.full(len(plane), (raan + math.radians(shell.raan_deg)) % TWO_PI),
        argp % TWO_PI,
        -argp % TWO_PI,
        np.hypot(e_x, e_y),
    )


def _check_cluster(shell: Shell) -> None:
    """The corner's mean distance from the middle must be within radius_km."""
    corner_km = shell.spacing_m / 1000.0 * math.hypot((shell.rows - 1) / 2.0, (shell.columns - 1) / 2.0)
    if corner_km > shell.radius_km:
        raise RecipeError(
            f"shell '{shell.name}': {shell.rows} x {shell.columns} nodes {shell.spacing_m:g} m apart must fit "
            f"radius_km {shell.radius_km:g}, they reach {corner_km:.2f} km",
            "lower spacing_m, or raise radius_km",
        )
