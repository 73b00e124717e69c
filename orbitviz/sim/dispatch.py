"""The dispatcher: gives users' demand to nodes in reach, by cell, and what is left to batch work.

At its interval it sees what every node offers (as of its beginning) and where each will be in each frame. For each
frame, workload by workload in order of priority, every cell of users spreads its demand over the supply in reach in
proportion to it; cells of nodes asked for more than they have share it out in proportion, and what was refused is
spread once more, ROUNDS times in all. What is still unserved is lost (a user does not wait); batch work queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.cells import CELLS, COLUMNS, ROWS
from orbitviz.core.epoch import Epoch
from orbitviz.core.workload import Workload
from orbitviz.sim.demand import Demand
from orbitviz.sim.reach import Circles, reach_rad

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
ROUNDS = 3
_TINY = 1e-9


class Orders(NamedTuple):
    """What nodes are asked to do in each frame of an interval.

    inference (F, CELLS) float32: share of its offer that a node over that cell gives to users. batch (F,) float32:
    share of the rest that it gives to batch work.
    """

    inference: F32
    batch: F32


@dataclass(frozen=True)
class Asked:
    """One frame as the dispatcher saw it: demand and what found no node, by cell of users (ROWS, COLUMNS) PFLOP/s; and
    what batch work arrives, PFLOP/s (infinite where it never ends)."""

    demand_pf: F64
    unplaced_pf: F64
    batch_pf: float


def spread(demand: F64, supply: F64, circles: Circles) -> tuple[F64, F64]:
    """(F, ROWS, COLUMNS) demand by users' cell and supply by nodes' cell -> (taken of each supply, unplaced demand).

    taken <= supply everywhere, and demand - unplaced sums to taken.
    """
    left, unplaced = supply.copy(), demand.copy()
    for _ in range(ROUNDS):
        accessible = circles.sums(left)
        pressure = np.divide(unplaced, accessible, out=np.zeros_like(unplaced), where=accessible > _TINY)
        asked = left * circles.sums(pressure)
        accepted = np.divide(left, asked, out=np.ones_like(asked), where=asked > left)
        placed = np.minimum(pressure * circles.sums(left * accepted), unplaced)
        unplaced -= placed
        left = np.maximum(left - asked * accepted, 0.0)
        if float(unplaced.max(initial=0.0)) <= _TINY * float(demand.max(initial=0.0)):
            break
    return supply - left, unplaced


class Dispatcher:
    """Of one recording; lives beside the writer and is asked once an interval, in order of time."""

    def __init__(
        self, workloads: Sequence[Workload], weights: F64, altitude_km: float, meshed: bool, epoch: Epoch, seed: int
    ) -> None:
        """weights: share of users by cell (demand.weights_of_sites); altitude_km: mean of the nodes that serve."""
        users = sorted((load for load in workloads if load.kind == "inference"), key=lambda load: -load.priority)
        self._demands = [Demand(load, weights, epoch, seed, number) for number, load in enumerate(users)]
        self._circles = [Circles(reach_rad(load, altitude_km, meshed)) for load in users]
        batch = [load for load in workloads if load.kind == "batch"]
        self._has_batch = bool(batch)
        endless = any(load.demand_pflops == 0.0 for load in batch)
        self._batch_pf = float("inf") if endless else float(sum(load.demand_pflops for load in batch))
        self.queued_pf_s = 0.0
        """Batch work that waits, PFLOP/s x s (PFLOP)."""

    def orders(self, times_s: F64, step_s: float, offered_pf: F64) -> tuple[Orders, list[Asked]]:
        """For frames at times_s (F,), each step_s long; offered_pf (F, CELLS + 2): what nodes offer to users by cell,
        then what all offer to batch work, and what those open to both do."""
        frames = len(times_s)
        supply = offered_pf[:, :CELLS].reshape(frames, ROWS, COLUMNS)
        left = supply.copy()
        demand_pf, unplaced_pf = np.zeros_like(left), np.zeros_like(left)
        for demand, circles in zip(self._demands, self._circles, strict=True):
            asked = np.stack([demand.grid(float(t_s)) for t_s in times_s])
            taken, unplaced = spread(asked, left, circles)
            left = np.maximum(left - taken, 0.0)
            demand_pf += asked
            unplaced_pf += unplaced
        share = np.divide(supply - left, supply, out=np.zeros_like(supply), where=supply > 0.0)
        batch_pf, both_pf = offered_pf[:, CELLS], offered_pf[:, CELLS + 1]
        # Of what users take, nodes open to batch work too give their part.
        both = both_pf / np.maximum(supply.sum(axis=(1, 2)), _TINY)
        room_pf = np.maximum(0.0, batch_pf - both * (supply - left).sum(axis=(1, 2)))
        orders = Orders(share.reshape(frames, CELLS).astype(np.float32), self._batch_share(room_pf, step_s))
        return orders, [Asked(*grids, self._batch_pf) for grids in zip(demand_pf, unplaced_pf, strict=True)]

    def _batch_share(self, room_pf: F64, step_s: float) -> F32:
        """Share of what users leave (F,) that batch work takes: all that arrives, and the queue over the interval."""
        if not self._has_batch:
            return np.zeros(len(room_pf), np.float32)
        wanted_pf = self._batch_pf + self.queued_pf_s / (step_s * len(room_pf))
        return np.asarray(np.minimum(1.0, wanted_pf / np.maximum(room_pf, _TINY)), np.float32)

    def account(self, batch_served_pf: F64, step_s: float) -> F64:
        """Batch work done in the frames of the interval (F,) PFLOP/s -> queue after each of them (F,) PFLOP."""
        if not np.isfinite(self._batch_pf):
            return np.zeros(len(batch_served_pf))
        queue = np.empty(len(batch_served_pf))
        for frame, served in enumerate(batch_served_pf):
            self.queued_pf_s = max(0.0, self.queued_pf_s + (self._batch_pf - float(served)) * step_s)
            queue[frame] = self.queued_pf_s
        return queue
