"""Which nodes have a laser link to which, for constellations laid out in planes and slots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.scenario import Links
from orbitviz.core.units import EARTH_RADIUS_KM, TWO_PI
from orbitviz.sim.sgp4_elements import NearEarth

F64 = NDArray[np.float64]
Pairs = NDArray[np.int64]
WIDEST_PLANE_GAP_RAD = np.radians(90.0)
"""Planes further apart in RAAN pass each other too fast to hold a link."""
SAME_PLANE_RAD = np.radians(5.0)
_EVEN = 0.01
"""Slots count as even when none is further off than this share of their gap."""
_NO_PAIRS: Pairs = np.empty((0, 2), np.int64)


@dataclass(frozen=True)
class _Grid:
    """One shell that is laid out in planes and slots; rows are start + plane * slots + slot.

    u: (P,) argument of latitude of slot 0 of each plane at the instant; raan: (P,).
    """

    start: int
    planes: int
    slots: int
    u: F64
    raan: F64
    inclination_rad: float
    radius_km: float
    group: str
    kind: str
    """even: slots spread evenly round each plane; cluster: all at one place; other: anything else."""

    @property
    def gap_rad(self) -> float:
        """Between neighbouring slots."""
        return TWO_PI / self.slots


def plus_grid_pairs(fleet: Fleet, links: Links, t_s: float = 0.0) -> NDArray[np.uint32]:
    """Rows joined by a link, (L, 2) uint32, each pair once.

    ring: next slot of the same plane. ring-rungs: and the nearest slot of the same plane of the next altitude of the
    group. plus-grid: ring, and the nearest slot of the next plane; shells without a neighbouring plane (two planes at
    opposite local times) get rungs instead. Clusters: neighbours in the lattice. Catalogues: none.
    Rungs are those at `t_s`: altitudes slide past each other by a slot in less than an hour. Pairs that can never be in
    range (max_range_km) or always graze the Earth (grazing_km) are left out.
    """
    if links.topology == "none" or not fleet.shells:
        return np.empty((0, 2), np.uint32)
    grids = _grids(fleet, t_s)
    found = [_NO_PAIRS]
    for grid, above in zip(grids, [*grids[1:], None], strict=True):
        if grid.kind == "cluster":
            found.append(_lattice(grid))
        if grid.kind != "even":
            continue
        found.append(_ring(grid, links))
        across = _across(grid, links) if links.topology == "plus-grid" else _NO_PAIRS
        found.append(across)
        if links.topology != "ring" and not len(across) and above is not None:
            found.append(_rungs(grid, above, links))
    return np.concatenate(found).astype(np.uint32)


def _grids(fleet: Fleet, t_s: float) -> list[_Grid]:
    starts = np.searchsorted(fleet.shell, np.arange(len(fleet.shells) + 1))
    result = []
    rates = NearEarth(fleet.elements.rows(np.minimum(starts[:-1], len(fleet) - 1)))
    for index, info in enumerate(fleet.shells):
        rows = slice(int(starts[index]), int(starts[index + 1]))
        elements = fleet.elements.rows(rows)
        if len(elements) != info.planes * info.nodes_per_plane:
            continue
        minutes = (t_s - elements.epoch_s) / 60.0
        u = elements.argp_rad + elements.mean_anomaly_rad
        u = u + (rates.argp_rate[index] + rates.mean_anomaly_rate[index]) * minutes
        u = u.reshape(info.planes, info.nodes_per_plane)
        raan = elements.raan_rad.reshape(u.shape)[:, 0] + rates.raan_rate[index] * minutes[0]
        inclination, radius_km = float(elements.inclination_rad[0]), float(elements.altitude_km[0]) + EARTH_RADIUS_KM
        kind = "other" if np.any(elements.epoch_s) else _kind(u)
        result.append(
            _Grid(
                rows.start, info.planes, info.nodes_per_plane, u[:, 0], raan, inclination, radius_km, info.group, kind
            )
        )
    return result


def _kind(u: F64) -> str:
    """How the slots (P, S) lie on their planes."""
    if u.size > 1 and np.all(np.abs(wrap_pi(u - u[0, 0])) < 1.0e-9):
        return "cluster"
    gap = TWO_PI / u.shape[1]
    expected = u[:, :1] + gap * np.arange(u.shape[1])
    return "even" if np.all(np.abs(wrap_pi(u - expected)) < _EVEN * gap) else "other"


def wrap_pi(angle_rad: F64) -> F64:
    """Into -pi..pi."""
    return np.asarray((angle_rad + np.pi) % TWO_PI - np.pi)


def _ring(grid: _Grid, links: Links) -> Pairs:
    half = grid.gap_rad / 2.0
    too_far = 2.0 * grid.radius_km * np.sin(half) > links.max_range_km
    grazes = grid.radius_km * np.cos(half) < EARTH_RADIUS_KM + links.grazing_km
    if grid.slots < 2 or too_far or grazes:
        return _NO_PAIRS
    slot = np.arange(grid.slots if grid.slots > 2 else 1)
    first = (grid.start + np.arange(grid.planes)[:, None] * grid.slots + slot).ravel()
    second = (grid.start + np.arange(grid.planes)[:, None] * grid.slots + (slot + 1) % grid.slots).ravel()
    return np.stack((first, second), axis=1)


def _across(grid: _Grid, links: Links) -> Pairs:
    """To the nearest slot of the next plane; also from the last plane to the first where the planes close a circle."""
    if grid.planes < 2:
        return _NO_PAIRS
    plane = np.arange(grid.planes if grid.planes > 2 else 1)
    following = (plane + 1) % grid.planes
    turn = wrap_pi(grid.raan[following] - grid.raan[plane])
    near = np.abs(turn) <= WIDEST_PLANE_GAP_RAD
    plane, following, turn = plane[near], following[near], turn[near]
    # Along the orbit two planes are apart by du + dRAAN cos i on average: the shift that makes this least.
    apart = grid.u[following] - grid.u[plane] + turn * np.cos(grid.inclination_rad)
    shift = np.rint(-wrap_pi(apart) / grid.gap_rad).astype(np.int64)
    phase = wrap_pi(grid.u[following] - grid.u[plane] + shift * grid.gap_rad)
    usable = least_distance_km(grid.radius_km, grid.inclination_rad, turn, phase) <= links.max_range_km
    return _shifted(grid, plane[usable], grid, following[usable], shift[usable])


def least_distance_km(radius_km: float, inclination_rad: float, raan_gap_rad: F64, phase_rad: F64) -> F64:
    """Least distance over an orbit of two nodes on circular orbits of equal radius and inclination, (K,).

    Their directions' scalar product is c0 + c2 cos(2 u + d) exactly, so its greatest value is c0 + |c2|.
    """
    cos_i, sin_i = np.cos(inclination_rad), np.sin(inclination_rad)
    u = np.arange(4) * (np.pi / 4.0)
    first = np.stack((np.cos(u), np.sin(u) * cos_i, np.sin(u) * sin_i))
    w = u + np.asarray(phase_rad)[:, None]
    x, y = np.cos(w), np.sin(w) * cos_i
    c, s = np.cos(raan_gap_rad)[:, None], np.sin(raan_gap_rad)[:, None]
    dot = first[0] * (c * x - s * y) + first[1] * (s * x + c * y) + first[2] * np.sin(w) * sin_i
    # Four samples a quarter of the period of 2 u apart give c0 and both parts of c2.
    c0 = dot.mean(axis=1)
    c2 = np.hypot(dot[:, 0] - dot[:, 2], dot[:, 1] - dot[:, 3]) / 2.0
    return np.asarray(radius_km * np.sqrt(np.maximum(2.0 - 2.0 * (c0 + c2), 0.0)))


def _rungs(grid: _Grid, above: _Grid, links: Links) -> Pairs:
    """To the nearest slot of the same plane of the next altitude of the group."""
    same = above.kind == "even" and (above.group, above.planes, above.slots) == (grid.group, grid.planes, grid.slots)
    if not same:
        return _NO_PAIRS
    plane = np.arange(grid.planes)
    apart = wrap_pi(above.u - grid.u)
    shift = np.rint(-apart / grid.gap_rad).astype(np.int64)
    height_km = abs(above.radius_km - grid.radius_km)
    along_km = grid.radius_km * np.abs(wrap_pi(apart + shift * grid.gap_rad))
    near = np.abs(wrap_pi(above.raan - grid.raan)) <= SAME_PLANE_RAD
    near &= np.hypot(height_km, along_km) <= links.max_range_km
    return _shifted(grid, plane[near], above, plane[near], shift[near])


def _shifted(grid: _Grid, plane: Pairs, other: _Grid, other_plane: Pairs, shift: Pairs) -> Pairs:
    """Slot s of `plane` with slot s + shift of `other_plane`, for all slots."""
    slot = np.arange(grid.slots)
    first = grid.start + plane[:, None] * grid.slots + slot
    second = other.start + other_plane[:, None] * other.slots + (slot + shift[:, None]) % other.slots
    return np.stack((first.ravel(), second.ravel()), axis=1)


def _lattice(grid: _Grid) -> Pairs:
    """Neighbours in rows and columns of a cluster."""
    rows = grid.start + np.arange(grid.planes * grid.slots).reshape(grid.planes, grid.slots)
    beside = np.stack((rows[:, :-1].ravel(), rows[:, 1:].ravel()), axis=1)
    below = np.stack((rows[:-1].ravel(), rows[1:].ravel()), axis=1)
    return np.concatenate((beside, below))
