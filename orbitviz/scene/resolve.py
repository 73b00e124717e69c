"""resolve(): what the session asks for -> SceneState, a frozen value; equal states draw equal pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.distribution import Distribution
from orbitviz.core.epoch import Epoch, gmst_rad
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.core.keyframes import Keyframes
from orbitviz.scene.colours import COUNTS, Warp, colormap_name, is_diverging, ramp
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
    """How values become colours. low, high in the metric's unit; metric None: nodes are drawn in one colour. scale:
    linear, log, percentile (then by `distribution`); theme: of the scene, on whose ground colours must stand out."""

    metric: MetricInfo | None
    low: float
    high: float
    colormap: str
    recorded: bool
    scale: str = "linear"
    reverse: bool = False
    theme: str = "dark"
    distribution: Distribution | None = None
    count_map: str = COUNTS

    @property
    def categories(self) -> int | None:
        """How many categories there are; None for amounts."""
        return len(self.metric.flags) if self.metric is not None and self.metric.is_category else None

    @property
    def warp(self) -> Warp:
        """From places in the range to places on the map."""
        centred = is_diverging(self.colormap) and self.categories is None
        return Warp(self.scale, self.low, self.high, centred, self.distribution)

    def ramp(self) -> NDArray[np.uint8]:
        """(1024, 4) uint8 sRGB from low to high."""
        return ramp(self.colormap, self.categories, self.theme, self.reverse, self.warp)

    def count_ramp(self) -> NDArray[np.uint8]:
        """(1024, 4) uint8 sRGB of "nodes in a pixel", from one to the most."""
        return ramp(self.count_map, None, self.theme, self.reverse)


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
    theme: str = "dark"
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
    theme: str | None = None,
    distribution: Distribution | None = None,
) -> SceneState:
    """The state for the next draw; pure. A recorded metric without any decoded frame yet is drawn in one colour.

    theme: in place of the session's. distribution: of the shown frame, for a percentile scale.
    """
    info = session.metric
    theme = theme or session.stage.theme
    has_frames = bracket is not None and info is not None and bracket.before.metric == info.name
    frames: tuple[Any, ...] = ()
    if has_frames and bracket is not None:
        frames = (bracket.before.metric, bracket.before.index, bracket.after.index, bracket.mix)
    colour = colour_of(session, has_frames, theme, distribution)
    chosen = session.selection
    return SceneState(
        size=size,
        scale=scale,
        pose=pose,
        sky=sky,
        epoch=session.document.epoch if session.document is not None else Epoch.from_jd(2451545.0),
        colour=colour,
        frames=frames,
        level=level,
        theme=theme,
        selected=chosen.row,
        layers=dict(session.layers),
        chosen=None if chosen.mask is None else (chosen.version, chosen.show, chosen.count),
        bracket=bracket if has_frames else None,
        mask=chosen.mask,
        keys=tuple(None if pair is None else pair.key for pair in (recorded, odd)),
        recorded=recorded,
        odd=odd,
    )


def colour_of(session: Session, recorded: bool, theme: str, distribution: Distribution | None) -> Colour:
    """The session's colouring as the picture and the legend both use it."""
    info = session.metric
    low, high = session.colour_range
    scale = session.colour_scale
    return Colour(
        metric=info,
        low=low,
        high=high,
        colormap=colormap_name(info, session.colour.colormap),
        recorded=recorded,
        scale=scale,
        reverse=session.colour.reverse,
        theme=theme,
        distribution=distribution if scale == "percentile" else None,
        count_map=session.colour.colormap or COUNTS,
    )
