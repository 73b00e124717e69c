"""The verbs that look after recordings: check (is anything wrong with it) and recover (what a crash left of it)."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from orbitviz.terminal import json_flag, output_flag, show

_REPORT_S = 0.5


def define_check(verb: argparse.ArgumentParser) -> None:
    """`orbitviz check FILE`."""
    verb.add_argument("what", metavar="FILE", type=Path, help="a recording, a folder of segments or a scenario (.h5)")
    json_flag(verb)
    verb.set_defaults(run=run_check)


def define_recover(verb: argparse.ArgumentParser) -> None:
    """`orbitviz recover FILE -o OUT`."""
    verb.add_argument("what", metavar="FILE", type=Path, help="what a crash left: NAME.partial.h5, or NAME.segments")
    output_flag(verb, "the recording to write (.h5; for a folder of segments a folder NAME.segments)")
    json_flag(verb)
    verb.set_defaults(run=run_recover)


class Steps:
    """Progress of a long look at a file, on stderr: rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown_s = time.monotonic()
        self._width = 0

    def show(self, done: int, whole: int, what: str) -> None:
        """Frames done of how many, and what is being done to them."""
        now_s = time.monotonic()
        if now_s - self._shown_s < _REPORT_S:
            return
        self._shown_s = now_s
        line = f"{done:,} of {whole:,} frames {what}"
        if self._terminal:
            print("\r" + line.ljust(self._width), end="", file=sys.stderr, flush=True)
            self._width = len(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        """The line is wiped: what follows says it all."""
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=sys.stderr, flush=True)


def run_check(arguments: argparse.Namespace) -> int:
    """Says what is wrong with a file, a sentence a line; 0 where nothing is."""
    from orbitviz.files.check import check

    steps = Steps()
    report = check(arguments.what, steps.show)
    steps.end()
    if arguments.json:
        show({"path": report.path, "sound": report.sound, "wrong": report.wrong, "notes": report.notes})
        return 0 if report.sound else 1
    for sentence in report.wrong:
        print(f"wrong: {sentence}")
    for sentence in report.notes:
        print(f"note: {sentence}")
    print(f"{report.path}: {report.verdict}")
    return 0 if report.sound else 1


def run_recover(arguments: argparse.Namespace) -> int:
    """Copies what was committed; 0 where a sound file came of it, also one that lost frames."""
    from orbitviz.files.recover import recover
    from orbitviz.files.recover_segments import recover_segments

    steps = Steps()
    work = recover_segments if arguments.what.is_dir() else recover
    result = work(arguments.what, arguments.output, steps.show)
    steps.end()
    if arguments.json:
        return show(vars(result))
    for sentence in result.sentences:
        print(f"note: {sentence}")
    proved = "checked by their checksums" if result.summed else "checked as they unpack; the file had no checksums"
    end = "complete" if result.complete else "not complete"
    print(f"{result.path}: {result.frames:,} of {result.committed:,} committed frames, {proved}; {end}")
    return 0
