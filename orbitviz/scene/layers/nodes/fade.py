"""When a node is a disc and when a shape: by its size on the screen, without a jump."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.scene.resolve import SceneState

F64 = NDArray[np.float64]
FIRST_PX, WHOLE_PX = 3.0, 12.0
"""Spans on the screen, logical pixels, at which a shape begins to show and at which nothing is left of the disc."""
MOST_SHAPES = 400
"""Of the nearest; where more are large enough, the size at which shapes begin grows."""


@dataclass(frozen=True)
class NearLook:
    """Of the nodes that the processor placed, in their order: share (n,) of the shape, 0 disc to 1 shape; span_px (n,)
    device pixels; values (n, 2) as of values.close_values; lit (n,) visible share of the Sun."""

    share: F64
    span_px: F64
    values: NDArray[np.float32]
    lit: NDArray[np.floating]

    @classmethod
    def none(cls) -> NearLook:
        """No nodes."""
        return cls(np.zeros(0), np.zeros(0), np.zeros((0, 2), np.float32), np.zeros(0))


def spans_px(position_km: F64, span_km: F64, state: SceneState) -> F64:
    """(n,) device pixels that spans (n,) km have at their distances (n, 3) from the eye, whichever way they face."""
    away_km = np.linalg.norm(position_km - state.pose.eye, axis=1)
    pixels = span_km * state.pose.pixels_per_km(np.maximum(away_km, 1e-4), state.size[1])
    return np.asarray(np.nan_to_num(pixels))


def shape_share(span_px: F64, scale: float) -> F64:
    """(n,) 0 (a disc) to 1 (a shape) by size; at most MOST_SHAPES are above 0."""
    first = FIRST_PX * scale
    if np.count_nonzero(span_px > first) > MOST_SHAPES:
        first = float(np.partition(span_px, len(span_px) - MOST_SHAPES - 1)[len(span_px) - MOST_SHAPES - 1])
    whole = max(WHOLE_PX * scale, 1.35 * first)
    u = np.clip((span_px - first) / (whole - first), 0.0, 1.0)
    return np.asarray(u * u * (3.0 - 2.0 * u))
