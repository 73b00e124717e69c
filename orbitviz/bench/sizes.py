"""From 10,000 to 4,000,000 nodes: the flagship's recipe scaled, a moving frame, the viewer's memory and its start."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from orbitviz import api
from orbitviz.bench import load
from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.record import scaled_recipe
from orbitviz.bench.stage import stage
from orbitviz.bench.synthetic import METRIC, recorded
from orbitviz.core.document import Document

TABLE = (10_000, 100_000, 1_000_000, 4_000_000)
GOALS_MB = {1_000_000: 1229.0, 4_000_000: 2560.0}


def _frames_ms(documents: list[Document]) -> list[float]:
    """A moving frame of each; they take turns, so that a drifting machine does not bend the line."""
    from orbitviz.bench.draw import moving_frame

    with ExitStack() as stack:
        programs = {}
        for document in documents:
            renderer = stack.enter_context(stage(recorded(document)))
            assert renderer.player is not None
            renderer.player.wait_for(0.0, METRIC.name)
            programs[str(len(document.fleet))] = moving_frame(renderer)
        return list(medians_ms(programs, repeats=5).values())


def _viewer(path: Path, count: int, goal_mb: float | None) -> dict[str, Figure]:
    start_s, rss_mb = load.start(str(path))
    goal = "" if goal_mb is None else f"<= {goal_mb:.0f} MB"
    met = None if goal_mb is None else rss_mb <= goal_mb
    return {
        f"viewer's memory, {count:,} nodes": Figure(rss_mb, "MB", "", None, goal, met),
        f"start to first full frame, {count:,} nodes": Figure(start_s, "s"),
    }


def run() -> dict[str, Figure]:
    """Each size is built as a scenario file, opened by a viewer of its own for memory and start, and drawn here."""
    figures: dict[str, Figure] = {}
    documents: list[Document] = []
    with tempfile.TemporaryDirectory() as folder:
        for nodes in TABLE:
            path = Path(folder) / f"{nodes}.h5"
            documents.append(api.build(scaled_recipe(nodes, Path(folder)), path))
            figures |= _viewer(path, len(documents[-1].fleet), GOALS_MB.get(nodes))
    sizes, frames = [len(document.fleet) for document in documents], _frames_ms(documents)
    slope, fixed = np.polyfit(sizes, frames, 1, w=1.0 / np.array(frames))
    line = f"{fixed:.0f} ms + {slope * 1e6:.0f} ms a million nodes"
    for count, ms in zip(sizes, frames, strict=True):
        figures[f"moving frame, {count:,} nodes (scaled)"] = Figure(ms, "ms", line, ms / (fixed + slope * count))
    return figures
