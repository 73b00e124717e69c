"""Work that would hold the window up: done one after the other on a thread, told on the window's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal


class Background(QObject):
    """run(job, done) calls job() on the thread and done(its result) in the window. `failed`: an error's exception."""

    failed = Signal(object)
    _ended = Signal()

    def __init__(self, name: str, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"orbitviz {name}")
        self._waiting: deque[tuple[Future[Any], Callable[[Any], None]]] = deque()
        # Queued, as a job may end before run() returns: `done` is never called from within it.
        self._ended.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether something is under way or not yet told."""
        return bool(self._waiting)

    def run(self, job: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """After what was asked for before."""
        if self._closed:
            return
        future = self._pool.submit(job)
        self._waiting.append((future, done))
        future.add_done_callback(self._arrived)

    def _arrived(self, _: Future[Any]) -> None:
        if not self._closed:
            self._ended.emit()

    def _tell(self) -> None:
        while self._waiting and self._waiting[0][0].done():
            future, done = self._waiting.popleft()
            error = None if future.cancelled() else future.exception()
            if error is not None:
                self.failed.emit(error)
            elif not future.cancelled():
                done(future.result())

    def close(self) -> None:
        """Ends the thread; what is not told by now never is."""
        self._closed = True
        self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
