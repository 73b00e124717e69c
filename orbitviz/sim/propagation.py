"""Propagator: positions and velocities of a fleet by SGP4, whichever engine computes them. All agree to 1 mm.

    numpy   NearEarth: everywhere, 0.4 s an instant for a million nodes on one core (2-core machine of 2026)
    heyoka  compiled for the processor, all cores (heyoka.set_nthreads): 0.1-0.2 s; wheels for Linux only
    sgp4    the reference, in C++; its set-up is a Python loop, so it is for deep space, tests and comparisons

Deep-space rows (period of 225 min or more) are always sgp4's.
"""

from __future__ import annotations

import importlib.util
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec, SatrecArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet, MeanElements
from orbitviz.core.units import SECONDS_PER_DAY, WGS72_RADIUS_KM
from orbitviz.sim.sgp4_elements import NearEarth

F64 = NDArray[np.float64]
Floats = NDArray[np.floating]
Rows = slice | NDArray[np.intp]
EngineName = Literal["auto", "numpy", "heyoka", "sgp4"]
_SGP4_ZERO_JD = 2433281.5
"""1949-12-31T00:00: what sgp4init counts its epoch from."""
_ANY_EPOCH = Epoch(2451544.5, 0.0)


def recording_engine() -> Literal["numpy", "heyoka"]:
    """The quickest engine that is installed."""
    return "heyoka" if importlib.util.find_spec("heyoka") is not None else "numpy"


class _Engine(Protocol):
    def states(
        self, t_s: F64, out_position: Floats, out_velocity: Floats | None, *, velocity: bool
    ) -> tuple[Floats, Floats | None]:
        """Fills (T, n, 3) arrays."""


class Propagator:
    """SGP4 states of N nodes. `epoch` (of the fleet) is needed for deep-space rows only: Moon and Sun act on them.

    engine: "auto" is numpy; "heyoka" where it is installed; "sgp4" the reference. `.engine` says which one works.
    """

    def __init__(self, elements: MeanElements, engine: EngineName = "auto", epoch: Epoch | None = None) -> None:
        self.elements = elements
        near = NearEarth(elements)
        deep = np.flatnonzero(near.deep_space)
        self.engine = _engine_name(engine)
        if len(deep) and epoch is None:
            raise OrbitvizError(
                f"orbits of 225 min and more need the fleet's epoch, {len(deep)} rows are such",
                "pass epoch=fleet.epoch",
            )
        self._parts: list[tuple[Rows, _Engine]] = []
        if self.engine == "numpy":
            self._parts.append((slice(None), cast(_Engine, near)))
        else:
            rows = np.flatnonzero(near.error == 0)
            some: Rows = slice(None) if len(rows) == len(elements) else rows
            maker = _Heyoka if self.engine == "heyoka" else _Reference
            if len(rows):
                self._parts.append((some, maker(elements.rows(some), epoch or _ANY_EPOCH)))
        if len(deep):
            self._parts.append((deep, _Reference(elements.rows(deep), epoch or _ANY_EPOCH)))

    @classmethod
    def of(cls, fleet: Fleet, rows: slice = slice(None), engine: EngineName = "auto") -> Propagator:
        """For some rows of a fleet, with its epoch."""
        return cls(fleet.elements.rows(rows), engine, fleet.epoch)

    def __len__(self) -> int:
        return len(self.elements)

    def states(
        self,
        t_s: float | F64,
        out_position: Floats | None = None,
        out_velocity: Floats | None = None,
        *,
        velocity: bool = True,
    ) -> tuple[Floats, Floats | None]:
        """Position km and velocity km/s in TEME, each (T, N, 3), at `t_s` seconds from the fleet's epoch (a number
        counts as T = 1). Rows that SGP4 refuses or that have decayed are NaN.

        out_*: arrays of that shape to fill, float64 or float32. velocity=False: none is computed, None is returned.
        """
        times_s = np.atleast_1d(np.asarray(t_s, dtype=np.float64))
        shape = (len(times_s), len(self), 3)
        position = np.empty(shape) if out_position is None else out_position
        speed = out_velocity if out_velocity is not None or not velocity else np.empty(shape)
        if not self._parts:
            position[:] = np.nan
        for rows, engine in self._parts:
            self._fill(rows, engine, times_s, position, speed)
        return position, speed

    def _fill(self, rows: Rows, engine: _Engine, times_s: F64, position: Floats, speed: Floats | None) -> None:
        """One engine's rows; those of all others become NaN when the first part does not cover every row."""
        if isinstance(rows, slice):
            engine.states(times_s, position, speed, velocity=speed is not None)
            return
        if engine is self._parts[0][1]:
            position[:] = np.nan
            if speed is not None:
                speed[:] = np.nan
        shape = (len(times_s), len(rows), 3)
        some = np.empty(shape)
        some_speed = None if speed is None else np.empty(shape)
        engine.states(times_s, some, some_speed, velocity=speed is not None)
        position[:, rows] = some
        if speed is not None and some_speed is not None:
            speed[:, rows] = some_speed

    def valid_at(self, t_s: float) -> NDArray[np.bool_]:
        """(N,) whether SGP4 has an answer at the instant."""
        position, _ = self.states(t_s, velocity=False)
        return np.asarray(np.isfinite(position[0, :, 0]))


def _engine_name(engine: EngineName) -> Literal["numpy", "heyoka", "sgp4"]:
    if engine == "auto":
        return "numpy"
    if engine not in ("numpy", "heyoka", "sgp4"):
        raise OrbitvizError(f"the engine must be auto, numpy, heyoka or sgp4, got '{engine}'", "choose one of them")
    if engine == "heyoka" and importlib.util.find_spec("heyoka") is None:
        raise OrbitvizError(
            "the engine heyoka must be installed, it is not", "pip install heyoka, or use engine='numpy'"
        )
    return engine


class _Heyoka:
    """heyoka's SGP4 for near-earth rows; minutes are counted from each row's epoch, so its own epochs are not used."""

    def __init__(self, elements: MeanElements, epoch: Epoch) -> None:
        from heyoka import model  # a second to import, and not everywhere installed

        count = len(elements)
        columns = (
            elements.mean_motion_rad_min,
            elements.eccentricity,
            elements.inclination_rad,
            elements.raan_rad,
            elements.argp_rad,
            elements.mean_anomaly_rad,
            elements.bstar,
            np.full(count, epoch.jd),
            np.zeros(count),
        )
        self._propagate: Any = model.sgp4_propagator(np.ascontiguousarray(columns, dtype=np.float64))
        self._epoch_min = elements.epoch_s / 60.0
        self._out = np.empty((7, count))
        """x, y, z, vx, vy, vz, error code."""

    def states(
        self, t_s: F64, out_position: Floats, out_velocity: Floats | None, *, velocity: bool
    ) -> tuple[Floats, Floats | None]:
        out = self._out
        for index, minutes in enumerate(t_s / 60.0):
            self._propagate(minutes - self._epoch_min, out=out)
            square = np.einsum("ij,ij->j", out[:3], out[:3])
            bad = (out[6] != 0.0) | ~(square >= WGS72_RADIUS_KM**2)
            if bad.any():
                out[:6, bad] = np.nan
            out_position[index] = out[:3].T
            if out_velocity is not None:
                out_velocity[index] = out[3:6].T
        return out_position, out_velocity


class _Reference:
    """sgp4's own code. The loop of sgp4init is why it is for deep-space rows (few) and for tests, not for a million."""

    def __init__(self, elements: MeanElements, epoch: Epoch) -> None:
        self._epoch = epoch
        whole_days = np.floor(elements.epoch_s / SECONDS_PER_DAY)
        fraction = epoch.fraction + (elements.epoch_s - whole_days * SECONDS_PER_DAY) / SECONDS_PER_DAY
        columns = zip(
            (epoch.jd + whole_days).tolist(),
            fraction.tolist(),
            elements.bstar.tolist(),
            elements.eccentricity.tolist(),
            elements.argp_rad.tolist(),
            elements.inclination_rad.tolist(),
            elements.mean_anomaly_rad.tolist(),
            elements.mean_motion_rad_min.tolist(),
            elements.raan_rad.tolist(),
            strict=True,
        )
        # sgp4 has no way to set up many element sets at once.
        self._array = SatrecArray([_satrec(*row) for row in columns])

    def states(
        self, t_s: F64, out_position: Floats, out_velocity: Floats | None, *, velocity: bool
    ) -> tuple[Floats, Floats | None]:
        jd = np.full(len(t_s), self._epoch.jd)
        error, position, speed = self._array.sgp4(jd, self._epoch.fraction + t_s / SECONDS_PER_DAY)
        # sgp4 still hands out a state for code 6, "decayed"
        position[error != 0] = np.nan
        speed[error != 0] = np.nan
        out_position[:] = position.transpose(1, 0, 2)
        if out_velocity is not None:
            out_velocity[:] = speed.transpose(1, 0, 2)
        return out_position, out_velocity


def _satrec(jd: float, fraction: float, bstar: float, *elements: float) -> Any:
    """One element set; satellite number 0, as sgp4init takes none above 339,999."""
    satellite = Satrec()
    satellite.sgp4init(WGS72, "i", 0, jd - _SGP4_ZERO_JD + fraction, bstar, 0.0, 0.0, *elements)
    # sgp4init rounds the epoch to the bits of one number, 0.3 microseconds or 2 mm
    satellite.jdsatepoch, satellite.jdsatepochF = jd, fraction
    return satellite
