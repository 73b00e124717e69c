"""How much to draw: all when it is fast enough or nothing moves, else a fair sample that keeps the picture moving."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHARES = (1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
"""Shares of the nodes; drawing the first k of them gives 1/16, 1/8, 1/4, 1/2, 1."""
FULL = len(SHARES)
BUDGET_MS = 75.0
FLUENT_MS = 87.0
"""With the dead band, ten frames a second."""
REST_S = 0.3
SMALL_FLEET = 4096
"""Up to this many nodes are computed in float64 on the processor at each drawn frame, and drawn each for itself."""
ALWAYS_ALL = 60_000
"""Fleets up to this size are never thinned: the rest of the picture costs more than they do."""

AUTOMATIC = "automatic"
CHOICES = {AUTOMATIC: 0, "everything": FULL, "1/2": 4, "1/4": 3, "1/8": 2, "1/16": 1}
"""What "detail while moving" may be set to, and the level that it fixes."""


def shares(rows: NDArray[np.integer]) -> list[NDArray[np.integer]]:
    """The rows dealt out at random into five shares, ids ascending inside each.

    Random, so that each sample is fair; ascending, because neighbours in the fleet's order lie together in the element
    textures and on the screen: a shuffled order costs 1.4 to 2 times the frame.
    """
    draw = np.random.default_rng(20260320).permutation(len(rows))
    edges = np.round(np.cumsum(SHARES) * len(rows)).astype(int)
    return [rows[np.sort(part)] for part in np.split(draw, edges[:-1])]


class Detail:
    """Chooses the level (1..5 shares). While something moves: the fullest that is expected to stay within the budget,
    from the measured times of the last frames, with a dead band before it grows again. After REST_S at rest the
    picture is refined share by share, a drawn frame each: no frame is longer than drawing half the nodes.
    """

    def __init__(self, budget_ms: float = BUDGET_MS) -> None:
        self.budget_ms = budget_ms
        self._moving_level = FULL
        self._drawn_level = FULL
        self._still_s = 0.0
        self._seen: tuple[float, int] | None = None
        self._last_ms = 0.0
        self._fixed = 0.0
        self._learned = False

    def level(self, moving: bool, wall_dt_s: float, nodes: int, choice: str = AUTOMATIC) -> int:
        """The level for the next frame; choice: one of CHOICES."""
        self._still_s = 0.0 if moving else self._still_s + wall_dt_s
        wanted = CHOICES[choice] or (FULL if nodes <= ALWAYS_ALL else self._moving_level)
        if self._still_s < REST_S:
            return wanted
        return min(FULL, max(wanted, self._drawn_level + 1))

    def drawn(self, level: int) -> None:
        """A frame at `level` has been drawn: the next step of a refinement may follow."""
        self._drawn_level = level

    def measured(self, frame_ms: float, level: int) -> None:
        """All nodes of `level` were drawn anew, which took frame_ms with everything else."""
        if self._seen is None:
            self._seen = (frame_ms, level)
        elif self._seen[1] == level:
            self._seen = (self._seen[0] + 0.4 * (frame_ms - self._seen[0]), level)
        else:  # two levels one after the other tell what of a frame does not depend on the nodes
            self._learn((self._last_ms, self._seen[1]), (frame_ms, level))
            self._seen = (frame_ms, level)
        self._last_ms = frame_ms
        fixed_ms, nodes_ms = self._costs(*self._seen)
        # What costs the same at every level (the globe) is no reason to thin: nodes may cost as much again while that
        # is fluent, and a quarter of it when the globe alone is not.
        budget_ms = max(self.budget_ms, min(2.0 * fixed_ms, FLUENT_MS), 1.25 * fixed_ms)
        best = 1
        for candidate in range(2, FULL + 1):
            slack = 1.15 if candidate <= self._moving_level else 0.75
            if nodes_ms * _share(candidate) <= slack * (budget_ms - fixed_ms):
                best = candidate
        self._moving_level = best

    def _learn(self, first: tuple[float, int], second: tuple[float, int]) -> None:
        """From two frames' times and levels. The machine may be slow now and fast later: their ratio is what counts."""
        ratio, low, high = second[0] / max(first[0], 1e-3), _share(first[1]), _share(second[1])
        bottom = (1.0 - high) - ratio * (1.0 - low)
        fixed = (ratio * low - high) / bottom if abs(bottom) > 1e-6 else self._fixed
        fixed = min(max(fixed, 0.0), 0.95)
        self._fixed = fixed if not self._learned else 0.5 * (self._fixed + fixed)
        self._learned = True

    def forget(self) -> None:
        """Another fleet or another size: what was measured no longer says anything."""
        self._seen, self._fixed, self._learned = None, 0.0, False
        self._moving_level = self._drawn_level = FULL

    def _costs(self, frame_ms: float, level: int) -> tuple[float, float]:
        """(ms of the rest, ms of all nodes) at the machine's present speed."""
        whole_ms = frame_ms / (self._fixed + (1.0 - self._fixed) * _share(level))
        return self._fixed * whole_ms, (1.0 - self._fixed) * whole_ms


def _share(level: int) -> float:
    """Of the nodes, drawn at a level."""
    return 0.5 ** (FULL - level)
