"""Words as a texture: each text is drawn once by Pillow in the shipped font, with a hem."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from vispy import gloo

from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.pen import font_of

WIDTH, MOST_ROWS = 1024, 2048
DOT = "\u2022dot"
Box = tuple[int, int, int, int]


class Atlas:
    """Two channels, the words and their hem. `boxes`: x, y, width, height in texels of each text that is in it."""

    def __init__(self, store: GpuStore) -> None:
        self._store = store
        self._pixels: NDArray[np.uint8] = np.zeros((64, WIDTH, 2), np.uint8)
        self._pen = [0, 0, 0]
        self._size_px = 0
        self._scale = 1.0
        self._sizes: dict[str, tuple[int, int]] = {}
        self.boxes: dict[str, Box] = {}
        self.texture: gloo.Texture2D | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Width and height in texels."""
        return WIDTH, self._pixels.shape[0]

    def use(self, size_px: int, scale: float) -> None:
        """Of letters of another size everything is drawn anew."""
        if size_px != self._size_px or scale != self._scale:
            self._size_px, self._scale = size_px, scale
            self._sizes.clear()
            self._forget()

    def _forget(self) -> None:
        self._pen = [0, 0, 0]
        self.boxes.clear()
        self._pixels = np.zeros((64, WIDTH, 2), np.uint8)

    def size(self, text: str) -> tuple[int, int]:
        """Width and height of a text with its hem, device pixels."""
        if text not in self._sizes:
            hem = self._hem
            across = min(int(np.ceil(font_of(self._size_px, "Medium").getlength(text))), WIDTH - 2 * hem)
            self._sizes[text] = (across + 2 * hem, round(1.3 * self._size_px) + 2 * hem)
        return self._sizes[text]

    @property
    def _hem(self) -> int:
        return max(2, round(2.0 * self._scale))

    def hold(self, texts: Iterable[str]) -> None:
        """These are in the texture afterwards; it is sent when any was not."""
        new = [text for text in (DOT, *texts) if text not in self.boxes]
        if not new and self.texture is not None:
            return
        if self._pen[1] > MOST_ROWS:
            self._forget()
            new = [DOT, *texts]
        for text in dict.fromkeys(new):
            self._add(text, self._dot() if text == DOT else self._words(text))
        if self.texture is None or self.texture.shape[:2] != self._pixels.shape[:2]:
            self.texture = gloo.Texture2D(
                self._pixels, format="luminance_alpha", interpolation="nearest", wrapping="clamp_to_edge"
            )
        else:
            self.texture.set_data(self._pixels)
        self._store.uploaded_bytes += self._pixels.nbytes

    def _add(self, text: str, pixels: NDArray[np.uint8]) -> None:
        height, width = pixels.shape[:2]
        x, y, line = self._pen
        if x + width > WIDTH:
            x, y, line = 0, y + line, 0
        while y + height > self._pixels.shape[0]:
            self._pixels = np.concatenate((self._pixels, np.zeros_like(self._pixels)))
        self._pixels[y : y + height, x : x + width] = pixels
        self.boxes[text] = (x, y, width, height)
        self._pen = [x + width, y, max(line, height)]

    def _words(self, text: str) -> NDArray[np.uint8]:
        width, height = self.size(text)
        letters = Image.new("L", (width, height), 0)
        pen, place = ImageDraw.Draw(letters), (self._hem, height // 2)
        pen.text(place, text, fill=255, font=font_of(self._size_px, "Medium"), anchor="lm")
        return self._with_hem(letters)

    def _dot(self) -> NDArray[np.uint8]:
        """A round dot of 3.4 logical pixels."""
        side = 2 * round(3.2 * self._scale) + 2
        yy, xx = np.mgrid[:side, :side] + 0.5 - 0.5 * side
        cover = np.clip(1.7 * self._scale + 0.5 - np.hypot(xx, yy), 0.0, 1.0)
        return self._with_hem(Image.fromarray((255.0 * cover).astype(np.uint8)))

    def _with_hem(self, letters: Image.Image) -> NDArray[np.uint8]:
        wide = letters.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(0.9 * self._scale))
        words, hem = np.asarray(letters), np.asarray(wide, np.float64)
        return np.dstack((words, np.clip(1.25 * hem, 0.0, 235.0).astype(np.uint8)))
