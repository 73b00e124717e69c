"""Fleet: the constant columns of every node. Row order is shell, plane, slot; there is no object per node."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.node_type import NodeType
from orbitviz.core.units import DEEP_SPACE_PERIOD_MIN, TWO_PI, WGS72_RADIUS_KM, WGS72_XKE

F64 = NDArray[np.float64]
ELEMENT_NAMES = (
    "mean_motion_rad_min",
    "eccentricity",
    "inclination_rad",
    "raan_rad",
    "argp_rad",
    "mean_anomaly_rad",
    "bstar",
)


@dataclass(frozen=True)
class MeanElements:
    """SGP4 mean elements of N nodes (TEME, WGS72, Kozai mean motion), each (N,) float64.

    epoch_s: seconds from the fleet's epoch to the instant the node's elements are given for (0 in shells).
    """

    mean_motion_rad_min: F64
    eccentricity: F64
    inclination_rad: F64
    raan_rad: F64
    argp_rad: F64
    mean_anomaly_rad: F64
    bstar: F64
    epoch_s: F64

    def __len__(self) -> int:
        return len(self.eccentricity)

    def rows(self, which: slice | NDArray[np.integer] | NDArray[np.bool_]) -> MeanElements:
        """The same columns for some rows."""
        return MeanElements(*(getattr(self, name)[which] for name in (*ELEMENT_NAMES, "epoch_s")))

    @property
    def is_deep_space(self) -> NDArray[np.bool_]:
        """(N,) nodes whose period is 225 min or more: SGP4's other branch. By the Kozai mean motion."""
        return np.asarray(TWO_PI / self.mean_motion_rad_min >= DEEP_SPACE_PERIOD_MIN)

    @property
    def altitude_km(self) -> F64:
        """(N,) semi-major axis less the Earth's equatorial radius (6378.137 km), from the Kozai mean motion."""
        a_km = WGS72_RADIUS_KM * (WGS72_XKE / self.mean_motion_rad_min) ** (2.0 / 3.0)
        return np.asarray(a_km - 6378.137)


@dataclass(frozen=True)
class ShellInfo:
    """One shell (one altitude of a group): as legends and profiles need it. `group`: the recipe's [[shell]] name."""

    name: str
    group: str
    altitude_km: float
    inclination_deg: float
    planes: int
    nodes_per_plane: int


@dataclass(frozen=True)
class Fleet:
    """N nodes. node_id is our own number; catalogue numbers are an attribute only.

    Shapes (N,): node_id uint32, shell uint16, plane uint32, slot uint32, node_type uint16; name is fixed-length bytes.
    pairs: (L, 2) uint32 rows joined by a fixed link.
    on_s, off_s: (N,) float64, in service from, until, in seconds from the epoch.
    """

    epoch: Epoch
    elements: MeanElements
    node_id: NDArray[np.uint32]
    shell: NDArray[np.uint16]
    plane: NDArray[np.uint32]
    slot: NDArray[np.uint32]
    node_type: NDArray[np.uint16]
    shells: tuple[ShellInfo, ...]
    node_types: tuple[NodeType, ...]
    name: NDArray[np.bytes_] | None = None
    catalog_number: NDArray[np.uint32] | None = None
    on_s: F64 | None = None
    off_s: F64 | None = None
    pairs: NDArray[np.uint32] | None = None
    title: str = ""
    description: str = ""
    sources: tuple[str, ...] = ()
    recipe: str = ""
    refused: tuple[str, ...] = field(default=())
    """Lines of an imported catalogue that were refused, each with its reason."""

    def __len__(self) -> int:
        return len(self.elements)

    def part(self, rows: NDArray[np.integer]) -> Fleet:
        """Some rows: their elements and places; without names, catalogue numbers, service times and links."""
        columns: dict[str, Any] = dict.fromkeys(("name", "catalog_number", "on_s", "off_s", "pairs"))
        for name in ("node_id", "shell", "plane", "slot", "node_type"):
            columns[name] = getattr(self, name)[rows]
        return replace(self, elements=self.elements.rows(rows), **columns)

    def label(self, row: int) -> str:
        """What to call a node: its name, else its shell, plane and slot."""
        if self.name is not None and self.name[row]:
            return bytes(self.name[row]).decode("utf-8", "replace").strip()
        shell = self.shells[int(self.shell[row])].name if self.shells else f"shell {self.shell[row]}"
        return f"{shell} · plane {int(self.plane[row]) + 1} · slot {int(self.slot[row]) + 1}"


@dataclass(frozen=True)
class CatalogueRows:
    """What an importer read: M objects with their own epochs, and the lines it refused.

    name: (M,) fixed-length bytes; catalog_number: (M,) uint32 (0 when there is none); epoch_jd, epoch_fraction: (M,)
    split Julian dates UTC; elements: MeanElements whose epoch_s is all zeros (each row is at its own epoch).
    refused: one sentence a refused line, "line 17: checksum must be 5, got 4".
    """

    name: NDArray[np.bytes_]
    catalog_number: NDArray[np.uint32]
    epoch_jd: F64
    epoch_fraction: F64
    elements: MeanElements
    refused: tuple[str, ...] = ()
    source: str = ""

    def __len__(self) -> int:
        return len(self.elements)
