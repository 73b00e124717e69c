"""The fixed unit of work: one chunk of nodes through an interval of frames, ready to be written, and its part of sums.

A chunk is the same 65,536 rows whatever the number of workers, whole numbers are added where order could matter, and
parts are added up in the order of chunks, so the same scenario gives the same datasets and totals on any machine with
the same kind of processor.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.cells import CELLS
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.files.codec import chunk_nodes, deflate_chunk, frame_crc
from orbitviz.files.schema import quantise
from orbitviz.recorder import totals
from orbitviz.sim.block import BlockFrame
from orbitviz.sim.dispatch import Orders
from orbitviz.sim.node_constants import node_constants
from orbitviz.sim.service import Work
from orbitviz.sim.simulation import Ahead, NodeModel

F64 = NDArray[np.float64]
MOST_FRAMES = 8
"""Frames simulated in one go: a block of nodes stays in the cache for so long; at most so many are lost by a crash."""
INTERVAL_S = 480.0
"""The dispatcher's interval is as many frames as fit in this, at least one and at most MOST_FRAMES."""
SURFACE = ("array_w", "compute_w", "compute_pf")
"""Metrics summed by cell of the ground below."""


@dataclass(frozen=True)
class Span:
    """The frames of a recording: frame f is at start_s + f * step_s; in batches, one for each dispatcher's interval."""

    start_s: float
    step_s: float
    frames: int

    @property
    def batch_frames(self) -> int:
        """Frames of a batch."""
        return max(1, min(MOST_FRAMES, int(INTERVAL_S / self.step_s + 1e-9)))

    @property
    def batches(self) -> int:
        """Number of batches."""
        return -(-self.frames // self.batch_frames)

    def frames_of(self, batch: int) -> range:
        """Frames of a batch; the last batch may be shorter."""
        return range(batch * self.batch_frames, min(self.frames, (batch + 1) * self.batch_frames))

    def t_s(self, frame: int) -> float:
        """Instant of a frame, seconds from the epoch."""
        return self.start_s + frame * self.step_s


@dataclass(frozen=True)
class GangEvent:
    """A gang that stalled or resumed: frame, workload's place, first row of the gang in the fleet, which of the two."""

    frame: int
    plan: int
    row: int
    stalled: bool


@dataclass(frozen=True)
class ChunkBatch:
    """One chunk through one batch.

    deflated[frame][metric]; checks (frames, metrics), the checksums of its rows; parts (frames, shells of the chunk,
    WIDTH) of the totals for the shells from first_shell on; work (frames, len(totals.WORK)); clipped (frames, metrics)
    values out of range; counts[metric] (frames, bins). surface: (frames, 1 + len(SURFACE), CELLS) whole
    numbers, nodes and sums of stored numbers, of this and the worker's chunks before it; None where a later chunk
    brings them.
    gangs: those that stalled or resumed; gang_sums (gangs of the chunk, 5): workload's place, first row, work done and
    lost PFLOP, seconds stalled, so far.
    """

    chunk: int
    batch: int
    deflated: tuple[tuple[bytes, ...], ...]
    checks: NDArray[np.uint32]
    first_shell: int
    parts: F64
    work: F64
    clipped: NDArray[np.int64]
    counts: dict[str, NDArray[np.int64]]
    gangs: tuple[GangEvent, ...]
    gang_sums: F64
    surface: NDArray[np.uint32] | None = None


class ChunkRecorder:
    """Simulates one chunk of nodes, batch after batch.

    `fleet` and `work` hold this chunk's rows alone; `length` is the number of places in a chunk of the file.
    """

    def __init__(
        self, chunk: int, fleet: Fleet, work: Work, metrics: Sequence[MetricInfo], length: int, span: Span
    ) -> None:
        self.chunk = chunk
        self._metrics = tuple(metrics)
        self._length = length
        self._span = span
        self._model = NodeModel(None, fleet, work=work)
        self._stored = {info.name: np.empty((MOST_FRAMES, len(fleet)), info.dtype) for info in self._metrics}
        self._shell = fleet.shell
        self._first_shell = int(fleet.shell.min())
        self._shells = int(fleet.shell.max()) - self._first_shell + 1
        constants = node_constants(fleet.node_types, fleet.node_type)
        floor = constants.floor_j / np.maximum(constants.battery_j, 1) + np.float32(totals.NEARLY_EMPTY)
        # A node without a battery has none that could be empty.
        self._floor = np.where(constants.battery_j > 0, floor, -1.0)
        self._runs: dict[int, list[tuple[int, Any]]] = {}
        self._ahead: Ahead | None = None

    def look_ahead(self, batch: int) -> F64 | None:
        """What the chunk's nodes offer to users in the coming batch, by cell: see simulation.Ahead."""
        frames = self._span.frames_of(batch)
        self._ahead = self._model.look_ahead(self._span.t_s(frames[0]), self._span.step_s, len(frames))
        return self._ahead.offered_tf

    def batch(self, batch: int, orders: Orders | None) -> ChunkBatch:
        """The batch that was looked ahead to; they must be asked for in order."""
        frames = self._span.frames_of(batch)
        assert self._ahead is not None
        count = len(frames)
        parts = np.tile(totals.empty_part(self._shells), (count, 1, 1))
        work = np.zeros((count, len(totals.WORK)))
        clipped = np.zeros((count, len(self._metrics)), np.int64)
        gangs: list[GangEvent] = []
        first = self.chunk * self._length

        def keep(rows: slice, frame: int, done: BlockFrame) -> None:
            columns = done.columns
            for place, info in enumerate(self._metrics):
                clipped[frame, place] += quantise(info, columns[info.name], self._stored[info.name][frame, rows])[1]
            totals.add_rows(parts[frame], self._runs_of(rows), columns, _at(self._floor, rows), first + rows.start)
            served = done.served
            work[frame, :3] += served.inference_pf, served.batch_pf, served.training_pf
            work[frame, 3] += served.lost_pf_s / self._span.step_s
            work[frame, 4:] += served.running, served.stalled
            gangs.extend(
                GangEvent(frames[frame], news.plan, first + rows.start + news.row, news.stalled) for news in done.news
            )

        self._model.run(self._span.t_s(frames[0]), self._span.step_s, count, keep, orders, self._ahead)
        rows_of = [[self._stored[info.name][frame] for info in self._metrics] for frame in range(count)]
        checks = np.array([[frame_crc(rows) for rows in stored] for stored in rows_of], np.uint32)
        deflated = tuple(
            tuple(
                deflate_chunk(rows, self._length, info.fill or 0)
                for rows, info in zip(stored, self._metrics, strict=True)
            )
            for stored in rows_of
        )
        return ChunkBatch(
            self.chunk, batch, deflated, checks, self._first_shell, parts, work, clipped, self._counts(count),
            tuple(gangs), self._gang_sums(),
        )  # fmt: skip

    def _runs_of(self, rows: slice) -> list[tuple[int, Any]]:
        """(shell from first_shell, its rows of the block); fleets made elsewhere need not be in order of shells."""
        if rows.start not in self._runs:
            shell = self._shell[rows].astype(np.int64) - self._first_shell
            runs: list[tuple[int, Any]] = []
            for number in np.unique(shell):
                some = np.flatnonzero(shell == number)
                whole = int(some[-1] - some[0]) + 1 == len(some)
                runs.append((int(number), slice(int(some[0]), int(some[-1]) + 1) if whole else some))
            self._runs[rows.start] = runs
        return self._runs[rows.start]

    def add_surface(self, grids: NDArray[np.uint32]) -> None:
        """Adds the batch that was last run to (frames, 1 + len(SURFACE), CELLS) of nodes and stored numbers by cell."""
        assert self._ahead is not None
        recorded = [info for info in self._metrics if info.name in SURFACE]
        for frame, frame_cells in enumerate(self._ahead.cells):
            cells = frame_cells.astype(np.intp)
            there: NDArray[np.bool_] | None = None
            for info in recorded:
                stored = self._stored[info.name][frame]
                values = stored.astype(np.float64)
                if info.fill is not None and int(stored.max()) == info.fill:
                    there = stored != info.fill
                    values[~there] = 0.0
                sums = np.bincount(cells, weights=values, minlength=CELLS)
                grids[frame, 1 + SURFACE.index(info.name)] += sums.astype(np.uint32)
            # Nodes out of service have no values and are nowhere.
            nodes = cells if there is None else cells[there]
            grids[frame, 0] += np.bincount(nodes, minlength=CELLS).astype(np.uint32)

    def _counts(self, count: int) -> dict[str, NDArray[np.int64]]:
        return {
            info.name: np.stack([totals.histogram(info, self._stored[info.name][frame]) for frame in range(count)])
            for info in self._metrics
            if info.name in totals.SPREAD
        }

    def _gang_sums(self) -> F64:
        sums = self._model.gang_sums()
        sums[:, 1] += self.chunk * self._length
        return sums


def _at(values: NDArray[Any], rows: slice) -> NDArray[Any]:
    return values if values.ndim == 0 else values[rows]


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
    """Only what simulating `rows` needs: what is sent to a worker, 77 bytes a node."""
    none = np.empty(0, np.uint32)
    return replace(
        fleet,
        elements=fleet.elements.rows(rows),
        node_type=fleet.node_type[rows],
        shell=fleet.shell[rows],
        on_s=None if fleet.on_s is None else fleet.on_s[rows],
        off_s=None if fleet.off_s is None else fleet.off_s[rows],
        node_id=none,
        plane=none,
        slot=none,
        name=None,
        catalog_number=None,
        pairs=None,
        recipe="",
        refused=(),
    )
