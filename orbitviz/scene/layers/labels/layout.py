"""Which labels are shown and where: a budget, no overlaps, and no flicker while things move. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

SIDES = ("right", "left", "above", "below")
AIR = 4.0
"""Logical pixels that a new label keeps away from the others; one that is shown already may come up to them."""


@dataclass(frozen=True)
class Wanted:
    """A label that could be shown: x, y of what it names (device pixels from the top left), its words, rank (the lowest
    first), colour, how far the words stay away (gap), whether a dot marks the place, and the side tried first."""

    key: Hashable
    text: str
    x: float
    y: float
    rank: float
    colour: tuple[float, float, float, float]
    gap: float
    dot: bool = False
    side: str = "right"


@dataclass(frozen=True)
class Placed:
    """A label that is shown: left, top, width and height of its words in whole device pixels, and on which side."""

    wanted: Wanted
    left: int
    top: int
    width: int
    height: int
    side: str

    def meets(self, other: Placed, air: float) -> bool:
        """Whether two labels are nearer than `air` device pixels."""
        across = self.left < other.left + other.width + air and other.left < self.left + self.width + air
        return across and self.top < other.top + other.height + air and other.top < self.top + self.height + air


def lay_out(
    wanted: Sequence[Wanted],
    sizes: Mapping[str, tuple[int, int]],
    picture: tuple[int, int],
    before: Mapping[Hashable, tuple[str, str]],
    most: int,
    scale: float,
) -> list[Placed]:
    """Labels in the order of their ranks, each on the first free side, at most `most`.

    sizes: width and height of each text; before: keys shown last, their sides and the sides first tried: these
    go first among labels whose ranks differ by less than one, keep their side while it is free, and need no air, so
    that a label does not come and go with every pixel.
    """
    placed: list[Placed] = []
    for label in sorted(wanted, key=lambda one: one.rank - (0.99 if one.key in before else 0.0)):
        if len(placed) >= most:
            break
        old, asked = before.get(label.key, (None, label.side))
        old = old if asked == label.side else None  # another side is asked for now
        first = label.side if old is None else old
        sides = (first, *(side for side in SIDES if side != first))
        air = AIR * scale if old is None else 0.0
        for side in sides:
            one = _beside(label, sizes[label.text], side)
            inside = one.left >= 0 and one.top >= 0
            inside = inside and one.left + one.width <= picture[0] and one.top + one.height <= picture[1]
            if inside and not any(one.meets(other, air) for other in placed):
                placed.append(one)
                break
    return placed


def _beside(label: Wanted, size: tuple[int, int], side: str) -> Placed:
    width, height = size
    left = {"right": label.x + label.gap, "left": label.x - label.gap - width}.get(side, label.x - 0.5 * width)
    top = {"above": label.y - label.gap - height, "below": label.y + label.gap}.get(side, label.y - 0.5 * height)
    return Placed(label, round(left), round(top), width, height, side)
