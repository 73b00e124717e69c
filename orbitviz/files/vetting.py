"""Files from others are looked at in another process before this one opens them: what crashes, hangs or fills the
memory over a file is that process, and the file is refused with a sentence (vetting_child.py is what it runs).
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from orbitviz.core.errors import FileRefusedError, OrbitvizError, RecipeError
from orbitviz.files.identity import Identity
from orbitviz.files.vetting_server import CHECKERS, Answer, Feed

LIMIT_S = 10.0
LIMIT_S_PER_GB = 2.0
"""Of a long recording the index of the chunks is read as a whole, which lies all over the file."""
REMEMBERED = 64
KINDS = ("recipe", "scenario", "recording", "catalogue")
_AGAIN = "ask for another copy"
_ERRORS: dict[str, type[OrbitvizError]] = {"RecipeError": RecipeError}


class Verdict(NamedTuple):
    """What was found: kind of the file, whether it is finished (a recording may be growing), which file it was."""

    kind: str
    complete: bool
    identity: Identity


_remembered: OrderedDict[tuple[Path, Identity], Verdict] = OrderedDict()
_lock = threading.Lock()


def start() -> None:
    """Makes the other process ready while there is something else to do. It is started with the first file anyway."""
    try:
        CHECKERS.start()
    except OSError:
        return  # said when there is a file


def vet(what: str | Path, kinds: Sequence[str] = KINDS) -> Verdict:
    """Has a file looked at; FileRefusedError, or RecipeError, when it must not or cannot be opened here.

    kinds: what the caller can use: "scenario", "recording", "recipe", "catalogue", or the NAME of an importer. What was
    found of a file holds until the file changes.
    """
    path = Path(what)
    known = _recall(path)
    if known is not None and known.kind in kinds:
        return known
    limit_s = limit_of(path)
    try:
        # The name as it was given goes into sentences; a process of another folder needs the whole path.
        answer = CHECKERS.ask({"path": os.path.abspath(path), "kinds": list(kinds), "limit_s": limit_s})
    except OSError as error:
        raise _not_checked(path, error.strerror or str(error)) from None
    verdict = verdict_of(answer, path)
    with _lock:
        _remembered[path.absolute(), verdict.identity] = verdict
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return verdict


def ask(request: Answer, feed: Feed) -> Answer:
    """What is said of a file whose bytes `feed` brings. OSError: no process can be started."""
    return CHECKERS.ask(request, feed)


def limit_of(path: Path) -> float:
    """Seconds that looking at a file may take."""
    try:
        return LIMIT_S + LIMIT_S_PER_GB * path.stat().st_size / 1e9
    except OSError:
        return LIMIT_S


def checking_s(thread: int) -> float:
    """Seconds for which a thread (its ident) has been waiting for a file to be looked at; 0 when it is not."""
    return CHECKERS.since_s(thread)


def stop(thread: int) -> None:
    """Ends the look a thread is waiting for; its vet() raises."""
    CHECKERS.stop(thread)


def _recall(path: Path) -> Verdict | None:
    try:
        key = (path.absolute(), Identity.of(path))
    except OSError:
        return None
    with _lock:
        return _remembered.get(key)


def verdict_of(answer: dict[str, Any], path: Path) -> Verdict:
    """The answer as it must be; what was refused, and how the process ended, as a sentence."""
    match answer:
        case {"kind": str(kind), "complete": bool(complete), "identity": [int(a), int(b), int(c), int(d)]}:
            return Verdict(kind, complete, Identity(a, b, c, d))
        case {"refused": [str(message), str(hint)], "error": str(name)}:
            raise _ERRORS.get(name, FileRefusedError)(message, hint, path)
        case {"slow": float(limit_s) | int(limit_s)}:
            raise FileRefusedError(
                f"{path.name} must be read within {limit_s:.0f} s, looking through it took longer and was stopped; "
                "nothing was opened",
                _hint(path),
                path,
            )
        case {"memory": True}:
            raise FileRefusedError(
                f"{path.name} must be read within 1 GB of memory, looking through it took more; nothing was opened",
                _hint(path),
                path,
            )
        case {"stopped": True}:
            raise FileRefusedError(f"{path.name} was not opened, looking through it was stopped", "", path)
        case {"died": str(how)}:
            raise FileRefusedError(
                f"{path.name} must be a sound file, it is damaged: reading it crashed a separate process ({how}); "
                "nothing was opened",
                _hint(path),
                path,
            )
    raise _not_checked(path, str(answer.get("lost", "its answer was none"))[:100])


def _hint(path: Path) -> str:
    """What to do about a damaged file: of a recording a part may be saved."""
    return f"{_AGAIN}, or try `orbitviz recover`" if path.suffix.lower() in (".h5", ".hdf5") else _AGAIN


def _not_checked(path: Path, reason: str) -> FileRefusedError:
    return FileRefusedError(
        f"{path.name} must be looked at in a separate process before it is opened, that did not work: {reason}",
        "try again; if it happens again, start the program anew",
        path,
    )
