"""The time loop: eclipses at the right second, day-long convergence, policies, service times, any cutting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.node_type import ECLIPSE_POLICIES, NodeType
from orbitviz.core.scenario import ElementSet, Scenario, Shell
from orbitviz.core.workload import Workload
from orbitviz.sim import light_track
from orbitviz.sim.compute import Status
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.light_track import Sun
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.simulation import METRICS, NodeModel
from orbitviz.sim.sunlight import lit_fraction, sun_teme

HALF_A_PERCENT = 0.005
ONE_KELVIN = 1.0
A_TENTH_SECOND = 0.1


def scenario_of(*, epoch: str = "2026-06-21T00:00:00Z", nodes: int = 16, workloads=(), **node: object) -> Scenario:
    """A ring at 30 degrees and 700 km, and a dawn-dusk plane at 725 km in its eclipse season."""
    return Scenario(
        name="test",
        epoch_utc=epoch,
        node_types=(NodeType("ai1", **node),),  # type: ignore[arg-type]
        shells=(
            Shell("low", "ai1", altitude_km=700.0, inclination_deg=30.0, planes=4, nodes_per_plane=nodes // 4),
            Shell(
                "dawn", "ai1", altitude_km=725.0, inclination_deg="sun-synchronous", pattern="ltan", planes=2,
                nodes_per_plane=nodes // 2, ltan_h=(6.0, 18.0),
            ),
        ),
        workloads=workloads,
    )  # fmt: skip


def model_of(scenario: Scenario, fleet: Fleet | None = None, **options: object) -> NodeModel:
    return NodeModel(scenario, build_fleet(scenario) if fleet is None else fleet, **options)  # type: ignore[arg-type]


def run(model: NodeModel, step_s: float, frames: int, start_s: float = 0.0) -> dict[str, np.ndarray]:
    seen = [model.step(start_s + frame * step_s, step_s) for frame in range(frames)]
    return {name: np.stack([frame[name] for frame in seen]) for name in seen[0]}


def test_a_step_holds_every_metric_of_every_node() -> None:
    frame = model_of(scenario_of()).step(0.0, 60.0)
    assert set(frame) == set(METRICS)
    for name, values in frame.items():
        assert values.shape == (32,) and np.isfinite(values).all()
        assert values.dtype == (np.uint8 if name == "status" else np.float32)


def test_light_at_the_frames_is_that_of_the_propagator() -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    frames = run(model_of(scenario, fleet), 60.0, 100)
    t_s = np.arange(100) * 60.0
    position_km, _ = Propagator.of(fleet).states(t_s)
    units, distance_km = sun_teme(fleet.epoch, t_s)
    for frame in range(100):
        expected = lit_fraction(position_km[frame], units[frame] * distance_km[frame])
        # In the penumbra light changes by 0.16 a second; keyframes 240 s apart cost up to 0.02 s.
        np.testing.assert_allclose(frames["sunlit"][frame], expected, atol=0.02)


def test_dark_part_of_a_step_is_right_to_a_tenth_of_a_second() -> None:
    """Array energy of each step against light sampled every 0.5 s, with grazing eclipses of the dawn-dusk planes."""
    scenario = scenario_of(nodes=40)
    fleet = build_fleet(scenario)
    array_w = run(model_of(scenario, fleet), 60.0, 50)["array_w"]
    full_w = array_w.max()
    t_s = (np.arange(50 * 120) + 0.5) * 0.5
    lit = np.empty((len(t_s), len(fleet)))
    propagator = Propagator.of(fleet)
    for part in range(0, len(t_s), 2000):
        at_s = t_s[part : part + 2000]
        position_km, _ = propagator.states(at_s)
        units, distance_km = sun_teme(fleet.epoch, at_s)
        for row in range(len(at_s)):
            lit[part + row] = lit_fraction(position_km[row], units[row] * distance_km[row])
    expected_s = lit.reshape(50, 120, -1).sum(axis=1) * 0.5
    assert np.any((expected_s > 1.0) & (expected_s < 59.0))
    np.testing.assert_allclose(array_w / full_w * 60.0, expected_s, atol=2 * A_TENTH_SECOND)
    assert np.sqrt(np.mean((array_w / full_w * 60.0 - expected_s) ** 2)) < 0.02


def test_minute_steps_agree_with_ten_second_steps_over_half_a_day() -> None:
    """Every policy in both kinds of orbit."""
    kinds = tuple(NodeType(policy, eclipse_policy=policy) for policy in ECLIPSE_POLICIES)
    basis = scenario_of(nodes=4)
    shells = tuple(
        replace(shell, name=kind.name + shell.name, node_type=kind.name) for kind in kinds for shell in basis.shells
    )
    scenario = replace(basis, node_types=kinds, shells=shells)
    fleet = build_fleet(scenario)
    coarse = run(model_of(scenario, fleet), 60.0, 720)
    kept: dict[str, list[np.ndarray]] = {name: [] for name in ("battery_soc", "radiator_k", "compute_pf")}

    def keep(_: slice, __: int, frame) -> None:
        for name, values in kept.items():
            values.append(frame.columns[name])

    model_of(scenario, fleet, dtype=np.float64).run(0.0, 10.0, 4320, keep)
    fine = {name: np.array(values).reshape(720, 6, -1) for name, values in kept.items()}
    assert np.abs(coarse["battery_soc"] - fine["battery_soc"][:, 0]).max() < HALF_A_PERCENT
    assert np.abs(coarse["radiator_k"] - fine["radiator_k"][:, 0]).max() < ONE_KELVIN
    np.testing.assert_allclose(coarse["compute_pf"].mean(axis=0), fine["compute_pf"].mean(axis=(0, 1)), rtol=2e-3)


def test_quarter_hour_frames_are_the_means_of_minute_frames() -> None:
    scenario = scenario_of()
    long, short = run(model_of(scenario), 900.0, 8), run(model_of(scenario), 60.0, 120)
    for name in ("array_w", "compute_w", "compute_pf", "utilization"):
        np.testing.assert_allclose(long[name], short[name].reshape(8, 15, -1).mean(axis=1), rtol=1e-4, atol=1e-3)
    for name in ("sunlit", "battery_soc", "radiator_k"):
        np.testing.assert_allclose(long[name], short[name][::15], rtol=1e-5, atol=1e-5)


def test_results_do_not_depend_on_how_the_fleet_and_the_time_are_cut() -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    whole = run(model_of(scenario, fleet), 60.0, 30)
    for model in (model_of(scenario, fleet, block=5), model_of(scenario, fleet)):
        batches: dict[str, np.ndarray] = {name: np.empty_like(values) for name, values in whole.items()}
        for start in range(0, 30, 7):

            def keep(rows: slice, frame: int, done, start: int = start, out=batches) -> None:
                for name, values in done.columns.items():
                    out[name][start + frame, rows] = values

            model.run(start * 60.0, 60.0, min(7, 30 - start), keep)
        for name, values in whole.items():
            np.testing.assert_array_equal(batches[name], values)
    rows = run(NodeModel(scenario, fleet, slice(6, 20)), 60.0, 30)
    for name, values in whole.items():
        np.testing.assert_allclose(rows[name], values[:, 6:20], rtol=1e-6)


def test_single_precision_is_good_enough() -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    single, double = (run(model_of(scenario, fleet, dtype=kind), 60.0, 400) for kind in (np.float32, np.float64))
    assert np.abs(single["battery_soc"] - double["battery_soc"]).max() < 2e-5
    assert np.abs(single["radiator_k"] - double["radiator_k"]).max() < 0.01


def test_engines_agree() -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    by_numpy, by_sgp4 = (run(model_of(scenario, fleet, engine=engine), 60.0, 100) for engine in ("numpy", "sgp4"))
    for name in METRICS:
        np.testing.assert_allclose(by_numpy[name], by_sgp4[name], rtol=1e-4, atol=2e-3)


def test_policies_act_in_the_dark_alone() -> None:
    dark_w = {"ride-through": 120e3, "reduced": 18e3, "hibernate": 0.0}
    for policy, expected_w in dark_w.items():
        frames = run(model_of(scenario_of(eclipse_policy=policy, battery_kwh=400.0)), 60.0, 100)
        # Plain light and plain dark: the same at this frame and the next, so no entry or exit within the step.
        for light, watt in ((0.0, expected_w), (1.0, 120e3)):
            plain = (frames["sunlit"][:-1] == light) & (frames["sunlit"][1:] == light)
            assert plain.any()
            np.testing.assert_allclose(frames["compute_w"][:-1][plain], watt, rtol=1e-5, atol=1e-3)
        sleeping = (frames["status"] == Status.HIBERNATING).any()
        assert sleeping == (policy == "hibernate")


def test_published_node_cannot_hold_its_power_at_30_degrees() -> None:
    """physics-notes.md: 600 m2 do not close the budget there; the dawn-dusk half in June just about does."""
    frames = run(model_of(scenario_of(epoch="2026-03-20T00:00:00Z")), 60.0, 1440)
    low, dawn = frames["compute_w"][-200:, :16].mean(), frames["compute_w"][-200:, 16:].mean()
    assert low < 100e3 and dawn > 119e3
    # Below the floor of 20 % the bus goes on alone: 5 kW through half an eclipse are 1 % of the battery.
    assert 0.185 < frames["battery_soc"][-200:, :16].min() < 0.2
    assert (frames["status"][-200:, :16] == Status.HIBERNATING).any()


def test_ride_through_settles_at_the_published_temperature() -> None:
    """physics-notes.md: always on, about 332 K; paused in eclipse, 245 to 272 K at its coldest."""
    always = run(model_of(scenario_of(battery_kwh=2000.0)), 60.0, 200)["radiator_k"][-90:]
    paused = run(model_of(scenario_of(eclipse_policy="hibernate")), 60.0, 200)["radiator_k"][-100:]
    assert always.min() > 330.0 and always.max() < 335.0
    assert 245.0 < paused[:, :16].min() < 272.0


def test_peak_load_on_a_small_radiator_is_throttled() -> None:
    scenario = scenario_of(radiator_area_m2=80.0, workloads=(Workload("all", utilization=1.25),), array_area_m2=1500.0)
    frames = run(model_of(scenario), 60.0, 100)
    assert (frames["status"][-1] == Status.THROTTLED).all()
    assert np.all((frames["radiator_k"][-1] > 350.0) & (frames["radiator_k"][-1] < 365.0))
    assert np.all(frames["compute_w"][-1] < 150e3)


def test_nodes_out_of_service_have_no_values() -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    on_s, off_s = np.zeros(32), np.full(32, np.inf)
    on_s[3], off_s[4] = 120.0, 120.0
    frames = run(model_of(scenario, replace(fleet, on_s=on_s, off_s=off_s)), 60.0, 4)
    assert frames["status"][:, 3].tolist()[:2] == [Status.PLANNED] * 2 and frames["status"][2, 3] != Status.PLANNED
    assert frames["status"][2:, 4].tolist() == [Status.RETIRED] * 2 and frames["status"][1, 4] != Status.RETIRED
    assert np.isnan(frames["battery_soc"][:2, 3]).all() and frames["battery_soc"][2, 3] == 1.0
    assert np.isnan(frames["compute_w"][2:, 4]).all()
    rest = np.delete(frames["radiator_k"], [3, 4], axis=1)
    assert np.isfinite(rest).all()


def test_nodes_that_sgp4_gave_up_have_no_values() -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    bstar = fleet.elements.bstar.copy()
    bstar[7] = 50.0
    frames = run(model_of(scenario, replace(fleet, elements=replace(fleet.elements, bstar=bstar))), 60.0, 200)
    fallen = frames["status"][:, 7] == Status.RETIRED
    assert fallen[-1] and not fallen[0]
    assert np.isnan(frames["radiator_k"][fallen, 7]).all() and np.isfinite(frames["radiator_k"][~fallen, 7]).all()
    assert np.isfinite(np.delete(frames["compute_w"], 7, axis=1)).all()


def test_nodes_without_compute_are_active() -> None:
    scenario = scenario_of(compute_idle_kw=0.0, compute_average_kw=0.0, compute_peak_kw=0.0, eclipse_policy="hibernate")
    frames = run(model_of(scenario), 60.0, 60)
    assert (frames["status"] == Status.ACTIVE).all() and (frames["compute_pf"] == 0.0).all()


def test_eccentric_orbits_see_more_of_the_earth_when_low() -> None:
    scenario = Scenario(
        name="oval",
        node_types=(NodeType("ai1", battery_kwh=1e4),),
        elements=(ElementSet("oval", "ai1", mean_motion_rev_per_day=8.0, eccentricity=0.35, inclination_deg=63.4),),
    )
    frames = run(model_of(scenario), 60.0, 180)
    assert np.isfinite(frames["radiator_k"]).all()
    assert np.ptp(frames["radiator_k"][60:]) > 0.5


def test_a_step_of_no_length_is_refused() -> None:
    with pytest.raises(OrbitvizError, match="above zero"):
        model_of(scenario_of()).step(0.0, 0.0)


def test_axis_of_the_shadow_is_dark() -> None:
    """There the distance from the axis rounds to either side of zero."""
    sun = Sun(np.array([0.6, 0.0, 0.8]), 1.496e8)
    position_km = (-np.outer(sun.unit, np.linspace(6500.0, 42000.0, 500))).astype(np.float32)
    light = light_track.light_at(position_km, sun)
    assert (light.lit == 0.0).all() and (light.overhead == 0.0).all()
