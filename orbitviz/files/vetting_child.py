"""The process that looks at files from others: `python -m orbitviz.files.vetting_child`, or the packaged program with
the flag of __main__. It answers on standard output, one line of JSON a file, and ends with its standard input.

Where processes can fork, each file is looked at in a fork of its own, confined (vetting_limits): what crashes or hangs
is that fork. Elsewhere this process looks at one file itself and ends; the parent has the next one ready.
Of a file that lies elsewhere it asks the parent for bytes (vetting_bytes.py).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import time
from importlib import import_module, util
from pathlib import Path
from typing import Any

from orbitviz.core.errors import OrbitvizError
from orbitviz.files import vetting_limits
from orbitviz.files.identity import Identity
from orbitviz.files.vetting_bytes import AskedBytes, Fetch, fetch_over, read_exactly, wanted, write_within

MAX_LINE = 64 << 10
"""Longest line of the talk between parent, server and fork."""

Answer = dict[str, Any]


def serve(once: bool = not hasattr(os, "fork")) -> int:
    """Answers requests until standard input ends."""
    replies = os.dup(1)
    with open(os.devnull, "wb") as nothing:
        # Whatever a library prints must not stand between the answers.
        os.dup2(nothing.fileno(), 1)
    _load()
    while line := _line():
        request = json.loads(line)
        _send(replies, {"begun": os.getpid()})
        answer = look(request, fetch_over(replies, 0)) if once else _forked(request, replies)
        _send(replies, answer)
        if once:
            break
    return 0


def _load() -> None:
    """Everything that a look needs, so that no fork loads it anew."""
    for name in ("orbitviz.files.probing", "numpy.char", "encodings.utf_8_sig"):
        import_module(name)
    if util.find_spec("hdf5plugin") is not None:
        with contextlib.suppress(ImportError, OSError):
            import_module("hdf5plugin")
    gc.freeze()


def _line() -> bytes:
    """One line of standard input, b"" at its end; unbuffered, so that select tells what is there."""
    got = bytearray()
    while not got.endswith(b"\n"):
        byte = os.read(0, 1 if len(got) else MAX_LINE)
        if not byte or len(got) > MAX_LINE:
            return b""
        got += byte
    return bytes(got)


def _send(target: int, answer: Answer) -> None:
    os.write(target, json.dumps(answer).encode() + b"\n")


def look(request: Answer, fetch: Fetch) -> Answer:
    """What is said of one file: {"kind", "complete", "identity"}, or {"refused": [message, hint], "error": class}.

    A request with a "size" is of a file elsewhere, whose bytes `fetch` brings.
    """
    path = Path(request["path"])
    try:
        probing = import_module("orbitviz.files.probing")
        if "size" in request:
            source = AskedBytes(request["size"], fetch)
            kind, complete = probing.probe_source(source, path.name, request["kinds"])
            return {"kind": kind, "complete": complete, "identity": [0, 0, source.size, 0]}
        identity = Identity.of(path)
        kind, complete = probing.probe(path, request["kinds"])
        return {"kind": kind, "complete": complete, "identity": list(identity)}
    except MemoryError:
        return {"memory": True}
    except OrbitvizError as error:
        return {"refused": [error.message[:2000], error.hint[:500]], "error": type(error).__name__}
    except Exception as error:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        return {"refused": [f"{path.name} must be readable, it is damaged: {reason}", ""], "error": ""}


# -- Where processes can fork (not Windows) ----------------------------------------------------------------------------


def _forked(request: Answer, replies: int) -> Answer:
    """A fork looks; what it says, or how it ended."""
    reading, writing = os.pipe()
    bytes_in, bytes_out = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.close(bytes_out)
        os.close(replies)  # what is said there is the server's word
        _fork(request, writing, bytes_in)
    os.close(writing)
    os.close(bytes_in)
    try:
        said, late = _listen(reading, request["limit_s"], pid, (replies, bytes_out) if "size" in request else None)
    finally:
        os.close(reading)
        os.close(bytes_out)
        _, status = os.waitpid(pid, 0)
    if late:
        return {"slow": request["limit_s"]}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == getattr(signal, "SIGXCPU", -1):
            return {"slow": request["limit_s"]}
        # Nobody but the system, short of memory, ends it so.
        return {"memory": True} if number == signal.SIGKILL else {"died": signal.Signals(number).name}
    try:
        answer = json.loads(said)
    except ValueError:
        return {"died": f"exit code {os.waitstatus_to_exitcode(status)}"}
    return answer if isinstance(answer, dict) else {"died": "no answer"}


def _fork(request: Answer, writing: int, bytes_in: int) -> None:
    """In the fork: never returns."""
    try:
        gc.disable()  # it would copy what the fork shares with its parent
        vetting_limits.die_with_parent()
        with contextlib.suppress(OSError):
            os.close(0)
        path = None if "size" in request else Path(request["path"])
        vetting_limits.confine(path, request["limit_s"])
        _send(writing, look(request, fetch_over(writing, bytes_in)))
        os._exit(0)
    finally:
        os._exit(1)


def _listen(reading: int, limit_s: float, pid: int, relay: tuple[int, int] | None) -> tuple[bytes, bool]:
    """(what the fork said until it ended, whether it was ended for taking too long). Ends with standard input: the
    parent is gone then, or no longer wants to know.

    relay: where the parent is asked for bytes of a file elsewhere, and where the fork gets them; for as long as the
    parent takes no time is counted.
    """
    said, deadline = bytearray(), time.monotonic() + limit_s
    while True:
        ready, _, _ = select.select([reading, 0], [], [], max(0.0, deadline - time.monotonic()))
        if 0 in ready:
            os.kill(pid, signal.SIGKILL)
            os._exit(0)
        if not ready:
            os.kill(pid, signal.SIGKILL)
            return bytes(said), True
        piece = os.read(reading, MAX_LINE)
        if not piece:
            return bytes(said), False
        said += piece
        if len(said) > MAX_LINE:
            os.kill(pid, signal.SIGKILL)
            return b"", False
        ask = wanted(bytes(said)) if relay is not None else None
        if relay is not None and ask is not None:
            said.clear()
            data, waited_s = _bring(ask, relay[0], pid)
            deadline += waited_s
            if not write_within(relay[1], data, deadline):
                os.kill(pid, signal.SIGKILL)
                return b"", True


def _bring(ask: list[int], replies: int, pid: int) -> tuple[bytes, float]:
    """(the parent's answer to what the fork asks for, s that it took). All of it is read before any of it goes on: the
    parent never waits for a fork."""
    begun = time.monotonic()
    _send(replies, {"want": ask})
    data = read_exactly(0)
    if not data:
        os.kill(pid, signal.SIGKILL)
        os._exit(0)
    return data, time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(serve("--once" in sys.argv))
