"""Lines as quads: what the line layers (links, orbits, borders) share. GL's own lines are one pixel wide and jagged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.resolve import SceneState

END = np.array([0.0, 0.0, 1.0, 1.0], np.float32)
SIDE = np.array([-1.0, 1.0, -1.0, 1.0], np.float32)
QUAD = np.array([0, 1, 2, 2, 1, 3], np.uint32)
VERTEX = "layers/links/ribbon.vert"
IDENTITY = np.eye(3)


def line_program(fragment: str, value: bool = False) -> gloo.Program:
    """A program that draws Ribbons with a layer's fragment shader; `value`: pieces carry a number along."""
    return program(VERTEX, fragment, {"VALUE": 1} if value else None)


def pixel_scale(state: SceneState) -> float:
    """Device pixels that a line of width 1 has: follows the screen's scale, and the height of large pictures."""
    return state.scale * max(1.0, state.size[1] / state.scale / 1080.0)


def set_view(
    shader: gloo.Program, state: SceneState, origin_km: NDArray[np.float64], turn: NDArray[np.float64] = IDENTITY
) -> None:
    """Camera uniforms. origin_km (3,) TEME: where the line's coordinates begin, subtracted from the eye in float64, so
    that what lies near the origin is exact from metres away; turn (3, 3): TEME from the line's axes."""
    shader["u_turn"] = turn.T.astype(np.float32)
    shader["u_offset"] = ((origin_km - state.pose.eye) / EARTH_RADIUS_KM).astype(np.float32)
    shader["u_eye"] = (state.pose.eye / EARTH_RADIUS_KM).astype(np.float32)
    shader["u_parallel"] = state.pose.parallel
    shader["u_clip_from_relative"] = state.pose.clip_from_relative(state.size).T.astype(np.float32)
    shader["u_half_size"] = (0.5 * state.size[0], 0.5 * state.size[1])


class Ribbons:
    """The vertices of up to `pieces` line pieces on the GPU; 128 bytes a piece and 24 of indices (sent once a size)."""

    def __init__(self, store: GpuStore) -> None:
        self._store = store
        self._capacity = 0
        self._start = store.vertices(np.zeros((4, 4), np.float32))
        self._stop = store.vertices(np.zeros((4, 4), np.float32))
        self._value: gloo.VertexBuffer | None = None
        self._index: gloo.IndexBuffer | None = None
        self.pieces = 0

    def fill(
        self, start: NDArray[np.floating], stop: NDArray[np.floating], value: NDArray[np.floating] | None = None
    ) -> None:
        """Ends of M pieces, (M, 3) each, in Earth radii; value (M, 2): the number at start and stop. The buffers only
        grow: what is left over draws nothing."""
        self.pieces = len(start)
        if self.pieces > self._capacity:
            self._capacity = self.pieces
            index = (4 * np.arange(self._capacity, dtype=np.uint32)[:, None] + QUAD).ravel()
            self._index = gloo.IndexBuffer(index)
            self._store.uploaded_bytes += index.nbytes
        first, last = (np.zeros((self._capacity, 4, 4), np.float32) for _ in range(2))
        first[: self.pieces, :, :3], last[: self.pieces, :, :3] = start[:, None], stop[:, None]
        first[: self.pieces, :, 3], last[: self.pieces, :, 3] = END, SIDE
        self._store.refill(self._start, first.reshape(-1, 4))
        self._store.refill(self._stop, last.reshape(-1, 4))
        if value is not None:
            self._fill_value(value)

    def _fill_value(self, value: NDArray[np.floating]) -> None:
        both = np.zeros((self._capacity, 2), np.float32)
        both[: len(value)] = value
        data = np.repeat(both, 2, axis=1).ravel()
        if self._value is None:
            self._value = self._store.vertices(data)
        else:
            self._store.refill(self._value, data)

    def draw(self, shader: gloo.Program) -> None:
        """All pieces, with the blending that is set."""
        if not self.pieces:
            return
        shader["a_start"], shader["a_stop"] = self._start, self._stop
        if self._value is not None:
            shader["a_value"] = self._value
        shader.draw("triangles", self._index)
