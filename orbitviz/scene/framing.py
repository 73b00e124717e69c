"""The first view of a document: the whole fleet round the globe, day and night in sight; a cluster from beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.pose import looking
from orbitviz.session.viewpoint import FARTHEST_KM, RIDES, Viewpoint
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import sun_teme

F64 = NDArray[np.float64]
FROM_SUN_DEG = 62.0
"""Right ascension of the camera beyond the Sun's: two thirds of the disk in daylight, city lights on the rest."""
LATITUDE_DEG = 20.0
FILL = 0.9
"""Share of the field of view's half height that the outermost orbits take."""
CLUSTER_KM = 200.0
CLUSTER_AWAY = 4.6
"""Distance from a cluster in its radii: clear of the legend in a small window."""
SMALL_FLEET = 4096


RIDE_AWAY = 3.0
"""Distance of a ride in spans of the node."""
FOLLOW_KM = 2500.0


def node_view(view: Viewpoint, row: int, place_km: F64, gmst_rad: float, close_up_km: float | None) -> dict[str, Any]:
    """Fields of a Viewpoint that follows a node at place_km (3,) TEME, from outside of its orbit; pure.

    close_up_km: how near it comes; None: as near as it is, FOLLOW_KM at most.
    """
    fields: dict[str, Any] = {"target_row": row, "distance_km": close_up_km or min(view.distance_km, FOLLOW_KM)}
    return fields | turned_view(view, place_km, gmst_rad)


def turned_view(view: Viewpoint, place_km: F64, gmst_rad: float) -> dict[str, float]:
    """Fields of a Viewpoint turned until a place (3,) TEME lies well on the near side; none where it does. Pure."""
    away = float(np.linalg.norm(place_km))
    if view.frame == "node" or not np.isfinite(away):
        return {}
    frame = rotation_z(gmst_rad) if view.frame == "earth" else np.eye(3)
    up = frame @ place_km / away
    back, _ = looking(math.radians(view.lon_deg), math.radians(view.lat_deg))
    if float(back @ up) >= 0.5:
        return {}
    level = back - float(back @ up) * up
    x, y, z = 0.8 * up + 0.6 * level / max(float(np.linalg.norm(level)), 1e-9)
    latitude_deg = math.degrees(math.atan2(z, math.hypot(x, y)))
    return {"lon_deg": math.degrees(math.atan2(y, x)), "lat_deg": min(max(latitude_deg, -89.5), 89.5)}


def ride_view(view: Viewpoint, row: int, where: str, span_km: float) -> dict[str, Any]:
    """Fields of a Viewpoint that rides with a node of a span, looking "ahead", "back" or "down"; pure."""
    lon_deg, lat_deg = RIDES[where]
    near = view.target_row == row and view.distance_km < 20.0 * span_km
    distance_km = view.distance_km if near else RIDE_AWAY * span_km
    return {
        "frame": "node",
        "target_row": row,
        "lon_deg": lon_deg,
        "lat_deg": lat_deg,
        "roll_deg": 0.0,
        "distance_km": distance_km,
    }


def whole_fleet_km(fleet: Fleet, fov_deg: float, farthest_km: float = 0.0) -> float:
    """Distance from the Earth's centre at which nearly all orbits are in the picture, km; farthest_km: of recorded
    positions, for a fleet without elements."""
    elements = fleet.elements
    apogee_km = (EARTH_RADIUS_KM + elements.altitude_km) * (1.0 + elements.eccentricity)
    known = apogee_km[np.isfinite(apogee_km)]
    outermost_km = float(np.quantile(known, 0.99)) if len(known) else farthest_km
    outermost_km = max(outermost_km, EARTH_RADIUS_KM + 300.0)
    return min(outermost_km / math.sin(math.radians(0.5 * fov_deg * FILL)), FARTHEST_KM)


def first_view(document: Document, t_s: float, view: Viewpoint) -> dict[str, Any]:
    """Fields of a Viewpoint (inertial) to begin with at t_s; pure."""
    sun, _ = sun_teme(document.epoch, t_s)
    sun = np.asarray(sun, np.float64).reshape(3)
    right_ascension_deg = math.degrees(math.atan2(sun[1], sun[0]))
    lon_deg = (right_ascension_deg + FROM_SUN_DEG + 180.0) % 360.0 - 180.0
    whole_km = whole_fleet_km(document.fleet, view.fov_deg, getattr(document.recording, "farthest_km", 0.0))
    fields: dict[str, Any] = {
        "frame": "inertial",
        "roll_deg": 0.0,
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
