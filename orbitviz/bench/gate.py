"""The gate for files from others: many damaged files, what is said of each, and the time a file takes.

Each file is looked at as when it is opened; what passes is then opened and read to its end in another process, which
must survive it.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from orbitviz.bench.figure import Figure
from orbitviz.bench.mutants import Seed, mutants
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.errors import OrbitvizError
from orbitviz.files import probing, vetting, vetting_child, vetting_server
from orbitviz.files.identity import Identity
from orbitviz.files.importers import read_here
from orbitviz.files.recipe import parse_recipe, recipe_text_here
from orbitviz.files.recording_reader import RecordingReader, open_recording
from orbitviz.files.scenario_file import read_scenario
from orbitviz.files.vetting_server import Checkers

COUNT = 2000
SEED = 1
LIMIT_S = 1.0
OPENING = """
import sys
sys.path[:0] = {paths}
from orbitviz.bench import gate
sys.exit(gate.serve_opening({once}))
"""
"""What the process runs in which files that have passed are opened."""


@dataclass
class Tally:
    """How many files ended in which way, and the files that ended badly."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[tuple[str, str, bytes]] = field(default_factory=list)
    looking_s: float = 0.0

    def __str__(self) -> str:
        total = sum(count for word, count in self.counts.items() if not word.startswith("then "))
        words = ", ".join(f"{count:,} {word}" for word, count in sorted(self.counts.items()))
        return f"{total:,} files: {words}; {1e3 * self.looking_s / max(1, total):.1f} ms a file in its process"


def tell(
    seeds: list[Seed], count: int, seed: int, folder: Path, workers: int = 2, code: str = vetting_server.CODE
) -> Tally:
    """Shows `count` mutants to the gate from `workers` threads; files lie in `folder` while they are looked at."""
    tally, lock = Tally(), threading.Lock()
    files = mutants(seeds, count, seed)
    looking, opening = Checkers(once=False, code=code), Checkers(once=False, code=OPENING)

    def work(worker: int) -> None:
        for number in itertools.count():
            with lock:
                suffix, data = next(files, ("", b""))
            if not suffix:
                return
            path = folder / f"{worker}-{number}{suffix}"
            path.write_bytes(data)
            begin = time.perf_counter()
            word, said = _look(looking, path)
            taken_s = time.perf_counter() - begin
            words = [word] if word not in vetting.KINDS else ["passed", *_open(opening, path, word)]
            with lock:
                tally.looking_s += taken_s
                tally.counts.update(words)
                if any(word in words for word in ("crashed", "hung", "lost", "then crashed", "then hung", "stumbled")):
                    tally.bad.append((", ".join(words), said, data))
            path.unlink()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    looking.close()
    opening.close()
    return tally


def _look(checkers: Checkers, path: Path) -> tuple[str, str]:
    """(kind of the file where it passed, else how it ended; what was said)."""
    answer = checkers.ask({"path": str(path), "kinds": list(vetting.KINDS), "limit_s": LIMIT_S})
    try:
        return vetting.verdict_of(answer, path).kind, ""
    except OrbitvizError as error:
        return _word(answer), str(error)


def _open(checkers: Checkers, path: Path, kind: str) -> Iterator[str]:
    answer = checkers.ask({"path": str(path), "kinds": [kind], "limit_s": 8 * LIMIT_S})
    yield f"then {'opened' if 'kind' in answer else _word(answer)}"
    if answer.get("refused") and not answer.get("error"):
        print(answer["refused"], file=sys.stderr)


def _word(answer: dict[str, Any]) -> str:
    if "refused" in answer:
        return "refused" if answer.get("error") else "stumbled"
    words = {"slow": "hung", "died": "crashed", "memory": "short of memory"}
    return next((word for key, word in words.items() if key in answer), "lost")


def serve_opening(once: bool) -> int:
    """The process in which files that have passed are opened and read to their end."""
    probing.probe = _opened
    return vetting_child.serve(once)


def _opened(path: Path, kinds: Sequence[str]) -> tuple[str, bool]:
    verdict = vetting.Verdict(kinds[0], True, Identity.of(path))
    setattr(vetting, "vet", lambda *_: verdict)  # noqa: B010 (it has been looked at)
    if kinds[0] == "recording":
        with open_recording(path) as reader:
            _read_all(reader)
    elif kinds[0] == "scenario":
        read_scenario(path)
    elif kinds[0] == "recipe":
        parse_recipe(recipe_text_here(path), path)
    else:
        read_here(path)
    return kinds[0], True


def _read_all(reader: RecordingReader) -> None:
    """Whatever the window can ask of a recording; a frame that cannot be read is refused by itself."""
    frames, nodes = range(min(8, len(reader.times_s))), reader.node_count
    for name, info in reader.metrics.items():
        out = np.empty(nodes, info.dtype)
        for index in frames:
            _ask(lambda name=name, index=index, out=out: reader.read(name, index, out))
        _ask(lambda name=name: reader.histories(name, np.array([0, nodes - 1])))
    for index in frames:
        if reader.has_positions:
            _ask(lambda index=index: reader.read_state(index))
        for name in reader.surface:
            _ask(lambda name=name, index=index: reader.read_surface(name, index))
    for index in range(min(8, len(reader.jobs))):
        _ask(lambda index=index: reader.job_members(index))


def _ask(question: Any) -> None:
    try:
        question()
    except OrbitvizError:
        return


def run(nodes: int) -> dict[str, Figure]:
    """Damaged copies of the smallest shipped scenario and recipe (`nodes` plays no part)."""
    folder = scenarios_folder()
    seeds = [Seed.of(folder / "three-body-12.h5"), Seed.of(folder / "three-body-12.toml")]
    with tempfile.TemporaryDirectory() as place:
        tally = tell(seeds, COUNT, SEED, Path(place))
        fresh_ms = _fresh_ms(folder / "three-body-12.h5")
    print(tally, file=sys.stderr)
    each_ms = 1e3 * tally.looking_s / COUNT
    crashes = tally.counts["then crashed"] + tally.counts["then hung"]
    return {
        "one file, warm process": Figure(each_ms, "ms", "a fresh process for each", each_ms / fresh_ms),
        "files that passed and then did harm": Figure(crashes, "files", goal="0", met=crashes == 0),
    }


def _fresh_ms(path: Path) -> float:
    begin = time.perf_counter()
    checkers = Checkers(once=True)
    _look(checkers, path)
    taken_ms = 1e3 * (time.perf_counter() - begin)
    checkers.close()
    return taken_ms
