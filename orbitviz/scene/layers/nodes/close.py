"""Nodes that the processor places, relative to the camera in float64: small fleets, odd orbits, near ones."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.resolve import SceneState

F64 = NDArray[np.float64]
GROWTH = 0.3
"""Near nodes grow with the power of 1 / distance, not with 1 / distance: the nearest stays a point among points."""
LARGEST = 30.0
"""Diameter, logical pixels, that growing ends at."""


@dataclass(frozen=True)
class Places:
    """Rows (n,), places (n, 3) km TEME (NaN: none), diameters (n,) in device pixels and opacities (n,) of nodes."""

    rows: NDArray[np.integer]
    position_km: F64
    point_px: F64
    opacity: F64

    def fading(self, share: F64) -> Places:
        """The same, each disc let go by a share (n,) 0..1: a shape takes its place."""
        return replace(self, opacity=self.opacity * (1.0 - share))

    @classmethod
    def none(cls) -> Places:
        """No nodes."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 3)), np.zeros(0), np.zeros(0))

    def and_(self, other: Places) -> Places:
        """Both."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("rows", "position_km", "point_px", "opacity"))
        return Places(*(np.concatenate(pair) for pair in pairs))


class CloseNodes:
    """One draw call of crisp discs with a halo, farthest first, over the resolved picture."""

    def __init__(self, store: GpuStore) -> None:
        self._store = store
        self._program = program("layers/nodes/close.vert", "layers/nodes/close.frag")
        self._relative = store.vertices(np.zeros((1, 3), np.float32))
        self._value = store.vertices(np.zeros((1, 4), np.float32))
        self.places = Places.none()
        self._shown = 0

    def clear(self) -> None:
        """Nothing to draw."""
        self.places, self._shown = Places.none(), 0

    def fill(
        self, places: Places, eye_km: F64, values: NDArray[np.float32], last: NDArray[np.floating] | None = None
    ) -> None:
        """Uploads places relative to the eye, subtracted in float64; values (n, 2) as of values.close_values; last (n,)
        decides who is on top, the highest; by default the nearest."""
        self.places = places
        relative = places.position_km - eye_km
        square = np.einsum("ij,ij->i", relative, relative)
        order = np.argsort(-square) if last is None else np.lexsort((-square, last))
        order = order[np.isfinite(square[order])]
        self._shown = len(order)
        if not self._shown:
            return
        look = np.column_stack((values, places.point_px, places.opacity)).astype(np.float32)
        self._store.refill(self._relative, (relative[order] / EARTH_RADIUS_KM).astype(np.float32))
        self._store.refill(self._value, look[order])
        self._program["a_relative"], self._program["a_value"] = self._relative, self._value

    def draw(self, state: SceneState, ramp: gloo.Texture2D, place: tuple[float, float], glow: float) -> None:
        """place: (offset, gain) of the place on the colour table; glow: strength of the shine of bright values."""
        if not self._shown:
            return
        shader = self._program
        shader["u_eye"] = (state.pose.eye / EARTH_RADIUS_KM).astype(np.float32)
        shader["u_parallel"] = state.pose.parallel
        shader["u_clip_from_relative"] = state.pose.clip_from_relative(state.size).T.astype(np.float32)
        shader["u_ramp"], shader["u_scale"] = ramp, place
        shader["u_glow"], shader["u_paper"] = glow, float(state.theme != "dark")
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        shader.draw("points")


def plain_sizes(position_km: F64, state: SceneState, plain_px: float) -> F64:
    """(n,) diameters in a small fleet: plain_px at the middle depth of those in front, less beyond, up to three times
    as much for one right before the eye."""
    depth = -(position_km - state.pose.eye) @ state.pose.rotation[2]
    ahead = depth[np.isfinite(depth) & (depth > 0.0)]
    middle_km = float(np.median(ahead)) if len(ahead) else EARTH_RADIUS_KM
    with np.errstate(invalid="ignore"):
        ratio = np.clip(np.sqrt(middle_km / np.maximum(depth, 1e-6)), 0.7, 3.0)
    return np.asarray(plain_px * ratio)


def near_looks(position_km: F64, state: SceneState, radius_km: float, plain_px: float) -> tuple[F64, F64]:
    """(n,) diameters and opacities of near nodes: at the near radius as the shader's points are (plain_px, and a point
    alone in its pixel lets some ground through), larger and solid towards the eye."""
    away_km = np.linalg.norm(position_km - state.pose.eye, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        nearness = np.maximum(radius_km / np.maximum(away_km, 1e-3), 1.0)
    point = np.minimum(plain_px * nearness**GROWTH, max(LARGEST * state.scale, plain_px))
    opacity = np.clip(0.7 + 0.3 * (nearness - 1.0) / 0.5, 0.7, 1.0)
    return point, opacity


def odd_sizes(position_km: F64, state: SceneState, radius_km: float, plain_px: float, plain_km: float) -> F64:
    """(n,) diameters of odd orbits among those that the shader draws: as near ones within the near radius, shrinking
    beyond plain_km as the shader's points do, but to no less than three logical pixels."""
    away_km = np.linalg.norm(position_km - state.pose.eye, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shrunk = plain_px * np.sqrt(np.minimum(plain_km / np.maximum(away_km, 1e-3), 1.0))
    near_px, _ = near_looks(position_km, state, radius_km, plain_px)
    return np.where(away_km < radius_km, near_px, np.maximum(shrunk, min(plain_px, 3.0 * state.scale)))


def few_point(count: int) -> float:
    """Plain diameter of a node of a small fleet, logical pixels: the fewer, the larger."""
    return min(max(9.0 - 1.6 * math.log10(max(count, 10)), 3.0), 8.0)
