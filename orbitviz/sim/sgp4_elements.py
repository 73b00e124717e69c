"""NearEarth: SGP4 for many near-earth orbits at once, plain numpy, float64. WGS72, mode "improved" (see sgp4_init)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import DEEP_SPACE_PERIOD_MIN, TWO_PI, WGS72_XKE
from orbitviz.sim.sgp4_block import BLOCK, Constants, Work, evaluate
from orbitviz.sim.sgp4_init import (
    DRAG_NAMES,
    Base,
    Drag,
    brouwer_mean_motion,
    drag_coefficients,
    long_period_coefficient,
    no_drag,
    secular_rates,
)

F64 = NDArray[np.float64]
ERROR_ECCENTRICITY, ERROR_MEAN_MOTION, ERROR_DEEP_SPACE = 1, 2, 7
"""SGP4's own error codes, and 7 for an orbit of the deep-space branch, which is not here."""


class NearEarth:
    """SGP4's constants of N near-earth orbits, each (N,) float64 (Earth radii of 6378.135 km, minutes, radians).

    mean_anomaly_rad, argp_rad, raan_rad at each row's epoch; *_rate in rad/min; brouwer_motion rad/min; semi_major
    (Brouwer's, Earth radii); eccentricity; cos_i, sin_i; long_period (SGP4's xlcof; aycof is the property);
    drag (sgp4_init.Drag, zeros without memory when every bstar is zero); epoch_min: minutes from the fleet's epoch.
    error: (N,) uint8, 0 or why a row has no states: 1 eccentricity, 2 mean motion, 7 deep space.
    """

    def __init__(self, elements: MeanElements) -> None:
        self.elements = elements
        self.error = _errors(elements)
        fine = self.error == 0
        # Rows with an error get a harmless orbit, so that nothing divides by zero; their states are NaN.
        self.eccentricity = np.where(fine, elements.eccentricity, 0.0)
        motion = np.where(fine, elements.mean_motion_rad_min, 0.06)
        inclination = np.where(fine, elements.inclination_rad, 0.0)
        self.cos_i, self.sin_i = np.cos(inclination), np.sin(inclination)
        self.argp_rad = np.where(fine, elements.argp_rad, 0.0)
        self.raan_rad = np.where(fine, elements.raan_rad, 0.0)
        self.mean_anomaly_rad = np.where(fine, elements.mean_anomaly_rad, 0.0)
        self.brouwer_motion = brouwer_mean_motion(motion, self.eccentricity, self.cos_i)
        self.error[fine & (TWO_PI / self.brouwer_motion >= DEEP_SPACE_PERIOD_MIN)] = ERROR_DEEP_SPACE
        self.semi_major = (WGS72_XKE / self.brouwer_motion) ** (2.0 / 3.0)
        base = self._base()
        self.mean_anomaly_rate, self.argp_rate, self.raan_rate = secular_rates(base)
        self.long_period = long_period_coefficient(self.cos_i, self.sin_i)
        bstar = np.where(fine, elements.bstar, 0.0)
        self.has_drag = bool(np.any(bstar))
        self.drag = drag_coefficients(base, bstar) if self.has_drag else no_drag(len(elements))
        self.epoch_min = elements.epoch_s / 60.0
        self.one_epoch = bool(np.all(elements.epoch_s == elements.epoch_s[:1]))

    def __len__(self) -> int:
        return len(self.error)

    def _base(self) -> Base:
        return Base(
            self.brouwer_motion,
            self.semi_major,
            self.eccentricity,
            self.cos_i,
            self.sin_i,
            self.argp_rad,
            self.mean_anomaly_rad,
        )

    @property
    def deep_space(self) -> NDArray[np.bool_]:
        """(N,) rows of SGP4's other branch, decided as SGP4 does (by Brouwer's mean motion)."""
        return np.asarray(self.error == ERROR_DEEP_SPACE)

    def block(self, rows: slice) -> Constants:
        """Views of some rows, as the block evaluation wants them."""
        drag = None
        if self.has_drag:
            drag = Drag(*(getattr(self.drag, name)[rows] for name in DRAG_NAMES))
            drag = drag if np.any(drag.c1) else None
        return Constants(
            self.mean_anomaly_rad[rows],
            self.mean_anomaly_rate[rows],
            self.argp_rad[rows],
            self.argp_rate[rows],
            self.raan_rad[rows],
            self.raan_rate[rows],
            self.brouwer_motion[rows],
            self.semi_major[rows],
            self.eccentricity[rows],
            self.cos_i[rows],
            self.sin_i[rows],
            self.long_period[rows],
            drag,
        )

    def states(
        self,
        t_s: float | F64,
        out_position: NDArray[np.floating] | None = None,
        out_velocity: NDArray[np.floating] | None = None,
        *,
        velocity: bool = True,
    ) -> tuple[NDArray[np.floating], NDArray[np.floating] | None]:
        """Position km and velocity km/s in TEME, each (T, N, 3), at `t_s` (a number counts as T = 1) after the epoch.

        `out_*` may be given, float64 or float32. velocity=False computes none and returns None in its place. Rows with
        an error, decayed (radius below one Earth radius) or with an impossible eccentricity are NaN.
        """
        times_s = np.atleast_1d(np.asarray(t_s, dtype=np.float64))
        shape = (len(times_s), len(self), 3)
        position = np.empty(shape) if out_position is None else out_position
        speed = out_velocity if out_velocity is not None or not velocity else np.empty(shape)
        for rows, work in self._blocks():
            constants = self.block(rows)
            error = self.error[rows] != 0
            refused = bool(error.any())
            for index, minutes in enumerate(times_s / 60.0):
                since = minutes - (self.epoch_min[0] if self.one_epoch else self.epoch_min[rows])
                out = None if speed is None else speed[index, rows]
                evaluate(constants, since, work, position[index, rows], out)
                if refused:
                    position[index, rows][error] = np.nan
                    if out is not None:
                        out[error] = np.nan
        return position, speed

    def _blocks(self) -> Iterator[tuple[slice, Work]]:
        """Row slices of at most BLOCK rows, with the work arrays of that size."""
        work = Work(min(BLOCK, len(self)))
        for start in range(0, len(self), BLOCK):
            stop = min(start + BLOCK, len(self))
            if stop - start != len(work.m):
                work = Work(stop - start)
            yield slice(start, stop), work


def _errors(elements: MeanElements) -> NDArray[np.uint8]:
    """(N,) why a row cannot be: not finite or e outside 0..1 (1), mean motion not above zero (2)."""
    error = np.zeros(len(elements), np.uint8)
    finite = np.isfinite(elements.eccentricity + elements.inclination_rad + elements.raan_rad + elements.bstar)
    finite &= np.isfinite(elements.argp_rad + elements.mean_anomaly_rad + elements.epoch_s)
    error[~finite | ~((elements.eccentricity >= 0.0) & (elements.eccentricity < 1.0))] = ERROR_ECCENTRICITY
    error[~(elements.mean_motion_rad_min > 0.0) | ~np.isfinite(elements.mean_motion_rad_min)] = ERROR_MEAN_MOTION
    return error
