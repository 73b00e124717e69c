"""Opens documents on a worker thread, so that the window never stands still; the last one asked for wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from orbitviz.core.address import address_title, is_address
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.files import vetting

LOOK_MS = 100
"""How often it is asked whether a file is still being looked at."""
SAID_S = 0.3
"""A look that is over before is not spoken of."""

Open = Callable[..., Document]
"""Of a preset's name or a path; of an address with a second argument, which is told the bytes fetched so far."""


def open_anything(what: str | Path, told: Callable[[int], None] | None = None) -> Document:
    """The library's own open(), loaded with its first use."""
    from orbitviz import api

    document: Document = api.open(what, told)
    return document


def spoken(what: str | Path) -> str:
    """What a file is called while it is opened: its name, with the host where it is elsewhere; never a secret."""
    return address_title(str(what)) if is_address(what) else Path(what).name


class Loader(QObject):
    """load(what) answers later with `opened(document, what)` or `failed(error, what)`, in the window's thread.

    checking(what, seconds): a process has been looking through the file for so long before it is opened; 0 s: it is
    done. fetched(what, bytes): so much of a file elsewhere has come. stop() gives up and answers with stopped(what).
    """

    opened = Signal(object, str)
    failed = Signal(object, str)
    begun = Signal(str)
    checking = Signal(str, float)
    stopped = Signal(str)
    fetched = Signal(str, object)
    _done = Signal(int, object, object)
    _came = Signal(int, object)

    def __init__(self, opener: Open = open_anything, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = opener
        self._ticket = 0
        self._threads: list[threading.Thread] = []
        self._names: dict[int, str] = {}
        self._said = False
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._came.connect(self._say_fetched, Qt.ConnectionType.QueuedConnection)
        self._watch = QTimer(self)
        self._watch.setInterval(LOOK_MS)
        self._watch.timeout.connect(self._ask)

    @property
    def busy(self) -> bool:
        """Whether something is being opened."""
        return any(thread.is_alive() for thread in self._threads)

    def load(self, what: str | Path) -> None:
        """Opens a preset's name or a path."""
        self._give_up()
        self._names[self._ticket] = str(what)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=self._work, args=(self._ticket, what), name="orbitviz loader", daemon=True)
        self._threads.append(thread)
        self.begun.emit(str(what))
        thread.start()
        self._watch.start()

    def stop(self) -> None:
        """Gives up what is being opened; a file that is being looked at is let go at once."""
        name = self._names.get(self._ticket)
        self._give_up()
        if name is not None:
            self.stopped.emit(name)

    def _give_up(self) -> None:
        self._ticket += 1
        self._watch.stop()
        self._said = False
        for thread in self._threads:
            vetting.stop(thread.ident or 0)

    def _ask(self) -> None:
        """Says that the file is being looked at, and that it no longer is."""
        name = self._names.get(self._ticket)
        if name is None or not self._threads:
            self._watch.stop()
            return
        seconds = vetting.checking_s(self._threads[-1].ident or 0)
        if seconds > SAID_S:
            self._said = True
            self.checking.emit(name, seconds)
        elif self._said and seconds == 0.0:
            self._said = False
            self.checking.emit(name, 0.0)

    def _work(self, ticket: int, what: str | Path) -> None:
        try:
            document: Any = self._open(what, partial(self._told, ticket)) if is_address(what) else self._open(what)
            self._done.emit(ticket, document, None)
        except Exception as error:
            self._done.emit(ticket, None, error)
        except SystemExit as error:  # a library must not end the window
            self._done.emit(ticket, None, RuntimeError(str(error)))

    def _told(self, ticket: int, fetched: int) -> None:
        """On the worker thread: so much has come; who no longer waits ends it."""
        if ticket != self._ticket:
            raise OrbitvizError("opening must go on to be done, it was stopped")
        self._came.emit(ticket, fetched)

    def _say_fetched(self, ticket: int, fetched: int) -> None:
        if ticket == self._ticket and ticket in self._names:
            self.fetched.emit(self._names[ticket], fetched)

    def _take(self, ticket: int, document: Any, error: Any) -> None:
        name = self._names.pop(ticket, "")
        if ticket != self._ticket:
            if document is not None and document.recording is not None:
                document.recording.close()
            return
        self._watch.stop()
        self._said = False
        if error is not None:
            self.failed.emit(error, name)
        else:
            self.opened.emit(document, name)

    def close(self, timeout_s: float = 10.0) -> None:
        """Forgets what is under way and waits for it to end."""
        self._give_up()
        for thread in self._threads:
            thread.join(timeout_s)
        self._threads.clear()
