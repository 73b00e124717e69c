"""What a recording holds beside the nodes' frames, being read: totals, sums over the ground, events, jobs.

Nothing of it is needed to show the nodes: what does not follow the format is left aside, with a sentence in `notes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import LONGEST_S
from orbitviz.core.event import Event, Job
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.files import schema
from orbitviz.files.attributes import text_attribute
from orbitviz.files.codec import is_direct, read_chunk
from orbitviz.files.quantities import surface_words, total_words

MAX_TOTALS_BYTES = 256 << 20
"""All totals of a file together, in memory."""
MAX_ROWS = 100_000
"""Events, and jobs, that are read."""

_JOB_NUMBERS = ("first_frame", "last_frame", "done_pf_s", "lost_pf_s", "stalled_s")

Columns = dict[str, NDArray[Any]]


class TablesReader:
    """Reads once, when the recording is opened, all but the surface sums and the members of jobs."""

    def __init__(
        self,
        file: h5py.File,
        path: Path,
        times_s: NDArray[np.float64],
        metrics: Mapping[str, MetricInfo],
        nodes: int,
        step_s: float,
    ) -> None:
        self._file, self._path, self._times_s, self._nodes = file, path, times_s, nodes
        self.notes: list[str] = []
        self.totals: dict[str, NDArray[np.float64]] = {}
        self.total_infos: dict[str, QuantityInfo] = {}
        self.surface: dict[str, QuantityInfo] = {}
        self._read_totals(metrics)
        self._find_surface(metrics)
        self.events = self._read_events(step_s)
        self._members: list[tuple[int, int]] = []
        self.jobs = self._read_jobs()

    # -- Totals ------------------------------------------------------------------------------------------------------

    def _read_totals(self, metrics: Mapping[str, MetricInfo]) -> None:
        frames, left = len(self._times_s), MAX_TOTALS_BYTES
        for name, dataset in self._datasets("totals"):
            fits = dataset is not None and 1 <= dataset.ndim <= 2 and dataset.dtype.kind in "uif"
            if not fits or dataset.shape[0] < frames:
                self.notes.append(f"'/totals/{name}' is not (frames,) or (frames, K) numbers and is not shown")
                continue
            left -= frames * int(np.prod(dataset.shape[1:])) * 8
            if left < 0:
                self.notes.append(f"'/totals/{name}' and what follows are more than 256 MB of totals and are not shown")
                return
            values = self._values(dataset, frames)
            if values is not None:
                self.totals[name] = values.astype(np.float64)
                self.total_infos[name] = self._info(dataset, total_words(name, metrics))

    def _info(self, dataset: h5py.Dataset, known: QuantityInfo) -> QuantityInfo:
        """What the file says of a total or a surface sum, and what its name says where the file is silent."""

        def said(attribute: str, otherwise: str, length: int) -> str:
            return text_attribute(dataset, attribute, self._path, otherwise)[:length]

        return QuantityInfo(
            name=known.name,
            unit=said("units", known.unit, 40),
            long_name=said("long_name", known.long_name, 120),
            kind=said("kind", known.kind, 40),
            formula=said("formula", known.formula, 500),
            source=said("source", known.source, 500),
            columns=said("columns", known.columns, 500),
            mean="mean" in said("cell_methods", "time: mean" if known.mean else "", 100),
        )

    # -- Sums over the ground ----------------------------------------------------------------------------------------

    def _find_surface(self, metrics: Mapping[str, MetricInfo]) -> None:
        for name, dataset in self._datasets("surface"):
            fits = dataset is not None and dataset.shape[1:] == schema.SURFACE_SHAPE and dataset.dtype.kind in "uif"
            if not fits or dataset.shape[0] < len(self._times_s):
                self.notes.append(f"'/surface/{name}' is not (frames, 90, 180) numbers and is not shown")
                continue
            self.surface[name] = self._info(dataset, surface_words(name, metrics))

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """(90, 180) float32 of one frame, NaN where there is none. OSError, ValueError: the chunk is damaged."""
        dataset = self._file["surface"][name]
        if not (is_direct(dataset) and dataset.chunks == (1, *schema.SURFACE_SHAPE) and dataset.dtype == np.float32):
            return np.asarray(dataset[index], np.float32)
        values = np.empty(schema.SURFACE_SHAPE, np.float32)
        try:
            read_chunk(dataset, (index, 0, 0), values)
        except KeyError:
            values[:] = dataset.fillvalue
        return values

    # -- Events ------------------------------------------------------------------------------------------------------

    def _read_events(self, step_s: float) -> tuple[Event, ...]:
        """Those of committed frames: by the count kept with each frame, else by their time."""
        columns = self._table("/events", schema.EVENTS)
        if not columns:
            return ()
        t_s, node = columns["t_s"].astype(np.float64), columns["node"]
        rows = self._trusted_rows(t_s, step_s)
        sound = (np.abs(t_s) <= LONGEST_S) & (node >= -1) & (node < self._nodes)
        wrong = int(np.count_nonzero(~sound[rows]))
        if wrong:
            self.notes.append(f"{wrong:,} of the events are at no time or of no node of the fleet and are left out")
        rows = rows[sound[rows]]
        kinds, texts = _words(columns["kind"][rows]), _words(columns["text"][rows])
        return tuple(
            Event(float(t), kind, int(row), text)
            for t, kind, row, text in zip(t_s[rows], kinds, node[rows], texts, strict=True)
        )

    def _trusted_rows(self, t_s: NDArray[np.float64], step_s: float) -> NDArray[np.intp]:
        frames, counts = len(self._times_s), self._file.get(schema.EVENT_COUNT.path)
        if frames == 0:
            return np.empty(0, np.intp)
        if isinstance(counts, h5py.Dataset) and counts.shape[0] >= frames:
            return np.arange(min(int(counts[frames - 1]), len(t_s)))
        return np.flatnonzero(t_s <= self._times_s[-1] + step_s)

    # -- Jobs --------------------------------------------------------------------------------------------------------

    def _read_jobs(self) -> tuple[Job, ...]:
        columns = self._table("/jobs", schema.JOBS)
        members = self._file.get(schema.JOB_MEMBERS.path)
        if not columns:
            return ()
        listed = members.shape[0] if isinstance(members, h5py.Dataset) else 0
        first, count = columns["first_member"].astype(np.int64), columns["member_count"].astype(np.int64)
        begins, ends = columns["first_frame"].astype(np.int64), columns["last_frame"].astype(np.int64)
        sound = (first >= 0) & (first <= listed) & (count >= 0) & (count <= self._nodes) & (first + count <= listed)
        sound &= (begins >= 0) & (begins <= ends) & (ends < len(self._times_s))
        wrong = int(np.count_nonzero(~sound))
        if wrong:
            self.notes.append(f"{wrong:,} of the jobs name members or frames that are not there and are left out")
        rows = np.flatnonzero(sound)
        self._members = list(zip(first[rows].tolist(), count[rows].tolist(), strict=True))
        numbers = {name: columns[name][rows].tolist() for name in _JOB_NUMBERS}
        words = {name: _words(columns[name][rows]) for name in ("name", "kind", "workload")}
        none = np.empty(0, np.uint32)
        cells = {**words, **numbers}
        return tuple(Job(members=none, **{name: cells[name][k] for name in cells}) for k in range(len(rows)))

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """(M,) rows of job `index`. OSError, ValueError: they are damaged or of no node."""
        first, count = self._members[index]
        rows = np.asarray(self._file[schema.JOB_MEMBERS.path][first : first + count], np.int64)
        if len(rows) and not 0 <= rows.min() <= rows.max() < self._nodes:
            raise ValueError(f"they must be rows below {self._nodes:,}, got {rows.max():,}")
        return rows.astype(np.uint32)

    # -- Both --------------------------------------------------------------------------------------------------------

    def _datasets(self, name: str) -> Iterator[tuple[str, Any]]:
        """Members of a group; None for what is no dataset."""
        group = self._file.get(name)
        if isinstance(group, h5py.Group):
            for member, thing in group.items():
                yield member, thing if isinstance(thing, h5py.Dataset) else None

    def _table(self, name: str, declared: tuple[schema.Column, ...]) -> Columns:
        """At most MAX_ROWS rows of a table's columns by name; {} where there is no such table, or none that fits."""
        found = [self._file.get(column.path) for column in declared]
        if name not in self._file:
            return {}
        if not all(isinstance(dataset, h5py.Dataset) for dataset in found) or len({len(d) for d in found}) != 1:
            words = ", ".join(column.path.rpartition("/")[2] for column in declared)
            self.notes.append(f"'{name}' is not a table of equally long {words} and is not shown")
            return {}
        if len(found[0]) > MAX_ROWS:
            self.notes.append(f"'{name}' has {len(found[0]):,} rows, the first {MAX_ROWS:,} are shown")
        columns = {}
        for column, dataset in zip(declared, found, strict=True):
            values = self._values(dataset, min(len(dataset), MAX_ROWS))
            if values is None:
                return {}
            columns[column.path.rpartition("/")[2]] = values
        return columns

    def _values(self, dataset: h5py.Dataset, rows: int) -> NDArray[Any] | None:
        """The first rows; None, and a note, where they are damaged."""
        try:
            return np.asarray(dataset[:rows])
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
            self.notes.append(f"'{dataset.name}' is damaged and is not shown: {reason}")
            return None


def _words(cells: NDArray[Any]) -> list[str]:
    return [bytes(cell).decode("utf-8", "replace").strip("\x00 ") for cell in cells]
