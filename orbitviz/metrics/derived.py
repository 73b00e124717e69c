"""Values that follow from recorded ones, node by node and frame by frame: what is left over, what is given off.

One decorated function each, as in orbit.py. A recording that holds what a metric needs offers it as if it had been
recorded (DerivedRecording): the player decodes it on its own thread, and legend, inspector, export and pictures need
not be told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Recording
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo, Stored
from orbitviz.core.node_type import NodeType
from orbitviz.core.units import STEFAN_BOLTZMANN_W_M2_K4

F32 = NDArray[np.float32]
Infos = Mapping[str, MetricInfo]
Values = Mapping[str, F32]
"""What is needed, by name: (N,) of one frame, or (T,) of one node whose fleet has one row."""


@dataclass(frozen=True)
class Derived:
    """needs: recorded metrics; compute: from the fleet and their values; span: the lowest and highest there can be."""

    info: MetricInfo
    needs: tuple[str, ...]
    compute: Callable[[Fleet, Values], F32]
    span: Callable[[Fleet, Infos], tuple[float, float]]


DERIVED: dict[str, Derived] = {}


def derived(
    info: MetricInfo, needs: tuple[str, ...], span: Callable[[Fleet, Infos], tuple[float, float]]
) -> Callable[[Callable[[Fleet, Values], F32]], Callable[[Fleet, Values], F32]]:
    """Registers the function below it in DERIVED under info.name."""

    def register(compute: Callable[[Fleet, Values], F32]) -> Callable[[Fleet, Values], F32]:
        DERIVED[info.name] = Derived(info, needs, compute, span)
        return compute

    return register


def of_kind(fleet: Fleet, value: Callable[[NodeType], float]) -> F32:
    """A constant of the node types: () when there is one type, else (N,)."""
    each = np.array([value(kind) for kind in fleet.node_types], np.float32)
    return each[0] if len(each) == 1 else np.asarray(each[fleet.node_type])


# -- power ------------------------------------------------------------------------------------------------------------
def _margin_span(fleet: Fleet, infos: Infos) -> tuple[float, float]:
    """The same to both sides of zero: what all arrays give, or what all loads take."""
    bus_w = max(kind.bus_kw for kind in fleet.node_types) * 1e3
    most = max(infos["array_w"].high, infos["compute_w"].high + bus_w)
    return -most, most


@derived(
    MetricInfo(
        name="power_margin_w",
        unit="W",
        long_name="Power margin",
        low=-1.0,
        high=1.0,
        colormap="crameri:vik",
        mean=True,
        formula="array_w - compute_w - bus_kw: above zero charges the battery or is curtailed, below zero drains it",
        source="recorded array_w and compute_w; node type of the scenario",
    ),
    ("array_w", "compute_w"),
    _margin_span,
)
def power_margin_w(fleet: Fleet, values: Values) -> F32:
    """W."""
    return values["array_w"] - values["compute_w"] - of_kind(fleet, lambda kind: kind.bus_kw * 1e3)


# -- heat -------------------------------------------------------------------------------------------------------------
def radiating_w_k4(kind: NodeType) -> float:
    """sides x emissivity x sigma x area, W/K^4."""
    return kind.radiator_sides * kind.emissivity * STEFAN_BOLTZMANN_W_M2_K4 * kind.radiator_area_m2


@derived(
    MetricInfo(
        name="heat_rejected_w",
        unit="W",
        long_name="Heat rejected",
        low=0.0,
        high=1.0,
        colormap="inferno",
        formula="radiator_sides x emissivity x sigma x radiator_area_m2 x radiator_k^4, before what comes back from "
        "Earth and Sun",
        source="recorded radiator_k; node type of the scenario; sigma CODATA 2018",
    ),
    ("radiator_k",),
    lambda fleet, infos: (0.0, max(map(radiating_w_k4, fleet.node_types)) * infos["radiator_k"].high ** 4),
)
def heat_rejected_w(fleet: Fleet, values: Values) -> F32:
    """W."""
    square = np.square(values["radiator_k"])
    return np.square(square) * of_kind(fleet, radiating_w_k4)


def _chip_span(fleet: Fleet, infos: Infos) -> tuple[float, float]:
    above_k = max(kind.chip_k_per_kw * 1e-3 for kind in fleet.node_types) * infos["compute_w"].high
    return infos["radiator_k"].low, float(np.ceil(infos["radiator_k"].high + above_k))


@derived(
    MetricInfo(
        name="chip_k",
        unit="K",
        long_name="Chip temperature",
        low=0.0,
        high=1.0,
        colormap="inferno",
        formula="radiator_k + chip_k_per_kw x compute_w; the hottest chip of the node, by the mean power of the step",
        source="recorded radiator_k and compute_w; node type of the scenario",
    ),
    ("radiator_k", "compute_w"),
    _chip_span,
)
def chip_k(fleet: Fleet, values: Values) -> F32:
    """K."""
    return values["radiator_k"] + of_kind(fleet, lambda kind: kind.chip_k_per_kw * 1e-3) * values["compute_w"]


# -- beside recorded ones ---------------------------------------------------------------------------------------------
def derived_infos(fleet: Fleet, recorded: Infos) -> dict[str, MetricInfo]:
    """What follows from these recorded metrics, with the ranges of this fleet; what is recorded itself is left out.

    Stored in two bytes: a step is a 65,534th of the range.
    """
    result = {}
    for name, entry in DERIVED.items():
        if name in recorded or not fleet.node_types or not all(need in recorded for need in entry.needs):
            continue
        low, high = entry.span(fleet, recorded)
        scale = (high - low) / 65534.0
        result[name] = replace(
            entry.info, low=low, high=high, scale=scale, offset=low, dtype="uint16", fill=65535, max_error=scale / 2.0
        )
    return result


class DerivedRecording:
    """An open recording with what follows from it; everything else is the recording's own."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._infos = derived_infos(recording.fleet, recording.metrics)
        self._tables: dict[str, F32] = {}
        self.metrics: Infos = {**recording.metrics, **self._infos}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recording, name)

    def __enter__(self) -> DerivedRecording:
        return self

    def __exit__(self, *_: object) -> None:
        self._recording.close()

    def read(self, name: str, index: int, out: Stored) -> None:
        """One frame of one metric as stored, into `out` (N,); a derived one is computed, some 30 ms a million nodes."""
        if name not in self._infos:
            self._recording.read(name, index, out)
            return
        values = {need: self._values(need, index) for need in DERIVED[name].needs}
        self._infos[name].store(DERIVED[name].compute(self._recording.fleet, values), out)

    def _values(self, name: str, index: int) -> F32:
        info = self._recording.metrics[name]
        stored = np.empty(self._recording.node_count, info.dtype)
        self._recording.read(name, index, stored)
        if name not in self._tables:
            self._tables[name] = info.values(np.arange(info.full_scale + 1, dtype=info.dtype))
        return np.asarray(self._tables[name][stored])

    def histories(self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None) -> F32:
        """(R, T) physical values of some nodes, or of the frames from `first` up to, without, `last`."""
        if name not in self._infos:
            return self._recording.histories(name, rows, first, last)
        compute, fleet = DERIVED[name].compute, self._recording.fleet
        values = {need: self._recording.histories(need, rows, first, last) for need in DERIVED[name].needs}
        each = [
            compute(fleet.part(np.array([row])), {need: some[place] for need, some in values.items()})
            for place, row in enumerate(rows)
        ]
        return np.array(each, np.float32).reshape(len(rows), -1)


def with_derived(recording: Recording) -> Recording:
    """The recording, offering also what follows from what it holds."""
    return cast(Recording, DerivedRecording(recording))
