"""Nodes placed by states instead of elements: keyframes on the GPU, the cubic between them in the vertex shader."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.keyframes import Keyframe, Keyframes
from orbitviz.scene.detail import FULL, shares
from orbitviz.scene.gpu_store import GpuStore

SLOTS = 3
"""Two keyframes are shown while the next one is brought."""


class StatesOnGpu:
    """Some rows of a fleet of `total`. compact: keyframes hold these rows alone, in their order, else the whole fleet.
    A keyframe is sent once: 32 bytes a node of it, rounded up to a row of texels."""

    def __init__(self, store: GpuStore, rows: NDArray[np.integer], total: int, compact: bool) -> None:
        self.store, self.rows = store, rows
        self.shown: Keyframes | None = None
        self.known = 0
        self._inside = np.arange(len(rows)) if compact else rows
        self._count = len(rows) if compact else total
        self._grid = store.grid(self._count)
        self._slots: list[tuple[Keyframe, gloo.Texture2D, gloo.Texture2D] | None] = [None] * SLOTS
        columns = store.grid(total)[1]
        index = np.arange(len(rows))
        self._parts = [*shares(index), index]
        self.part_rows = [rows[part] for part in self._parts[:FULL]]
        """The five shares, rows of the fleet."""
        self._texels = [store.vertices(_texel(rows[part], columns)) for part in self._parts]
        self._places = (
            [store.vertices(_texel(part, self._grid[1])) for part in self._parts] if compact else self._texels
        )

    def drawn(self, level: int) -> int:
        """Rows drawn at a level of detail that have a state now; of a sample, as many as its share of them."""
        if self.shown is None:
            return 0
        taken = sum(len(self._parts[k]) for k in part_range(level))
        return round(self.known * taken / max(len(self.rows), 1))

    def show(self, keyframes: Keyframes | None) -> None:
        """Uploads what is not there yet."""
        if keyframes is None or (self.shown is not None and self.shown.key == keyframes.key):
            self.shown = keyframes or self.shown
            return
        self.shown = keyframes
        keep = {keyframes.before.index, keyframes.after.index}
        for keyframe in (keyframes.before, keyframes.after):
            if not any(slot is not None and slot[0] is keyframe for slot in self._slots):
                self._upload(keyframe, keep)
        both = keyframes.before.places[self._inside, 3] * keyframes.after.places[self._inside, 3]
        self.known = int(np.count_nonzero(both))

    def _upload(self, keyframe: Keyframe, keep: set[int]) -> None:
        free = (k for k, slot in enumerate(self._slots) if slot is None or slot[0].index not in keep)
        place = next(free)
        old = self._slots[place]
        pair = old[1:] if old is not None else tuple(self.store.per_node(self._count, np.float32, 4) for _ in "pv")
        self.store.fill_nodes(pair[0], keyframe.places)
        self.store.fill_nodes(pair[1], keyframe.speeds)
        self._slots[place] = (keyframe, pair[0], pair[1])

    def _textures(self, keyframe: Keyframe) -> tuple[gloo.Texture2D, gloo.Texture2D]:
        return next(slot[1:] for slot in self._slots if slot is not None and slot[0] is keyframe)

    def prepare(self, shader: Any, t_s: float) -> None:
        """The uniforms of the STATES variant."""
        if self.shown is None:
            return
        first, last = self.shown.before, self.shown.after
        step_s = last.t_s - first.t_s
        shader["u_state_grid"] = (self._grid[1], self._grid[0])
        shader["u_place_0"], shader["u_speed_0"] = self._textures(first)
        shader["u_place_1"], shader["u_speed_1"] = self._textures(last)
        along = (self.shown.clamped(t_s) - first.t_s) / step_s if step_s > 0.0 else 0.0
        shader["u_along"] = (step_s, along)

    def draw(self, shader: gloo.Program, level: int, since: int = 0) -> None:
        """The rows of a level of detail; `since`: only those that this level has more than that one."""
        if self.shown is None:
            return
        for part in part_range(level, since):
            if self._texels[part].size:
                shader["a_texel"], shader["a_state"] = self._texels[part], self._places[part]
                shader.draw("points")

    def close(self) -> None:
        """Gives the memory back."""
        buffers = dict.fromkeys((*self._texels, *self._places))
        for thing in (*buffers, *(texture for slot in self._slots if slot is not None for texture in slot[1:])):
            thing.delete()


def part_range(level: int, since: int = 0) -> range:
    """Which buffers make a level: five shares and, last, all rows in the fleet's own order: one ordered pass over the
    picture costs a tenth less than five."""
    return range(FULL, FULL + 1) if level >= FULL and since == 0 else range(since, level)


def _texel(rows: NDArray[np.integer], columns: int) -> NDArray[np.float32]:
    """(n, 2) column and row in a texture."""
    return np.column_stack((rows % columns, rows // columns)).astype(np.float32)
