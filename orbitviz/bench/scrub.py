"""Scrubbing: both frames round random instants decoded and uploaded, against h5py doing the same; a drag across the
whole recording, as the window sees it; what is held decoded.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import h5py
import numpy as np
from vispy import gloo

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.recorded import recorded_run
from orbitviz.core.document import Recording
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo
from orbitviz.player import Player
from orbitviz.scene.canvas import open_offscreen
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layers.nodes.values import FrameTextures

METRIC = "battery_soc"
SEEKS = 60
DRAG_S, PICTURE_S, TICK_S = 4.0, 1.0 / 60.0, 1e-3


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


def _seeks(recording: Recording, file: h5py.File, player: Player) -> dict[str, Figure]:
    """Random instants, warm; the cache has room for two frames, so that every seek decodes both."""
    rng, info, count = np.random.default_rng(1), recording.metrics[METRIC], recording.node_count
    canvas, store = open_offscreen((64, 64)), GpuStore()
    textures = FrameTextures(store, count)
    raw = [store.per_node(count, info.dtype) for _ in range(2)]
    ours, plain = [], []
    for t_s in rng.uniform(0.0, float(recording.times_s[-2]), SEEKS):
        index = int(np.searchsorted(recording.times_s, t_s, "right") - 1)
        plain.append(_plain_ms(file, store, info, index, raw))
        ours.append(_seek_ms(player, textures, info.name, float(t_s)))
    canvas.close()
    ms, p95, base = statistics.median(ours), float(np.percentile(ours, 95)), statistics.median(plain)
    words = f"two h5py reads + uploads {base:.1f} ms"
    return {
        "random seek, median": Figure(ms, "ms", words, ms / base, "<= 5 ms, <= 2x", ms <= 5.0 and ms <= 2.0 * base),
        "random seek, 95 %": Figure(p95, "ms", "", None, "<= 15 ms", p95 <= 15.0),
    }


def _longest_gap_ms(duration_s: float, each_picture: Callable[[float], None]) -> float:
    """Runs as a window's thread does: ticks of 1 ms, and each_picture(elapsed s) 60 times a second; the longest time
    from one tick to the next beyond its millisecond."""
    begin = last = picture = time.perf_counter()
    longest = 0.0
    while last - begin < duration_s:
        time.sleep(TICK_S)
        now = time.perf_counter()
        if now >= picture:
            each_picture(now - begin)
            picture = now + PICTURE_S
            now = time.perf_counter()
        longest, last = max(longest, now - last - TICK_S), now
    return longest * 1e3


def _drag(recording: Recording, player: Player) -> dict[str, Figure]:
    """The whole recording from end to end in four seconds."""
    first, last = float(recording.times_s[0]), float(recording.times_s[-1])
    rate = (last - first) / DRAG_S
    lags_ms: list[float] = []

    def picture(elapsed_s: float) -> None:
        bracket = player.bracket_at(min(first + elapsed_s * rate, last), METRIC)
        if bracket is not None:
            lags_ms.append(abs(bracket.t_requested_s - bracket.t_shown_s) / rate * 1e3)

    player.wait_for(first, METRIC)
    at_rest = _longest_gap_ms(DRAG_S, lambda elapsed_s: None)
    block = _longest_gap_ms(DRAG_S, picture)
    lag = max(lags_ms)
    words = f"without decoder {at_rest:.1f} ms"
    return {
        "drag, longest lag": Figure(lag, "ms", "", None, "<= 100 ms", lag <= 100.0),
        "drag, longest block": Figure(block, "ms", words, None, "<= 30 ms", block <= 30.0),
    }


def _held(recording: Recording, player: Player) -> Figure:
    """After frames of every metric all over the recording were shown."""
    for name in recording.metrics:
        for t_s in np.linspace(0.0, float(recording.times_s[-1]), 40):
            player.wait_for(float(t_s), name)
    held, budget = player.cached_bytes / 1e6, player.budget_bytes / 1e6
    return Figure(held, "MB", f"budget {budget:.0f} MB", held / budget, "<= the budget", held <= budget)


def run(nodes: int) -> dict[str, Figure]:
    """One metric of a recording: two hours at 60 s, or the one that is named."""
    with recorded_run(nodes) as path, h5py.File(path, "r", locking=False) as file:
        figures: dict[str, Figure] = {}
        for budget in (0, None):
            recording = api.open(path).recording
            assert recording is not None
            player = Player(recording, 0) if budget == 0 else Player(recording)
            if budget == 0:
                figures |= _seeks(recording, file, player)
            else:
                figures |= _drag(recording, player)
                figures["held decoded"] = _held(recording, player)
            player.close()
    return figures
