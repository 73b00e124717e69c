"""Values of a document as a table: which nodes, which columns, which instants; written by an exporter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.api.document import Instant, OpenDocument
from orbitviz.api.opening import open
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.files.exporters import Column, exporter_for
from orbitviz.files.exporters import Instant as TableInstant
from orbitviz.metrics import METRICS, OrbitFrame

DEFAULT_STEP_S = 60.0
POSITION = ("x_km", "y_km", "z_km")
"""Columns of the SGP4 position in TEME, asked for like metrics."""
FEW_NODES = 16
"""Up to so many nodes a recording is read node by node, by history, instead of frame by frame."""


def export(
    what: str | Path | Document,
    out: str | Path,
    *,
    nodes: str | Sequence[int] = "all",
    metrics: Sequence[str] | None = None,
    start: Instant = None,
    end: Instant = None,
) -> int:
    """Write values as a table, one row a node and instant, in the format of out's ending; returns the rows written.

    nodes: "all", row numbers as text or numbers ("0,17"), or node ids ("id:1003"). metrics: names, also x_km, y_km and
    z_km; by default every metric. start, end: the first and last instant, as UTC text or in seconds from the epoch;
    instants are the frames of a recording, or the steps of a scenario. Raises OrbitvizError.
    """
    document, path = open(what), Path(out)
    exporter = exporter_for(path)
    rows = node_rows(document.fleet, nodes)
    columns = [_column(document, name) for name in metrics or document.metrics]
    times_s = _export_times(document, start, end)
    return exporter.write(path, document.epoch, rows, columns, _instants(document, rows, columns, times_s))


def node_rows(fleet: Fleet, nodes: str | Sequence[int]) -> NDArray[np.intp]:
    """Rows of a fleet from "all", "0,17", "id:1003" or numbers. Raises OrbitvizError for one that is not there."""
    if isinstance(nodes, str) and nodes.strip().lower() == "all":
        return np.arange(len(fleet))
    parts = nodes.split(",") if isinstance(nodes, str) else [str(node) for node in nodes]
    return np.array([_node_row(fleet, part.strip()) for part in parts], dtype=np.intp)


def _node_row(fleet: Fleet, text: str) -> int:
    number = text.removeprefix("id:").strip()
    if not (number.isascii() and number.isdigit()):
        raise OrbitvizError(f"a node must be a row number or id:NUMBER, got '{text}'", "write for example 0,17,id:1003")
    if text.startswith("id:"):
        found = np.flatnonzero(fleet.node_id == int(number))
        if not len(found):
            raise OrbitvizError(f"a node id must be one of the fleet's, got {number}", "see /fleet/node_id")
        return int(found[0])
    if int(number) >= len(fleet):
        raise OrbitvizError(f"a row must be from 0 to {len(fleet) - 1}, got {number}", "rows count from 0")
    return int(number)


def _column(document: Document, name: str) -> Column:
    if name in POSITION:
        return Column(name, "km", decimals=6)
    if name not in document.metrics:
        known = ", ".join((*document.metrics, *POSITION))
        raise OrbitvizError(f"a metric must be one of {known}, got '{name}'", "name one of these")
    info = document.metrics[name]
    return Column(name, info.unit, info.flags if info.is_category else None)


def _export_times(document: OpenDocument, start: Instant, end: Instant) -> NDArray[np.float64]:
    """Recorded instants, or a scenario's steps, from start to end, both counted in."""
    times_s: NDArray[np.float64]
    if document.recording is not None:
        times_s = np.asarray(document.recording.times_s, dtype=np.float64)
    else:
        step_s = document.scenario.step_s if document.scenario is not None else DEFAULT_STEP_S
        first_s = 0.0 if start is None else document.t_s(start)
        last_s = document.span_s[1] - step_s if end is None else document.t_s(end)
        count = max(0, int(np.floor((last_s - first_s) / step_s + 1e-9)) + 1)
        times_s = first_s + step_s * np.arange(count, dtype=np.float64)
    kept = np.ones(len(times_s), dtype=bool)
    if start is not None:
        kept &= times_s >= document.t_s(start) - 1e-6
    if end is not None:
        kept &= times_s <= document.t_s(end) + 1e-6
    if not kept.any():
        raise OrbitvizError("an export must have at least one instant, none is from --from to --to", "widen the span")
    return np.asarray(times_s[kept])


def _instants(
    document: OpenDocument, rows: NDArray[np.intp], columns: Sequence[Column], times_s: NDArray[np.float64]
) -> Iterator[TableInstant]:
    """The values of each instant, read or computed when the writer asks for them."""
    recording = document.recording
    recorded = [column.name for column in columns if recording is not None and column.name in recording.metrics]
    histories: dict[str, NDArray[np.float32]] = {}
    if recording is not None and len(rows) <= FEW_NODES < len(times_s):
        for name in recorded:
            histories[name] = recording.histories(name, rows).T
    computed = [column.name for column in columns if column.name not in recorded]
    part = document.part(rows) if computed else document
    first = 0 if recording is None else int(np.searchsorted(recording.times_s, times_s[0]))
    for index, t_s in enumerate(times_s.tolist(), start=first):
        values: dict[str, NDArray[Any]] = {name: series[index] for name, series in histories.items()}
        values |= {name: document.frame(name, index)[rows] for name in recorded if name not in histories}
        if computed:
            values |= _computed(part.orbit_frame(t_s), computed)
        yield TableInstant(t_s, values)


def _computed(frame: OrbitFrame, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    axes: dict[str, NDArray[Any]] = dict(zip(POSITION, frame.position_km.T, strict=True))
    return {name: axes[name] if name in axes else METRICS[name].compute(frame) for name in names}
