"""Where batches come from: this process (small fleets), or one process a core on this machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.recorder import worker
from orbitviz.recorder.memory import peak_rss_mb
from orbitviz.recorder.shards import ChunkBatch
from orbitviz.recorder.worker import Assignment, Shard
from orbitviz.sim.dispatch import Orders

Dispatch = Callable[[int, NDArray[np.float64]], Orders]
"""(batch, what all nodes offer by cell) -> orders; asked in order, once all earlier batches were handed out."""

AHEAD = 1
"""Batches a worker may be ahead of the oldest unfinished one before its pipe is left to fill up."""
_POLL_S = 0.2
_THREAD_COUNTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Source(Protocol):
    """Makes batches. Used as a context manager; leaving it stops whatever is still at work."""

    def __enter__(self) -> Source:
        """Builds the models, up to where the first frame can begin."""

    def __exit__(self, *details: object) -> None:
        """Stops and cleans up."""

    def batches(self, dispatch: Dispatch) -> Iterator[ChunkBatch | None]:
        """Every (chunk, batch), those of one chunk in order; None now and then, so that the caller can look about."""

    @property
    def peak_rss_mb(self) -> float:
        """Most memory of this process and its workers together, MB."""


class InProcess:
    """All chunks in this process, one after the other."""

    def __init__(self, job: Assignment) -> None:
        self._job = job

    def __enter__(self) -> InProcess:
        self._shard: Shard | None = Shard(self._job)
        return self

    def __exit__(self, *details: object) -> None:
        self._shard = None

    def batches(self, dispatch: Dispatch) -> Iterator[ChunkBatch | None]:
        """In order of batch, then chunk."""
        assert self._shard is not None
        for batch in range(self._job.span.batches):
            offers = self._shard.look_ahead(batch)
            yield from self._shard.run(batch, None if offers is None else dispatch(batch, offers))

    @property
    def peak_rss_mb(self) -> float:
        """Of this process."""
        return peak_rss_mb()


class Processes:
    """One process for each assignment, started afresh ("spawn": the same on Linux, macOS and Windows)."""

    def __init__(self, jobs: Sequence[Assignment]) -> None:
        self._jobs = jobs
        self._workers: dict[Connection, BaseProcess] = {}
        self._peaks_mb: dict[Connection, float] = {}

    def __enter__(self) -> Processes:
        context = multiprocessing.get_context("spawn")
        try:
            with bare_main(), one_thread():
                for job in self._jobs:
                    ours, theirs = context.Pipe()
                    process = context.Process(
                        target=worker.work, args=(theirs, job), daemon=True, name="orbitviz-record"
                    )
                    process.start()
                    theirs.close()
                    self._workers[ours] = process
        except OSError as error:
            self.__exit__()
            raise OrbitvizError(
                f"the system must start {len(self._jobs)} recording processes, {error.strerror or error}",
                "record with fewer workers",
            ) from error
        return self

    def __exit__(self, *details: object) -> None:
        for pipe, process in self._workers.items():
            pipe.close()
            process.terminate()
        for process in self._workers.values():
            process.join()
        self._workers.clear()

    def batches(self, dispatch: Dispatch) -> Iterator[ChunkBatch | None]:
        """As they come; a worker too far ahead of the others is left waiting, so memory stays bounded."""
        yield from self._start()
        done = dict.fromkeys(self._workers, 0)
        chunks = {pipe: len(job.chunks) for pipe, job in zip(self._workers, self._jobs, strict=True)}
        offers: dict[Connection, NDArray[np.float64]] = {}
        while done:
            oldest = min(count // chunks[pipe] for pipe, count in done.items())
            open_pipes = [pipe for pipe, count in done.items() if count // chunks[pipe] <= oldest + AHEAD]
            ready = _ready(open_pipes)
            if not ready:
                yield None
            for pipe in ready:
                kind, content, self._peaks_mb[pipe] = self._receive(pipe)
                if kind == worker.DONE:
                    del done[pipe]
                elif kind == worker.OFFER:
                    offers[pipe] = content
                else:
                    done[pipe] += 1
                    yield content
            if len(offers) == len(self._workers):
                # Offers are whole numbers: their sum does not depend on how many workers there are.
                orders = dispatch(oldest, np.sum(list(offers.values()), axis=0))
                offers.clear()
                for pipe in self._workers:
                    pipe.send(orders)

    def _start(self) -> Iterator[None]:
        """Waits until every worker has built its models, then lets all of them go at once."""
        waiting = set(self._workers)
        while waiting:
            for pipe in _ready(list(waiting)):
                self._receive(pipe)
                waiting.discard(pipe)
            yield None
        for pipe in self._workers:
            pipe.send(None)

    def _receive(self, pipe: Connection) -> Any:
        """One message; a failure of the worker, or its death, as a sentence."""
        try:
            message = pipe.recv()
        except (EOFError, OSError) as error:
            process = self._workers[pipe]
            process.join(2.0)
            raise OrbitvizError(
                f"a recording process must run to the end, one ended early (exit code {process.exitcode})",
                "if memory is short, record with fewer workers or on a machine with more of it",
            ) from error
        if message[0] == worker.REFUSED:
            raise OrbitvizError(*message[1:])
        if message[0] == worker.FAILED:
            raise OrbitvizError(
                f"a recording process must run to the end, one failed with {message[1]}",
                "this is a fault of the program: please report it with the scenario",
            )
        return message

    @property
    def peak_rss_mb(self) -> float:
        """Of this process and its workers, as of their last messages."""
        return peak_rss_mb() + sum(self._peaks_mb.values())


def _ready(pipes: list[Connection]) -> list[Connection]:
    """Pipes with a message, or whose other end is gone; none after a while."""
    return cast(list[Connection], wait(pipes, _POLL_S))


@contextlib.contextmanager
def bare_main() -> Iterator[None]:
    """Workers need none of the caller's script: without this, "spawn" would run it again in each of them."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Workers inherit one thread for linear algebra: there is a process for each core already."""
    before = {name: os.environ.get(name) for name in _THREAD_COUNTS}
    os.environ.update(dict.fromkeys(_THREAD_COUNTS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
