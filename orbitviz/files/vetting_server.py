"""This program's side of the processes that look at files: started when first needed, kept warm, ended with it."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing import spawn
from pathlib import Path
from typing import Any

from orbitviz.files import vetting_limits
from orbitviz.files.vetting_bytes import framed

FLAG = "--look-at-files"
"""With it a packaged program is such a process (__main__)."""
START_S = 60.0
"""How long one may take to be ready: a slow disk, everything read for the first time."""
GRACE_S = 5.0
"""How much longer than a file's limit the answer is waited for."""
KEPT = 2
MAX_ANSWER = 64 << 10
CODE = """
import sys
sys.path[:0] = {paths}
from orbitviz.files import vetting_child
sys.exit(vetting_child.serve({once}))
"""

Answer = dict[str, Any]
Feed = Callable[[object], bytes]
"""Brings what the process wants of a file elsewhere; trusts nothing in it. OrbitvizError ends the look."""


class Checker:
    """One process that looks at files, one after another; where processes cannot fork, at one file only."""

    def __init__(self, once: bool, code: str) -> None:
        self.once = once
        self.quiet = True
        self.since: float | None = None
        """When the work on a file began or went on; None: it waits for bytes from elsewhere."""
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # In a group of its own: Ctrl-C in a terminal is for the program, and ending the group ends its forks.
        # Its libraries keep to one thread, as what forks should.
        single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            _command(once, code),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **single},
            start_new_session=hasattr(os, "fork"),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._job = vetting_limits.hold_memory(int(getattr(self._process, "_handle", 0)))
        threading.Thread(target=self._listen, name="orbitviz checks", daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(MAX_ANSWER):
                self._lines.put(line)
        self._lines.put(None)

    def ask(self, request: Answer, feed: Feed | None = None) -> Answer:
        """What is said of a file. {"slow": s}: it took longer than request["limit_s"]; {"died": how}: this process
        ended over it; {"lost": how}: it ended before it had begun."""
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(request).encode() + b"\n")
            stdin.flush()
            if "begun" not in self._answer(START_S):
                return {"lost": self._how()}
        except (OSError, ValueError, queue.Empty):
            return {"lost": self._how()}
        try:
            answer = self._verdict(request["limit_s"] + (0.0 if self.once else GRACE_S), feed)
        except queue.Empty:
            self.quiet = False  # its answer may still come, and would pass for that to the next file
            return {"slow": request["limit_s"]}
        except ValueError:
            answer = {}
        if not answer:
            return {"died" if self.once else "lost": self._how()}
        return answer

    def _verdict(self, left_s: float, feed: Feed | None) -> Answer:
        """The first line that does not ask for bytes; only the time of the process counts, not that of the network."""
        while True:
            begun = time.monotonic()
            answer = self._answer(max(0.0, left_s))
            left_s -= time.monotonic() - begun
            if feed is None or "want" not in answer:
                return answer
            self.since = None
            try:
                data = framed(feed(answer["want"]))
            except BaseException:
                self.quiet = False  # it still waits
                raise
            self._give(data, max(1.0, left_s))
            self.since = time.monotonic()

    def _give(self, data: bytes, within_s: float) -> None:
        """Bytes for the process; one that asks and then does not read is ended."""
        stdin = self._process.stdin
        assert stdin is not None
        guard = threading.Timer(within_s, self._process.kill)
        guard.daemon = True
        guard.start()
        try:
            with contextlib.suppress(OSError, ValueError):  # it has ended: what comes next tells how
                stdin.write(data)
                stdin.flush()
        finally:
            guard.cancel()

    def _answer(self, wait_s: float) -> Answer:
        """The next line; {} at the end. queue.Empty: there was none in time."""
        line = self._lines.get(timeout=wait_s)
        answer = json.loads(line) if line else {}
        if not isinstance(answer, dict):
            raise ValueError("an answer must be an object")
        return answer

    def _how(self) -> str:
        """How the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(1.0)
            if code < 0:
                return signal.Signals(-code).name
            return f"exit code {code:#x}" if code > 255 else f"exit code {code}"
        return "no answer"

    def end(self) -> None:
        """Ends it, and what it forked, and takes note of its end so that no zombie stays."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self.alive:
            with contextlib.suppress(OSError):
                if hasattr(os, "killpg"):
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2.0)

    def forget(self) -> None:
        """In a fork of the program: its ends of the pipes belong to the program alone."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    os.close(stream.fileno())
        self._process.returncode = 0  # it is no child of this process: there is nothing to wait for


def _command(once: bool, code: str) -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, FLAG]
    program = spawn.get_executable() or sys.executable
    if isinstance(program, bytes):
        program = os.fsdecode(program)
    # Where this program finds its modules, but never the folder it happens to stand in (-P): a file there could be
    # called numpy.py.
    paths = [path for path in sys.path if path and Path(path).is_absolute()]
    return [program, "-P", "-c", code.format(paths=paths, once=once)]


class Checkers:
    """As many processes as there are files looked at in one moment; KEPT of them stay warm."""

    def __init__(self, once: bool, code: str = CODE) -> None:
        self.once, self.code = once, code
        self._lock = threading.Lock()
        self._idle: list[Checker] = []
        self._busy: dict[int, Checker] = {}
        self._stopped: set[int] = set()

    def start(self) -> None:
        """Makes one ready, so that the first file need not wait for it."""
        with self._lock:
            if not self._idle and not self._busy:
                self._idle.append(Checker(self.once, self.code))

    def ask(self, request: Answer, feed: Feed | None = None) -> Answer:
        """As Checker.ask, by one that is free, or a new one; {"stopped": True} after stop() for this thread.
        OSError: no process can be started."""
        thread = threading.get_ident()
        for last in (False, True):
            checker = self._take(thread)
            try:
                answer = checker.ask(request, feed)
            finally:
                stopped = self._give_back(thread, checker)
            if stopped:
                return {"stopped": True}
            if last or "lost" not in answer:
                return answer
        raise AssertionError("the second answer is the last one")

    def _take(self, thread: int) -> Checker:
        with self._lock:
            while self._idle:
                checker = self._idle.pop()
                if checker.alive:
                    break
                checker.end()
            else:
                checker = Checker(self.once, self.code)
            checker.since = time.monotonic()
            self._busy[thread] = checker
            return checker

    def _give_back(self, thread: int, checker: Checker) -> bool:
        with self._lock:
            del self._busy[thread]
            stopped = thread in self._stopped
            self._stopped.discard(thread)
            keep = not self.once and not stopped and checker.alive and len(self._idle) < KEPT and checker.quiet
            if keep:
                self._idle.append(checker)
            elif self.once and not self._idle:
                self._idle.append(Checker(self.once, self.code))  # the next file's
        if not keep:
            checker.end()
        return stopped

    def since_s(self, thread: int) -> float:
        """Seconds for which a thread has been waiting for what is said of a file; 0 else, and while bytes come."""
        with self._lock:
            busy = self._busy.get(thread)
        since = busy.since if busy is not None else None
        return time.monotonic() - since if since is not None else 0.0

    def stop(self, thread: int) -> None:
        """Ends the look that a thread is waiting for, if it is."""
        with self._lock:
            if thread not in self._busy:
                return
            self._stopped.add(thread)
            checker = self._busy[thread]
        checker.end()

    def close(self) -> None:
        """Ends all of them."""
        with self._lock:
            every = [*self._idle, *self._busy.values()]
            self._idle.clear()
        for checker in every:
            checker.end()

    def forget(self) -> None:
        """In a fork of the program."""
        self._lock = threading.Lock()
        for checker in (*self._idle, *self._busy.values()):
            checker.forget()
        self._idle, self._busy, self._stopped = [], {}, set()


CHECKERS = Checkers(once=not hasattr(os, "fork"))
atexit.register(CHECKERS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CHECKERS.forget)


def serve(arguments: Sequence[str]) -> int | None:
    """The exit code of a packaged program that was started to look at files, None when it was not."""
    if FLAG not in arguments[:1]:
        return None
    from orbitviz.files import vetting_child

    return vetting_child.serve()
