"""Picking: from a click to the node, against one full moving frame of the same picture."""

from __future__ import annotations

from orbitviz.bench.draw import moving_frame
from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import SCREEN, document_of, stage
from orbitviz.bench.synthetic import METRIC, recorded

GOAL = 1.2


def run(nodes: int) -> dict[str, Figure]:
    """Clicks in the middle of the picture, where nodes are, each after time has moved."""
    with stage(recorded(document_of(nodes))) as renderer:
        assert renderer.player is not None
        renderer.player.wait_for(0.0, METRIC.name)
        frame = moving_frame(renderer)
        frame()
        found: list[int | None] = []

        def click() -> None:
            # Another pixel each time: nothing may be left over from the click before.
            found.append(renderer.pick(0.5 * SCREEN[0] + 7.0 * (len(found) % 5), 0.5 * SCREEN[1]))

        ms = medians_ms({"frame": frame, "click": click}, repeats=7)
    hits = sum(row is not None for row in found)
    ratio = ms["click"] / ms["frame"]
    return {
        f"click to node, {hits} of {len(found)} hit": Figure(
            ms["click"], "ms", f"one full frame {ms['frame']:.0f} ms", ratio, f"<= {GOAL} x", ratio <= GOAL
        )
    }
