"""Shapes: near nodes as lit bodies at their true size, in a depth-tested picture of their own laid over the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.body import Body, attitude, body_of
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.layers.nodes.fade import MOST_SHAPES
from orbitviz.scene.node_places import NodePlaces
from orbitviz.scene.passes import QUAD, Target
from orbitviz.scene.resolve import SceneState

F32 = NDArray[np.float32]
FINE_LINES = 1600
"""Pictures of up to so many lines have their shapes drawn twice as fine and averaged: four samples a pixel."""

TINTED_PX, PLAIN_PX = 16.0, 90.0
"""Spans in logical pixels up to which a shape has the metric's colour all over, and from which on its rims alone do."""


@dataclass(frozen=True)
class Settings:
    """What a node is from near."""

    visible: bool = setting(
        True,
        "Shapes of near nodes",
        f"Arrays, radiator and bus at their true size from the node type, up to {MOST_SHAPES} nodes; off: discs",
    )


@dataclass(frozen=True)
class _Mesh:
    """Vertices (V,) of all shapes together, as body.vert takes them; box: x0, y0, x1, y1 device pixels from the bottom
    left that they lie in; depth_km: nearest and farthest."""

    relative: F32
    normal: F32
    look: F32
    node: F32
    box: tuple[int, int, int, int]
    depth_km: tuple[float, float]


class ShapesLayer(Layer):
    """Follows NodesLayer, which has placed the near nodes; nothing is done or uploaded while none is large enough."""

    NAME, TITLE, STAGE, Settings = "shapes", "Shapes of near nodes", "top", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program: gloo.Program | None = None
        self._lay: gloo.Program | None = None
        self._buffers: dict[str, gloo.VertexBuffer] = {}
        self._target: Target | None = None
        self._bodies: dict[int, Body] = {}
        self._document: Document | None = None
        self._places: NodePlaces | None = None
        self._mesh: _Mesh | None = None
        self.rows: NDArray[np.integer] = np.zeros(0, np.int64)

    def join(self, layers: Sequence[Layer]) -> None:
        """Whose places are drawn."""
        self._nodes = next(layer for layer in layers if isinstance(layer, NodesLayer))

    def open(self, document: Document | None) -> None:
        """Forget the old fleet and, when nothing is open any more, the target."""
        self._document, self._mesh = document, None
        self._places = None if document is None else NodePlaces(document.fleet)
        self._bodies.clear()
        self.rows = np.zeros(0, np.int64)
        if document is None and self._target is not None:
            self._target.delete()
            self._target = None

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Triangles of what is large enough and not behind the Earth; uploaded when there are any."""
        self._mesh, look, places = None, self._nodes.near_look, self._nodes.close.places
        seen = np.flatnonzero(look.share > 0.0) if new.settings("nodes").visible else np.zeros(0, np.intp)
        if len(seen):
            relative = places.position_km[seen] - new.pose.eye
            _, _, depth = new.pose.project(relative, new.size)
            reach = look.span_px[seen] / np.maximum(new.pose.pixels_per_km(np.maximum(depth, 1e-4), new.size[1]), 1e-9)
            seen = seen[(depth > -reach) & ~new.pose.hides(relative)]
        self.rows = places.rows[seen]
        if len(seen):
            self._mesh = self._meshed(new, seen)
        if self._mesh is not None:
            self._upload(self._mesh)

    def _body(self, kind: int) -> Body:
        assert self._document is not None
        if kind not in self._bodies:
            self._bodies[kind] = body_of(self._document.fleet.node_types[kind])
        return self._bodies[kind]

    def _meshed(self, state: SceneState, seen: NDArray[np.intp]) -> _Mesh | None:
        assert self._document is not None and self._places is not None
        look, places = self._nodes.near_look, self._nodes.close.places
        rows = places.rows[seen]
        axes = attitude(places.position_km[seen], self._places.at(rows, state)[1], np.array(state.sky.sun))
        relative = places.position_km[seen] - state.pose.eye
        value = np.where(look.values[seen, 1] > 0.5, look.values[seen, 0], -1.0)
        tint = np.clip(1.0 - (look.span_px[seen] / state.scale - TINTED_PX) / (PLAIN_PX - TINTED_PX), 0.0, 1.0)
        node = np.column_stack((value, tint, look.lit[seen], look.share[seen])).astype(np.float32)
        kinds = self._document.fleet.node_type[rows]
        parts = []
        for kind in np.unique(kinds):
            which = np.flatnonzero(kinds == kind)
            parts.append(_placed(self._body(int(kind)), relative[which], axes[which], node[which]))
        columns = [np.concatenate([part[k] for part in parts]) for k in range(4)]
        corners_km = columns[0].astype(np.float64) * EARTH_RADIUS_KM
        x, y, depth = state.pose.project(corners_km, state.size)
        front = depth > 1e-4
        if not front.any():
            return None
        # A triangle that reaches behind the eye may be anywhere in the picture.
        whole = not front.all()
        box = (0, 0, *state.size) if whole else _box(x, y, state.size)
        depth_km = (max(float(depth[front].min()), 1e-3), float(depth[front].max()))
        return _Mesh(columns[0], columns[1], columns[2], columns[3], box, depth_km)

    def _upload(self, mesh: _Mesh) -> None:
        if self._program is None:
            self._program = program("layers/shapes/body.vert", "layers/shapes/body.frag")
            self._lay = program("glsl/screen.vert", "layers/shapes/lay.frag")
            self._lay["a_corner"] = self.store.vertices(QUAD)
        for name in ("relative", "normal", "look", "node"):
            data = getattr(mesh, name)
            if name in self._buffers:
                self.store.refill(self._buffers[name], data)
            else:
                self._buffers[name] = self.store.vertices(data)
            self._program[f"a_{name}"] = self._buffers[name]

    # -- drawing ------------------------------------------------------------------------------------------------------
    def draw(self, state: SceneState) -> None:
        """The bodies into their own target, then that over the picture, both within their box."""
        if self._mesh is None or self._program is None or self._lay is None:
            return
        x0, y0, x1, y1 = self._mesh.box
        if x1 <= x0 or y1 <= y0:
            return
        fine = 2 if state.size[1] <= FINE_LINES else 1
        self._uniforms(state, self._mesh)
        target = self._target_of((fine * state.size[0], fine * state.size[1]))
        target.draw(lambda: self._draw_bodies((fine * x0, fine * y0, fine * (x1 - x0), fine * (y1 - y0))), None)
        gloo.set_viewport(0, 0, *state.size)
        gloo.set_state(blend=True, depth_test=False, scissor_test=True, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        gloo.set_scissor(x0, y0, x1 - x0, y1 - y0)
        self._lay["u_shapes"] = target.texture
        self._lay.draw("triangle_strip")
        gloo.set_state(scissor_test=False)

    def _draw_bodies(self, box: tuple[int, int, int, int]) -> None:
        assert self._program is not None
        gloo.set_state(blend=False, depth_test=True, scissor_test=True)
        gloo.set_scissor(*box)
        gloo.set_clear_color((0, 0, 0), 0)
        gloo.clear(color=True, depth=True, stencil=False)
        self._program.draw("triangles")
        gloo.set_state(depth_test=False, scissor_test=False)

    def _target_of(self, size: tuple[int, int]) -> Target:
        if self._target is None or self._target.size != size:
            if self._target is not None:
                self._target.delete()
            self._target = Target(size, depth=True)
            self._target.texture.interpolation = "linear"
        return self._target

    def _uniforms(self, state: SceneState, mesh: _Mesh) -> None:
        shader, pose = self._program, state.pose
        assert shader is not None
        shader["u_clip_from_relative"] = pose.clip_from_relative(state.size).T.astype(np.float32)
        shader["u_forward"] = -pose.rotation[2]
        near, far = (depth / EARTH_RADIUS_KM for depth in mesh.depth_km)
        if pose.half_km > 0.0:
            deep = max(far - near, 1e-9) * 1.01
            shader["u_depth"] = (0.0, -1.0 - 2.0 * near / deep, 2.0 / deep)
        else:
            shader["u_depth"] = (1.0, -1.8 * near, 0.0)
        shader["u_sun"] = state.sky.sun
        shader["u_up"] = pose.eye / np.linalg.norm(pose.eye)
        shader["u_ramp"] = self._nodes.ramp(state)
        shader["u_scale"] = self._nodes.place(state)


def _placed(body: Body, relative_km: NDArray[np.float64], axes: F32, node: F32) -> tuple[F32, F32, F32, F32]:
    """Vertices of n nodes of one kind: places relative to the eye (Earth radii), normals, looks, node values."""
    turned = axes[:, body.axes]  # (n, V, 3, 3): rows of each vertex's axes
    place = np.einsum("vi,nvij->nvj", body.place, turned) * np.float32(1e-3 / EARTH_RADIUS_KM)
    place += (relative_km / EARTH_RADIUS_KM).astype(np.float32)[:, None]
    normal = np.einsum("vi,nvij->nvj", body.normal, turned)
    count, corners = len(relative_km), len(body.place)
    look = np.broadcast_to(body.look, (count, corners, 3))
    values = np.broadcast_to(node[:, None], (count, corners, 4))
    return (
        place.reshape(-1, 3).astype(np.float32),
        normal.reshape(-1, 3).astype(np.float32),
        look.reshape(-1, 3).astype(np.float32),
        values.reshape(-1, 4).astype(np.float32),
    )


def _box(x: NDArray[np.float64], y: NDArray[np.float64], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Pixels that points x, y (from the top left) lie in, from the bottom left, one more all round."""
    x0, x1 = (int(np.clip(v, 0, size[0])) for v in (np.floor(x.min()) - 1, np.ceil(x.max()) + 1))
    y0, y1 = (int(np.clip(v, 0, size[1])) for v in (size[1] - np.ceil(y.max()) - 1, size[1] - np.floor(y.min()) + 1))
    return x0, y0, x1, y1
