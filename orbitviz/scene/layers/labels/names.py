"""What can be named in a picture: the selected node, those linked to it, near ones, cities, ground sites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.assets import asset_path
from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.layers.labels.layout import Wanted
from orbitviz.scene.resolve import SceneState

F64 = NDArray[np.float64]
Colour = tuple[float, float, float, float]
SELECTED: Colour = (0.55, 0.85, 1.0, 1.0)
LINKED: Colour = (0.86, 0.89, 0.93, 1.0)
NEARBY: Colour = (0.66, 0.70, 0.77, 1.0)
CITY: Colour = (0.90, 0.90, 0.86, 0.92)
SITE: Colour = (0.62, 0.90, 0.72, 1.0)
CITIES_FROM_KM_PX = 6.0
"""Ground kilometres of a logical pixel from which cities are named; at 1 those above CITY_PEOPLE inhabitants."""
CITY_PEOPLE = 0.4e6
LEAST_FACING = 0.12
"""Cosine between the ground's normal and the eye below which nothing on the ground is named."""


def short_label(fleet: Fleet, row: int, beside: int | None) -> str:
    """A node's name; beside another one only what differs from that one's."""
    named = fleet.name is not None and bool(fleet.name[row])
    if beside is None or named or not fleet.shells:
        return fleet.label(row)
    slot = f"slot {int(fleet.slot[row]) + 1}"
    mine, other = (fleet.shells[int(fleet.shell[one])] for one in (row, beside))
    if mine.group != other.group:
        return fleet.label(row)
    if mine != other:
        return f"{mine.altitude_km:.1f} km · plane {int(fleet.plane[row]) + 1} · {slot}"
    return slot if fleet.plane[row] == fleet.plane[beside] else f"plane {int(fleet.plane[row]) + 1} · {slot}"


@dataclass(frozen=True)
class Places:
    """Named places on the ground: names, ITRF unit vectors (C, 3), and the order in which they matter (C,): people."""

    names: tuple[str, ...]
    up: F64
    people: F64


@cache
def cities() -> Places:
    """The shipped cities, most populous first."""
    with np.load(asset_path("cities.npz"), allow_pickle=False) as table:
        names = tuple(bytes(name).decode("utf-8") for name in table["name"])
        return Places(names, _up(table["lat_deg"], table["lon_deg"]), table["population"].astype(np.float64))


def sites(document: Document) -> Places:
    """The ground sites that a recipe lists by name."""
    listed = [] if document.scenario is None else [site for site in document.scenario.ground if not site.file]
    lat, lon = (np.array([getattr(site, name) for site in listed]) for name in ("lat_deg", "lon_deg"))
    names = tuple(site.name or site.kind for site in listed)
    return Places(names, _up(lat, lon).reshape(-1, 3), np.array([site.weight for site in listed]))


def _up(lat_deg: NDArray[np.floating], lon_deg: NDArray[np.floating]) -> F64:
    """On a sphere, as the Earth's pictures are laid on."""
    lat, lon = np.radians(np.asarray(lat_deg, np.float64)), np.radians(np.asarray(lon_deg, np.float64))
    return np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)


def ground_km_per_px(state: SceneState) -> float:
    """Kilometres of a logical pixel on the ground below the camera."""
    height_km = float(np.linalg.norm(state.pose.eye)) - EARTH_RADIUS_KM
    half_km = state.pose.half_km or state.pose.tan_half * max(height_km, 1.0)
    return 2.0 * half_km * state.scale / state.size[1]


def least_people(km_per_px: float) -> float:
    """Inhabitants from which a city is named; infinite from afar."""
    return CITY_PEOPLE * km_per_px if km_per_px <= CITIES_FROM_KM_PX else np.inf


def on_ground(
    kind: str, places: Places, some: NDArray[np.integer], state: SceneState, rank: float, colour: Colour
) -> list[Wanted]:
    """Labels of places that are in the picture and not at the limb, the first ranked first."""
    up = places.up[some] @ rotation_z(state.sky.gmst_rad)
    place_km = EARTH_RADIUS_KM * up
    relative = place_km - state.pose.eye
    if state.pose.half_km > 0.0:
        facing = up @ np.array(state.pose.axes[2])
    else:
        facing = -np.einsum("ij,ij->i", up, relative) / np.linalg.norm(relative, axis=1)
    x, y, depth = state.pose.project(relative, state.size)
    inside = (depth > 0.0) & (facing > LEAST_FACING) & (x > 0) & (x < state.size[0]) & (y > 0) & (y < state.size[1])
    found = []
    for order, k in enumerate(np.flatnonzero(inside)):
        row = int(some[k])
        fade = min(1.0, (float(facing[k]) - LEAST_FACING) / 0.15)
        shade = (*colour[:3], colour[3] * fade)
        gap, later = 5.0 * state.scale, rank + min(order, 900) * 0.05
        found.append(Wanted((kind, row), places.names[row], float(x[k]), float(y[k]), later, shade, gap, dot=True))
    return found


def of_node(
    text: str, row: int, relative_km: F64, state: SceneState, rank: float, colour: Colour, gap: float, side: str
) -> Wanted | None:
    """The label of a node at relative_km (3,) from the eye, unless it is out of the picture or behind the Earth."""
    if not np.isfinite(relative_km).all() or bool(state.pose.hides(relative_km)):
        return None
    x, y, depth = (float(part) for part in state.pose.project(relative_km, state.size))
    if depth <= 0.0 or not (0.0 < x < state.size[0] and 0.0 < y < state.size[1]):
        return None
    return Wanted(("node", row), text, x, y, rank, colour, gap, side=side)
