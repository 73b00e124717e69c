"""Fleets and documents made in code, for the tests of the picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from orbitviz.core.document import Document
from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.frame import MetricInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.units import TWO_PI, WGS72_RADIUS_KM, WGS72_XKE
from orbitviz.metrics import metric_infos

EPOCH = Epoch.parse("2026-03-20T00:00:00Z")


def elements(count: int, seed: int = 1, **columns: Any) -> MeanElements:
    """Random near-earth orbits, 500 to 1,500 km, near circular; columns replace whole columns."""
    rng = np.random.default_rng(seed)
    a = 1.0 + (6.0 + rng.uniform(500.0, 1500.0, count)) / WGS72_RADIUS_KM
    values = {
        "mean_motion_rad_min": WGS72_XKE / a**1.5,
        "eccentricity": rng.uniform(0.0001, 0.002, count),
        "inclination_rad": np.radians(rng.uniform(20.0, 99.0, count)),
        "raan_rad": rng.uniform(0.0, TWO_PI, count),
        "argp_rad": rng.uniform(0.0, TWO_PI, count),
        "mean_anomaly_rad": rng.uniform(0.0, TWO_PI, count),
        "bstar": np.zeros(count),
        "epoch_s": np.zeros(count),
    }
    for name, column in columns.items():
        values[name] = np.broadcast_to(np.asarray(column, float), count).copy()
    return MeanElements(**values)


def fleet_of(orbits: MeanElements, shells: int = 1) -> Fleet:
    """A fleet round these orbits, dealt out to `shells` shells in turn."""
    count = len(orbits)
    infos = tuple(ShellInfo(f"shell {k}", f"shell {k}", 550.0, 53.0, 1, count) for k in range(shells))
    zeros = np.zeros(count, np.uint32)
    return Fleet(
        EPOCH,
        orbits,
        np.arange(count, dtype=np.uint32),
        (np.arange(count) % shells).astype(np.uint16),
        zeros,
        np.arange(count, dtype=np.uint32),
        np.zeros(count, np.uint16),
        infos,
        (NodeType("node"),),
    )


def document_of(fleet: Fleet) -> Document:
    """The fleet as an open scenario without a recording."""
    return Document("scenario", None, "test", fleet, None, None, metric_infos(fleet))


class MemorySource:
    """A recording in memory: uint8 or uint16 frames (T, N) by metric."""

    def __init__(self, infos: list[MetricInfo], frames: dict[str, np.ndarray], step_s: float = 60.0) -> None:
        self.metrics = {info.name: info for info in infos}
        self._frames = frames
        first = next(iter(frames.values()))
        self.times_s = np.arange(len(first)) * step_s
        self.node_count = first.shape[1]
        self.scenario = None
        self.totals: dict[str, Any] = {}
        self.complete = True
        self.size_bytes = 0

    def read(self, name: str, index: int, out: np.ndarray) -> None:
        out[:] = self._frames[name][index]

    def histories(self, name: str, rows: np.ndarray, first: int = 0, last: int | None = None) -> np.ndarray:
        return self.metrics[name].values(self._frames[name][first:last, rows].T)

    def close(self) -> None:
        """Nothing to let go of."""


def recorded(fleet: Fleet, infos: list[MetricInfo], frames: dict[str, np.ndarray]) -> tuple[Document, MemorySource]:
    """The fleet as an open recording, and what a Player plays."""
    source = MemorySource(infos, frames)
    source.fleet = fleet  # type: ignore[attr-defined]
    return Document("recording", None, "test", fleet, None, source, source.metrics), source  # type: ignore[arg-type]
