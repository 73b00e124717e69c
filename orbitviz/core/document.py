"""Document: what is open. A scenario (elements only), or a recording (elements and recorded metrics)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.address import address_title
from orbitviz.core.epoch import Epoch
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import FrameSource, MetricInfo, QuantityInfo
from orbitviz.core.scenario import Scenario


class Recording(FrameSource, Protocol):
    """A frame source with what a file says of itself."""

    @property
    def fleet(self) -> Fleet:
        """The nodes recorded."""

    @property
    def scenario(self) -> Scenario | None:
        """The recipe it was made from, where the file carries one."""

    @property
    def totals(self) -> Mapping[str, Any]:
        """Fleet totals by name, each (T,) or (T, K) float64."""

    @property
    def total_infos(self) -> Mapping[str, QuantityInfo]:
        """What the totals are, by name."""

    @property
    def surface(self) -> Mapping[str, QuantityInfo]:
        """What is summed over cells of the ground, by name; read_surface gives the values."""

    @property
    def clipped(self) -> Mapping[str, int]:
        """Values by metric that lay outside its range and are stored as its end."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What began and ended in the committed frames, in the order of time as far as it was written so."""

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Gangs and batches, without their members; job_members gives those."""

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """(90, 180) sums of one frame: rows of latitude from the south, columns of longitude from -180 degrees."""

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """(M,) rows of the nodes of jobs[index]."""

    @property
    def complete(self) -> bool:
        """Whether the recording ended as intended."""

    @property
    def size_bytes(self) -> int:
        """Bytes on disk."""

    @property
    def live(self) -> bool:
        """Whether it is being written, as far as is known: refresh() may find more frames."""

    def refresh(self) -> bool:
        """Looks whether more was written; True when there are more frames, it ended, or it has another name. On the
        thread that reads."""


@dataclass(frozen=True)
class Document:
    """What is open. `metrics`: by name, the recorded ones and those computed from the elements.

    address: where it is read from, without secrets, when it is no file of this machine; path is None then.
    """

    kind: Literal["scenario", "recording"]
    path: Path | None
    title: str
    fleet: Fleet
    scenario: Scenario | None
    recording: Recording | None
    metrics: Mapping[str, MetricInfo]
    is_difference: bool = False
    """Whether the recorded values, and totals, are what one run has less what another has."""
    address: str = ""

    @property
    def place(self) -> str:
        """The path or the address, empty where there is neither."""
        return self.address if self.path is None else str(self.path)

    @property
    def file_name(self) -> str:
        """What the file is called; of one elsewhere with its host. Empty where there is none."""
        if self.path is not None:
            return self.path.name
        return address_title(self.address) if self.address else ""

    @property
    def epoch(self) -> Epoch:
        """The instant t_s = 0."""
        return self.fleet.epoch

    @property
    def size_bytes(self) -> int:
        """Bytes of the file, or of all files of it; 0 where there is none any more."""
        if self.recording is not None:
            return self.recording.size_bytes
        try:
            return self.path.stat().st_size if self.path is not None else 0
        except OSError:
            return 0

    @property
    def is_recorded(self) -> bool:
        """Whether there are recorded frames to play."""
        return self.recording is not None and len(self.recording.times_s) > 0

    @property
    def span_s(self) -> tuple[float, float]:
        """First and last instant that can be shown, seconds from the epoch."""
        if self.recording is not None and len(self.recording.times_s) > 0:
            return float(self.recording.times_s[0]), float(self.recording.times_s[-1])
        return 0.0, self.scenario.duration_s if self.scenario is not None else 86400.0


def recording_notes(document: Document) -> tuple[str, ...]:
    """What of the recording is left aside, in sentences; () where nothing is, or nothing is said."""
    return tuple(getattr(document.recording, "notes", ()))
