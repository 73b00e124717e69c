"""Small documents for tests: a ring of nodes and a recording that lives in memory, with every kind of metric."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document
from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.frame import MetricInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell

EPOCH = Epoch.parse("2026-03-20")
FLAGS = {0: "planned", 1: "active", 2: "hibernating"}
METRICS = {
    "battery_soc": MetricInfo("battery_soc", "1", "Battery charge", 0.0, 1.0, 1 / 250, 0.0, fill=255),
    "radiator_k": MetricInfo("radiator_k", "K", "Radiator temperature", 250.0, 400.0, 0.5, 250.0, max_error=0.25),
    "compute_w": MetricInfo("compute_w", "W", "Compute power", 0.0, 150e3, 600.0, 0.0, mean=True),
    "status": MetricInfo("status", "1", "Status", 0.0, 2.0, flags=FLAGS, colormap="status"),
}
"""A share, a temperature, a mean of the step, a category."""


def fleet(nodes: int = 12) -> Fleet:
    """A sun-synchronous ring at 550 km."""
    zeros = np.zeros(nodes)
    elements = MeanElements(
        np.full(nodes, 0.0657),
        zeros + 1e-4,
        zeros + 1.7,
        zeros + 0.5,
        zeros,
        np.arange(nodes) * 2 * np.pi / nodes,
        zeros,
        zeros,
    )
    number = np.arange(nodes)
    return Fleet(
        epoch=EPOCH,
        elements=elements,
        node_id=number.astype(np.uint32),
        shell=np.zeros(nodes, np.uint16),
        plane=np.zeros(nodes, np.uint32),
        slot=number.astype(np.uint32),
        node_type=np.zeros(nodes, np.uint16),
        shells=(ShellInfo("Ring", "Ring", 550.0, 97.4, 1, nodes),),
        node_types=(NodeType("rack", assumed=("battery_kwh", "radiator_area_m2")),),
        title="A ring",
    )


class MemoryRecording:
    """A FrameSource in memory. Frame k of a metric stores k for every node, plus the row for battery_soc.

    `gate` set: reading waits for it, so that a test says when a frame arrives. `broken`: frames that cannot be read.
    """

    complete, live, size_bytes, scenario = True, False, 12345, None
    events, jobs = (), ()

    def __init__(self, nodes: int = 12, frames: int = 10, step_s: float = 60.0, metrics: Any = None) -> None:
        self.fleet = fleet(nodes)
        self.times_s: NDArray[np.float64] = np.arange(frames) * step_s
        self.metrics: Mapping[str, MetricInfo] = dict(METRICS if metrics is None else metrics)
        self.node_count = nodes
        self.gate: threading.Event | None = None
        self.broken: set[tuple[str, int]] = set()
        self.reads: list[tuple[str, int]] = []
        self.threads: set[str] = set()
        self.closed = False
        self.total_infos: dict[str, Any] = {}
        self.surface: dict[str, Any] = {}
        self.clipped: dict[str, int] = {}
        ramp = np.linspace(0.0, 1.0, frames)
        self.totals: dict[str, Any] = {
            "battery_soc_mean": 0.5 + 0.5 * ramp,
            "compute_w_sum": 1e6 * (1.0 + ramp),
            "radiator_k_max": 300.0 + ramp,
            "status_counts": np.column_stack([np.zeros(frames), np.full(frames, nodes - 2), np.full(frames, 2)]),
        }

    def stored(self, name: str, index: int) -> NDArray[np.uint8]:
        base = np.full(self.node_count, index, np.uint8)
        if name == "battery_soc":
            base += np.arange(self.node_count, dtype=np.uint8)
        return np.minimum(base, 2).astype(np.uint8) if self.metrics[name].flags else base

    def read(self, name: str, index: int, out: NDArray[Any]) -> None:
        self.threads.add(threading.current_thread().name)
        if self.gate is not None:
            assert self.gate.wait(10.0), "the test never let this frame through"
        self.reads.append((name, index))
        if (name, index) in self.broken:
            raise OSError("a damaged chunk")
        out[:] = self.stored(name, index)

    def histories(
        self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None
    ) -> NDArray[np.float32]:
        stored = np.array([self.stored(name, k)[rows] for k in range(len(self.times_s))[first:last]]).T
        return self.metrics[name].values(stored)

    def refresh(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


def document(nodes: int = 12, recorded: bool = True, path: Path | None = None) -> Document:
    """A recording of the ring, or its scenario alone (with one metric that elements give)."""
    scenario = Scenario(
        name="ring",
        title="A ring",
        epoch_utc="2026-03-20T00:00:00Z",
        node_types=(NodeType("rack", assumed=("battery_kwh", "radiator_area_m2")),),
        shells=(Shell("Ring", "rack", nodes_per_plane=nodes),),
    )
    if recorded:
        recording = MemoryRecording(nodes)
        return Document("recording", path, "A ring", recording.fleet, scenario, recording, recording.metrics)
    sunlit = MetricInfo("sunlit", "1", "Sunlit", 0.0, 1.0)
    return Document("scenario", path, "A ring", fleet(nodes), scenario, None, {"sunlit": sunlit})
