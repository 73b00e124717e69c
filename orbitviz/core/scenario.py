"""What a person writes in a recipe, as frozen values: Scenario, Shell, ElementSet, Catalogue, Links.

Each field's metadata carries its unit and its rule; `validate()` checks them all and raises RecipeError that says where
(for example "shell 'low', altitude_km"), what must hold and what was got. Angles are in degrees here and nowhere below:
a recipe is read by people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from orbitviz.core.epoch import Epoch, parse_duration_s
from orbitviz.core.errors import RecipeError
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import NOT_NEGATIVE, POSITIVE, check_fields, check_origin, one_of, setting
from orbitviz.core.units import EARTH_MU_KM3_S2, EARTH_RADIUS_KM, WGS72_MU_KM3_S2
from orbitviz.core.workload import GroundSite, Workload, check_workloads

PATTERNS = ("walker-delta", "walker-star", "ltan", "cluster")
TOPOLOGIES = ("plus-grid", "ring", "ring-rungs", "none")
SUN_SYNCHRONOUS = "sun-synchronous"
MAX_NODES = 4_000_000
MAX_SEED = 2**32 - 1


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
    assumed: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()

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
        check_origin(self, where)
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
        if any(character in ":\0" for character in self.file) or len(self.file) > 255 or not self.file.isprintable():
            raise RecipeError("tle, file: must be a file name beside the recipe, it is none", "move it there")
        if not self.file or "/" in self.file or "\\" in self.file or self.file.startswith("."):
            raise RecipeError(f"tle, file: must be a file name beside the recipe, got '{self.file}'", "move it there")


@dataclass(frozen=True)
class Links:
    """The laser mesh."""

    topology: str = "plus-grid"
    max_range_km: float = setting(5000.0, "km", POSITIVE)
    grazing_km: float = setting(80.0, "km", NOT_NEGATIVE, "least height of a beam above the ground")
    polar_cutoff_deg: float = setting(70.0, "deg", ("from 0 to 90", lambda v: 0 <= v <= 90))
    hop_ms: float = setting(0.3, "ms", NOT_NEGATIVE)
    assumed: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()

    def validate(self) -> None:
        """Refuses an impossible mesh."""
        check_fields(self, "links")
        check_origin(self, "links")
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
    seed: int = 1
    """What chance begins with: the same scenario and seed give the same datasets."""

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
        check_workloads(self.workloads, self.ground, [shell.name for shell in self.shells])
        if not 0 <= self.seed <= MAX_SEED:
            raise RecipeError(
                f"scenario '{self.name}', seed: must be from 0 to {MAX_SEED:,}, got {self.seed}", "choose another"
            )
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
