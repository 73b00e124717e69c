"""Metrics that neither a recording holds nor the shader computes (the shell, the beta angle): worked out on the
processor from the elements, as frames at instants of their own, of which the nearest is shown."""

from __future__ import annotations

import math
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.metrics import METRICS, OrbitFrame
from orbitviz.scene.resolve import SceneState, Sky


class ComputedValues:
    """Turns a registered metric's values into Brackets of stored numbers, as if they had been recorded. The frames
    before and after the shown one are made on a thread before they are needed."""

    KEPT = 4

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._frames: dict[tuple[str, int], Future[Frame]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def bracket(self, state: SceneState) -> Bracket | None:
        """Values of the state's metric at its instant."""
        info = state.colour.metric
        hold_s = METRICS[info.name].hold_s if info is not None and info.name in METRICS else None
        if info is None or hold_s is None:
            return None
        if math.isinf(hold_s):
            frame = self._frame(info, 0, 0.0, state.epoch).result()
            return Bracket(frame, frame, 0.0, state.t_s, state.t_s)
        index = round(state.t_s / hold_s)
        frame = self._frame(info, index, hold_s, state.epoch).result()
        for beside in (index + 1, index - 1):
            self._frame(info, beside, hold_s, state.epoch)
        return Bracket(frame, frame, 0.0, state.t_s, state.t_s)

    def _frame(self, info: MetricInfo, index: int, hold_s: float, epoch: Epoch) -> Future[Frame]:
        key = (info.name, index)
        if key not in self._frames:
            while len(self._frames) >= self.KEPT:
                self._frames.pop(next(iter(self._frames)))
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "orbitviz values")
            self._frames[key] = self._pool.submit(self._compute, info, index, index * hold_s, epoch)
        return self._frames[key]

    def _compute(self, info: MetricInfo, index: int, t_s: float, epoch: Epoch) -> Frame:
        sky = Sky.at(epoch, t_s)
        sun_km = np.array(sky.sun) * sky.sun_distance_km
        nowhere = np.broadcast_to(np.nan, (len(self._fleet), 3))
        values = METRICS[info.name].compute(OrbitFrame(self._fleet, t_s, nowhere, sun_km, nowhere[:, 0]))
        stored = np.empty(len(values), info.dtype)
        info.store(values, stored)
        return Frame(info.name, index, t_s, stored)

    def close(self) -> None:
        """Ends the thread."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
