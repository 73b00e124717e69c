"""Values of nodes -> cells: of the ground, of altitude and latitude, of shells. Nothing is lost on the way: the sum
over all cells is the sum over all nodes that have a cell and a value, and likewise for the counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core import cells
from orbitviz.core.frame import MetricInfo
from orbitviz.core.units import EARTH_FLATTENING, EARTH_RADIUS_KM

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
Cells = NDArray[np.integer]
NOWHERE = -1
"""Cell of a node that lies in none: it has no position, or is outside of the grid."""
ADDING_UNITS = frozenset({"W", "PFLOP/s", "FLOP/s", "PFLOP", "Wh", "J", "bit/s", "Gbit/s", "kg"})
"""Units of what adds up over nodes: a sum of power says something, a sum of temperatures does not."""
MEAN_RADIUS_KM = 6371.0
"""Of the sphere whose surface is the Earth's, 510 million km2."""
GROUND_NODES_A_CELL = 6
GROUND_FACTORS = (1, 2, 3, 5, 9)
"""How many 2-degree cells make one side of a coarser one; all divide the grid's 90 rows and 180 columns."""


@dataclass(frozen=True)
class Binned:
    """What lies in each cell: sums (float64, in the values' unit) and counts of values, of the grid's shape."""

    sums: F64
    counts: NDArray[np.int64]

    @property
    def means(self) -> F64:
        """Sums over counts; NaN in cells without any value."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(self.counts > 0, self.sums / np.maximum(self.counts, 1), np.nan))


def bin_values(cell: Cells, values: NDArray[np.floating] | None, shape: tuple[int, ...]) -> Binned:
    """Sums and counts of (N,) values by (N,) cell numbers (row-major in `shape`; below zero: in none).

    NaN values are left out of both. values None: the nodes themselves are counted, each is 1.
    """
    size = int(np.prod(shape))
    keep = _kept(cell, values)
    if keep is not None:
        cell = cell[keep]
        values = None if values is None else values[keep]
    if len(cell) and int(cell.max()) >= size:
        raise ValueError(f"cell numbers must be below {size}, got {int(cell.max())}")
    counts = np.bincount(cell, minlength=size)
    sums = counts.astype(np.float64) if values is None else np.bincount(cell, values, size).astype(np.float64)
    return Binned(sums.reshape(shape), counts.reshape(shape))


def _kept(cell: Cells, values: NDArray[np.floating] | None) -> NDArray[np.bool_] | None:
    """(N,) which nodes count; None when all do, which is the rule and saves copies."""
    keep: NDArray[np.bool_] | None = None
    if cell.dtype.kind == "i" and len(cell) and int(cell.min()) < 0:
        keep = cell >= 0
    if values is not None and np.isnan(np.sum(values)):
        known = ~np.isnan(values)
        keep = known if keep is None else keep & known
    return keep


def adds_up(info: MetricInfo) -> bool:
    """Whether sums of the metric over nodes mean something; means of it always do, unless it is a category."""
    return info.unit in ADDING_UNITS


# -- the ground -------------------------------------------------------------------------------------------------------
def ground_cells(position_km: F32, gmst_rad: float) -> Cells:
    """(N,) cell of core.cells' grid below each node; position_km (3, N) float32 TEME; NOWHERE without a position."""
    below = cells.cell_below(position_km, gmst_rad)
    if not np.isnan(np.sum(position_km[0])):
        return below
    signed = below.astype(np.int32)
    signed[np.isnan(position_km[0])] = NOWHERE
    return signed


def ground_factor(nodes: int) -> int:
    """How much coarser than 2 degrees the cells should be, so that they do not show single nodes as heat: with so
    many nodes to share, about GROUND_NODES_A_CELL fall into each."""
    for factor in GROUND_FACTORS:
        if nodes * factor * factor >= GROUND_NODES_A_CELL * cells.CELLS:
            return factor
    return GROUND_FACTORS[-1]


def coarser(grid: NDArray[np.floating] | NDArray[np.int64], factor: int) -> NDArray[np.float64]:
    """(R, C) -> (R / factor, C / factor): sums of blocks."""
    rows, columns = grid.shape
    parts = grid.reshape(rows // factor, factor, columns // factor, factor)
    return np.asarray(parts.sum(axis=(1, 3), dtype=np.float64))


def ground_areas_km2(factor: int = 1) -> F64:
    """(ROWS / factor,) area of one cell of each row, km2, on the sphere of 6,371 km: they add up to the Earth's."""
    edges = np.linspace(-np.pi / 2, np.pi / 2, cells.ROWS // factor + 1)
    band = 2.0 * np.pi * MEAN_RADIUS_KM**2 * np.diff(np.sin(edges))
    return np.asarray(band / (cells.COLUMNS // factor))


# -- altitude and latitude --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class AltitudeLatitude:
    """A grid of rows of altitude (from `low_km` at the bottom) and columns of latitude from the south pole."""

    low_km: float
    high_km: float
    rows: int = 60
    columns: int = 90

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    def cells(self, position_km: F32) -> NDArray[np.int32]:
        """(N,) cell of each node; position_km (3, N) TEME. Nodes outside of the altitudes: NOWHERE.

        The altitude is above the ellipsoid, the latitude geocentric, as in the grid of the ground.
        """
        x, y, z = position_km
        radius = np.sqrt(x * x + y * y + z * z)
        sine = np.clip(z / radius, -1.0, 1.0)
        altitude = radius - np.float32(EARTH_RADIUS_KM) * (1.0 - np.float32(EARTH_FLATTENING) * sine * sine)
        column = (np.arcsin(sine) / np.float32(np.pi) + np.float32(0.5)) * np.float32(self.columns)
        share = (altitude - np.float32(self.low_km)) / np.float32(max(self.high_km - self.low_km, 1e-6))
        inside = (share >= 0.0) & (share <= 1.0)  # NaN is in neither
        if not inside.all():
            share, column = np.where(inside, share, 0.0), np.where(inside, column, 0.0)
        row = np.minimum((share * np.float32(self.rows)).astype(np.int32), self.rows - 1)
        number = row * self.columns + np.minimum(column.astype(np.int32), self.columns - 1)
        number[~inside] = NOWHERE
        return np.asarray(number)


# -- shells -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ShellProfile:
    """Of each of S shells: nodes with a value, their mean, and the values that 5 and 95 % of them do not exceed
    (within one step of what is stored; NaN without nodes)."""

    counts: NDArray[np.int64]
    means: F64
    low: F64
    high: F64


def shell_profile(shell: NDArray[np.integer], stored: NDArray[np.integer], info: MetricInfo) -> ShellProfile:
    """By (N,) numbers of shells, of (N,) stored numbers, counted by value: two-byte numbers in steps of 256 of them."""
    wide = stored.dtype == np.uint16
    shells = int(shell.max(initial=0)) + 1
    known = None if info.fill is None or not np.any(stored == info.fill) else stored != info.fill
    if known is not None:
        shell, stored = shell[known], stored[known]
    level = (stored >> 8) if wide else stored
    counted = np.bincount(shell.astype(np.int32) * 256 + level, minlength=shells * 256).reshape(shells, 256)
    counts = counted.sum(axis=1)
    sums = np.bincount(shell, stored.astype(np.float64), shells) if wide else counted @ np.arange(256.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts * info.scale + info.offset
    middle = (np.arange(256.0) * 256.0 + 127.5) if wide else np.arange(256.0)
    ends = [_percentile(counted, counts, share, middle * info.scale + info.offset) for share in (0.05, 0.95)]
    return ShellProfile(counts, means, *(ends if info.scale > 0 else ends[::-1]))


def _percentile(counted: NDArray[np.int64], counts: NDArray[np.int64], share: float, value: F64) -> F64:
    reached = np.cumsum(counted, axis=1) >= np.maximum(np.ceil(share * counts), 1)[:, None]
    return np.asarray(np.where(counts > 0, value[np.argmax(reached, axis=1)], np.nan))
