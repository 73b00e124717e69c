"""Who asks for compute (Workload) and from where (GroundSite), as a recipe describes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from orbitviz.core.epoch import parse_duration_s
from orbitviz.core.errors import OrbitvizError, RecipeError
from orbitviz.core.rules import NOT_NEGATIVE, POSITIVE, SHARE, Rule, check_fields, check_origin, one_of, setting

WORKLOAD_KINDS = ("inference", "training", "batch", "constant")
MOST_UTILIZATION = 1.25
BIT_PER_FLOP = {"inference": 1e-8, "training": 2e-7, "batch": 1e-8, "constant": 1e-8}
"""Traffic a FLOP puts on a node's links, bit (assumed). Training: 1e-4 were every step synchronised, here every 500th
is (the way of DiLoCo)."""

_GANG: Rule = ("from 2 to 32,768", lambda v: 2 <= v <= 32_768)
_ELEVATION: Rule = ("at least 0 and below 90", lambda v: 0 <= v < 90)
_HOUR: Rule = ("at least 0 and below 24", lambda v: 0 <= v < 24)
_UTILIZATION: Rule = ("from 0 to 1.25", lambda v: 0 <= v <= MOST_UTILIZATION)

_KINDS_OF = {
    "shells": ("inference", "training", "batch"),
    "demand_pflops": ("inference", "training", "batch"),
    "priority": ("inference",),
    "max_rtt_ms": ("inference",),
    "min_elevation_deg": ("inference",),
    "night_level": ("inference",),
    "peak_hour": ("inference",),
    "noise": ("inference",),
    "gang_size": ("training",),
    "checkpoint": ("training",),
    "restart": ("training",),
    "utilization": ("constant",),
}
"""Key -> kinds of workload it means something for; the others mean something for all."""


@dataclass(frozen=True)
class Workload:
    """Who asks for compute: people (`inference`), gangs of nodes (`training`), work that can wait (`batch`).

    `constant`, the reference case: every node at `utilization` of its average power, beside no other kind.
    demand_pflops of inference: the mean over a day of what all users ask; of training: what its gangs deliver at
    average power (the number of gangs follows); of batch: what arrives each second, 0 for work without end.
    """

    name: str
    kind: str = "constant"
    shells: tuple[str, ...] = setting((), "1", None, "[[shell]] groups it may use; none: all")
    demand_pflops: float = setting(0.0, "PFLOP/s", NOT_NEGATIVE, "mean of a day; of batch: arrives, 0 without end")
    priority: int = setting(0, "1", NOT_NEGATIVE, "inference of higher priority is served first")
    max_rtt_ms: float = setting(500.0, "ms", POSITIVE, "longest way from the user to the node and back")
    min_elevation_deg: float = setting(25.0, "deg", _ELEVATION, "of a node above a user's horizon")
    night_level: float = setting(0.4, "1", SHARE, "share of the peak asked at the quietest hour")
    peak_hour: float = setting(20.0, "h", _HOUR, "local solar time of the most demand")
    noise: float = setting(0.0, "1", SHARE, "relative, by cell and frame, from the scenario's seed")
    gang_size: int = setting(1024, "1", _GANG, "nodes that train together")
    checkpoint: str = setting("10min", "", None, "time between checkpoints: what a stall throws away at most")
    restart: str = setting("2min", "", None, "time a gang needs to train again after a stall")
    bit_per_flop: float | None = setting(None, "bit/FLOP", NOT_NEGATIVE, "traffic on the links; left out: by kind")
    utilization: float = setting(1.0, "1", _UTILIZATION, "of average power")
    assumed: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()

    @property
    def checkpoint_s(self) -> float:
        """Seconds between checkpoints."""
        return parse_duration_s(self.checkpoint)

    @property
    def restart_s(self) -> float:
        """Seconds from the end of a stall until the gang trains again."""
        return parse_duration_s(self.restart)

    @property
    def traffic_bit_per_flop(self) -> float:
        """Bit a FLOP puts on the links: as given, else by kind (BIT_PER_FLOP)."""
        return BIT_PER_FLOP[self.kind] if self.bit_per_flop is None else self.bit_per_flop

    def validate(self) -> None:
        """Refuses an impossible workload, and keys that mean nothing for its kind."""
        where = f"workload '{self.name}'"
        one_of(f"{where}, kind", self.kind, WORKLOAD_KINDS)
        check_fields(self, where)
        for key in ("checkpoint", "restart"):
            _check_duration(where, key, getattr(self, key))
        self._check_keys(where)
        if self.kind in ("inference", "training") and not self.demand_pflops > 0.0:
            raise RecipeError(
                f"{where}, demand_pflops: must be above zero PFLOP/s for kind {self.kind}, got {self.demand_pflops}",
                "say how much is asked for, as demand_pflops = 1e6",
            )
        check_origin(self, where)

    def _check_keys(self, where: str) -> None:
        for item in fields(self):
            kinds, value = _KINDS_OF.get(item.name, WORKLOAD_KINDS), getattr(self, item.name)
            if self.kind not in kinds and value != item.default:
                got = list(value) if isinstance(value, tuple) else value
                raise RecipeError(
                    f"{where}, {item.name}: must be left out for kind {self.kind}, it belongs to "
                    f"{' and '.join(kinds)}; got {got}",
                    f'leave it out, or write kind = "{kinds[0]}"',
                )


def check_workloads(workloads: Sequence[Workload], ground: Sequence[GroundSite], groups: Sequence[str]) -> None:
    """What must hold between workloads, users and [[shell]] groups (by name); raises RecipeError."""
    constant = [load for load in workloads if load.kind == "constant"]
    others = [load for load in workloads if load.kind != "constant"]
    if constant and others:
        raise RecipeError(
            f"workload '{constant[0].name}', kind: must stand alone when it is constant (the reference case), "
            f"got '{others[0].name}' of kind {others[0].kind} beside it",
            "leave out the one or the others",
        )
    total = sum(load.utilization for load in constant)
    if total > MOST_UTILIZATION + 1e-9:
        raise RecipeError(
            f"workloads of kind constant, utilization: must sum to at most {MOST_UTILIZATION}, got "
            f"{' + '.join(f'{load.utilization:g}' for load in constant)} = {total:g}",
            "lower one",
        )
    for load in others:
        _check_groups(load, groups)
        if load.kind == "inference" and not any(site.is_user for site in ground):
            raise RecipeError(
                f"workload '{load.name}', demand_pflops: must come from users, a [[ground]] of kind user with a weight "
                f"above zero, got {load.demand_pflops:g} PFLOP/s and no user among {len(ground)} sites",
                'add [[ground]] with file = "cities"',
            )


def _check_groups(load: Workload, groups: Sequence[str]) -> None:
    for name in load.shells:
        if name not in groups:
            known = ", ".join(f"'{group}'" for group in groups) or "there is none"
            raise RecipeError(
                f"workload '{load.name}', shells: must name [[shell]] groups of this recipe ({known}), got '{name}'",
                "correct the recipe",
            )


def _check_duration(where: str, key: str, text: str) -> None:
    try:
        parse_duration_s(text)
    except OrbitvizError as error:
        raise RecipeError(f"{where}, {key}: {error.message}", error.hint) from None


@dataclass(frozen=True)
class GroundSite:
    """A user or a gateway on the ground; file = "cities" stands for the shipped list of cities."""

    name: str = ""
    lat_deg: float = setting(0.0, "deg", ("from -90 to 90", lambda v: -90 <= v <= 90))
    lon_deg: float = setting(0.0, "deg", ("from -180 to 360", lambda v: -180 <= v <= 360))
    kind: str = "user"
    weight: float = setting(1.0, "1", NOT_NEGATIVE)
    file: str = ""

    @property
    def is_user(self) -> bool:
        """Whether anybody asks for compute here."""
        return self.kind == "user" and self.weight > 0.0

    def validate(self) -> None:
        """Refuses an impossible site."""
        where = f"ground '{self.name or self.file}'"
        check_fields(self, where)
        one_of(f"{where}, kind", self.kind, ("user", "gateway"))
        if self.file:
            one_of(f"{where}, file", self.file, ("cities",))
