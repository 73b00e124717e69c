"""Recorded states: position and velocity of every node at a frame, by differences where no velocity is recorded."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
POSITION, VELOCITY = "/frames/position_km", "/frames/velocity_km_s"
FARTHEST_KM = 1e8
STENCIL = 5
"""Frames that a derivative is taken over: 0.3 m/s off in low orbit at steps of 60 s, where three are 5 m/s off."""


def open_states(file: h5py.File, times_s: F64, nodes: int, path: Path) -> StatesReader | None:
    """Of a vetted file; None where no positions are recorded. Refuses shapes that do not fit times and nodes."""
    if POSITION not in file:
        return None
    for name in (POSITION, VELOCITY):
        if name in file and (file[name].shape[0] < len(times_s) or file[name].shape[1:] != (nodes, 3)):
            raise FileRefusedError(
                f"'{name}' must have the shape ({len(times_s)}, {nodes}, 3), frames, nodes and x y z, "
                f"got {file[name].shape}",
                "correct the file",
                path,
            )
    return StatesReader(file, times_s)


class StatesReader:
    """Reads frames of positions, keeping the last few for the differences."""

    def __init__(self, file: h5py.File, times_s: F64) -> None:
        self._position = file[POSITION]
        self._velocity = file.get(VELOCITY)
        self._times_s = times_s
        self._kept: OrderedDict[int, F32] = OrderedDict()

    def farthest_km(self) -> float:
        """The largest distance from the Earth's centre in the first frame; 0 where nothing is known."""
        if not len(self._times_s):
            return 0.0
        away_km = np.linalg.norm(self._places(0), axis=1)
        return float(np.nanmax(away_km)) if np.isfinite(away_km).any() else 0.0

    def read(self, index: int) -> tuple[F32, F32]:
        """Position km and velocity km/s (N, 3), arrays of the caller's own; not finite: no state."""
        position = self._places(index).copy()
        if self._velocity is not None:
            velocity = np.asarray(self._velocity[index], np.float32)
        else:
            velocity = self._by_differences(index)
        return position, velocity

    def _places(self, index: int) -> F32:
        if index not in self._kept:
            places = np.array(self._position[index], np.float32)
            places[~(np.abs(places) <= FARTHEST_KM)] = np.nan  # no place of anything that orbits the Earth
            self._kept[index] = places
            while len(self._kept) > STENCIL:
                self._kept.popitem(last=False)
        self._kept.move_to_end(index)
        return self._kept[index]

    def _by_differences(self, index: int) -> F32:
        """The derivative of the polynomial through up to five frames; through two where others have no position."""
        count = min(STENCIL, len(self._times_s))
        first = int(np.clip(index - STENCIL // 2, 0, len(self._times_s) - count))
        velocity = self._derivative(index, range(first, first + count))
        for neighbour in (index + 1, index - 1):
            gaps = ~np.isfinite(velocity).all(axis=1)
            if gaps.any() and 0 <= neighbour < len(self._times_s):
                velocity[gaps] = self._derivative(index, sorted((index, neighbour)))[gaps]
        return velocity

    def _derivative(self, index: int, frames: range | list[int]) -> F32:
        weights = first_derivative(self._times_s[list(frames)], float(self._times_s[index]))
        # Differences from this frame's places: their digits are not spent on the distance from the Earth's centre.
        here = self._places(index)
        velocity = np.zeros(here.shape, np.float32)
        for frame, weight in zip(frames, weights, strict=True):
            if frame != index:
                velocity += np.float32(weight) * (self._places(frame) - here)
        return velocity


def first_derivative(times_s: F64, at_s: float) -> F64:
    """(k,) weights of values at k distinct instants whose sum is the derivative, at at_s, of the polynomial through
    them."""
    count = len(times_s)
    if count < 2:
        return np.zeros(count)
    scale = float(np.ptp(times_s))
    powers = np.vander((times_s - at_s) / scale, count, increasing=True).T
    slope = np.zeros(count)
    slope[1] = 1.0 / scale
    return np.asarray(np.linalg.solve(powers, slope))
