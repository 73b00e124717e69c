"""NodeType: one kind of satellite as a recipe describes it; power in kW, as people write it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from orbitviz.core.errors import RecipeError
from orbitviz.core.rules import EFFICIENCY, NOT_NEGATIVE, POSITIVE, SHARE, check_fields, one_of, setting

ECLIPSE_POLICIES = ("ride-through", "reduced", "hibernate")


@dataclass(frozen=True)
class NodeType:
    """One kind of satellite: power, battery, radiator, compute. `assumed` names the fields without a public source."""

    name: str
    mass_kg: float = setting(3000.0, "kg", POSITIVE)
    array_area_m2: float = setting(600.0, "m2", NOT_NEGATIVE)
    array_w_per_m2: float = setting(250.0, "W/m2", NOT_NEGATIVE, "at 1 AU, tracking the Sun, begin of life")
    degradation_per_year: float = setting(0.025, "1", SHARE)
    compute_average_kw: float = setting(120.0, "kW", NOT_NEGATIVE)
    compute_peak_kw: float = setting(150.0, "kW", NOT_NEGATIVE)
    compute_idle_kw: float = setting(24.0, "kW", NOT_NEGATIVE)
    bus_kw: float = setting(5.0, "kW", NOT_NEGATIVE)
    peak_pflops: float = setting(180.0, "PFLOP/s", NOT_NEGATIVE, "dense BF16 at compute_peak_kw")
    battery_kwh: float = setting(200.0, "kWh", NOT_NEGATIVE)
    charge_efficiency: float = setting(0.95, "1", EFFICIENCY)
    discharge_efficiency: float = setting(0.95, "1", EFFICIENCY)
    max_charge_c: float = setting(0.5, "1/h", POSITIVE, "limits the bus side")
    max_discharge_c: float = setting(1.0, "1/h", POSITIVE)
    initial_soc: float = setting(1.0, "1", SHARE)
    min_soc: float = setting(0.2, "1", SHARE)
    eclipse_policy: str = "ride-through"
    eclipse_power_fraction: float = setting(0.15, "1", SHARE, "of compute, under the policy 'reduced'")
    radiator_area_m2: float = setting(110.0, "m2", POSITIVE, "of panel")
    radiator_sides: int = setting(2, "1", ("1 or 2", lambda v: v in (1, 2)))
    emissivity: float = setting(0.9, "1", EFFICIENCY)
    heat_capacity_j_per_k: float = setting(1.35e6, "J/K", POSITIVE)
    sink_k: float | None = setting(None, "K", NOT_NEGATIVE, "left out: from Earth infrared and albedo")
    initial_radiator_k: float = setting(330.0, "K", POSITIVE)
    throttle_start_k: float = setting(350.0, "K", POSITIVE)
    throttle_full_k: float = setting(365.0, "K", POSITIVE)
    shutdown_k: float = setting(375.0, "K", POSITIVE)
    link_count: int = setting(4, "1", NOT_NEGATIVE)
    link_gbps: float = setting(1000.0, "Gbit/s", NOT_NEGATIVE)
    assumed: tuple[str, ...] = ()

    def validate(self) -> None:
        """Refuses impossible or contradictory values."""
        where = f"node_type '{self.name}'"
        check_fields(self, where)
        one_of(f"{where}, eclipse_policy", self.eclipse_policy, ECLIPSE_POLICIES)
        ordered = self.throttle_start_k < self.throttle_full_k <= self.shutdown_k
        if not ordered:
            raise RecipeError(
                f"{where}: throttle_start_k < throttle_full_k <= shutdown_k must hold, got "
                f"{self.throttle_start_k}, {self.throttle_full_k}, {self.shutdown_k}",
                "correct the recipe",
            )
        ladder = self.compute_idle_kw <= self.compute_average_kw <= self.compute_peak_kw
        if not ladder:
            raise RecipeError(
                f"{where}: compute_idle_kw <= compute_average_kw <= compute_peak_kw must hold, got "
                f"{self.compute_idle_kw}, {self.compute_average_kw}, {self.compute_peak_kw}",
                "correct the recipe",
            )
        if self.min_soc > self.initial_soc:
            raise RecipeError(
                f"{where}: initial_soc must be at least min_soc, got {self.initial_soc} and {self.min_soc}",
                "correct the recipe",
            )
        known = {item.name for item in fields(self)}
        for name in self.assumed:
            if name not in known:
                raise RecipeError(f"{where}, assumed: must name keys of the node type, got '{name}'", "correct it")
