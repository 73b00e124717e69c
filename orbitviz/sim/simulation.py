"""The time loop of a shard of nodes, for recording: positions, light, then each block's physics, frame by frame.

Nodes are stepped in blocks of BLOCK rows for many frames at a time, so that a block's state stays in the cache.
A frame's values: `sunlit`, `battery_soc`, `radiator_k`, `status` at its instant; powers, `utilization`, `compute_pf`,
`link_load` and `chip_k` as the mean of the step that begins there.

An interval of frames is run in two strokes: `look_ahead` says where nodes will be and what they offer to users, `run`
takes what the dispatcher made of it and moves the state on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from orbitviz.core.cells import CELLS, cell_below
from orbitviz.core.epoch import gmst_rad
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.scenario import Scenario
from orbitviz.sim.block import Block, BlockFrame, FrameOrders
from orbitviz.sim.dispatch import Orders
from orbitviz.sim.gangs import PEN
from orbitviz.sim.light_track import KEYFRAME_S, LightTrack, Sun, positions_at
from orbitviz.sim.node_constants import node_constants
from orbitviz.sim.propagation import EngineName, Propagator, recording_engine
from orbitviz.sim.service import Work, work_of
from orbitviz.sim.sunlight import sun_teme

BLOCK = PEN
"""Rows stepped together: keyframes of 1.5 MB (20 % quicker than 16,384 on a processor with 2 MB of L2)."""
LONGEST_STEP_S = 60.0
"""Longer frames are computed as several equal steps no longer than this."""
METRICS = (
    "sunlit", "array_w", "compute_w", "battery_soc", "radiator_k", "utilization", "compute_pf", "link_load", "status",
    "chip_k",
)  # fmt: skip
TFLOP_PER_PF = 1000.0

F64 = NDArray[np.float64]
Sink = Callable[[slice, int, BlockFrame], None]
"""Takes the rows of a block (within the shard), the frame (from 0) and its metrics and sums."""


class Ahead(NamedTuple):
    """An interval before it is run: cells below each node (frames, n) uint16; what nodes offer to users by the cell
    they will be over, then what all offer to batch work, and what those open to both do, (frames, CELLS + 2) in whole
    TFLOP/s, so that sums do not depend on their order; None: no work is dispatched."""

    cells: NDArray[np.uint16]
    offered_tf: F64 | None


class NodeModel:
    """A shard of a fleet, `rows` of it, stepped forward through time from the node types' initial state.

    work: what the workloads come to for the whole fleet, by default worked out from the scenario. engine: of the
    propagator, by default the quickest there is; dtype: of the physics; block: rows stepped together (results do not
    depend on it).
    """

    def __init__(
        self,
        scenario: Scenario | None,
        fleet: Fleet,
        rows: slice = slice(None),
        *,
        work: Work | None = None,
        engine: EngineName | None = None,
        dtype: DTypeLike = np.float32,
        block: int = BLOCK,
    ) -> None:
        start, stop, _ = rows.indices(len(fleet))
        self._epoch = fleet.epoch
        self._nodes = stop - start
        elements = fleet.elements.rows(slice(start, stop))
        self._propagator = Propagator.of(fleet, slice(start, stop), engine or recording_engine())
        work = (work_of(scenario, fleet) if work is None else work).within(start, stop)
        self._dispatched = work.dispatched
        self._blocks: list[tuple[slice, Block, LightTrack]] = []
        for low in range(0, self._nodes, block):
            part = slice(low, min(low + block, self._nodes))
            whole = slice(start + part.start, start + part.stop)
            constants = node_constants(fleet.node_types, fleet.node_type[whole], dtype)
            on_s, off_s = (None if column is None else column[whole] for column in (fleet.on_s, fleet.off_s))
            state = Block(constants, work.within(part.start, part.stop), elements.rows(part), on_s, off_s)
            self._blocks.append((part, state, LightTrack(part, state.is_eccentric)))
        self._keys: dict[int, NDArray[np.float32]] = {}
        self._grid = (math.nan, math.nan)
        self._next_s = math.nan
        self._planned: tuple[tuple[float, float, int], Plan] | None = None

    def __len__(self) -> int:
        return self._nodes

    def step(self, t_s: float, step_s: float, orders: Orders | None = None) -> dict[str, NDArray[Any]]:
        """One frame: metric -> (n,) float32 (status uint8), for the instant `t_s` and the step that begins there.

        NaN: no value (the node is not in service, or SGP4 gave its orbit up).
        """
        out: dict[str, NDArray[Any]] = {}

        def keep(rows: slice, _: int, frame: BlockFrame) -> None:
            for name, values in frame.columns.items():
                out.setdefault(name, np.empty(self._nodes, values.dtype))[rows] = values

        self.run(t_s, step_s, 1, keep, orders)
        return out

    def look_ahead(self, start_s: float, step_s: float, frames: int) -> Ahead:
        """Where nodes will be in `frames` frames from start_s, and what they offer to users by their state now."""
        plan = self._plan(start_s, step_s, frames)
        cells = np.empty((frames, self._nodes), np.uint16)
        offered = np.zeros((frames, CELLS + 2)) if self._dispatched else None
        turns = gmst_rad(self._epoch, np.asarray(start_s + np.arange(frames) * step_s, np.float64))
        for rows, block, track in self._blocks:
            for frame in range(frames):
                step = plan.first + frame * plan.parts
                position_km = positions_at(plan.keys, step, plan.per_key, plan.short_s, rows)
                cells[frame, rows] = cell_below(position_km, float(turns[frame]))
            if offered is not None:
                light = track.light_at(plan.keys, plan.first, plan.per_key, plan.short_s, plan.suns[0])
                offers = block.offer(start_s, light.lit, plan.suns[0], frames * step_s)
                users, batch = (np.rint(offer * TFLOP_PER_PF).astype(np.float64) for offer in offers)
                for frame in range(frames):
                    offered[frame, :CELLS] += np.bincount(cells[frame, rows], weights=users, minlength=CELLS)
                offered[:, CELLS] += batch.sum()
                offered[:, CELLS + 1] += np.minimum(users, batch).sum()
        return Ahead(cells, offered)

    def run(
        self,
        start_s: float,
        step_s: float,
        frames: int,
        sink: Sink,
        orders: Orders | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """`frames` frames from `start_s`, block by block; each frame of a block is handed to `sink`.

        orders, ahead: of this interval; without them nodes have nothing to do but constant work and training.
        """
        plan = self._plan(start_s, step_s, frames)
        for rows, block, track in self._blocks:
            steps = track.steps(plan.keys, plan.first, plan.last, plan.per_key, plan.short_s, plan.suns)
            for frame in range(frames):
                some = (next(steps) for _ in range(plan.parts))
                sun = plan.suns[2 * frame * plan.parts]
                asked = FrameOrders()
                if orders is not None and ahead is not None:
                    users = np.take(orders.inference[frame], ahead.cells[frame, rows])
                    asked = FrameOrders(users, float(orders.batch[frame]))
                done = block.frame(start_s + frame * step_s, step_s, some, plan.short_s, sun, asked)
                sink(rows, frame, done)
        self._next_s = start_s + frames * step_s

    def gang_sums(self) -> F64:
        """(gangs, 5): workload's place, first row of the shard, work saved and lost PFLOP, seconds stalled, so far."""
        sums = []
        for rows, block, _ in self._blocks:
            some = block.service.gang_sums()
            some[:, 1] += rows.start
            sums.append(some)
        return np.concatenate(sums)

    def _plan(self, start_s: float, step_s: float, frames: int) -> Plan:
        """Kept, as it is asked for twice: before an interval, and to run it."""
        key = (start_s, step_s, frames)
        if self._planned is None or self._planned[0] != key:
            self._planned = (key, self._new_plan(start_s, step_s, frames))
        return self._planned[1]

    def _new_plan(self, start_s: float, step_s: float, frames: int) -> Plan:
        if not step_s > 0.0:
            raise OrbitvizError(f"a step must be above zero, got {step_s} s", "give a step as 60s")
        parts = max(1, math.ceil(step_s / LONGEST_STEP_S - 1e-9))
        short_s = step_s / parts
        per_key = max(1, math.floor(KEYFRAME_S / short_s + 1e-9))
        first = self._align(start_s, short_s)
        last = first + frames * parts
        keys = self._keyframes(first // per_key, -(-last // per_key), per_key * short_s)
        return Plan(first, last, parts, short_s, per_key, keys, self._suns(first, last, short_s))

    def _align(self, start_s: float, short_s: float) -> int:
        """Number of the step that begins at start_s, on the grid of the steps so far, or on a new one."""
        origin_s, grid_s = self._grid
        if short_s == grid_s and start_s == origin_s:
            return 0
        if short_s == grid_s and abs(start_s - self._next_s) <= 1e-6 * short_s:
            return round((start_s - origin_s) / grid_s)
        self._grid = (start_s, short_s)
        self._keys.clear()
        for _, _, track in self._blocks:
            track.forget()
        return 0

    def _keyframes(self, first: int, last: int, interval_s: float) -> dict[int, NDArray[np.float32]]:
        """Keyframes first..last: number -> (2, 3, n) float32 position km, velocity km/s; kept for the next run."""
        kept = {key: value for key, value in self._keys.items() if first <= key <= last}
        for key in range(first, last + 1):
            if key not in kept:
                kept[key] = state = np.empty((2, 3, self._nodes), np.float32)
                self._propagator.states(self._grid[0] + key * interval_s, state[0].T[None], state[1].T[None])
        self._keys = kept
        return kept

    def _suns(self, first: int, last: int, short_s: float) -> list[Sun]:
        """The Sun at the ends and middles of steps first .. last - 1."""
        t_s = np.asarray(self._grid[0] + np.arange(2 * first, 2 * last + 1) * (0.5 * short_s), np.float64)
        unit, distance_km = sun_teme(self._epoch, t_s)
        return [Sun(u, float(d)) for u, d in zip(unit, distance_km, strict=True)]


class Plan(NamedTuple):
    """An interval as steps of the grid: first .. last - 1, `parts` a frame, `short_s` long, `per_key` a keyframe."""

    first: int
    last: int
    parts: int
    short_s: float
    per_key: int
    keys: dict[int, NDArray[np.float32]]
    suns: list[Sun]


def limit_threads() -> None:
    """One thread for the propagator of this process: recording runs one process a core instead."""
    try:
        import heyoka
    except ImportError:
        return
    heyoka.set_nthreads(1)
