"""How much to draw: all when it is fast enough or nothing moves, else a fair sample that keeps the picture moving."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHARES = (1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Shares of the nodes; drawing the first k of them gives 1/16, 1/8, 1/4, 1/2, 1."""
FULL = len(SHARES)
BUDGET_MS = 70.0
REST_S = 0.3
ALWAYS_ALL = 60_000
"""Fleets up to this size are never thinned: the rest of the picture costs more than they do."""


def shares(rows: NDArray[np.integer]) -> list[NDArray[np.integer]]:
    """The rows dealt out at random into five shares, ids ascending inside each.

    Random, so that each sample is fair; ascending, because neighbours in the fleet's order lie together in the element
    textures and on the screen: a shuffled order costs 1.4 to 2 times the frame.
    """
    draw = np.random.default_rng(20260320).permutation(len(rows))
    edges = np.round(np.cumsum(SHARES) * len(rows)).astype(int)
    return [rows[np.sort(part)] for part in np.split(draw, edges[:-1])]


class Detail:
    """Chooses the level (1..5 shares) by the measured time of the last frames, with a dead band between thinner and
    fuller; after REST_S without movement everything is drawn."""

    def __init__(self, budget_ms: float = BUDGET_MS) -> None:
        self.budget_ms = budget_ms
        self._moving_level = FULL
        self._still_s = 0.0

    def level(self, moving: bool, wall_dt_s: float, nodes: int) -> int:
        """The level for the next frame."""
        self._still_s = 0.0 if moving else self._still_s + wall_dt_s
        if nodes <= ALWAYS_ALL or self._still_s >= REST_S:
            return FULL
        return self._moving_level

    def measured(self, frame_ms: float, level: int) -> None:
        """A frame at `level` took frame_ms."""
        if level == self._moving_level or level == FULL:
            if frame_ms > 1.25 * self.budget_ms:
                self._moving_level = max(1, min(level, self._moving_level) - 1)
            elif frame_ms < 0.45 * self.budget_ms:
                self._moving_level = min(FULL, level + 1) if level < FULL else FULL
