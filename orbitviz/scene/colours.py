"""Colour tables: a colour map's name -> colours that stay visible on the scene's ground, and the tables that warp a
range onto them (log, percentile, about zero)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import cmap
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo

F64 = NDArray[np.float64]
TEXELS = 1024
"""Colours of a range, from its low to its high end."""
LEAST_LUMINANCE = 0.075
"""Relative luminance (0..1, linear light) below which a node would sink into the night side."""
MOST_LUMINANCE = {"light": 0.42, "print": 0.42}
"""Above which it would sink into a pale ground."""
OKABE_ITO = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#4f8fe0", "#b8c0cc")
"""Okabe and Ito 2008, colour-blind safe; for a dark ground its blue is lighter and its black is a light grey."""
OKABE_ITO_PALE = ("#c77f00", "#2b8fd0", "#00805c", "#b09a00", "#c24f00", "#b0548b", "#0063a8", "#30343c")
"""The same for a pale ground: its yellow and light blue are darker, its black is nearly its own."""
STATUS = ("#7d8799", "#56b4e9", "#8a7fd6", "#ffb454", "#ff5c5c", "#565d6b")
"""planned, active, hibernating, throttled, failed, retired."""
STATUS_PALE = ("#8a93a3", "#1f83c4", "#6a5cc4", "#c77700", "#cf2b2b", "#5d6470")
SUNLIT = ((0.0, "#4668e0"), (0.5, "#c9776a"), (1.0, "#ffcf66"))
"""Shadow cool, sunlight warm, penumbra between."""
SUNLIT_PALE = ((0.0, "#2a47b8"), (0.5, "#a8574a"), (1.0, "#d98e00"))
UNKNOWN = (0.42, 0.45, 0.50)
"""sRGB of a node without a value; the shaders carry the same."""
COUNTS = "inferno"
"""The map of "nodes in a pixel"."""
SEQUENTIAL = (
    *("viridis", "cividis", "inferno", "magma", "plasma", "crameri:batlow", "crameri:batlowW", "crameri:lajolla"),
    *("crameri:oslo", "crameri:bamako", "cmocean:thermal", "cmocean:haline"),
)
DIVERGING = ("crameri:vik", "crameri:roma", "crameri:broc", "crameri:berlin")
"""Offered beside a metric's own: perceptually uniform, and read well with any kind of colour vision. A diverging map
has its middle at zero."""
OF_TWO_RUNS = ("crameri:vik", "same")
"""Maps of differences: of amounts, and of categories that are the same in both runs or not."""
SAME_OR_NOT, SAME_OR_NOT_PALE = ("#5C6675", "#F0A33A"), ("#A9B1BD", "#C46A00")
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def colormap_name(info: MetricInfo | None, chosen: str | None = None) -> str:
    """Name of the colour map that shows a metric: the chosen one, else its own; sunlight has two tones of its own, and
    what may be above or below zero is shown about zero."""
    if chosen:
        return chosen
    if info is None:
        return "viridis"
    if info.name in ("sunlit", "status") and info.colormap not in OF_TWO_RUNS:
        return info.name
    if info.low < 0.0 < info.high and not info.is_category and not is_diverging(info.colormap):
        return DIVERGING[0]
    return info.colormap


@cache
def is_diverging(name: str) -> bool:
    """Whether a map has a middle from which two kinds of colour go apart."""
    try:
        return str(cmap.Colormap(name).category) == "diverging"
    except (ValueError, KeyError, FileNotFoundError, TypeError):
        return False


def table_for(info: MetricInfo | None, chosen: str | None = None, theme: str = "dark") -> NDArray[np.uint8]:
    """lut() for a metric: what nodes and legends use."""
    categories = len(info.flags) if info is not None and info.is_category else None
    return lut(colormap_name(info, chosen), categories, theme)


@cache
def lut(colormap_name: str, categories: int | None = None, theme: str = "dark") -> NDArray[np.uint8]:
    """(256, 4) uint8 sRGB colours. With `categories`, entry k is the colour of category k (they repeat after eight);
    "status" has its own. Unknown names give viridis. Do not write to the array."""
    if categories is not None:
        return _bytes(np.array([_rgb(text) for text in _category_colours(colormap_name, theme)]))
    return _bytes(_at(_fine(colormap_name, theme), np.linspace(0.0, 1.0, 256)))


def _category_colours(name: str, theme: str) -> list[str]:
    pale = theme != "dark"
    if name == "same":
        base: Sequence[str] = SAME_OR_NOT_PALE if pale else SAME_OR_NOT
        return [base[min(k, 1)] for k in range(256)]
    base = (STATUS_PALE if pale else STATUS) if name == "status" else (OKABE_ITO_PALE if pale else OKABE_ITO)
    return [base[k % len(base)] for k in range(256)]


@cache
def _fine(name: str, theme: str) -> F64:
    """(1024, 3) sRGB 0..1 of a map, fit for the theme's ground."""
    if name in ("sunlit", "two-tone"):
        stops = SUNLIT if theme == "dark" else SUNLIT_PALE
        places, colours = zip(*((place, _rgb(text)) for place, text in stops), strict=True)
        x = np.linspace(0.0, 1.0, TEXELS)
        return np.column_stack([np.interp(x, places, [colour[k] for colour in colours]) for k in range(3)])
    return _visible(_sampled(name), theme, is_diverging(name))


def _at(table: F64, places: F64) -> F64:
    x = np.linspace(0.0, 1.0, len(table))
    return np.column_stack([np.interp(places, x, table[:, k]) for k in range(3)])


def _bytes(table: F64) -> NDArray[np.uint8]:
    rgba = np.full((len(table), 4), 255, np.uint8)
    rgba[:, :3] = np.round(table * 255.0)
    rgba.flags.writeable = False
    return rgba


def _rgb(text: str) -> tuple[float, float, float]:
    return tuple(int(text[k : k + 2], 16) / 255.0 for k in (1, 3, 5))  # type: ignore[return-value]


def _sampled(name: str) -> F64:
    """(1024, 3) sRGB 0..1."""
    try:
        colormap = cmap.Colormap(name)
    except (ValueError, KeyError, FileNotFoundError, TypeError):
        colormap = cmap.Colormap("viridis")
    return np.asarray(colormap(np.linspace(0.0, 1.0, TEXELS)), dtype=np.float64)[:, :3]


def _visible(table: F64, theme: str, diverging: bool) -> F64:
    """(1024, 3): an end of the map that would sink into the ground is cut off and the rest stretched; what remains of
    it in the middle is lifted (or, on a pale ground, darkened). A diverging map is not cut: its middle would move."""
    luminance = (table**2.2) @ _LUMA
    most = MOST_LUMINANCE.get(theme)
    good = luminance >= LEAST_LUMINANCE if most is None else luminance <= most
    first, last = 0, len(table) - 1
    if good.any() and not diverging:
        first, last = int(np.argmax(good)), len(table) - 1 - int(np.argmax(good[::-1]))
    # A map whose bad part is in the middle, or that is bad all over, is mended, not cut.
    if last - first < len(table) // 2:
        first, last = 0, len(table) - 1
    cut = _at(table, np.linspace(first, last, TEXELS) / (len(table) - 1))
    return _lifted(cut) if most is None else _darkened(cut, most)


def _lifted(table: F64) -> F64:
    linear = table**2.2
    luminance = linear @ _LUMA
    lift = np.clip((LEAST_LUMINANCE - luminance) / (1.0 - luminance), 0.0, 1.0)[:, None]
    return np.asarray((linear + lift * (1.0 - linear)) ** (1.0 / 2.2))


def _darkened(table: F64, most: float) -> F64:
    linear = table**2.2
    luminance = linear @ _LUMA
    return np.asarray((linear * np.minimum(most / np.maximum(luminance, 1e-6), 1.0)[:, None]) ** (1.0 / 2.2))


# -- ranges -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Warp:
    """How places in a range, 0 at `low` to 1 at `high`, become places on a colour map. scale: linear, log (both ends
    above zero), percentile (by `distribution`). centred: zero is in the middle of the map, linear to either side."""

    scale: str
    low: float
    high: float
    centred: bool = False
    distribution: Distribution | None = None

    @property
    def key(self) -> Hashable:
        """Equal for warps that are the same; None for a plain linear one, which no range changes."""
        if self.scale == "percentile" and self.distribution is not None:
            return ("percentile", self.low, self.high, self.distribution.key)
        if self.scale == "log":
            return ("log", round(self.high / self.low, 6))
        if self.centred and self.low < self.high and abs(self.low + self.high) > 1e-9 * (self.high - self.low):
            return ("zero", round(self.low / (self.high - self.low), 6))
        return None

    def places(self, x: F64) -> F64:
        """(n,) places in the range -> places on the map."""
        key = self.key
        if key is None:
            return x
        values = self.low + x * (self.high - self.low)
        if self.scale == "log":
            return np.asarray(np.log(np.maximum(values, self.low) / self.low) / np.log(self.high / self.low))
        if self.scale == "percentile" and self.distribution is not None:
            return _equalised(self.distribution, values, x)
        return np.asarray(np.clip(0.5 + 0.5 * values / max(abs(self.low), abs(self.high)), 0.0, 1.0))


def _equalised(distribution: Distribution, values: F64, x: F64) -> F64:
    """Share of the nodes within the range that lie below each value; linear where the range holds no node."""
    up_to = distribution.cumulative(np.concatenate((values[:1], values, values[-1:])))
    inside = up_to[-1] - up_to[0]
    return np.asarray((up_to[1:-1] - up_to[0]) / inside) if inside > 0 else x


@lru_cache(maxsize=64)
def _plain_ramp(name: str, categories: int | None, theme: str, reverse: bool) -> NDArray[np.uint8]:
    if categories is not None:
        return np.repeat(lut(name, categories, theme), TEXELS // 256, axis=0)
    table = _fine(name, theme)
    return _bytes(table[::-1] if reverse else table)


def ramp(
    name: str, categories: int | None = None, theme: str = "dark", reverse: bool = False, warp: Warp | None = None
) -> NDArray[np.uint8]:
    """(1024, 4) uint8 sRGB of a range, low end first: what the resolve pass looks up. Category k fills texels 4 k on.
    Do not write to the array."""
    if categories is not None or warp is None or warp.key is None:
        return _plain_ramp(name, categories, theme, reverse)
    places = warp.places((np.arange(TEXELS) + 0.5) / TEXELS)
    table = _fine(name, theme)
    return _bytes(_at(table[::-1] if reverse else table, places))
