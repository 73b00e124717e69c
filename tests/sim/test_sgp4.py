"""NearEarth against sgp4, the reference implementation in C++."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sgp4.api import WGS72, Satrec, SatrecArray

from orbitviz.core.fleet import MeanElements
from orbitviz.sim.sgp4_elements import NearEarth

one_millimetre_km = 1.0e-6
one_micrometre_a_second_km_s = 1.0e-9
DAYS = np.array([-30.0, -10.3, -1.0, 0.0, 0.01, 0.25, 3.0, 30.0])


def reference(elements: MeanElements, days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """error (T, N), position and velocity (T, N, 3) of sgp4 itself."""
    satellites = []
    for row in zip(
        elements.bstar,
        elements.eccentricity,
        elements.argp_rad,
        elements.inclination_rad,
        elements.mean_anomaly_rad,
        elements.mean_motion_rad_min,
        elements.raan_rad,
        strict=True,
    ):
        satellite = Satrec()
        satellite.sgp4init(WGS72, "i", 0, 27000.0, row[0], 0.0, 0.0, *row[1:])
        satellites.append(satellite)
    jd = np.full(len(days), 2433281.5 + 27000.0)
    error, position, velocity = SatrecArray(satellites).sgp4(jd, days)
    return error.T, position.transpose(1, 0, 2), velocity.transpose(1, 0, 2)


CASES = {
    "presets": {},
    "circular": {"e": (0.0, 0.0)},
    "with drag": {"perigee_km": (350, 1000), "e": (0.0, 0.02), "bstar": (0, 5e-4)},
    "circular with drag": {"perigee_km": (400, 900), "e": (0.0, 0.0), "bstar": (0, 1e-4)},
    "eccentric": {"perigee_km": (300, 2500), "e": (0.0, 0.3)},
    "low, simple drag": {"perigee_km": (170, 230), "e": (0.0, 0.05), "bstar": (0, 2e-5)},
    "negative drag term": {"perigee_km": (450, 900), "e": (0.0, 0.01), "bstar": (-1e-4, 0)},
}


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_sgp4_within_a_millimetre_for_sixty_days(case, random_elements):
    elements = random_elements(600, **CASES[case])
    near = NearEarth(elements)
    error, position_km, velocity_km_s = reference(elements, DAYS)
    mine_km, mine_km_s = near.states(DAYS * 86400.0)
    good = (error == 0) & (near.error == 0)
    assert good.mean() > 0.8
    assert np.abs(mine_km - position_km)[good].max() < one_millimetre_km
    assert np.abs(mine_km_s - velocity_km_s)[good].max() < one_micrometre_a_second_km_s


def test_gives_no_state_where_sgp4_reports_decay(random_elements):
    elements = random_elements(600, perigee_km=(120, 400), e=(0.0, 0.1), bstar=(1e-4, 5e-3))
    error, position_km, _ = reference(elements, DAYS)
    mine_km, _ = NearEarth(elements).states(DAYS * 86400.0)
    assert (error != 0).sum() > 50
    assert np.all(np.isnan(mine_km[error != 0]))
    # and takes away none that sgp4 has, but orbits extrapolated to beyond 9,000 km, above every apogee here
    lost = (error == 0) & np.isnan(mine_km[..., 0])
    assert np.all(np.linalg.norm(position_km[lost], axis=1) > 9000.0)


def test_impossible_rows_have_a_code_and_no_states_and_leave_their_neighbours_alone(random_elements):
    elements = random_elements(40)
    clean_km, _ = NearEarth(elements).states(600.0)
    elements.eccentricity[3] = 1.5
    elements.eccentricity[4] = np.nan
    elements.mean_motion_rad_min[5] = 0.0
    elements.mean_motion_rad_min[6] = 0.0043752  # one turn a day: deep space
    near = NearEarth(elements)
    mine_km, mine_km_s = near.states(600.0)
    assert near.error[3:7].tolist() == [1, 1, 2, 7]
    assert near.deep_space.sum() == 1
    bad = np.zeros(40, bool)
    bad[3:7] = True
    assert np.all(np.isnan(mine_km[0, bad])) and np.all(np.isnan(mine_km_s[0, bad]))
    np.testing.assert_array_equal(mine_km[0, ~bad], clean_km[0, ~bad])


def test_each_row_counts_from_its_own_epoch(random_elements):
    elements = random_elements(50, bstar=(0, 1e-4))
    shifted = dataclasses.replace(elements, epoch_s=np.linspace(-86400.0, 7200.0, 50))
    mine_km, _ = NearEarth(shifted).states(1000.0)
    own_km = [NearEarth(elements.rows(slice(k, k + 1))).states(1000.0 - shifted.epoch_s[k])[0][0, 0] for k in range(50)]
    np.testing.assert_allclose(mine_km[0], own_km, atol=one_millimetre_km, rtol=0)


def test_a_row_does_not_depend_on_its_block(random_elements):
    elements = random_elements(20_000, e=(0.0, 0.2), perigee_km=(300, 1500), bstar=(0, 1e-4))
    near = NearEarth(elements)
    whole_km, _ = near.states(5000.0, velocity=False)
    some = slice(8000, 8400)
    part_km, _ = NearEarth(elements.rows(some)).states(5000.0, velocity=False)
    np.testing.assert_allclose(part_km[0], whole_km[0, some], atol=one_millimetre_km, rtol=0)


def test_fills_the_arrays_it_is_given(random_elements):
    near = NearEarth(random_elements(100))
    position = np.zeros((2, 100, 3), np.float32)
    speed = np.zeros((2, 100, 3))
    result = near.states(np.array([0.0, 60.0]), position, speed)
    assert result[0] is position and result[1] is speed
    expected_km, expected_km_s = near.states(np.array([0.0, 60.0]))
    np.testing.assert_allclose(position, expected_km, atol=1e-3, rtol=0)
    np.testing.assert_array_equal(speed, expected_km_s)
    assert near.states(0.0, velocity=False)[1] is None


def test_an_inclination_of_180_degrees_has_a_state(random_elements):
    elements = random_elements(4)
    elements.inclination_rad[:] = np.pi
    error, position_km, _ = reference(elements, DAYS)
    mine_km, _ = NearEarth(elements).states(DAYS * 86400.0)
    assert np.all(error == 0)
    # sgp4's guard against 1 + cos i = 0 amplifies the last bit of sin(pi): agreement is to metres there
    assert np.abs(mine_km - position_km).max() < 1e-2
