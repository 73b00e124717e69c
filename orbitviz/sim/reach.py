"""Who can serve whom: the circle on the ground that a node reaches, and sums over such circles on the grid of cells.

Direct service needs the node above `min_elevation_deg`. Where there is a mesh, a latency class reaches as far as light
gets through it in time: half the round trip, less the end points' own time, less the legs up and down, along a path
DETOUR times as long as the great circle. Sources: facts.md section 8 (end points 6 ms, elevation mask 25 degrees).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.cells import COLUMNS, ROWS, centres_rad
from orbitviz.core.units import EARTH_RADIUS_KM, LIGHT_KM_S
from orbitviz.core.workload import Workload

F64 = NDArray[np.float64]
END_MS = 6.0
"""What both end points take of a one-way trip, ms."""
DETOUR = 1.3
"""Length of a path through a grid of links over the great circle's (assumed; +Grid paths are 1.2 to 1.4)."""


def footprint_rad(altitude_km: float, min_elevation_deg: float) -> float:
    """Earth angle from the point below a node to where it stands at `min_elevation_deg`: acos(cos e / H) - e."""
    elevation = math.radians(min_elevation_deg)
    ratio = math.cos(elevation) * EARTH_RADIUS_KM / (EARTH_RADIUS_KM + altitude_km)
    return math.acos(ratio) - elevation


def mesh_reach_rad(altitude_km: float, max_rtt_ms: float, min_elevation_deg: float) -> float:
    """Earth angle that a round trip of `max_rtt_ms` allows through the mesh; zero or less: none."""
    radius_km = EARTH_RADIUS_KM + altitude_km
    sine = math.sin(math.radians(min_elevation_deg))
    slant_km = math.sqrt(radius_km**2 - EARTH_RADIUS_KM**2 * (1.0 - sine**2)) - EARTH_RADIUS_KM * sine
    path_km = LIGHT_KM_S * (max_rtt_ms / 2.0 - END_MS) / 1e3 - slant_km
    return path_km / (DETOUR * radius_km)


def reach_rad(load: Workload, altitude_km: float, meshed: bool) -> float:
    """Earth angle within which a node at `altitude_km` serves a user of this latency class, at most pi."""
    reach = footprint_rad(altitude_km, load.min_elevation_deg)
    if meshed:
        reach = max(reach, mesh_reach_rad(altitude_km, load.max_rtt_ms, load.min_elevation_deg))
    return min(reach, math.pi)


class Circles:
    """Sums of a grid over the circle of `radius_rad` round each cell's centre, by FFT along the parallels.

    A cell belongs to a circle by the share of it within, to about a tenth of a cell; circles are symmetric: if a is in
    reach of b then b is in reach of a. A circle smaller than its own cell counts that cell.
    """

    def __init__(self, radius_rad: float) -> None:
        latitudes, _ = centres_rad()
        apart = np.arange(COLUMNS) * (2.0 * math.pi / COLUMNS)
        spectra = np.empty((COLUMNS // 2 + 1, ROWS, ROWS))
        for row, latitude in enumerate(latitudes):
            cosine = np.sin(latitude) * np.sin(latitudes)[:, None] + np.cos(latitude) * np.cos(latitudes)[
                :, None
            ] * np.cos(apart)
            distance = np.arccos(np.clip(cosine, -1.0, 1.0))
            # Cells on the rim count in part, so that the circle's area does not jump from cell to cell.
            inside = np.clip((radius_rad - distance) / (math.pi / ROWS) + 0.5, 0.0, 1.0)
            inside[row, 0] = 1.0
            # The spectrum of an even function is real.
            spectra[:, row] = np.fft.rfft(inside, axis=1).real.T
        self._spectra = spectra

    def sums(self, grids: F64) -> F64:
        """(F, ROWS, COLUMNS) -> the same shape, never negative for grids that are not."""
        spectrum = np.fft.rfft(grids, axis=2)
        columns = np.concatenate((spectrum.real, spectrum.imag)).transpose(2, 1, 0)
        mixed = self._spectra @ np.ascontiguousarray(columns)
        real, imaginary = np.split(mixed.transpose(2, 1, 0), 2)
        result = np.fft.irfft(real + 1j * imaginary, n=COLUMNS, axis=2)
        # Rounding leaves some 1e-15 of the largest value where there is nothing.
        return np.asarray(np.where(result < 1e-12 * result.max(initial=0.0), 0.0, result))
