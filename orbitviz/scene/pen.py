"""Pen: words and marks on a picture that leaves the program, in the ink of the scene's theme. Pillow, shipped font."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PIL import ImageDraw, ImageFont

from orbitviz.core.assets import asset_path
from orbitviz.core.errors import OrbitvizError

Rgba = tuple[int, int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Ink:
    """Colours of words, of lesser words, of the plate below them and of the hem that lifts them off the picture."""

    text: Rgba
    muted: Rgba
    plate: Rgba
    hem: Rgba


INKS = {
    "dark": Ink((219, 226, 238, 255), (168, 178, 196, 255), (11, 14, 20, 165), (5, 7, 12, 150)),
    "light": Ink((24, 32, 46, 255), (74, 86, 106, 255), (246, 248, 251, 205), (255, 255, 255, 120)),
    "print": Ink((0, 0, 0, 255), (60, 60, 60, 255), (255, 255, 255, 235), (255, 255, 255, 0)),
}


@lru_cache(maxsize=32)
def font_of(size_px: int, weight: str = "Regular") -> Font:
    """The shipped font; Pillow's own where it is missing."""
    try:
        return ImageFont.truetype(str(asset_path(f"fonts/Inter-{weight}.ttf")), size_px)
    except (OrbitvizError, OSError):
        return ImageFont.load_default(size_px)


class Pen:
    """Draws in units of a 1,080-line picture; negative places count from the right and the bottom."""

    def __init__(self, draw: ImageDraw.ImageDraw, size: tuple[int, int], scale: float, ink: Ink) -> None:
        self.draw, self.size, self.scale, self.ink = draw, size, scale, ink

    def at(self, place: tuple[float, float]) -> tuple[float, float]:
        """Pixels of a place."""
        x, y = place[0] * self.scale, place[1] * self.scale
        return (x + self.size[0] if x < 0 else x), (y + self.size[1] if y < 0 else y)

    def text(
        self,
        place: tuple[float, float],
        words: str,
        size: int,
        weight: str = "Regular",
        muted: bool = False,
        anchor: str = "ls",
    ) -> float:
        """Writes on a baseline (default) and returns the width, in 1,080-line units. Places from the top are tops."""
        font = font_of(max(8, round(size * self.scale)), weight)
        if anchor == "ls" and place[1] >= 0:
            anchor = "lt"
        x, y = self.at(place)
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            self.draw.text((x + dx, y + dy), words, fill=self.ink.hem, font=font, anchor=anchor)
        self.draw.text((x, y), words, fill=self.ink.muted if muted else self.ink.text, font=font, anchor=anchor)
        return float(self.draw.textlength(words, font=font)) / self.scale

    def width(self, words: str, size: int, weight: str = "Regular") -> float:
        """Width of the words, in 1,080-line units."""
        font = font_of(max(8, round(size * self.scale)), weight)
        return float(self.draw.textlength(words, font=font)) / self.scale

    def plate(self, place: tuple[float, float], size: tuple[float, float]) -> None:
        """A ground for words: nodes and ice may lie under them."""
        x, y = self.at(place)
        corner = (x + size[0] * self.scale, y + size[1] * self.scale)
        self.draw.rounded_rectangle((x, y, *corner), radius=6 * self.scale, fill=self.ink.plate)

    def box(self, place: tuple[float, float], size: tuple[float, float], colour: tuple[int, ...]) -> None:
        """A filled rectangle."""
        x, y = self.at(place)
        corner = max(x, x + size[0] * self.scale - 1), max(y, y + size[1] * self.scale - 1)
        self.draw.rectangle((x, y, *corner), fill=colour)

    def arrow(self, place: tuple[float, float], side: int) -> None:
        """A small triangle, its tip at `place`, pointing left (-1) or right (1)."""
        x, y = self.at(place)
        base, half = x - side * 7 * self.scale, 4 * self.scale
        self.draw.polygon([(x, y), (base, y - half), (base, y + half)], fill=self.ink.muted)
