"""Selecting: a predicate over every node, its upload, and what is binned for the docks."""

from __future__ import annotations

import numpy as np
from vispy import gloo

from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import document_of, stage
from orbitviz.bench.synthetic import METRIC, recorded
from orbitviz.core import cells
from orbitviz.core.epoch import gmst_rad
from orbitviz.metrics.binning import bin_values, ground_cells
from orbitviz.sim.propagation import Propagator

GOAL_PREDICATE_MS, GOAL_UPLOAD_MB, GOAL_BINNING_MS = 30.0, 1.05, 90.0


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

        ms = medians_ms({"predicate": predicate, "binning": binning}, repeats=9)
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
        "values into cells of the ground": Figure(
            ms["binning"], "ms", "", None, f"<= {GOAL_BINNING_MS:.0f} ms", ms["binning"] <= GOAL_BINNING_MS
        ),
    }
