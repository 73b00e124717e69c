"""Orbits of a small fleet: every one of them, faintly, under the nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.fleet_orbits.paths import MOST_ORBITS, distinct_rows, revolutions
from orbitviz.scene.layers.links.ribbons import Ribbons, line_program, pixel_scale, set_view
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

SMALL_FLEET = 4096
KEPT_S = 120.0
"""Paths are used this long round their instant: they drift by 0.01 degree at most."""


@dataclass(frozen=True)
class Settings:
    """Where a small fleet flies."""

    visible: bool = setting(
        True, "Orbits of a small fleet", f"All of them, faintly, when they are no more than {MOST_ORBITS}"
    )
    opacity: float = setting(0.5, "Opacity", unit="1", low=0.1, high=1.0, step=0.05)


class FleetOrbitsLayer(Layer):
    """One upload, 128 bytes a piece, when time has moved by KEPT_S; nothing for larger fleets."""

    NAME, TITLE, STAGE, Settings = "fleet_orbits", "Orbits of a small fleet", "background", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program: gloo.Program | None = None
        self._lines = Ribbons(store)
        self._fleet: Fleet | None = None
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self._at_s: float | None = None

    def open(self, document: Document | None) -> None:
        """Which orbits there are."""
        self._fleet = None if document is None else document.fleet
        small = self._fleet is not None and len(self._fleet) <= SMALL_FLEET
        self._rows = distinct_rows(self._fleet) if small and self._fleet is not None else np.zeros(0, np.int64)
        self._at_s = None

    def _shown(self, state: SceneState) -> bool:
        return bool(len(self._rows)) and bool(state.settings(self.NAME).visible)

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Paths of the instant."""
        if self._fleet is None or not self._shown(new):
            return
        if self._at_s is None or abs(new.t_s - self._at_s) > KEPT_S:
            path = revolutions(self._fleet, self._rows, new.t_s) / EARTH_RADIUS_KM
            starts, stops = path[:, :-1].reshape(-1, 3), path[:, 1:].reshape(-1, 3)
            known = np.isfinite(starts + stops).all(axis=1)
            self._lines.fill(starts[known], stops[known])
            self._at_s = new.t_s

    def draw(self, state: SceneState) -> None:
        """All in one call; the more there are, the fainter."""
        if not self._shown(state):
            return
        if self._program is None:
            self._program = line_program("layers/fleet_orbits/faint.frag")
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        set_view(self._program, state, np.zeros(3))
        self._program["u_colour"] = THEMES[state.theme].orbit
        self._program["u_width"] = 1.1 * pixel_scale(state)
        self._program["u_opacity"] = state.settings(self.NAME).opacity * min(1.0, (12.0 / len(self._rows)) ** 0.5)
        self._lines.draw(self._program)
