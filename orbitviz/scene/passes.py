"""The frame: off-screen targets and the full-screen passes. The window and a picture without a window use the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore

DEPTH24 = 33190
"""GL_DEPTH_COMPONENT24: vispy's own "depth" has 16 bits."""
SPACE = (0.012, 0.014, 0.022, 1.0)
QUAD = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)
Size = tuple[int, int]


class Target:
    """A texture that is drawn into; `floating`: RGBA32F, else RGBA8."""

    def __init__(self, size: Size, floating: bool = False, depth: bool = False) -> None:
        self.size = size
        self.texture = gloo.Texture2D(
            (size[1], size[0], 4),
            format="rgba",
            internalformat="rgba32f" if floating else "rgba8",
            interpolation="nearest",
            wrapping="clamp_to_edge",
        )
        self.buffer = gloo.FrameBuffer(self.texture)
        if depth:
            self.buffer.depth_buffer = gloo.RenderBuffer((size[1], size[0]), DEPTH24)
        self._depth = depth

    def draw(self, body: Callable[[], None], clear: tuple[float, float, float, float] | None = (0, 0, 0, 0)) -> None:
        """Runs the draw calls of `body` into this target."""
        with self.buffer:
            gloo.set_viewport(0, 0, *self.size)
            if clear is not None:
                gloo.set_state(scissor_test=False)
                gloo.set_clear_color(clear[:3], clear[3])
                gloo.clear(color=True, depth=self._depth, stencil=False)
            body()

    def read(self, floating: bool = False, box: tuple[int, int, int, int] | None = None) -> NDArray[np.generic]:
        """(H, W, 4) uint8 or float32, top row first; box: x, y (from the bottom left), width, height."""
        with self.buffer:
            area = box or (0, 0, *self.size)
            return np.array(gloo.read_pixels(area, out_type="float" if floating else "unsigned_byte"))

    def delete(self) -> None:
        """Gives the memory back."""
        self.buffer.delete()
        self.texture.delete()


class Passes:
    """Targets of one picture size, and the two full-screen passes: resolve (nodes over background) and present."""

    def __init__(self, store: GpuStore) -> None:
        self._corners = store.vertices(QUAD)
        self.resolve = program("glsl/screen.vert", "glsl/resolve.frag")
        self._present = program("glsl/screen.vert", "glsl/present.frag")
        for one in (self.resolve, self._present):
            one["a_corner"] = self._corners
        self.size: Size = (0, 0)
        self.background: Target
        self.nodes: Target
        self.picture: Target

    def resize(self, size: Size) -> bool:
        """Targets of another size; True when they are new and so empty."""
        if size == self.size:
            return False
        if self.size != (0, 0):
            for target in (self.background, self.nodes, self.picture):
                target.delete()
        self.size = size
        self.background = Target(size)
        self.nodes = Target(size, floating=True)
        self.picture = Target(size)
        self.resolve["u_background"] = self.background.texture
        self.resolve["u_nodes"] = self.nodes.texture
        self._present["u_picture"] = self.picture.texture
        return True

    def run_resolve(self, clip_box: tuple[float, float, float, float]) -> None:
        """Nodes over background, into the active target: resolved within `clip_box` (clip coordinates x0, y0, x1, y1,
        where nodes may be), the background as it is round it."""
        width, height = self.size
        x0, x1 = (round((0.5 + 0.5 * clip_box[k]) * width) for k in (0, 2))
        y0, y1 = (round((0.5 + 0.5 * clip_box[k]) * height) for k in (1, 3))
        gloo.set_state(blend=False, depth_test=False, scissor_test=True)
        self._present["u_picture"] = self.background.texture
        for box in ((0, 0, width, y0), (0, y1, width, height), (0, y0, x0, y1), (x1, y0, width, y1)):
            self._scissored(self._present, box)
        self._present["u_picture"] = self.picture.texture
        self._scissored(self.resolve, (x0, y0, x1, y1))
        gloo.set_state(scissor_test=False)

    @staticmethod
    def _scissored(what: gloo.Program, box: tuple[int, int, int, int]) -> None:
        x0, y0, x1, y1 = box
        if x1 > x0 and y1 > y0:
            gloo.set_scissor(x0, y0, x1 - x0, y1 - y0)
            what.draw("triangle_strip")

    def present(self, size: Size) -> None:
        """The picture onto the window."""
        gloo.set_viewport(0, 0, *size)
        gloo.set_state(blend=False, depth_test=False, scissor_test=False)
        self._present.draw("triangle_strip")
