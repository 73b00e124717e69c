"""For whom the nodes of a block work: what they offer, what they are asked to do in a frame, who got what was done.

Nodes of a training gang train and do nothing else. The others serve users first (inference), then batch work. Where
energy runs short, idle servers are switched off first, then batch work is dropped, then inference, then the bus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.scenario import Scenario
from orbitviz.core.workload import BIT_PER_FLOP, Workload
from orbitviz.sim.compute import constant_utilization, demand_w, performance
from orbitviz.sim.gangs import GangSet, GangState, gang_sets, usable_rows
from orbitviz.sim.node_constants import node_constants

F = NDArray[np.floating]
F32 = NDArray[np.float32]
Mask = NDArray[np.bool_] | None
GBIT_PER_PF = 1e6
"""(PFLOP/s x bit/FLOP) in Gbit/s: 1e15 / 1e9."""


@dataclass(frozen=True)
class Work:
    """What a scenario's workloads come to for N nodes.

    utilization: of every node under `constant` workloads, None where work is dispatched. users, batch: nodes open to
    inference and to batch work, (N,) or None (all); has_users, has_batch: whether there is such work. gangs: by
    workload. *_bits: traffic of a FLOP.
    """

    utilization: float | None = 1.0
    has_users: bool = False
    has_batch: bool = False
    users: Mask = None
    batch: Mask = None
    gangs: tuple[GangSet, ...] = ()
    user_bits: float = BIT_PER_FLOP["inference"]
    batch_bits: float = BIT_PER_FLOP["batch"]

    @property
    def dispatched(self) -> bool:
        """Whether a dispatcher is needed."""
        return self.has_users or self.has_batch

    def within(self, start: int, stop: int) -> Work:
        """For rows start .. stop - 1, numbered from there."""
        users, batch = (None if mask is None else mask[start:stop] for mask in (self.users, self.batch))
        gangs = tuple(gangs.within(start, stop) for gangs in self.gangs)
        return replace(self, users=users, batch=batch, gangs=gangs)


def work_of(scenario: Scenario | None, fleet: Fleet) -> Work:
    """The workloads of a scenario, laid out over its whole fleet."""
    workloads = scenario.workloads if scenario is not None else ()
    utilization = constant_utilization(workloads)
    if utilization is not None:
        bits = [load.traffic_bit_per_flop for load in workloads]
        return Work(utilization, batch_bits=bits[0] if bits else BIT_PER_FLOP["constant"])
    gangs = gang_sets(workloads, fleet, full_pf_of_fleet(fleet))
    gang_rows = np.zeros(len(fleet), np.bool_)
    for plan in gangs:
        gang_rows[(plan.starts[:, None] + np.arange(plan.size)).ravel()] = True
    users, user_bits = _open_to([load for load in workloads if load.kind == "inference"], fleet, gang_rows)
    batch, batch_bits = _open_to([load for load in workloads if load.kind == "batch"], fleet, gang_rows)
    return Work(None, users is not _NOBODY, batch is not _NOBODY, users, batch, gangs, user_bits, batch_bits)


_NOBODY = np.zeros(0, np.bool_)


def _open_to(loads: Sequence[Workload], fleet: Fleet, gang_rows: NDArray[np.bool_]) -> tuple[Mask, float]:
    """Nodes open to workloads of one kind, and their traffic a FLOP, weighted by what they ask for."""
    if not loads:
        return _NOBODY, 0.0
    some = np.logical_or.reduce([usable_rows(load, fleet) for load in loads]) & ~gang_rows
    asked = np.array([load.demand_pflops or 1.0 for load in loads])
    bits = float(np.average([load.traffic_bit_per_flop for load in loads], weights=asked))
    return (None if some.all() else some), bits


def full_pf_of_fleet(fleet: Fleet) -> NDArray[np.float64]:
    """(N,) PFLOP/s of each node at its average power."""
    constants = node_constants(fleet.node_types, fleet.node_type, np.float64)
    full_w = demand_w(constants, 1.0)
    full = constants.peak_pf * performance(constants, full_w)
    return np.broadcast_to(full, len(fleet)).astype(np.float64)


class GangNews(NamedTuple):
    """A gang that stalled or resumed in a frame: its workload's place, its first row of the block."""

    plan: int
    row: int
    stalled: bool


class Served(NamedTuple):
    """What was done in a frame: work (n,) PFLOP/s, traffic (n,) Gbit/s; sums by kind, PFLOP/s; training lost by stalls
    as the frame began, PFLOP; gangs that run and that are stalled."""

    work_pf: F
    traffic_gbps: F
    inference_pf: float
    batch_pf: float
    training_pf: float
    lost_pf_s: float = 0.0
    running: int = 0
    stalled: int = 0


class Service:
    """Of one block of n nodes. full_pf: PFLOP/s at full load, () or (n,); link_gbps: all links of a node together."""

    def __init__(self, work: Work, full_pf: F, link_gbps: F, count: int) -> None:
        self._work, self._full_pf, self._count = work, full_pf, count
        self.gangs = [GangState.of(plan) for plan in work.gangs if len(plan.starts)]
        self._places = [place for place, plan in enumerate(work.gangs) if len(plan.starts)]
        self._plain = work.utilization is not None
        dtype = full_pf.dtype
        self._offer: F = np.zeros(count, dtype)
        self._users: F = np.zeros(count, dtype)
        self._lost_pf_s = 0.0
        self._masks: dict[str, F | None] = {
            name: None if mask is None else mask.astype(dtype) if len(mask) else np.zeros(count, dtype)
            for name, mask in (("users", work.users), ("batch", work.batch))
        }
        self._links = [
            np.minimum(1, link_gbps / np.maximum(full_pf * plan.plan.bits_per_flop * GBIT_PER_PF, 1e-6))
            for plan in self.gangs
        ]

    def offer(self, able: F) -> tuple[F, F]:
        """Takes note of the share of full load (n,) that each node can give over the interval.

        Returns what users may ask of each node and what batch work may, PFLOP/s, each (n,).
        """
        self._offer = able
        offered = able * self._full_pf
        return self._masked("users", offered), self._masked("batch", offered)

    def _masked(self, name: str, values: F) -> F:
        mask = self._masks[name]
        return values if mask is None else values * mask

    def ask(self, user_share: F32 | None, batch_share: float, able: Any, step_s: float) -> tuple[F, list[GangNews]]:
        """Share of the coming frame each node is to be busy for, (n,) or () 1, and gangs that stall or resume.

        user_share (n,): of each node's offer that goes to users. able: gives the share of full load (n,) each node
        could give in this frame; called only when there are gangs.
        """
        if self._plain:
            return np.asarray(1, self._full_pf.dtype), []
        busy = self._flexible(user_share, batch_share)
        news: list[GangNews] = []
        self._lost_pf_s = 0.0
        if self.gangs:
            able_now = able()
            lost_pf_s = self._all_lost_pf_s()
            for place, gangs, links in zip(self._places, self.gangs, self._links, strict=True):
                pace, stalls, resumes = gangs.pace(able_now, links, step_s)
                busy[gangs.rows] = pace[:, None]
                news += [GangNews(place, int(gangs.rows[gang, 0]), True) for gang in stalls]
                news += [GangNews(place, int(gangs.rows[gang, 0]), False) for gang in resumes]
            self._lost_pf_s = self._all_lost_pf_s() - lost_pf_s
        return busy, news

    def _all_lost_pf_s(self) -> float:
        return float(sum(gangs.lost_pf_s.sum() for gangs in self.gangs))

    def _flexible(self, user_share: F32 | None, batch_share: float) -> F:
        """Inference and batch work together; leaves the part for users in self._users."""
        if user_share is None:
            self._users = np.zeros(self._count, self._full_pf.dtype)
        else:
            self._users = self._masked("users", self._offer * user_share)
        if batch_share == 0.0:
            return self._users.copy()
        rest = self._masked("batch", self._offer - self._users)
        rest = rest * self._full_pf.dtype.type(batch_share)
        rest += self._users
        return np.asarray(rest)

    def settle(self, done: F, step_s: float) -> Served:
        """done (n,): work of the frame over that of full load, 0..1."""
        work_pf = done * self._full_pf
        if self._plain:
            return Served(work_pf, work_pf * _bits(self._work.batch_bits), 0.0, 0.0, 0.0)
        users_pf = np.minimum(self._users, done) * self._full_pf
        training_pf, running = 0.0, 0
        for gangs in self.gangs:
            members_pf = gangs.settle(done, self._full_pf, step_s)
            work_pf[gangs.rows] = members_pf
            training_pf += float(members_pf.sum(dtype=np.float64))
            running += int(gangs.running.sum())
        stalled = sum(len(gangs.rows) for gangs in self.gangs) - running
        traffic = users_pf * _bits(self._work.user_bits)
        traffic += (work_pf - users_pf) * _bits(self._work.batch_bits)
        for gangs in self.gangs:
            traffic[gangs.rows] = work_pf[gangs.rows] * _bits(gangs.plan.bits_per_flop)
        inference_pf = float(np.nansum(users_pf, dtype=np.float64))
        batch_pf = max(0.0, float(np.nansum(work_pf, dtype=np.float64)) - inference_pf - training_pf)
        return Served(work_pf, traffic, inference_pf, batch_pf, training_pf, self._lost_pf_s, running, stalled)

    def gang_sums(self) -> NDArray[np.float64]:
        """(gangs, 5): workload's place, first row of the block, work saved and lost PFLOP, seconds stalled, so far."""
        sums = [
            np.stack((np.full(len(g.rows), place), g.rows[:, 0], g.done_pf_s, g.lost_pf_s, g.stalled_s), axis=1)
            for place, g in zip(self._places, self.gangs, strict=True)
        ]
        return np.concatenate(sums) if sums else np.zeros((0, 5))


def _bits(bits_per_flop_: float) -> np.float32:
    return np.float32(bits_per_flop_ * GBIT_PER_PF)
