"""A few threads that share work: the thread that has it takes part, and waits for the others."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
THREADS = max(2, min(4, os.cpu_count() or 2))
"""That work at the same time, the calling one among them: a frame of a million nodes is 16 chunks of 70 us each."""


class Team:
    """Threads of one owner, which begin with the first work; only one thread may hand them any."""

    def __init__(self, name: str) -> None:
        """name: of its threads, for whoever looks at a trace."""
        self._pool = ThreadPoolExecutor(THREADS - 1, thread_name_prefix=name)

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """work(item) for each, on several threads, this one among them; returns when all have ended. The first error
        is raised, and no new item is begun after it."""
        left, lock = iter(items), threading.Lock()
        helpers = [self._pool.submit(_take_turns, work, left, lock) for _ in range(THREADS - 1)]
        try:
            _take_turns(work, left, lock)
        finally:
            for helper in helpers:
                helper.cancel()
            wait(helpers)
        for helper in helpers:
            if not helper.cancelled():
                helper.result()

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _take_turns(work: Callable[[T], None], left: Iterator[T], lock: threading.Lock) -> None:
    try:
        while True:
            with lock:
                item = next(left)
            work(item)
    except StopIteration:
        return
    except BaseException:
        with lock:  # what is left is no use to anyone
            for _ in left:
                pass
        raise
