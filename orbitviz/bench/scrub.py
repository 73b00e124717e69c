"""Scrubbing: decode and upload both frames round random instants, nothing drawn, against h5py doing the same."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np
from vispy import gloo

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import preset_of
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo
from orbitviz.player import Player
from orbitviz.scene.canvas import open_offscreen
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layers.nodes.values import FrameTextures

SEEKS = 60
GOAL_MS = 20.0


def _record(nodes: int, out: Path) -> None:
    command = [sys.executable, "-m", "orbitviz", "record", preset_of(nodes), "-o", str(out)]
    done = subprocess.run([*command, "--duration", "2h", "--step", "60s"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OrbitvizError(f"the recording must succeed, it ended with: {done.stderr.strip()[-300:]}")


def _seek_ms(player: Player, textures: FrameTextures, metric: str, t_s: float) -> float:
    begin = time.perf_counter()
    bracket = player.wait_for(t_s, metric)
    if bracket is None or bracket.stale:
        raise OrbitvizError("a recorded frame must be decoded within 30 s, it was not", "check the file")
    textures.show(bracket)
    gloo.finish()
    return (time.perf_counter() - begin) * 1e3


def _plain_ms(file: h5py.File, store: GpuStore, info: MetricInfo, index: int, textures: list[gloo.Texture2D]) -> float:
    begin = time.perf_counter()
    data = file[f"frames/{info.name}"]
    for texture, i in zip(textures, (index, index + 1), strict=True):
        store.fill_nodes(texture, data[i])
    gloo.finish()
    return (time.perf_counter() - begin) * 1e3


def run(nodes: int) -> dict[str, Figure]:
    """Two hours at 60 s, one metric, random instants; a cache of two frames, so that every seek decodes."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        _record(nodes, path)
        document = api.open(path)
        recording = document.recording
        assert recording is not None
        info, count = recording.metrics["battery_soc"], len(document.fleet)
        canvas, store = open_offscreen((64, 64)), GpuStore()
        textures = FrameTextures(store, count)
        raw = [store.per_node(count, info.dtype) for _ in range(2)]
        player = Player(recording, budget_bytes=0)
        ours, plain = [], []
        with h5py.File(path, "r", locking=False) as file:
            for t_s in rng.uniform(0.0, float(recording.times_s[-2]), SEEKS):
                ours.append(_seek_ms(player, textures, info.name, float(t_s)))
                plain.append(_plain_ms(file, store, info, int(t_s // 60.0), raw))
        player.close()
        canvas.close()
    ms, p95 = statistics.median(ours), float(np.percentile(ours, 95))
    base = statistics.median(plain)
    return {
        "random seek, median": Figure(
            ms, "ms", f"two h5py reads + uploads {base:.1f} ms", ms / base, f"<= {GOAL_MS:.0f} ms", ms <= GOAL_MS
        ),
        "random seek, 95 %": Figure(p95, "ms"),
    }
