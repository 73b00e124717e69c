"""Rectangles and lassos: which nodes in front of the Earth lie inside a shape drawn on the picture. Every node is
asked, not only the topmost under each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.pose import Pose

F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Places = NDArray[np.floating[Any]]
_BLOCK = 16384


def inside_shape(position_km: Places, pose: Pose, size: tuple[int, int], corners_px: F64) -> Bools:
    """(N,) whether nodes (N, 3) km TEME are seen inside a polygon (K, 2), device pixels from the top left; its last
    corner joins the first, and where it crosses itself the even-odd rule holds. NaN places are outside."""
    low, high = corners_px.min(axis=0), corners_px.max(axis=0)
    found: list[tuple[NDArray[np.intp], Places, Places]] = []
    for start in range(0, len(position_km), _BLOCK):
        block = position_km[start : start + _BLOCK]
        x, y, front = _seen((block - pose.eye.astype(block.dtype)).T, pose, size)
        with np.errstate(invalid="ignore"):
            boxed = np.flatnonzero(front & (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
        found.append((boxed + start, x[boxed], y[boxed]))
    result = np.zeros(len(position_km), bool)
    if found:
        rows, x, y = (np.concatenate(part) for part in zip(*found, strict=True))
        result[rows[in_polygon(x, y, corners_px)]] = True
    return result


def _seen(relative_km: Places, pose: Pose, size: tuple[int, int]) -> tuple[Places, Places, Bools]:
    """Pixels of places (3, n) relative to the eye, and whether nothing hides them: before the eye, and not behind the
    Earth. In the precision of the places."""
    if pose.half_km > 0.0:
        relative = np.ascontiguousarray(relative_km.T, np.float64)
        x, y, depth = pose.project(relative, size)
        return x, y, (depth > 0.0) & ~pose.hides(relative)
    turned = pose.rotation.astype(relative_km.dtype) @ relative_km
    eye = pose.eye.astype(relative_km.dtype)
    along = -(eye @ relative_km)
    square = np.einsum("ij,ij->j", relative_km, relative_km)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = size[1] / (2.0 * pose.tan_half) / -turned[2]
        # The line's closest approach to the Earth's centre, squared.
        approach = float(pose.eye @ pose.eye) - along * along / square
        behind = (along > 0.0) & (along < square) & (approach < EARTH_RADIUS_KM**2)
        front = (turned[2] < 0.0) & ~behind
    return size[0] / 2.0 + turned[0] * scale, size[1] / 2.0 - turned[1] * scale, front


def in_polygon(x: Places, y: Places, corners: F64) -> Bools:
    """(M,) even-odd: a ray to the right crosses the outline an odd number of times. Each edge asks only the points of
    its own band of y."""
    if len(corners) < 3 or not len(x):
        return np.zeros(len(x), bool)
    order = np.argsort(y, kind="stable")
    xs, ys = x[order], y[order]
    odd = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(corners.tolist(), np.roll(corners, -1, axis=0).tolist(), strict=True):
        if y0 == y1:
            continue
        first, last = np.searchsorted(ys, (min(y0, y1), max(y0, y1)), side="left")
        band = slice(int(first), int(last))
        odd[band] ^= xs[band] < x0 + (ys[band] - y0) * ((x1 - x0) / (y1 - y0))
    result = np.empty(len(x), bool)
    result[order] = odd
    return result


def rectangle(first: tuple[float, float], last: tuple[float, float]) -> F64:
    """(4, 2) corners of an upright rectangle."""
    (x0, y0), (x1, y1) = first, last
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64)
