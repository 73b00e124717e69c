"""Users: how much compute each cell of the ground asks for at an instant.

demand(cell, t) = demand_pflops x weight(cell) x curve(local solar time) / mean of the curve, with
curve(h) = night_level + (1 - night_level) max(0, cos(2 pi (h - peak_hour) / 24)) (assumed; facts.md section 8), and,
where `noise` is set, a factor drawn for each cell and instant from the scenario's seed. Over a day it averages
demand_pflops.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.cells import CELLS, COLUMNS, ROWS, cell_of, centres_rad
from orbitviz.core.epoch import Epoch
from orbitviz.core.units import SECONDS_PER_DAY
from orbitviz.core.workload import Workload

F64 = NDArray[np.float64]


def weights_of_sites(lat_deg: F64, lon_deg: F64, weight: F64) -> F64:
    """Sites (S,) -> share of all users in each cell, (ROWS, COLUMNS), sum 1 (0 everywhere without users)."""
    cells = cell_of(np.radians(lat_deg), np.radians(lon_deg))
    sums = np.bincount(cells, weights=weight, minlength=CELLS)
    return np.asarray((sums / max(float(sums.sum()), 1e-300)).reshape(ROWS, COLUMNS))


class Demand:
    """What one inference workload is asked for, by cell and instant."""

    def __init__(self, load: Workload, weights: F64, epoch: Epoch, seed: int, number: int) -> None:
        self._load = load
        self._weights = weights
        midnight_s = epoch.fraction * SECONDS_PER_DAY + (epoch.jd - 0.5 - math.floor(epoch.jd - 0.5)) * SECONDS_PER_DAY
        self._utc_s = midnight_s % SECONDS_PER_DAY
        _, longitudes = centres_rad()
        self._hour_east = longitudes * (12.0 / math.pi)
        self._seed = (seed, number)

    def grid(self, t_s: float) -> F64:
        """PFLOP/s asked for from each cell, (ROWS, COLUMNS), at t_s seconds from the epoch."""
        load = self._load
        hour = (self._utc_s + t_s) / 3600.0 + self._hour_east
        curve = load.night_level + (1.0 - load.night_level) * np.maximum(
            0.0, np.cos(2.0 * math.pi * (hour - load.peak_hour) / 24.0)
        )
        mean = load.night_level + (1.0 - load.night_level) / math.pi
        grid = load.demand_pflops * self._weights * (curve / mean)
        if load.noise > 0.0:
            # Drawn from the instant, not from a stream: the same whatever was simulated before.
            draw = np.random.default_rng([*self._seed, round(t_s * 1e3) & 0xFFFFFFFFFFFF])
            grid = grid * np.maximum(0.0, 1.0 + load.noise * draw.standard_normal(grid.shape))
        return np.asarray(grid)
