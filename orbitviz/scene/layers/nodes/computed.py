"""Metrics that neither a recording holds nor the shader computes (the shell of a node): computed on the processor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.metrics import METRICS, OrbitFrame
from orbitviz.scene.resolve import SceneState
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction


class ComputedValues:
    """Turns a registered metric's values into a Bracket of stored numbers, as if it had been recorded."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._propagator: Propagator | None = None
        self._kept: tuple[str, float, Bracket] | None = None
        self._serial = 0

    def bracket(self, state: SceneState) -> Bracket | None:
        """Values of the state's metric; categories do not depend on time and are computed once."""
        info = state.colour.metric
        if info is None or info.name not in METRICS:
            return None
        t_s = 0.0 if info.is_category else state.t_s
        if self._kept is None or self._kept[:2] != (info.name, t_s):
            stored = store(info, METRICS[info.name].compute(self._orbit_frame(t_s, state, info)))
            self._serial -= 1
            frame = Frame(info.name, self._serial, t_s, stored)
            self._kept = (info.name, t_s, Bracket(frame, frame, 0.0, t_s, t_s))
        return self._kept[2]

    def _orbit_frame(self, t_s: float, state: SceneState, info: MetricInfo) -> OrbitFrame:
        sun_km = np.array(state.sky.sun) * state.sky.sun_distance_km
        if info.is_category:
            nowhere = np.zeros((len(self._fleet), 3))
            return OrbitFrame(self._fleet, t_s, nowhere, sun_km, nowhere[:, 0])
        if self._propagator is None:
            self._propagator = Propagator(self._fleet.elements, "numpy", self._fleet.epoch)
        position_km = np.asarray(self._propagator.states(t_s, velocity=False)[0][0], np.float64)
        if state.recorded is not None:
            position_km = state.recorded.fill(position_km, t_s)
        return OrbitFrame(self._fleet, t_s, position_km, sun_km, lit_fraction(position_km, sun_km))


def store(info: MetricInfo, values: NDArray[np.floating]) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(N,) physical values -> stored numbers of the metric's dtype; NaN becomes `fill` where there is one."""
    with np.errstate(invalid="ignore"):
        raw = np.clip(np.rint((values - info.offset) / info.scale), 0, info.full_scale)
    raw = np.where(np.isnan(raw), 0 if info.fill is None else info.fill, raw)
    return raw.astype(np.uint16) if info.dtype == "uint16" else raw.astype(np.uint8)
