"""The constants of node types in SI units, spread over rows: what power, thermal and compute calculate with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import DTypeLike, NDArray

from orbitviz.core.node_type import NodeType
from orbitviz.core.units import STEFAN_BOLTZMANN_W_M2_K4

Values = NDArray[np.floating]
"""Floats of one dtype: () where every row has the same value, else (N,)."""

SECONDS_PER_HOUR = 3600.0
JULIAN_YEAR_S = 365.25 * 86400.0
PERFORMANCE_EXPONENT = 0.4
"""Performance goes with (power - idle)^0.4 (facts.md section 7: P^0.4 to P^0.5 near the cap)."""
RADIATOR_ABSORPTANCE = 0.10
"""Share of sunlight a radiator panel takes up, mid-life (assumed; optical solar reflector 0.07, Z-93 paint 0.22)."""


@dataclass(frozen=True)
class NodeConstants:
    """Each field () or (N,), all of one float dtype.

    array_w: output at 1 AU facing the Sun, begin of life. battery_j, floor_j: capacity, and what discharging leaves.
    charge_w, discharge_w: C-rate limits on the bus side. eclipse_share: share of compute that runs while it is dark.
    radiating_w_k4: sides x emissivity x sigma x area. sink_k: NaN where Earth infrared and albedo are to be used.
    """

    array_w: Values
    degradation_per_s: Values
    battery_j: Values
    floor_j: Values
    initial_j: Values
    charge_w: Values
    discharge_w: Values
    charge_efficiency: Values
    discharge_efficiency: Values
    bus_w: Values
    average_w: Values
    peak_w: Values
    idle_w: Values
    peak_pf: Values
    eclipse_share: Values
    radiating_w_k4: Values
    heat_capacity_j_k: Values
    panel_m2: Values
    emissivity: Values
    sink_k: Values
    initial_k: Values
    throttle_start_k: Values
    throttle_full_k: Values
    shutdown_k: Values

    def rows(self, which: slice | NDArray[np.integer]) -> NodeConstants:
        """The constants of some rows; what is common to all stays common."""
        picked = (getattr(self, item.name) for item in fields(self))
        return NodeConstants(*(value if value.ndim == 0 else value[which] for value in picked))


def node_constants(
    node_types: Sequence[NodeType], node_type: NDArray[np.integer], dtype: DTypeLike = np.float32
) -> NodeConstants:
    """Constants of the rows whose types are `node_type` (N,), indices into `node_types`."""
    used, inverse = np.unique(np.asarray(node_type), return_inverse=True)
    tables = [_in_si(node_types[int(index)]) for index in used]
    columns = []
    for item in fields(NodeConstants):
        table = np.array([values[item.name] for values in tables], dtype=dtype)
        same = bool(np.all((table == table[0]) | (np.isnan(table) & np.isnan(table[0]))))
        columns.append(np.asarray(table[0]) if same else table[inverse])
    return NodeConstants(*columns)


def _in_si(kind: NodeType) -> dict[str, float]:
    battery_j = kind.battery_kwh * 1e3 * SECONDS_PER_HOUR
    panel_m2 = kind.radiator_area_m2 * kind.radiator_sides
    shares = {"ride-through": 1.0, "reduced": kind.eclipse_power_fraction, "hibernate": 0.0}
    return {
        "array_w": kind.array_w_per_m2 * kind.array_area_m2,
        "degradation_per_s": -np.log1p(-min(kind.degradation_per_year, 1.0 - 1e-9)) / JULIAN_YEAR_S,
        "battery_j": battery_j,
        "floor_j": battery_j * kind.min_soc,
        "initial_j": battery_j * kind.initial_soc,
        "charge_w": battery_j * kind.max_charge_c / SECONDS_PER_HOUR,
        "discharge_w": battery_j * kind.max_discharge_c / SECONDS_PER_HOUR,
        "charge_efficiency": kind.charge_efficiency,
        "discharge_efficiency": kind.discharge_efficiency,
        "bus_w": kind.bus_kw * 1e3,
        "average_w": kind.compute_average_kw * 1e3,
        "peak_w": kind.compute_peak_kw * 1e3,
        "idle_w": kind.compute_idle_kw * 1e3,
        "peak_pf": kind.peak_pflops,
        "eclipse_share": shares[kind.eclipse_policy],
        "radiating_w_k4": panel_m2 * kind.emissivity * STEFAN_BOLTZMANN_W_M2_K4,
        "heat_capacity_j_k": kind.heat_capacity_j_per_k,
        "panel_m2": panel_m2,
        "emissivity": kind.emissivity,
        "sink_k": np.nan if kind.sink_k is None else kind.sink_k,
        "initial_k": kind.initial_radiator_k,
        "throttle_start_k": kind.throttle_start_k,
        "throttle_full_k": kind.throttle_full_k,
        "shutdown_k": kind.shutdown_k,
    }
