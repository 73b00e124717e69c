"""Heat on the ground: which grid of values the globe shows now, from recorded sums or binned below the nodes.

Sums are shown per million km2, so that the narrow cells round the poles do not look hotter than they are; what does not
add up (charge, temperature) is shown as the mean of the nodes above a cell. Nothing here waits.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core import cells
from orbitviz.core.document import Document
from orbitviz.core.frame import Bracket, MetricInfo, QuantityInfo
from orbitviz.metrics.binning import (
    Binned,
    adds_up,
    bin_values,
    coarser,
    ground_areas_km2,
    ground_cells,
    ground_factor,
)
from orbitviz.player import FleetPositions, Player
from orbitviz.player.values import node_values

PER_KM2 = 1e6
"""Sums are per so many km2."""
COLOURED = "what colours the nodes"
QUANTITIES = {
    COLOURED: "",
    "nodes": "nodes",
    "array power": "array_w",
    "compute power": "compute_w",
    "compute": "compute_pf",
    "inference asked for": "inference_demand_pf",
    "inference without a node": "inference_unplaced_pf",
}
"""Words of the settings -> names of recorded sums."""
AMOUNTS = ("sum per area", "mean of the nodes")
COMPUTED_EVERY_S = 0.3
"""Wall time between two grids that have to be computed, at least."""
FULL_SHARE = 0.97
"""Share of the ground (of what is not empty) below the top of the scale."""
NODES = QuantityInfo("nodes", "1", "Nodes", "computed", "number of nodes above a cell", "SGP4 positions")


@dataclass(frozen=True)
class HeatGrid:
    """(rows, columns) values from the south, from 180 degrees west; NaN: no node with a value there.

    `per_area`: sums in unit per million km2, else means in unit. total: the sum over all cells, in unit. low, high:
    ends of the colour scale. key: equal keys are equal grids.
    """

    key: tuple[Any, ...]
    title: str
    unit: str
    per_area: bool
    values: NDArray[np.float64]
    low: float
    high: float
    total: float = math.nan
    recorded: bool = False

    @property
    def cell_deg(self) -> float:
        """Side of a cell."""
        return 180.0 / float(self.values.shape[0])


@dataclass(frozen=True)
class _Wanted:
    """What the settings ask for. recorded: the name of the sums in the recording, or "" when it has to be computed."""

    info: MetricInfo | None
    about: MetricInfo | QuantityInfo
    mean: bool
    recorded: str


class GroundHeat:
    """Grids of one open document; `note` says why there is none, else it is empty."""

    def __init__(self, document: Document, player: Player | None, positions: FleetPositions) -> None:
        self._document, self._player, self._positions = document, player, positions
        self._factor = ground_factor(len(document.fleet))
        self._pending: Future[HeatGrid] | None = None
        self._kept: HeatGrid | None = None
        self._kept_for: tuple[Any, ...] = ()
        self._asked_for: tuple[Any, ...] = ()
        self._began_s = -math.inf
        self._tops: dict[tuple[Any, ...], float] = {}
        self._settled = False
        self.note = ""

    def at(
        self, settings: Any, info: MetricInfo | None, ends: tuple[float, float], bracket: Bracket | None, t_s: float
    ) -> HeatGrid | None:
        """The grid for an instant; None as long as there is none. info, ends, bracket: what colours the nodes, the
        scene's range of it, its recorded frames. A grid of another instant is shown until the right one is there."""
        wanted = self._wanted(settings, info)
        if wanted is None:
            return None
        if wanted.recorded:
            return self._recorded(wanted, t_s)
        return self._computed(wanted, ends if wanted.info is info else None, bracket, t_s)

    @property
    def settled(self) -> bool:
        """Whether the last grid was of the instant asked for, not of one near it."""
        return self._settled

    # -- what is asked for --------------------------------------------------------------------------------------------
    def _wanted(self, settings: Any, info: MetricInfo | None) -> _Wanted | None:
        name = QUANTITIES[settings.quantity]
        self.note = ""
        if not name:
            name = "nodes" if info is None or info.is_category else info.name
        surface = {} if self._player is None else self._player.surface
        own = info is not None and info.name == name
        mean = own and info is not None and (settings.amount == AMOUNTS[1] or not adds_up(info))
        if not mean and name in surface:
            return _Wanted(info if own else None, surface[name], False, name)
        if name == "nodes":
            return _Wanted(None, NODES, False, "")
        if own and info is not None:
            return _Wanted(info, info, mean, "")
        known = self._document.metrics.get(name)
        if known is None:
            self.note = f"no heat on the ground: nothing open holds {settings.quantity}"
        else:
            self.note = f"no heat on the ground: colour the nodes by {known.long_name.lower()} to see it there"
        return None

    # -- recorded -----------------------------------------------------------------------------------------------------
    def _recorded(self, wanted: _Wanted, t_s: float) -> HeatGrid | None:
        assert self._player is not None
        bracket = self._player.surface_at(t_s, wanted.recorded)
        self._settled = bracket is not None and not bracket.stale
        if bracket is None:
            return None
        key = ("recorded", *bracket.key)
        if self._kept is None or self._kept_for != key:
            self._kept = self._of_sums(key, wanted.about, bracket.sums, recorded=True)
            self._kept_for = key
        return self._kept

    def _of_sums(
        self, key: tuple[Any, ...], about: MetricInfo | QuantityInfo, sums: NDArray[np.floating], recorded: bool
    ) -> HeatGrid:
        # Sums of users by cities are fine as they are; those of few nodes need cells that hold some.
        users = "demand" in about.name or "unplaced" in about.name
        factor = 1 if users else self._factor
        total = float(np.sum(sums, dtype=np.float64))
        areas = ground_areas_km2(factor)[:, None]
        density = coarser(sums, factor) / areas * PER_KM2
        top = self._top((about.name, recorded), density, areas)
        title = _first_words(about.long_name)
        return HeatGrid((*key, top), title, about.unit, True, density, 0.0, top, total, recorded)

    def _top(self, of: tuple[Any, ...], density: NDArray[np.float64], areas: NDArray[np.float64]) -> float:
        """Top of the scale: it grows when it must and stays there: a colour means the same from frame to frame."""
        filled = density[density > 0.0]
        if len(filled):
            weight = np.broadcast_to(areas, density.shape)[density > 0.0]
            order = np.argsort(filled)
            share = np.cumsum(weight[order]) / weight.sum()
            top = round_up(float(filled[order][np.searchsorted(share, FULL_SHARE)]))
            self._tops[of] = max(top, self._tops.get(of, 0.0))
        return self._tops.get(of, 1.0)

    # -- computed -----------------------------------------------------------------------------------------------------
    def _computed(
        self, wanted: _Wanted, ends: tuple[float, float] | None, bracket: Bracket | None, t_s: float
    ) -> HeatGrid | None:
        if self._pending is not None and self._pending.done():
            done, self._pending = self._pending, None
            self._kept, self._kept_for = done.result(), self._asked_for
        of = (wanted.about.name, wanted.mean)
        key = ("computed", *of, ends if wanted.mean else None, t_s)
        now = time.monotonic()
        if self._pending is None and self._kept_for != key and now - self._began_s >= COMPUTED_EVERY_S:
            self._began_s, self._asked_for = now, key
            job = partial(self._bin, key, wanted, ends, bracket, t_s)
            self._pending = self._positions.submit(t_s, job)
        self._settled = self._kept is not None and self._kept_for == key
        fits = self._kept is not None and self._kept_for[1:3] == of
        return self._kept if fits else None

    def wait(self, ask: Callable[[], HeatGrid | None], timeout_s: float = 60.0) -> None:
        """Asks until the grid of the very instant is there: for pictures that are made without a window."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self._began_s = -math.inf
            ask()
            if self.settled or self.note:
                return
            time.sleep(0.005)

    def _bin(
        self,
        key: tuple[Any, ...],
        wanted: _Wanted,
        ends: tuple[float, float] | None,
        bracket: Bracket | None,
        t_s: float,
        position_km: NDArray[np.float32],
        gmst_rad: float,
    ) -> HeatGrid:
        """On the positions' thread."""
        below = ground_cells(position_km, gmst_rad)
        fleet = self._document.fleet
        values = None if wanted.info is None else node_values(fleet, wanted.info, bracket, position_km, t_s)
        binned = bin_values(below, values, (cells.ROWS, cells.COLUMNS))
        if not wanted.mean:
            return self._of_sums(key, wanted.about, binned.sums, recorded=False)
        assert wanted.info is not None
        parts = Binned(coarser(binned.sums, self._factor), coarser(binned.counts, self._factor).astype(np.int64))
        low, high = ends or (wanted.info.low, wanted.info.high)
        title = wanted.info.long_name
        return HeatGrid(key, title, wanted.info.unit, False, parts.means, low, high)


def round_up(value: float) -> float:
    """To 1, 1.5, 2, 3, 5, 7 times a power of ten."""
    if not value > 0.0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0) if step * power >= value * (1 - 1e-9))


def _first_words(long_name: str) -> str:
    """Without what every legend says anyway."""
    for ending in (" of the nodes above a cell", ", by cell"):
        long_name = long_name.removesuffix(ending)
    return long_name
