"""Simulate a fleet and write the recording: fixed shards of nodes, one process a core, one writer."""

from __future__ import annotations

from orbitviz.recorder.run import Progress, RecordResult, record

__all__ = ["Progress", "RecordResult", "record"]
