"""The Sun against published instants and the full theory; shadows against analytic cases and published seasons."""

from __future__ import annotations

import erfa
import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.frames import teme_from_gcrs
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.core.units import AU_KM, EARTH_RADIUS_KM, SECONDS_PER_DAY, SUN_RADIUS_KM
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import beta_angle_rad, disk_overlap, lit_fraction, sun_teme

SUN_KM = np.array([AU_KM, 0.0, 0.0])
ONE_MINUTE_OF_SUN_DEG = 360.0 / 365.25 / 1440.0


def declination_deg(when: str) -> float:
    unit, _ = sun_teme(Epoch.parse(when), 0.0)
    return float(np.degrees(np.arcsin(unit[2])))


def test_equinoxes_and_solstices_of_2026_as_published():
    """Instants of the Astronomical Applications Department, US Naval Observatory, to the minute (UTC)."""
    for when in ("2026-03-20T14:46:00Z", "2026-09-23T00:05:00Z"):
        assert abs(declination_deg(when)) < ONE_MINUTE_OF_SUN_DEG
    assert declination_deg("2026-06-21T08:24:00Z") == pytest.approx(23.437, abs=0.003)
    assert declination_deg("2026-12-21T20:50:00Z") == pytest.approx(-23.437, abs=0.003)


def test_perihelion_and_aphelion_of_2026_as_published():
    """0.9833 AU on 3 January, 1.0166 AU on 6 July (US Naval Observatory)."""
    for when, distance_au in (("2026-01-03T17:16:00Z", 0.98330), ("2026-07-06T17:31:00Z", 1.01664)):
        _, distance_km = sun_teme(Epoch.parse(when), 0.0)
        assert float(distance_km) / AU_KM == pytest.approx(distance_au, abs=2e-5)


@pytest.mark.parametrize("days", [0.0, 91.3, 1200.0, 3650.0])
def test_the_sun_agrees_with_the_full_theory(days):
    epoch = Epoch.parse("2026-03-20T00:00:00Z")
    when = epoch.fraction + days + 69.184 / SECONDS_PER_DAY
    heliocentric, barycentric = erfa.epv00(epoch.jd, when)
    direction = -np.array(heliocentric["p"]) / np.linalg.norm(heliocentric["p"])
    apparent = erfa.ab(direction, np.array(barycentric["v"]) * AU_KM / SECONDS_PER_DAY / 299792.458, 1.0, 1.0)
    expected = teme_from_gcrs(epoch, days * SECONDS_PER_DAY) @ apparent
    unit, _ = sun_teme(epoch, days * SECONDS_PER_DAY)
    assert np.degrees(np.linalg.norm(unit - expected)) < 1e-4


def test_many_instants_are_the_same_as_each():
    epoch = Epoch.parse("2026-01-01")
    times_s = np.array([[0.0, 1e5], [1e6, 1e7]])
    unit, distance_km = sun_teme(epoch, times_s)
    assert unit.shape == (2, 2, 3) and distance_km.shape == (2, 2)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=-1), 1.0, rtol=1e-14)
    one, one_km = sun_teme(epoch, 1e6)
    np.testing.assert_array_equal(one, unit[1, 0])
    assert one_km == distance_km[1, 0]


def test_light_before_beside_and_behind_the_earth():
    points = np.array([[7000.0, 0, 0], [0, 7000.0, 0], [-7000.0, 0, 0], [-7000.0, 6500.0, 0], [-7000.0, 0, 6300.0]])
    assert lit_fraction(points, SUN_KM).tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("altitude_km", [350.0, 725.0, 2000.0, 35786.0])
def test_borders_of_umbra_and_penumbra_are_the_two_tangent_cones(altitude_km):
    behind_km = EARTH_RADIUS_KM + altitude_km
    out = np.arcsin((SUN_RADIUS_KM + EARTH_RADIUS_KM) / AU_KM)
    into = np.arcsin((SUN_RADIUS_KM - EARTH_RADIUS_KM) / AU_KM)
    penumbra_km = EARTH_RADIUS_KM / np.cos(out) + behind_km * np.tan(out)
    umbra_km = EARTH_RADIUS_KM / np.cos(into) - behind_km * np.tan(into)
    off_axis_km = np.array(
        [umbra_km - 0.01, umbra_km + 0.5, (umbra_km + penumbra_km) / 2, penumbra_km - 0.5, penumbra_km + 0.01]
    )
    points = np.stack((np.full(5, -behind_km), off_axis_km, np.zeros(5)), axis=1)
    lit = lit_fraction(points, SUN_KM)
    assert lit[0] == 0.0 and lit[4] == 1.0
    assert 0.0 < lit[1] < 0.05 and 0.95 < lit[3] < 1.0
    assert lit[2] == pytest.approx(0.5, abs=0.02)


def test_from_far_behind_the_earth_the_sun_is_a_ring():
    point = np.array([[-3.0e6, 0.0, 0.0]])
    ring = 1.0 - (np.arcsin(EARTH_RADIUS_KM / 3.0e6) / np.arcsin(SUN_RADIUS_KM / (AU_KM + 3.0e6))) ** 2
    assert lit_fraction(point, SUN_KM)[0] == pytest.approx(ring, rel=1e-9)


def test_the_quick_way_is_the_overlap_of_disks_everywhere():
    rng = np.random.default_rng(5)
    direction = rng.normal(size=(50_000, 3))
    points = direction / np.linalg.norm(direction, axis=1, keepdims=True) * rng.uniform(6500, 9000, (50_000, 1))
    exact = disk_overlap(points, SUN_KM)
    np.testing.assert_allclose(lit_fraction(points, SUN_KM), exact, atol=1e-12, rtol=0)
    single = lit_fraction(points.astype(np.float32).reshape(500, 100, 3), SUN_KM)
    assert single.dtype == np.float32 and single.shape == (500, 100)
    np.testing.assert_allclose(single.ravel(), exact, atol=2e-4, rtol=0)
    assert ((exact > 0) & (exact < 1)).sum() > 100


def test_no_position_no_light():
    assert np.isnan(lit_fraction(np.array([[np.nan, 0.0, 0.0]]), SUN_KM)[0])


def dawn_dusk(local_time_h: float):
    shell = Shell(
        "sso",
        "ai",
        725.0,
        inclination_deg="sun-synchronous",
        pattern="ltan",
        ltan_h=(local_time_h,),
        nodes_per_plane=360,
    )
    return build_fleet(Scenario("season", node_types=(NodeType("ai"),), shells=(shell,)))


def test_the_dusk_orbit_at_725_km_is_eclipsed_from_10_may_to_1_august():
    """facts.md section 3: LTAN 18 at 725 km is eclipsed 10 May - 1 August, 84 days."""
    fleet = dawn_dusk(18.0)
    start = Epoch.parse("2026-01-01")
    days = np.arange(0.0, 365.0, 1.0)
    first_s = start.seconds_since(fleet.epoch)
    propagator = Propagator.of(fleet)
    dark = []
    for day in days:
        t_s = first_s + day * SECONDS_PER_DAY
        unit, distance_km = sun_teme(fleet.epoch, t_s)
        position_km, _ = propagator.states(t_s, velocity=False)
        dark.append(bool((lit_fraction(position_km[0], unit * distance_km) < 0.5).any()))
    eclipsed = np.flatnonzero(dark)
    assert len(eclipsed) == eclipsed[-1] - eclipsed[0] + 1
    assert len(eclipsed) == pytest.approx(84, abs=3)
    assert eclipsed[0] == pytest.approx((Epoch.parse("2026-05-10").jd - start.jd), abs=2)
    assert eclipsed[-1] == pytest.approx((Epoch.parse("2026-08-01").jd - start.jd), abs=2)


def test_beta_is_the_sun_over_the_orbits_plane_and_tells_the_eclipse_season():
    fleet = dawn_dusk(18.0)
    some = fleet.elements.rows(slice(0, 3))
    times_s = np.array([0.0, 40.0, 100.0]) * SECONDS_PER_DAY
    beta_rad = beta_angle_rad(some, fleet.epoch, times_s)
    assert beta_rad.shape == (3, 3) and beta_angle_rad(some, fleet.epoch, 0.0).shape == (3,)
    position_km, velocity_km_s = Propagator(some).states(times_s)
    normal = np.cross(position_km, velocity_km_s)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    unit, _ = sun_teme(fleet.epoch, times_s)
    over_deg = np.degrees(np.arcsin(np.einsum("tni,ti->tn", normal, unit)))
    np.testing.assert_allclose(np.degrees(beta_rad), over_deg, atol=0.3)


def test_beta_limit_without_eclipse_at_725_km_is_63_9_degrees():
    """facts.md section 3: beta for no eclipse at 725 km is 63.9 degrees; 33.8 % of a circle at beta 0 is in shadow."""
    radius_km = EARTH_RADIUS_KM + 725.0
    u = np.linspace(0.0, 2.0 * np.pi, 20_001)[:-1]
    for beta_deg, eclipsed in ((63.4, True), (64.6, False)):
        beta = np.radians(beta_deg)
        points = radius_km * np.stack((np.cos(u) * np.cos(beta), np.sin(u), np.cos(u) * np.sin(beta)), axis=1)
        assert bool(lit_fraction(points, SUN_KM).min() < 0.5) == eclipsed
    points = radius_km * np.stack((np.cos(u), np.sin(u), np.zeros_like(u)), axis=1)
    assert 1.0 - lit_fraction(points, SUN_KM).mean() == pytest.approx(35.2 / 99.3, abs=0.002)
