"""Training gangs: neighbouring nodes that step together, so that the slowest sets the pace of all.

A gang is `gang_size` consecutive rows (slots of a plane, then of the next), as many gangs as the workload's demand
needs, spread evenly over the shells it may use. It runs at the least share of full speed that any member can give;
where that falls below STALL_SHARE the gang stalls: what it did since its last checkpoint is lost, members wait at idle
power, and once every member can give RESUME_SHARE again it starts after `restart`. Checkpoints take no time of their
own: at 1 Tbit/s a node's state of some TB is written within the minutes between two of them (assumed).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import RecipeError
from orbitviz.core.fleet import Fleet
from orbitviz.core.workload import Workload

F = NDArray[np.floating]
F64 = NDArray[np.float64]
PEN = 32_768
"""A gang lies within so many rows, counted from the fleet's first: simulation blocks need nothing from each other."""
STALL_SHARE = 0.05
RESUME_SHARE = 0.5


@dataclass(frozen=True)
class GangSet:
    """The gangs of one workload within some rows: first rows (k,), members each, checkpoint and restart in s."""

    workload: str
    starts: NDArray[np.int64]
    size: int
    checkpoint_s: float
    restart_s: float
    bits_per_flop: float

    def within(self, start: int, stop: int) -> GangSet:
        """Those that lie in rows start .. stop - 1, numbered from there."""
        inside = (self.starts >= start) & (self.starts < stop)
        return GangSet(
            self.workload,
            self.starts[inside] - start,
            self.size,
            self.checkpoint_s,
            self.restart_s,
            self.bits_per_flop,
        )


def gang_sets(workloads: Sequence[Workload], fleet: Fleet, node_pf: F64) -> tuple[GangSet, ...]:
    """The gangs of every training workload of a fleet; node_pf (N,): what a node delivers at average power, PFLOP/s.

    Where demand exceeds what there is, every gang that fits runs.
    """
    taken = np.zeros(len(fleet), np.bool_)
    sets = []
    for load in workloads:
        if load.kind != "training":
            continue
        free = usable_rows(load, fleet) & ~taken & (node_pf > 0.0)
        places = _places(free, load.gang_size)
        if not len(places):
            raise RecipeError(
                f"workload '{load.name}', gang_size: must be at most the nodes that lie together in the shells it may "
                f"use, got {load.gang_size:,} where {int(free.sum()):,} nodes are free",
                "make gangs smaller, or let them use more shells",
            )
        sums = np.concatenate(([0.0], np.cumsum(node_pf)))
        gang_pf = float((sums[places + load.gang_size] - sums[places]).mean())
        wanted = min(len(places), math.ceil(load.demand_pflops / gang_pf - 1e-9))
        # One of each len / wanted places, as evenly as can be.
        places = places[np.unique((np.arange(wanted) + 0.5) * len(places) / max(wanted, 1)).astype(np.intp)]
        for start in places:
            taken[start : start + load.gang_size] = True
        bits = load.traffic_bit_per_flop
        sets.append(GangSet(load.name, places, load.gang_size, load.checkpoint_s, load.restart_s, bits))
    return tuple(sets)


def usable_rows(load: Workload, fleet: Fleet) -> NDArray[np.bool_]:
    """(N,) nodes of the shells a workload may use."""
    if not load.shells:
        return np.ones(len(fleet), np.bool_)
    named = np.array([shell.group in load.shells for shell in fleet.shells], np.bool_)
    return np.asarray(named[fleet.shell])


def _places(free: NDArray[np.bool_], size: int) -> NDArray[np.int64]:
    """First rows of all gangs that fit: whole runs of free rows, cut at the pens' borders."""
    edges = np.flatnonzero(np.diff(free.astype(np.int8), prepend=0, append=0))
    places = []
    for low, high in zip(edges[::2], edges[1::2], strict=True):
        for pen in range(low // PEN, -(-high // PEN)):
            first, last = max(low, pen * PEN), min(high, (pen + 1) * PEN)
            places.append(np.arange(first, last - size + 1, size))
    return np.concatenate(places).astype(np.int64) if places else np.zeros(0, np.int64)


@dataclass
class GangState:
    """The gangs of one workload in one block: rows (k, size) of the block, and what they are at."""

    plan: GangSet
    rows: NDArray[np.intp]
    running: NDArray[np.bool_] = field(init=False)
    wait_s: F64 = field(init=False)
    since_checkpoint_s: F64 = field(init=False)
    unsaved_pf_s: F64 = field(init=False)
    done_pf_s: F64 = field(init=False)
    lost_pf_s: F64 = field(init=False)
    stalled_s: F64 = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.rows)
        self.running = np.ones(count, np.bool_)
        for name in ("wait_s", "since_checkpoint_s", "unsaved_pf_s", "done_pf_s", "lost_pf_s", "stalled_s"):
            setattr(self, name, np.zeros(count))

    @classmethod
    def of(cls, plan: GangSet) -> GangState:
        """All running, nothing done yet."""
        return cls(plan, (plan.starts[:, None] + np.arange(plan.size)).astype(np.intp))

    def pace(self, able: F, link_share: F, step_s: float) -> tuple[F64, NDArray[np.intp], NDArray[np.intp]]:
        """Share of full speed each gang is to run at in the coming frame (k,), and which gangs stall and resume now.

        able (n,): share that each node of the block can give; link_share (n,) or (): what its links allow.
        """
        rows = able[self.rows]
        slowest = rows.min(axis=1).astype(np.float64)
        stalls = self.running & (slowest < STALL_SHARE)
        ready = ~self.running & (slowest >= RESUME_SHARE)
        self.wait_s = np.where(ready, self.wait_s - step_s, self.plan.restart_s)
        resumes = ready & (self.wait_s <= 0.0)
        self.running = (self.running & ~stalls) | resumes
        self.lost_pf_s[stalls] += self.unsaved_pf_s[stalls]
        for unsaved in (self.unsaved_pf_s, self.since_checkpoint_s):
            unsaved[stalls] = 0.0
        links = link_share[self.rows].min(axis=1) if link_share.ndim else link_share
        pace = np.where(self.running, np.minimum(slowest, links), 0.0)
        return pace, np.flatnonzero(stalls), np.flatnonzero(resumes)

    def settle(self, done: F, full_pf: F, step_s: float) -> F:
        """After a frame -> work of the members (k, size), PFLOP/s, at the pace their gang really had.

        done (n,): work each node's servers could do, over that of full load; full_pf (n,) or (): PFLOP/s at full load.
        """
        pace = np.where(self.running, done[self.rows].min(axis=1), 0).astype(full_pf.dtype)
        members_pf = pace[:, None] * (full_pf[self.rows] if full_pf.ndim else full_pf)
        members_pf = np.asarray(np.broadcast_to(members_pf, self.rows.shape))
        self.unsaved_pf_s += members_pf.sum(axis=1, dtype=np.float64) * step_s
        self.since_checkpoint_s += np.where(self.running, step_s, 0.0)
        self.stalled_s += np.where(self.running, 0.0, step_s)
        saves = self.since_checkpoint_s >= self.plan.checkpoint_s
        self.done_pf_s[saves] += self.unsaved_pf_s[saves]
        self.unsaved_pf_s[saves] = 0.0
        self.since_checkpoint_s[saves] = 0.0
        return members_pf
