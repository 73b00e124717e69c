"""The grid of 2-degree cells on the ground that surface sums and demand are counted in.

Rows run from south (row 0: -90 to -88 degrees) to north, columns from 180 degrees west eastwards; a cell's number is
row x COLUMNS + column. Latitude is geocentric: within 0.2 degree of the geodetic one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

ROWS, COLUMNS = 90, 180
CELLS = ROWS * COLUMNS
CELL_RAD = math.pi / ROWS
F64 = NDArray[np.float64]


def cell_of(latitude_rad: NDArray[np.floating], longitude_rad: NDArray[np.floating]) -> NDArray[np.intp]:
    """Cell numbers of points, same shape; longitudes may be any turn, NaN is not allowed."""
    row = np.clip(np.floor((latitude_rad + math.pi / 2) / CELL_RAD), 0, ROWS - 1).astype(np.intp)
    column = np.floor((longitude_rad + math.pi) / CELL_RAD).astype(np.intp) % COLUMNS
    return np.asarray(row * COLUMNS + column)


def cell_below(position_km: NDArray[np.float32], gmst_rad: float) -> NDArray[np.uint16]:
    """Cell under each node, (n,) uint16; position_km (3, n) float32 TEME; NaN positions give cell 0.

    gmst_rad: the Earth's rotation angle at that instant. float32 misplaces a border by up to 10 m.
    """
    x, y, z = position_km
    square = x * x
    square += y * y
    square += z * z
    sine = z / np.sqrt(square)
    row = np.arcsin(np.clip(sine, -1, 1))
    row += np.float32(math.pi / 2)
    row *= np.float32(1.0 / CELL_RAD)
    column = np.arctan2(y, x)
    # One turn is added, so that all are above zero; what is too much is taken off in whole columns.
    column += np.float32((math.pi - gmst_rad) % (2.0 * math.pi) + 2.0 * math.pi)
    column *= np.float32(1.0 / CELL_RAD)
    if math.isnan(float(row.sum())):
        lost = np.isnan(row)
        row[lost], column[lost] = 0, 0
    rows: NDArray[np.uint16] = np.minimum(row.astype(np.uint16), np.uint16(ROWS - 1))
    columns: NDArray[np.uint16] = column.astype(np.uint16)
    columns -= (columns >= COLUMNS).astype(np.uint16) * np.uint16(COLUMNS)
    columns -= (columns >= COLUMNS).astype(np.uint16) * np.uint16(COLUMNS)
    rows *= np.uint16(COLUMNS)
    rows += columns
    return rows


def centres_rad() -> tuple[F64, F64]:
    """Latitudes (ROWS,) and longitudes (COLUMNS,) of the cells' centres, rad."""
    latitudes = (np.arange(ROWS, dtype=np.float64) + 0.5) * CELL_RAD - math.pi / 2
    return latitudes, (np.arange(COLUMNS, dtype=np.float64) + 0.5) * CELL_RAD - math.pi
