"""The one thread that owns the open recording. The newest request wins; jobs (a node's history, positions)
go between frames, long ones in parts."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

import numpy as np

from orbitviz.core.frame import Frame, FrameSource

Key = tuple[str, int]
Job = Callable[[FrameSource], Any]


class Parted(Protocol):
    """A job in parts: `step` does the next one and says whether it was the last; then `result` is whole."""

    @property
    def result(self) -> Any:
        """What the job was for."""

    def step(self, source: FrameSource) -> bool:
        """The next part."""


class Decoder:
    """Decodes wanted frames, in order; `deliver` gets each, `refuse` the key and error of one that cannot be read.

    Both are called on the decoder's thread.
    """

    def __init__(
        self,
        source: FrameSource,
        deliver: Callable[[Frame], None],
        refuse: Callable[[Key, Exception], None] = lambda key, error: None,
    ) -> None:
        self._source = source
        self._deliver = deliver
        self._refuse = refuse
        self._condition = threading.Condition()
        self._wanted: deque[Key] = deque()
        self._jobs: deque[tuple[Job | Parted, Future[Any]]] = deque()
        self._quick: deque[tuple[Job | Parted, Future[Any]]] = deque()
        self.frame_s = 0.0
        """What a frame took lately, seconds."""
        self._closing = False
        self._job_next = False
        self._thread = threading.Thread(target=self._run, name="orbitviz decoder", daemon=True)
        self._thread.start()

    def want(self, keys: list[Key]) -> None:
        """Replaces whatever was wanted and not begun."""
        with self._condition:
            self._wanted = deque(keys)
            self._condition.notify()

    def submit(self, job: Job, quick: bool = False) -> Future[Any]:
        """Runs `job(source)` on the decoder's thread, in turns with frames; `quick` ones, of a millisecond, before
        the next frame."""
        future: Future[Any] = Future()
        with self._condition:
            if self._closing:
                future.cancel()
                return future
            (self._quick if quick else self._jobs).append((job, future))
            self._condition.notify()
        return future

    def submit_parts(self, job: Parted, first: bool = False) -> Future[Any]:
        """Runs a job part by part, in turns with frames; `first`: before other jobs. Cancelled, it ends at once."""
        future: Future[Any] = Future()
        with self._condition:
            if self._closing:
                future.cancel()
            elif first:
                self._jobs.appendleft((job, future))
            else:
                self._jobs.append((job, future))
            self._condition.notify()
        return future

    def close(self) -> None:
        """Ends the thread and closes the source; waits for a read that is under way."""
        with self._condition:
            self._closing = True
            self._wanted.clear()
            for _, future in (*self._quick, *self._jobs):
                future.cancel()
            self._quick.clear()
            self._jobs.clear()
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closing or self._quick or self._wanted or self._jobs)
                if self._closing:
                    break
                # In turns: neither frames at high speed nor many histories may keep the other from being read.
                first = bool(self._quick) or (self._job_next and bool(self._jobs))
                key = self._wanted.popleft() if self._wanted and not first else None
                job = None if key else (self._quick or self._jobs).popleft()
                self._job_next = job is None
            if key is not None:
                self._decode(key)
            elif job is not None:
                self._work(*job)
        self._source.close()

    def _decode(self, key: Key) -> None:
        metric, index = key
        info, begin = self._source.metrics[metric], time.perf_counter()
        try:
            stored = np.empty(self._source.node_count, info.dtype)
            self._source.read(metric, index, stored)
        except Exception as error:  # a damaged chunk must not end playback of the rest
            self._refuse(key, error)
            return
        took_s = time.perf_counter() - begin
        self.frame_s += (0.3 if self.frame_s else 1.0) * (took_s - self.frame_s)
        stored.flags.writeable = False
        self._deliver(Frame(metric, index, float(self._source.times_s[index]), stored))

    def _work(self, job: Job | Parted, future: Future[Any]) -> None:
        parted = not callable(job)
        if future.cancelled() or (not parted and not future.set_running_or_notify_cancel()):
            return
        try:
            if callable(job):
                future.set_result(job(self._source))
            elif not job.step(self._source):
                self._go_on(job, future)
            elif future.set_running_or_notify_cancel():
                future.set_result(job.result)
        except Exception as error:
            if not parted or future.set_running_or_notify_cancel():
                future.set_exception(error)

    def _go_on(self, job: Parted, future: Future[Any]) -> None:
        """The rest of a job, before those behind it."""
        with self._condition:
            if self._closing:
                future.cancel()
            else:
                self._jobs.appendleft((job, future))
