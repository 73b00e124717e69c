"""Compute of a node: power asked for, work that gives, traffic it makes, and what the node is doing.

A node busy for a share `a` of the time asks for idle + a (cap - idle) watts, cap being its power at full load, and
delivers peak_pflops x availability x speed(cap) x a. Sources: facts.md section 7. Status numbers are those of the
recordings (interfaces of the file format).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.workload import Workload
from orbitviz.sim.node_constants import PERFORMANCE_EXPONENT, NodeConstants

F = NDArray[np.floating]


class Status(IntEnum):
    """What a node is doing, as stored in /frames/status."""

    PLANNED = 0
    ACTIVE = 1
    HIBERNATING = 2
    THROTTLED = 3
    FAILED = 4
    RETIRED = 5


def constant_utilization(workloads: Sequence[Workload]) -> float | None:
    """Share of average power that `constant` workloads ask of every node together; 1 without any workload; None where
    nodes do what is dispatched to them."""
    constant = [load.utilization for load in workloads if load.kind == "constant"]
    if not workloads:
        return 1.0
    return float(sum(constant)) if constant else None


def demand_w(constants: NodeConstants, utilization: float) -> F:
    """Power of a node at full load, W: `utilization` of the average, never below idle or above peak; () or (N,)."""
    asked = constants.average_w * constants.average_w.dtype.type(utilization)
    return np.asarray(np.clip(asked, constants.idle_w, constants.peak_w))


def asked_w(constants: NodeConstants, cap_w: F, busy: F) -> F:
    """Power of a node whose servers are busy for a share of the time: idle + busy x (cap - idle), W."""
    return np.asarray(constants.idle_w + busy * (cap_w - constants.idle_w))


def performance(constants: NodeConstants, power_w: F) -> F:
    """Work per second over that at peak power, 0..1: ((P - idle) / (peak - idle))^0.4.

    Concave, as clock and voltage rise together: 80 % of peak power gives 90 % of peak speed for the published node.
    Holds for servers that run; servers switched off, or idle part of the time, count by their share.
    """
    whole = constants.peak_w <= constants.idle_w
    span = np.where(whole, 1, constants.peak_w - constants.idle_w)
    relative = np.clip((power_w - constants.idle_w) / span, 0, 1)
    return np.asarray(np.where(whole, np.minimum(power_w, constants.peak_w) > 0, relative**PERFORMANCE_EXPONENT))


def status_of(share: F, throttle: F, is_off: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """(N,) uint8: throttled by heat, else hibernating where less than 1 % of the demand runs, else active."""
    status = np.full(share.shape, Status.ACTIVE, dtype=np.uint8)
    status[share < 0.01] = Status.HIBERNATING
    hot = throttle > 0
    status[hot & (share >= 0.01)] = Status.THROTTLED
    if is_off is not None:
        status[is_off] = Status.THROTTLED
    return status
