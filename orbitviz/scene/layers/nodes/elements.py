"""A fleet's elements on the GPU: textures filled once, shares of rows to draw, rows left to the processor."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.fleet import Fleet
from orbitviz.scene.detail import SMALL_FLEET, shares
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layers.nodes.states import part_range
from orbitviz.sim.sgp4_elements import NearEarth
from orbitviz.sim.shader_elements import ShaderElements, shader_elements, split_time

FEW_ODD = 256
"""Of rows that the shader cannot draw from elements, so many are computed on the processor at each drawn frame; more
are drawn from states (odd_states.py)."""
REFERENCE_S = 6 * 3600.0
"""With drag the shader is within 100 m for so long round the reference instant (sim.shader_elements)."""
RENEW_S = 4 * 3600.0
ERROR_KM, ERROR_KM_YEAR, ERROR_DRAG_KM = 0.02, 0.1, 0.1
"""Largest error of the shader's places: at the reference instant, added by a year from it; with drag, within
REFERENCE_S of it."""


class FleetOnGpu:
    """Element textures and vertex buffers of the rows that the shader draws; `close_rows` are the processor's."""

    def __init__(self, store: GpuStore, fleet: Fleet, t_s: float) -> None:
        self.store = store
        self.total = len(fleet)
        self.rows, self.columns = store.grid(self.total)
        self.textures: list[gloo.Texture2D] = []
        self.buffers: list[gloo.VertexBuffer] = []
        self.part_rows: list[NDArray[np.uint32]] = []
        self.close_rows: NDArray[np.int64] = np.arange(min(self.total, SMALL_FLEET))
        self.odd = np.zeros(self.total, np.bool_)
        near = NearEarth(fleet.elements)
        self.unusable = (near.error != 0) & ~near.deep_space
        """(N,) rows whose elements say nothing."""
        self.t_ref_s = 0.0
        self.has_drag = False
        self.elements: ShaderElements | None = None
        self._near: NearEarth | None = None
        self._renewal: Future[ShaderElements] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="orbitviz elements")
        if not self.is_small:
            self.has_drag = near.has_drag
            self._near = near if near.has_drag else None
            self._take(shader_elements(near, t_s if near.has_drag else 0.0))

    @property
    def is_small(self) -> bool:
        """Whether the processor places every node."""
        return self.total <= SMALL_FLEET

    def draw(self, shader: gloo.Program, level: int, since: int = 0) -> None:
        """The rows of a level of detail; `since`: only those that this level has more than that one."""
        for buffer in self.parts(level, since):
            if buffer.size:
                shader["a_texel"] = buffer
                shader.draw("points")

    @property
    def on_gpu(self) -> int:
        """Rows that the shader draws."""
        return self.buffers[-1].size if self.buffers else 0

    def drawn(self, level: int) -> int:
        """Rows drawn by the shader at a level of detail."""
        return sum(buffer.size for buffer in self.parts(level))

    def parts(self, level: int, since: int = 0) -> list[gloo.VertexBuffer]:
        """The buffers to draw at a level of detail; `since`: only what it has more than that level."""
        return [self.buffers[k] for k in part_range(level, since)] if self.buffers else []

    def _take(self, elements: ShaderElements) -> None:
        """Uploads the elements of one reference instant."""
        self.t_ref_s, self.elements = elements.t_ref_s, elements
        if not self.textures:
            self.textures = [self.store.per_node(self.total, np.float32, 4) for _ in elements.texels]
        for texture, texels in zip(self.textures, elements.texels, strict=True):
            self.store.fill_nodes(texture, texels)
        # Once odd, always odd: a row that comes and goes with the reference instant would be set up anew each time.
        odd = self.odd | ~elements.rows_ok
        if self.buffers and np.array_equal(odd, self.odd):
            return
        self.odd, self.close_rows = odd, np.flatnonzero(odd)
        fine = np.flatnonzero(~odd)
        for buffer in self.buffers:
            buffer.delete()
        dealt = shares(fine) if len(fine) else []
        self.part_rows = [part.astype(np.uint32) for part in dealt]
        parts = [*dealt, fine] if len(fine) else []
        self.buffers = [self.store.vertices(self.texel_of(part)) for part in parts]

    def texel_of(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """(n, 2) column and row of nodes in the textures."""
        return np.column_stack((rows % self.columns, rows // self.columns)).astype(np.float32)

    def advance(self, t_s: float) -> None:
        """With drag: keeps the reference instant near t_s, computing the next one on a thread before it is needed."""
        if self._near is None:
            return
        away_s = abs(t_s - self.t_ref_s)
        if self._renewal is not None and self._renewal.done():
            fresh, self._renewal = self._renewal.result(), None
            if abs(t_s - fresh.t_ref_s) < away_s:
                self._take(fresh)
        elif self._renewal is None and RENEW_S < away_s <= REFERENCE_S:
            # Ahead in the direction of travel, so that it serves as long as possible.
            ahead = t_s + np.sign(t_s - self.t_ref_s) * (REFERENCE_S - RENEW_S)
            self._renewal = self._pool.submit(shader_elements, self._near, float(ahead))
        if abs(t_s - self.t_ref_s) > REFERENCE_S:
            self._take(shader_elements(self._near, t_s))

    def error_km(self, t_s: float) -> float:
        """Most that the shader's places are off at an instant."""
        years = abs(t_s - self.t_ref_s) / (365.25 * 86400.0)
        return ERROR_DRAG_KM if self.has_drag else ERROR_KM + ERROR_KM_YEAR * years

    def time_uniform(self, t_s: float) -> tuple[float, float, float]:
        """Days, minutes, seconds since the reference instant."""
        return split_time(t_s, self.t_ref_s)

    def close(self) -> None:
        """Ends the thread and gives the memory back."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for thing in (*self.textures, *self.buffers):
            thing.delete()
        self.textures, self.buffers = [], []
