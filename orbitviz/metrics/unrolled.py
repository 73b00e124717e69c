"""The unrolled fleet: a place in a picture for every node, one pixel each, by group, plane and slot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet

RAGGED = 1.5
"""Planes of so unlike lengths that they would waste this much are laid out as one long line, wrapped."""
WIDTHS = 40
NAMES = 32
"""Groups that are kept apart at most; the rest share the last."""


@dataclass(frozen=True)
class MapGroup:
    """A [[shell]] of the recipe in the picture: its rows of pixels from `top` to before `bottom`."""

    name: str
    nodes: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Unrolled:
    """node (H, W) int32: the row of the fleet at each pixel; where there is none, it is the number of nodes, N.

    x, y: (N,) the pixel of each node. Planes are rows and slots columns; groups lie one under another. Where planes
    are longer than the picture is wide they go on in the next row; where they are much shorter, stacks of them stand
    beside each other. Every node has exactly one pixel.
    """

    node: NDArray[np.int32]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    groups: tuple[MapGroup, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.node.shape[1], self.node.shape[0]


@dataclass(frozen=True)
class _Block:
    """One group: its rows of the fleet in the order of plane and slot, and how many planes of how many slots."""

    name: str
    rows: NDArray[np.intp]
    plane: NDArray[np.intp]
    slot: NDArray[np.intp]

    @property
    def planes(self) -> int:
        return int(self.plane[-1]) + 1

    @property
    def slots(self) -> int:
        return int(self.slot.max()) + 1

    def shape(self, width: int, gap: int) -> tuple[int, int]:
        """Width and height when at most `width` pixels wide."""
        if self.slots > width:
            lines = -(-self.slots // width)
            return -(-self.slots // lines), self.planes * lines
        stacks = max(1, (width + gap) // (self.slots + gap))
        each = -(-self.planes // stacks)
        stacks = -(-self.planes // each)
        return stacks * (self.slots + gap) - gap, each

    def places(self, width: int, gap: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """x and y of its nodes, from its own top left."""
        if self.slots > width:
            lines = -(-self.slots // width)
            line, x = np.divmod(self.slot, -(-self.slots // lines))
            return x, self.plane * lines + line
        each = self.shape(width, gap)[1]
        stack, y = np.divmod(self.plane, each)
        return stack * (self.slots + gap) + self.slot, y


def unroll(fleet: Fleet, aspect: float = 1.0) -> Unrolled:
    """The layout that fills a frame of width / height `aspect` best."""
    count = len(fleet)
    gap = max(1, round(count**0.5 / 200))
    blocks = _blocks(fleet)
    width = _best_width(blocks, count, gap, aspect)
    x, y = np.zeros(count, np.int32), np.zeros(count, np.int32)
    groups, top = [], 0
    for block in blocks:
        across, down = block.places(width, gap)
        x[block.rows], y[block.rows] = across, down + top
        height = block.shape(width, gap)[1]
        groups.append(MapGroup(block.name, len(block.rows), top, top + height))
        top += height + 3 * gap
    node = np.full((max(top - 3 * gap, 1), int(x.max(initial=0)) + 1), count, np.int32)
    node[y, x] = np.arange(count, dtype=np.int32)
    return Unrolled(node, x, y, tuple(groups))


def _best_width(blocks: list[_Block], count: int, gap: int, aspect: float) -> int:
    """Of some widths about the right one, that at which the picture can be drawn largest."""
    guess = max(1.0, (count * aspect) ** 0.5)
    best, largest = 1, 0.0
    for width in sorted({max(1, round(guess * share)) for share in np.geomspace(0.5, 2.0, WIDTHS)}):
        shapes = [block.shape(width, gap) for block in blocks]
        if not shapes:
            break
        height = sum(shape[1] for shape in shapes) + 3 * gap * (len(shapes) - 1)
        scale = min(aspect / max(shape[0] for shape in shapes), 1.0 / height)
        if scale > largest:
            best, largest = width, scale
    return best


def _blocks(fleet: Fleet) -> list[_Block]:
    names = [shell.group or shell.name for shell in fleet.shells] or ["All nodes"]
    numbers: dict[str, int] = {}
    for name in names:
        numbers.setdefault(name, min(len(numbers), NAMES - 1))
    of_shell = np.array([numbers[name] for name in names])
    group = of_shell[np.minimum(fleet.shell, len(of_shell) - 1)]
    labels = list(numbers)[:NAMES]
    if len(numbers) > NAMES:
        labels[-1] = f"{len(numbers) - NAMES + 1} more"
    order = _order(group, fleet)
    ends = np.searchsorted(group[order], np.arange(len(labels) + 1))
    parts = [order[ends[k] : ends[k + 1]] for k in range(len(labels))]
    return [_block(fleet, label, rows) for label, rows in zip(labels, parts, strict=True) if len(rows)]


def _order(group: NDArray[np.intp], fleet: Fleet) -> NDArray[np.intp]:
    """Rows by group, shell, plane, slot: mostly as they are, which is quicker to find out than to sort."""
    before, after = slice(None, -1), slice(1, None)
    in_order, equal = np.ones(len(fleet) - 1, bool), np.ones(len(fleet) - 1, bool)
    for column in (group, fleet.shell, fleet.plane, fleet.slot):
        in_order &= ~equal | (column[before] <= column[after])
        equal &= column[before] == column[after]
    if in_order.all():
        return np.arange(len(fleet))
    return np.lexsort((fleet.slot, fleet.plane, fleet.shell, group))


def _block(fleet: Fleet, name: str, rows: NDArray[np.intp]) -> _Block:
    shell, plane = fleet.shell[rows], fleet.plane[rows]
    begins = np.flatnonzero(
        np.append(True, (np.diff(shell.astype(np.int64)) != 0) | (np.diff(plane.astype(np.int64)) != 0))
    )
    lengths = np.diff(np.append(begins, len(rows)))
    if len(begins) * int(lengths.max()) > RAGGED * len(rows):
        return _Block(name, rows, np.zeros(len(rows), np.intp), np.arange(len(rows)))
    number = np.repeat(np.arange(len(begins)), lengths)
    return _Block(name, rows, number, np.arange(len(rows)) - np.repeat(begins, lengths))
