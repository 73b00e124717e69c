"""Builds assets/fonts: the Inter typeface as .ttf, which Qt loads (npm inter-ui carries .woff2 alone)."""

from __future__ import annotations

import io
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from product import Product
from registry import INTER_UI, Registry

WEIGHTS = ("Regular", "Medium", "SemiBold")
# Latin with all its accents, modifiers, Greek, Cyrillic, punctuation, super- and subscripts, currency, letterlike,
# fractions, arrows, mathematics, technical, boxes and shapes, Latin ligatures.
RANGES = (
    (0x0020, 0x02FF), (0x0300, 0x036F), (0x0370, 0x03FF), (0x0400, 0x052F), (0x1D00, 0x1EFF), (0x2000, 0x214F),
    (0x2150, 0x22FF), (0x2300, 0x23FF), (0x2500, 0x26FF), (0xFB00, 0xFB06),
)  # fmt: skip


def converted(woff2: bytes) -> TTFont:
    """Unpack a .woff2 and drop the scripts that the program never shows; all type features (tnum, zero) stay."""
    font = TTFont(io.BytesIO(woff2), recalcTimestamp=False)
    options = Options()
    options.layout_features = ["*"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    font.flavor = None
    return font


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write Inter-Regular.ttf, Inter-Medium.ttf, Inter-SemiBold.ttf."""
    products = []
    for weight in WEIGHTS:
        member = f"package/web/Inter-{weight}.woff2"
        path = f"fonts/Inter-{weight}.ttf"
        converted(registry.read(INTER_UI, member)).save(assets / path)
        made = "woff2 unpacked to ttf; Latin, Greek, Cyrillic, signs kept; all OpenType features kept"
        products.append(Product(path, ((INTER_UI, member),), "SIL OFL 1.1", made))
    return products
