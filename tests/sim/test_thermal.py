"""Heat: published temperatures, the differential equation, stability at any step, throttling that settles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from orbitviz.core.node_type import NodeType
from orbitviz.sim import thermal
from orbitviz.sim.node_constants import NodeConstants, node_constants

HALF_A_KELVIN = 0.5


def constants_of(dtype: type = np.float64, **fields: object) -> NodeConstants:
    kind = NodeType("node", **fields)  # type: ignore[arg-type]
    kind.validate()
    return node_constants([kind], np.zeros(1, np.uint16), dtype)


@pytest.mark.parametrize(
    ("altitude_km", "view"), [(500, 0.267), (600, 0.249), (725, 0.229), (985, 0.196), (2000, 0.118)]
)
def test_view_of_the_earth_from_an_edge_on_panel(altitude_km: float, view: float) -> None:
    """facts.md section 5, checked there by Monte Carlo."""
    assert thermal.edge_on_view(np.array(1.0 + altitude_km / 6378.137)) == pytest.approx(view, abs=6e-4)


@pytest.mark.parametrize(("altitude_km", "w_per_m2"), [(500, 114), (600, 106), (725, 98), (985, 84), (2000, 51)])
def test_earth_infrared_on_both_sides(altitude_km: float, w_per_m2: float) -> None:
    c = constants_of(radiator_area_m2=1.0)
    view = thermal.edge_on_view(np.array(1.0 + altitude_km / 6378.137))
    assert thermal.infrared_w(c, view) == pytest.approx(w_per_m2, abs=0.6)


@pytest.mark.parametrize(("load_kw", "expected_k"), [(120.0, 329.0), (150.0, 346.0), (175.0, 359.0)])
def test_published_node_settles_where_it_should(load_kw: float, expected_k: float) -> None:
    """AI1, 110 m2 of two-sided panel, emissivity 0.9, at 600 to 800 km (facts.md section 5)."""
    c = constants_of()
    heat_w = load_kw * 1e3 + thermal.infrared_w(c, thermal.edge_on_view(np.array(1.0 + 700.0 / 6378.137)))
    assert thermal.equilibrium_k(c, heat_w) == pytest.approx(expected_k, abs=HALF_A_KELVIN)
    settled = np.array([300.0])
    for _ in range(60):
        settled = thermal.advance_k(c, settled, heat_w, 900.0)
    assert settled[0] == pytest.approx(expected_k, abs=HALF_A_KELVIN)


@pytest.mark.parametrize(
    ("altitude_km", "view"), [(500, 0.860), (600, 0.835), (725, 0.806), (985, 0.750), (2000, 0.580)]
)
@pytest.mark.parametrize("sides", [1, 2])
def test_a_panel_that_faces_the_earth_sees_it_on_one_side(altitude_km: float, view: float, sides: int) -> None:
    """facts.md section 5; the mean of the sides, as infrared and albedo count all of them."""
    c = constants_of(radiator_attitude="nadir", radiator_sides=sides, radiator_area_m2=1.0)
    seen = thermal.view_of(c, np.array(1.0 + altitude_km / 6378.137))
    assert seen * sides == pytest.approx(view, abs=6e-4)
    assert thermal.infrared_w(c, seen) == pytest.approx(0.9 * 237.0 * view, rel=1e-3)


def test_view_follows_the_attitude_of_each_node() -> None:
    kinds = [NodeType("a"), NodeType("b", radiator_attitude="nadir"), NodeType("c", radiator_attitude="velocity")]
    c = node_constants(kinds, np.array([0, 1, 2], np.uint16), np.float64)
    ratio = np.full(3, 1.1)
    edge_on = float(thermal.edge_on_view(np.array(1.1)))
    np.testing.assert_allclose(thermal.view_of(c, ratio), [edge_on, 0.5 / 1.21, edge_on])


def test_nadir_sink_is_warmer_than_edge_on() -> None:
    """facts.md section 5: 204 K instead of 180 K at 600 km."""
    for attitude, kelvin in (("velocity", 180.0), ("nadir", 204.0)):
        c = constants_of(radiator_attitude=attitude)
        around_w = thermal.infrared_w(c, thermal.view_of(c, np.array(1.0 + 600.0 / 6378.137)))
        assert thermal.equilibrium_k(c, around_w) == pytest.approx(kelvin, abs=1.0)


def test_sun_on_the_panel_warms_one_side_of_it() -> None:
    c = constants_of(radiator_attitude="velocity", radiator_sun_deg=30.0, radiator_absorptance=0.2)
    full_w = 0.2 * 1361.0 * 110.0 * 0.5
    lit = np.array([0.0, 0.25, 1.0])
    np.testing.assert_allclose(thermal.sun_on_panel_w(c, lit, 1.0343), full_w * 1.0343 * lit)
    hidden = thermal.sun_on_panel_w(constants_of(radiator_attitude="velocity"), lit, 1.0)
    assert hidden.ndim == 0 and hidden == 0.0


def test_albedo_is_taken_up_by_the_absorptance() -> None:
    view = np.array(0.25)
    mild, worn = (thermal.albedo_w(constants_of(radiator_absorptance=share), view) for share in (0.07, 0.22))
    assert mild == pytest.approx(0.07 * 0.30 * 1361.0 * 220.0 * 0.25) and worn / mild == pytest.approx(22.0 / 7.0)


def test_a_sink_temperature_stands_for_the_surroundings() -> None:
    c = constants_of(sink_k=200.0)
    around = thermal.infrared_w(c, np.array(0.25))
    assert thermal.equilibrium_k(c, around) == pytest.approx(200.0)
    assert thermal.albedo_w(c, np.array(0.25)) == 0.0


def test_steps_follow_the_differential_equation() -> None:
    """Cooling in eclipse and warming up again, 60 s steps against a tight integration."""
    c = constants_of()
    temperature = np.array([332.0])
    for heat_w in (20e3, 135e3):
        exact = solve_ivp(
            lambda _, t, heat=heat_w: (heat - c.radiating_w_k4 * t**4) / c.heat_capacity_j_k,
            (0.0, 2100.0), temperature, rtol=1e-10, atol=1e-8,
        ).y[0, -1]  # fmt: skip
        for _ in range(35):
            temperature = thermal.advance_k(c, temperature, np.array([heat_w]), 60.0)
        assert temperature[0] == pytest.approx(exact, abs=0.02)


def any_radiator() -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({
        "radiator_area_m2": st.floats(1.0, 2000.0),
        "radiator_sides": st.sampled_from([1, 2]),
        "radiator_attitude": st.sampled_from(["velocity", "nadir"]),
        "radiator_absorptance": st.floats(0.0, 1.0),
        "radiator_sun_deg": st.floats(0.0, 90.0),
        "emissivity": st.floats(0.05, 1.0),
        "heat_capacity_j_per_k": st.floats(1e3, 1e8),
        "chip_k_per_kw": st.floats(0.0, 2.0),
        "chip_limit_k": st.floats(331.0, 500.0),
    })  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    node=any_radiator(),
    start_k=st.floats(1.0, 2000.0),
    served_w=st.floats(0.0, 1e7),
    lit=st.floats(0.0, 1.0),
    altitude_km=st.floats(200.0, 36_000.0),
    duration_s=st.floats(0.0, 900.0),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_no_step_overshoots(node, start_k, served_w, lit, altitude_km, duration_s, dtype) -> None:
    """In any attitude, in the Sun or not: from where it is towards where it would settle, never past it."""
    c = constants_of(dtype, **node)
    view = thermal.view_of(c, np.array(1.0 + altitude_km / 6378.137)).astype(dtype)
    around_w = thermal.infrared_w(c, view) + thermal.albedo_w(c, view) + thermal.sun_on_panel_w(c, dtype(lit), 1.034)
    heat_w = np.array([around_w + dtype(served_w)], dtype)
    goal = float(thermal.equilibrium_k(c, heat_w)[0])
    after = thermal.advance_k(c, np.array([start_k], dtype), heat_w, dtype(duration_s))
    assert after.dtype == dtype
    low, high = min(start_k, goal), max(start_k, goal)
    rounding = 8 * float(np.finfo(dtype).eps) * high
    assert low - rounding <= float(after[0]) <= high + rounding


@settings(max_examples=100, deadline=None)
@given(
    node=any_radiator(),
    asked_w=st.floats(1e3, 1e6),
    lit=st.floats(0.0, 1.0),
    duration_s=st.floats(1.0, 900.0),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_what_heat_allows_settles_at_any_step(node, asked_w, lit, duration_s, dtype) -> None:
    """Constant light and demand: the temperature moves one way until it rests; it never swings between two states."""
    c = constants_of(dtype, compute_idle_kw=1.0, compute_average_kw=1000.0, compute_peak_kw=1000.0, **node)
    view = thermal.view_of(c, np.array(1.09)).astype(dtype)
    other_w = c.bus_w + thermal.infrared_w(c, view) + thermal.sun_on_panel_w(c, dtype(lit), 1.0)
    kelvin, asked = np.array([c.initial_k]), dtype(asked_w)
    seen = [float(c.initial_k)]
    for _ in range(60):
        compute_w = thermal.allowed_w(c, kelvin, asked, other_w, dtype(duration_s))
        assert np.all((compute_w >= 0.0) & (compute_w <= asked))
        # Two thousandths less would be allowed, two thousandths more would not, where anything is limited at all.
        for sign in (-1.0, 1.0):
            power_w = np.clip(compute_w + dtype(sign * 2e-3) * asked, 0, asked)
            end_k = thermal.advance_k(c, kelvin, power_w + other_w, dtype(duration_s))
            spare_w = thermal.limited_w(c, end_k, asked) - power_w
            assert np.all(spare_w >= -1e-6 * asked if sign < 0 else (spare_w <= 1e-6 * asked) | (compute_w == asked))
        kelvin = thermal.advance_k(c, kelvin, compute_w + other_w, dtype(duration_s))
        seen.append(float(kelvin[0]))
    moves = np.diff(seen)
    a_little_k = 1.0 + 0.01 * max(seen)
    assert moves.min() >= -a_little_k or moves.max() <= a_little_k


@pytest.mark.parametrize("step_s", [10.0, 60.0, 300.0, 900.0])
def test_throttling_settles_at_the_same_temperature_at_any_step(step_s: float) -> None:
    """A panel half as large as it should be: full power would be 390 K, the throttle must hold it in its range."""
    c = constants_of(radiator_area_m2=55.0, chip_k_per_kw=0.0, chip_limit_k=400.0)
    kelvin, seen = np.array([c.initial_k]), []
    for _ in range(int(20_000 / step_s)):
        compute_w = thermal.allowed_w(c, kelvin, np.array(120e3), np.array(10e3), step_s)
        kelvin = thermal.advance_k(c, kelvin, compute_w + 10e3, step_s)
        seen.append(float(kelvin[0]))
    # Where emission equals what is left: 130 kW - 96 kW x (T - 350) / 15.
    grid = np.linspace(350.0, 365.0, 100_001)
    balance_w = 130e3 - 96e3 * (grid - 350.0) / 15.0 - float(c.radiating_w_k4) * grid**4
    assert seen[-1] == pytest.approx(grid[np.abs(balance_w).argmin()], abs=0.02)
    assert np.all(np.abs(np.diff(seen[-5:])) < 0.02)


def test_throttle_is_free_below_its_start_and_idle_above_its_end() -> None:
    c = constants_of(chip_k_per_kw=0.0, chip_limit_k=900.0)
    kelvin = np.array([300.0, 350.0, 357.5, 365.0, 500.0])
    np.testing.assert_allclose(thermal.limited_w(c, kelvin, np.array(120e3)), [120e3, 120e3, 72e3, 24e3, 24e3])
    # What is asked below idle, as in an eclipse, is not raised to it.
    np.testing.assert_allclose(thermal.limited_w(c, kelvin, np.array(18e3)), 18e3)


@pytest.mark.parametrize("step_s", [10.0, 60.0, 300.0, 900.0])
def test_the_chip_limit_settles_at_the_same_power_at_any_step(step_s: float) -> None:
    """A poor cold plate, 0.3 K/kW: compute comes to rest where radiator and chip are both in balance."""
    c = constants_of(chip_k_per_kw=0.3)
    other_w, asked_w = np.array(26e3), np.array(150e3)
    kelvin, powers = np.array([300.0]), []
    for _ in range(int(20_000 / step_s)):
        compute_w = thermal.allowed_w(c, kelvin, asked_w, other_w, step_s)
        kelvin = thermal.advance_k(c, kelvin, compute_w + other_w, step_s)
        powers.append(float(compute_w[0]))
        assert thermal.chip_k(c, kelvin, compute_w) <= 368.15 + 0.1
    grid_w = np.linspace(0.0, 150e3, 150_001)
    settled_k = ((grid_w + 26e3) / float(c.radiating_w_k4)) ** 0.25
    expected_w = grid_w[np.abs(settled_k + 0.3e-3 * grid_w - 368.15).argmin()]
    assert powers[-1] == pytest.approx(expected_w, rel=2e-3) and expected_w < 120e3
    assert thermal.chip_k(c, kelvin, np.array([powers[-1]])) == pytest.approx(368.15, abs=0.1)


def test_hottest_chip_stands_above_the_radiator() -> None:
    """0.12 K/kW (facts.md section 5): 14 K at 120 kW; the published node keeps its chips below 95 C at peak."""
    c = constants_of()
    kelvin = np.array([332.0, 346.0, 368.15, 400.0])
    np.testing.assert_allclose(thermal.chip_k(c, kelvin, np.array([120e3, 150e3, 0.0, 0.0]))[:2], [346.4, 364.0])
    np.testing.assert_allclose(thermal.chip_cap_w(c, kelvin), np.maximum(368.15 - kelvin, 0.0) / 0.12e-3, atol=1e-3)
    cool = thermal.chip_cap_w(constants_of(np.float32, chip_k_per_kw=0.0), kelvin.astype(np.float32))
    assert np.isfinite(cool).all() and np.all(cool[:2] > 1e9) and cool[3] == 0.0


def test_what_heat_allows_is_all_where_nothing_is_warm_and_each_row_has_its_own_limit() -> None:
    kinds = [NodeType("a"), NodeType("small", radiator_area_m2=50.0), NodeType("hot chips", chip_k_per_kw=0.5)]
    c = node_constants(kinds, np.array([0, 1, 2], np.uint16), np.float64)
    start_k, other_w = np.array([330.0, 355.0, 330.0]), np.full(3, 26e3)
    together = thermal.allowed_w(c, start_k, np.full(3, 120e3), other_w, np.full(3, 60.0))
    assert together[0] == 120e3 and np.all(together[1:] < 110e3)
    for row in range(3):
        alone = thermal.allowed_w(
            c.rows(np.array([row])), start_k[row : row + 1], np.array(120e3), np.array(26e3), 60.0
        )
        assert together[row] == alone[0], "a node's answer must not depend on who is beside it"


def test_restart_is_where_the_recipe_says() -> None:
    c = constants_of(restart_k=340.0)
    off = np.ones(1, np.bool_)
    for kelvin, expected in ((349.0, True), (340.0, True), (339.0, False), (374.0, False), (376.0, True)):
        off = thermal.is_shut_down(c, np.array([kelvin]), off)
        assert bool(off[0]) == expected


def test_shutdown_holds_until_the_radiator_is_cool() -> None:
    c = constants_of()
    off = np.zeros(1, np.bool_)
    history = []
    for kelvin in (374.0, 376.0, 360.0, 350.5, 349.5, 360.0):
        off = thermal.is_shut_down(c, np.array([kelvin]), off)
        history.append(bool(off[0]))
    assert history == [False, True, True, True, False, False]
