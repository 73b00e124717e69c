"""What a document holds, in plain values: what `orbitviz info` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from orbitviz.core.document import Document
from orbitviz.core.frame import MetricInfo
from orbitviz.files.schema import FORMAT_VERSION

MODEL = {
    "orbits": "SGP4 with WGS72 constants from mean elements; positions in TEME",
    "sunlight": "cones of umbra and penumbra with overlap of the disks; sphere of 6378.137 km, no air; erfa's Sun",
    "node": "array, battery, compute under the recipe's workload, one lumped radiator; steps split at the shadow",
}


def describe(document: Document) -> dict[str, Any]:
    """What a document holds, as plain values: what `orbitviz info` tells."""
    fleet, scenario, recording = document.fleet, document.scenario, document.recording
    told: dict[str, Any] = {
        "kind": document.kind,
        "path": None if document.path is None else str(document.path),
        "format_version": FORMAT_VERSION,
        "title": document.title,
        "description": fleet.description or (scenario.description if scenario is not None else ""),
        "epoch_utc": document.epoch.iso(),
        "nodes": len(fleet),
        "links": 0 if fleet.pairs is None else len(fleet.pairs),
        "size_bytes": document.path.stat().st_size if document.path is not None else 0,
        "refused": len(fleet.refused),
    }
    told |= _frames_told(document)
    told["metrics"] = {name: _metric_told(document, info) for name, info in document.metrics.items()}
    told["node_types"] = [{"name": kind.name, "assumed": list(kind.assumed)} for kind in fleet.node_types]
    told["shells"] = [vars(shell) for shell in fleet.shells]
    told["model"] = MODEL if recording is not None else {key: MODEL[key] for key in ("orbits", "sunlight")}
    told["sources"] = list(fleet.sources or (scenario.sources if scenario is not None else ()))
    return told


def _frames_told(document: Document) -> dict[str, Any]:
    """Frames are at start, start + step, ..., end - step."""
    recording = document.recording
    if recording is None or not document.is_recorded:
        return {"frames": 0, "start": None, "end": None, "step_s": None, "complete": recording is None}
    times_s = recording.times_s
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else getattr(recording, "step_s", 0.0)
    first, last = document.span_s
    return {
        "frames": len(times_s),
        "start": document.epoch.plus(first).iso(),
        "end": document.epoch.plus(last + step_s).iso(),
        "step_s": step_s,
        "complete": recording.complete,
    }


def _metric_told(document: Document, info: MetricInfo) -> dict[str, Any]:
    told: dict[str, Any] = {"unit": info.unit, "long_name": info.long_name, "range": [info.low, info.high]}
    told["recorded"] = document.recording is not None and info.name in document.recording.metrics
    if told["recorded"]:
        told["max_error"] = info.max_error
    if info.is_category:
        told["flags"] = {str(number): word for number, word in info.flags.items()}
    return told
