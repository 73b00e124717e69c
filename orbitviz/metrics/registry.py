"""The register of computed metrics: what a metric is, what it is computed from, and the decorator that adds one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class OrbitFrame:
    """One instant of a fleet, as whoever asks for metrics hands it in: metrics propagate nothing themselves.

    position_km: (N, 3) TEME; sun_position_km: (3,) TEME, from the Earth's centre; t_s: seconds from the fleet's epoch;
    lit: (N,) visible share of the Sun's disk, 0..1 (sim.sunlight.lit_fraction). NaN positions give NaN values.
    """

    fleet: Fleet
    t_s: float
    position_km: F64
    sun_position_km: F64
    lit: F64 | F32


Compute = Callable[[OrbitFrame], F32]
Describe = Callable[[Fleet], MetricInfo]


@dataclass(frozen=True)
class Metric:
    """A computed metric. `compute` gives (N,) float32; `in_shader` says that the scene evaluates it on the GPU too.
    hold_s: such a metric follows from the elements alone, needs no positions, and changes so little that it may be
    worked out every so many seconds and the nearest shown; infinite: it never changes; None: it follows from positions.

    info: what holds for any fleet; info_for(fleet): with the range and the names that this fleet has.
    """

    info: MetricInfo
    compute: Compute
    info_for: Describe
    in_shader: bool = False
    hold_s: float | None = None


METRICS: dict[str, Metric] = {}


def metric(
    info: MetricInfo, *, describe: Describe | None = None, in_shader: bool = False, hold_s: float | None = None
) -> Callable[[Compute], Compute]:
    """Registers the function below it in METRICS under info.name."""

    def register(compute: Compute) -> Compute:
        METRICS[info.name] = Metric(info, compute, describe or (lambda fleet: info), in_shader, hold_s)
        return compute

    return register


def metric_infos(fleet: Fleet) -> dict[str, MetricInfo]:
    """What can be computed for this fleet from its elements alone, by name."""
    return {name: entry.info_for(fleet) for name, entry in METRICS.items()}
