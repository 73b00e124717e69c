"""What a document holds, in plain values: what `orbitviz info` tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any

import numpy as np

from orbitviz.core.document import Document, recording_notes
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import NO_FIGURES, origin_of
from orbitviz.files.schema import FORMAT_VERSION
from orbitviz.metrics import DERIVED

MODEL = {
    "orbits": "SGP4 with WGS72 constants from mean elements; positions in TEME",
    "sunlight": "cones of umbra and penumbra with overlap of the disks; sphere of 6378.137 km, no air; erfa's Sun",
    "node": "array, battery, compute under the recipe's workload, one lumped radiator; steps split at the shadow",
}
_UNSAID = "default of orbitviz"


def describe(document: Document) -> dict[str, Any]:
    """What a document holds, as plain values: what `orbitviz info` tells."""
    fleet, scenario, recording = document.fleet, document.scenario, document.recording
    told: dict[str, Any] = {
        "kind": document.kind,
        "path": document.place or None,
        "format_version": FORMAT_VERSION,
        "title": document.title,
        "description": fleet.description or (scenario.description if scenario is not None else ""),
        "epoch_utc": document.epoch.iso(),
        "nodes": len(fleet),
        "links": 0 if fleet.pairs is None else len(fleet.pairs),
        "size_bytes": document.size_bytes,
        "refused": len(fleet.refused),
    }
    told |= _frames_told(document)
    told["metrics"] = {name: _metric_told(document, info) for name, info in document.metrics.items()}
    told |= _beside_told(document)
    told["node_types"] = [{"name": kind.name, "assumed": list(kind.assumed)} for kind in fleet.node_types]
    told["assumed_node"] = assumed_node(document)
    told["scenario"] = _scenario_told(document)
    told["shells"] = [vars(shell) for shell in fleet.shells]
    told["model"] = MODEL if recording is not None else {key: MODEL[key] for key in ("orbits", "sunlight")}
    told["notes"] = list(recording_notes(document))
    told["sources"] = list(fleet.sources or (scenario.sources if scenario is not None else ()))
    return told


def assumed_node(document: Document) -> str:
    """What to say aloud of a catalogue: its node values are defaults of orbitviz. Empty for what has a recipe, and for
    node types of which something is known."""
    kinds = document.fleet.node_types
    figures = [item.name for item in fields(NodeType) if item.name not in NO_FIGURES]
    if document.scenario is not None or not kinds or any(name not in kinds[0].assumed for name in figures):
        return ""
    node = kinds[0]
    array_kw = node.array_area_m2 * node.array_w_per_m2 * 1e-3
    return (
        "a catalogue says where its objects fly, not what they are: power, heat, battery and compute of each node rest "
        f"on orbitviz's default node, all of it assumed ({node.mass_kg:,.0f} kg, {array_kw:,.0f} kW array, "
        f"{node.compute_average_kw:,.0f} kW of compute, {node.battery_kwh:,.0f} kWh battery)"
    )


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
    told: dict[str, Any] = {
        "unit": info.unit,
        "long_name": info.long_name,
        "range": [info.low, info.high],
        "low": info.low,
        "high": info.high,
        "mean": info.mean,
        "kind": info.kind,
        "formula": info.formula,
        "source": info.source,
    }
    recording = document.recording
    told["recorded"] = recording is not None and info.name in recording.metrics and info.name not in DERIVED
    if recording is not None and told["recorded"]:
        told |= {"max_error": info.max_error, "clipped": recording.clipped.get(info.name, 0), "dtype": info.dtype}
    if info.is_category:
        told["flags"] = {str(number): word for number, word in info.flags.items()}
    return told


def _beside_told(document: Document) -> dict[str, Any]:
    """What a recording holds beside the nodes' frames; events by kind, jobs by number."""
    recording = document.recording
    if recording is None:
        return {"totals": {}, "surface": {}, "events": {}, "jobs": 0}
    return {
        "totals": {name: _quantity_told(info) for name, info in recording.total_infos.items()},
        "surface": {name: _quantity_told(info) for name, info in recording.surface.items()},
        "events": dict(Counter(event.kind for event in recording.events)),
        "jobs": len(recording.jobs),
    }


def _quantity_told(info: QuantityInfo) -> dict[str, Any]:
    return {key: value for key, value in vars(info).items() if key != "name" and value != ""}


def _scenario_told(document: Document) -> dict[str, Any]:
    """Every field of what the scenario is made of: value, unit, kind and source of the value."""
    scenario = document.scenario
    told: dict[str, Any] = {"node_types": [_fields_told(kind) for kind in document.fleet.node_types]}
    if scenario is None:
        return {**told, "shells": [], "workloads": []}
    told["shells"] = [_fields_told(shell) for shell in scenario.shells]
    told["workloads"] = [_fields_told(workload) for workload in scenario.workloads]
    told["links"] = _fields_told(scenario.links)
    return {**told, "seed": scenario.seed}


def _fields_told(thing: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"name": thing.name} if hasattr(thing, "name") else {}
    for item in fields(thing):
        if item.name in NO_FIGURES:
            continue
        value = getattr(thing, item.name)
        kind, source = origin_told(thing, item.name)
        told[item.name] = {"value": value, "unit": item.metadata.get("unit", "1"), "kind": kind, "source": source}
        if item.metadata.get("text"):
            told[item.name]["text"] = item.metadata["text"]
    return told


def origin_told(thing: Any, key: str) -> tuple[str, str]:
    """(kind, source) of a field's value; one that the recipe states without a source is no default of ours."""
    kind, source = origin_of(thing, key)
    if source != _UNSAID or getattr(thing, key) == thing.__dataclass_fields__[key].default:
        return kind, source
    if isinstance(thing, NodeType) and key == "array_w_per_m2" and thing.cell_efficiency is not None:
        return "computed", "1361 W/m2 x cell_efficiency x array_packing"
    return kind, "stated without a source"
