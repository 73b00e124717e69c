"""Light along the orbits of a block of nodes: positions from keyframes, shadow at each instant, dark parts of steps.

Positions come from SGP4 keyframes up to KEYFRAME_S apart with a cubic Hermite polynomial between: about 0.1 km at 240 s
in low orbits, below 0.02 s of eclipse timing. float32 adds 0.5 m. Shadow: opaque sphere of 6378.137 km without air,
cone (umbra and penumbra), share of the Sun's disk that is visible.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_RADIUS_KM, SUN_RADIUS_KM
from orbitviz.sim.keyframes import hermite_weights
from orbitviz.sim.sunlight import disk_overlap

F32 = NDArray[np.float32]
Weights = tuple[float, float, float, float]
KEYFRAME_S = 240.0
_SAMPLES = 17
_GRID = np.linspace(0.0, 1.0, _SAMPLES, dtype=np.float32)
_RAMP = np.array([0.63293, -0.08056, -0.05237], np.float32)
_BORDER_KM = 0.05
"""Widens the penumbra in which the disk overlap is worked out, above the rounding of float32."""


class Sun(NamedTuple):
    """The Sun at an instant: unit vector (3,) TEME, distance km."""

    unit: NDArray[np.float64]
    distance_km: float


class Light(NamedTuple):
    """Light of a block at an instant, each (n,) float32.

    lit: visible share of the Sun's disk. clear_km: how far the node is outside the surface of half light (negative in
    shadow). penumbra_km: half the width of the penumbra there. overhead: cosine of the Sun's zenith angle below, >= 0.
    """

    lit: F32
    clear_km: F32
    penumbra_km: F32
    overhead: F32
    radius_km: F32 | None = None


class Split(NamedTuple):
    """Steps with an entry or exit, or in penumbra: rows (m,), and (m,) float32 of their two parts in order of time.

    first_share: length of the first part over the step. first_lit, second_lit: mean visible share of the Sun's disk.
    first_dark: whether the first part is the one with less than half of the disk; the other part then is not.
    """

    rows: NDArray[np.intp]
    first_share: F32
    first_lit: F32
    second_lit: F32
    first_dark: NDArray[np.bool_]


def clearance(position_km: F32, sun: Sun) -> tuple[F32, F32, F32]:
    """Position (3, n) float32 TEME -> (clear_km, penumbra_km, towards_km), each (n,).

    towards_km: coordinate along the direction to the Sun. The surface of half light is the shadow of a Sun shrunk to
    its centre; on the day side the distance from the centre of the Earth stands in for that from the shadow's axis.
    """
    x, y, z = position_km
    u = sun.unit.astype(np.float32)
    towards = x * u[0]
    towards += y * u[1]
    towards += z * u[2]
    square = x * x
    square += y * y
    square += z * z
    depth = np.minimum(towards, np.float32(0))
    square -= depth * depth
    # On the shadow's axis the difference rounds to either side of zero; NaN stays NaN.
    clear = np.sqrt(np.maximum(square, np.float32(0)))
    np.negative(depth, out=depth)
    clear -= np.float32(EARTH_RADIUS_KM)
    clear -= depth * np.float32(EARTH_RADIUS_KM / sun.distance_km)
    depth *= np.float32(SUN_RADIUS_KM / sun.distance_km)
    return clear, depth, towards


def light_at(position_km: F32, sun: Sun, with_radius: bool = False) -> Light:
    """Light of a block (3, n) at an instant; NaN where the position is. Disks' overlap: in the penumbra only."""
    clear, penumbra, towards = clearance(position_km, sun)
    lit = (clear > 0).astype(np.float32)
    if math.isnan(float(clear.sum())):
        lit[np.isnan(clear)] = np.nan
    partial = np.flatnonzero(np.abs(clear) < penumbra * np.float32(1.002) + np.float32(_BORDER_KM))
    if len(partial):
        points = np.ascontiguousarray(position_km[:, partial].T, dtype=np.float64)
        # On the day side, close to the ground, the border above also catches nodes in full light: the overlap says 1.
        lit[partial] = disk_overlap(points, sun.unit * sun.distance_km)
    overhead = np.maximum(towards, np.float32(0))
    overhead /= np.maximum(clear, np.float32(0)) + np.float32(EARTH_RADIUS_KM)
    radius = np.sqrt(np.square(position_km).sum(axis=0)) if with_radius else None
    return Light(lit, clear, penumbra, overhead, radius)


def needs_split(before: Light, after: Light) -> NDArray[np.intp]:
    """Rows whose light is not plain full or plain dark through the step between two instants at most 60 s apart.

    Shorter shadows than the step are not missed: over 60 s a low orbit bends by 4 km, the penumbra is over 20 km wide.
    """
    return np.flatnonzero((before.lit != after.lit) | ((before.lit > 0) & (before.lit < 1)))


def split_steps(rows: NDArray[np.intp], before: Light, middle: tuple[F32, F32], after: Light) -> Split:
    """The two parts of the steps of `rows`; middle: (clear_km, penumbra_km) of those rows half way through, (m,) each.

    The clearance through the step is the parabola through its three values; the light in the penumbra follows the
    odd polynomial nearest to the overlap of a disk and a straight edge: within 0.002 of it.
    """
    clear = _parabola(before.clear_km[rows], middle[0], after.clear_km[rows])
    penumbra = np.maximum(_parabola(before.penumbra_km[rows], middle[1], after.penumbra_km[rows]), np.float32(1e-3))
    u = np.clip(clear / penumbra, -1, 1)
    square = u * u
    lit = np.float32(0.5) + u * (_RAMP[0] + square * (_RAMP[1] + square * _RAMP[2]))
    mean = (lit.sum(axis=0) - np.float32(0.5) * (lit[0] + lit[-1])) / np.float32(_SAMPLES - 1)
    dark = _negative_share(clear)
    bright = 1 - dark
    bright_lit = np.minimum(mean / np.maximum(bright, np.float32(1e-6)), 1)
    dark_lit = np.clip((mean - bright_lit * bright) / np.maximum(dark, np.float32(1e-6)), 0, 1)
    first_dark = np.where((dark > 0) & (bright > 0), clear[0] < 0, dark > 0)
    return Split(
        rows,
        np.where(first_dark, dark, bright),
        np.where(first_dark, dark_lit, bright_lit),
        np.where(first_dark, bright_lit, dark_lit),
        first_dark,
    )


def _parabola(start: F32, middle: F32, end: F32) -> F32:
    """(samples, m) values of the parabola through three points, at equal distances over the step."""
    s = _GRID[:, None]
    return np.asarray(start + s * (4 * middle - 3 * start - end) + s * s * (2 * start + 2 * end - 4 * middle))


def _negative_share(values: F32) -> F32:
    """Share of the step in which the broken line through `values` (samples, m) is below zero."""
    low = np.minimum(values[1:], values[:-1])
    high = np.maximum(values[1:], values[:-1])
    below = np.clip(-low / np.maximum(high - low, np.float32(1e-6)), 0, 1)
    return np.asarray(below.mean(axis=0, dtype=np.float32))


class LightTrack:
    """Light of one block through consecutive steps, from its keyframes.

    `rows`: the block's rows of the shard. with_radius: whether Light.radius_km is wanted.
    """

    def __init__(self, rows: slice, with_radius: bool) -> None:
        self._rows = rows
        self._with_radius = with_radius
        self._last: tuple[int, Light] | None = None

    def steps(
        self, keys: Mapping[int, F32], first: int, last: int, per_key: int, short_s: float, suns: Sequence[Sun]
    ) -> Iterator[tuple[Light, Light, Split]]:
        """Light before, light after, split, of steps first .. last - 1, `short_s` long, `per_key` between keyframes.

        keys: number -> (2, 3, N) float32 position km and velocity km/s of all rows of the shard.
        suns: the Sun at the steps' ends and middles: 2 (last - first) + 1 of them.
        """
        weights = [hermite_weights(place / (2.0 * per_key), short_s * per_key) for place in range(2 * per_key + 1)]
        for key in range(first // per_key, -(-last // per_key)):
            pair = np.concatenate((keys[key][:, :, self._rows], keys[key + 1][:, :, self._rows]))
            for step in range(max(first, key * per_key), min(last, (key + 1) * per_key)):
                place, sun = 2 * (step - key * per_key), 2 * (step - first)
                before = self._light(pair, weights[place], step, suns[sun])
                after = self._light(pair, weights[place + 2], step + 1, suns[sun + 2])
                yield before, after, _split(pair, weights[place + 1], before, after, suns[sun + 1])

    def light_at(self, keys: Mapping[int, F32], step: int, per_key: int, short_s: float, sun: Sun) -> Light:
        """Light at the beginning of a step; kept, so that `steps` from there on does not work it out again."""
        if self._last is None or self._last[0] != step:
            position = positions_at(keys, step, per_key, short_s, self._rows)
            self._last = (step, light_at(position, sun, self._with_radius))
        return self._last[1]

    def _light(self, pair: F32, weights: Weights, instant: int, sun: Sun) -> Light:
        if self._last is None or self._last[0] != instant:
            self._last = (instant, light_at(_mixed(weights, pair), sun, self._with_radius))
        return self._last[1]

    def forget(self) -> None:
        """The next steps do not follow on the last ones."""
        self._last = None


def positions_at(keys: Mapping[int, F32], step: int, per_key: int, short_s: float, rows: slice) -> F32:
    """Position (3, n) km TEME of some rows at the beginning of a step; the rest as in LightTrack.steps."""
    key, place = divmod(step, per_key)
    if place == 0:
        return np.asarray(keys[key][0][:, rows])
    pair = (*keys[key][:, :, rows], *keys[key + 1][:, :, rows])
    return _mixed(hermite_weights(place / per_key, short_s * per_key), pair)


def _split(pair: F32, weights: Weights, before: Light, after: Light, sun: Sun) -> Split:
    rows = needs_split(before, after)
    clear, penumbra, _ = clearance(_mixed(weights, pair[:, :, rows]), sun)
    return split_steps(rows, before, (clear, penumbra), after)


def _mixed(weights: Weights, pair: F32 | Sequence[F32]) -> F32:
    """Position (3, n) from two keyframes, four of (3, n). Not by BLAS: its sums depend on the number of threads."""
    position: F32 = np.multiply(pair[0], np.float32(weights[0]))
    term = np.empty_like(position)
    for weight, part in zip(weights[1:], pair[1:], strict=True):
        np.multiply(part, np.float32(weight), out=term)
        position += term
    return position
