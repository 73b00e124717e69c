"""Which links are drawn and where their ends are, in float64 on the processor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.core.keyframes import Keyframes
from orbitviz.core.scenario import Links
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.sim.links import plus_grid_pairs
from orbitviz.sim.propagation import Propagator

F64 = NDArray[np.float64]
Pairs = NDArray[np.integer]
MOST_NODES = 8192
"""Largest fleet whose whole mesh is drawn."""
HOPS = 4
"""In larger fleets the mesh is drawn this far round the selected node: to 40 others in a +Grid without edges."""
RUNGS_KEPT_S = 60.0
"""Links between altitudes change partners as the altitudes slide past each other; looked up again this often."""


class Mesh:
    """The links of a fleet, those round one node in fleets above MOST_NODES."""

    def __init__(self, fleet: Fleet, links: Links | None) -> None:
        self.fleet = fleet
        self.links = links if links is not None else Links(topology="none")
        self.whole = len(fleet) <= MOST_NODES
        self._from_file = fleet.pairs is not None and len(fleet.pairs) > 0
        self._pairs: Pairs | None = None
        self._pairs_at_s = 0.0
        self._near: tuple[int, Pairs] | None = None
        self._propagator: Propagator | None = None
        self._rows: NDArray[np.int64] = np.zeros(0, np.int64)

    @classmethod
    def of(cls, document: Document) -> Mesh:
        """Of what is open."""
        return cls(document.fleet, document.scenario.links if document.scenario is not None else None)

    @property
    def known(self) -> bool:
        """Whether there is any mesh: a file's pairs, or a recipe's topology."""
        return self._from_file or self.links.topology != "none"

    def _all_pairs(self, t_s: float) -> Pairs:
        if self._from_file:
            assert self.fleet.pairs is not None
            return self.fleet.pairs
        # In large fleets looking all links up takes a second and more: once, for the instant it was first asked.
        changing = self.whole and self.links.topology in ("plus-grid", "ring-rungs")
        if self._pairs is None or (changing and abs(t_s - self._pairs_at_s) > RUNGS_KEPT_S):
            pairs = plus_grid_pairs(self.fleet, self.links, t_s)
            if self._pairs is None or not np.array_equal(pairs, self._pairs):
                self._pairs = pairs
            self._pairs_at_s = t_s
        return self._pairs

    def pairs(self, t_s: float, selected: int | None) -> Pairs:
        """(L, 2) rows to join, the same object while nothing changes."""
        if self.whole:
            return self._all_pairs(t_s)
        if selected is None or not self.known:
            return np.zeros((0, 2), np.uint32)
        if self._near is None or self._near[0] != selected:
            self._near = (selected, near(self._all_pairs(t_s), len(self.fleet), selected, HOPS))
        return self._near[1]

    def ends_km(
        self,
        t_s: float,
        selected: int | None,
        shown: NDArray[np.uint8] | None = None,
        recorded: Keyframes | None = None,
    ) -> tuple[F64, F64]:
        """(K, 3) starts and stops, TEME km, of the links that hold at the instant: within max_range_km and nowhere
        lower than grazing_km. shown (N,): only those between nodes that are not 0 there. recorded: where nodes without
        elements are."""
        pairs = self.pairs(t_s, selected)
        if shown is not None:
            pairs = pairs[(shown[pairs] > 0).all(axis=1)]
        if not len(pairs):
            return np.zeros((0, 3)), np.zeros((0, 3))
        places, start, stop, rows = self._places_km(t_s, pairs)
        if recorded is not None:
            places = recorded.fill(places, t_s, rows)
        first, second = places[start], places[stop]
        keep = holds(first, second, self.links) if self.links.topology != "none" else np.isfinite(first + second).all(1)
        return first[keep], second[keep]

    def _places_km(self, t_s: float, pairs: Pairs) -> tuple[F64, Pairs, Pairs, slice | Pairs]:
        """Places of the nodes needed, where the pairs' two ends are among them, and which rows they are."""
        if self.whole:
            if self._propagator is None:
                self._propagator = Propagator.of(self.fleet)
            places = np.asarray(self._propagator.states(t_s, velocity=False)[0][0], np.float64)
            return places, pairs[:, 0], pairs[:, 1], slice(None)
        rows, index = np.unique(pairs, return_inverse=True)
        if self._propagator is None or not np.array_equal(rows, self._rows):
            elements = self.fleet.elements.rows(rows.astype(np.int64))
            self._propagator, self._rows = Propagator(elements, epoch=self.fleet.epoch), rows.astype(np.int64)
        index = index.reshape(-1, 2)
        places = np.asarray(self._propagator.states(t_s, velocity=False)[0][0], np.float64)
        return places, index[:, 0], index[:, 1], self._rows


def near(pairs: Pairs, count: int, row: int, hops: int) -> Pairs:
    """The pairs with an end fewer than `hops` links from a row of a fleet of `count`."""
    reached = np.zeros(count, np.bool_)
    reached[row] = True
    for hop in range(hops):
        touched = reached[pairs[:, 0]] | reached[pairs[:, 1]]
        if hop < hops - 1:
            reached[pairs[touched]] = True
    return pairs[touched]


def holds(first_km: F64, second_km: F64, links: Links) -> NDArray[np.bool_]:
    """(L,) whether a beam between two places (L, 3) is within range and stays above grazing height all along it.

    The height is over a sphere of 6378.137 km. Places that are NaN hold no link.
    """
    along = second_km - first_km
    square = np.einsum("ij,ij->i", along, along)
    with np.errstate(invalid="ignore", divide="ignore"):
        lowest = np.clip(-np.einsum("ij,ij->i", first_km, along) / square, 0.0, 1.0)
        closest = first_km + lowest[:, None] * along
        height_km = np.linalg.norm(closest, axis=1) - EARTH_RADIUS_KM
        return np.asarray((square <= links.max_range_km**2) & (height_km >= links.grazing_km))
