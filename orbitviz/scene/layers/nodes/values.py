"""What colours the nodes: recorded frames as the bytes they are stored as, or values computed from the elements.

Inside the GPU a value is x = stored / full scale (or 0..1 over the metric's range when computed); `ValueScale` says how
x becomes the metric's unit and the place on the colour table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.core.frames import geodetic_from_itrf
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.resolve import Colour

IN_SHADER = ("sunlit", "altitude_km", "latitude_rad")
"""Metrics that the vertex shader computes by itself."""
OVER_RANGE = ("altitude_km", "latitude_rad")
"""Of these x is 0..1 over the metric's range, not over 0..1."""


@dataclass(frozen=True)
class ValueScale:
    """physical = offset + gain * x."""

    offset: float
    gain: float

    @classmethod
    def of(cls, info: MetricInfo | None, stored: bool) -> ValueScale:
        """Of a metric; `stored`: x is the stored number over its full scale."""
        if info is None:
            return cls(0.0, 1.0)
        if stored:
            return cls(info.offset, info.scale * info.full_scale)
        return cls(info.low, max(info.high - info.low, 1e-9)) if info.name in OVER_RANGE else cls(0.0, 1.0)

    def place(self, colour: Colour) -> tuple[float, float]:
        """(offset, gain) of place = offset + gain * x, 0..1 on the colour table. Categories: x is their number."""
        info = colour.metric
        if info is not None and info.is_category:
            return 0.0, 1.0 / 255.0
        span = colour.high - colour.low
        span = span if abs(span) > 1e-12 else 1e-12
        return (self.offset - colour.low) / span, self.gain / span


def source_of(colour: Colour, stored: bool) -> str:
    """Which variant of the vertex shader: RECORDED, one of IN_SHADER or NONE."""
    if stored:
        return "RECORDED"
    name = colour.metric.name if colour.metric is not None else ""
    return name.upper() if name in IN_SHADER else "NONE"


def close_values(
    colour: Colour,
    bracket: Bracket | None,
    rows: NDArray[np.integer],
    position_km: NDArray[np.float64],
    lit: NDArray[np.floating],
) -> NDArray[np.float32]:
    """(n, 2) x and known (0 or 1) of nodes computed on the processor; position_km (n, 3), lit (n,) 0..1."""
    values = np.ones((len(rows), 2), np.float32)
    info = colour.metric
    if bracket is not None and info is not None:
        before, after = bracket.before.stored[rows], bracket.after.stored[rows]
        x = (before + np.float32(bracket.mix) * (after.astype(np.float32) - before)) / np.float32(info.full_scale)
        values[:, 0] = np.mod((before if bracket.mix < 0.5 else after).astype(np.int64), 256) if info.is_category else x
        if info.fill is not None:
            values[(before == info.fill) | (after == info.fill), 1] = 0.0
    elif info is not None and info.name == "sunlit":
        values[:, 0] = lit
    elif info is not None and info.name in OVER_RANGE:
        # Neither height nor latitude depends on the Earth's turning, so TEME serves as ITRF.
        place = geodetic_from_itrf(position_km)[2 if info.name == "altitude_km" else 0]
        values[:, 0] = (place - info.low) / max(info.high - info.low, 1e-9)
    else:
        values[:, 1] = 0.0
    return values


class FrameTextures:
    """Two textures that hold the frames round the shown instant; a frame is uploaded once, N bytes rounded to a row."""

    def __init__(self, store: GpuStore, count: int) -> None:
        self.store = store
        self.count = count
        self._gaps: dict[tuple[str, int], bool] = {}
        self._slots: list[tuple[tuple[str, int], gloo.Texture2D] | None] = [None, None]

    def show(self, bracket: Bracket) -> tuple[gloo.Texture2D, gloo.Texture2D]:
        """The textures of the frame before and the frame after, filled when they are not there yet."""
        keep = {(frame.metric, frame.index) for frame in (bracket.before, bracket.after)}
        return self._texture(bracket.before, keep), self._texture(bracket.after, keep)

    def _texture(self, frame: Frame, keep: set[tuple[str, int]]) -> gloo.Texture2D:
        key = (frame.metric, frame.index)
        for slot in self._slots:
            if slot is not None and slot[0] == key:
                return slot[1]
        place = next(i for i, slot in enumerate(self._slots) if slot is None or slot[0] not in keep)
        old = self._slots[place]
        texture = old[1] if old is not None else None
        sixteen = frame.stored.dtype == np.uint16
        if texture is None or (texture.internalformat == "r16") != sixteen:
            texture = self.store.per_node(self.count, frame.stored.dtype)
        self.store.fill_nodes(texture, frame.stored)
        self._slots[place] = (key, texture)
        return texture

    def gaps(self, bracket: Bracket, info: MetricInfo | None) -> bool:
        """Whether any node of the two frames has no value."""
        if info is None or info.fill is None:
            return False
        found = {}
        for frame in (bracket.before, bracket.after):
            key = (frame.metric, frame.index)
            known = self._gaps.get(key)
            found[key] = bool(np.any(frame.stored == info.fill)) if known is None else known
        self._gaps = found
        return any(found.values())

    def close(self) -> None:
        """Gives the memory back."""
        for slot in self._slots:
            if slot is not None:
                slot[1].delete()
        self._slots = [None, None]
