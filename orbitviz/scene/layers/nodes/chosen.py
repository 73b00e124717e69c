"""The selected set on the GPU: one byte a node, uploaded when the set changes; how many of it each level draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layers.nodes.close import Places
from orbitviz.scene.resolve import SceneState

REST_OPACITY = 0.28
"""Of the discs that are not of a highlighted set; their values are not shown either, they are grey."""


class ChosenNodes:
    """Texture of the set; nothing exists and nothing is asked of the shader while there is no set."""

    def __init__(self, store: GpuStore) -> None:
        self._store = store
        self._texture: gloo.Texture2D | None = None
        self._version = -1
        self._parts: list[Sequence[NDArray[np.integer]]] = []
        self._drawn: list[int] = []

    def apply(self, state: SceneState, total: int, dealt: Sequence[Sequence[NDArray[np.integer]]]) -> None:
        """Uploads another set: N bytes, rounded up to a row of the texture; an equal one costs nothing. dealt: the five
        shares of rows of each kind of node that the GPU places."""
        if state.chosen is None or state.mask is None or not dealt:
            return
        another, mask = state.chosen[0] != self._version, state.mask
        if self._texture is None:
            self._texture = self._store.per_node(total, np.uint8)
        if another:
            self._store.fill_nodes(self._texture, mask * np.uint8(255))
            self._version = state.chosen[0]
        same = len(dealt) == len(self._parts) and all(a is b for a, b in zip(dealt, self._parts, strict=True))
        if another or not same:  # a fleet with drag may be dealt out anew
            self._parts = list(dealt)
            shares = zip(*dealt, strict=True)
            self._drawn = [sum(int(np.count_nonzero(mask[rows])) for rows in share) for share in shares]

    def define(self, state: SceneState, defines: dict[str, int]) -> None:
        """Adds what the shader's variant is to do with the others: FILTER, HIGHLIGHT or nothing."""
        if state.chosen is not None:
            defines["FILTER" if state.filtering else "HIGHLIGHT"] = 1

    def set_uniforms(self, shader: gloo.Program, state: SceneState, rest_point: float) -> None:
        """rest_point: device pixels of a node that is not of a highlighted set."""
        if state.chosen is None:
            return
        shader["u_chosen"] = self._texture
        if state.highlighting:
            shader["u_rest_point"] = rest_point

    def drawn(self, level: int) -> int:
        """Of the set, nodes in the first `level` shares."""
        return sum(self._drawn[:level])

    @staticmethod
    def dim(state: SceneState, places: Places) -> Places:
        """The processor's nodes: without those that the filter hides; others than a highlighted set's are faint."""
        if state.mask is None:
            return places
        ours = state.mask[places.rows] > 0
        if state.filtering:
            return Places(places.rows[ours], places.position_km[ours], places.point_px[ours], places.opacity[ours])
        opacity = np.where(ours, places.opacity, places.opacity * REST_OPACITY)
        return Places(places.rows, places.position_km, places.point_px, opacity)

    @staticmethod
    def grey(state: SceneState, places: Places, values: np.ndarray) -> None:
        """Takes the colour from the processor's nodes that are not of a highlighted set; values (n, 2) as uploaded."""
        if state.highlighting and state.mask is not None:
            values[state.mask[places.rows] == 0, 1] = 0.0

    def close(self) -> None:
        """Gives the memory back."""
        if self._texture is not None:
            self._texture.delete()
        self._texture, self._version, self._parts, self._drawn = None, -1, [], []
