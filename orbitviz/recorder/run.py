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

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.files import schema
from orbitviz.files.codec import chunk_count, chunk_nodes
from orbitviz.files.sites import users
from orbitviz.recorder.cluster import Cluster
from orbitviz.recorder.local import InProcess, Processes, Source
from orbitviz.recorder.loop import Progress, WriterLoop
from orbitviz.recorder.plan import size_of, writer_of
from orbitviz.recorder.shards import Span, divide, physics_of
from orbitviz.recorder.worker import Assignment
from orbitviz.sim.demand import weights_of_sites
from orbitviz.sim.dispatch import Dispatcher
from orbitviz.sim.service import Work, work_of
from orbitviz.sim.simulation import METRICS

_ONE_PRESS_S = 1.0
DEFAULT_METRICS = tuple(name for name in METRICS if name != "chip_k")
"""What is recorded when nothing is said: the chip's temperature follows from the radiator's and the compute power."""
MOST_WORKERS = 60
"""Windows can wait for 63 pipes at a time."""
DEFAULT_DURATION_S, DEFAULT_STEP_S = 7200.0, 60.0
"""For a fleet without a scenario (an imported catalogue)."""


@dataclass(frozen=True)
class RecordResult:
    """What was recorded. wall_s and node_steps_per_s: from the first frame begun to the last commit.

    path: the file, or the folder of segments; bytes: its size; peak_rss_mb: this process and its workers together, MB;
    complete: False when it was stopped (the frames committed so far are kept; without any there is no file).
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
    scheduler: str | None = None,
    segment: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RecordResult:
    """Simulates `fleet` from `start_s` (seconds from its epoch) and writes the recording to `path`.

    Frames are at start, start + step, ..., end - step. duration_s, step_s: by default the scenario's. metrics: names,
    by default DEFAULT_METRICS. workers: processes, by default one a core; fleets of one chunk (65,536 nodes) run in
    this process. scheduler: address of a Dask scheduler, or "local". segment: frames of a segment, 0 for one file; by
    default a run expected to be larger than plan.ONE_FILE_BYTES is cut into segments, in the folder NAME.segments.
    progress: called about five times a second; cancelled: asked as often, True stops.
    Stopped by `cancelled`, Ctrl-C or a termination signal, the committed frames are a valid file. Raises OrbitvizError.
    """
    span = _span(scenario, start_s, duration_s, step_s)
    infos = _metrics(scenario, fleet, metrics)
    work = work_of(scenario, fleet)
    source = _source(fleet, work, infos, span, workers, scheduler)
    target = Path(path)
    with _stop_signal() as stopped, writer_of(target, scenario, fleet, infos, span, segment) as writer:
        loop = WriterLoop(writer, infos, span, fleet, work, _dispatcher(scenario, fleet, work), progress)
        with source:
            for piece in source.batches(loop.dispatch):
                if stopped() or (cancelled is not None and cancelled()):
                    break
                loop.take(piece)
            peak_mb = source.peak_rss_mb
        complete = loop.committed == span.frames
        if loop.committed:
            writer.write_jobs(loop.jobs())
        writer.close(complete)
    return RecordResult(
        nodes=len(fleet),
        frames=loop.committed,
        wall_s=loop.wall_s,
        node_steps_per_s=loop.rate,
        bytes=size_of(writer.path) if loop.committed else 0,
        peak_rss_mb=peak_mb,
        path=writer.path,
        complete=complete,
    )


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
    known = schema.recorded_metrics(scenario, fleet, optional=True)
    wanted = list(dict.fromkeys(DEFAULT_METRICS if names is None else names))
    for name in wanted:
        if name not in METRICS or name not in known:
            raise OrbitvizError(f"a recorded metric must be one of {', '.join(METRICS)}, got '{name}'", "correct it")
    if not wanted:
        raise OrbitvizError("at least one metric must be recorded, got none", f"choose from {', '.join(METRICS)}")
    return [known[name] for name in wanted]


def _dispatcher(scenario: Scenario | None, fleet: Fleet, work: Work) -> Dispatcher | None:
    """Who assigns users' demand and batch work; None where nothing is to be assigned."""
    if scenario is None or not work.dispatched:
        return None
    weights = weights_of_sites(*users(scenario))
    open_km = fleet.elements.altitude_km if work.users is None else fleet.elements.altitude_km[work.users]
    altitude_km = float(open_km.mean()) if len(open_km) else float(fleet.elements.altitude_km.mean())
    meshed = scenario.links.topology != "none"
    return Dispatcher(scenario.workloads, weights, altitude_km, meshed, fleet.epoch, scenario.seed)


def _source(
    fleet: Fleet,
    work: Work,
    infos: Sequence[MetricInfo],
    span: Span,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Source:
    if workers is not None and workers < 1:
        raise OrbitvizError(f"there must be at least one worker, got {workers}", "give 1 or more, or leave it out")
    nodes = len(fleet)
    chunks, length = chunk_count(nodes), chunk_nodes(nodes)

    def divided(count: int) -> list[Assignment]:
        jobs = []
        for share in divide(chunks, min(count, chunks)):
            start, stop = share.start * length, min(nodes, share.stop * length)
            rows = physics_of(fleet, slice(start, stop))
            jobs.append(Assignment(share, rows, work.within(start, stop), tuple(infos), length, span))
        return jobs

    if scheduler is not None:
        return Cluster(scheduler, workers or usable_cores(), divided)
    if chunks == 1:
        return InProcess(divided(1)[0])
    return Processes(divided(min(workers or usable_cores(), MOST_WORKERS)))


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
