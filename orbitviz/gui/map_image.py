"""The unrolled fleet as pixels: one lookup from stored numbers to colours; blocks of nodes where it is drawn small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo
from orbitviz.metrics.unrolled import Unrolled

GREY = (107, 115, 128)
"""Nodes without a value, as on the globe."""
DIMMED = 0.28
"""What is left of the colour of nodes that are not of the selected set."""


def colour_table(info: MetricInfo, ends: tuple[float, float], colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """(full scale + 1,) 0xffRRGGBB of every stored number of a metric; colours (T, 4): the range's from low to high, or
    T / 256 of each category, as the legend has them."""
    stored = np.arange(info.full_scale + 1)
    if info.is_category:
        place = stored % 256 * (len(colours) // 256)
    else:
        low, high = ends
        share = (stored * info.scale + info.offset - low) / (high - low if abs(high - low) > 1e-12 else 1e-12)
        place = np.rint(np.clip(share, 0.0, 1.0) * (len(colours) - 1)).astype(np.int64)
    table = packed(colours[place, :3])
    if info.fill is not None:
        table[info.fill] = packed(np.array(GREY, np.uint8))
    return table


def packed(rgb: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """(..., 3) -> 0xffRRGGBB, as QImage's RGB32 has it."""
    wide = rgb.astype(np.uint32)
    return np.asarray((wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2] | np.uint32(0xFF000000))


def dimmed(table: NDArray[np.uint32], ground: tuple[int, int, int]) -> NDArray[np.uint32]:
    """The same colours, most of the way to the ground they lie on."""
    rgb = np.stack([(table >> shift) & 255 for shift in (16, 8, 0)], axis=-1).astype(float)
    return packed(np.rint(rgb * DIMMED + np.array(ground) * (1.0 - DIMMED)).astype(np.uint8))


@dataclass(frozen=True)
class MapPixels:
    """What a picture is made of: stored numbers (N,), their metric and colours, the selected set and whether it hides
    the others; ground: what lies below, RGB."""

    codes: NDArray[Any]
    info: MetricInfo
    table: NDArray[np.uint32]
    ground: tuple[int, int, int]
    mask: NDArray[np.uint8] | None = None
    hides: bool = False

    def draw(self, layout: Unrolled, box: tuple[int, int, int, int], block: int = 1) -> NDArray[np.uint32]:
        """(H, W) colours of the pixels x0, y0, x1, y1 of the layout, `block` x `block` nodes to a pixel: their mean;
        of categories the highest, as on the globe. A block with a selected node is not dimmed."""
        x0, y0, x1, y1 = box
        node = layout.node[y0:y1, x0:x1]
        return self._single(node) if block == 1 else self._blocks(node, block)

    def _single(self, node: NDArray[np.int32]) -> NDArray[np.uint32]:
        colours = np.empty(len(self.codes) + 1, np.uint32)
        np.take(self._two_tables(), self._keys(), out=colours[:-1], mode="clip")
        colours[-1] = packed(np.array(self.ground, np.uint8))
        if self.mask is not None and self.hides:
            colours[:-1][self.mask == 0] = colours[-1]
        return np.take(colours, node)

    def _two_tables(self) -> NDArray[np.uint32]:
        if self.mask is None or self.hides:
            return self.table
        return np.concatenate((dimmed(self.table, self.ground), self.table))

    def _keys(self) -> NDArray[Any]:
        """Into _two_tables: the stored number, a full scale further for nodes of the set."""
        if self.mask is None or self.hides:
            return self.codes
        keys: NDArray[Any] = self.mask.astype(np.uint16 if self.codes.dtype == np.uint8 else np.int32)
        keys *= len(self.table)
        keys += self.codes
        return keys

    def _blocks(self, node: NDArray[np.int32], block: int) -> NDArray[np.uint32]:
        """By sums over strided views: each pass over every block-th pixel."""
        count = len(self.codes)
        node = _whole(node, block, count)
        known = self._known()
        codes = np.zeros(count + 1, self.codes.dtype)
        if known is None:
            codes[:-1] = self.codes
            here = (node < count).view(np.uint8)
        else:
            np.multiply(self.codes, known[:-1], out=codes[:-1], casting="unsafe")
            here = np.take(known, node)
        total = _sum(here, block)
        if self.info.is_category:
            values = _most(np.take(codes, node), block)
        else:
            values = (_sum(np.take(codes, node), block) + total // 2) // np.maximum(total, 1)
        return self._coloured(values, total, node, block)

    def _known(self) -> NDArray[np.uint8] | None:
        """(N + 1,) 1 for the nodes that count, 0 for the last, which is none; None when all do."""
        hiding = self.mask if self.hides else None
        fill = self.info.fill
        if fill is not None and not (self.codes == fill).any():
            fill = None
        if hiding is None and fill is None:
            return None
        known = np.ones(len(self.codes) + 1, np.uint8)
        if fill is not None:
            np.not_equal(self.codes, fill, out=known[:-1].view(bool))
        if hiding is not None:
            known[:-1] &= hiding
        known[-1] = 0
        return known

    def _coloured(
        self, values: NDArray[Any], total: NDArray[Any], node: NDArray[np.int32], block: int
    ) -> NDArray[np.uint32]:
        colours = np.take(self.table, values)
        if self.mask is not None and not self.hides:
            lit = _most(np.take(np.append(self.mask, np.uint8(0)), node), block)
            colours = np.where(lit, colours, np.take(dimmed(self.table, self.ground), values))
        empty = total == 0
        if empty.any():
            ground = packed(np.array(self.ground, np.uint8))
            if self.hides:
                colours[empty] = ground
            else:  # nodes without a value are grey, and where there is none is the ground
                there = _most((node < len(self.codes)).view(np.uint8), block)
                colours[empty] = np.where(there[empty], packed(np.array(GREY, np.uint8)), ground)
        return colours


def _whole(node: NDArray[np.int32], block: int, none: int) -> NDArray[np.int32]:
    """Made up to whole blocks."""
    rows, columns = -(-node.shape[0] // block), -(-node.shape[1] // block)
    if (rows * block, columns * block) == node.shape:
        return node
    whole = np.full((rows * block, columns * block), none, np.int32)
    whole[: node.shape[0], : node.shape[1]] = node
    return whole


def _sum(values: NDArray[Any], block: int) -> NDArray[Any]:
    """Sums of blocks; two bytes hold those of one-byte numbers up to 16 x 16."""
    small = values.dtype == np.uint8 and block <= 16
    down = np.zeros((values.shape[0] // block, values.shape[1]), np.uint16 if small else np.uint32)
    for row in range(block):
        down += values[row::block]
    total = down[:, ::block].copy()
    for column in range(1, block):
        total += down[:, column::block]
    return total


def _most(values: NDArray[Any], block: int) -> NDArray[Any]:
    """Greatest of blocks."""
    down = values[::block].copy()
    for row in range(1, block):
        np.maximum(down, values[row::block], out=down)
    most = down[:, ::block].copy()
    for column in range(1, block):
        np.maximum(most, down[:, column::block], out=most)
    return most
