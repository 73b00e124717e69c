"""Selecting: a predicate over every node and its upload; values into cells of the ground; the unrolled fleet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import document_of, stage
from orbitviz.bench.synthetic import METRIC, recorded
from orbitviz.core import cells
from orbitviz.core.document import Document
from orbitviz.core.epoch import gmst_rad
from orbitviz.core.frame import Bracket
from orbitviz.gui.map_image import MapPixels, colour_table
from orbitviz.metrics.binning import bin_values, ground_cells
from orbitviz.metrics.unrolled import unroll
from orbitviz.scene.colours import lut
from orbitviz.scene.renderer import Renderer
from orbitviz.sim.propagation import Propagator

GOAL_PREDICATE_MS, GOAL_UPLOAD_MB, GOAL_BINNING_MS, GOAL_MAP_MS = 30.0, 1.05, 90.0, 5.0
DOCK_PX = 340
"""Width of the dock that the unrolled fleet is seen whole in."""
Program = Callable[[], object]


def predicate(renderer: Renderer, bracket: Bracket) -> Program:
    """A recorded value above a threshold becomes the set; another threshold each time."""
    thresholds = iter(np.linspace(0.1, 0.9, 64))

    def program() -> None:
        values = bracket.values(METRIC, slice(None))
        renderer.session.selection.combine(values > next(thresholds), "load above a threshold")

    return program


def binning(document: Document, bracket: Bracket) -> Program:
    """Places are there; cells below them, and the sums of the values in them."""
    place_km = np.ascontiguousarray(Propagator.of(document.fleet).states(0.0, velocity=False)[0][0].T, np.float32)
    turn = float(gmst_rad(document.epoch, 0.0))

    def program() -> None:
        values = bracket.values(METRIC, slice(None))
        bin_values(ground_cells(place_km, turn), values, (cells.ROWS, cells.COLUMNS))

    return program


def unrolled(document: Document, bracket: Bracket) -> tuple[int, Program, Program]:
    """(nodes to a side of a pixel in the dock, the whole fleet so, the whole fleet at one pixel a node)."""
    layout = unroll(document.fleet)
    width, height = layout.size
    block = -(-width // DOCK_PX)
    table = colour_table(METRIC, (METRIC.low, METRIC.high), np.asarray(lut("viridis", None)))
    pixels = MapPixels(bracket.before.stored, METRIC, table, (0, 0, 0))
    whole = (0, 0, width, height)
    return block, lambda: pixels.draw(layout, whole, block), lambda: pixels.draw(layout, whole)


def run(nodes: int) -> dict[str, Figure]:
    """The shipped fleet nearest to `nodes`, with a recorded metric."""
    document = document_of(nodes)
    with stage(recorded(document)) as renderer:
        assert renderer.player is not None
        bracket = renderer.player.wait_for(0.0, METRIC.name)
        assert bracket is not None
        renderer.draw_now()
        block, small, single = unrolled(document, bracket)
        choose = predicate(renderer, bracket)
        programs = {"predicate": choose, "binning": binning(document, bracket), "map": small, "single": single}
        ms = medians_ms(programs, repeats=9)
        choose()
        before = renderer.store.uploaded_bytes
        renderer.draw_now()
        sent_mb = (renderer.store.uploaded_bytes - before) / 1e6
    goal_mb = GOAL_UPLOAD_MB * max(len(document.fleet), 1_000_000) / 1e6
    return {
        f"predicate over {len(document.fleet):,} nodes": _within(ms["predicate"], GOAL_PREDICATE_MS),
        "uploaded for it": Figure(sent_mb, "MB", "", None, f"<= {goal_mb:.2f} MB", sent_mb <= goal_mb),
        "values into cells of the ground": _within(ms["binning"], GOAL_BINNING_MS),
        f"unrolled fleet, {block} x {block} nodes a pixel": _within(ms["map"], GOAL_MAP_MS),
        "unrolled fleet, one pixel a node": _within(ms["single"], GOAL_MAP_MS),
    }


def _within(ms: float, goal_ms: float) -> Figure:
    return Figure(ms, "ms", "", None, f"<= {goal_ms:.0f} ms", ms <= goal_ms)
