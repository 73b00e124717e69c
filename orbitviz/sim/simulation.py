"""The time loop of a shard of nodes, for recording: positions, light, then each block's physics, frame by frame.

Nodes are stepped in blocks of BLOCK rows for many frames at a time, so that a block's state stays in the cache.
A frame's values: `sunlit`, `battery_soc`, `radiator_k`, `status` at its instant; powers, `utilization`, `compute_pf`
as the mean of the step that begins there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.scenario import Scenario
from orbitviz.sim.block import Block
from orbitviz.sim.compute import constant_utilization
from orbitviz.sim.light_track import KEYFRAME_S, LightTrack, Sun
from orbitviz.sim.node_constants import node_constants
from orbitviz.sim.propagation import EngineName, Propagator, recording_engine
from orbitviz.sim.sunlight import sun_teme

BLOCK = 32_768
"""Rows stepped together: keyframes of 1.5 MB (20 % quicker than 16,384 on a processor with 2 MB of L2)."""
LONGEST_STEP_S = 60.0
"""Longer frames are computed as several equal steps no longer than this."""
METRICS = ("sunlit", "array_w", "compute_w", "battery_soc", "radiator_k", "utilization", "compute_pf", "status")

Columns = Mapping[str, NDArray[Any]]
Sink = Callable[[slice, int, Columns], None]
"""Takes the rows of a block (within the shard), the frame (from 0) and its metrics."""


class NodeModel:
    """A shard of a fleet, `rows` of it, stepped forward through time from the node types' initial state.

    engine: of the propagator, by default the quickest there is; dtype: of the physics; block: rows stepped together
    (results do not depend on it).
    """

    def __init__(
        self,
        scenario: Scenario | None,
        fleet: Fleet,
        rows: slice = slice(None),
        *,
        engine: EngineName | None = None,
        dtype: DTypeLike = np.float32,
        block: int = BLOCK,
    ) -> None:
        start, stop, _ = rows.indices(len(fleet))
        self._epoch = fleet.epoch
        self._nodes = stop - start
        elements = fleet.elements.rows(slice(start, stop))
        self._propagator = Propagator.of(fleet, slice(start, stop), engine or recording_engine())
        utilization = constant_utilization(scenario.workloads if scenario is not None else ())
        self._blocks: list[tuple[slice, Block, LightTrack]] = []
        for low in range(0, self._nodes, block):
            part = slice(low, min(low + block, self._nodes))
            whole = slice(start + part.start, start + part.stop)
            constants = node_constants(fleet.node_types, fleet.node_type[whole], dtype)
            on_s, off_s = (None if column is None else column[whole] for column in (fleet.on_s, fleet.off_s))
            state = Block(constants, utilization, elements.rows(part), on_s, off_s)
            self._blocks.append((part, state, LightTrack(part, state.is_eccentric)))
        self._keys: dict[int, NDArray[np.float32]] = {}
        self._grid = (math.nan, math.nan)
        self._next_s = math.nan

    def __len__(self) -> int:
        return self._nodes

    def step(self, t_s: float, step_s: float) -> dict[str, NDArray[Any]]:
        """One frame: metric -> (n,) float32 (status uint8), for the instant `t_s` and the step that begins there.

        NaN: no value (the node is not in service, or SGP4 gave its orbit up).
        """
        out: dict[str, NDArray[Any]] = {}

        def keep(rows: slice, _: int, columns: Columns) -> None:
            for name, values in columns.items():
                out.setdefault(name, np.empty(self._nodes, values.dtype))[rows] = values

        self.run(t_s, step_s, 1, keep)
        return out

    def run(self, start_s: float, step_s: float, frames: int, sink: Sink) -> None:
        """`frames` frames from `start_s`, block by block; each frame of a block is handed to `sink`."""
        if not step_s > 0.0:
            raise OrbitvizError(f"a step must be above zero, got {step_s} s", "give a step as 60s")
        parts = max(1, math.ceil(step_s / LONGEST_STEP_S - 1e-9))
        short_s = step_s / parts
        per_key = max(1, math.floor(KEYFRAME_S / short_s + 1e-9))
        first = self._align(start_s, short_s)
        last = first + frames * parts
        keys = self._keyframes(first // per_key, -(-last // per_key), per_key * short_s)
        suns = self._suns(first, last, short_s)
        for rows, block, track in self._blocks:
            steps = track.steps(keys, first, last, per_key, short_s, suns)
            for frame in range(frames):
                some = (next(steps) for _ in range(parts))
                sun = suns[2 * frame * parts]
                sink(rows, frame, block.frame(start_s + frame * step_s, step_s, some, short_s, sun))
        self._next_s = start_s + frames * step_s

    def _align(self, start_s: float, short_s: float) -> int:
        """Number of the step that begins at start_s, on the grid of the steps so far, or on a new one."""
        origin_s, grid_s = self._grid
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


def limit_threads() -> None:
    """One thread for the propagator of this process: recording runs one process a core instead."""
    try:
        import heyoka
    except ImportError:
        return
    heyoka.set_nthreads(1)
