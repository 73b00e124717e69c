"""What a person writes in a recipe, as frozen values: Scenario, Shell, NodeType, Workload, GroundSite, Links.

Each field's metadata carries its unit and its rule; `validate()` checks them all and raises RecipeError that says where
(for example "shell 'low', altitude_km"), what must hold and what was got. Angles are in degrees here and nowhere below:
a recipe is read by people.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from orbitviz.core.epoch import Epoch, parse_duration_s
from orbitviz.core.errors import RecipeError
from orbitviz.core.units import EARTH_MU_KM3_S2, EARTH_RADIUS_KM, WGS72_MU_KM3_S2

PATTERNS = ("walker-delta", "walker-star", "ltan", "cluster")
ECLIPSE_POLICIES = ("ride-through", "reduced", "hibernate")
WORKLOAD_KINDS = ("inference", "training", "batch", "constant")
TOPOLOGIES = ("plus-grid", "ring", "ring-rungs", "none")
SUN_SYNCHRONOUS = "sun-synchronous"
MAX_NODES = 4_000_000

Rule = tuple[str, Callable[[Any], bool]]
POSITIVE: Rule = ("above zero", lambda v: v > 0)
NOT_NEGATIVE: Rule = ("zero or more", lambda v: v >= 0)
SHARE: Rule = ("from 0 to 1", lambda v: 0 <= v <= 1)
EFFICIENCY: Rule = ("above 0 and at most 1", lambda v: 0 < v <= 1)


def setting(default: Any, unit: str, rule: Rule | None = None, text: str = "") -> Any:
    """A field with its unit, its rule and one phrase of explanation in the metadata."""
    meta = {"unit": unit, "rule": rule, "text": text}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=meta)
    return field(default=default, metadata=meta)


def check_fields(thing: Any, where: str) -> None:
    """Every number finite and within its field's rule; raises RecipeError that names field, rule and value."""
    for item in fields(thing):
        value = getattr(thing, item.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not math.isfinite(value):
            raise RecipeError(f"{where}, {item.name}: must be a finite number, got {value}", "correct the recipe")
        rule = item.metadata.get("rule")
        if rule is not None and not rule[1](value):
            unit = item.metadata.get("unit", "")
            unit = "" if unit in ("", "1") else f" {unit}"
            raise RecipeError(f"{where}, {item.name}: must be {rule[0]}{unit}, got {value}", "correct the recipe")


def one_of(where: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuses a word that is not in the list."""
    if value not in allowed:
        raise RecipeError(f"{where}: must be one of {', '.join(allowed)}, got '{value}'", "correct the recipe")


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


@dataclass(frozen=True)
class Shell:
    """One filed group: `shells` altitudes from altitude_km to altitude_to_km, each of planes x nodes_per_plane nodes.

    altitude_km is the semi-major axis less 6378.137 km. For pattern "cluster": rows x columns nodes round one orbit.
    """

    name: str
    node_type: str
    altitude_km: float = setting(550.0, "km", ("above 100 (an orbit, not the air)", lambda v: v > 100.0))
    altitude_to_km: float | None = setting(None, "km", ("above 100 (an orbit, not the air)", lambda v: v > 100.0))
    shells: int = setting(1, "1", POSITIVE)
    inclination_deg: float | str = setting(53.0, "deg", ("from 0 to 180", lambda v: 0 <= v <= 180))
    inclination_to_deg: float | None = setting(None, "deg", ("from 0 to 180", lambda v: 0 <= v <= 180))
    pattern: str = "walker-delta"
    planes: int = setting(1, "1", POSITIVE)
    nodes_per_plane: int = setting(1, "1", POSITIVE)
    phasing: int = setting(0, "1", NOT_NEGATIVE, "F of Walker's i:T/P/F")
    raan_deg: float = setting(0.0, "deg")
    ltan_h: tuple[float, ...] = ()
    eccentricity: float = setting(0.0, "1", ("at least 0 and below 1", lambda v: 0 <= v < 1))
    bstar: float = setting(0.0, "1/Earth radii")
    radius_km: float = setting(1.0, "km", POSITIVE)
    spacing_m: float = setting(150.0, "m", POSITIVE)
    rows: int = setting(9, "1", POSITIVE)
    columns: int = setting(9, "1", POSITIVE)

    @property
    def nodes(self) -> int:
        """Nodes of the whole group."""
        if self.pattern == "cluster":
            return self.rows * self.columns
        return self.shells * self.planes * self.nodes_per_plane

    def validate(self) -> None:
        """Refuses a group that cannot fly."""
        where = f"shell '{self.name}'"
        check_fields(self, where)
        one_of(f"{where}, pattern", self.pattern, PATTERNS)
        if isinstance(self.inclination_deg, str):
            one_of(f"{where}, inclination_deg", self.inclination_deg, (SUN_SYNCHRONOUS,))
        top_km = max(self.altitude_km, self.altitude_to_km or 0.0)
        perigee_km = (EARTH_RADIUS_KM + self.altitude_km) * (1.0 - self.eccentricity) - EARTH_RADIUS_KM
        if perigee_km <= 100.0:
            raise RecipeError(
                f"{where}: the lowest point of the orbit must be above 100 km, got {perigee_km:.1f} km "
                f"(altitude_km {self.altitude_km}, eccentricity {self.eccentricity})",
                "raise altitude_km or lower eccentricity",
            )
        if self.inclination_deg == SUN_SYNCHRONOUS and top_km > 5900.0:
            raise RecipeError(
                f"{where}: a sun-synchronous orbit exists only below about 5,970 km, got {top_km} km",
                "lower altitude_km",
            )
        if self.pattern == "ltan":
            self._validate_ltan(where)
        if self.pattern.startswith("walker") and self.phasing >= self.planes:
            raise RecipeError(
                f"{where}, phasing: must be below planes ({self.planes}), got {self.phasing}",
                "use 0 to planes - 1",
            )

    def _validate_ltan(self, where: str) -> None:
        if len(self.ltan_h) != self.planes:
            raise RecipeError(
                f"{where}, ltan_h: must list one local time for each of the {self.planes} planes, "
                f"got {len(self.ltan_h)}",
                "write for example ltan_h = [6, 18]",
            )
        for hour in self.ltan_h:
            if not 0.0 <= hour < 24.0:
                raise RecipeError(f"{where}, ltan_h: must be from 0 to below 24 h, got {hour}", "correct the recipe")


@dataclass(frozen=True)
class ElementSet:
    """One orbit given by its mean elements (TEME, WGS72, Kozai mean motion), as in a catalogue."""

    name: str
    node_type: str
    epoch: str = ""
    mean_motion_rev_per_day: float = setting(15.0, "1/day", POSITIVE)
    eccentricity: float = setting(0.0, "1", ("at least 0 and below 1", lambda v: 0 <= v < 1))
    inclination_deg: float = setting(0.0, "deg", ("from 0 to 180", lambda v: 0 <= v <= 180))
    raan_deg: float = setting(0.0, "deg")
    argp_deg: float = setting(0.0, "deg")
    mean_anomaly_deg: float = setting(0.0, "deg")
    bstar: float = setting(0.0, "1/Earth radii")

    def validate(self) -> None:
        """Refuses an orbit that cannot be."""
        where = f"elements '{self.name}'"
        check_fields(self, where)
        n_rad_s = self.mean_motion_rev_per_day * 2.0 * math.pi / 86400.0
        a_km = (WGS72_MU_KM3_S2 / n_rad_s**2) ** (1.0 / 3.0)
        perigee_km = a_km * (1.0 - self.eccentricity) - EARTH_RADIUS_KM
        if perigee_km <= 0.0:
            raise RecipeError(
                f"{where}: the lowest point of the orbit must be above the ground, got {perigee_km:.0f} km "
                f"(mean_motion_rev_per_day {self.mean_motion_rev_per_day}, eccentricity {self.eccentricity})",
                "correct the recipe",
            )
        if self.epoch:
            Epoch.parse(self.epoch)


@dataclass(frozen=True)
class Catalogue:
    """A TLE file that lies beside the recipe."""

    file: str
    node_type: str

    def validate(self) -> None:
        """A plain file name: never a path that leads elsewhere."""
        if not self.file or "/" in self.file or "\\" in self.file or self.file.startswith("."):
            raise RecipeError(f"tle, file: must be a file name beside the recipe, got '{self.file}'", "move it there")


@dataclass(frozen=True)
class Workload:
    """Who asks for compute. `constant`: every node at `utilization` of its average power."""

    name: str
    kind: str = "constant"
    demand_pflops: float = setting(0.0, "PFLOP/s", NOT_NEGATIVE)
    priority: int = setting(0, "1", NOT_NEGATIVE)
    max_rtt_ms: float = setting(500.0, "ms", POSITIVE)
    gang_size: int = setting(1, "1", POSITIVE)
    utilization: float = setting(1.0, "1", ("from 0 to 1.25", lambda v: 0 <= v <= 1.25))

    def validate(self) -> None:
        """Refuses an impossible workload."""
        check_fields(self, f"workload '{self.name}'")
        one_of(f"workload '{self.name}', kind", self.kind, WORKLOAD_KINDS)


@dataclass(frozen=True)
class GroundSite:
    """A user or a gateway on the ground; file = "cities" stands for the shipped list of cities."""

    name: str = ""
    lat_deg: float = setting(0.0, "deg", ("from -90 to 90", lambda v: -90 <= v <= 90))
    lon_deg: float = setting(0.0, "deg", ("from -180 to 360", lambda v: -180 <= v <= 360))
    kind: str = "user"
    weight: float = setting(1.0, "1", NOT_NEGATIVE)
    file: str = ""

    def validate(self) -> None:
        """Refuses an impossible site."""
        where = f"ground '{self.name or self.file}'"
        check_fields(self, where)
        one_of(f"{where}, kind", self.kind, ("user", "gateway"))
        if self.file:
            one_of(f"{where}, file", self.file, ("cities",))


@dataclass(frozen=True)
class Links:
    """The laser mesh."""

    topology: str = "plus-grid"
    max_range_km: float = setting(5000.0, "km", POSITIVE)
    grazing_km: float = setting(80.0, "km", NOT_NEGATIVE, "least height of a beam above the ground")
    polar_cutoff_deg: float = setting(70.0, "deg", ("from 0 to 90", lambda v: 0 <= v <= 90))
    hop_ms: float = setting(0.3, "ms", NOT_NEGATIVE)

    def validate(self) -> None:
        """Refuses an impossible mesh."""
        check_fields(self, "links")
        one_of("links, topology", self.topology, TOPOLOGIES)


@dataclass(frozen=True)
class Scenario:
    """A constellation as a person describes it; from it a Fleet is built and a recording simulated."""

    name: str
    title: str = ""
    description: str = ""
    epoch_utc: str = "2026-03-20T00:00:00Z"
    duration: str = "2h"
    step: str = "60s"
    sources: tuple[str, ...] = ()
    node_types: tuple[NodeType, ...] = ()
    shells: tuple[Shell, ...] = ()
    elements: tuple[ElementSet, ...] = ()
    catalogues: tuple[Catalogue, ...] = ()
    workloads: tuple[Workload, ...] = ()
    ground: tuple[GroundSite, ...] = ()
    links: Links = field(default_factory=Links)

    @property
    def epoch(self) -> Epoch:
        """The instant t_s = 0."""
        return Epoch.parse(self.epoch_utc)

    @property
    def duration_s(self) -> float:
        """How long a recording is by default."""
        return parse_duration_s(self.duration)

    @property
    def step_s(self) -> float:
        """Seconds between recorded frames by default."""
        return parse_duration_s(self.step)

    @property
    def nodes(self) -> int:
        """Nodes of all shells and element sets (catalogue files not counted)."""
        return sum(shell.nodes for shell in self.shells) + len(self.elements)

    def validate(self) -> None:
        """Everything that must hold between and within the parts; raises RecipeError."""
        parts: tuple[Any, ...] = (*self.node_types, *self.shells, *self.elements, *self.catalogues)
        for part in (*parts, *self.workloads, *self.ground, self.links):
            part.validate()
        self._validate_node_types()
        _ = self.epoch, self.duration_s, self.step_s
        if not self.shells and not self.elements and not self.catalogues:
            raise RecipeError(
                f"scenario '{self.name}' must have nodes, it has no [[shell]], [[elements]] or [[tle]]",
                "add one",
            )
        if self.nodes > MAX_NODES:
            raise RecipeError(
                f"scenario '{self.name}' must have at most {MAX_NODES:,} nodes, got {self.nodes:,}",
                "make it smaller",
            )

    def _validate_node_types(self) -> None:
        names = [kind.name for kind in self.node_types]
        if len(set(names)) != len(names):
            raise RecipeError(f"node_type names must differ, got {', '.join(names)}", "rename one")
        parts: tuple[Any, ...] = (*self.shells, *self.elements, *self.catalogues)
        for part in parts:
            if part.node_type not in names:
                label = getattr(part, "name", "") or getattr(part, "file", "")
                raise RecipeError(
                    f"'{label}', node_type: must name a [[node_type]] of this recipe "
                    f"({', '.join(names) or 'there is none'}), got '{part.node_type}'",
                    "correct the recipe",
                )


def circular_period_s(altitude_km: float) -> float:
    """Period of a circular orbit of that altitude, two-body, seconds."""
    return 2.0 * math.pi * math.sqrt((EARTH_RADIUS_KM + altitude_km) ** 3 / EARTH_MU_KM3_S2)
