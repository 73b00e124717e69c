"""What a recording holds beside the nodes' frames, being read: totals, sums over the ground, events, jobs.

Nothing of it is needed to show the nodes: what does not follow the format is left aside, with a sentence in `notes`.
Of a file that is being written only what was added is read, and what cannot be read now is an error: look again.
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
from orbitviz.files.codec import filters_of, is_direct, read_chunk
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
        held: TablesReader | None = None,
        live: bool = False,
    ) -> None:
        """held: what was read of the same file before it grew; live: the file is being written. OSError then, where
        what is committed cannot be read."""
        self._file, self._path, self._times_s, self._nodes = file, path, times_s, nodes
        self._held, self._live = held, live
        self._event_rows = 0
        self.moving = False  # packed totals of several frames a chunk are written anew, elsewhere, with each frame
        self.notes: list[str] = []
        self.totals: dict[str, NDArray[np.float64]] = {}
        self.total_infos: dict[str, QuantityInfo] = {}
        self.surface: dict[str, QuantityInfo] = {}
        self._read_totals(metrics)
        self._find_surface(metrics)
        self.events = self._read_events(step_s)
        self._members: list[tuple[int, int]] = []
        self.jobs = self._read_jobs()
        self._held = None

    # -- Totals ------------------------------------------------------------------------------------------------------

    def _read_totals(self, metrics: Mapping[str, MetricInfo]) -> None:
        frames, left = len(self._times_s), MAX_TOTALS_BYTES
        for name, dataset in self._datasets("totals"):
            fits = dataset is not None and 1 <= dataset.ndim <= 2 and dataset.dtype.kind in "uif"
            if not fits or dataset.shape[0] < frames:
                self.notes.append(f"'/totals/{name}' is not (frames,) or (frames, K) numbers and is not shown")
                continue
            self.moving |= live_moving(dataset)
            left -= frames * int(np.prod(dataset.shape[1:])) * 8
            if left < 0:
                self.notes.append(f"'/totals/{name}' and what follows are more than 256 MB of totals and are not shown")
                return
            known = self._known_total(name, dataset.shape[1:])
            values = self._values(dataset, frames, len(known))
            if values is not None:
                self.totals[name] = np.concatenate([known, values.astype(np.float64)]) if len(known) else values * 1.0
                old = self._held.total_infos.get(name) if self._held is not None else None
                self.total_infos[name] = old or self._info(dataset, total_words(name, metrics))

    def _known_total(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """What was read of a total before the file grew; no rows where nothing was."""
        known = None if self._held is None else self._held.totals.get(name)
        return known if known is not None and known.shape[1:] == shape else np.empty((0, *shape))

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

    def tells_the_same(self, other: TablesReader) -> bool:
        """Whether another look at the same frames read the same totals."""
        return self.totals.keys() == other.totals.keys() and all(
            np.array_equal(values, other.totals[name], equal_nan=True) for name, values in self.totals.items()
        )

    # -- Sums over the ground ----------------------------------------------------------------------------------------

    def _find_surface(self, metrics: Mapping[str, MetricInfo]) -> None:
        for name, dataset in self._datasets("surface"):
            fits = dataset is not None and dataset.shape[1:] == schema.SURFACE_SHAPE and dataset.dtype.kind in "uif"
            if not fits or dataset.shape[0] < len(self._times_s):
                self.notes.append(f"'/surface/{name}' is not (frames, 90, 180) numbers and is not shown")
                continue
            old = self._held.surface.get(name) if self._held is not None else None
            self.surface[name] = old or self._info(dataset, surface_words(name, metrics))

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """(90, 180) float32 of one frame, NaN where there is none. OSError, ValueError: the chunk is damaged."""
        return read_surface(self._file["surface"][name], index, self._live)

    # -- Events ------------------------------------------------------------------------------------------------------

    def _read_events(self, step_s: float) -> tuple[Event, ...]:
        """Those of committed frames: by the count kept with each frame, else by their time."""
        counted = self._counted_events()
        held = self._held if counted is not None else None
        first, known = (0, ()) if held is None else (held._event_rows, held.events)
        columns = self._table("/events", schema.EVENTS, first, counted)
        if not columns:
            return known
        t_s, node = columns["t_s"].astype(np.float64), columns["node"]
        self._event_rows = first + len(t_s)
        rows = np.arange(len(t_s)) if counted is not None else self._until_now(t_s, step_s)
        sound = (np.abs(t_s) <= LONGEST_S) & (node >= -1) & (node < self._nodes)
        wrong = int(np.count_nonzero(~sound[rows]))
        if wrong:
            self.notes.append(f"{wrong:,} of the events are at no time or of no node of the fleet and are left out")
        rows = rows[sound[rows]]
        kinds, texts = _words(columns["kind"][rows]), _words(columns["text"][rows])
        return known + tuple(
            Event(float(t), kind, int(row), text)
            for t, kind, row, text in zip(t_s[rows], kinds, node[rows], texts, strict=True)
        )

    def _counted_events(self) -> int | None:
        """Events of committed frames as the file counts them; None where it does not."""
        frames, counts = len(self._times_s), self._file.get(schema.EVENT_COUNT.path)
        if not isinstance(counts, h5py.Dataset) or counts.shape[0] < frames:
            return None
        if frames == 0:
            return 0
        if self._live and not has_chunks(counts, frames):
            raise OSError(f"the chunks of '{counts.name}' must be there, they are not all")
        return max(int(counts[frames - 1]), 0)

    def _until_now(self, t_s: NDArray[np.float64], step_s: float) -> NDArray[np.intp]:
        return np.flatnonzero(t_s <= self._times_s[-1] + step_s) if len(self._times_s) else np.empty(0, np.intp)

    # -- Jobs --------------------------------------------------------------------------------------------------------

    def _read_jobs(self) -> tuple[Job, ...]:
        said = len(self.notes)
        columns = self._table("/jobs", schema.JOBS)
        members = self._file.get(schema.JOB_MEMBERS.path)
        if not columns:
            if self._live:
                del self.notes[said:]  # they are written at the end, and may be under way
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

    def job_members(self, index: int, file: h5py.File | None = None) -> NDArray[np.uint32]:
        """(M,) rows of job `index`, of another handle where one is given. OSError, ValueError: they are damaged or of
        no node."""
        first, count = self._members[index]
        rows = np.asarray(
            (self._file if file is None else file)[schema.JOB_MEMBERS.path][first : first + count], np.int64
        )
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

    def _table(
        self, name: str, declared: tuple[schema.Column, ...], first: int = 0, most: int | None = None
    ) -> Columns:
        """Rows from `first` of a table's columns by name, up to row `most` and at most MAX_ROWS; {} where there is no
        such table, or none that fits."""
        found = [self._file.get(column.path) for column in declared]
        if name not in self._file:
            return {}
        lengths = [len(dataset) if isinstance(dataset, h5py.Dataset) else -1 for dataset in found]
        # Columns of a file under way grow one after the other: what is counted is in all of them.
        growing = self._live and most is not None and min(lengths) >= most
        if min(lengths) < 0 or not (growing or len(set(lengths)) == 1):
            words = ", ".join(column.path.rpartition("/")[2] for column in declared)
            self.notes.append(f"'{name}' is not a table of equally long {words} and is not shown")
            return {}
        rows = min(lengths) if most is None else min(most, *lengths)
        if rows > MAX_ROWS:
            self.notes.append(f"'{name}' has {rows:,} rows, the first {MAX_ROWS:,} are shown")
        columns = {}
        for column, dataset in zip(declared, found, strict=True):
            values = self._values(dataset, min(rows, MAX_ROWS), first)
            if values is None:
                return {}
            columns[column.path.rpartition("/")[2]] = values
        return columns

    def _values(self, dataset: h5py.Dataset, rows: int, first: int = 0) -> NDArray[Any] | None:
        """Rows from `first` up to `rows`; None, and a note, where they are damaged."""
        if self._live and not has_chunks(dataset, rows):
            raise OSError(f"the chunks of '{dataset.name}' must be there, they are not all")
        try:
            return np.asarray(dataset[first : max(rows, first)])
        except (OSError, RuntimeError, ValueError) as error:
            if self._live:
                raise
            reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
            self.notes.append(f"'{dataset.name}' is damaged and is not shown: {reason}")
            return None


def read_surface(dataset: h5py.Dataset, index: int, whole: bool) -> NDArray[np.float32]:
    """(90, 180) float32 of one frame, NaN where there is none; whole: a chunk that is not there is an OSError."""
    if not (is_direct(dataset) and dataset.chunks == (1, *schema.SURFACE_SHAPE) and dataset.dtype == np.float32):
        return np.asarray(dataset[index], np.float32)
    values = np.empty(schema.SURFACE_SHAPE, np.float32)
    try:
        read_chunk(dataset, (index, 0, 0), values)
    except KeyError as error:
        if whole:
            raise OSError(f"the chunk of frame {index} must be there, it is not") from error
        values[:] = dataset.fillvalue
    return values


def live_moving(dataset: h5py.Dataset) -> bool:
    """Whether the chunk that holds the newest frame is written anew, elsewhere in the file, with each frame."""
    return dataset.chunks is not None and dataset.chunks[0] > 1 and bool(filters_of(dataset))


def has_chunks(dataset: h5py.Dataset, rows: int) -> bool:
    """Whether a dataset has places for its first `rows` rows: those that a writer is just adding may not be told yet,
    and HDF5 would give fill values for them without a word."""
    if dataset.chunks is None or not rows:
        return True
    across = [-(-side // length) for side, length in zip(dataset.shape[1:], dataset.chunks[1:], strict=True)]
    return bool(dataset.id.get_num_chunks() >= -(-rows // dataset.chunks[0]) * int(np.prod(across, dtype=int)))


def _words(cells: NDArray[Any]) -> list[str]:
    return [bytes(cell).decode("utf-8", "replace").strip("\x00 ") for cell in cells]
