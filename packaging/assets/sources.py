"""Writes assets/SOURCES.md: where every shipped file came from, and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from product import Product
from registry import PACKAGES

OPENING = """\
# Where the assets came from

Built by `packaging/assets/build_all.py` from the packages below and nothing else; `tests/assets` checks the hashes.
Licence texts and attributions: `LICENSES/`.

## Packages

| package | licence | archive's SHA-256 |
| --- | --- | --- |
"""
CONVENTIONS = """
## Conventions

- Pictures of the Earth are equirectangular: left edge longitude -180 degrees, right edge +180, top edge latitude +90.
  `earth_day.jpg` is sRGB; `earth_night.jpg` is grey, 0 no light; `earth_water.png` is grey, 255 water, 0 land or ice.
- `borders.npz`: `coast` and `borders` are (M, 2) float32 longitude and latitude in degrees; line k is
  `coast[coast_starts[k]:coast_starts[k + 1]]` (int32); no line crosses the 180th meridian, no step exceeds 1 degree.
- `cities.npz`: most populous first; `name` UTF-8 bytes, `country` ISO 3166-1 alpha-2 bytes, `lat_deg`, `lon_deg`,
  `utc_offset_hours` float32 (standard time), `population` int32.
- `stars.npz`: brightest first; `ra_deg` 0..360, `dec_deg` (ICRS, epoch J2000), `magnitude` (V), `b_v` float32, `rgb`
  (N, 3) uint8 sRGB with the brightest channel at 255, `hip` int32.

## Files

| file | from | licence | what was done | SHA-256 |
| --- | --- | --- | --- | --- |
"""


def write(products: Sequence[Product], assets: Path) -> None:
    """Write SOURCES.md with one row a product, sorted by path."""
    packages = "".join(f"| {p.title} | {p.licence} | `{p.sha256}` |\n" for p in PACKAGES)
    rows = "".join(_row(product, assets) for product in sorted(products, key=lambda product: product.path))
    (assets / "SOURCES.md").write_bytes((OPENING + packages + CONVENTIONS + rows).encode())


def _row(product: Product, assets: Path) -> str:
    origin = "; ".join(f"{package.title}: `{member}`" for package, member in product.sources) or "our own"
    digest = hashlib.sha256((assets / product.path).read_bytes()).hexdigest()
    return f"| `{product.path}` | {origin} | {product.licence} | {product.made} | `{digest}` |\n"
