"""A recording process: builds its chunks, waits for the start, sends batch after batch, says what memory it took."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.recorder.memory import peak_rss_mb
from orbitviz.recorder.shards import ChunkRecorder, Span, physics_of
from orbitviz.sim.simulation import limit_threads

READY, BATCH, DONE, REFUSED, FAILED = "ready", "batch", "done", "refused", "failed"


@dataclass(frozen=True)
class Assignment:
    """What a worker gets: consecutive chunks, their rows alone (`fleet`), places in a chunk, metrics and frames."""

    chunks: range
    scenario: Scenario | None
    fleet: Fleet
    metrics: Sequence[MetricInfo]
    length: int
    span: Span


def work(pipe: Connection, job: Assignment) -> None:
    """Entry of the process. Sends (READY,), (BATCH, ChunkBatch, peak MB) ..., (DONE, None, peak MB), or a failure.

    A full pipe makes the process wait: that is the back pressure. When the parent is gone, so is the pipe, and it ends.
    """
    # Ctrl-C goes to the whole group of processes: only the parent acts on it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _work(pipe, job)
    except (BrokenPipeError, ConnectionResetError, EOFError):
        return
    except OrbitvizError as error:
        pipe.send((REFUSED, error.message, error.hint, error.path))
    except Exception as error:  # whatever it is, the parent must be able to say it
        pipe.send((FAILED, f"{type(error).__name__}: {error}"))


def _work(pipe: Connection, job: Assignment) -> None:
    limit_threads()
    recorders = chunk_recorders(job)
    pipe.send((READY,))
    pipe.recv()
    for batch in range(job.span.batches):
        for recorder in recorders:
            pipe.send((BATCH, recorder.batch(batch), peak_rss_mb()))
    pipe.send((DONE, None, peak_rss_mb()))


def chunk_recorders(job: Assignment) -> list[ChunkRecorder]:
    """One recorder for each chunk of the assignment."""
    return [
        ChunkRecorder(
            chunk,
            job.scenario,
            physics_of(job.fleet, slice(place * job.length, (place + 1) * job.length)),
            job.metrics,
            job.length,
            job.span,
        )
        for place, chunk in enumerate(job.chunks)
    ]
