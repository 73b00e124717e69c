"""Crash safety: recordings killed at random instants, recovered, and compared byte by byte with one left in peace; and
what flushes, syncs and checksums cost a recording.

The cost is measured by recordings of the same run that take turns: as they are, and with all of it left out.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import preset_of
from orbitviz.core.errors import FileRefusedError
from orbitviz.files import recording_writer
from orbitviz.files.integrity import IntegrityWriter
from orbitviz.files.recover import recover
from orbitviz.files.recover_segments import recover_segments
from orbitviz.files.schema import recorded_metrics
from orbitviz.recorder import Progress
from orbitviz.recorder.local import bare_main
from orbitviz.recorder.plan import SEGMENT_BYTES, expected_bytes

KILLED = "suncatcher-81"
FRAMES = 600
SEGMENT = 50
KILLS = 200
LATEST_S = 1.6
"""A recording is killed so many seconds after its first frame at the latest."""
GOAL_OVERHEAD = 1.10


@dataclass
class Tally:
    """What many kills came to. lost: committed frames that did not come back; refused: why, in sentences."""

    kills: int = 0
    committed: int = 0
    recovered: int = 0
    wrong_bytes: int = 0
    lost: int = 0
    refused: list[str] = field(default_factory=list)


# -- Kills -------------------------------------------------------------------------------------------------------------


def _record(path: str, segment: int | None, pipe: Connection | None) -> None:
    """Entry of the process that is killed: tells each time it is asked how far it is."""

    def tell(progress: Progress) -> None:
        if pipe is not None:
            pipe.send(progress.frames_done)

    api.record(KILLED, path, duration_s=60.0 * FRAMES, step_s=60.0, segment=segment, progress=tell)


def _context() -> Any:
    """Processes that need not load everything anew, where the system can fork."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["orbitviz.api", "orbitviz.recorder.plan", "orbitviz.sim.propagation"])
    return context


def kill_many(folder: Path, kills: int, seed: int, segmented: int = 4) -> Tally:
    """So many recordings killed, every `segmented`th of them one in segments."""
    dice, tally = random.Random(seed), Tally()
    api.record(KILLED, folder / "whole.h5", duration_s=60.0 * FRAMES, step_s=60.0, segment=0)
    whole = stored(folder / "whole.h5")
    context = _context()
    for number in range(kills):
        place = folder / f"kill{number}"
        place.mkdir()
        told = _killed(context, place / "run.h5", SEGMENT if number % segmented == 0 else 0, dice)
        _compare(place, told, whole, tally)
        shutil.rmtree(place)
    return tally


def _killed(context: Any, path: Path, segment: int, dice: random.Random) -> int:
    """Records and kills; returns the frames that were known to be committed before."""
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_record, args=(str(path), segment, theirs))
    with bare_main():
        process.start()
    theirs.close()
    told = 0
    # Some are killed before anything is committed, as the fleet is being written.
    deadline = time.monotonic() + 60.0
    while not any(path.parent.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(dice.random() * LATEST_S)
    with contextlib.suppress(EOFError):
        while ours.poll(0):
            told = int(ours.recv())
    process.kill()
    process.join()
    ours.close()
    return told


def _compare(place: Path, told: int, whole: dict[str, NDArray[Any]], tally: Tally) -> None:
    """Recovers what a kill left in a folder and compares it with the run left in peace."""
    tally.kills += 1
    recovered = 0
    for path, committed in sorted(_left(place)):
        tally.committed += committed
        if committed == 0:
            continue
        out = place / f"out-{path.name}"
        try:
            result = recover(path, out)
        except FileRefusedError as error:
            tally.refused.append(f"{path.name} with {committed} frames: {error}")
            continue
        tally.refused += [f"{path.name}: {sentence}" for sentence in result.sentences]
        tally.lost += committed - result.frames
        tally.wrong_bytes += differing(stored(out), whole)
        recovered += result.frames
    tally.recovered += recovered
    tally.lost += max(0, told - recovered)
    folder = place / "run.segments"
    if folder.is_dir() and recovered:
        together = recover_segments(folder, place / "out.segments")
        tally.lost += recovered - together.frames


def _left(place: Path) -> Iterator[tuple[Path, int]]:
    """Recordings in a folder and below, and what their counters say; 0 where there is no counter yet."""
    for path in place.rglob("*.h5"):
        try:
            with h5py.File(path, "r", locking=False) as file:
                yield path, int(file["/time/committed"][0])
        except (OSError, KeyError, RuntimeError):
            yield path, 0


def stored(path: Path) -> dict[str, NDArray[Any]]:
    """Everything of a recording that has a row a frame, and its events, as stored."""
    found = {}
    with h5py.File(path, "r", locking=False) as file:
        for name in ("frames", "totals", "surface", "time", "events"):
            for member, dataset in file.get(name, {}).items():
                if member != "committed":
                    found[f"{name}/{member}"] = dataset[()]
    return found


def differing(some: dict[str, NDArray[Any]], whole: dict[str, NDArray[Any]]) -> int:
    """Bytes in which a piece of a run differs from the whole; a dataset that is missing differs in all of them."""
    first = int(np.searchsorted(whole["time/t_s"], some["time/t_s"][0]))
    before = int(whole["time/events"][first - 1]) if first else 0
    wrong = sum(values.nbytes for name, values in whole.items() if name not in some)
    for name, values in some.items():
        start = before if name.startswith("events/") else first
        wanted = whole[name][start : start + len(values)]
        if name == "time/events":
            wanted = wanted - before
        if wanted.shape != values.shape:
            wrong += values.nbytes
            continue
        ours, theirs = (np.frombuffer(np.ascontiguousarray(part).tobytes(), np.uint8) for part in (values, wanted))
        wrong += int(np.count_nonzero(ours != theirs))
    return wrong


# -- Cost --------------------------------------------------------------------------------------------------------------


def _careful() -> list[tuple[Any, str]]:
    """All that is done for crash safety alone. The workers' part of the sums is not among it: two thousandths of a
    millisecond for a chunk."""
    return [
        (h5py.File, "flush"),
        (recording_writer, "sync_descriptor"),
        (recording_writer, "sync_file"),
        (recording_writer, "sync_folder"),
        (IntegrityWriter, "note"),
        (IntegrityWriter, "write"),
    ]


@contextlib.contextmanager
def instead(stand_in: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Each of these calls replaced by what `stand_in` makes of it, for the time being."""
    before = [(owner, name, getattr(owner, name)) for owner, name in _careful()]
    for owner, name, call in before:
        setattr(owner, name, stand_in(call))
    try:
        yield
    finally:
        for owner, name, call in before:
            setattr(owner, name, call)


def _left_out(_: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *_: None


def _timed(spent_s: list[float]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def stand_in(call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            begin = time.perf_counter()
            result = call(*arguments)
            spent_s[0] += time.perf_counter() - begin
            return result

        return timed

    return stand_in


def _seconds(name: str, path: Path, segment: int) -> float:
    result = api.record(name, path, duration_s=2400.0, step_s=60.0, segment=segment)
    if not result.complete:
        raise KeyboardInterrupt
    for left in path.parent.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return float(result.wall_s)


@dataclass(frozen=True)
class Cost:
    """Least seconds of 40 frames, of runs that took turns: without crash safety, and with it.

    share: part of the run with it that was spent in flushes, syncs and sums, the median; segment_s: what a segment more
    costs; segment_run_s: what it takes to record as many frames as a segment has.
    """

    without_s: float
    plain_s: float
    share: float
    segment_s: float
    segment_run_s: float


def overhead(name: str, folder: Path, repeats: int = 3) -> Cost:
    """What crash safety costs a recording of the preset `name`."""
    without, plain, cut, shares = [], [], [], []
    for turn in range(repeats + 1):
        with instead(_left_out):
            without.append(_seconds(name, folder / f"{turn}a.h5", 0))
        spent_s = [0.0]
        with instead(_timed(spent_s)):
            plain.append(_seconds(name, folder / f"{turn}b.h5", 0))
        shares.append(spent_s[0] / plain[-1])
        cut.append(_seconds(name, folder / f"{turn}c.h5", 8))
    # The first turn finds cold caches.
    plain_s, segments = min(plain[1:]), 40 // 8
    segment_s = max(0.0, min(cut[1:]) - plain_s) / (segments - 1)
    infos = list(recorded_metrics(None, api.open(name).fleet).values())
    nodes = len(api.open(name).fleet)
    frames = SEGMENT_BYTES / (expected_bytes(infos, nodes, 2) - expected_bytes(infos, nodes, 1))
    return Cost(min(without[1:]), plain_s, float(np.median(shares[1:])), segment_s, plain_s / 40.0 * frames)


def run(nodes: int) -> dict[str, Figure]:
    """200 kills, and the cost of crash safety with the preset nearest to `nodes`."""
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_many(Path(folder), KILLS, seed=5)
    for sentence in tally.refused:
        print(sentence, file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        cost = overhead(preset_of(nodes), Path(folder))
    words = f"the same run without flushes, syncs and sums ({cost.without_s:.2f} s)"
    goal, most_s = f"<= {GOAL_OVERHEAD} x", GOAL_OVERHEAD * cost.without_s
    return {
        "recordings killed": Figure(float(tally.kills), "1"),
        "committed frames": Figure(float(tally.committed), "1"),
        "committed frames lost": Figure(
            float(tally.lost), "1", "", None, "0", tally.lost == 0 and tally.recovered == tally.committed
        ),
        "wrong bytes": Figure(float(tally.wrong_bytes), "B", "", None, "0", tally.wrong_bytes == 0),
        "files refused or damaged": Figure(float(len(tally.refused)), "1", "", None, "0", not tally.refused),
        "recording 40 frames": Figure(
            cost.plain_s, "s", words, cost.plain_s / cost.without_s, goal, cost.plain_s <= most_s
        ),
        "a segment more": Figure(
            cost.segment_s,
            "s",
            f"recording the frames of one ({cost.segment_run_s:.0f} s)",
            cost.segment_s / cost.segment_run_s,
            "<= 0.02 x",
            cost.segment_s <= 0.02 * cost.segment_run_s,
        ),
        "spent in flushes, syncs and sums": Figure(
            cost.share * 100.0, "%", "the recording", None, "<= 10 %", cost.share <= 0.1
        ),
    }
