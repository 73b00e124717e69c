"""The constants of node types in SI units, spread over rows: what power, thermal and compute calculate with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import DTypeLike, NDArray

from orbitviz.core.node_type import NodeType
from orbitviz.core.units import SOLAR_CONSTANT_W_M2, STEFAN_BOLTZMANN_W_M2_K4

Values = NDArray[np.floating]
"""Floats of one dtype: () where every row has the same value, else (N,)."""

SECONDS_PER_HOUR = 3600.0
JULIAN_YEAR_S = 365.25 * 86400.0
PERFORMANCE_EXPONENT = 0.4
"""Performance goes with (power - idle)^0.4 (facts.md section 7: P^0.4 to P^0.5 near the cap)."""
CELL_ABSORPTANCE = 0.91
"""Share of sunlight an array takes up (solar cells under glass, facts.md section 4)."""
ARRAY_EMITTANCE = 0.85
"""Of both sides of an array."""
CELL_REFERENCE_K = 301.0
"""Temperature at which the output of cells is stated (28 C)."""
NO_LIMIT_W_PER_K = 1e12
"""Stands for a chip as cool as its radiator: a number that float32 holds, far above any node's power."""


@dataclass(frozen=True)
class NodeConstants:
    """Each field () or (N,), all of one float dtype.

    array_w: what reaches the main bus at 1 AU, on entering the scenario: packing, pointing, temperature, distribution
    and age are in it. battery_j, floor_j: capacity left after fading, and what discharging leaves of it; both constant
    (a day of 30-degree orbit costs 0.03 % of the capacity). charge_w, discharge_w: C-rate limits on the bus side.
    average_w, peak_w, idle_w, peak_pf: of the accelerators in service. eclipse_share: share of compute that runs while
    it is dark. radiating_w_k4: sides x emissivity x sigma x area. nadir_share: 0 where the panel has the Earth in its
    plane, else one over its sides. panel_sun_w: taken up in full Sun at 1 AU by a panel it shines on. sink_k: NaN where
    Earth infrared and albedo are to be used. chip_k_per_w, chip_w_per_k: one is the other's inverse. link_gbps: all
    links of a node together.
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
    nadir_share: Values
    emissivity: Values
    absorptance: Values
    panel_sun_w: Values
    sink_k: Values
    initial_k: Values
    throttle_start_k: Values
    throttle_full_k: Values
    shutdown_k: Values
    restart_k: Values
    chip_k_per_w: Values
    chip_w_per_k: Values
    chip_limit_k: Values
    link_gbps: Values

    def rows(self, which: slice | NDArray[np.integer]) -> NodeConstants:
        """The constants of some rows; what is common to all stays common."""
        picked = [getattr(self, item.name) for item in fields(self)]
        if all(value.ndim == 0 for value in picked):
            return self
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
    return {**_power_in_si(kind), **_compute_in_si(kind), **_heat_in_si(kind)}


def _power_in_si(kind: NodeType) -> dict[str, float]:
    battery_j = battery_left_kwh(kind) * 1e3 * SECONDS_PER_HOUR
    degradation_per_s = -np.log1p(-min(kind.degradation_per_year, 1.0 - 1e-9)) / JULIAN_YEAR_S
    aged = np.exp(-degradation_per_s * kind.age_years * JULIAN_YEAR_S)
    return {
        "array_w": array_w_per_m2(kind) * kind.array_area_m2 * kind.distribution_efficiency * aged,
        "degradation_per_s": degradation_per_s,
        "battery_j": battery_j,
        "floor_j": battery_j * kind.min_soc,
        "initial_j": battery_j * kind.initial_soc,
        "charge_w": battery_j * kind.max_charge_c / SECONDS_PER_HOUR,
        "discharge_w": battery_j * kind.max_discharge_c / SECONDS_PER_HOUR,
        "charge_efficiency": kind.charge_efficiency,
        "discharge_efficiency": kind.discharge_efficiency,
        "bus_w": kind.bus_kw * 1e3,
    }


def battery_left_kwh(kind: NodeType) -> float:
    """Capacity after age_years and battery_cycles: the two fade it independently, each straight to nothing."""
    by_age = max(1.0 - kind.battery_fade_per_year * kind.age_years, 0.0)
    by_use = max(1.0 - kind.battery_fade_per_cycle * kind.battery_cycles, 0.0)
    return kind.battery_kwh * by_age * by_use


def array_k(kind: NodeType) -> float:
    """Temperature of the array in full Sun at 1 AU, K: what it takes up and does not turn into power, it radiates."""
    facing = math.cos(math.radians(kind.array_off_pointing_deg))
    kelvin = CELL_REFERENCE_K
    for _ in range(30):
        warmed = 1.0 + kind.array_temp_coefficient_per_k * (kelvin - CELL_REFERENCE_K)
        heat = facing * (CELL_ABSORPTANCE * SOLAR_CONSTANT_W_M2 - kind.array_w_per_m2 * max(warmed, 0.0))
        kelvin = (max(heat, 0.0) / (2.0 * ARRAY_EMITTANCE * STEFAN_BOLTZMANN_W_M2_K4)) ** 0.25
    return kelvin


def array_w_per_m2(kind: NodeType) -> float:
    """Output of the array at its pointing and temperature, full Sun at 1 AU, begin of life, W/m2."""
    facing = math.cos(math.radians(kind.array_off_pointing_deg))
    warmed = 1.0 + kind.array_temp_coefficient_per_k * (array_k(kind) - CELL_REFERENCE_K)
    return kind.array_w_per_m2 * facing * max(warmed, 0.0)


def _compute_in_si(kind: NodeType) -> dict[str, float]:
    shares = {"ride-through": 1.0, "reduced": kind.eclipse_power_fraction, "hibernate": 0.0}
    return {
        "average_w": kind.compute_average_kw * 1e3 * kind.availability,
        "peak_w": kind.compute_peak_kw * 1e3 * kind.availability,
        "idle_w": kind.compute_idle_kw * 1e3 * kind.availability,
        "peak_pf": kind.peak_pflops * kind.availability,
        "eclipse_share": shares[kind.eclipse_policy],
        "chip_k_per_w": kind.chip_k_per_kw * 1e-3,
        "chip_w_per_k": min(1e3 / kind.chip_k_per_kw, NO_LIMIT_W_PER_K) if kind.chip_k_per_kw > 0 else NO_LIMIT_W_PER_K,
        "chip_limit_k": kind.chip_limit_k,
        "link_gbps": kind.link_count * kind.link_gbps,
    }


def _heat_in_si(kind: NodeType) -> dict[str, float]:
    panel_m2 = kind.radiator_area_m2 * kind.radiator_sides
    one_side_w = kind.radiator_absorptance * SOLAR_CONSTANT_W_M2 * kind.radiator_area_m2
    return {
        "radiating_w_k4": panel_m2 * kind.emissivity * STEFAN_BOLTZMANN_W_M2_K4,
        "heat_capacity_j_k": kind.heat_capacity_j_per_k,
        "panel_m2": panel_m2,
        "nadir_share": 1.0 / kind.radiator_sides if kind.radiator_attitude == "nadir" else 0.0,
        "emissivity": kind.emissivity,
        "absorptance": kind.radiator_absorptance,
        "panel_sun_w": one_side_w * math.sin(math.radians(kind.radiator_sun_deg)),
        "sink_k": np.nan if kind.sink_k is None else kind.sink_k,
        "initial_k": kind.initial_radiator_k,
        "throttle_start_k": kind.throttle_start_k,
        "throttle_full_k": kind.throttle_full_k,
        "shutdown_k": kind.shutdown_k,
        "restart_k": kind.throttle_start_k if kind.restart_k is None else kind.restart_k,
    }
