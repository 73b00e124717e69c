"""The three engines of Propagator, deep space, and keyframes."""

from __future__ import annotations

import dataclasses
import importlib.util

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import MeanElements
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.keyframes import KeyframeTrack
from orbitviz.sim.propagation import Propagator, recording_engine

one_millimetre_km = 1.0e-6
EPOCH = Epoch.parse("2026-03-20T03:00:00Z")
TIMES_S = np.array([-30.0, 0.0, 0.25, 30.0]) * 86400.0
HEYOKA = importlib.util.find_spec("heyoka") is not None
ENGINES = ["numpy", pytest.param("heyoka", marks=pytest.mark.skipif(not HEYOKA, reason="heyoka is not installed"))]


def joined(*parts: MeanElements) -> MeanElements:
    names = [field.name for field in dataclasses.fields(MeanElements)]
    return MeanElements(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@pytest.fixture
def mixed(random_elements) -> MeanElements:
    """Low orbits with drag, geostationary ones, two impossible rows; epochs spread over two months."""
    low = random_elements(300, perigee_km=(350, 1000), e=(0.0, 0.02), bstar=(0.0, 1e-3))
    high = random_elements(40, perigee_km=(20000, 36000), e=(0.0, 0.3), seed=2)
    elements = joined(low, high, random_elements(60, seed=3))
    elements.epoch_s[:] = np.random.default_rng(4).uniform(-5e6, 0.0, len(elements))
    elements.eccentricity[5] = 2.0
    elements.mean_motion_rad_min[7] = -1.0
    return elements


@pytest.mark.parametrize("engine", ENGINES)
def test_engines_agree_within_a_millimetre(engine, mixed):
    reference_km, reference_km_s = Propagator(mixed, "sgp4", EPOCH).states(TIMES_S)
    propagator = Propagator(mixed, engine, EPOCH)
    position_km, velocity_km_s = propagator.states(TIMES_S)
    assert propagator.engine == engine
    assert position_km.shape == (4, 400, 3)
    np.testing.assert_array_equal(np.isnan(position_km), np.isnan(reference_km))
    assert np.nanmax(np.abs(position_km - reference_km)) < one_millimetre_km
    assert np.nanmax(np.abs(velocity_km_s - reference_km_s)) < 1e-9


@pytest.mark.parametrize("engine", ENGINES)
def test_decayed_and_impossible_rows_are_nan_and_not_valid(engine, random_elements):
    elements = random_elements(50, perigee_km=(150, 200), e=(0.0, 0.001), bstar=(5e-3, 1e-2))
    elements.eccentricity[3] = 7.0
    propagator = Propagator(elements, engine)
    valid = propagator.valid_at(86400.0 * 20)
    assert not valid[3]
    assert valid.mean() < 0.5
    assert propagator.valid_at(0.0).sum() == 49
    position_km, velocity_km_s = propagator.states(86400.0 * 20)
    assert np.all(np.isnan(position_km[0, ~valid])) and np.all(np.isnan(velocity_km_s[0, ~valid]))


@pytest.mark.parametrize("engine", ["sgp4", *ENGINES])
def test_out_arrays_are_filled_in_their_own_type(engine, mixed):
    propagator = Propagator(mixed, engine, EPOCH)
    position, velocity = np.zeros((1, 400, 3), np.float32), np.zeros((1, 400, 3), np.float32)
    result = propagator.states(1234.5, position, velocity)
    assert result[0] is position and result[1] is velocity
    expected_km, _ = propagator.states(1234.5)
    np.testing.assert_allclose(position, expected_km, atol=2e-3, rtol=0)
    assert propagator.states(1234.5, velocity=False)[1] is None


def test_deep_space_needs_an_epoch_and_says_so(random_elements):
    high = random_elements(3, perigee_km=(35000, 36000))
    with pytest.raises(OrbitvizError, match=r"225 min.*3 rows"):
        Propagator(high)
    assert Propagator(high, epoch=EPOCH).valid_at(0.0).all()


def test_a_fleet_of_nothing_but_impossible_rows_is_all_nan(random_elements):
    elements = random_elements(3)
    elements.eccentricity[:] = 3.0
    for engine in ("numpy", "sgp4"):
        assert np.all(np.isnan(Propagator(elements, engine).states(0.0)[0]))


def test_an_unknown_engine_is_refused_by_name(random_elements):
    with pytest.raises(OrbitvizError, match="got 'warp'"):
        Propagator(random_elements(1), "warp")  # type: ignore[arg-type]


def test_the_recording_engine_is_one_that_is_installed(random_elements):
    assert Propagator(random_elements(2), recording_engine()).engine == ("heyoka" if HEYOKA else "numpy")


def test_a_sun_synchronous_node_drifts_by_0_9856_degrees_a_day():
    shell = Shell("sso", "ai", 725.0, inclination_deg="sun-synchronous", pattern="ltan", ltan_h=(18.0,))
    fleet = build_fleet(Scenario("drift", node_types=(NodeType("ai"),), shells=(shell,)))
    position_km, velocity_km_s = Propagator.of(fleet).states(np.array([0.0, 100 * 86400.0]))
    normal = np.cross(position_km[:, 0], velocity_km_s[:, 0])
    raan_deg = np.degrees(np.arctan2(normal[:, 0], -normal[:, 1]))
    drift_deg = (raan_deg[1] - raan_deg[0]) % 360.0 / 100.0
    assert drift_deg == pytest.approx(360.0 / 365.2422, abs=0.003)


@pytest.mark.parametrize(("key_s", "limit_m"), [(60.0, 0.5), (120.0, 7.0), (240.0, 110.0)])
def test_keyframes_err_by_what_the_table_says(key_s, limit_m, random_elements):
    elements = random_elements(200, perigee_km=(350, 360), e=(1e-4, 1e-4))
    elements.inclination_rad[:] = np.radians(97.7)
    propagator = Propagator(elements)
    track = KeyframeTrack(propagator, key_s)
    worst_m = 0.0
    for t_s in key_s * np.array([0.0, 0.3, 0.5, 1.0, 1.5, 7.5, 6.5, -0.5]):
        exact_km, _ = propagator.states(t_s, velocity=False)
        worst_m = max(worst_m, float(np.linalg.norm(track.position(t_s) - exact_km[0], axis=1).max()) * 1000.0)
    assert limit_m / 10.0 < worst_m < limit_m


def test_keyframes_fill_a_float32_array(random_elements):
    propagator = Propagator(random_elements(20_000))
    out = np.zeros((20_000, 3), np.float32)
    assert KeyframeTrack(propagator, 60.0, np.float32).position(1030.0, out) is out
    exact_km, _ = propagator.states(1030.0, velocity=False)
    assert np.linalg.norm(out - exact_km[0], axis=1).max() < 3e-3
