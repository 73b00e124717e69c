"""Opens documents on a worker thread, so that the window never stands still; the last one asked for wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from orbitviz.core.document import Document

Open = Callable[[str | Path], Document]


def open_anything(what: str | Path) -> Document:
    """The library's own open(), loaded with its first use."""
    from orbitviz import api

    document: Document = api.open(what)
    return document


class Loader(QObject):
    """load(what) answers later with `opened(document, what)` or `failed(error, what)`, in the window's thread."""

    opened = Signal(object, str)
    failed = Signal(object, str)
    begun = Signal(str)
    _done = Signal(int, object, object)

    def __init__(self, opener: Open = open_anything, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = opener
        self._ticket = 0
        self._threads: list[threading.Thread] = []
        self._names: dict[int, str] = {}
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether something is being opened."""
        return any(thread.is_alive() for thread in self._threads)

    def load(self, what: str | Path) -> None:
        """Opens a preset's name or a path."""
        self._ticket += 1
        self._names[self._ticket] = str(what)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._work, args=(self._ticket, what), name="orbitviz loader", daemon=True)
        self._threads.append(thread)
        self.begun.emit(str(what))
        thread.start()

    def _work(self, ticket: int, what: str | Path) -> None:
        try:
            document: Any = self._open(what)
            self._done.emit(ticket, document, None)
        except Exception as error:
            self._done.emit(ticket, None, error)
        except SystemExit as error:  # a library must not end the window
            self._done.emit(ticket, None, RuntimeError(str(error)))

    def _take(self, ticket: int, document: Any, error: Any) -> None:
        name = self._names.pop(ticket, "")
        if ticket != self._ticket:
            if document is not None and document.recording is not None:
                document.recording.close()
            return
        if error is not None:
            self.failed.emit(error, name)
        else:
            self.opened.emit(document, name)

    def close(self, timeout_s: float = 10.0) -> None:
        """Forgets what is under way and waits for it to end."""
        self._ticket += 1
        for thread in self._threads:
            thread.join(timeout_s)
        self._threads.clear()
