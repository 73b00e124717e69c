"""Simulate a fleet and write the recording: fixed shards of nodes, one process a core, one writer."""

from __future__ import annotations

from orbitviz.recorder.loop import Progress
from orbitviz.recorder.run import RecordResult, record

__all__ = ["Progress", "RecordResult", "record"]
