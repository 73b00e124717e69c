"""How nodes are drawn: what can be set, and the size and density that follow."""

from __future__ import annotations

from dataclasses import dataclass

from orbitviz.scene.detail import CHOICES
from orbitviz.scene.layer import setting
from orbitviz.scene.layers.nodes.crowded import MODES


@dataclass(frozen=True)
class Settings:
    """How nodes are drawn."""

    visible: bool = setting(True, "Nodes")
    size: float = setting(
        1.0, "Size", "Times the size that suits their number and distance", unit="1", low=0.5, high=4.0, step=0.1
    )
    opacity: float = setting(
        1.0, "Density", "How soon a crowded pixel turns solid", unit="1", low=0.1, high=4.0, step=0.1
    )
    crowded: str = setting(
        "mean",
        "Crowded pixels show",
        "Of all nodes under a pixel: mean, highest or lowest value, or how many they are. Categories are never mixed",
        choices=MODES,
    )
    by_value: bool = setting(False, "Size by value", "Nodes are larger where their value is higher in the range")
    glow: float = setting(
        0.0, "Glow", "How much high values shine; on the dark ground only", unit="1", low=0.0, high=2.0, step=0.1
    )
    detail: str = setting(
        "automatic",
        "Detail while moving",
        "How many nodes are drawn while time or camera move; at rest all are. Automatic: as many as keep it fluent",
        choices=tuple(CHOICES),
    )


@dataclass(frozen=True)
class Look:
    """Point size in device pixels up to a distance of `plain` Earth radii (beyond, points shrink, down to two pixels),
    and opacity of a pixel: 1 - 2^-(density * root of its count)."""

    point: float
    density: float
    plain: float
