"""Ground sites of a scenario as columns: those a recipe lists, and the shipped list of cities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.assets import asset_path
from orbitviz.core.scenario import Scenario

F64 = NDArray[np.float64]


def cities() -> tuple[F64, F64, F64]:
    """Latitude and longitude in degrees, population, of the shipped cities (GeoNames), each (C,)."""
    with np.load(asset_path("cities.npz"), allow_pickle=False) as table:
        lat_deg, lon_deg, people = (table[name].astype(np.float64) for name in ("lat_deg", "lon_deg", "population"))
    return lat_deg, lon_deg, people


def users(scenario: Scenario) -> tuple[F64, F64, F64]:
    """Latitude and longitude in degrees and weight of every user site, each (S,).

    Cities share out their row's weight by population, so that a listed site of weight 1 counts as much as all of them.
    """
    columns = []
    for site in scenario.ground:
        if site.kind != "user":
            continue
        if site.file:
            lat_deg, lon_deg, people = cities()
            columns.append((lat_deg, lon_deg, site.weight * people / people.sum()))
        else:
            columns.append((np.array([site.lat_deg]), np.array([site.lon_deg]), np.array([site.weight])))
    if not columns:
        return np.empty(0), np.empty(0), np.empty(0)
    lat, lon, weight = (np.concatenate(column) for column in zip(*columns, strict=True))
    return lat, lon, weight
