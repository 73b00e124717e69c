"""The fixed unit of work: one chunk of nodes through a batch of frames, ready to be written, and its part of totals.

A chunk is the same 65,536 rows whatever the number of workers, and parts are added up in the order of chunks, so the
same scenario gives the same datasets and totals on any machine with the same kind of processor.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.files.codec import chunk_nodes, deflate_chunk
from orbitviz.files.schema import STATUS, quantise
from orbitviz.sim.simulation import Columns, NodeModel

BATCH_FRAMES = 8
"""Frames simulated in one go: a block of nodes stays in the cache for so long; at most so many are lost by a crash."""
SUMMED = ("array_w", "compute_w", "compute_pf")
AVERAGED = ("sunlit", "battery_soc", "radiator_k", "utilization")
_STATES = len(STATUS)
_WIDTH = len(SUMMED) + 2 * len(AVERAGED) + 2 + _STATES


@dataclass(frozen=True)
class Span:
    """The frames of a recording: frame f is at start_s + f * step_s; batches of BATCH_FRAMES."""

    start_s: float
    step_s: float
    frames: int

    @property
    def batches(self) -> int:
        """Number of batches."""
        return -(-self.frames // BATCH_FRAMES)

    def frames_of(self, batch: int) -> range:
        """Frames of a batch; the last batch may be shorter."""
        return range(batch * BATCH_FRAMES, min(self.frames, (batch + 1) * BATCH_FRAMES))

    def t_s(self, frame: int) -> float:
        """Instant of a frame, seconds from the epoch."""
        return self.start_s + frame * self.step_s


@dataclass(frozen=True)
class ChunkBatch:
    """One chunk through one batch.

    deflated[frame][metric]; parts (frames, K) of the totals; clipped (frames, metrics) values out of range.
    """

    chunk: int
    batch: int
    deflated: tuple[tuple[bytes, ...], ...]
    parts: NDArray[np.float64]
    clipped: NDArray[np.int64]


class ChunkRecorder:
    """Simulates one chunk of nodes, batch after batch.

    `fleet` holds this chunk's rows alone; `length` is the number of places in a chunk of the file.
    """

    def __init__(
        self,
        chunk: int,
        scenario: Scenario | None,
        fleet: Fleet,
        metrics: Sequence[MetricInfo],
        length: int,
        span: Span,
    ) -> None:
        self.chunk = chunk
        self._metrics = tuple(metrics)
        self._length = length
        self._span = span
        self._model = NodeModel(scenario, fleet)
        self._stored = {info.name: np.empty((BATCH_FRAMES, len(fleet)), info.dtype) for info in self._metrics}

    def batch(self, batch: int) -> ChunkBatch:
        """The next batch; they must be asked for in order."""
        frames = self._span.frames_of(batch)
        parts = np.tile(empty_part(), (len(frames), 1))
        clipped = np.zeros((len(frames), len(self._metrics)), np.int64)

        def keep(rows: slice, frame: int, columns: Columns) -> None:
            for place, info in enumerate(self._metrics):
                clipped[frame, place] += quantise(info, columns[info.name], self._stored[info.name][frame, rows])[1]
            add_part(parts[frame], part_of(columns))

        self._model.run(self._span.t_s(frames[0]), self._span.step_s, len(frames), keep)
        deflated = tuple(
            tuple(deflate_chunk(self._stored[info.name][f], self._length, info.fill or 0) for info in self._metrics)
            for f in range(len(frames))
        )
        return ChunkBatch(self.chunk, batch, deflated, parts, clipped)


# -- Totals ------------------------------------------------------------------------------------------------------------
# A part is K numbers: sums, (sum, count) of the averaged, least charge, greatest temperature, nodes by status.


def empty_part() -> NDArray[np.float64]:
    """The part of no nodes at all, (K,)."""
    part = np.zeros(_WIDTH)
    part[-_STATES - 2 : -_STATES] = np.inf, -np.inf
    return part


def part_of(columns: Columns) -> NDArray[np.float64]:
    """Part of the totals of a block's frame, from the values before they are quantised; NaN does not count."""
    part = empty_part()
    for place, name in enumerate(SUMMED):
        part[place] = _sum(columns[name])[0]
    for place, name in enumerate(AVERAGED):
        start = len(SUMMED) + 2 * place
        part[start : start + 2] = _sum(columns[name])
    if part[len(SUMMED) + 1] > 0:
        part[-_STATES - 2] = np.fmin.reduce(columns["battery_soc"])
        part[-_STATES - 1] = np.fmax.reduce(columns["radiator_k"])
    part[-_STATES:] = np.bincount(columns["status"], minlength=_STATES)[:_STATES]
    return part


def _sum(values: NDArray[Any]) -> tuple[float, int]:
    total = float(values.sum())
    if total == total:
        return total, len(values)
    return float(np.nansum(values)), int(np.count_nonzero(~np.isnan(values)))


def add_part(total: NDArray[np.float64], part: NDArray[np.float64]) -> None:
    """Adds `part` (K,) to `total` (K,) in place."""
    low, high = -_STATES - 2, -_STATES - 1
    least, greatest = min(total[low], part[low]), max(total[high], part[high])
    total += np.where(np.isfinite(part), part, 0.0)
    total[low], total[high] = least, greatest


def totals_of(part: NDArray[np.float64]) -> dict[str, Any]:
    """Fleet totals of a frame by name: sums (W, PFLOP/s), means, least charge, greatest heat, nodes by status."""
    totals: dict[str, Any] = {f"{name}_sum": part[place] for place, name in enumerate(SUMMED)}
    for place, name in enumerate(AVERAGED):
        start = len(SUMMED) + 2 * place
        totals[f"{name}_mean"] = part[start] / part[start + 1] if part[start + 1] > 0 else np.nan
    low, high = part[-_STATES - 2], part[-_STATES - 1]
    totals["battery_soc_min"] = low if np.isfinite(low) else np.nan
    totals["radiator_k_max"] = high if np.isfinite(high) else np.nan
    totals["status_counts"] = part[-_STATES:].copy()
    return totals


# -- Division of a fleet -----------------------------------------------------------------------------------------------


def rows_of_chunk(chunk: int, nodes: int) -> slice:
    """Rows of a chunk."""
    length = chunk_nodes(nodes)
    return slice(chunk * length, min(nodes, (chunk + 1) * length))


def divide(chunks: int, workers: int) -> list[range]:
    """Consecutive chunks for each worker, as even as can be."""
    edges = [chunks * worker // workers for worker in range(workers + 1)]
    return [range(low, high) for low, high in itertools.pairwise(edges) if high > low]


def physics_of(fleet: Fleet, rows: slice) -> Fleet:
    """Only what simulating `rows` needs: what is sent to a worker, 75 bytes a node."""
    none = np.empty(0, np.uint32)
    return replace(
        fleet,
        elements=fleet.elements.rows(rows),
        node_type=fleet.node_type[rows],
        on_s=None if fleet.on_s is None else fleet.on_s[rows],
        off_s=None if fleet.off_s is None else fleet.off_s[rows],
        node_id=none,
        shell=none.astype(np.uint16),
        plane=none,
        slot=none,
        name=None,
        catalog_number=None,
        pairs=None,
        recipe="",
        refused=(),
    )
