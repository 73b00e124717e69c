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


@settings(max_examples=200, deadline=None)
@given(
    start_k=st.floats(1.0, 2000.0),
    heat_w=st.floats(0.0, 1e7),
    capacity=st.floats(1.0, 1e9),
    duration_s=st.floats(0.0, 900.0),
)
def test_no_step_overshoots(start_k: float, heat_w: float, capacity: float, duration_s: float) -> None:
    c = constants_of(heat_capacity_j_per_k=capacity)
    goal = float(thermal.equilibrium_k(c, np.array(heat_w)))
    after = float(thermal.advance_k(c, np.array([start_k]), np.array([heat_w]), duration_s)[0])
    low, high = min(start_k, goal), max(start_k, goal)
    assert low * (1 - 1e-12) - 1e-9 <= after <= high * (1 + 1e-12) + 1e-9


def run_throttled(c: NodeConstants, heat_w: float, slack_w: float, step_s: float, steps: int) -> np.ndarray:
    temperature, seen = np.array([c.initial_k]), []
    for _ in range(steps):
        x = thermal.throttle(c, temperature, np.array([heat_w]), np.array([slack_w]), step_s)
        temperature = thermal.advance_k(c, temperature, heat_w - x * slack_w, step_s)
        seen.append(float(temperature[0]))
    return np.array(seen)


@pytest.mark.parametrize("step_s", [10.0, 60.0, 300.0, 900.0])
def test_throttling_settles_at_the_same_temperature_at_any_step(step_s: float) -> None:
    """A panel half as large as it should be: full power would be 390 K, the throttle must hold it in its range."""
    c = constants_of(radiator_area_m2=55.0)
    seen = run_throttled(c, 130e3, 96e3, step_s, int(20_000 / step_s))
    # Where emission equals what is left: 130 kW - 96 kW x (T - 350) / 15.
    grid = np.linspace(350.0, 365.0, 100_001)
    balance_w = 130e3 - 96e3 * (grid - 350.0) / 15.0 - float(c.radiating_w_k4) * grid**4
    assert seen[-1] == pytest.approx(grid[np.abs(balance_w).argmin()], abs=0.01)
    assert np.all(np.abs(np.diff(seen[-5:])) < 0.01)


def test_throttle_is_free_below_its_start_and_idle_above_its_end() -> None:
    c = constants_of(heat_capacity_j_per_k=1e9)
    temperatures = np.array([300.0, 349.9, 357.5, 365.1, 500.0])
    heat_w = c.radiating_w_k4 * temperatures**4
    x = thermal.throttle(c, temperatures, heat_w, np.full(5, 1e3), 1.0)
    np.testing.assert_allclose(x, [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-3)


def test_shutdown_holds_until_the_radiator_is_cool() -> None:
    c = constants_of()
    off = np.zeros(1, np.bool_)
    history = []
    for kelvin in (374.0, 376.0, 360.0, 350.5, 349.5, 360.0):
        off = thermal.is_shut_down(c, np.array([kelvin]), off)
        history.append(bool(off[0]))
    assert history == [False, True, True, True, False, False]
