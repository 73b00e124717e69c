"""Copies the icons of the window from npm lucide-static to assets/icons, one .svg each, stroke="currentColor"."""

from __future__ import annotations

import re
from pathlib import Path

from product import Product
from registry import LUCIDE, Registry

NAMES = (
    "camera", "chart-line", "check", "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle",
    "compass", "cpu", "crosshair", "download", "eye", "eye-off", "file-plus", "flame", "folder-open", "gauge",
    "globe", "info", "keyboard", "layers", "layout-grid", "link", "list", "maximize", "minimize", "minus", "orbit",
    "palette", "pause", "play", "plus", "presentation", "repeat", "rewind", "fast-forward", "rotate-3d", "satellite",
    "save", "search", "settings", "skip-back", "skip-forward", "square", "step-back", "step-forward", "sun",
    "thermometer", "trash-2", "triangle-alert", "x", "zap",
)  # fmt: skip


def slimmed(svg: str) -> str:
    """Drop the comment and class and the line breaks of a lucide file; the drawing stays as it is."""
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s+class="[^"]*"', "", svg)
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg)).replace(" >", ">").strip() + "\n"


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write icons/<name>.svg."""
    products = []
    for name in sorted(NAMES):
        member = f"package/icons/{name}.svg"
        path = f"icons/{name}.svg"
        text = slimmed(registry.read(LUCIDE, member).decode("utf-8"))
        (assets / path).write_bytes(text.encode("utf-8"))
        products.append(Product(path, ((LUCIDE, member),), "ISC / MIT", "comment, class and line breaks removed"))
    return products
