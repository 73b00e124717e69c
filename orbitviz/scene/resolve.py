"""resolve(): what the session asks for -> SceneState, a frozen value; equal states draw equal pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch, gmst_rad
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.core.keyframes import Keyframes
from orbitviz.scene.colours import colormap_name
from orbitviz.scene.ground_heat import HeatGrid
from orbitviz.scene.pose import Pose
from orbitviz.session.session import Session
from orbitviz.sim.sunlight import sun_teme


@dataclass(frozen=True)
class Sky:
    """Sun and Earth at an instant. sun: unit vector (TEME) from the Earth's centre; gmst_rad turns TEME into ITRF."""

    t_s: float
    sun: tuple[float, float, float]
    sun_distance_km: float
    gmst_rad: float

    @classmethod
    def at(cls, epoch: Epoch, t_s: float) -> Sky:
        """The sky at epoch + t_s."""
        unit, distance_km = sun_teme(epoch, t_s)
        unit = np.asarray(unit, dtype=np.float64).reshape(3)
        sun = (float(unit[0]), float(unit[1]), float(unit[2]))
        return cls(t_s, sun, float(np.asarray(distance_km).reshape(-1)[0]), float(gmst_rad(epoch, t_s)))


@dataclass(frozen=True)
class Colour:
    """How values become colours. low, high in the metric's unit; metric None: nodes are drawn in one colour."""

    metric: MetricInfo | None
    low: float
    high: float
    colormap: str
    recorded: bool


@dataclass(frozen=True)
class SceneState:
    """Everything the picture depends on. `t_s` is the shown instant of the positions; `level` says how many of the
    five shares of the nodes are drawn (5: all). Frames compare by metric, index and mix, not by their arrays; so do
    the keyframes of nodes without elements, `recorded` of the whole fleet, `odd` of NodesLayer's odd rows; the
    selected set: `chosen` is (version, "highlight" or "filter", nodes), None without a set; and the heat on the
    ground, by its key; heat_note says why there is none."""

    size: tuple[int, int]
    scale: float
    pose: Pose
    sky: Sky
    epoch: Epoch
    colour: Colour
    frames: tuple[Any, ...] = ()
    level: int = 5
    selected: int | None = None
    layers: Mapping[str, Any] = field(default_factory=dict)
    chosen: tuple[int, str, int] | None = None
    heat_key: tuple[Any, ...] = ()
    heat_note: str = ""
    bracket: Bracket | None = field(default=None, compare=False)
    heat: HeatGrid | None = field(default=None, compare=False)
    mask: NDArray[np.uint8] | None = field(default=None, compare=False)
    keys: tuple[Any, ...] = ()
    recorded: Keyframes | None = field(default=None, compare=False)
    odd: Keyframes | None = field(default=None, compare=False)

    @property
    def t_s(self) -> float:
        """Seconds from the epoch."""
        return self.sky.t_s

    @property
    def filtering(self) -> bool:
        """Whether nodes that are not of the selected set are hidden."""
        return self.chosen is not None and self.chosen[1] == "filter"

    @property
    def highlighting(self) -> bool:
        """Whether nodes that are not of the selected set are dimmed."""
        return self.chosen is not None and self.chosen[1] == "highlight"

    @property
    def hidden(self) -> tuple[int, str, int] | None:
        """What decides which nodes are hidden; None: none is."""
        return self.chosen if self.filtering else None

    def hides(self, row: int) -> bool:
        """Whether the filter hides a row."""
        return self.filtering and self.mask is not None and not self.mask[row]

    def settings(self, name: str) -> Any:
        """A layer's settings."""
        return self.layers[name]

    def differs(self, old: SceneState | None, *names: str) -> bool:
        """Whether any of these fields differs from `old`'s."""
        return old is None or any(getattr(self, name) != getattr(old, name) for name in names)


def resolve(
    session: Session,
    bracket: Bracket | None,
    pose: Pose,
    sky: Sky,
    size: tuple[int, int],
    scale: float = 1.0,
    level: int = 5,
    recorded: Keyframes | None = None,
    odd: Keyframes | None = None,
) -> SceneState:
    """The state for the next draw; pure. A recorded metric without any decoded frame yet is drawn in one colour."""
    info = session.metric
    low, high = session.colour_range
    has_frames = bracket is not None and info is not None and bracket.before.metric == info.name
    frames: tuple[Any, ...] = ()
    if has_frames and bracket is not None:
        frames = (bracket.before.metric, bracket.before.index, bracket.after.index, bracket.mix)
    colormap = colormap_name(info, session.colour.colormap)
    chosen = session.selection
    return SceneState(
        size=size,
        scale=scale,
        pose=pose,
        sky=sky,
        epoch=session.document.epoch if session.document is not None else Epoch.from_jd(2451545.0),
        colour=Colour(info, low, high, colormap, has_frames),
        frames=frames,
        level=level,
        selected=chosen.row,
        layers=dict(session.layers),
        chosen=None if chosen.mask is None else (chosen.version, chosen.show, chosen.count),
        bracket=bracket if has_frames else None,
        mask=chosen.mask,
        keys=tuple(None if pair is None else pair.key for pair in (recorded, odd)),
        recorded=recorded,
        odd=odd,
    )
