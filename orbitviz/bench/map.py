"""The unrolled fleet: from two stored frames to the pixels of the fleet map."""

from __future__ import annotations

import numpy as np

from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import document_of
from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.gui.map_image import MapPixels, colour_table
from orbitviz.gui.shown_values import mixed
from orbitviz.metrics.unrolled import unroll
from orbitviz.scene.colours import ramp

GOAL_MS = 5.0
POWER = MetricInfo("power", "W", "Power", 0.0, 150e3, scale=600.0, fill=255)


def run(nodes: int) -> dict[str, Figure]:
    """Two frames are mixed, looked up and laid out, one pixel a node; drawn small, four nodes share a pixel."""
    fleet = document_of(nodes).fleet
    rng = np.random.default_rng(1)
    frames = [Frame("power", k, 60.0 * k, rng.integers(0, 250, len(fleet), np.uint8)) for k in (0, 1)]
    bracket, layout = Bracket(frames[0], frames[1], 0.4, 24.0, 24.0), unroll(fleet, 1.0)
    box, colours = (0, 0, *layout.size), ramp("viridis")
    table = colour_table(POWER, (POWER.low, POWER.high), colours)
    chosen = rng.integers(0, 2, len(fleet)).astype(np.uint8)

    def picture(block: int, mask: np.ndarray | None = None) -> None:
        MapPixels(mixed(bracket, POWER), POWER, table, (0, 0, 0), mask).draw(layout, box, block)

    def plain() -> None:
        share = np.clip(bracket.values(POWER, slice(None)) / POWER.high, 0.0, 1.0)
        out = np.zeros((*layout.node.shape, 4), np.uint8)
        out[layout.y, layout.x] = colours[np.nan_to_num(share * 1023.0).astype(np.int64)]

    ms = medians_ms(
        {
            "map": lambda: picture(1),
            "set": lambda: picture(1, chosen),
            "small": lambda: picture(2),
            "plain": plain,
        }
    )
    words = f"values, colour map and scatter {ms['plain']:.0f} ms"
    one = ms["map"]
    return {
        "one pixel a node": Figure(one, "ms", words, one / ms["plain"], f"<= {GOAL_MS:.0f} ms", one <= GOAL_MS),
        "the same with a set of nodes": Figure(ms["set"], "ms", words, ms["set"] / ms["plain"]),
        "four nodes a pixel": Figure(ms["small"], "ms", words, ms["small"] / ms["plain"]),
    }
