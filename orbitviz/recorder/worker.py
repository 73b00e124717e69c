"""A recording process: builds its chunks, waits for the start, looks ahead, takes orders, sends what it simulated."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.cells import CELLS
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.recorder.memory import peak_rss_mb
from orbitviz.recorder.shards import SURFACE, ChunkBatch, ChunkRecorder, Span, physics_of
from orbitviz.sim.dispatch import Orders
from orbitviz.sim.service import Work
from orbitviz.sim.simulation import limit_threads

READY, OFFER, BATCH, DONE, REFUSED, FAILED = "ready", "offer", "batch", "done", "refused", "failed"


@dataclass(frozen=True)
class Assignment:
    """What a worker gets: chunks, their rows alone (`fleet`, `work`), places in a chunk, metrics, frames."""

    chunks: range
    fleet: Fleet
    work: Work
    metrics: Sequence[MetricInfo]
    length: int
    span: Span


class Shard:
    """The chunks of one assignment through time; the same object works in this process, in a child, on a cluster."""

    def __init__(self, job: Assignment) -> None:
        self._job = job
        self._recorders = [
            ChunkRecorder(chunk, *_rows_of(job, place), job.metrics, job.length, job.span)
            for place, chunk in enumerate(job.chunks)
        ]

    def look_ahead(self, batch: int) -> NDArray[np.float64] | None:
        """What all its nodes offer to users in the coming batch, by cell: see simulation.Ahead."""
        offers = [recorder.look_ahead(batch) for recorder in self._recorders]
        if offers[0] is None:
            return None
        return np.asarray(np.sum([offer for offer in offers if offer is not None], axis=0))

    def run(self, batch: int, orders: Orders | None) -> Iterator[ChunkBatch]:
        """The batch looked ahead to, chunk by chunk; the last one brings the sums by cell of all of them."""
        frames = len(self._job.span.frames_of(batch))
        surface = np.zeros((frames, 1 + len(SURFACE), CELLS), np.uint32)
        for recorder in self._recorders:
            piece = recorder.batch(batch, orders)
            recorder.add_surface(surface)
            yield replace(piece, surface=surface) if recorder is self._recorders[-1] else piece

    def run_all(self, batch: int, orders: Orders | None) -> list[ChunkBatch]:
        """The same as a list: what an actor of a cluster can hand back."""
        return list(self.run(batch, orders))

    def peak_mb(self) -> float:
        """Most memory of the process it is in, MB."""
        return peak_rss_mb()


def _rows_of(job: Assignment, place: int) -> tuple[Fleet, Work]:
    start, stop = place * job.length, min((place + 1) * job.length, len(job.fleet))
    return physics_of(job.fleet, slice(start, stop)), job.work.within(start, stop)


def work(pipe: Connection, job: Assignment) -> None:
    """Entry of the process. Sends (READY,), then for each batch (OFFER, offers, peak MB) where work is dispatched, and
    (BATCH, ChunkBatch, peak MB) for each chunk; at the end (DONE, None, peak MB), or a failure.

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
    shard = Shard(job)
    pipe.send((READY,))
    pipe.recv()
    for batch in range(job.span.batches):
        offers, orders = shard.look_ahead(batch), None
        if job.work.dispatched:
            pipe.send((OFFER, offers, peak_rss_mb()))
            orders = pipe.recv()
        for piece in shard.run(batch, orders):
            pipe.send((BATCH, piece, peak_rss_mb()))
    pipe.send((DONE, None, peak_rss_mb()))
