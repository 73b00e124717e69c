"""Which node is under the cursor: a small box of the id pass on demand, and the processor's nodes by projection."""

from __future__ import annotations

import numpy as np
from vispy import gloo

from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.passes import Target
from orbitviz.scene.resolve import SceneState

REACH_PX = 7
"""Logical pixels round the cursor within which a node is picked."""


class Picker:
    """Owns the id pass's target; made at the first pick."""

    def __init__(self) -> None:
        self._target: Target | None = None

    def pick(self, nodes: NodesLayer, state: SceneState, x_px: float, y_px: float) -> int | None:
        """Row of the node nearest to (x, y), device pixels from the top left; the nearest to the eye among equals."""
        close = self._close(nodes, state, x_px, y_px)
        if close is not None:
            return close
        if not nodes.on_gpu or not state.settings("nodes").visible:
            return None
        return self._by_id(nodes, state, x_px, y_px)

    def _close(self, nodes: NodesLayer, state: SceneState, x_px: float, y_px: float) -> int | None:
        """Of the nodes that the processor placed: the nearest to the eye of those whose disc is under the cursor, else
        the one whose disc is least away from it, within reach."""
        places = nodes.close.places
        if not len(places.rows) or not state.settings("nodes").visible:
            return None
        relative = places.position_km - state.pose.eye
        x, y, depth = state.pose.project(relative, state.size)
        away = np.maximum(np.hypot(x - x_px, y - y_px) - 0.5 * places.point_px, 0.0)
        away[~((depth > 0.0) & ~state.pose.hides(relative)) | np.isnan(away)] = np.inf
        best = int(np.lexsort((depth, away))[0])
        reach = max(REACH_PX * state.scale - 0.5 * places.point_px[best], 0.25 * places.point_px[best])
        return int(places.rows[best]) if away[best] <= reach else None

    def _by_id(self, nodes: NodesLayer, state: SceneState, x_px: float, y_px: float) -> int | None:
        assert nodes.fleet is not None
        if self._target is None or self._target.size != state.size:
            if self._target is not None:
                self._target.delete()
            self._target = Target(state.size, depth=True)
        reach = int(REACH_PX * state.scale)
        x0, y0 = int(x_px) - reach, state.size[1] - 1 - int(y_px) - reach
        side = 2 * reach + 1
        nodes.prepare_all(state, "PICK")

        def body() -> None:
            gloo.set_state(blend=False, depth_test=True, scissor_test=True)
            gloo.set_scissor(x0, y0, side, side)
            nodes.draw_all(state, 5, "PICK", u_point=max(nodes.look(state).point, 2.0))
            gloo.set_state(depth_test=False, scissor_test=False)

        self._target.draw(body)
        box = (max(x0, 0), max(y0, 0), min(side, state.size[0] - max(x0, 0)), min(side, state.size[1] - max(y0, 0)))
        if box[2] <= 0 or box[3] <= 0:
            return None
        return _nearest(self._target.read(box=box), nodes.fleet.columns, reach)


def _nearest(pixels: np.ndarray, columns: int, reach: int) -> int | None:
    """Row of the id nearest to the middle: column in r and the low half of b, row in g and the high half of b."""
    ids = pixels.astype(np.int64)
    found = ids[..., 3] > 0
    if not found.any():
        return None
    height, width = found.shape
    yy, xx = np.mgrid[:height, :width]
    away = np.where(found, (yy - height // 2) ** 2 + (xx - width // 2) ** 2, 1 << 30)
    r, g, b = ids[np.unravel_index(int(np.argmin(away)), away.shape)][:3]
    return int((g + 256 * (b // 16)) * columns + r + 256 * (b % 16))
