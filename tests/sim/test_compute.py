"""Compute: what a constant workload asks for, what power buys, and the words for what a node does."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.node_type import NodeType
from orbitviz.core.workload import Workload
from orbitviz.sim import compute
from orbitviz.sim.compute import Status
from orbitviz.sim.node_constants import NodeConstants, node_constants


def constants_of(**fields: object) -> NodeConstants:
    kind = NodeType("node", **fields)  # type: ignore[arg-type]
    kind.validate()
    return node_constants([kind], np.zeros(1, np.uint16), np.float64)


def test_demand_is_a_share_of_the_average_between_idle_and_peak() -> None:
    c = constants_of()
    asked = [float(compute.demand_w(c, share)) for share in (0.0, 0.5, 1.0, 1.25, 9.0)]
    assert asked == [24e3, 60e3, 120e3, 150e3, 150e3]


def test_without_a_workload_nodes_run_at_their_average() -> None:
    assert compute.constant_utilization(()) == 1.0
    assert compute.constant_utilization((Workload("all", utilization=0.8),)) == 0.8


def test_dispatched_work_leaves_no_constant_load() -> None:
    loads = (Workload("a", kind="training", demand_pflops=1.0), Workload("b", kind="inference", demand_pflops=1.0))
    assert compute.constant_utilization(loads) is None


def test_performance_rises_from_idle_to_peak_and_bends() -> None:
    c = constants_of()
    power_w = np.linspace(0.0, 160e3, 161)
    speed = compute.performance(c, power_w)
    assert speed[24] == 0.0 and speed[150] == 1.0 and speed[160] == 1.0
    assert np.all(np.diff(speed) >= 0.0)
    # facts.md section 7: 70 % of power keeps about 85 % of speed.
    assert speed[105] == pytest.approx(0.85, abs=0.02)


def test_a_node_whose_idle_is_its_peak_is_on_or_off() -> None:
    c = constants_of(compute_idle_kw=10.0, compute_average_kw=10.0, compute_peak_kw=10.0)
    assert compute.performance(c, np.array([0.0, 10e3])).tolist() == [0.0, 1.0]


def test_power_is_idle_and_the_share_that_is_busy() -> None:
    c = constants_of()
    assert compute.asked_w(c, np.float64(120e3), np.array([0.0, 0.5, 1.0])).tolist() == [24e3, 72e3, 120e3]


def test_status_words() -> None:
    share, throttle = np.array([1.0, 0.15, 0.0, 1.0, 0.0]), np.array([0.0, 0.0, 0.0, 0.3, 0.0])
    is_off = np.array([False, False, False, False, True])
    expected = [Status.ACTIVE, Status.ACTIVE, Status.HIBERNATING, Status.THROTTLED, Status.THROTTLED]
    assert compute.status_of(share, throttle, is_off).tolist() == expected
