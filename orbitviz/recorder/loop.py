"""The writer's loop: puts chunks into the file as they come, asks the dispatcher, commits frames in order."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.cells import COLUMNS, ROWS
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.files.codec import chunk_count
from orbitviz.files.segments_writer import FrameWriter
from orbitviz.recorder import totals
from orbitviz.recorder.events import Watch
from orbitviz.recorder.shards import SURFACE, ChunkBatch, GangEvent, Span
from orbitviz.sim.dispatch import Asked, Dispatcher, Orders
from orbitviz.sim.service import Work
from orbitviz.sim.simulation import TFLOP_PER_PF

F64 = NDArray[np.float64]
_REPORT_S = 0.2


@dataclass(frozen=True)
class Progress:
    """How far a recording is: committed frames, seconds since the first frame was begun, rate, seconds left."""

    frames_done: int
    frames: int
    wall_s: float
    node_steps_per_s: float
    left_s: float


class WriterLoop:
    """Of one recording. `dispatch` and `take` are called by the source, in order of time."""

    def __init__(
        self,
        writer: FrameWriter,
        infos: Sequence[MetricInfo],
        span: Span,
        fleet: Fleet,
        work: Work,
        dispatcher: Dispatcher | None,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._writer, self._infos, self._span, self._progress = writer, infos, span, progress
        self._nodes, self._shells, self._work = len(fleet), totals.shell_count(fleet), work
        self._dispatcher = dispatcher
        self._watch = Watch(fleet, work.gangs)
        self._chunks = chunk_count(self._nodes)
        self._arrived: dict[int, dict[int, ChunkBatch]] = {}
        self._asked: dict[int, list[Asked]] = {}
        self._gang_sums: dict[int, F64] = {}
        self._begun_s = time.perf_counter()
        self._reported_s = -math.inf
        self.committed = 0
        self.wall_s = 0.0

    @property
    def rate(self) -> float:
        """Node-steps a second so far."""
        return self.committed * self._nodes / self.wall_s if self.wall_s > 0.0 else 0.0

    def dispatch(self, batch: int, offered_tf: F64) -> Orders:
        """Orders for the frames of a batch; the frames of all earlier ones are accounted for."""
        assert self._dispatcher is not None
        times_s = np.array([self._span.t_s(frame) for frame in self._span.frames_of(batch)])
        orders, self._asked[batch] = self._dispatcher.orders(times_s, self._span.step_s, offered_tf / TFLOP_PER_PF)
        return orders

    def take(self, piece: ChunkBatch | None) -> None:
        """One piece of work, or None: nothing came for a while."""
        if piece is None:
            if not self._arrived and not self.committed:
                self._begun_s = time.perf_counter()
            return
        for frame, deflated, checks in zip(
            self._span.frames_of(piece.batch), piece.deflated, piece.checks.tolist(), strict=True
        ):
            for info, data, crc in zip(self._infos, deflated, checks, strict=True):
                self._writer.write_chunk(info.name, frame, piece.chunk, data, crc)
        arrived = self._arrived.setdefault(piece.batch, {})
        arrived[piece.chunk] = piece
        object.__setattr__(piece, "deflated", ())  # it is in the file: let go of the bytes
        if len(arrived) == self._chunks:
            self._commit(piece.batch, [piece for _, piece in sorted(self._arrived.pop(piece.batch).items())])

    # -- A batch whose last chunk is there ---------------------------------------------------------------------------

    def _commit(self, batch: int, pieces: list[ChunkBatch]) -> None:
        clipped = sum((piece.clipped for piece in pieces), np.zeros_like(pieces[0].clipped))
        work = sum((piece.work for piece in pieces), np.zeros_like(pieces[0].work))
        grids_of = [piece.surface for piece in pieces if piece.surface is not None]
        surface: NDArray[np.uint64] = np.sum(np.stack(grids_of), axis=0, dtype=np.uint64)
        asked = self._asked.pop(batch, None)
        queued = self._dispatcher.account(work[:, 1], self._span.step_s) if self._dispatcher is not None else None
        gangs = [event for piece in pieces for event in piece.gangs]
        for piece in pieces:
            self._gang_sums[piece.chunk] = piece.gang_sums
        for place, frame in enumerate(self._span.frames_of(batch)):
            part = self._folded(pieces, place)
            named = totals.totals_of(part) | self._percentiles(pieces, place)
            grids = self._surface(surface[place])
            if self._work.utilization is None:
                named |= self._work_totals(work[place], asked[place] if asked else None, queued, place)
            if asked is not None and self._work.has_users:
                grids |= {
                    "inference_demand_pf": asked[place].demand_pf,
                    "inference_unplaced_pf": asked[place].unplaced_pf,
                }
            events = self._events(frame, part, named, [event for event in gangs if event.frame == frame])
            counts = {info.name: int(n) for info, n in zip(self._infos, clipped[place], strict=True)}
            single = {name: np.asarray(grid, np.float32).reshape(ROWS, COLUMNS) for name, grid in grids.items()}
            self._writer.commit(frame, self._span.t_s(frame), named, counts, single, events)
            self.committed = frame + 1
            self.wall_s = time.perf_counter() - self._begun_s
            self._report()

    def _folded(self, pieces: Sequence[ChunkBatch], place: int) -> F64:
        """Parts of a frame's totals added up in the order of chunks: the same sum whoever came first."""
        total = totals.empty_part(self._shells)
        for piece in pieces:
            part = piece.parts[place]
            totals.fold(total[piece.first_shell : piece.first_shell + len(part)], part)
        return total

    def _percentiles(self, pieces: Sequence[ChunkBatch], place: int) -> dict[str, float]:
        named: dict[str, float] = {}
        for info in self._infos:
            if info.name in pieces[0].counts:
                counts = sum(piece.counts[info.name][place] for piece in pieces)
                named |= totals.percentiles_of(info, np.asarray(counts))
        return named

    def _work_totals(self, work: F64, asked: Asked | None, queued: F64 | None, place: int) -> dict[str, Any]:
        named: dict[str, Any] = dict(zip(totals.WORK, work, strict=True))
        if asked is not None:
            demand_pf = float(asked.demand_pf.sum())
            named["inference_demand_pf"] = demand_pf
            named["inference_unserved_pf"] = max(0.0, demand_pf - named["inference_served_pf"])
            if self._work.has_batch and math.isfinite(asked.batch_pf) and queued is not None:
                named["batch_demand_pf"], named["batch_queued_pf_s"] = asked.batch_pf, queued[place]
        return named

    def _surface(self, sums: NDArray[np.uint64]) -> dict[str, NDArray[Any]]:
        """Nodes, and physical sums of the recorded ones of SURFACE, by cell."""
        grids: dict[str, NDArray[Any]] = {"nodes": sums[0]}
        recorded = {info.name: info for info in self._infos}
        for place, name in enumerate(SURFACE, 1):
            if name in recorded:
                grids[name] = sums[place] * recorded[name].scale + sums[0] * recorded[name].offset
        return grids

    def _events(self, frame: int, part: F64, named: dict[str, Any], gangs: list[GangEvent]) -> list[Event]:
        t_s = self._span.t_s(frame)
        demand, unserved = (float(named.get(f"inference_{what}_pf", 0.0)) for what in ("demand", "unserved"))
        return [*self._watch.frame(t_s, part, demand, unserved), *self._watch.gangs(t_s, gangs)]

    def _report(self) -> None:
        last = self.committed == self._span.frames
        if self._progress is None or (not last and self.wall_s - self._reported_s < _REPORT_S):
            return
        self._reported_s = self.wall_s
        left_s = self.wall_s / self.committed * (self._span.frames - self.committed)
        self._progress(Progress(self.committed, self._span.frames, self.wall_s, self.rate, left_s))

    # -- The end -----------------------------------------------------------------------------------------------------

    def jobs(self) -> list[Job]:
        """The gangs, with what they did up to the last batch taken."""
        jobs: list[Job] = []
        for sums in (self._gang_sums[chunk] for chunk in sorted(self._gang_sums)):
            for place, first, done, lost, stalled_s in sums:
                plan = self._work.gangs[int(place)]
                members = np.arange(int(first), int(first) + plan.size, dtype=np.uint32)
                name = f"{plan.workload}/{len(jobs) + 1}"
                last = max(0, self.committed - 1)
                jobs.append(Job(name, "training", plan.workload, 0, last, members, done, lost, stalled_s))
        return jobs
