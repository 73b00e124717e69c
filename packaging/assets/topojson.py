"""Reads the TopoJSON of world-atlas: shared arcs, quantised and delta coded (github.com/topojson specification)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

Line = np.ndarray[Any, np.dtype[np.float64]]


def unwrapped(line: Line) -> Line:
    """Let longitudes run on past +-180 degrees wherever a step would otherwise jump across the map."""
    step = np.diff(line[:, 0])
    turns = np.concatenate([[0.0], np.cumsum(np.round(step / 360.0))])
    return np.column_stack([line[:, 0] - 360.0 * turns, line[:, 1]])


class Topology:
    """Decoded arcs of one TopoJSON file.

    Attributes:
        arcs: polylines, each (M, 2) float64 longitude and latitude in degrees.
    """

    def __init__(self, text: bytes) -> None:
        self._document = json.loads(text)
        transform = self._document["transform"]
        scale, translate = np.array(transform["scale"]), np.array(transform["translate"])
        self.arcs: list[Line] = [
            np.cumsum(np.asarray(arc, dtype=np.float64), axis=0) * scale + translate for arc in self._document["arcs"]
        ]

    def polygons(self, name: str) -> Iterator[list[list[int]]]:
        """Yield the polygons of object `name`, each a list of rings, each a list of arc indices (~i: reversed)."""
        for geometry in self._geometries(self._document["objects"][name]):
            if geometry["type"] == "Polygon":
                yield geometry["arcs"]
            elif geometry["type"] == "MultiPolygon":
                yield from geometry["arcs"]

    def ring(self, indices: list[int]) -> Line:
        """Join arcs to one closed line (M, 2) in degrees; neighbours share their end points."""
        parts = [self.arcs[i] if i >= 0 else self.arcs[~i][::-1] for i in indices]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    def _geometries(self, geometry: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if geometry["type"] == "GeometryCollection":
            for child in geometry["geometries"]:
                yield from self._geometries(child)
        else:
            yield geometry
