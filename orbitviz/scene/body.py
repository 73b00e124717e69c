"""Bodies: what a kind of node looks like from near, as flat panels and a box, at its true size.

Recipes give areas and a mass, not drawings. What follows from them by the proportions of AI1 as shown in June 2026
(600 m2 of array over a span of 70 m, 110 m2 of radiator): two wings either side of the bus, the radiator behind it in
the wings' shadow, edge-on to the Sun and to the Earth; the bus is a box of 250 kg/m3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orbitviz.core.node_type import NodeType

F32 = NDArray[np.float32]
Triple = tuple[float, float, float]
SPAN_M, SPAN_AREA_M2 = 70.0, 600.0
BUS_KG_M3 = 250.0
ARRAY, ARRAY_BACK, RADIATOR, BUS, RIM, BOOM = range(6)
"""Materials, as body.frag knows them."""
SUN_AXES, FLIGHT_AXES = 0, 1
"""Axes that a panel is fixed to. Sun: x towards the Sun, y along the wings, z across. Flight: x along the velocity,
y across, z away from the Earth."""


@dataclass(frozen=True)
class Body:
    """Triangles of one kind of node, metres. place, normal (V, 3) in the axes of `axes` (V,); look (V, 3): u, v (0..1
    over a panel) and material; span_m: the largest extent."""

    place: F32
    normal: F32
    axes: NDArray[np.int8]
    look: F32
    span_m: float
    bus_m: tuple[float, float, float]


def span_m(kind: NodeType) -> float:
    """Largest extent of a kind of node: its array's wings, or its bus where there is hardly an array."""
    return max(SPAN_M * math.sqrt(kind.array_area_m2 / SPAN_AREA_M2), 1.2 * max(bus_m(kind)))


def bus_m(kind: NodeType) -> tuple[float, float, float]:
    """Length along the velocity, width and height of the bus."""
    side = (kind.mass_kg / BUS_KG_M3) ** (1.0 / 3.0)
    return 1.5 * side, 0.85 * side, 0.78 * side


class _Builder:
    def __init__(self) -> None:
        self.place: list[NDArray[np.float64]] = []
        self.normal: list[NDArray[np.float64]] = []
        self.look: list[NDArray[np.float64]] = []
        self.axes: list[int] = []

    def quad(self, centre: ArrayLike, side: ArrayLike, up: ArrayLike, material: int, axes: int) -> None:
        """centre +- side +- up; faces along side x up."""
        c, s, u = (np.asarray(part, np.float64) for part in (centre, side, up))
        corners = [c - s - u, c + s - u, c + s + u, c - s + u]
        uv = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        normal = np.cross(s, u)
        normal /= np.linalg.norm(normal)
        for k in (0, 1, 2, 0, 2, 3):
            self.place.append(corners[k])
            self.normal.append(normal)
            self.look.append(np.array([*uv[k], material]))
            self.axes.append(axes)

    def panel(
        self, centre: Triple, side: Triple, up: Triple, front: int, back: int | None = None, axes: int = SUN_AXES
    ) -> None:
        """A sheet with two faces, a hair apart so that neither shows through the other."""
        back = front if back is None else back
        normal = np.cross(side, up)
        lift = 0.01 * normal / np.linalg.norm(normal)
        self.quad(np.array(centre) + lift, side, up, front, axes)
        self.quad(np.array(centre) - lift, -np.array(side), up, back, axes)

    def box(self, half: Triple, material: int, axes: int) -> None:
        """A box round the origin."""
        x, y, z = np.diag(half)
        for side, up, out in ((y, z, x), (z, x, y), (x, y, z)):
            self.quad(out, side, up, material, axes)
            self.quad(-out, -side, up, material, axes)


def body_of(kind: NodeType) -> Body:
    """The body of a kind of node."""
    build = _Builder()
    bus = bus_m(kind)
    build.box((bus[0] / 2, bus[1] / 2, bus[2] / 2), BUS, FLIGHT_AXES)
    across = 0.5 * math.hypot(*bus)
    if kind.array_area_m2 > 0.5:
        _wings(build, kind, across)
    _radiator(build, kind, across)
    return Body(
        np.array(build.place, np.float32),
        np.array(build.normal, np.float32),
        np.array(build.axes, np.int8),
        np.array(build.look, np.float32),
        span_m(kind),
        bus,
    )


def _wings(build: _Builder, kind: NodeType, across: float) -> None:
    """Two wings along +-y, their cells towards +x, with a rim that takes the metric's colour."""
    half_span = 0.5 * span_m(kind)
    root = min(across * 1.15, 0.4 * half_span)
    half_length = 0.5 * (half_span - root)
    half_chord = 0.25 * kind.array_area_m2 / (2.0 * half_length)
    rim = 0.05 * half_chord
    for sign in (1.0, -1.0):
        y = sign * (root + half_length)
        build.panel((0.0, y, 0.0), (0.0, half_length, 0.0), (0.0, 0.0, half_chord), ARRAY, ARRAY_BACK)
        for end in (1.0, -1.0):
            build.panel((0.0, y, end * (half_chord + rim)), (0.0, half_length + 2 * rim, 0.0), (0.0, 0.0, rim), RIM)
            build.panel((0.0, y + end * (half_length + rim), 0.0), (0.0, rim, 0.0), (0.0, 0.0, half_chord), RIM)
        boom = 0.5 * root
        build.panel((0.0, sign * boom, 0.0), (0.0, boom, 0.0), (0.0, 0.0, 0.12 * across), BOOM)


def _radiator(build: _Builder, kind: NodeType, across: float) -> None:
    """Edge-on: a panel behind the bus, away from the Sun, in the plane of Sun and Earth, its faces towards +-y. Else a
    panel fixed to the bus: below it with its faces along the velocity, or behind it with one face to the Earth."""
    length = math.sqrt(1.8 * kind.radiator_area_m2)
    half_width = 0.5 * kind.radiator_area_m2 / length
    middle = -(0.8 * across + 0.5 * length)
    if kind.radiator_attitude == "velocity":
        build.panel((0.0, 0.0, middle), (0.0, half_width, 0.0), (0.0, 0.0, 0.5 * length), RADIATOR, axes=FLIGHT_AXES)
        return
    if kind.radiator_attitude == "nadir":
        build.panel((middle, 0.0, 0.0), (0.5 * length, 0.0, 0.0), (0.0, half_width, 0.0), RADIATOR, axes=FLIGHT_AXES)
        return
    build.panel((middle, 0.0, 0.0), (0.5 * length, 0.0, 0.0), (0.0, 0.0, half_width), RADIATOR)
    build.panel((-0.6 * across, 0.0, 0.0), (0.4 * across, 0.0, 0.0), (0.0, 0.0, 0.06 * across), BOOM)


def attitude(position_km: NDArray[np.float64], velocity_km_s: NDArray[np.float64], sun: NDArray[np.float64]) -> F32:
    """(n, 2, 3, 3) float32: rows x, y, z of the Sun axes and of the flight axes of n nodes, TEME. sun (3,): unit.

    Positions and velocities (n, 3). Where the Sun stands right above or below, the wings lie across the track.
    """
    up = position_km / np.linalg.norm(position_km, axis=1, keepdims=True)
    across = np.cross(up, velocity_km_s)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    along = np.cross(across, up)
    wing = np.cross(sun[None], up)
    length = np.linalg.norm(wing, axis=1, keepdims=True)
    wing = np.where(length > 0.02, wing / np.maximum(length, 1e-9), across - (across @ sun)[:, None] * sun)
    wing /= np.linalg.norm(wing, axis=1, keepdims=True)
    towards = np.broadcast_to(sun, up.shape)
    sunwards = np.stack((towards, wing, np.cross(towards, wing)), axis=1)
    return np.stack((sunwards, np.stack((along, across, up), axis=1)), axis=1).astype(np.float32)
