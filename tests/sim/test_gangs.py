"""Training gangs: where they are, that the slowest sets the pace, what a stall costs."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.errors import RecipeError
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.core.workload import Workload
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.gangs import PEN, GangSet, GangState, gang_sets
from orbitviz.sim.service import full_pf_of_fleet, work_of
from orbitviz.sim.simulation import NodeModel


def fleet_of(per_plane: int = 100, **load: object):
    scenario = Scenario(
        name="test",
        epoch_utc="2026-03-20T00:00:00Z",
        node_types=(NodeType("ai1"),),
        shells=(
            Shell("low", "ai1", altitude_km=700.0, inclination_deg=30.0, planes=4, nodes_per_plane=per_plane),
            Shell(
                "dawn", "ai1", altitude_km=725.0, inclination_deg="sun-synchronous", pattern="ltan", planes=2,
                nodes_per_plane=per_plane, ltan_h=(6.0, 18.0),
            ),
        ),
        workloads=(Workload("train", "training", **({"demand_pflops": 1e4, "gang_size": 32} | load)),),  # type: ignore[arg-type]
    )  # fmt: skip
    return scenario, build_fleet(scenario)


def test_gangs_are_as_many_as_the_demand_needs_spread_over_the_shells_named() -> None:
    scenario, fleet = fleet_of(shells=("dawn",))
    node_pf = full_pf_of_fleet(fleet)
    (plan,) = gang_sets(scenario.workloads, fleet, node_pf)
    assert len(plan.starts) == np.ceil(1e4 / (32 * node_pf[0]))
    assert plan.starts.min() >= 400 and plan.starts.max() + 32 <= 600
    assert plan.starts.min() < 450 and plan.starts.max() > 500
    assert np.all(np.diff(plan.starts) >= 32)


def test_more_demand_than_nodes_makes_every_gang_that_fits() -> None:
    scenario, fleet = fleet_of(demand_pflops=1e9)
    (plan,) = gang_sets(scenario.workloads, fleet, full_pf_of_fleet(fleet))
    assert len(plan.starts) == 600 // 32


def test_no_gang_crosses_the_border_of_a_pen() -> None:
    scenario, fleet = fleet_of(per_plane=20_000, demand_pflops=1e9, gang_size=1000)
    (plan,) = gang_sets(scenario.workloads, fleet, full_pf_of_fleet(fleet))
    assert np.all(plan.starts // PEN == (plan.starts + 999) // PEN)
    assert len(plan.starts) >= 0.95 * 120_000 / 1000


def test_a_gang_larger_than_the_nodes_it_may_use_is_refused() -> None:
    scenario, fleet = fleet_of(shells=("dawn",), gang_size=300)
    with pytest.raises(RecipeError, match="gang_size: must be at most"):
        gang_sets(scenario.workloads, fleet, full_pf_of_fleet(fleet))


def state_of(gangs: int = 2, size: int = 4, checkpoint_s: float = 600.0, restart_s: float = 120.0) -> GangState:
    return GangState.of(GangSet("train", np.arange(gangs) * size, size, checkpoint_s, restart_s, 1e-7))


def test_the_slowest_member_sets_the_pace() -> None:
    gangs = state_of()
    able = np.array([1.0, 1.0, 0.4, 1.0, 1.0, 1.0, 1.0, 1.0], np.float32)
    pace, stalls, _ = gangs.pace(able, np.float32(1.0), 60.0)
    assert pace.tolist() == pytest.approx([0.4, 1.0]) and not len(stalls)
    work = gangs.settle(able, np.float32(100.0), 60.0)
    np.testing.assert_allclose(work, [[40.0] * 4, [100.0] * 4])


def test_links_too_thin_for_the_exchange_slow_a_gang_down() -> None:
    pace, _, _ = state_of().pace(np.ones(8, np.float32), np.float32(0.25), 60.0)
    assert pace.tolist() == [0.25, 0.25]


def test_a_stall_loses_what_was_done_since_the_checkpoint_and_takes_a_restart() -> None:
    gangs = state_of(gangs=1, checkpoint_s=600.0, restart_s=120.0)
    up, down = np.ones(4, np.float32), np.array([1, 1, 0, 1], np.float32)
    for _ in range(13):  # 780 s: one checkpoint at 600 s, 180 s unsaved
        gangs.pace(up, np.float32(1.0), 60.0)
        gangs.settle(up, np.float32(10.0), 60.0)
    assert gangs.done_pf_s[0] == pytest.approx(600.0 * 40.0) and gangs.unsaved_pf_s[0] == pytest.approx(180.0 * 40.0)
    pace, stalls, _ = gangs.pace(down, np.float32(1.0), 60.0)
    assert pace[0] == 0.0 and len(stalls) == 1 and gangs.lost_pf_s[0] == pytest.approx(180.0 * 40.0)
    assert gangs.settle(up, np.float32(10.0), 60.0).sum() == 0.0 and gangs.stalled_s[0] == 60.0
    waits = 0
    while True:
        pace, _, resumes = gangs.pace(up, np.float32(1.0), 60.0)
        if len(resumes):
            break
        waits += 1
        gangs.settle(up, np.float32(10.0), 60.0)
    assert waits == 1 and pace[0] == 1.0  # two steps of a minute after everybody is able


def test_a_gang_of_the_published_node_stalls_in_the_shadow_and_trains_at_dawn() -> None:
    """With 600 m2 a 30-degree node empties its battery: gangs there stall, dawn-dusk gangs in March do not."""
    scenario, fleet = fleet_of(demand_pflops=1e9, gang_size=100)
    model = NodeModel(scenario, fleet)
    work = [model.step(frame * 60.0, 60.0)["compute_pf"] for frame in range(900)]
    sums = model.gang_sums()
    assert len(sums) == 6 and sums[:4, 4].min() > 1200.0 and sums[:4, 3].max() > 0.0
    # Waiting members rest their batteries, so a gang there still trains for three quarters of what it does at dawn.
    assert 0.6 < sums[:4, 2].mean() / sums[4:, 2].mean() < 0.85
    assert sums[4:, 4].max() == 0.0 and sums[4:, 3].max() == 0.0
    full = float(full_pf_of_fleet(fleet)[0])
    np.testing.assert_allclose(np.array(work)[:, 400:], full, rtol=1e-4)


def test_work_of_a_fleet_keeps_gang_members_out_of_users_reach() -> None:
    scenario, fleet = fleet_of()
    work = work_of(scenario, fleet)
    assert not work.dispatched and work.utilization is None and len(work.gangs) == 1
    part = work.within(32, 96)
    assert all((start >= 0) and start + 32 <= 64 for start in part.gangs[0].starts)
