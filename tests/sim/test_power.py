"""Power: energy is conserved, the battery keeps its limits, loads are shed in the stated order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitviz.core.node_type import NodeType
from orbitviz.core.units import AU_KM
from orbitviz.sim.node_constants import NodeConstants, array_k, node_constants
from orbitviz.sim.power import array_output_w, balance, state_of_charge

ONE_MILLIONTH = 1e-6
KWH = 3.6e6


def constants_of(dtype: type = np.float64, **fields: object) -> NodeConstants:
    kind = NodeType("node", **fields)  # type: ignore[arg-type]
    kind.validate()
    return node_constants([kind], np.zeros(1, np.uint16), dtype)


def one(value: float, dtype: type = np.float64) -> np.ndarray:
    return np.array([value], dtype)


def share(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, width=32)


@settings(max_examples=300, deadline=None)
@given(
    capacity=share(0.0, 500.0),
    charge=share(0.125, 1.0),
    discharge=share(0.125, 1.0),
    charge_c=share(0.0625, 2.0),
    discharge_c=share(0.0625, 2.0),
    floor=share(0.0, 0.96875),
    filled=share(0.0, 1.0),
    array_kw=share(0.0, 300.0),
    compute_kw=share(0.0, 200.0),
    bus_kw=share(0.0, 20.0),
    duration_s=share(0.0, 900.0),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_energy_is_conserved_and_the_battery_keeps_its_limits(
    capacity, charge, discharge, charge_c, discharge_c, floor, filled, array_kw, compute_kw, bus_kw, duration_s, dtype
) -> None:
    c = constants_of(
        dtype, battery_kwh=capacity, charge_efficiency=charge, discharge_efficiency=discharge, max_charge_c=charge_c,
        max_discharge_c=discharge_c, min_soc=floor, initial_soc=1.0, bus_kw=bus_kw,
    )  # fmt: skip
    stored = one(filled, dtype) * c.battery_j
    compute_w = dtype(compute_kw * 1e3)
    after, ledger = balance(c, stored, one(array_kw * 1e3, dtype), compute_w, dtype(duration_s))
    exact = [np.float64(value) for value in ledger]
    generated, bus, compute, change, lost, curtailed = exact
    throughput = generated + bus + compute + abs(change) + 1.0
    assert abs(generated - (bus + compute + change + lost + curtailed)) <= ONE_MILLIONTH * throughput
    assert after >= -1e-6 and after <= c.battery_j
    # Below the floor the battery gives to nobody but the bus.
    for_bus_j = np.maximum(bus - generated, 0.0) / discharge
    assert after >= min(stored, c.floor_j) - for_bus_j * (1 + 1e-5) - 1e-6 * c.battery_j - 1.0
    assert min(bus, compute, curtailed) >= 0.0 and lost >= -ONE_MILLIONTH * throughput
    assert bus <= c.bus_w * duration_s * (1 + 1e-6) and compute <= compute_w * duration_s * (1 + 1e-6)
    # The bus side keeps its C-rates: into the battery, and out of it.
    rate_j = c.battery_j / 3600.0 * duration_s * (1 + 1e-5) + 1.0
    assert change / charge <= rate_j * charge_c and -change * discharge <= rate_j * discharge_c
    np.testing.assert_allclose(after - stored, ledger.stored, atol=6e-8 * float(c.battery_j) + 1e-6)


def any_node() -> st.SearchStrategy[dict[str, object]]:
    """Fields of every node type that may be: cells, pointing, ageing, C-rates, floor, policy, availability."""
    return st.fixed_dictionaries({
        "array_area_m2": share(0.0, 5000.0),
        "cell_efficiency": st.none() | share(0.0625, 1.0),
        "array_packing": share(0.0625, 1.0),
        "array_off_pointing_deg": share(0.0, 89.0),
        "array_temp_coefficient_per_k": share(-0.015625, 0.0),
        "distribution_efficiency": share(0.0625, 1.0),
        "degradation_per_year": share(0.0, 1.0),
        "age_years": share(0.0, 100.0),
        "compute_idle_kw": st.just(0.0),
        "compute_average_kw": share(0.0, 100.0),
        "compute_peak_kw": share(100.0, 2000.0),
        "availability": share(0.0, 1.0),
        "bus_kw": share(0.0, 50.0),
        "battery_kwh": share(0.0, 2000.0),
        "battery_fade_per_year": share(0.0, 1.0),
        "battery_fade_per_cycle": share(0.0, 1.0),
        "battery_cycles": share(0.0, 10_000.0),
        "charge_efficiency": share(0.0625, 1.0),
        "discharge_efficiency": share(0.0625, 1.0),
        "max_charge_c": share(0.0625, 10.0),
        "max_discharge_c": share(0.0625, 10.0),
        "min_soc": share(0.0, 0.9375),
    })  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    node=any_node(),
    lit=st.lists(share(0.0, 1.0), min_size=1, max_size=8),
    durations_s=st.lists(share(0.0, 900.0), min_size=8, max_size=8),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_any_node_conserves_energy_over_a_chain_of_stretches(node, lit, durations_s, dtype) -> None:
    """Generated = served + stored + lost + curtailed, and what the battery says it holds is what it was given."""
    c = constants_of(dtype, **node)
    stored = begin = np.array([c.initial_j])
    totals = np.zeros(6)
    for share_lit, duration_s in zip(lit, durations_s, strict=False):
        array_w = array_output_w(c, AU_KM * 0.9833, 1e6) * dtype(share_lit)
        stored, ledger = balance(c, stored, np.array([array_w]), c.average_w, dtype(duration_s))
        totals += [float(value[0]) for value in ledger]
        assert all(np.isfinite(value).all() for value in ledger) and 0.0 <= stored <= c.battery_j
    generated, bus, compute, change, lost, curtailed = totals
    throughput = generated + bus + compute + abs(lost) + 1.0
    assert abs(generated - (bus + compute + change + lost + curtailed)) <= ONE_MILLIONTH * throughput
    np.testing.assert_allclose(stored - begin, change, atol=len(lit) * np.finfo(dtype).eps * float(c.battery_j) + 1e-6)
    assert min(bus, compute, curtailed) >= 0.0 and lost >= -ONE_MILLIONTH * throughput


@settings(max_examples=100, deadline=None)
@given(array_kw=share(0.0, 300.0), filled=share(0.0, 1.0), cut=share(0.0, 1.0))
def test_a_stretch_may_be_cut_anywhere(array_kw: float, filled: float, cut: float) -> None:
    """The closed form is exact: in two pieces the battery and the served energy come out the same."""
    c = constants_of(battery_kwh=3.0)
    stored, array_w = one(filled) * c.battery_j, one(array_kw * 1e3)
    whole, ledger = balance(c, stored, array_w, 120e3, 600.0)
    half, first = balance(c, stored, array_w, 120e3, 600.0 * cut)
    rest, second = balance(c, half, array_w, 120e3, 600.0 * (1.0 - cut))
    np.testing.assert_allclose(rest, whole, rtol=1e-9, atol=1e-3)
    np.testing.assert_allclose(first.compute + second.compute, ledger.compute, rtol=1e-9, atol=1e-3)


def test_output_follows_the_distance_of_the_sun_and_ages_by_a_fixed_share_a_year() -> None:
    c = constants_of(array_area_m2=600.0, array_w_per_m2=250.0, degradation_per_year=0.025)
    assert array_output_w(c, AU_KM, 0.0) == pytest.approx(150e3)
    assert array_output_w(c, AU_KM * 0.98329, 0.0) == pytest.approx(150e3 * 1.03427, rel=1e-4)
    year_s = 365.25 * 86400.0
    assert array_output_w(c, AU_KM, 2 * year_s) == pytest.approx(150e3 * 0.975**2)
    assert array_output_w(c, AU_KM, -year_s) == pytest.approx(150e3)


def test_cells_pointing_and_distribution_reach_the_bus() -> None:
    """1361 W/m2 x 30 % x 0.9, 20 degrees off, 5 % lost on the way: without ageing or a temperature coefficient."""
    c = constants_of(
        array_area_m2=100.0, cell_efficiency=0.30, array_off_pointing_deg=20.0, distribution_efficiency=0.95
    )
    expected_w = 1361.0 * 0.30 * 0.9 * 100.0 * np.cos(np.radians(20.0)) * 0.95
    assert array_output_w(c, AU_KM, 0.0) == pytest.approx(expected_w, rel=1e-12)


@pytest.mark.parametrize(("off_deg", "coefficient"), [(0.0, -0.0025), (0.0, -0.0004), (35.0, -0.0025)])
def test_a_warm_array_gives_less(off_deg: float, coefficient: float) -> None:
    """What is taken up and not turned into power is radiated by both sides; 325 to 340 K is typical for silicon."""
    kind = NodeType("node", array_off_pointing_deg=off_deg, array_temp_coefficient_per_k=coefficient)
    kelvin, facing = array_k(kind), np.cos(np.radians(off_deg))
    electric = 250.0 * facing * (1.0 + coefficient * (kelvin - 301.0))
    assert 0.91 * 1361.0 * facing == pytest.approx(electric + 2 * 0.85 * 5.670374419e-8 * kelvin**4, rel=1e-9)
    assert off_deg > 0.0 or 318.0 < kelvin < 325.0
    c = node_constants([kind], np.zeros(1, np.uint16), np.float64)
    assert array_output_w(c, AU_KM, 0.0) == pytest.approx(600.0 * electric, rel=1e-9)


def test_age_at_the_start_counts_for_array_and_battery() -> None:
    new, old = constants_of(), constants_of(age_years=3.0, battery_cycles=5000.0)
    year_s = 365.25 * 86400.0
    assert array_output_w(old, AU_KM, 0.0) == pytest.approx(float(array_output_w(new, AU_KM, 3 * year_s)))
    # 2 % a year and 2e-5 a cycle: 0.94 x 0.90 of 200 kWh, and everything that is a share of it.
    assert old.battery_j / KWH == pytest.approx(169.2)
    assert old.floor_j / KWH == pytest.approx(33.84) and old.initial_j == old.battery_j
    assert old.charge_w == pytest.approx(0.5 * 169.2e3) and old.discharge_w == pytest.approx(169.2e3)


def test_a_battery_never_fades_below_nothing() -> None:
    c = constants_of(battery_fade_per_year=0.5, age_years=4.0, battery_fade_per_cycle=1e-3, battery_cycles=5000.0)
    assert c.battery_j == 0.0 and c.floor_j == 0.0 and c.charge_w == 0.0


def test_accelerators_out_of_service_draw_nothing_and_do_nothing() -> None:
    c = constants_of(availability=0.75)
    assert (c.average_w, c.peak_w, c.idle_w, c.peak_pf) == (90e3, 112.5e3, 18e3, 135.0)
    assert c.bus_w == 5e3


def test_published_node_is_what_it_was() -> None:
    """The defaults of all that can be refined leave the published figures alone."""
    c = constants_of()
    assert array_output_w(c, AU_KM, 0.0) == pytest.approx(150e3) and c.battery_j == 200.0 * KWH
    assert c.average_w == 120e3 and c.peak_pf == 180.0 and c.panel_sun_w == 0.0 and c.restart_k == c.throttle_start_k


def test_a_node_without_array_and_battery_starves() -> None:
    c = constants_of(array_area_m2=0.0, battery_kwh=0.0)
    after, ledger = balance(c, one(0.0), np.array([array_output_w(c, AU_KM, 0.0)]), 120e3, 60.0)
    assert after == 0.0 and all(value == 0.0 for value in ledger)


def test_in_the_dark_the_battery_gives_the_load_over_its_efficiency() -> None:
    c = constants_of(battery_kwh=200.0, discharge_efficiency=0.95, bus_kw=5.0)
    after, ledger = balance(c, one(200.0 * KWH), one(0.0), 120e3, 1800.0)
    assert ledger.compute == pytest.approx(60.0 * KWH)
    assert (200.0 * KWH - after) / KWH == pytest.approx(62.5 / 0.95)


def test_charging_is_limited_on_the_bus_side_and_the_rest_is_curtailed() -> None:
    c = constants_of(battery_kwh=100.0, max_charge_c=0.5, charge_efficiency=0.9, bus_kw=0.0)
    after, ledger = balance(c, one(20.0 * KWH), one(180e3), 100e3, 3600.0)
    assert after / KWH == pytest.approx(20.0 + 50.0 * 0.9)
    assert ledger.curtailed / KWH == pytest.approx(30.0)


def test_a_full_battery_takes_nothing() -> None:
    c = constants_of(bus_kw=0.0)
    after, ledger = balance(c, one(200.0 * KWH), one(150e3), 120e3, 60.0)
    assert after == 200.0 * KWH and ledger.curtailed == pytest.approx(30e3 * 60.0) and ledger.lost == 0.0


def test_short_of_energy_compute_is_shed_before_the_bus() -> None:
    c = constants_of(min_soc=0.2, bus_kw=5.0)
    empty = one(0.2 * 200.0 * KWH)
    _, ledger = balance(c, empty, one(30e3), 120e3, 60.0)
    assert ledger.bus == pytest.approx(5e3 * 60.0) and ledger.compute == pytest.approx(25e3 * 60.0)
    after, ledger = balance(c, empty, one(3e3), 120e3, 60.0)
    assert ledger.bus == pytest.approx(5e3 * 60.0) and ledger.compute == 0.0
    assert after == pytest.approx(empty - 2e3 * 60.0 / 0.95)
    after, ledger = balance(c, one(1e4), one(3e3), 120e3, 60.0)
    assert after == pytest.approx(0.0, abs=1e-6) and ledger.bus == pytest.approx(3e3 * 60.0 + 1e4 * 0.95)


def test_compute_is_served_until_the_floor_and_the_bus_beyond_it() -> None:
    """Ten minutes of dark with energy above the floor for five: both are served for five, then the bus alone."""
    c = constants_of(min_soc=0.2, bus_kw=5.0, discharge_efficiency=0.95)
    five_minutes_j = 125e3 * 300.0 / 0.95
    after, ledger = balance(c, c.floor_j + one(five_minutes_j), one(0.0), 120e3, 600.0)
    assert ledger.bus == pytest.approx(5e3 * 600.0) and ledger.compute == pytest.approx(120e3 * 300.0)
    assert after == pytest.approx(float(c.floor_j) - 5e3 * 300.0 / 0.95)
    # A weak array carries the bus on its own: that is served for all ten.
    _, ledger = balance(c, c.floor_j + one(five_minutes_j), one(6e3), 120e3, 600.0)
    assert ledger.bus == pytest.approx(5e3 * 600.0)


def test_discharge_limit_sheds_compute_for_the_whole_stretch() -> None:
    c = constants_of(battery_kwh=50.0, max_discharge_c=1.0, bus_kw=5.0)
    _, ledger = balance(c, one(50.0 * KWH), one(0.0), 120e3, 60.0)
    assert ledger.compute == pytest.approx((50e3 - 5e3) * 60.0)


def test_charge_of_a_node_without_a_battery_is_zero() -> None:
    c = constants_of(battery_kwh=0.0)
    after, ledger = balance(c, one(0.0), one(100e3), 120e3, 60.0)
    assert after == 0.0 and state_of_charge(c, after) == 0.0
    assert ledger.bus + ledger.compute == pytest.approx(100e3 * 60.0)


def test_constants_are_spread_only_where_types_differ() -> None:
    kinds = [NodeType("a"), NodeType("b", bus_kw=7.0), NodeType("unused", mass_kg=1.0)]
    c = node_constants(kinds, np.array([0, 1, 1, 0], np.uint16))
    assert c.bus_w.tolist() == [5e3, 7e3, 7e3, 5e3] and c.battery_j.ndim == 0
    assert c.rows(np.array([1])).bus_w.tolist() == [7e3]
    alike = node_constants(kinds, np.zeros(3, np.uint16))
    assert alike.rows(np.array([1, 2])) is alike
    assert np.isnan(c.sink_k) and c.sink_k.ndim == 0
