"""Document: what is open. A scenario (elements only), or a recording (elements and recorded metrics)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import FrameSource, MetricInfo
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
    def complete(self) -> bool:
        """Whether the recording ended as intended."""

    @property
    def size_bytes(self) -> int:
        """Bytes on disk."""


@dataclass(frozen=True)
class Document:
    """What is open. `metrics`: by name, the recorded ones and those computed from the elements."""

    kind: Literal["scenario", "recording"]
    path: Path | None
    title: str
    fleet: Fleet
    scenario: Scenario | None
    recording: Recording | None
    metrics: Mapping[str, MetricInfo]

    @property
    def epoch(self) -> Epoch:
        """The instant t_s = 0."""
        return self.fleet.epoch

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
