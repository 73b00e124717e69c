"""Files elsewhere are looked at in the confined process too: it asks for pieces, and this program, which alone reaches
the network, brings them from the blocks that are read again when the file is opened.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from orbitviz.core.errors import FileRefusedError
from orbitviz.files import vetting
from orbitviz.files.remote import RemoteSource
from orbitviz.files.vetting_bytes import MAX_PIECE

MAX_PIECES = 100_000
NETWORK_S = 600.0
"""How long all pieces of one file may take to come, besides the time that looking at them may take."""
REMEMBERED = 1024
"""Segments of a long run are opened again and again."""
_AGAIN = "ask for another copy, or copy it here and try `orbitviz recover`"

_remembered: OrderedDict[str, None] = OrderedDict()
_lock = threading.Lock()


def vet_source(source: RemoteSource, kinds: Sequence[str]) -> None:
    """Has a file elsewhere looked at; OrbitvizError when it must not be opened here, or cannot be had.

    What was found holds for the same address, ETag or time of change, and size.
    """
    known = f"{source.state}\n{','.join(kinds)}" if source.state else ""
    with _lock:
        if known in _remembered:
            _remembered.move_to_end(known)
            return
    path = Path(source.name)
    limit_s = vetting.LIMIT_S + vetting.LIMIT_S_PER_GB * source.size / 1e9
    request = {"path": source.name, "size": source.size, "kinds": list(kinds), "limit_s": limit_s}
    try:
        answer = vetting.ask(request, Pieces(source))
    except OSError as error:
        answer = {"lost": error.strerror or str(error)}
    try:
        vetting.verdict_of(answer, path)
    except FileRefusedError as error:
        harmful = "recover" in error.hint
        raise FileRefusedError(error.message, _AGAIN if harmful else error.hint) from None  # it has no path here
    if known:
        with _lock:
            _remembered[known] = None
            while len(_remembered) > REMEMBERED:
                _remembered.popitem(last=False)


class Pieces:
    """What the confined process may have: pieces of one file, so many, within so much time. What it says is not
    trusted."""

    def __init__(self, source: RemoteSource) -> None:
        self._source = source
        self._left, self._left_s = MAX_PIECES, NETWORK_S

    def __call__(self, want: object) -> bytes:
        """The bytes of [offset, size]; OrbitvizError where they cannot be had, or must not."""
        source = self._source
        match want:
            case [int(offset), int(size)] if 0 <= offset < offset + size <= source.size and size <= MAX_PIECE:
                pass
            case _:
                raise self._refuse("must be read within its bounds, looking through it asked for other bytes")
        self._left -= 1
        if self._left < 0:
            raise self._refuse(f"must be read in {MAX_PIECES:,} pieces, looking through it took more")
        begun = time.monotonic()
        try:
            data = source.read_at(offset, size)
        except OSError as error:
            raise source.refusal_of(error) from None
        self._left_s -= time.monotonic() - begun
        if self._left_s < 0:
            raise self._refuse(f"must come within {NETWORK_S:.0f} s to be looked at, the network took longer")
        return data

    def _refuse(self, why: str) -> FileRefusedError:
        return FileRefusedError(f"{self._source.name} {why}; nothing was opened", "copy the file here first")
