"""Labels: names in the picture, few at a time, never over each other, behind the Earth never."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.arrows import ArrowsLayer, Tip
from orbitviz.scene.layers.labels import names
from orbitviz.scene.layers.labels.atlas import DOT, Atlas
from orbitviz.scene.layers.labels.layout import Placed, Wanted, lay_out
from orbitviz.scene.layers.links import LinksLayer
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.node_places import NodePlaces
from orbitviz.scene.resolve import SceneState

LETTER_PX = 12.0
NEAR_PX, MOST_NEAR = 26.0, 12
"""Span in logical pixels from which near nodes are named, and how many of them."""
WIDE_PX = 70.0
"""Span from which a node's name stands below it, not across its array."""
UNITS = np.array([[0, 0], [1, 0], [0, 1], [0, 1], [1, 0], [1, 1]], np.float32)


@dataclass(frozen=True)
class Settings:
    """What is named."""

    visible: bool = setting(True, "Labels")
    nodes: bool = setting(True, "Nodes", "The selected node, those linked to it, and nodes near the camera")
    cities: bool = setting(True, "Cities", "By inhabitants, the more the nearer the ground is; none from afar")
    ground: bool = setting(False, "Ground sites", "The users and gateways that the scenario lists by name")
    most: int = setting(40, "Most at a time", "The more important ones are kept", low=5, high=100, step=5)
    size: float = setting(1.0, "Size of letters", unit="1", low=0.8, high=2.0, step=0.1)


class LabelsLayer(Layer):
    """Works out what could be named, lays it out, draws it in one call. `placed`: what the last draw shows."""

    NAME, TITLE, STAGE, Settings = "labels", "Labels", "top", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program: gloo.Program | None = None
        self._atlas = Atlas(store)
        self._document: Document | None = None
        self._places: NodePlaces | None = None
        self._sites: names.Places | None = None
        self._before: dict[Hashable, tuple[str, str]] = {}
        self._size: tuple[int, int] = (0, 0)
        self.placed: list[Placed] = []

    def join(self, layers: Sequence[Layer]) -> None:
        """Whose nodes, links and arrows are named."""
        self._nodes = next(layer for layer in layers if isinstance(layer, NodesLayer))
        self._links = next(layer for layer in layers if isinstance(layer, LinksLayer))
        self._arrows = next(layer for layer in layers if isinstance(layer, ArrowsLayer))

    def open(self, document: Document | None) -> None:
        """Forget the old fleet."""
        self._document = document
        self._places = None if document is None else NodePlaces(document.fleet)
        self._sites = None if document is None else names.sites(document)
        self._before, self.placed = {}, []

    # -- what could be named ------------------------------------------------------------------------------------------
    def _wanted(self, state: SceneState, settings: Any) -> list[Wanted]:
        wanted: list[Wanted | None] = [self._tip(tip, state) for tip in self._arrows.tips]
        near = bool(np.any(self._nodes.near_look.span_px > NEAR_PX * state.scale))
        if settings.nodes:
            wanted += self._of_nodes(state)
        if settings.ground and self._sites is not None and len(self._sites.names):
            some = np.argsort(-self._sites.people, kind="stable")
            wanted += names.on_ground("site", self._sites, some, state, 4.0, names.SITE)
        least = names.least_people(names.ground_km_per_px(state))
        # Beside a node's shape the names of what is 500 km below would be read as its own.
        if settings.cities and np.isfinite(least) and not near and state.settings("globe").visible:
            known = names.cities()
            wanted += names.on_ground("city", known, np.flatnonzero(known.people >= least), state, 10.0, names.CITY)
        return [one for one in wanted if one is not None]

    @staticmethod
    def _tip(tip: Tip, state: SceneState) -> Wanted | None:
        x, y, depth = (float(part) for part in state.pose.project(tip.relative_km, state.size))
        if depth <= 0.0 or not (0.0 < x < state.size[0] and 0.0 < y < state.size[1]):
            return None
        x0, y0, _ = (float(part) for part in state.pose.project(tip.from_km, state.size))
        across, down = x - x0, y - y0
        level = abs(across) > abs(down)
        side = ("right" if across > 0.0 else "left") if level else ("below" if down > 0.0 else "above")
        return Wanted(("arrow", tip.text), tip.text, x, y, 0.5, (*tip.colour, 1.0), 5.0 * state.scale, side=side)

    def _of_nodes(self, state: SceneState) -> list[Wanted | None]:
        if self._document is None or self._places is None:
            return []
        fleet, selected = self._document.fleet, state.selected
        look, near = self._nodes.near_look, self._nodes.close.places
        large = np.flatnonzero(look.span_px > NEAR_PX * state.scale)
        large = large[np.argsort(-look.span_px[large], kind="stable")][:MOST_NEAR]
        ranked: dict[int, tuple[float, names.Colour]] = {}
        if selected is not None and 0 <= selected < len(fleet) and not state.hides(selected):
            ranked[selected] = (0.0, names.SELECTED)
            for row in self._links.partners(state):
                ranked.setdefault(int(row), (1.5, names.LINKED))
        for order, row in enumerate(near.rows[large]):
            ranked.setdefault(int(row), (3.0 + 0.05 * order, names.NEARBY))
        rows = np.array(list(ranked), np.int64)
        if not len(rows):
            return []
        place_km, _ = self._places.at(rows, state)
        spans = {int(row): float(span) for row, span in zip(near.rows, look.span_px, strict=True)}
        labels = []
        for row, relative in zip(ranked, place_km - state.pose.eye, strict=True):
            rank, colour = ranked[row]
            span = spans.get(row, 0.0)
            gap = 8.0 * state.scale + min(0.2 * span, 0.2 * state.size[1])
            gap = max(gap, 18.0 * state.scale) if row == selected else gap
            side = "below" if span > WIDE_PX * state.scale else "right"
            text = names.short_label(fleet, row, selected if row != selected else None)
            labels.append(names.of_node(text, row, relative, state, rank, colour, gap, side))
        return labels

    # -- state --------------------------------------------------------------------------------------------------------
    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """What is shown and where; words that are new go to the GPU."""
        settings: Settings = new.settings(self.NAME)
        wanted = self._wanted(new, settings) if settings.visible else []
        if not wanted:
            self.placed, self._before = [], {}
            return
        self._atlas.use(max(8, round(LETTER_PX * settings.size * new.scale)), new.scale)
        sizes = {one.text: self._atlas.size(one.text) for one in wanted}
        before = self._before if new.size == self._size else {}
        self.placed = lay_out(wanted, sizes, new.size, before, int(settings.most), new.scale)
        self._before, self._size = {one.wanted.key: (one.side, one.wanted.side) for one in self.placed}, new.size
        if self.placed:
            self._atlas.hold([one.wanted.text for one in self.placed])
            self._fill(new)

    def _fill(self, state: SceneState) -> None:
        if self._program is None:
            self._program = program("layers/labels/labels.vert", "layers/labels/labels.frag")
            self._place = self.store.vertices(np.zeros((6, 4), np.float32))
            self._colour = self.store.vertices(np.zeros((6, 4), np.float32))
        boxes, corners, colours = self._atlas.boxes, [], []
        for one in self.placed:
            corners.append((one.left, one.top, *boxes[one.wanted.text]))
            colours.append(one.wanted.colour)
            if one.wanted.dot:
                box = boxes[DOT]
                x, y = round(one.wanted.x - 0.5 * box[2]), round(one.wanted.y - 0.5 * box[3])
                corners.append((x, y, *box))
                colours.append(one.wanted.colour)
        self.store.refill(self._place, _quads(np.array(corners, np.float32), self._atlas.shape))
        self.store.refill(self._colour, np.repeat(np.array(colours, np.float32), 6, axis=0))
        self._program["a_place"], self._program["a_colour"] = self._place, self._colour
        self._program["u_size"] = state.size
        self._program["u_dark"] = 1.0 if state.theme == "dark" else 0.0
        self._program["u_atlas"] = self._atlas.texture

    def draw(self, state: SceneState) -> None:
        """All of them in one call."""
        if not self.placed or self._program is None:
            return
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        self._program.draw("triangles")


def _quads(boxes: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """(6 n, 4) x, y, u, v from (n, 6): left and top in the picture, x, y, width and height in the atlas."""
    size = boxes[:, None, 4:6]
    place = boxes[:, None, 0:2] + UNITS * size
    uv = (boxes[:, None, 2:4] + UNITS * size) / np.array(shape, np.float32)
    return np.concatenate((place, uv), axis=2).reshape(-1, 4).astype(np.float32)
