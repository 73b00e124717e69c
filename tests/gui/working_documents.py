"""A recording in memory that holds all that one can hold beside its frames: work, events, gangs, sums by shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ring_documents import MemoryRecording, document

from orbitviz.core.document import Document
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import ShellInfo
from orbitviz.core.frame import QuantityInfo
from orbitviz.files.quantities import total_words

FRAMES = 10
EVENTS = (
    Event(0.0, "demand_unserved_begins", -1, "10.1% of users' demand finds no node"),
    Event(120.0, "gang_stalled", 3, "1 gang of 4 nodes stalled"),
    Event(120.5, "hibernation_begins", 5, "2 of 6 nodes of 'Low' hibernate"),
    Event(300.0, "gang_resumed", 3, "1 gang of 4 nodes resumed"),
    Event(480.0, "moon_rises", -1, "as another program says"),
)
MEMBERS = (np.arange(2, 6), np.array([7, 9, 11]))
JOBS = (
    Job("pretraining/1", "training", "pretraining", 0, 9, np.empty(0, np.uint32), 5e6, 2e3, 180.0),
    Job("pretraining/2", "training", "pretraining", 0, 9, np.empty(0, np.uint32), 6e6, 0.0, 0.0),
)


class WorkingRecording(MemoryRecording):
    """Twelve nodes in two groups of shells, ten frames; gang 1 is stalled in frames 2 to 4."""

    def __init__(self) -> None:
        super().__init__(12, FRAMES)
        low, high = ShellInfo("Low", "Low", 550.0, 30.0, 1, 6), ShellInfo("High", "High", 950.0, 97.0, 1, 6)
        self.fleet = replace(self.fleet, shells=(low, high), shell=np.repeat([0, 1], 6).astype(np.uint16))
        self.events: Sequence[Event] = EVENTS
        self.jobs: Sequence[Job] = JOBS
        self.asked: list[int] = []
        ramp, full = np.linspace(0.0, 1.0, FRAMES), np.ones(FRAMES)
        stalled = np.isin(np.arange(FRAMES), (2, 3, 4)).astype(float)
        self.totals |= {
            "inference_demand_pf": 60e6 * full,
            "inference_served_pf": 48e6 * full,
            "inference_unserved_pf": 12e6 * full,
            "training_pf": 45e6 * full,
            "training_lost_pf": 0.0 * full,
            "gangs_running": 2.0 - stalled,
            "gangs_stalled": stalled,
            "batch_demand_pf": 0.0 * full,
            "batch_served_pf": 20e6 * full,
            "batch_queued_pf_s": 0.0 * full,
            "compute_w_sum_by_shell": np.column_stack([6e5 * (1.0 - 0.5 * ramp), 6e5 * full]),
            "battery_soc_mean_by_shell": np.column_stack([1.0 - ramp, full]),
            "battery_soc_p05": 0.25 * full,
            "battery_soc_min": 0.2 * full,
            "radiator_k_p99": 332.0 * full,
        }
        self.total_infos: dict[str, QuantityInfo] = {name: total_words(name, self.metrics) for name in self.totals}

    def job_members(self, index: int) -> NDArray[Any]:
        self.asked.append(index)
        return MEMBERS[index].astype(np.uint32)


def working_document() -> Document:
    """The recording, opened."""
    recording = WorkingRecording()
    return replace(document(), fleet=recording.fleet, recording=recording)
