"""What a legend says, in the window and in pictures: title, ticks, what lies outside the range, what a pixel shows."""

from __future__ import annotations

import math
from typing import Any

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo
from orbitviz.core.numerals import display_scale, plain, share_text
from orbitviz.scene.detail import SMALL_FLEET

NOTES = {
    "mean": "mean of the nodes under each pixel",
    "highest": "highest of the nodes under each pixel",
    "lowest": "lowest of the nodes under each pixel",
    "count": "how many nodes each pixel holds",
}
FEW_NOTES = {
    "mean": "every node is drawn, the nearest on top",
    "highest": "every node is drawn, the highest on top",
    "lowest": "every node is drawn, the lowest on top",
    "count": "how many nodes lie where each is drawn",
}
COUNT_TITLE = "Nodes in a pixel"


def crowded_of(layers: Any) -> str:
    """mean, highest, lowest or count: what crowded pixels show, by the layers' settings."""
    return str(getattr(layers.get("nodes"), "crowded", "mean"))


def note(crowded: str, nodes: int) -> str:
    """What the colour of a pixel is; fleets so small that each node is drawn for itself have other words."""
    return (FEW_NOTES if nodes <= SMALL_FLEET else NOTES)[crowded]


def most_counted(nodes: int) -> float:
    """The count that has the last colour of "nodes in a pixel": a power of ten by the size of the fleet, so that the
    colours keep their meaning while the camera moves."""
    return float(10 ** min(max(math.ceil(math.log10(max(nodes, 1) / 10_000.0)), 1), 4))


def tick_texts(info: MetricInfo, low: float, high: float, scale: str = "linear") -> tuple[str, str, str]:
    """Low, middle, high with one unit for all three: 0 W at the low end of kW is "0 kW"."""
    shown = display_scale(info.unit, max(abs(low), abs(high)))
    middle = math.sqrt(low * high) if scale == "log" and low > 0.0 else 0.5 * (low + high)
    numbers = [plain(value / shown.factor) for value in (low, middle)]
    return numbers[0], numbers[1], shown.text(high)


def clip_texts(spread: Distribution | None, low: float, high: float) -> tuple[str, str]:
    """("3 % below", "12 % above"): shares of the nodes whose colour is that of the end; empty where there are none."""
    if spread is None:
        return "", ""
    below, above = spread.outside(low, high)
    return (f"{share_text(below)} below" if below else ""), (f"{share_text(above)} above" if above else "")


def unknown_text(spread: Distribution | None) -> str:
    """ "1,204 have no value", or nothing."""
    if spread is None or not spread.unknown:
        return ""
    count = round(spread.share_unknown * spread.total)
    return f"{count:,} {'has' if count == 1 else 'have'} no value"


def scale_text(scale: str) -> str:
    """What is said of a scale that is not linear."""
    return {"log": "log scale", "percentile": "equal shares of nodes"}.get(scale, "")
