"""Recording beside the window: the command line's `record` as a child process, so that playback keeps its processor."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from orbitviz.core.errors import OrbitvizError

_PROGRESS = re.compile(r"recording\s+(\d+)\s*/\s*(\d+)\s*frames(.*)$")
STOP_WAIT_MS = 8000


@dataclass(frozen=True)
class RecordOrder:
    """What the child is told. start_utc empty: the scenario's own start."""

    what: str
    path: Path
    duration_s: float
    step_s: float
    start_utc: str = ""


def command(order: RecordOrder) -> list[str]:
    """Program and arguments, as a list: names with blanks stay whole."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "orbitviz"]
    arguments = ["record", order.what, "-o", str(order.path), "--json"]
    arguments += ["--duration", f"{order.duration_s:.0f}s", "--step", f"{order.step_s:.0f}s"]
    if order.start_utc:
        arguments += ["--start", order.start_utc]
    return program + arguments


def parse_progress(line: str) -> tuple[int, int, str] | None:
    """(frames done, frames, "5.1 M node-steps/s, 12 s left") of a progress line, None for any other line."""
    found = _PROGRESS.search(line.strip())
    if found is None:
        return None
    return int(found.group(1)), int(found.group(2)), found.group(3).strip(" ,")


class RecordingProcess(QObject):
    """One recording at a time. `finished(path)` when it is complete, `failed(error)` in a sentence otherwise."""

    progress = Signal(int, int, str)
    finished = Signal(str)
    failed = Signal(object)
    stopped = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.order: RecordOrder | None = None
        self._process: QProcess | None = None
        self._cancelled = False
        self._errors: list[str] = []
        self._rest = b""
        self._answer = b""

    @property
    def running(self) -> bool:
        """Whether a recording is under way."""
        return self._process is not None

    @property
    def growing(self) -> str:
        """What is being recorded, to be opened as far as it is."""
        return "" if self.order is None else str(self.order.path)

    def start(self, order: RecordOrder, argv: list[str] | None = None) -> None:
        """Starts the child; `argv` stands in for the command line in tests."""
        if self.running:
            raise OrbitvizError("one recording at a time: another is under way", "wait for it, or stop it")
        try:
            order.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OrbitvizError(
                f"the folder of recordings must be writable ({error.strerror})", "choose another", order.path.parent
            ) from None
        self.order, self._cancelled, self._errors, self._rest, self._answer = order, False, [], b"", b""
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        process.readyReadStandardError.connect(self._read_errors)
        process.readyReadStandardOutput.connect(self._read_answer)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._broken)
        self._process = process
        argv = argv or command(order)
        process.start(argv[0], argv[1:])
        self.progress.emit(0, 0, "starting")

    def cancel(self) -> None:
        """Asks the child to stop; it leaves a valid file of what is done."""
        if self._process is not None:
            self._cancelled = True
            _ask_to_stop(self._process)

    def close(self) -> None:
        """The window goes: the child stops, and is waited for, so that its file is whole."""
        process = self._process
        if process is None:
            return
        self.cancel()
        process.blockSignals(True)
        if not process.waitForFinished(STOP_WAIT_MS):
            process.kill()
            process.waitForFinished(1000)
        self._process = None

    # -- what the child says ----------------------------------------------------------------------
    def _read_errors(self) -> None:
        if self._process is None:
            return
        self._rest += bytes(self._process.readAllStandardError().data())
        *lines, self._rest = re.split(rb"[\r\n]+", self._rest)
        for line in lines:
            self._take_line(line.decode("utf-8", "replace"))

    def _take_line(self, line: str) -> None:
        found = parse_progress(line)
        if found is not None:
            self.progress.emit(*found)
        elif line.strip():
            self._errors = [*self._errors[-20:], line.strip()]

    def _read_answer(self) -> None:
        if self._process is not None:
            self._answer += bytes(self._process.readAllStandardOutput().data())

    def _ended(self, code: int, _status: object) -> None:
        process, self._process = self._process, None
        if process is None or self.order is None:
            return
        self._rest += bytes(process.readAllStandardError().data())
        self._answer += bytes(process.readAllStandardOutput().data())
        self._take_line(self._rest.decode("utf-8", "replace"))
        process.deleteLater()
        if self._cancelled:
            self.stopped.emit()
        elif code == 0:
            self.finished.emit(str(self._written()))
        else:
            said = next((line for line in reversed(self._errors) if line.startswith("orbitviz:")), "")
            said = said.removeprefix("orbitviz:").strip() or f"the recorder ended with code {code}"
            message, _, hint = said.partition("; ")
            error = OrbitvizError(message, hint, self.order.path)
            error.__notes__ = self._errors
            self.failed.emit(error)

    def _written(self) -> Path:
        """The file the child says it wrote, else the one it was told to write."""
        assert self.order is not None
        try:
            answer = json.loads(self._answer.decode("utf-8", "replace") or "{}")
            return Path(str(answer.get("path") or self.order.path))
        except (ValueError, AttributeError):
            return self.order.path

    def _broken(self, kind: QProcess.ProcessError) -> None:
        if kind != QProcess.ProcessError.FailedToStart or self._process is None or self.order is None:
            return
        said = self._process.errorString()
        self._process.deleteLater()
        self._process = None
        self.failed.emit(
            OrbitvizError(f"the recorder could not be started: {said}", "reinstall orbitviz", self.order.path)
        )


def _ask_to_stop(process: QProcess) -> None:
    """As Ctrl-C would, where there is such a thing; Windows has no such signal for a child without a console."""
    if sys.platform == "win32":
        process.kill()
        return
    import os
    import signal

    os.kill(process.processId(), signal.SIGINT)
