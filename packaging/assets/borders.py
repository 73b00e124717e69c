"""Builds assets/borders.npz: coast lines and land borders from Natural Earth 1:50m (npm world-atlas)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from product import Product, save_arrays
from registry import WORLD_ATLAS, Registry
from topojson import Line, Topology, unwrapped

MEMBER = "package/countries-50m.json"
# A third of the source's own generalisation (1:50m draws about 0.03 degrees); below a pixel at any globe zoom.
TOLERANCE_DEG = 0.012
# A chord of 1 degree lies 0.24 km under the sphere: lines raised by a kilometre never sink below the globe.
MAX_STEP_DEG = 1.0


def simplified(line: Line, tolerance_deg: float) -> Line:
    """Douglas-Peucker in the plane of longitude (shrunk by the cosine of the mean latitude) and latitude."""
    squeeze = np.cos(np.radians(line[:, 1].mean()))
    points = line * (squeeze, 1.0)
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    stack = [(0, len(line) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        distance = _distance_to_chord(points[first + 1 : last], points[first], points[last])
        worst = int(distance.argmax())
        if distance[worst] > tolerance_deg:
            middle = first + 1 + worst
            keep[middle] = True
            stack += [(first, middle), (middle, last)]
    return line[keep]


def _distance_to_chord(points: Line, start: Line, end: Line) -> Line:
    chord = end - start
    length = float(np.hypot(*chord))
    offset = points - start
    if length == 0.0:  # a closed ring starts and ends in one point
        return np.hypot(offset[:, 0], offset[:, 1])
    along = np.clip(offset @ chord / length**2, 0.0, 1.0)
    gap = offset - along[:, None] * chord
    return np.hypot(gap[:, 0], gap[:, 1])


def densified(line: Line, max_step_deg: float) -> Line:
    """Insert points, linear in longitude and latitude, until no step exceeds `max_step_deg`."""
    steps = np.maximum(1, np.ceil(np.abs(np.diff(line, axis=0)).max(axis=1) / max_step_deg).astype(int))
    position = np.concatenate([[0.0], *(i + np.arange(1, n + 1) / n for i, n in enumerate(steps))])
    at = np.arange(len(line))
    return np.column_stack([np.interp(position, at, line[:, axis]) for axis in (0, 1)])


def cut_at_antimeridian(line: Line) -> list[Line]:
    """Split an unwrapped line where it passes +-180 degrees; the pieces lie within -180..180."""
    strip = np.floor((line[:, 0] + 180.0) / 360.0)
    pieces, carried = [], line[:1]
    for i in range(1, len(line)):
        if strip[i] != strip[i - 1]:
            edge = 360.0 * max(strip[i], strip[i - 1]) - 180.0
            share = (edge - line[i - 1, 0]) / (line[i, 0] - line[i - 1, 0])
            crossing = np.array([[edge, line[i - 1, 1] + share * (line[i, 1] - line[i - 1, 1])]])
            pieces.append(np.concatenate([carried, crossing]) - (360.0 * strip[i - 1], 0.0))
            carried = crossing
        carried = np.concatenate([carried, line[i : i + 1]])
    pieces.append(carried - (360.0 * strip[-1], 0.0))
    # Natural Earth runs the edge of Antarctica down to the pole: an edge of the flat map, not of land.
    return [piece for piece in pieces if np.ptp(piece, axis=0).max() > 0.0 and piece[:, 1].min() > -89.9]


def polylines(lines: list[Line]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Pack lines as vertices (M, 2) float32 and starts (K + 1,) int32: line k is vertices[starts[k]:starts[k + 1]]."""
    done = [
        piece
        for line in lines
        for piece in cut_at_antimeridian(densified(simplified(unwrapped(line), TOLERANCE_DEG), MAX_STEP_DEG))
    ]
    starts = np.concatenate([[0], np.cumsum([len(line) for line in done])])
    return np.concatenate(done).astype(np.float32), starts.astype(np.int32)


def build(registry: Registry, assets: Path) -> list[Product]:
    """Write borders.npz; an arc of two countries is a border, an arc of one is coast."""
    topology = Topology(registry.read(WORLD_ATLAS, MEMBER))
    uses = Counter(
        index if index >= 0 else ~index
        for polygon in topology.polygons("countries")
        for ring in polygon
        for index in ring
    )
    arrays = {}
    for name, wanted in (("coast", 1), ("borders", 2)):
        lines = [topology.arcs[index] for index, count in sorted(uses.items()) if min(count, 2) == wanted]
        arrays[name], arrays[name + "_starts"] = polylines(lines)
    save_arrays(assets / "borders.npz", arrays)
    made = "TopoJSON arcs decoded; used once: coast, twice: border; simplified to 0.012 deg, steps at most 1 deg"
    return [Product("borders.npz", ((WORLD_ATLAS, MEMBER),), "public domain (Natural Earth)", made)]
