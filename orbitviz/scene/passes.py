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

    def run_resolve(self) -> None:
        """Nodes over background, into the active target."""
        gloo.set_state(blend=False, depth_test=False)
        self.resolve.draw("triangle_strip")

    def present(self, size: Size) -> None:
        """The picture onto the window."""
        gloo.set_viewport(0, 0, *size)
        gloo.set_state(blend=False, depth_test=False, scissor_test=False)
        self._present.draw("triangle_strip")
