"""Colour tables: a colour map's name -> 256 colours that stay visible on black space and the dark Earth."""

from __future__ import annotations

from functools import cache

import cmap
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo

LEAST_LUMINANCE = 0.075
"""Relative luminance (0..1, linear light) below which a node would sink into the night side."""
OKABE_ITO = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#4f8fe0", "#b8c0cc")
"""Okabe and Ito 2008, colour-blind safe; for a dark ground its blue is lighter and its black is a light grey."""
STATUS = ("#7d8799", "#56b4e9", "#8a7fd6", "#ffb454", "#ff5c5c", "#565d6b")
"""planned, active, hibernating, throttled, failed, retired."""
SUNLIT = ((0.0, "#4668e0"), (0.5, "#c9776a"), (1.0, "#ffcf66"))
"""Shadow cool, sunlight warm, penumbra between."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def colormap_name(info: MetricInfo | None, chosen: str | None = None) -> str:
    """Name of the colour map that shows a metric: the chosen one, else its own; sunlight has two tones of its own."""
    if chosen:
        return chosen
    if info is None:
        return "viridis"
    return info.name if info.name in ("sunlit", "status") else info.colormap


def table_for(info: MetricInfo | None, chosen: str | None = None) -> NDArray[np.uint8]:
    """lut() for a metric: what nodes and legends use."""
    categories = len(info.flags) if info is not None and info.is_category else None
    return lut(colormap_name(info, chosen), categories)


@cache
def lut(colormap_name: str, categories: int | None = None) -> NDArray[np.uint8]:
    """(256, 4) uint8 sRGB colours. With `categories`, entry k is the colour of category k (they repeat after eight);
    "status" has its own. Unknown names give viridis. Do not write to the array."""
    if categories is not None:
        base = STATUS if colormap_name == "status" else OKABE_ITO
        table = np.array([_rgb(text) for text in base])[np.arange(256) % len(base)]
    elif colormap_name in ("sunlit", "two-tone"):
        places, colours = zip(*((place, _rgb(text)) for place, text in SUNLIT), strict=True)
        x = np.linspace(0.0, 1.0, 256)
        table = np.column_stack([np.interp(x, places, [colour[k] for colour in colours]) for k in range(3)])
    else:
        table = _visible(_sampled(colormap_name))
    rgba = np.full((256, 4), 255, np.uint8)
    rgba[:, :3] = np.round(table * 255.0)
    rgba.flags.writeable = False
    return rgba


def _rgb(text: str) -> tuple[float, float, float]:
    return tuple(int(text[k : k + 2], 16) / 255.0 for k in (1, 3, 5))  # type: ignore[return-value]


def _sampled(name: str) -> NDArray[np.float64]:
    """(1024, 3) sRGB 0..1."""
    try:
        colormap = cmap.Colormap(name)
    except (ValueError, KeyError, FileNotFoundError, TypeError):
        colormap = cmap.Colormap("viridis")
    return np.asarray(colormap(np.linspace(0.0, 1.0, 1024)), dtype=np.float64)[:, :3]


def _visible(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1024, 3) -> (256, 3): a dark end of the map is cut off and the rest stretched; dark middles are lifted."""
    bright = (table**2.2) @ _LUMA >= LEAST_LUMINANCE
    first, last = 0, len(table) - 1
    if bright.any():
        first, last = int(np.argmax(bright)), len(table) - 1 - int(np.argmax(bright[::-1]))
    # A map whose dark part is in the middle (diverging) or that is dark all over is lifted, not cut.
    if last - first < len(table) // 2:
        first, last = 0, len(table) - 1
    at = np.linspace(first, last, 256)
    cut = np.column_stack([np.interp(at, np.arange(len(table)), table[:, k]) for k in range(3)])
    linear = cut**2.2
    luminance = linear @ _LUMA
    lift = np.clip((LEAST_LUMINANCE - luminance) / (1.0 - luminance), 0.0, 1.0)[:, None]
    return np.asarray((linear + lift * (1.0 - linear)) ** (1.0 / 2.2))
