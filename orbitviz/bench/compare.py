"""Comparing: random seeks and histories of what A has less what B has, against the same of A alone in the same run."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import cast

import numpy as np
from vispy import gloo

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import preset_of
from orbitviz.core.document import Recording
from orbitviz.core.errors import OrbitvizError
from orbitviz.scene.canvas import open_offscreen
from orbitviz.scene.gpu_store import GpuStore

SEEKS, MOST = 40, 2.0
METRIC = "radiator_k"
RUNS = "ORBITVIZ_BENCH_RUNS"
"""Environment: two recordings of one fleet, separated as in PATH, in place of runs made for this bench."""


def run(nodes: int) -> dict[str, Figure]:
    """Half an hour at 60 s. Where no runs are named, B is a copy of A: what has no difference is read, subtracted and
    uploaded as anything else. Without a player, whose reading ahead for one would be in the way of the other."""
    with tempfile.TemporaryDirectory() as folder:
        paths = os.environ.get(RUNS, "").split(os.pathsep)
        if len(paths) != 2:
            paths = _record(nodes, Path(folder))
        alone, comparison = api.open(paths[0]), api.open_comparison(*paths)
        assert alone.recording is not None
        runs = {"A": alone.recording, "A-B": cast(Recording, comparison.recording)}
        canvas, store = open_offscreen((64, 64)), GpuStore()
        try:
            seeks = _seeks(runs, store, len(comparison.recording.times_s))
            histories = _histories(runs, len(comparison.recording.times_s))
        finally:
            for recording in runs.values():
                recording.close()
            canvas.close()
    return {"random seek of A - B": _figure(seeks), "a node's history of A - B": _figure(histories)}


def _record(nodes: int, folder: Path) -> list[str]:
    first, second = folder / "a.h5", folder / "b.h5"
    command = [sys.executable, "-m", "orbitviz", "record", preset_of(nodes), "-o", str(first)]
    command += ["--duration", "30m", "--step", "60s", "--metrics", METRIC]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OrbitvizError(f"the recording must succeed, it ended with: {done.stderr.strip()[-300:]}")
    shutil.copyfile(first, second)
    return [str(first), str(second)]


def _seeks(runs: dict[str, Recording], store: GpuStore, frames: int) -> dict[str, list[float]]:
    """Milliseconds of decoding and uploading both frames round an instant; the two take turns."""
    rng = np.random.default_rng(1)
    times: dict[str, list[float]] = {name: [] for name in runs}
    textures = {
        name: [store.per_node(run.node_count, np.dtype(run.metrics[METRIC].dtype)) for _ in range(2)]
        for name, run in runs.items()
    }
    for turn, index in enumerate(rng.integers(0, frames - 1, SEEKS + 2).tolist()):
        for name, run in runs.items():
            begin = time.perf_counter()
            for texture, place in zip(textures[name], (index, index + 1), strict=True):
                stored = np.empty(run.node_count, run.metrics[METRIC].dtype)
                run.read(METRIC, place, stored)
                store.fill_nodes(texture, stored)
            gloo.finish()
            if turn >= 2:
                times[name].append((time.perf_counter() - begin) * 1e3)
    return times


def _histories(runs: dict[str, Recording], frames: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(2)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for row in rng.integers(0, runs["A"].node_count, 12).tolist():
        for name, run in runs.items():
            begin = time.perf_counter()
            series = run.histories(METRIC, np.array([row]), 0, frames)
            times[name].append((time.perf_counter() - begin) * 1e3)
            if series.shape[1] != frames:
                raise OrbitvizError(f"a history must have {frames} frames, got {series.shape[1]}", "check the file")
    return times


def _figure(times: dict[str, list[float]]) -> Figure:
    ours, base = statistics.median(times["A-B"]), statistics.median(times["A"])
    ratio = ours / base
    return Figure(ours, "ms", f"A alone {base:.1f} ms", ratio, f"<= {MOST:g} x A alone", ratio <= MOST)
