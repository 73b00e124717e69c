"""Links: the laser mesh between the nodes, as straight lines between their places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.links.mesh import HOPS, MOST_NODES, Mesh
from orbitviz.scene.layers.links.ribbons import Ribbons, line_program, pixel_scale, set_view
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

WIDTH = 1.1
_LIMIT = f"The whole mesh is drawn up to {MOST_NODES:,} nodes; of larger fleets, {HOPS} links round the selected node"


@dataclass(frozen=True)
class Settings:
    """The laser mesh. Off at first: a mesh over a whole fleet hides what the nodes' colours say."""

    visible: bool = setting(False, "Links", _LIMIT)
    opacity: float = setting(0.6, "Opacity", unit="1", low=0.05, high=1.0, step=0.05)


class LinksLayer(Layer):
    """Both ends in float64 on the processor; one upload (128 bytes a link) when time moves or other links are drawn.

    A moving camera alone uploads nothing, but for one case: it has gone 200 times as far from where the last upload was
    made as the nearest link is away, which float32 would show. `note` says what is not drawn, and why. STAGE depends on
    what is open.
    """

    NAME, TITLE, STAGE, Settings = "links", "Links", "overlay", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program = line_program("layers/links/links.frag")
        self._lines = Ribbons(store)
        self._mesh: Mesh | None = None
        self._shown: object = None
        self._origin_km = np.zeros(3)
        self._nearest_km = 0.0
        self.drawn = 0

    def open(self, document: Document | None) -> None:
        """Forget the old mesh; the new one is worked out when it is first shown."""
        self._mesh = None if document is None else Mesh.of(document)
        self._shown, self.drawn, self.note = None, 0, ""
        # Under the nodes, whose colours then stay readable. The links round a selected node change with the selection,
        # which does not redraw the background.
        self.STAGE = "background" if self._mesh is None or self._mesh.whole else "overlay"  # type: ignore[misc]

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Uploads the links of the instant; uniforms."""
        mesh = self._mesh
        if mesh is None or not new.settings(self.NAME).visible:
            self.note = ""
            return
        key = (new.t_s, None if mesh.whole else new.selected, new.hidden)
        gone_km = float(np.linalg.norm(new.pose.eye - self._origin_km))
        if key != self._shown or gone_km > 200.0 * max(self._nearest_km, 0.05):
            self._upload(mesh, new)
            self._shown = key
        self.note = self._sentence(mesh, new.selected, new.filtering)
        set_view(self._program, new, self._origin_km)
        self._program["u_colour"] = THEMES[new.theme].link

    def partners(self, state: SceneState) -> NDArray[np.integer]:
        """(n,) rows linked to the selected one; none where finding them would take long and links are not shown."""
        mesh, row = self._mesh, state.selected
        if mesh is None or row is None or not mesh.known or not (mesh.whole or state.settings(self.NAME).visible):
            return np.zeros(0, np.int64)
        pairs = mesh.pairs(state.t_s, row)
        return np.concatenate((pairs[pairs[:, 0] == row, 1], pairs[pairs[:, 1] == row, 0]))

    def _upload(self, mesh: Mesh, state: SceneState) -> None:
        """Ends relative to the eye, so that what is near is exact."""
        first, second = mesh.ends_km(state.t_s, state.selected, state.mask if state.filtering else None, state.recorded)
        self.drawn = len(first)
        self._origin_km = state.pose.eye
        first, second = first - self._origin_km, second - self._origin_km
        square = np.einsum("ij,ij->i", first, first)
        self._nearest_km = float(np.sqrt(square.min())) if self.drawn else 1e9
        self._lines.fill(first / EARTH_RADIUS_KM, second / EARTH_RADIUS_KM)

    def _sentence(self, mesh: Mesh, selected: int | None, filtering: bool) -> str:
        if not mesh.known:
            return "no links are drawn: what is open does not say who is linked to whom"
        if mesh.whole:
            return "" if self.drawn or filtering else "no link is within range at this time"
        rule = f"links of more than {MOST_NODES:,} nodes"
        if selected is None:
            return f"{rule}: select a node to see those round it"
        return f"{rule}: those up to {HOPS} links from the selected node"

    def draw(self, state: SceneState) -> None:
        """All links in one call; the more there are, the fainter each is."""
        if self._mesh is None or not state.settings(self.NAME).visible or not self.drawn:
            return
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        self._program["u_width"] = WIDTH * pixel_scale(state)
        self._program["u_opacity"] = state.settings(self.NAME).opacity * min(1.0, (600.0 / self.drawn) ** 0.25)
        self._lines.draw(self._program)
