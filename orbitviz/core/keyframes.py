"""Keyframes: places and velocities of nodes at two instants, and the cubic between them.

Error of the cubic between exact states: at most (step x angular rate)^4 / 384 of the orbit's radius: 0.4 m in low orbit
at steps of 60 s, 6 m at 120 s, 250 m at 300 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Keyframe:
    """States of n nodes at t_s (seconds from the epoch), never written to. places: (n, 4) float32, TEME km and 1;
    speeds: (n, 4), km/s and 0; as the GPU takes them. No state: NaN and 0. index: its place in its source.
    farthest_km: the largest distance from the Earth's centre."""

    index: int
    t_s: float
    places: F32
    speeds: F32
    farthest_km: float

    @classmethod
    def of(cls, index: int, t_s: float, position_km: Floats, velocity_km_s: Floats) -> Keyframe:
        """From positions km and velocities km/s (n, 3); a node without either has no state."""
        known = np.isfinite(position_km).all(axis=1) & np.isfinite(velocity_km_s).all(axis=1)
        packed = []
        for values, last in ((position_km, known), (velocity_km_s, 0.0)):
            texels = np.empty((len(values), 4), np.float32)
            texels[:, :3], texels[:, 3] = values, last
            texels[~known, :3] = np.nan
            texels.flags.writeable = False
            packed.append(texels)
        square = np.einsum("ij,ij->i", packed[0][known, :3], packed[0][known, :3])
        return cls(index, t_s, packed[0], packed[1], float(np.sqrt(square.max())) if len(square) else 0.0)

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.places.nbytes + self.speeds.nbytes


@dataclass(frozen=True, eq=False)
class Keyframes:
    """The two keyframes round an instant. `stale`: those wanted are not there yet, these are the nearest that are."""

    before: Keyframe
    after: Keyframe
    stale: bool = False

    @property
    def key(self) -> tuple[int, int]:
        """What tells them from others of the same source."""
        return self.before.index, self.after.index

    def clamped(self, t_s: float) -> float:
        """The instant nearest to t_s that these can show: nothing is drawn beyond its last known state."""
        return float(np.clip(t_s, self.before.t_s, self.after.t_s))

    def states(self, t_s: float, rows: slice | NDArray[np.integer] = slice(None)) -> tuple[F64, F64]:
        """Position km and velocity km/s (n, 3) float64 of some rows at an instant between the two."""
        first, last = self.before, self.after
        p0, v0 = first.places[rows, :3].astype(np.float64), first.speeds[rows, :3].astype(np.float64)
        step_s = last.t_s - first.t_s
        if step_s <= 0.0:
            return p0, v0
        p1, v1 = last.places[rows, :3].astype(np.float64), last.speeds[rows, :3].astype(np.float64)
        s = (self.clamped(t_s) - first.t_s) / step_s
        chord = (p1 - p0) / step_s
        position = p0 + s * step_s * (v0 + s * (3.0 * chord - 2.0 * v0 - v1 + s * (v0 + v1 - 2.0 * chord)))
        velocity = v0 + s * (2.0 * (3.0 * chord - 2.0 * v0 - v1) + 3.0 * s * (v0 + v1 - 2.0 * chord))
        return position, velocity

    def fill(self, position_km: F64, t_s: float, rows: slice | NDArray[np.integer] = slice(None)) -> F64:
        """position_km (n, 3) of some rows, its NaN rows replaced by the places here."""
        gaps = np.isnan(position_km[:, 0])
        return np.where(gaps[:, None], self.states(t_s, rows)[0], position_km) if gaps.any() else position_km


@runtime_checkable
class StateSource(Protocol):
    """A recording that may hold states beside its metrics."""

    @property
    def has_positions(self) -> bool:
        """Whether it does."""

    def read_state(self, index: int) -> tuple[F32, F32]:
        """Position km and velocity km/s (N, 3) of frame `index`, TEME, NaN where there is none."""
