"""Marker: a ring round the selected node, so that a click is seen to select."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.links.ribbons import pixel_scale
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES
from orbitviz.sim.propagation import Propagator

RADIUS = 12.0
REACH, LARGEST = RADIUS + 11.0, 60.0
"""Of the ring, and of the quad that holds ring, ticks and hem; the ring grows with the shape of a near node up to
LARGEST, then it is left out. Logical pixels."""
CORNERS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)


@dataclass(frozen=True)
class Settings:
    """How the selection is shown."""

    visible: bool = setting(True, "Ring round the selected node")


class MarkerLayer(Layer):
    """A ring of constant size at the node's place (float64 on the processor, then one uniform: nothing is uploaded).

    `hidden`: the selected node is behind the Earth, nothing is drawn; `note` says so in words.
    """

    NAME, TITLE, STAGE, Settings = "marker", "Selection", "overlay", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program = program("layers/marker/marker.vert", "layers/marker/marker.frag")
        self._program["a_corner"] = store.vertices(CORNERS)
        self._fleet: Fleet | None = None
        self._propagator: tuple[int, Propagator] | None = None
        self._shown = False
        self.hidden = False
        self.note = ""

    def open(self, document: Document | None) -> None:
        """Forget the old fleet."""
        self._fleet = None if document is None else document.fleet
        self._propagator = None
        self._shown = self.hidden = False
        self.note = ""

    def join(self, layers: Sequence[Layer]) -> None:
        """Who knows how large the node is on the screen."""
        self._nodes = next(layer for layer in layers if isinstance(layer, NodesLayer))

    def _span_px(self, row: int) -> float:
        at = np.flatnonzero(self._nodes.close.places.rows == row)
        return float(self._nodes.near_look.span_px[at[0]]) if len(at) else 0.0

    def place_km(self, row: int, t_s: float) -> NDArray[np.float64]:
        """(3,) TEME, float64; NaN where SGP4 has no answer."""
        assert self._fleet is not None
        if self._propagator is None or self._propagator[0] != row:
            self._propagator = (row, Propagator.of(self._fleet, slice(row, row + 1)))
        return np.asarray(self._propagator[1].states(t_s, velocity=False)[0][0, 0], dtype=np.float64)

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Where the ring is."""
        self._shown = self.hidden = False
        self.note = ""
        row = new.selected
        if self._fleet is None or row is None or not 0 <= row < len(self._fleet) or not new.settings(self.NAME).visible:
            return
        if new.hides(row):
            self.note = "the selected node is hidden by the filter"
            return
        place = self.place_km(row, new.t_s)
        if new.recorded is not None:
            place = new.recorded.fill(place[None], new.t_s, np.array([row]))[0]
        if not np.isfinite(place).all():
            self.note = "the selected node has no place at this time: its orbit has decayed"
            return
        if new.pose.hides(place - new.pose.eye):
            self.hidden, self.note = True, "the selected node is behind the Earth"
            return
        relative = np.append((place - new.pose.eye) / EARTH_RADIUS_KM, 1.0)
        clip = new.pose.clip_from_relative(new.size) @ relative
        depth = float(new.pose.project(place - new.pose.eye, new.size)[2])
        unit = pixel_scale(new)
        radius = max(RADIUS, 0.62 * self._span_px(row) / unit)
        # A node that fills the picture needs no ring to be found by.
        self._shown = depth > 0.0 and radius < LARGEST
        self._program["u_radius"] = radius
        self._program["u_clip"] = clip.astype(np.float32)
        self._program["u_half_size"] = (0.5 * new.size[0], 0.5 * new.size[1])
        theme = THEMES[new.theme]
        self._program["u_colour"] = theme.accent
        self._program["u_hem"] = theme.space[:3] if theme.paper else (0.0, 0.0, 0.0)
        self._program["u_unit"] = pixel_scale(new)
        self._program["u_reach"] = (radius + REACH - RADIUS) * unit

    def draw(self, state: SceneState) -> None:
        """One quad."""
        if self._shown:
            gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
            gloo.set_blend_equation("func_add")
            self._program.draw("triangle_strip")
