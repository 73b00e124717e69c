"""The first view of a document: the whole fleet round the globe, day and night in sight; a cluster from beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.session.viewpoint import FARTHEST_KM, Viewpoint
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import sun_teme

FROM_SUN_DEG = 62.0
"""Right ascension of the camera beyond the Sun's: two thirds of the disk in daylight, city lights on the rest."""
LATITUDE_DEG = 20.0
FILL = 0.9
"""Share of the field of view's half height that the outermost orbits take."""
CLUSTER_KM = 200.0
CLUSTER_AWAY = 4.6
"""Distance from a cluster in its radii: clear of the legend in a small window."""
SMALL_FLEET = 4096


def whole_fleet_km(fleet: Fleet, fov_deg: float) -> float:
    """Distance from the Earth's centre at which nearly all orbits are in the picture, km."""
    elements = fleet.elements
    apogee_km = (EARTH_RADIUS_KM + elements.altitude_km) * (1.0 + elements.eccentricity)
    known = apogee_km[np.isfinite(apogee_km)]
    outermost_km = float(np.quantile(known, 0.99)) if len(known) else EARTH_RADIUS_KM
    outermost_km = max(outermost_km, EARTH_RADIUS_KM + 300.0)
    return min(outermost_km / math.sin(math.radians(0.5 * fov_deg * FILL)), FARTHEST_KM)


def first_view(document: Document, t_s: float, view: Viewpoint) -> dict[str, Any]:
    """Fields of a Viewpoint (inertial) to begin with at t_s; pure."""
    sun, _ = sun_teme(document.epoch, t_s)
    sun = np.asarray(sun, np.float64).reshape(3)
    right_ascension_deg = math.degrees(math.atan2(sun[1], sun[0]))
    lon_deg = (right_ascension_deg + FROM_SUN_DEG + 180.0) % 360.0 - 180.0
    whole_km = whole_fleet_km(document.fleet, view.fov_deg)
    fields: dict[str, Any] = {
        "frame": "inertial",
        "target_row": None,
        "lon_deg": lon_deg,
        "lat_deg": LATITUDE_DEG,
        "distance_km": whole_km,
        "whole_km": whole_km,
    }
    return fields | _beside_cluster(document.fleet, t_s)


def _beside_cluster(fleet: Fleet, t_s: float) -> dict[str, Any]:
    """Of a fleet that flies together: its middle node as the target, seen from outside, the Earth below."""
    if not 2 <= len(fleet) <= SMALL_FLEET:
        return {}
    position_km = Propagator.of(fleet, slice(None)).states(t_s, velocity=False)[0][0]
    known = np.flatnonzero(np.isfinite(position_km[:, 0]))
    if not len(known):
        return {}
    middle_km = np.median(position_km[known], axis=0)
    away_km = np.linalg.norm(position_km[known] - middle_km, axis=1)
    if away_km.max() > CLUSTER_KM:
        return {}
    up = middle_km / np.linalg.norm(middle_km)
    return {
        "target_row": int(known[np.argmin(away_km)]),
        "lon_deg": math.degrees(math.atan2(up[1], up[0])) + 35.0,
        "lat_deg": min(max(math.degrees(math.asin(up[2])) + 25.0, -80.0), 80.0),
        "distance_km": max(CLUSTER_AWAY * float(away_km.max()), 0.3),
    }
