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
QUAD = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)
Size = tuple[int, int]


class Target:
    """A texture that is drawn into: RGBA8; `floating`: RGBA32F; `floating` with two channels: RG32F."""

    def __init__(self, size: Size, floating: bool = False, depth: bool = False, channels: int = 4) -> None:
        self.size = size
        form = "rgba" if channels == 4 else "rg"
        internal = f"{form}32f" if floating else f"{form}8"
        self.texture = gloo.Texture2D(
            (size[1], size[0], channels),
            format=form,
            internalformat=internal,
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
        self._resolves: dict[tuple[str, ...], gloo.Program] = {}
        self._present = program("glsl/screen.vert", "glsl/present.frag")
        self._present["a_corner"] = self._corners
        self._sums: dict[bool, Target] = {}
        self.compact = False
        self.highlight = False
        self.glow = False
        self.filled_pixels = 0
        """By the full-screen passes since the start: two times the picture's a drawn frame."""
        self.size: Size = (0, 0)
        self.background: Target
        self.picture: Target

    def resize(self, size: Size) -> bool:
        """Targets of another size; True when they are new and so empty."""
        if size == self.size:
            return False
        self.delete()
        self.size = size
        self.background = Target(size)
        self.picture = Target(size)
        self._present["u_picture"] = self.picture.texture
        return True

    def delete(self) -> None:
        """Gives the targets' memory back."""
        if self.size != (0, 0):
            for target in (self.background, self.picture, *self._sums.values()):
                target.delete()
        self._sums.clear()
        self.size = (0, 0)

    @property
    def nodes(self) -> Target:
        """Where nodes are accumulated: r sum of values, g how many have one, a count; compact: r sum, g count, which is
        half the memory to blend into and serves when every node has a value. When a set is highlighted, these are the
        set's, and b counts the others."""
        if self.compact not in self._sums:
            self._sums[self.compact] = Target(self.size, floating=True, channels=2 if self.compact else 4)
        return self._sums[self.compact]

    @property
    def resolve(self) -> gloo.Program:
        """The resolve pass that goes with `nodes`, compiled at first use."""
        wanted = {"COMPACT": self.compact, "HIGHLIGHT": self.highlight, "GLOW": self.glow}
        key = tuple(name for name, on in wanted.items() if on)
        if key not in self._resolves:
            self._resolves[key] = program("glsl/screen.vert", "glsl/resolve.frag", dict.fromkeys(key, 1))
            self._resolves[key]["a_corner"] = self._corners
        resolve = self._resolves[key]
        resolve["u_background"], resolve["u_nodes"] = self.background.texture, self.nodes.texture
        return resolve

    def sums(self) -> NDArray[np.float32]:
        """(H, W, 3) float32, top row first: sum of values, how many nodes have one, count."""
        read = self.nodes.read(floating=True)
        return np.asarray(read[..., [0, 1, 1] if self.compact else [0, 1, 3]], dtype=np.float32)

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

    def _scissored(self, what: gloo.Program, box: tuple[int, int, int, int]) -> None:
        x0, y0, x1, y1 = box
        if x1 > x0 and y1 > y0:
            self.filled_pixels += (x1 - x0) * (y1 - y0)
            gloo.set_scissor(x0, y0, x1 - x0, y1 - y0)
            what.draw("triangle_strip")

    def present(self, size: Size) -> None:
        """The picture onto the window."""
        self.filled_pixels += size[0] * size[1]
        gloo.set_viewport(0, 0, *size)
        gloo.set_state(blend=False, depth_test=False, scissor_test=False)
        self._present.draw("triangle_strip")
