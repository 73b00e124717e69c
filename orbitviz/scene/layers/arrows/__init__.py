"""Arrows: from the selected node, seen from near, along its velocity, to the Sun and to the Earth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.links.ribbons import Ribbons, line_program, pixel_scale, set_view
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.node_places import NodePlaces
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

F64 = NDArray[np.float64]
Colour = tuple[float, float, float]
SMALLEST_PX = 22.0
"""Span of the node, logical pixels, from which its arrows are drawn."""
SHORTEST_PX, HEAD_PX, WIDTH = 84.0, 9.0, 1.7
WORDS = ("velocity", "Sun", "Earth")


@dataclass(frozen=True)
class Settings:
    """Directions at the selected node."""

    visible: bool = setting(
        True, "Arrows at the selected node", "Its velocity in the orbits' frame, the Sun and the Earth, from near"
    )


@dataclass(frozen=True)
class Tip:
    """An arrow's end: what it says, from_km and relative_km (3,) its two ends from the eye, its colour."""

    text: str
    from_km: F64
    relative_km: F64
    colour: Colour


class ArrowsLayer(Layer):
    """A shaft and a flat head each, over the shapes; nothing is uploaded while the node is far. `tips`: for labels."""

    NAME, TITLE, STAGE, Settings = "arrows", "Arrows at the selected node", "top", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program: gloo.Program | None = None
        self._lines: list[Ribbons] = []
        self._places: NodePlaces | None = None
        self.tips: list[Tip] = []

    def join(self, layers: Sequence[Layer]) -> None:
        """Who knows how large the node is on the screen."""
        self._nodes = next(layer for layer in layers if isinstance(layer, NodesLayer))

    def open(self, document: Document | None) -> None:
        """Forget the old fleet."""
        self._places = None if document is None else NodePlaces(document.fleet)
        self.tips = []

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Three arrows round the node, in float64 relative to it."""
        self.tips = []
        row = new.selected
        at = np.flatnonzero(self._nodes.close.places.rows == row) if row is not None else np.zeros(0, np.intp)
        if self._places is None or row is None or not len(at) or not new.settings(self.NAME).visible:
            return
        span_px = float(self._nodes.near_look.span_px[at[0]])
        if span_px < SMALLEST_PX * new.scale:
            return
        place, velocity = (part[0] for part in self._places.at(np.array([row]), new))
        relative = place - new.pose.eye
        away_km = float(np.linalg.norm(relative))
        if not np.isfinite(velocity).all() or away_km < 1e-6 or bool(new.pose.hides(relative)):
            return
        km_per_px = 1.0 / float(new.pose.pixels_per_km(np.array(away_km), new.size[1]))
        length_km = max(0.75 * self._nodes.span_km(row), SHORTEST_PX * new.scale * km_per_px)
        directions = (velocity, np.array(new.sky.sun), -place)
        self._fill(directions, length_km, HEAD_PX * pixel_scale(new) * km_per_px, relative / away_km)
        for text, colour, direction in zip(WORDS, colours(new), directions, strict=True):
            tip = relative + length_km * direction / np.linalg.norm(direction)
            self.tips.append(Tip(text, relative, tip, colour))
        assert self._program is not None
        set_view(self._program, new, place)

    def _fill(self, directions: Sequence[F64], length_km: float, head_km: float, view: F64) -> None:
        if self._program is None:
            self._program = line_program("layers/links/links.frag")
            self._lines = [Ribbons(self.store) for _ in WORDS]
        for line, direction in zip(self._lines, directions, strict=True):
            along = direction / np.linalg.norm(direction)
            side = np.cross(along, view)
            side /= max(float(np.linalg.norm(side)), 1e-9)
            tip = length_km * along
            wings = [tip - head_km * along + sign * 0.45 * head_km * side for sign in (1.0, -1.0)]
            starts = np.array([0.12 * length_km * along, tip, tip])
            line.fill(starts / EARTH_RADIUS_KM, np.array([tip, *wings]) / EARTH_RADIUS_KM)

    def draw(self, state: SceneState) -> None:
        """Each in its colour."""
        if not self.tips or self._program is None:
            return
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        self._program["u_width"] = WIDTH * pixel_scale(state)
        self._program["u_opacity"] = 0.95
        for line, colour in zip(self._lines, colours(state), strict=True):
            self._program["u_colour"] = colour
            line.draw(self._program)


def colours(state: SceneState) -> tuple[Colour, Colour, Colour]:
    """Of the arrows, in the order of WORDS: those of the theme's orbit, ground track and coasts."""
    theme = THEMES[state.theme]
    return theme.orbit, theme.track, theme.coast[:3]
