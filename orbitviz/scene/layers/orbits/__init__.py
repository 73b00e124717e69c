"""Orbits: the path of the selected node over one revolution, bright ahead, fading behind, dimmer in shadow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM, EARTH_RATE_RAD_S
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.links.ribbons import Ribbons, line_program, pixel_scale, set_view
from orbitviz.scene.layers.orbits.path import OrbitPath, orbit_path
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

TRACK_HEIGHT = 1.0004
KEPT_S = 120.0
"""A path is used this long round its instant: 8 degrees of a low orbit, and no more than 0.01 degree of its drift."""
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """The selected node's path."""

    visible: bool = setting(True, "Orbit of the selected node")
    ground_track: bool = setting(False, "Ground track", "Where the node passes overhead, over the same revolution")
    opacity: float = setting(0.9, "Opacity", unit="1", low=0.1, high=1.0, step=0.05)


class OrbitsLayer(Layer):
    """One revolution centred at the shown instant, about 70 kB, uploaded when
    - another node is selected or another fleet is open, or
    - time has moved by 120 s, or
    - the node has moved by a quarter of its distance from the eye, as the fine steps of the path lie round the node.
    A moving camera uploads nothing while time stands still. Nearby parts are exact to a centimetre: the path's origin
    is the node, subtracted from the eye in float64.
    """

    NAME, TITLE, STAGE, Settings = "orbits", "Orbit", "overlay", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program = line_program("layers/orbits/orbits.frag", value=True)
        self._line, self._track = Ribbons(store), Ribbons(store)
        self._fleet: Fleet | None = None
        self.path: OrbitPath | None = None

    def open(self, document: Document | None) -> None:
        """Forget the old fleet."""
        self._fleet = None if document is None else document.fleet
        self.path, self.note = None, ""

    def _row(self, state: SceneState) -> int | None:
        settings: Settings = state.settings(self.NAME)
        wanted = settings.visible or settings.ground_track
        if not wanted or self._fleet is None or state.selected is None:
            return None
        there = 0 <= state.selected < len(self._fleet)
        return state.selected if there and not state.hides(state.selected) else None

    def _too_old(self, path: OrbitPath, state: SceneState) -> bool:
        apart_s = abs(state.t_s - path.at_s)
        distance_km = float(np.linalg.norm(path.node_km - state.pose.eye))
        return apart_s > KEPT_S or apart_s * path.speed_km_s > 0.25 * distance_km

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """A new path when the old one no longer does; see the class."""
        row = self._row(new)
        if row is None:
            self.note = ""
            return
        assert self._fleet is not None
        if self.path is None or self.path.row != row or self._too_old(self.path, new):
            self.path = orbit_path(self._fleet, row, new.t_s)
            self._upload(self.path, new.sky.gmst_rad)
            self.note = "" if np.isfinite(self.path.node_km).all() else self._missing(row)

    def _missing(self, row: int) -> str:
        assert self._fleet is not None
        if np.isnan(self._fleet.elements.mean_motion_rad_min[row]):
            return "the selected node has recorded positions and no elements: its orbit is not drawn"
        return "the selected node has no orbit at this time: it has decayed"

    def _upload(self, path: OrbitPath, gmst_rad: float) -> None:
        """The path relative to the node, and below it the track on the turning Earth (ITRF)."""
        origin = path.node_km if np.isfinite(path.node_km).all() else np.zeros(3)
        self._fill(self._line, (path.position_km - origin) / EARTH_RADIUS_KM, path.turns)
        angle = gmst_rad + EARTH_RATE_RAD_S * (path.t_s - path.at_s)
        x, y, z = path.position_km.T
        turned = np.stack((np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x, z), axis=1)
        ground = TRACK_HEIGHT * turned / np.linalg.norm(turned, axis=1, keepdims=True)
        self._fill(self._track, ground, path.turns)

    @staticmethod
    def _fill(line: Ribbons, points: F64, turns: F64) -> None:
        known = np.isfinite(points.sum(axis=1))
        keep = known[:-1] & known[1:]
        value = np.stack((turns[:-1], turns[1:]), axis=1)
        line.fill(points[:-1][keep], points[1:][keep], value[keep])

    def draw(self, state: SceneState) -> None:
        """The track, then the path over it."""
        if self._row(state) is None or self.path is None:
            return
        settings: Settings = state.settings(self.NAME)
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        shader = self._program
        shader["u_sun"] = state.sky.sun
        shader["u_now"] = (state.t_s - self.path.at_s) / self.path.period_s
        if settings.ground_track:
            set_view(shader, state, np.zeros(3), rotation_z(state.sky.gmst_rad).T)
            self._draw_line(self._track, state, THEMES[state.theme].track, 1.4, 0.8 * settings.opacity)
        if settings.visible:
            origin = self.path.node_km if np.isfinite(self.path.node_km).all() else np.zeros(3)
            set_view(shader, state, origin)
            self._draw_line(self._line, state, THEMES[state.theme].orbit, 1.8, settings.opacity)

    def _draw_line(
        self, line: Ribbons, state: SceneState, colour: tuple[float, float, float], width: float, opacity: float
    ) -> None:
        self._program["u_colour"] = colour
        self._program["u_width"] = width * pixel_scale(state)
        self._program["u_opacity"] = opacity
        line.draw(self._program)
