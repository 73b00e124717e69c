"""A recording in memory for benches that need recorded values but no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.core.scenario import Scenario

METRIC = MetricInfo("load", "1", "Synthetic load", 0.0, 1.0, scale=1.0 / 254.0, fill=255)


class SyntheticRecording:
    """T frames of one smooth byte a node, computed when read."""

    def __init__(self, document: Document, frames: int = 240, step_s: float = 60.0) -> None:
        self.fleet: Fleet = document.fleet
        self.scenario: Scenario | None = document.scenario
        self.times_s: NDArray[np.float64] = np.arange(frames, dtype=np.float64) * step_s
        self.metrics: Mapping[str, MetricInfo] = {METRIC.name: METRIC}
        self.totals: Mapping[str, Any] = {}
        self.total_infos: Mapping[str, QuantityInfo] = {}
        self.surface: Mapping[str, QuantityInfo] = {}
        self.clipped: Mapping[str, int] = {}
        self.events: tuple[Event, ...] = ()
        self.jobs: tuple[Job, ...] = ()
        self.node_count = len(document.fleet)
        self.complete, self.size_bytes, self.live = True, 0, False
        self._phase = np.arange(self.node_count) * (254.0 / max(self.node_count, 1))

    def read(self, name: str, index: int, out: NDArray[Any]) -> None:
        """One frame."""
        out[:] = (self._phase + 3.0 * index) % 254.0

    def histories(
        self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None
    ) -> NDArray[np.float32]:
        """(R, T) values of some nodes."""
        stored = (self._phase[rows][:, None] + 3.0 * np.arange(len(self.times_s))[first:last]) % 254.0
        return METRIC.values(stored.astype(np.uint8))

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """There are none."""
        raise KeyError(name)

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """There are none."""
        raise IndexError(index)

    def refresh(self) -> bool:
        """It never grows."""
        return False

    def close(self) -> None:
        """Nothing to let go of."""


def recorded(document: Document) -> Document:
    """The document as if it had been recorded."""
    return replace(document, kind="recording", recording=SyntheticRecording(document), metrics={METRIC.name: METRIC})
