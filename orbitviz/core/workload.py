"""Who asks for compute (Workload) and from where (GroundSite), as a recipe describes it."""

from __future__ import annotations

from dataclasses import dataclass

from orbitviz.core.rules import NOT_NEGATIVE, POSITIVE, check_fields, one_of, setting

WORKLOAD_KINDS = ("inference", "training", "batch", "constant")


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
