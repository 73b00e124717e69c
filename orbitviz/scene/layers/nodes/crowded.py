"""Crowded pixels: which of the nodes under a pixel gives it its colour.

mean, highest, lowest: of their values. count: how many they are. ranked: of categories, which are never mixed, one
node's wins, by rank where the metric has one (a failed node is seen among a thousand active ones), else the nearest's.
The accumulating target then holds keys, 256 x order + category, blended with max: 20 bits, exact in float32.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo
from orbitviz.scene.legend_words import most_counted
from orbitviz.scene.resolve import SceneState

MODES = ("mean", "highest", "lowest", "count")
F32 = NDArray[np.float32]


def mode_of(state: SceneState) -> str:
    """mean, highest, lowest, count or ranked."""
    crowded = str(state.settings("nodes").crowded)
    return crowded if crowded == "count" or state.colour.categories is None else "ranked"


def takes_one(state: SceneState) -> bool:
    """Whether a pixel keeps one node's value (blending with max) in place of sums."""
    return mode_of(state) in ("highest", "lowest", "ranked")


def turn_of(state: SceneState) -> tuple[float, float]:
    """(x, y) of turned = x + y * value: upside down when the lowest is to win."""
    return (1.0, -1.0) if mode_of(state) == "lowest" else (0.0, 1.0)


def rank_of(info: MetricInfo | None) -> tuple[float, float]:
    """(shift, n): order = (category + shift) modulo n; n = 0: the nearest wins. Of states, failed comes first, then
    throttled, hibernating, active, planned, and retired last."""
    return (1.0, 6.0) if info is not None and info.name == "status" else (0.0, 0.0)


def count_scale(nodes: int, stand_for: float) -> tuple[float, float]:
    """(x, y) of place = log2(max(x * count, 1)) * y on the colours of "nodes in a pixel"; stand_for: nodes that each
    accumulated one stands for while a sample is drawn."""
    return stand_for, 1.0 / math.log2(most_counted(nodes))


def crowd_places(state: SceneState, position_km: NDArray[np.float64], point_px: NDArray[np.float64], nodes: int) -> F32:
    """(n, 2) place on the colours of "nodes in a pixel" and 1, of nodes that are drawn each for itself: how many of
    them lie in the same cell of the picture, as wide as a point, in front of the Earth."""
    relative = position_km - state.pose.eye
    x, y, depth = state.pose.project(relative, state.size)
    seen = np.isfinite(x) & np.isfinite(y) & (depth > 0.0)
    side = max(float(np.median(point_px)), 1.0) if len(point_px) else 1.0
    near = relative @ -state.pose.eye < np.einsum("ij,ij->i", relative, relative)  # the nearer half of its sphere
    with np.errstate(invalid="ignore"):
        cells = np.stack((np.floor(x / side), np.floor(y / side), near), axis=1)
    cells[~seen] = -1e9
    _, which, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    scale, gain = count_scale(nodes, 1.0)
    places = np.log2(np.maximum(counts[which.reshape(-1)] * scale, 1.0)) * gain
    return np.stack((np.minimum(places, 1.0), np.ones(len(places))), axis=1).astype(np.float32)


def painted_last(state: SceneState, values: F32) -> NDArray[np.floating] | None:
    """(n,) what to sort nodes that are drawn each for itself by, so that the one that wins is on top; values (n, 2) x
    and known. None: by distance, the nearest on top."""
    mode = mode_of(state)
    if mode in ("highest", "lowest"):
        ordered = values[:, 0] if mode == "highest" else -values[:, 0]
        return np.where(values[:, 1] > 0.5, ordered, -np.inf)
    shift, n = rank_of(state.colour.metric)
    if mode == "ranked" and n > 0.0:
        return np.where(values[:, 1] > 0.5, np.mod(values[:, 0] + shift, n), -1.0)
    return None


def grown(place: NDArray[np.floating], known: NDArray[np.floating]) -> NDArray[np.floating]:
    """(n,) times the plain diameter of nodes whose size shows their value; place: 0..1 in the range. As nodes.vert."""
    return np.where(known > 0.5, 0.6 + 1.6 * np.sqrt(np.clip(place, 0.0, 1.0)), 1.0)
