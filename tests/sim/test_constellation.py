"""Recipes and catalogues become columns: geometry of the patterns, order of the rows, what is refused."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError, RecipeError
from orbitviz.core.fleet import CatalogueRows
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Catalogue, ElementSet, Scenario, Shell
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.sim.constellation import build_fleet, fleet_from_catalogue
from orbitviz.sim.patterns import raan_of_local_time_rad, sun_synchronous_inclination_rad
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import sun_teme

AI = NodeType("ai")


def fleet_of(*shells: Shell, **more):
    return build_fleet(Scenario("test", node_types=(AI,), shells=shells, **more))


def turns(angle_rad: np.ndarray) -> np.ndarray:
    """Angles in turns, nearest to zero."""
    return (angle_rad / (2 * np.pi) + 0.5) % 1.0 - 0.5


@given(planes=st.integers(1, 12), slots=st.integers(1, 20), data=st.data(), star=st.booleans())
@settings(max_examples=60, deadline=None)
def test_walker_phases_and_planes_follow_the_formula(planes, slots, data, star):
    phasing = data.draw(st.integers(0, planes - 1))
    shell = Shell(
        "w",
        "ai",
        600.0,
        inclination_deg=53.0,
        planes=planes,
        nodes_per_plane=slots,
        phasing=phasing,
        raan_deg=10.0,
        pattern="walker-star" if star else "walker-delta",
    )
    fleet = fleet_of(shell)
    assert len(fleet) == planes * slots
    p, s = fleet.plane.astype(float), fleet.slot.astype(float)
    u = fleet.elements.argp_rad + fleet.elements.mean_anomaly_rad
    assert np.abs(turns(u - 2 * np.pi * (s / slots + phasing * p / (planes * slots)))).max() < 1e-12
    turn = math.pi if star else 2 * math.pi
    assert np.abs(turns(fleet.elements.raan_rad - math.radians(10.0) - turn * p / planes)).max() < 1e-12


def test_rows_are_in_the_order_shell_plane_slot_and_ids_are_rows():
    fleet = fleet_of(
        Shell("a", "ai", 500.0, altitude_to_km=510.0, shells=3, planes=4, nodes_per_plane=5),
        Shell("b", "ai", 700.0, planes=2, nodes_per_plane=3),
    )
    order = np.lexsort((fleet.slot, fleet.plane, fleet.shell))
    np.testing.assert_array_equal(order, np.arange(66))
    np.testing.assert_array_equal(fleet.node_id, np.arange(66))
    assert [shell.group for shell in fleet.shells] == ["a", "a", "a", "b"]
    assert [shell.altitude_km for shell in fleet.shells] == [500.0, 505.0, 510.0, 700.0]
    assert [shell.name for shell in fleet.shells][1] == "a · 505.0 km"
    assert fleet.node_id.dtype == np.uint32 and fleet.shell.dtype == np.uint16
    assert fleet.label(65) == "b · plane 2 · slot 3"


def test_altitude_is_the_semi_major_axis_less_the_radius():
    fleet = fleet_of(Shell("a", "ai", 725.0, planes=1, nodes_per_plane=3))
    np.testing.assert_allclose(fleet.elements.altitude_km, 725.0, atol=1e-6)


def test_altitudes_of_a_group_are_staggered_in_raan_and_phase():
    fleet = fleet_of(Shell("a", "ai", 550.0, altitude_to_km=568.0, shells=10, planes=30, nodes_per_plane=10))
    first = np.searchsorted(fleet.shell, np.arange(10))
    raan_deg = np.degrees(fleet.elements.raan_rad[first])
    np.testing.assert_allclose(np.diff(raan_deg), 12.0 / 10.0, atol=1e-9)
    share = np.sort(fleet.elements.mean_anomaly_rad[first] / (2 * np.pi / 10))
    assert np.diff(share).min() > 0.03


def test_inclination_may_be_spread_over_the_altitudes():
    fleet = fleet_of(
        Shell("a", "ai", 550.0, altitude_to_km=568.0, shells=3, inclination_deg=26.0, inclination_to_deg=32.0)
    )
    np.testing.assert_allclose(np.degrees(fleet.elements.inclination_rad), [26.0, 29.0, 32.0])


@pytest.mark.parametrize(
    ("altitude_km", "inclination_deg"), [(350, 96.85), (560, 97.63), (725, 98.29), (985, 99.41), (2000, 104.89)]
)
def test_sun_synchronous_inclinations_as_in_the_facts(altitude_km, inclination_deg):
    """facts.md section 3, table of orbits."""
    assert np.degrees(sun_synchronous_inclination_rad(altitude_km)) == pytest.approx(inclination_deg, abs=0.006)


def test_a_node_crosses_the_equator_at_its_local_time():
    shell = Shell("s", "ai", 700.0, inclination_deg="sun-synchronous", pattern="ltan", planes=2, ltan_h=(6.0, 18.0))
    fleet = fleet_of(shell, epoch_utc="2026-04-16T00:00:00Z")  # the equation of time is zero on 15-16 April
    position_km, velocity_km_s = Propagator.of(fleet).states(0.0)
    assert np.all(velocity_km_s[0, :, 2] > 0.0) and np.all(np.abs(position_km[0, :, 2]) < 30.0)
    unit, _ = sun_teme(fleet.epoch, 0.0)
    sun_rad = np.arctan2(unit[1], unit[0])
    node_rad = np.arctan2(position_km[0, :, 1], position_km[0, :, 0])
    hours = (12.0 + np.degrees(node_rad - sun_rad) / 15.0) % 24.0
    np.testing.assert_allclose(hours, [6.0, 18.0], atol=0.03)


def test_local_time_noon_is_the_mean_sun():
    """L_mean = 280.460 + 0.9856474 d degrees, d days from J2000 (facts.md section 3)."""
    epoch = Epoch.parse("2000-01-01T12:00:00Z")
    assert np.degrees(raan_of_local_time_rad(np.array(12.0), epoch)) == pytest.approx(280.460, abs=1e-9)


@pytest.fixture(scope="module")
def suncatcher():
    shell = Shell(
        "cluster", "ai", 650.0, inclination_deg="sun-synchronous", pattern="cluster", ltan_h=(6.0,), eccentricity=1e-3
    )
    return fleet_of(shell)


def test_the_cluster_keeps_its_81_nodes_together_and_apart_for_a_week(suncatcher):
    """Suncatcher: 81 satellites, radius about 1 km, neighbours 100-200 m (facts.md section 2)."""
    assert len(suncatcher) == 81
    assert (suncatcher.shells[0].planes, suncatcher.shells[0].nodes_per_plane) == (9, 9)
    propagator = Propagator.of(suncatcher)
    for day in (0.0, 7.0):
        times_s = day * 86400.0 + np.linspace(0.0, 5860.0, 25)
        position_km, _ = propagator.states(times_s, velocity=False)
        grid = position_km.reshape(25, 9, 9, 3)
        beside = np.linalg.norm(np.diff(grid, axis=1), axis=-1)
        below = np.linalg.norm(np.diff(grid, axis=2), axis=-1)
        for distance_km in (beside, below):
            assert distance_km.min() > 0.09 and distance_km.max() < 0.21
        middle = grid.mean(axis=(1, 2), keepdims=True)
        assert np.linalg.norm(grid - middle, axis=-1).max() < 1.2


def test_the_cluster_stays_in_its_orbits_plane(suncatcher):
    position_km, velocity_km_s = Propagator.of(suncatcher).states(1000.0)
    normal = np.cross(position_km[0, 40], velocity_km_s[0, 40])
    normal /= np.linalg.norm(normal)
    assert np.abs((position_km[0] - position_km[0, 40]) @ normal).max() < 0.005


def test_a_cluster_that_does_not_fit_its_radius_is_refused():
    with pytest.raises(RecipeError, match=r"shell 'c'.*radius_km 1"):
        fleet_of(Shell("c", "ai", 650.0, pattern="cluster", spacing_m=400.0))


def test_element_sets_keep_their_names_and_their_own_epochs():
    items = (
        ElementSet("one", "ai", mean_motion_rev_per_day=15.0, inclination_deg=51.6),
        ElementSet("geo", "ai", epoch="2026-03-19T12:00:00Z", mean_motion_rev_per_day=1.0027),
    )
    fleet = fleet_of(Shell("a", "ai", nodes_per_plane=2), elements=items)
    assert [fleet.label(row) for row in (2, 3)] == ["one", "geo"]
    assert fleet.elements.epoch_s.tolist() == [0.0, 0.0, 0.0, -43200.0]
    assert [shell.name for shell in fleet.shells] == ["a", "LEO", "GEO"]
    assert fleet.label(0) == "a · plane 1 · slot 1"


def catalogue() -> CatalogueRows:
    """Twelve at 53 degrees, three odd low ones, one each of MEO, GEO, HEO; one epoch an hour."""
    fleet = fleet_of(*(Shell(str(k), "ai", 550.0, inclination_deg=53.05, nodes_per_plane=12) for k in range(1)))
    names = (
        "mean_motion_rad_min",
        "eccentricity",
        "inclination_rad",
        "raan_rad",
        "argp_rad",
        "mean_anomaly_rad",
        "bstar",
        "epoch_s",
    )
    columns = {name: np.resize(getattr(fleet.elements, name), 18) for name in names}
    columns["inclination_rad"][[0, 5, 17]] = np.radians([28.5, 65.0, 97.0])
    per_day = np.array([2.0056, 1.0027, 2.0056])
    columns["mean_motion_rad_min"][[2, 3, 4]] = per_day * 2 * np.pi / 1440.0
    columns["eccentricity"][4] = 0.7
    elements = dataclasses.replace(fleet.elements, **columns)
    hours = np.arange(18.0) / 24.0
    jd = np.full(18, 2461119.5)
    text = np.array([f"SAT {k}".encode() for k in range(18)], dtype="S24")
    return CatalogueRows(text, np.arange(18, dtype=np.uint32) + 90000, jd, hours, elements, ("line 9: no",), "here")


def test_a_catalogue_is_grouped_by_kind_of_orbit_with_its_epochs_folded():
    fleet = fleet_from_catalogue(catalogue(), AI, "sky")
    assert [shell.name for shell in fleet.shells] == ["LEO · 53°", "LEO · other", "MEO", "GEO", "HEO"]
    assert [shell.nodes_per_plane for shell in fleet.shells] == [12, 3, 1, 1, 1]
    assert np.all(np.diff(fleet.shell.astype(int)) >= 0)
    assert fleet.epoch == Epoch.from_jd(2461119.5, 17.0 / 24.0)
    number = fleet.catalog_number.astype(float) - 90000
    np.testing.assert_allclose(fleet.elements.epoch_s, (number - 17.0) * 3600.0, atol=1e-4)
    assert [fleet.label(row) for row in range(18)] == [f"SAT {int(k)}" for k in number]
    assert fleet.refused == ("line 9: no",) and fleet.title == "sky"


def test_a_recipes_catalogue_joins_the_shells_and_must_be_there():
    shell = Shell("a", "ai", nodes_per_plane=2)
    scenario = Scenario("s", node_types=(AI,), shells=(shell,), catalogues=(Catalogue("sky.tle", "ai"),))
    fleet = build_fleet(scenario, {"sky.tle": catalogue()})
    assert len(fleet) == 20 and fleet.name is not None
    assert fleet.refused == ("sky.tle, line 9: no",)
    assert {shell.group for shell in fleet.shells} == {"a", "sky.tle"}
    with pytest.raises(OrbitvizError, match=r"sky\.tle"):
        build_fleet(scenario)


def test_an_empty_catalogue_is_refused():
    rows = catalogue()
    none = CatalogueRows(
        rows.name[:0],
        rows.catalog_number[:0],
        rows.epoch_jd[:0],
        rows.epoch_fraction[:0],
        rows.elements.rows(slice(0, 0)),
    )
    with pytest.raises(OrbitvizError, match="at least one object"):
        fleet_from_catalogue(none, AI, "nothing")


def test_node_types_are_numbered_as_the_recipe_lists_them():
    kinds = (NodeType("ai"), NodeType("relay"))
    shells = (Shell("a", "relay", nodes_per_plane=2), Shell("b", "ai", nodes_per_plane=1))
    fleet = build_fleet(Scenario("s", node_types=kinds, shells=shells))
    assert fleet.node_type.tolist() == [1, 1, 0]


def test_the_filed_fleet_of_a_million_is_above_the_ground_and_where_it_should_be():
    """facts.md section 15, preset 1, one group of each kind in small."""
    sso = Shell(
        "g2",
        "ai",
        565.0,
        altitude_to_km=585.0,
        shells=10,
        inclination_deg="sun-synchronous",
        pattern="ltan",
        planes=2,
        nodes_per_plane=417,
        ltan_h=(6.0, 18.0),
    )
    low = Shell(
        "g1",
        "ai",
        550.0,
        altitude_to_km=568.0,
        shells=10,
        inclination_deg=26.0,
        inclination_to_deg=32.0,
        planes=30,
        nodes_per_plane=28,
    )
    fleet = fleet_of(low, sso)
    assert len(fleet) == 10 * 30 * 28 + 10 * 2 * 417
    position_km, _ = Propagator.of(fleet).states(12345.0, velocity=False)
    height_km = np.linalg.norm(position_km[0], axis=1) - EARTH_RADIUS_KM
    assert height_km.min() > 535.0 and height_km.max() < 605.0
