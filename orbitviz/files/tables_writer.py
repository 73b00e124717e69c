"""What a recording holds beside the nodes' frames, being written: totals, sums over the ground, events, jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.event import EVENT_KINDS, Event, Job
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.files import schema
from orbitviz.files.codec import LEVEL, deflate, string_dtype
from orbitviz.files.fleet_file import describe, fixed_text, set_text, write_declared
from orbitviz.files.quantities import surface_words, total_words

_EVENT_ROWS = 256
"""Rows of a chunk of /events. They are not packed: a packed chunk that grows would leave holes in the file."""


class TablesWriter:
    """Grows by a frame at a time; what is begun after the last committed frame is dropped by `trim`."""

    def __init__(self, file: h5py.File, metrics: Mapping[str, MetricInfo], nodes: int) -> None:
        self._file, self._metrics, self._nodes = file, metrics, nodes
        self._totals: dict[str, Any] = {}
        self._surface: dict[str, Any] = {}
        self._event_count = 0
        file.create_group("totals")
        self._events = {column.path: _growing(file, column, _EVENT_ROWS) for column in schema.EVENTS}
        self._counts = _growing(file, schema.EVENT_COUNT, 1024)

    # -- A frame -----------------------------------------------------------------------------------------------------

    def write(
        self,
        frame: int,
        totals: Mapping[str, Any],
        surface: Mapping[str, NDArray[np.float32]],
        events: Sequence[Event],
    ) -> int:
        """Everything of frame `frame`; returns the bytes of the surface sums as packed."""
        for name, value in totals.items():
            values = np.asarray(value, np.float64)
            append(self._total(name, values), frame, values)
        size = sum(self._write_surface(name, frame, cells) for name, cells in surface.items())
        if events:
            self._write_events(events)
        append(self._counts, frame, self._event_count)
        return size

    def _write_surface(self, name: str, frame: int, cells: NDArray[np.float32]) -> int:
        values = np.ascontiguousarray(cells, np.float32)
        if values.shape != schema.SURFACE_SHAPE or not np.isfinite(values).all():
            raise ValueError(f"surface sums must be {schema.SURFACE_SHAPE} finite numbers, those of '{name}' are not")
        dataset = self._of_surface(name)
        if dataset.shape[0] <= frame:
            dataset.resize(frame + 1, axis=0)
        data = deflate(values)
        dataset.id.write_direct_chunk((frame, 0, 0), data)
        return len(data)

    def _write_events(self, events: Sequence[Event]) -> None:
        start = self._event_count
        values: dict[str, Any] = {
            "/events/t_s": [event.t_s for event in events],
            "/events/kind": [fixed_text(event.kind, 32) for event in events],
            "/events/node": [event.node for event in events],
            "/events/text": [fixed_text(event.text, 200) for event in events],
        }
        for path, dataset in self._events.items():
            dataset.resize(start + len(events), axis=0)
            dataset[start:] = np.array(values[path]).astype(dataset.dtype)
        self._event_count += len(events)

    def check_events(self, events: Iterable[Event]) -> None:
        """ValueError where an event is of no known kind, of no node, or at no time."""
        for event in events:
            if event.kind not in EVENT_KINDS or not -1 <= event.node < self._nodes or not np.isfinite(event.t_s):
                raise ValueError(f"an event must be of a known kind, at a row of the fleet or -1, got {event}")

    # -- The datasets ------------------------------------------------------------------------------------------------

    def _total(self, name: str, values: NDArray[np.float64]) -> Any:
        if name not in self._totals:
            chunks = (max(1, 1024 // max(1, values.size)), *values.shape)
            most = (None, *values.shape)
            dataset = self._file["totals"].create_dataset(
                name, (0, *values.shape), "f8", maxshape=most, chunks=chunks, fillvalue=np.nan
            )
            tell(dataset, total_words(name, self._metrics))
            self._totals[name] = dataset
        return self._totals[name]

    def _of_surface(self, name: str) -> Any:
        if name not in self._surface:
            dataset = self._file.require_group("surface").create_dataset(
                name,
                (0, *schema.SURFACE_SHAPE),
                "f4",
                maxshape=(None, *schema.SURFACE_SHAPE),
                chunks=(1, *schema.SURFACE_SHAPE),
                compression="gzip",
                compression_opts=LEVEL,
                fillvalue=np.nan,
            )
            tell(dataset, surface_words(name, self._metrics), "itrf")
            dataset.attrs["cell_size_deg"] = 180.0 / schema.SURFACE_SHAPE[0]
            set_text(dataset, "cell_rows", "latitude (WGS84) from south to north; row 0 is -90 to -88 degrees")
            set_text(dataset, "cell_columns", "longitude from west to east; column 0 is -180 to -178 degrees")
            self._surface[name] = dataset
        return self._surface[name]

    # -- The end -----------------------------------------------------------------------------------------------------

    def write_jobs(self, jobs: Sequence[Job], committed: int) -> None:
        """/jobs, once: jobs that begin after the last committed frame are left out, longer ones are cut there."""
        kept = [job for job in jobs if job.first_frame < committed]
        counts = np.array([len(job.members) for job in kept], np.int64)
        columns: dict[str, Any] = {
            "name": [fixed_text(job.name, 48) for job in kept],
            "kind": [fixed_text(job.kind, 16) for job in kept],
            "workload": [fixed_text(job.workload, 48) for job in kept],
            "last_frame": [min(job.last_frame, committed - 1) for job in kept],
            "first_member": np.concatenate([[0], np.cumsum(counts)[:-1]]) if kept else [],
            "member_count": counts,
        }
        for column in schema.JOBS:
            name = column.path.rpartition("/")[2]
            values = columns.get(name, [getattr(job, name, 0) for job in kept])
            write_declared(self._file, column.path, np.array(values, column.dtype))
        members = [np.asarray(job.members, np.uint32) for job in kept]
        write_declared(self._file, schema.JOB_MEMBERS.path, np.concatenate([np.empty(0, np.uint32), *members]))

    def trim(self, committed: int) -> None:
        """Drops what belongs to frames that were never committed."""
        for dataset in (*self._totals.values(), *self._surface.values()):
            _cut(dataset, committed)
        rows = int(self._counts[committed - 1]) if committed else 0
        for dataset in self._events.values():
            _cut(dataset, rows)
        _cut(self._counts, committed)


def append(dataset: Any, frame: int, value: Any) -> None:
    """One more row of a dataset that grows with the frames; past h5py's own way, which takes five times as long."""
    row = np.array(value, dataset.id.dtype, order="C")[None]
    shape = (frame + 1, *row.shape[1:])
    dataset.id.set_extent(shape)
    place = h5py.h5s.create_simple(shape)
    place.select_hyperslab((frame,) + (0,) * (row.ndim - 1), row.shape)
    dataset.id.write(h5py.h5s.create_simple(row.shape), place, row)


def tell(dataset: Any, info: QuantityInfo, frame: str = "") -> None:
    """What a total or a surface sum is, as attributes."""
    describe(dataset, info.unit, info.long_name, frame)
    set_text(dataset, "cell_methods", "time: mean" if info.mean else "time: point")
    for name in ("kind", "formula", "source"):
        set_text(dataset, name, getattr(info, name))
    if info.columns:
        set_text(dataset, "columns", info.columns)


def _growing(file: h5py.File, column: schema.Column, rows: int) -> Any:
    kind = string_dtype(int(column.dtype[1:])) if column.dtype.startswith("S") else column.dtype
    dataset = file.create_dataset(column.path, (0,), kind, maxshape=(None,), chunks=(rows,))
    describe(dataset, column.unit, column.long_name)
    return dataset


def _cut(dataset: Any, rows: int) -> None:
    if dataset.shape[0] != rows:
        dataset.resize(rows, axis=0)
