"""Colour ranges as textures: few, small, and uploaded only when their colours change."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from vispy import gloo

from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.resolve import Colour


class Ramps:
    """Plain ramps are kept for good; of warped ones there is one texture, refilled."""

    def __init__(self, store: GpuStore) -> None:
        self._store = store
        self._plain: dict[Hashable, gloo.Texture2D] = {}
        self._warped: gloo.Texture2D | None = None
        self._warp: Hashable = None

    def of(self, colour: Colour, counts: bool = False) -> gloo.Texture2D:
        """The texture of a colouring, 1,024 texels; counts: of "nodes in a pixel" in place of the metric's."""
        if counts:
            look: Hashable = ("counts", colour.count_map, colour.theme, colour.reverse)
            if look not in self._plain:
                self._plain[look] = self._store.ramp(np.array(colour.count_ramp()), smooth=False)
            return self._plain[look]
        look = (colour.colormap, colour.categories, colour.theme, colour.reverse)
        warp = None if colour.categories is not None else colour.warp.key
        if warp is None:
            if look not in self._plain:
                self._plain[look] = self._store.ramp(np.array(colour.ramp()), smooth=False)
            return self._plain[look]
        if self._warped is None:
            self._warped = self._store.ramp(np.array(colour.ramp()), smooth=False)
        elif self._warp != (look, warp):
            self._store.refill_ramp(self._warped, np.array(colour.ramp()))
        self._warp = (look, warp)
        return self._warped
