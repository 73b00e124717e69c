"""The float32 sums of the vertex shader, in numpy, against float64 SGP4."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.sim.sgp4_elements import NearEarth
from orbitviz.sim.shader_elements import angle_at, emulate_shader, shader_elements, sincos_turns, split_time

STARLINK = Path(__file__).parents[3] / "shared" / "data" / "starlink.tle"
HOURS_6_S = 21600.0


def error_m(near: NearEarth, t_s: float, t_ref_s: float = 0.0) -> np.ndarray:
    """Distance of the shader's position from SGP4's for the rows it is meant for."""
    elements = shader_elements(near, t_ref_s)
    drawn = emulate_shader(elements, *split_time(t_s, t_ref_s))
    assert drawn.dtype == np.float32
    exact_km, _ = near.states(t_s, velocity=False)
    distance_m = np.linalg.norm(drawn.astype(np.float64) * EARTH_RADIUS_KM - exact_km[0], axis=1) * 1000.0
    return distance_m[elements.rows_ok]


@pytest.mark.parametrize("days", [0.0, 0.25, 1.0, -5.25, 30.000123, 63.9])
def test_without_drag_one_upload_serves_for_two_months(days, random_elements):
    distance_m = error_m(NearEarth(random_elements(5000)), days * 86400.0)
    assert len(distance_m) == 5000
    assert distance_m.max() < 12.0
    assert np.median(distance_m) < 2.0


def test_without_drag_a_year_away_a_node_is_within_a_hundred_metres(random_elements):
    assert error_m(NearEarth(random_elements(5000)), 365.25 * 86400.0).max() < 100.0


def test_low_and_eccentric_orbits_are_within_fifty_metres(random_elements):
    for case in ({"perigee_km": (180, 500)}, {"perigee_km": (300, 2500), "e": (0.1, 0.15)}):
        distance_m = error_m(NearEarth(random_elements(3000, **case)), 30 * 86400.0)
        assert len(distance_m) > 2900
        assert distance_m.max() < 50.0


@pytest.mark.parametrize("bstar", [1e-4, 1e-3, 5e-3])
@pytest.mark.parametrize("t_ref_s", [0.0, 5 * 86400.0])
def test_with_drag_six_hours_either_way_are_within_a_hundred_metres(bstar, t_ref_s, random_elements):
    near = NearEarth(random_elements(3000, perigee_km=(250, 800), e=(0.0, 0.02), bstar=(0.0, bstar)))
    for offset_s in (-HOURS_6_S, -3600.0, 0.0, 9000.0, HOURS_6_S):
        distance_m = error_m(near, t_ref_s + offset_s, t_ref_s)
        assert len(distance_m) > 1500
        assert distance_m.max() < 100.0


def test_rows_that_the_shader_cannot_draw_are_named(random_elements):
    elements = random_elements(8, perigee_km=(600, 700), bstar=(0.0, 1e-5))
    elements.eccentricity[1] = 0.4
    elements.mean_motion_rad_min[1] = 0.03
    elements.mean_motion_rad_min[2] = 0.0043752
    elements.inclination_rad[3] = np.pi
    elements.mean_motion_rad_min[4] = 0.0735
    elements.bstar[4] = 0.05
    elements.mean_motion_rad_min[5] = -1.0
    packed = shader_elements(NearEarth(elements))
    assert packed.rows_ok.tolist() == [True, False, False, False, False, False, True, True]
    assert np.all(np.isfinite(packed.texels))
    assert np.all(np.isfinite(emulate_shader(packed, 3.0, 7.0, 5.5)))


def test_three_texels_without_drag_and_four_with_it(random_elements):
    assert shader_elements(NearEarth(random_elements(10))).texels.shape == (3, 10, 4)
    assert shader_elements(NearEarth(random_elements(10, bstar=(1e-5, 1e-4)))).texels.shape == (4, 10, 4)


def test_the_high_part_of_a_rate_times_the_minutes_of_a_day_is_exact(random_elements):
    high = shader_elements(NearEarth(random_elements(2000))).texels[1, :, 0]
    for factor in (1439.0, 1440.0):
        exact = high.astype(np.float64) * factor
        np.testing.assert_array_equal((high * np.float32(factor)).astype(np.float64), exact)


def test_time_is_split_into_days_minutes_and_seconds():
    assert split_time(0.0) == (0.0, 0.0, 0.0)
    assert split_time(86400.0 * 3 + 61.5) == (3.0, 1.0, 1.5)
    assert split_time(-0.5) == (-1.0, 1439.0, 59.5)
    assert split_time(100.0, 40.0) == (0.0, 1.0, 0.0)


def test_sine_and_cosine_of_turns_are_good_to_the_last_bits():
    turns = np.linspace(-0.5, 0.5, 40_001, dtype=np.float32)
    s, c = sincos_turns(turns)
    exact = turns.astype(np.float64) * 2.0 * np.pi
    assert np.abs(s - np.sin(exact)).max() < 1.5e-7
    assert np.abs(c - np.cos(exact)).max() < 1.5e-7


def test_an_angle_keeps_its_turns_for_a_thousand_days():
    rate = 15.2 / 1440.0
    high = np.float32(np.round(rate * 2**18) / 2**18)
    rest = np.float32(rate - float(high))
    turns = float(angle_at(np.float32(0.2), high, rest, np.float32(1000.0), np.float32(777.0), np.float32(31.25)))
    exact = 0.2 + (float(high) + float(rest)) * (1000 * 1440 + 777 + 31.25 / 60)
    assert abs((turns - exact + 0.5) % 1.0 - 0.5) < 2e-6


@pytest.mark.skipif(not STARLINK.exists(), reason="the sample catalogue is not part of the project")
def test_a_real_catalogue_is_drawn_within_a_hundred_metres_and_nearly_whole():
    from sgp4.api import Satrec

    from orbitviz.core.fleet import MeanElements

    lines = STARLINK.read_text().splitlines()
    pairs = [(a, b) for a, b in pairwise(lines) if a.startswith("1 ") and b.startswith("2 ")]
    satellites = [Satrec.twoline2rv(*pair) for pair in pairs[::5]]

    def column(name: str) -> np.ndarray:
        return np.array([getattr(satellite, name) for satellite in satellites])

    jd = column("jdsatepoch") + column("jdsatepochF")
    names = ("no_kozai", "ecco", "inclo", "nodeo", "argpo", "mo", "bstar")
    near = NearEarth(MeanElements(*(column(name) for name in names), (jd - jd.max()) * 86400.0))
    for offset_s in (-HOURS_6_S, 0.0, HOURS_6_S):
        distance_m = error_m(near, offset_s)
        assert len(distance_m) > 0.9 * len(near)
        assert distance_m.max() < 100.0
