"""Fixed links: who is joined to whom, and that the lengths are what geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Links, Scenario, Shell
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.links import least_distance_km, plus_grid_pairs
from orbitviz.sim.propagation import Propagator

AI = NodeType("ai")
FAR = 20000.0


def fleet_of(*shells: Shell):
    return build_fleet(Scenario("test", node_types=(AI,), shells=shells))


def walker(**more) -> Shell:
    settings = {"planes": 6, "nodes_per_plane": 20, "phasing": 2, "inclination_deg": 53.0} | more
    return Shell("w", "ai", 550.0, **settings)


def degree(pairs: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(pairs.ravel().astype(int), minlength=count)


def test_a_walker_delta_has_four_links_a_node_each_once():
    fleet = fleet_of(walker())
    pairs = plus_grid_pairs(fleet, Links())
    assert pairs.dtype == np.uint32 and pairs.shape == (240, 2)
    assert np.all(degree(pairs, 120) == 4)
    assert len(np.unique(np.sort(pairs, axis=1), axis=0)) == len(pairs)
    assert np.all(pairs[:, 0] != pairs[:, 1])


@pytest.mark.parametrize("phasing", range(6))
def test_the_partner_in_the_next_plane_is_the_nearest_whatever_the_phasing(phasing):
    fleet = fleet_of(walker(phasing=phasing))
    pairs = plus_grid_pairs(fleet, Links(max_range_km=FAR)).astype(int)
    across = pairs[fleet.plane[pairs[:, 0]] != fleet.plane[pairs[:, 1]]]
    assert len(across) == 120
    times_s = np.linspace(0.0, 5740.0, 48)
    position_km, _ = Propagator(fleet.elements).states(times_s, velocity=False)

    def mean_square(second: np.ndarray) -> np.ndarray:
        gap = position_km[:, across[:, 0]] - position_km[:, second]
        return (gap**2).sum(axis=-1).mean(axis=0)

    chosen = mean_square(across[:, 1])
    plane, slot = fleet.plane[across[:, 1]].astype(int), fleet.slot[across[:, 1]].astype(int)
    for step in (-1, 1):
        other = mean_square(plane * 20 + (slot + step) % 20)
        assert np.all(chosen <= other * 1.01)


def test_a_walker_star_has_a_seam():
    fleet = fleet_of(walker(pattern="walker-star", inclination_deg=88.0, phasing=0))
    pairs = plus_grid_pairs(fleet, Links(max_range_km=FAR)).astype(int)
    planes = np.sort(fleet.plane[pairs].astype(int), axis=1)
    assert not np.any((planes[:, 0] == 0) & (planes[:, 1] == 5))
    assert np.all(degree(pairs, 120)[(fleet.plane > 0) & (fleet.plane < 5)] == 4)
    assert np.all(degree(pairs, 120)[(fleet.plane == 0) | (fleet.plane == 5)] == 3)


def sso(shells: int) -> Shell:
    return Shell(
        "s",
        "ai",
        700.0,
        altitude_to_km=700.0 + 2.0 * (shells - 1),
        shells=shells,
        inclination_deg="sun-synchronous",
        pattern="ltan",
        planes=2,
        nodes_per_plane=40,
        ltan_h=(6.0, 18.0),
    )


@pytest.mark.parametrize("topology", ["plus-grid", "ring-rungs"])
def test_opposite_planes_get_rungs_to_the_next_altitude(topology):
    fleet = fleet_of(sso(3))
    pairs = plus_grid_pairs(fleet, Links(topology=topology)).astype(int)
    assert len(pairs) == 240 + 160
    np.testing.assert_array_equal(fleet.plane[pairs[:, 0]], fleet.plane[pairs[:, 1]])
    rungs = pairs[fleet.shell[pairs[:, 0]] != fleet.shell[pairs[:, 1]]]
    position_km, _ = Propagator(fleet.elements).states(0.0, velocity=False)
    length_km = np.linalg.norm(position_km[0, rungs[:, 0]] - position_km[0, rungs[:, 1]], axis=1)
    half_gap_km = np.pi * 7083.0 / 40
    assert length_km.max() < half_gap_km + 5.0


def test_rungs_are_those_of_the_instant():
    fleet = fleet_of(sso(2))
    links = Links(topology="ring-rungs")
    # 2 km of altitude: 3 n / 2 a x 2 km slides half a slot of 40 in about 21 hours
    later_s = 40 * 3600.0
    now, later = (plus_grid_pairs(fleet, links, t_s) for t_s in (0.0, later_s))
    assert not np.array_equal(now, later)
    position_km, _ = Propagator(fleet.elements).states(later_s, velocity=False)
    rungs = later[fleet.shell[later[:, 0]] != fleet.shell[later[:, 1]]]
    length_km = np.linalg.norm(position_km[0, rungs[:, 0]] - position_km[0, rungs[:, 1]], axis=1)
    assert len(rungs) == 80 and length_km.max() < np.pi * 7083.0 / 40 + 5.0


def test_ring_is_the_ring_alone_and_none_is_none():
    fleet = fleet_of(walker())
    ring = plus_grid_pairs(fleet, Links(topology="ring")).astype(int)
    assert len(ring) == 120 and np.all(degree(ring, 120) == 2)
    np.testing.assert_array_equal(fleet.plane[ring[:, 0]], fleet.plane[ring[:, 1]])
    assert plus_grid_pairs(fleet, Links(topology="none")).shape == (0, 2)


def test_links_that_can_never_be_are_left_out():
    fleet = fleet_of(walker(nodes_per_plane=4))  # 9,797 km apart, through the Earth
    assert len(plus_grid_pairs(fleet, Links(topology="ring", max_range_km=FAR))) == 0
    assert len(plus_grid_pairs(fleet_of(walker()), Links(topology="ring", max_range_km=2000.0))) == 0
    assert len(plus_grid_pairs(fleet_of(walker()), Links(topology="ring", max_range_km=2200.0))) == 120


def test_small_planes_have_no_double_links():
    pairs = plus_grid_pairs(fleet_of(Shell("p", "ai", 20000.0, planes=1, nodes_per_plane=2)), Links(max_range_km=1e6))
    assert len(pairs) == 0  # two on opposite sides of the Earth cannot see each other
    triangle = plus_grid_pairs(
        fleet_of(Shell("p", "ai", 20000.0, planes=1, nodes_per_plane=3)), Links(max_range_km=1e6)
    )
    assert len(triangle) == 3


def test_a_cluster_is_a_lattice():
    fleet = fleet_of(Shell("c", "ai", 650.0, pattern="cluster", eccentricity=1e-3))
    pairs = plus_grid_pairs(fleet, Links())
    assert len(pairs) == 2 * 9 * 8
    counts = np.bincount(degree(pairs, 81))
    assert counts[2:5].tolist() == [4, 28, 49]


def test_unordered_orbits_have_no_fixed_links(random_elements):
    import dataclasses

    fleet = fleet_of(Shell("a", "ai", nodes_per_plane=50))
    assert len(plus_grid_pairs(dataclasses.replace(fleet, elements=random_elements(50)), Links())) == 0


def test_least_distance_is_the_least_over_the_orbit():
    rng = np.random.default_rng(3)
    gap, phase = rng.uniform(-1.5, 1.5, 20), rng.uniform(-0.5, 0.5, 20)
    radius_km, inclination = EARTH_RADIUS_KM + 550.0, np.radians(53.0)
    u = np.linspace(0.0, 2.0 * np.pi, 7201)

    def place(u, raan):
        x, y = np.cos(u), np.sin(u) * np.cos(inclination)
        return np.stack(
            (np.cos(raan) * x - np.sin(raan) * y, np.sin(raan) * x + np.cos(raan) * y, np.sin(u) * np.sin(inclination))
        )

    scanned = [
        radius_km * np.linalg.norm(place(u, 0.0) - place(u + p, g), axis=0).min()
        for g, p in zip(gap, phase, strict=True)
    ]
    np.testing.assert_allclose(least_distance_km(radius_km, inclination, gap, phase), scanned, atol=0.05, rtol=1e-5)
