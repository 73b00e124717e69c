"""Renders packaging/icons/orbitviz.svg, our own drawing, to assets/icons/app/orbitviz-<size>.png."""

from __future__ import annotations

import shutil
from pathlib import Path

from product import Product
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from registry import Registry

DRAWING = Path(__file__).resolve().parents[1] / "icons" / "orbitviz.svg"
SIZES_PX = (16, 24, 32, 48, 64, 128, 256, 512)
# Drawn larger and scaled down once: thin rings keep their weight in the small sizes.
OVERSAMPLING = 4


def rendered(size_px: int) -> QImage:
    """Return the drawing as a square image with alpha."""
    image = QImage(size_px * OVERSAMPLING, size_px * OVERSAMPLING, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(size_px, size_px, Qt.AspectRatioMode.KeepAspectRatio, smooth)


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write the .png sizes and a copy of the .svg; `registry` is not asked for anything."""
    folder = assets / "icons" / "app"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DRAWING, folder / "orbitviz.svg")
    products = [Product("icons/app/orbitviz.svg", (), "MIT (our own)", "drawn for orbitviz")]
    for size_px in SIZES_PX:
        path = f"icons/app/orbitviz-{size_px}.png"
        if not rendered(size_px).save(str(assets / path)):
            raise OSError(f"{path} could not be written")
        products.append(Product(path, (), "MIT (our own)", f"orbitviz.svg drawn at {size_px} px"))
    return products
