"""Recorded values: a metric, one instant of it (Frame), the two round an instant (Bracket), their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Stored = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class MetricInfo:
    """A per-node quantity: how it is called, measured, stored and shown.

    value = stored * scale + offset; `fill` marks "no value". `flags` (number -> word) makes it a category: never mixed
    or averaged. `mean` says that a frame holds the mean of the step that begins at its instant, else the value at it.
    max_error and the legend's range (low, high) are in `unit`. kind: filed, claimed, measured, computed, assumed.
    """

    name: str
    unit: str
    long_name: str
    low: float
    high: float
    scale: float = 1.0
    offset: float = 0.0
    dtype: str = "uint8"
    fill: int | None = None
    mean: bool = False
    flags: Mapping[int, str] = field(default_factory=dict)
    colormap: str = "viridis"
    max_error: float = 0.0
    kind: str = "computed"
    formula: str = ""
    source: str = ""

    @property
    def is_category(self) -> bool:
        """Whether the values are names, not amounts."""
        return bool(self.flags)

    def values(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Stored numbers -> physical values, float32, NaN where there is no value."""
        result = (stored * np.float64(self.scale) + self.offset).astype(np.float32)
        if self.fill is not None:
            result[stored == self.fill] = np.nan
        return result

    def store(self, values: NDArray[np.floating], out: Stored) -> None:
        """Physical values (N,) -> stored numbers in `out`; NaN becomes `fill`, or 0 where there is none."""
        with np.errstate(invalid="ignore"):
            raw = (values - values.dtype.type(self.offset)) / values.dtype.type(self.scale)
        np.rint(raw, out=raw)
        most = self.full_scale - (self.fill == self.full_scale)
        np.clip(raw, 0, most, out=raw)
        np.copyto(raw, 0 if self.fill is None else self.fill, where=np.isnan(raw))
        out[:] = raw

    @property
    def full_scale(self) -> int:
        """Largest storable number."""
        return int(np.iinfo(self.dtype).max)


@dataclass(frozen=True)
class QuantityInfo:
    """A fleet total, or a sum over each cell of the ground: how it is called, measured and come by.

    kind: filed, claimed, measured, computed, assumed. columns: what the K columns of a (T, K) total stand for. mean:
    the value is the mean of the step that begins at the frame's instant, else it is the value at that instant.
    """

    name: str
    unit: str
    long_name: str
    kind: str = "computed"
    formula: str = ""
    source: str = ""
    columns: str = ""
    mean: bool = False


@dataclass(frozen=True)
class Frame:
    """One metric at one recorded instant: `stored` is (N,) as in the file (uint8 or uint16), never written to."""

    metric: str
    index: int
    t_s: float
    stored: Stored


@dataclass(frozen=True)
class Bracket:
    """The two frames of one metric round an instant; mix in 0..1 goes from `before` to `after` (categories: 0 or 1).

    When the frames wanted are not decoded yet, the nearest decoded ones are handed out and `stale` is set;
    t_shown_s is the instant that these frames show. Within a gap of the recording that is the last frame's before it.
    """

    before: Frame
    after: Frame
    mix: float
    t_requested_s: float
    t_shown_s: float
    stale: bool = False

    @property
    def elsewhere(self) -> bool:
        """Whether another instant is shown than was asked for."""
        return self.stale or self.t_shown_s != self.t_requested_s

    def values(self, info: MetricInfo, rows: NDArray[np.integer] | slice) -> NDArray[np.float32]:
        """Physical values of some rows at t_shown_s, mixed as the shader mixes them."""
        before = info.values(self.before.stored[rows])
        if self.mix == 0.0:
            return before
        after = info.values(self.after.stored[rows])
        return np.asarray(before + np.float32(self.mix) * (after - before))


class FrameSource(Protocol):
    """What a player plays: an open recording. Only one thread may call the reading methods."""

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(T,) instants of the committed frames, strictly increasing, seconds from the fleet's epoch."""

    @property
    def metrics(self) -> Mapping[str, MetricInfo]:
        """What is recorded, by name."""

    @property
    def node_count(self) -> int:
        """N."""

    def read(self, name: str, index: int, out: Stored) -> None:
        """One frame of one metric, as stored, into `out` (N,)."""

    def histories(
        self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None
    ) -> NDArray[np.float32]:
        """(R, T) physical values of some nodes over all frames, or over those from `first` up to, without, `last`."""

    def close(self) -> None:
        """Let go of the file."""
