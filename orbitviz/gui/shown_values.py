"""What colours the nodes, as one stored number a node at an instant: for views of the whole fleet beside the globe."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.player import FleetPositions, Player
from orbitviz.player.values import node_values
from orbitviz.session import Session

COMPUTED_EVERY_S = 0.3
STEPS, NO_VALUE = 254, 255
"""Computed values are rounded to so many steps of the metric's range."""


@dataclass(frozen=True)
class Shown:
    """codes (N,): stored numbers of `info` (its scale, offset and fill), mixed at the instant as the globe mixes them.

    key: equal keys are equal codes. bracket: the recorded frames, None when computed.
    """

    key: tuple[Any, ...]
    info: MetricInfo
    codes: NDArray[Any]
    bracket: Bracket | None

    def value(self, row: int) -> float:
        """Of one node, in the metric's unit; NaN when it has none."""
        return float(self.info.values(self.codes[row : row + 1])[0])


class ShownValues:
    """The values of the coloured metric of a session; never waits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._player: Player | None = None
        self._positions: FleetPositions | None = None
        self._shown: Shown | None = None
        self._pending: tuple[tuple[Any, ...], MetricInfo, Future[NDArray[np.float32]]] | None = None
        self._began_s = -1e9

    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """Of the document that is open now."""
        self._player, self._positions = player, positions
        self._shown = self._pending = None

    @property
    def metric(self) -> MetricInfo | None:
        """What is shown, as the document describes it."""
        return self._session.metric

    def now(self) -> Shown | None:
        """At the session's instant, or the nearest there is; None when there is nothing yet."""
        info, document = self._session.metric, self._session.document
        if info is None or document is None:
            return None
        t_s = self._session.clock.t_s
        if self._player is not None and info.name in self._player.metrics:
            return self._recorded(self._player, info, t_s)
        return self._computed(document.fleet, info, t_s)

    def _recorded(self, player: Player, info: MetricInfo, t_s: float) -> Shown | None:
        bracket = player.bracket_at(t_s, info.name, 1 if self._session.clock.speed >= 0 else -1)
        if bracket is None:
            return None
        key = (id(player), info.name, bracket.before.index, bracket.after.index, bracket.mix)
        if self._shown is None or self._shown.key != key:
            self._shown = Shown(key, info, mixed(bracket, info), bracket)
        return self._shown

    def _computed(self, fleet: Fleet, info: MetricInfo, t_s: float) -> Shown | None:
        if self._pending is not None and self._pending[2].done():
            key, of, future = self._pending
            self._pending = None
            if not future.cancelled():
                self._shown = Shown(key, of, coded(of, future.result()), None)
        key = (id(fleet), info.name, 0.0 if info.is_category else t_s)
        wanted = self._shown is None or self._shown.key != key
        now = time.monotonic()
        if wanted and self._pending is None and self._positions is not None and now - self._began_s > COMPUTED_EVERY_S:
            self._began_s = now
            future = self._positions.submit(t_s, lambda place, _: node_values(fleet, info, None, place, t_s))
            self._pending = (key, in_steps(info), future)
        return self._shown if self._shown is not None and self._shown.key[:2] == key[:2] else None


def mixed(bracket: Bracket, info: MetricInfo) -> NDArray[Any]:
    """(N,) stored numbers between two frames, rounded; without a value where one of them has none."""
    before, after = bracket.before.stored, bracket.after.stored
    if bracket.mix == 0.0 or bracket.before is bracket.after:
        return before
    part = round(bracket.mix * 256.0)
    wide = np.uint16 if before.dtype == np.uint8 else np.uint32
    both: NDArray[Any] = before.astype(wide)
    both *= wide(256 - part)
    both += after * wide(part)
    both += wide(128)
    both >>= wide(8)
    result = both.astype(before.dtype)
    if info.fill is not None:
        gone = (before == info.fill) | (after == info.fill)
        result[gone] = info.fill
    return result


def in_steps(info: MetricInfo) -> MetricInfo:
    """A computed metric as stored numbers: categories as they are, others in steps of their range."""
    if info.is_category:
        return info
    span = max(info.high - info.low, 1e-9)
    return replace(info, scale=span / STEPS, offset=info.low, fill=NO_VALUE, dtype="uint8")


def coded(info: MetricInfo, values: NDArray[np.floating]) -> NDArray[Any]:
    """(N,) values -> stored numbers of in_steps(info)."""
    with np.errstate(invalid="ignore"):
        raw = np.rint((values - info.offset) / info.scale)
    last = info.full_scale if info.fill is None else info.fill - 1
    raw = np.where(np.isnan(raw), 0 if info.fill is None else info.fill, np.clip(raw, 0, last))
    return np.asarray(raw.astype(info.dtype))
