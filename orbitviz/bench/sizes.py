"""From 10,000 to 4,000,000 nodes: the flagship's recipe scaled, a moving frame, the viewer's memory and its start."""

from __future__ import annotations

import tempfile
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


def _frame_ms(document: Document) -> float:
    from orbitviz.bench.draw import moving_frame

    with stage(recorded(document)) as renderer:
        assert renderer.player is not None
        renderer.player.wait_for(0.0, METRIC.name)
        return medians_ms({"frame": moving_frame(renderer)}, repeats=5)["frame"]


def run() -> dict[str, Figure]:
    """Each size is built as a scenario file, drawn here, and opened by a viewer of its own for memory and start."""
    figures, sizes, frames = {}, [], []
    with tempfile.TemporaryDirectory() as folder:
        for nodes in TABLE:
            path = Path(folder) / f"{nodes}.h5"
            document = api.build(scaled_recipe(nodes, Path(folder)), path)
            count = len(document.fleet)
            sizes.append(count)
            frames.append(_frame_ms(document))
            start_s, rss_mb = load.start(str(path))
            goal_mb = GOALS_MB.get(nodes)
            figures[f"viewer's memory, {count:,} nodes"] = Figure(
                rss_mb,
                "MB",
                "",
                None,
                "" if goal_mb is None else f"<= {goal_mb:.0f} MB",
                None if goal_mb is None else rss_mb <= goal_mb,
            )
            figures[f"start to first full frame, {count:,} nodes"] = Figure(start_s, "s")
    slope, fixed = np.polyfit(sizes, frames, 1, w=1.0 / np.array(frames))
    line = f"{fixed:.0f} ms + {slope * 1e6:.0f} ms a million nodes"
    for count, ms in zip(sizes, frames, strict=True):
        figures[f"moving frame, {count:,} nodes (scaled)"] = Figure(ms, "ms", line, ms / (fixed + slope * count))
    return figures
