"""Selecting: a predicate over every node, its upload, and what is binned for the docks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vispy import gloo

from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import document_of, stage
from orbitviz.bench.synthetic import METRIC, recorded
from orbitviz.core import cells
from orbitviz.core.epoch import gmst_rad
from orbitviz.gui.map_image import MapPixels, colour_table
from orbitviz.metrics.binning import bin_values, ground_cells
from orbitviz.metrics.unrolled import unroll
from orbitviz.scene.colours import lut
from orbitviz.sim.propagation import Propagator

GOAL_PREDICATE_MS, GOAL_UPLOAD_MB, GOAL_BINNING_MS, GOAL_MAP_MS = 30.0, 1.05, 90.0, 5.0
DOCK_PX = 340
"""Width of the dock that the unrolled fleet is seen whole in."""


def run(nodes: int) -> dict[str, Figure]:
    """A recorded value above a threshold becomes the set; the same values are summed over the ground."""
    document = document_of(nodes)
    count = len(document.fleet)
    position_km = np.ascontiguousarray(Propagator.of(document.fleet).states(0.0, velocity=False)[0][0].T, np.float32)
    turn = float(gmst_rad(document.epoch, 0.0))
    with stage(recorded(document)) as renderer:
        assert renderer.player is not None
        bracket = renderer.player.wait_for(0.0, METRIC.name)
        assert bracket is not None
        renderer.draw_now()
        selection = renderer.session.selection
        threshold = iter(np.linspace(0.1, 0.9, 64))

        def predicate() -> None:
            values = bracket.values(METRIC, slice(None))
            selection.combine(values > next(threshold), "load above a threshold")

        def binning() -> None:
            bin_values(
                ground_cells(position_km, turn), bracket.values(METRIC, slice(None)), (cells.ROWS, cells.COLUMNS)
            )

        layout = unroll(document.fleet)
        width, height = layout.size
        block = -(-width // DOCK_PX)
        table = colour_table(METRIC, (METRIC.low, METRIC.high), lut("viridis", None))
        pixels = MapPixels(bracket.before.stored, METRIC, table, (0, 0, 0))
        programs: dict[str, Callable[[], object]] = {
            "predicate": predicate,
            "binning": binning,
            "map": lambda: pixels.draw(layout, (0, 0, width, height), block),
            "single": lambda: pixels.draw(layout, (0, 0, width, height)),
        }
        ms = medians_ms(programs, repeats=9)
        predicate()
        before = renderer.store.uploaded_bytes
        renderer.draw_now()
        gloo.finish()
        sent_mb = (renderer.store.uploaded_bytes - before) / 1e6
    goal_mb = GOAL_UPLOAD_MB * max(count, 1_000_000) / 1e6
    return {
        f"predicate over {count:,} nodes": Figure(
            ms["predicate"], "ms", "", None, f"<= {GOAL_PREDICATE_MS:.0f} ms", ms["predicate"] <= GOAL_PREDICATE_MS
        ),
        "uploaded for it": Figure(sent_mb, "MB", "", None, f"<= {goal_mb:.2f} MB", sent_mb <= goal_mb),
        f"unrolled fleet, {block} x {block} nodes a pixel": Figure(
            ms["map"], "ms", "", None, f"<= {GOAL_MAP_MS:.0f} ms", ms["map"] <= GOAL_MAP_MS
        ),
        "unrolled fleet, one pixel a node": Figure(
            ms["single"], "ms", "", None, f"<= {GOAL_MAP_MS:.0f} ms", ms["single"] <= GOAL_MAP_MS
        ),
        "values into cells of the ground": Figure(
            ms["binning"], "ms", "", None, f"<= {GOAL_BINNING_MS:.0f} ms", ms["binning"] <= GOAL_BINNING_MS
        ),
    }
