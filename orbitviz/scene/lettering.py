"""Words on a picture that leaves the program: caption, legend with unit and range, UTC. Pillow, the shipped font."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from orbitviz.core.assets import asset_path
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo
from orbitviz.core.units import with_unit
from orbitviz.scene.colours import lut
from orbitviz.scene.resolve import SceneState

TEXT, MUTED, PLATE = (219, 226, 238, 255), (168, 178, 196, 255), (11, 14, 20, 165)
MARGIN, PAD, BAR_WIDTH, BAR_HEIGHT = 40, 14, 300, 10
MOST_CATEGORIES = 12
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=32)
def _font(size_px: int, weight: str = "Regular") -> Font:
    try:
        return ImageFont.truetype(str(asset_path(f"fonts/Inter-{weight}.ttf")), size_px)
    except (OrbitvizError, OSError):
        return ImageFont.load_default(size_px)


def letter(pixels: NDArray[np.uint8], state: SceneState, caption: str, legend: bool) -> NDArray[np.uint8]:
    """(H, W, 4) -> the same with the words written in."""
    image = Image.fromarray(pixels, "RGBA")
    over = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = _Pen(ImageDraw.Draw(over), over.size, max(0.55, over.size[1] / 1080.0))
    if caption:
        pen.text((MARGIN, MARGIN), caption, 30, "SemiBold")
    if legend:
        instant = state.epoch.plus(state.t_s).iso().replace("T", " ").replace("Z", " UTC")
        width = pen.width(instant, 17)
        pen.plate((-MARGIN - width - PAD, -MARGIN - 17 - PAD + 2), (width + 2 * PAD, 17 + 2 * PAD))
        pen.text((-MARGIN, -MARGIN), instant, 17, anchor="rs")
        if state.colour.metric is not None:
            _legend(pen, state, state.colour.metric)
    return np.asarray(Image.alpha_composite(image, over))


class _Pen:
    """Draws in units of a 1,080-line picture; negative places count from the right and the bottom."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: tuple[int, int], scale: float) -> None:
        self.draw, self.size, self.scale = draw, size, scale

    def at(self, place: tuple[float, float]) -> tuple[float, float]:
        x, y = place[0] * self.scale, place[1] * self.scale
        return (x + self.size[0] if x < 0 else x), (y + self.size[1] if y < 0 else y)

    def text(
        self,
        place: tuple[float, float],
        words: str,
        size: int,
        weight: str = "Regular",
        colour: tuple[int, int, int, int] = TEXT,
        anchor: str = "ls",
    ) -> float:
        """Writes on a baseline (default) and returns the width, in 1,080-line units. Places from the top are tops."""
        font = _font(max(8, round(size * self.scale)), weight)
        if anchor == "ls" and place[1] >= 0:
            anchor = "lt"
        x, y = self.at(place)
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):  # a dark hem, so that words stay readable over ice
            self.draw.text((x + dx, y + dy), words, fill=(5, 7, 12, 150), font=font, anchor=anchor)
        self.draw.text((x, y), words, fill=colour, font=font, anchor=anchor)
        return float(self.draw.textlength(words, font=font)) / self.scale

    def width(self, words: str, size: int, weight: str = "Regular") -> float:
        """Width of the words, in 1,080-line units."""
        font = _font(max(8, round(size * self.scale)), weight)
        return float(self.draw.textlength(words, font=font)) / self.scale

    def plate(self, place: tuple[float, float], size: tuple[float, float]) -> None:
        """A dark ground for words: nodes and ice may lie under them."""
        x, y = self.at(place)
        corner = (x + size[0] * self.scale, y + size[1] * self.scale)
        self.draw.rounded_rectangle((x, y, *corner), radius=6 * self.scale, fill=PLATE)

    def box(self, place: tuple[float, float], size: tuple[float, float], colour: tuple[int, ...]) -> None:
        x, y = self.at(place)
        self.draw.rectangle((x, y, x + size[0] * self.scale - 1, y + size[1] * self.scale - 1), fill=colour)


def _legend(pen: _Pen, state: SceneState, info: MetricInfo) -> None:
    """Bottom left: what the colours mean."""
    if info.is_category:
        _categories(pen, state, info)
        return
    title = info.long_name[:1].upper() + info.long_name[1:]
    width = max(BAR_WIDTH, pen.width(title, 18, "Medium"))
    pen.plate((MARGIN - PAD, -MARGIN - 54 - PAD), (width + 2 * PAD, 60 + 2 * PAD))
    pen.text((MARGIN, -MARGIN - 38), title, 18, "Medium")
    table = lut(state.colour.colormap)
    x0, y0 = pen.at((MARGIN, -MARGIN - 28))
    width, height = round(BAR_WIDTH * pen.scale), max(2, round(BAR_HEIGHT * pen.scale))
    for x in range(width):
        colour = tuple(int(v) for v in table[round(x * 255 / max(width - 1, 1))])
        pen.draw.line((x0 + x, y0, x0 + x, y0 + height), fill=colour)
    low, high = state.colour.low, state.colour.high
    middle = (low + high) / 2.0
    for share, value, anchor in ((0.0, low, "ls"), (0.5, middle, "ms"), (1.0, high, "rs")):
        words = with_unit(value, info.unit, digits=2)
        pen.text((MARGIN + share * BAR_WIDTH, -MARGIN + 2), words, 14, colour=MUTED, anchor=anchor)


def _categories(pen: _Pen, state: SceneState, info: MetricInfo) -> None:
    flags = sorted(info.flags.items())
    more = len(flags) - MOST_CATEGORIES
    flags = flags[:MOST_CATEGORIES] if more > 1 else flags
    table = lut(state.colour.colormap, len(info.flags))
    lines = [words for _, words in flags] + ([f"and {more} more"] if more > 1 else [])
    title = info.long_name[:1].upper() + info.long_name[1:]
    top = -MARGIN - 24 * len(lines)
    width = max(pen.width(title, 18, "Medium"), 24 + max(pen.width(words, 15) for words in lines))
    pen.plate((MARGIN - PAD, top - 17 - PAD), (width + 2 * PAD, 24 * len(lines) + 22 + 2 * PAD))
    pen.text((MARGIN, top), title, 18, "Medium")
    if more > 1:
        pen.text((MARGIN + 24, -MARGIN), lines[-1], 15, colour=MUTED)
    for index, (number, words) in enumerate(flags):
        y = top + 24 * (index + 1)
        pen.box((MARGIN, y - 12), (14, 12), tuple(int(v) for v in table[number % 256]))
        pen.text((MARGIN + 24, y), words, 15, colour=TEXT)
