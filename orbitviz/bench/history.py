"""One node's values over a whole recording, as the window asks for them, against h5py reading the same column."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import h5py
import numpy as np

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.recorded import recorded_run
from orbitviz.core.document import Recording
from orbitviz.player import Player

METRIC, COUNT, REPEATS = "battery_soc", 6, 7
GOALS_MS = {"one metric": 100.0, "six metrics": 500.0}


def _median_ms(rows: list[int], read: Callable[[int], object]) -> float:
    times = []
    for row in rows:
        begin = time.perf_counter()
        read(row)
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def _figures(recording: Recording, player: Player, file: h5py.File) -> dict[str, Figure]:
    stored = [name for name in recording.metrics if name in file["frames"]]
    names = [METRIC, *(name for name in stored if name != METRIC)][:COUNT]
    rows = np.random.default_rng(2).integers(0, recording.node_count, REPEATS).tolist()

    def ours(some: list[str], row: int) -> None:
        for future in [player.histories(name, [row]) for name in some]:
            future.result()

    def plain(some: list[str], row: int) -> None:
        for name in some:
            file[f"frames/{name}"][:, row]

    now_ms = _median_ms(rows, lambda row: player.node_now(row, float(recording.times_s[-1]) * 0.37).result())
    figures = {"all metrics now": Figure(now_ms, "ms", "", None, "<= 100 ms", now_ms <= 100.0)}
    ours(names, rows[0])  # warm: file in memory, places of chunks known
    frames = len(recording.times_s)
    for words, some in (("one metric", names[:1]), ("six metrics", names)):
        ms = _median_ms(rows, lambda row, some=some: ours(some, row))  # type: ignore[misc]
        base = _median_ms(rows[:3], lambda row, some=some: plain(some, row))  # type: ignore[misc]
        goal = GOALS_MS[words]
        text = f"h5py's dataset[:, row] {base:.0f} ms"
        figures[f"{words}, {frames:,} frames"] = Figure(ms, "ms", text, ms / base, f"<= {goal:.0f} ms", ms <= goal)
    return figures


def run(nodes: int) -> dict[str, Figure]:
    """Random nodes, warm."""
    with recorded_run(nodes) as path, h5py.File(path, "r", locking=False) as file:
        recording = api.open(path).recording
        assert recording is not None
        player = Player(recording)
        try:
            return _figures(recording, player, file)
        finally:
            player.close()
