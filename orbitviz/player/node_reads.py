"""Reads of single nodes in parts, so that frames are shown between them however slow the disk is."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import FrameSource

PART_S = 0.02
"""How long a part should take; the first ones find out how many frames that is."""
FIRST_PART = 32


class HistoryRead:
    """(R, T) values of some nodes: `step` reads the next frames and says whether that was all."""

    def __init__(self, metric: str, rows: NDArray[np.intp], frames: int) -> None:
        self.result: NDArray[np.float32] = np.empty((len(rows), frames), np.float32)
        self._metric, self._rows = metric, rows
        self._done, self._part = 0, FIRST_PART

    def step(self, source: FrameSource) -> bool:
        """Runs on the decoder's thread."""
        begin = time.perf_counter()
        last = min(self._done + self._part, self.result.shape[1])
        self.result[:, self._done : last] = source.histories(self._metric, self._rows, self._done, last)
        took_s = time.perf_counter() - begin
        self._done = last
        if took_s < 0.5 * PART_S:
            self._part *= 2
        elif took_s > 2.0 * PART_S:
            self._part = max(1, self._part // 2)
        return bool(last == self.result.shape[1])


class NodeRead:
    """The values of one node at an instant, by metric: one metric a step, NaN where it is damaged."""

    def __init__(self, row: int, places: Mapping[str, tuple[int, int, float]]) -> None:
        """places: the frames before and after, and their mix, of each metric."""
        self.result: dict[str, float] = {}
        self._rows = np.array([row], np.intp)
        self._left = list(places.items())

    def step(self, source: FrameSource) -> bool:
        """Runs on the decoder's thread."""
        if self._left:
            metric, (before, after, mix) = self._left.pop(0)
            try:
                values = source.histories(metric, self._rows, before, after + 1)[0]
                self.result[metric] = float(values[0] + mix * (values[-1] - values[0]))
            except Exception:  # the player says so when it shows that frame
                self.result[metric] = float("nan")
        return not self._left
