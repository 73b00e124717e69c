"""NodeType: one kind of satellite as a recipe describes it; power in kW, as people write it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from orbitviz.core.errors import RecipeError
from orbitviz.core.rules import (
    EFFICIENCY,
    NOT_NEGATIVE,
    POSITIVE,
    SHARE,
    Rule,
    check_fields,
    check_origin,
    one_of,
    setting,
)
from orbitviz.core.units import SOLAR_CONSTANT_W_M2

ECLIPSE_POLICIES = ("ride-through", "reduced", "hibernate")
RADIATOR_ATTITUDES = ("edge-on", "velocity", "nadir")
"""edge-on: Earth and Sun in the panel's plane. velocity: the panel's normal along the velocity; the Earth in its plane,
the Sun may shine on a side. nadir: one side faces the Earth, the other the sky; a one-sided panel radiates down."""

_ARRAY_W_PER_M2 = 250.0
_DECREASE: Rule = ("from -0.02 to 0 (cells give less as they warm)", lambda v: -0.02 <= v <= 0)
_SUNLIGHT: Rule = ("from 0 to 1361 (all the sunlight there is at 1 AU)", lambda v: 0 <= v <= SOLAR_CONSTANT_W_M2)
_FACING: Rule = ("at least 0 and below 90", lambda v: 0 <= v < 90)
_RIGHT_ANGLE: Rule = ("from 0 to 90", lambda v: 0 <= v <= 90)


@dataclass(frozen=True)
class NodeType:
    """One kind of satellite: power, battery, radiator, compute. `assumed` names the fields without a public source.

    `origin`: where values come from, as texts "key: kind, source" (orbitviz.core.rules). With `cell_efficiency`
    array_w_per_m2 follows from it: 1361 W/m2 x cell_efficiency x array_packing.
    """

    name: str
    mass_kg: float = setting(3000.0, "kg", POSITIVE)
    array_area_m2: float = setting(600.0, "m2", NOT_NEGATIVE)
    array_w_per_m2: float = setting(_ARRAY_W_PER_M2, "W/m2", _SUNLIGHT, "at 1 AU, tracking the Sun, begin of life")
    cell_efficiency: float | None = setting(None, "1", EFFICIENCY, "instead of array_w_per_m2, which then follows")
    array_packing: float = setting(0.9, "1", EFFICIENCY, "share of the array under cells, with cell_efficiency")
    array_off_pointing_deg: float = setting(0.0, "deg", _FACING, "angle between the array's normal and the Sun")
    array_temp_coefficient_per_k: float = setting(0.0, "1/K", _DECREASE, "of output, relative, about 301 K")
    distribution_efficiency: float = setting(1.0, "1", EFFICIENCY, "from the array to the main bus")
    degradation_per_year: float = setting(0.025, "1", SHARE, "of the array's output")
    age_years: float = setting(0.0, "a", NOT_NEGATIVE, "in orbit when the node enters the scenario")
    compute_average_kw: float = setting(120.0, "kW", NOT_NEGATIVE)
    compute_peak_kw: float = setting(150.0, "kW", NOT_NEGATIVE)
    compute_idle_kw: float = setting(24.0, "kW", NOT_NEGATIVE)
    bus_kw: float = setting(5.0, "kW", NOT_NEGATIVE)
    peak_pflops: float = setting(180.0, "PFLOP/s", NOT_NEGATIVE, "dense BF16 at compute_peak_kw")
    availability: float = setting(1.0, "1", SHARE, "share of accelerators in service; the others draw nothing")
    battery_kwh: float = setting(200.0, "kWh", NOT_NEGATIVE, "begin of life")
    battery_fade_per_year: float = setting(0.02, "1", SHARE, "of capacity, with age_years")
    battery_fade_per_cycle: float = setting(2e-5, "1", SHARE, "of capacity, with battery_cycles")
    battery_cycles: float = setting(0.0, "1", NOT_NEGATIVE, "equivalent full cycles flown before the scenario")
    charge_efficiency: float = setting(0.95, "1", EFFICIENCY)
    discharge_efficiency: float = setting(0.95, "1", EFFICIENCY)
    max_charge_c: float = setting(0.5, "1/h", POSITIVE, "limits the bus side")
    max_discharge_c: float = setting(1.0, "1/h", POSITIVE)
    initial_soc: float = setting(1.0, "1", SHARE)
    min_soc: float = setting(0.2, "1", SHARE, "compute stops there; what is below is kept for the bus")
    eclipse_policy: str = "ride-through"
    eclipse_power_fraction: float = setting(0.15, "1", SHARE, "of compute, under the policy 'reduced'")
    radiator_area_m2: float = setting(110.0, "m2", POSITIVE, "of panel")
    radiator_sides: int = setting(2, "1", ("1 or 2", lambda v: v in (1, 2)))
    radiator_attitude: str = "edge-on"
    radiator_absorptance: float = setting(0.10, "1", SHARE, "of sunlight and albedo, mid-life")
    radiator_sun_deg: float = setting(0.0, "deg", _RIGHT_ANGLE, "angle of the Sun out of the panel's plane")
    emissivity: float = setting(0.9, "1", EFFICIENCY)
    heat_capacity_j_per_k: float = setting(1.35e6, "J/K", POSITIVE)
    sink_k: float | None = setting(None, "K", NOT_NEGATIVE, "left out: from Earth infrared and albedo")
    initial_radiator_k: float = setting(330.0, "K", POSITIVE)
    throttle_start_k: float = setting(350.0, "K", POSITIVE)
    throttle_full_k: float = setting(365.0, "K", POSITIVE)
    shutdown_k: float = setting(375.0, "K", POSITIVE)
    restart_k: float | None = setting(None, "K", POSITIVE, "on again below it; left out: throttle_start_k")
    chip_k_per_kw: float = setting(
        0.12, "K/kW", NOT_NEGATIVE, "hottest chip above the radiator; of a 100 to 150 kW node"
    )
    chip_limit_k: float = setting(368.15, "K", POSITIVE, "compute is cut so that no chip gets hotter")
    link_count: int = setting(4, "1", NOT_NEGATIVE)
    link_gbps: float = setting(1000.0, "Gbit/s", NOT_NEGATIVE)
    assumed: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        left_out = self.array_w_per_m2 == _ARRAY_W_PER_M2
        if left_out and self.cell_efficiency is not None and 0 < self.cell_efficiency <= 1 and self.array_packing <= 1:
            object.__setattr__(self, "array_w_per_m2", self._cell_w_per_m2(self.cell_efficiency))

    def _cell_w_per_m2(self, efficiency: float) -> float:
        return SOLAR_CONSTANT_W_M2 * efficiency * self.array_packing

    def validate(self) -> None:
        """Refuses impossible or contradictory values."""
        where = f"node_type '{self.name}'"
        check_fields(self, where)
        one_of(f"{where}, eclipse_policy", self.eclipse_policy, ECLIPSE_POLICIES)
        one_of(f"{where}, radiator_attitude", self.radiator_attitude, RADIATOR_ATTITUDES)
        self._check_array(where)
        self._check_battery(where)
        self._check_radiator(where)
        self._check_thresholds(where)
        _in_order(where, self, "compute_idle_kw <= compute_average_kw <= compute_peak_kw")
        check_origin(self, where)

    def _check_array(self, where: str) -> None:
        if self.cell_efficiency is None:
            return
        follows = self._cell_w_per_m2(self.cell_efficiency)
        if not math.isclose(self.array_w_per_m2, follows, rel_tol=1e-6):
            raise RecipeError(
                f"{where}, array_w_per_m2: must be left out where cell_efficiency is given ({follows:.1f} W/m2 follows "
                f"from it), got {self.array_w_per_m2}",
                "give one of the two",
            )

    def _check_battery(self, where: str) -> None:
        if self.min_soc > self.initial_soc:
            raise RecipeError(
                f"{where}: initial_soc must be at least min_soc, got {self.initial_soc} and {self.min_soc}",
                "correct the recipe",
            )
        if self.battery_kwh > 0.0 and self.min_soc == 1.0:
            raise RecipeError(
                f"{where}, min_soc: must be below 1 where there is a battery (it could never give anything), "
                f"got {self.min_soc} with battery_kwh {self.battery_kwh}",
                "lower min_soc, or write battery_kwh = 0",
            )

    def _check_radiator(self, where: str) -> None:
        if self.radiator_sun_deg == 0.0:
            return
        if self.radiator_attitude == "edge-on":
            raise RecipeError(
                f"{where}, radiator_sun_deg: must be 0 with radiator_attitude 'edge-on', which keeps the Sun in the "
                f"panel's plane, got {self.radiator_sun_deg}",
                "write radiator_attitude = 'velocity', which sees the Earth alike, or 'nadir'",
            )
        if self.sink_k is not None:
            raise RecipeError(
                f"{where}, radiator_sun_deg: must be 0 with sink_k, which stands for all that warms the radiator, "
                f"got {self.radiator_sun_deg} and sink_k {self.sink_k}",
                "leave one out",
            )

    def _check_thresholds(self, where: str) -> None:
        _in_order(where, self, "throttle_start_k < throttle_full_k <= shutdown_k")
        if self.restart_k is not None:
            _in_order(where, self, "restart_k <= shutdown_k")
        _in_order(where, self, "initial_radiator_k < chip_limit_k")


def _in_order(where: str, kind: NodeType, rule: str) -> None:
    """Refuses fields that are not in the order of a rule such as "low_k < high_k"."""
    keys, signs = rule.split()[::2], rule.split()[1::2]
    values = [float(getattr(kind, key)) for key in keys]
    pairs = zip(values, signs, values[1:], strict=False)
    if not all(low < high if sign == "<" else low <= high for low, sign, high in pairs):
        got = ", ".join(str(value) for value in values)
        raise RecipeError(f"{where}: {rule} must hold, got {got}", "correct the recipe")
