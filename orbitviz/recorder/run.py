"""record(): from a scenario and its fleet to a recording on disk. The writer loop runs here, in the caller's thread."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.files import schema
from orbitviz.files.codec import chunk_count, chunk_nodes
from orbitviz.files.recording_writer import RecordingWriter
from orbitviz.recorder.local import InProcess, Processes, Source
from orbitviz.recorder.shards import ChunkBatch, Span, add_part, divide, empty_part, physics_of, totals_of
from orbitviz.recorder.worker import Assignment
from orbitviz.sim.compute import constant_utilization
from orbitviz.sim.simulation import METRICS

_REPORT_S = 0.2
_ONE_PRESS_S = 1.0
MOST_WORKERS = 60
"""Windows can wait for 63 pipes at a time."""
DEFAULT_DURATION_S, DEFAULT_STEP_S = 7200.0, 60.0
"""For a fleet without a scenario (an imported catalogue)."""


@dataclass(frozen=True)
class Progress:
    """How far a recording is: committed frames, seconds since the first frame was begun, rate, seconds left."""

    frames_done: int
    frames: int
    wall_s: float
    node_steps_per_s: float
    left_s: float


@dataclass(frozen=True)
class RecordResult:
    """What was recorded. wall_s and node_steps_per_s: from the first frame begun to the last commit.

    bytes: size of the file; peak_rss_mb: this process and its workers together, MB; complete: False when it was stopped
    (the file holds the frames committed so far; without any there is no file).
    """

    nodes: int
    frames: int
    wall_s: float
    node_steps_per_s: float
    bytes: int
    peak_rss_mb: float
    path: Path
    complete: bool


def record(
    scenario: Scenario | None,
    fleet: Fleet,
    path: str | Path,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    step_s: float | None = None,
    metrics: Sequence[str] | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RecordResult:
    """Simulates `fleet` from `start_s` (seconds from its epoch) and writes the recording to `path`.

    Frames are at start, start + step, ..., end - step. duration_s, step_s: by default the scenario's. metrics: names,
    by default all that are simulated. workers: processes, by default one a core; fleets of one chunk (65,536 nodes)
    run in this process. progress: called about five times a second; cancelled: asked as often, True stops.
    Stopped by `cancelled`, Ctrl-C or a termination signal, the committed frames are a valid file. Raises OrbitvizError.
    """
    span = _span(scenario, start_s, duration_s, step_s)
    constant_utilization(scenario.workloads if scenario is not None else ())
    infos = _metrics(scenario, fleet, metrics)
    source = _source(scenario, fleet, infos, span, workers)
    target = Path(path)
    with _stop_signal() as stopped, RecordingWriter(target, scenario, fleet, infos, span.step_s, span.frames) as writer:
        loop = _WriterLoop(writer, infos, span, len(fleet), progress)
        with source:
            for piece in source.batches():
                if stopped() or (cancelled is not None and cancelled()):
                    break
                loop.take(piece)
            peak_mb = source.peak_rss_mb
        complete = loop.committed == span.frames
        writer.close(complete)
    return RecordResult(
        nodes=len(fleet),
        frames=loop.committed,
        wall_s=loop.wall_s,
        node_steps_per_s=loop.rate,
        bytes=target.stat().st_size if loop.committed else 0,
        peak_rss_mb=peak_mb,
        path=target,
        complete=complete,
    )


class _WriterLoop:
    """Puts chunks into the file as they come and commits a batch's frames, in order, when its last chunk is there."""

    def __init__(
        self,
        writer: RecordingWriter,
        infos: Sequence[MetricInfo],
        span: Span,
        nodes: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._writer, self._infos, self._span, self._nodes, self._progress = writer, infos, span, nodes, progress
        self._chunks = chunk_count(nodes)
        self._arrived: dict[int, dict[int, ChunkBatch]] = {}
        self._begun_s = time.perf_counter()
        self._reported_s = -math.inf
        self.committed = 0
        self.wall_s = 0.0

    @property
    def rate(self) -> float:
        """Node-steps a second so far."""
        return self.committed * self._nodes / self.wall_s if self.wall_s > 0.0 else 0.0

    def take(self, piece: ChunkBatch | None) -> None:
        """One piece of work, or None: nothing came for a while."""
        if piece is None:
            if not self._arrived and not self.committed:
                self._begun_s = time.perf_counter()
            return
        for frame, deflated in zip(self._span.frames_of(piece.batch), piece.deflated, strict=True):
            for info, data in zip(self._infos, deflated, strict=True):
                self._writer.write_chunk(info.name, frame, piece.chunk, data)
        arrived = self._arrived.setdefault(piece.batch, {})
        arrived[piece.chunk] = ChunkBatch(piece.chunk, piece.batch, (), piece.parts, piece.clipped)
        if len(arrived) == self._chunks:
            self._commit(piece.batch, self._arrived.pop(piece.batch))

    def _commit(self, batch: int, pieces: dict[int, ChunkBatch]) -> None:
        ordered = [pieces[chunk] for chunk in sorted(pieces)]
        clipped = sum((piece.clipped for piece in ordered), np.zeros_like(ordered[0].clipped))
        for place, frame in enumerate(self._span.frames_of(batch)):
            counts = {info.name: int(n) for info, n in zip(self._infos, clipped[place], strict=True)}
            self._writer.commit(frame, self._span.t_s(frame), totals_of(_folded(ordered, place)), counts)
            self.committed = frame + 1
            self.wall_s = time.perf_counter() - self._begun_s
            self._report()

    def _report(self) -> None:
        last = self.committed == self._span.frames
        if self._progress is None or (not last and self.wall_s - self._reported_s < _REPORT_S):
            return
        self._reported_s = self.wall_s
        left_s = self.wall_s / self.committed * (self._span.frames - self.committed)
        self._progress(Progress(self.committed, self._span.frames, self.wall_s, self.rate, left_s))


def _folded(pieces: Sequence[ChunkBatch], place: int) -> NDArray[np.float64]:
    """Parts of a frame's totals added up in the order of chunks: the same sum whoever came first."""
    total = empty_part()
    for piece in pieces:
        add_part(total, piece.parts[place])
    return total


def _span(scenario: Scenario | None, start_s: float, duration_s: float | None, step_s: float | None) -> Span:
    if step_s is None:
        step_s = scenario.step_s if scenario is not None else DEFAULT_STEP_S
    if duration_s is None:
        duration_s = scenario.duration_s if scenario is not None else DEFAULT_DURATION_S
    for name, value in (("step", step_s), ("duration", duration_s)):
        if not (math.isfinite(value) and value > 0.0):
            raise OrbitvizError(f"the {name} of a recording must be above zero, got {value} s", f"give a {name} as 60s")
    if not math.isfinite(start_s):
        raise OrbitvizError(f"the start of a recording must be a number of seconds, got {start_s}", "give a real time")
    frames = max(1, math.ceil(duration_s / step_s - 1e-9))
    if frames > schema.MAX_FRAMES:
        raise OrbitvizError(
            f"a recording must have at most {schema.MAX_FRAMES:,} frames, got {frames:,}", "take a longer step"
        )
    return Span(start_s, step_s, frames)


def _metrics(scenario: Scenario | None, fleet: Fleet, names: Sequence[str] | None) -> list[MetricInfo]:
    if len(fleet) == 0:
        raise OrbitvizError("a fleet to be recorded must have nodes, it has none", "add a shell to the recipe")
    known = schema.recorded_metrics(scenario, fleet)
    wanted = list(dict.fromkeys(METRICS if names is None else names))
    for name in wanted:
        if name not in METRICS or name not in known:
            raise OrbitvizError(f"a recorded metric must be one of {', '.join(METRICS)}, got '{name}'", "correct it")
    if not wanted:
        raise OrbitvizError("at least one metric must be recorded, got none", f"choose from {', '.join(METRICS)}")
    return [known[name] for name in wanted]


def _source(
    scenario: Scenario | None, fleet: Fleet, infos: Sequence[MetricInfo], span: Span, workers: int | None
) -> Source:
    if workers is not None and workers < 1:
        raise OrbitvizError(f"there must be at least one worker, got {workers}", "give 1 or more, or leave it out")
    nodes = len(fleet)
    chunks, length = chunk_count(nodes), chunk_nodes(nodes)
    shares = divide(chunks, min(workers or usable_cores(), chunks, MOST_WORKERS))
    jobs = [
        Assignment(
            share,
            scenario,
            physics_of(fleet, slice(share.start * length, min(nodes, share.stop * length))),
            tuple(infos),
            length,
            span,
        )
        for share in shares
    ]
    return InProcess(jobs[0]) if chunks == 1 else Processes(jobs)


def usable_cores() -> int:
    """Cores this process may run on."""
    # Only Linux says how many of them a container or a batch system grants.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def _stop_signal() -> Iterator[Callable[[], bool]]:
    """Turns Ctrl-C and polite termination into a question, so that no write is cut in two.

    A second Ctrl-C, a second later or more, acts at once. Signals can be caught in the main thread only; elsewhere the
    answer is always no.
    """
    caught = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield caught.is_set
        return
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    first_s = math.inf

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal first_s
        first_s = min(first_s, time.monotonic())
        caught.set()
        # Wrappers such as `timeout` and `make` pass Ctrl-C on, so one press may come twice.
        if time.monotonic() - first_s > _ONE_PRESS_S:
            signal.signal(number, before[number] or signal.SIG_DFL)
            signal.raise_signal(number)

    for number in numbers:
        signal.signal(number, stop)
    try:
        yield caught.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
