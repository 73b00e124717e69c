"""What verbs share: their flags, one JSON object on stdout, one line of failure and the progress line on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orbitviz.recorder import Progress


def output_flag(verb: argparse.ArgumentParser, text: str) -> None:
    """-o OUT, which must be given."""
    verb.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=text)


def json_flag(verb: argparse.ArgumentParser) -> None:
    """--json."""
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def fail(text: str) -> int:
    """One line on stderr; exit code 1."""
    print("orbitviz: " + " ".join(text.split()), file=sys.stderr)
    return 1


def show(result: dict[str, Any]) -> int:
    """The one JSON object of --json; numbers that JSON has no word for are null."""
    print(json.dumps(_plain(result), ensure_ascii=False, allow_nan=False))
    return 0


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return str(value) if isinstance(value, Path) else value


class Meter:
    """The progress line of a recording on stderr: rewritten on a terminal, a line each where another program reads."""

    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal
        self._width = 0

    def show(self, progress: Progress) -> None:
        """Frames done, rate, time left."""
        line = f"recording {progress.frames_done}/{progress.frames} frames, "
        line += f"{rate(progress.node_steps_per_s)}, {left(progress.left_s)} left"
        if not self._terminal:
            print(line, file=sys.stderr, flush=True)
            return
        print("\r" + line.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def end(self) -> None:
        """The line stays; what follows begins a new one."""
        if self._terminal and self._width:
            print(file=sys.stderr)


def rate(node_steps_per_s: float) -> str:
    """Node-steps a second: in millions where there are some."""
    million = node_steps_per_s >= 1e5
    return f"{node_steps_per_s / 1e6:.2f} M node-steps/s" if million else f"{node_steps_per_s:,.0f} node-steps/s"


def left(seconds: float) -> str:
    """Time left as a person says it: "40 s", "3 min 5 s", "2 h 10 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"
