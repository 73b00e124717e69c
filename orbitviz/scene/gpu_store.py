"""What lies on the GPU: textures and buffers, every uploaded byte counted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

NARROW, WIDE = 1024, 2048
"""Width of the per-node textures in texels; the wide one above a million nodes, so that no side exceeds 2,048."""


class GpuStore:
    """Makes and fills textures and vertex buffers; `uploaded_bytes` counts what went to the GPU since the start."""

    def __init__(self) -> None:
        self.uploaded_bytes = 0

    # -- pictures -----------------------------------------------------------------------------------------------------
    def picture(self, pixels: NDArray[np.uint8], wrap: bool = True) -> gloo.Texture2D:
        """A texture with mipmaps from (H, W) or (H, W, C) uint8; `wrap` repeats it from left to right."""
        pixels = np.ascontiguousarray(pixels)
        texture = gloo.Texture2D(
            pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1),
            interpolation="linear",
            wrapping=("repeat" if wrap else "clamp_to_edge", "clamp_to_edge"),
        )
        # gloo knows no mipmaps, its command queue does: minification filter first, the levels after the data.
        texture.glir.command("INTERPOLATION", texture.id, "linear_mipmap_linear", "linear")
        texture.set_data(pixels)
        texture.glir.command("FUNC", "glGenerateMipmap", "texture_2d")
        self.uploaded_bytes += pixels.nbytes
        return texture

    def ramp(self, rgba: NDArray[np.uint8], smooth: bool) -> gloo.Texture2D:
        """A one-row colour table from (W, 4) uint8."""
        texture = gloo.Texture2D(rgba[None], interpolation="linear" if smooth else "nearest", wrapping="clamp_to_edge")
        self.uploaded_bytes += rgba.nbytes
        return texture

    def refill_ramp(self, texture: gloo.Texture2D, rgba: NDArray[np.uint8]) -> None:
        """Other colours for a table of the same width."""
        texture.set_data(np.ascontiguousarray(rgba[None]))
        self.uploaded_bytes += rgba.nbytes

    # -- one value a node ---------------------------------------------------------------------------------------------
    @staticmethod
    def grid(count: int) -> tuple[int, int]:
        """(rows, columns) of the textures for `count` nodes; node i is at row i // columns, column i % columns."""
        columns = NARROW if count <= 1 << 20 else WIDE
        return max(1, -(-count // columns)), columns

    def per_node(self, count: int, dtype: Any, channels: int = 1) -> gloo.Texture2D:
        """An empty per-node texture: uint8, uint16 (one channel) or float32 (four)."""
        rows, columns = self.grid(count)
        formats = {
            (np.dtype(np.uint8), 1): ("luminance", None),
            # Plain "luminance" silently keeps 8 of the 16 bits.
            (np.dtype(np.uint16), 1): ("luminance", "r16"),
            (np.dtype(np.float32), 4): ("rgba", "rgba32f"),
        }
        form, internal = formats[np.dtype(dtype), channels]
        if internal == "r16":
            form = "red"
        return gloo.Texture2D(
            (rows, columns, channels),
            format=form,
            internalformat=internal,
            interpolation="nearest",
            wrapping="clamp_to_edge",
        )

    def fill_nodes(self, texture: gloo.Texture2D, values: NDArray[Any]) -> int:
        """Uploads (N,) or (N, C) values, rounded up to a texture row; returns the bytes sent."""
        rows, columns = texture.shape[:2]
        channels = texture.shape[2]
        whole = len(values) // columns
        sent = 0
        if whole:
            part = np.ascontiguousarray(values[: whole * columns]).reshape(whole, columns, channels)
            texture.set_data(part, offset=(0, 0))
            sent += part.nbytes
        if whole < rows:
            last = np.zeros((1, columns, channels), values.dtype)
            rest = values[whole * columns :].reshape(-1, channels)
            last[0, : len(rest)] = rest
            texture.set_data(last, offset=(whole, 0))
            sent += last.nbytes
        self.uploaded_bytes += sent
        return sent

    # -- vertices -----------------------------------------------------------------------------------------------------
    def vertices(self, data: NDArray[Any]) -> gloo.VertexBuffer:
        """A vertex buffer of float32."""
        self.uploaded_bytes += data.nbytes
        return gloo.VertexBuffer(np.ascontiguousarray(data))

    def refill(self, buffer: gloo.VertexBuffer, data: NDArray[Any]) -> None:
        """Other contents for a buffer (the size may change)."""
        self.uploaded_bytes += data.nbytes
        buffer.set_data(np.ascontiguousarray(data))
