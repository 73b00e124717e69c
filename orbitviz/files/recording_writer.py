"""Recordings written frame by frame, so that a crash, a full disk or Ctrl-C leaves every committed frame readable.

Order within a frame: chunks, totals, surface sums, events, checksums -> flush -> counter -> flush. Readers trust the
counter alone. Every two seconds what was written is put on the disk, between the two flushes, so that the counter then
speaks of nothing that the loss of power could still take. The file grows under NAME.partial.h5 and takes its name when
it is closed.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.files import schema
from orbitviz.files.codec import LEVEL, chunk_count, chunk_nodes
from orbitviz.files.durable import sync_descriptor, sync_file, sync_folder
from orbitviz.files.fleet_file import check_writable, describe, disk_sentence, set_text, write_fleet, write_root
from orbitviz.files.integrity import IntegrityWriter
from orbitviz.files.tables_writer import TablesWriter, append

KEEP_FREE_BYTES = 32 << 20
"""Left free on the disk, so that the counter and the last trim always fit."""
SYNC_S = 2.0
"""At most so many seconds of frames are lost with the power, where the disk does what it says."""


class RecordingWriter:
    """One recording under way. One thread only. Chunks of a frame come in any order, frames are committed in order.

    metrics: what is recorded, with its quantisation; step_s: seconds between frames; frames: how many are meant to
    come (None: open end); kept: frames of the run that are safe, told when something goes wrong (a segment is not the
    whole run). A chunk is (chunk_nodes,) stored numbers, filled up at the end: codec.deflate_chunk.
    """

    def __init__(
        self,
        path: str | Path,
        scenario: Scenario | None,
        fleet: Fleet,
        metrics: Sequence[MetricInfo],
        step_s: float,
        frames: int | None = None,
        kept: Callable[[], int] | None = None,
    ) -> None:
        self.path = Path(path)
        self.partial = partial_path(self.path)
        self.nodes = len(fleet)
        self.metrics = {info.name: info for info in metrics}
        self.committed = 0
        self._safe = kept or (lambda: self.committed)
        self.bytes_written = 0
        self._chunks = chunk_count(self.nodes)
        self._length = chunk_nodes(self.nodes)
        self._seen: dict[int, int] = {}
        self._clipped = dict.fromkeys(self.metrics, 0)
        self._room = 0
        self._broken = False
        self._closed = False
        self._synced_s = time.monotonic()
        check_writable(self.path)
        self._check_room(self.nodes * 64)
        try:
            keep_interrupted(self.path)
            self._file = h5py.File(self.partial, "w", locking=False)
            self._create(scenario, fleet, step_s, frames)
        except OSError as error:
            self._discard()
            raise self._sentence(error) from error
        except BaseException:
            self._discard()
            raise

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(complete=False)

    # -- A frame -----------------------------------------------------------------------------------------------------

    def write_chunk(self, metric: str, frame: int, chunk: int, deflated: bytes, crc: int | None = None) -> None:
        """One chunk of one metric: rows chunk x 65536 and on of frame `frame` (committed later).

        crc: integrity.frame_crc of its rows alone; a recording has checksums where each chunk comes with one.
        """
        if frame < self.committed or not 0 <= chunk < self._chunks:
            raise ValueError(f"chunk {chunk} of frame {frame} cannot be written, {self.committed} frames are committed")
        self._check_room(len(deflated))
        dataset = self._frames[metric]
        try:
            if dataset.shape[0] <= frame:
                dataset.resize(frame + 1, axis=0)
            dataset.id.write_direct_chunk((frame, chunk * self._length), deflated)
        except (OSError, RuntimeError) as error:
            raise self._sentence(error) from error
        self.bytes_written += len(deflated)
        self._seen[frame] = self._seen.get(frame, 0) + 1
        self._integrity.note(metric, frame, chunk, crc)

    def commit(
        self,
        frame: int,
        t_s: float,
        totals: Mapping[str, Any] | None = None,
        clipped: Mapping[str, int] | None = None,
        surface: Mapping[str, NDArray[np.float32]] | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        """Frame `frame`, whole and at t_s seconds from the epoch, is safe in the file when this returns.

        totals: fleet numbers by name, each a float or (K,) of them, the same names in every frame
        (quantities.total_words says how names are read); clipped: values of this frame that lay outside a metric's
        range; surface: sums by cell of the ground, each (90, 180) and finite: rows of latitude from the south, columns
        of longitude from -180 degrees, the same names in every frame; events: what happened since the frame before.
        """
        if frame != self.committed:
            raise ValueError(f"frames must be committed in order: {self.committed} comes next, got {frame}")
        wanted = self._chunks * len(self.metrics)
        if self._seen.pop(frame, 0) != wanted:
            raise ValueError(f"frame {frame} must have {wanted} chunks before it is committed")
        self._tables.check_events(events)
        self._integrity.check(frame)
        self._check_room(sum(cells.nbytes for cells in (surface or {}).values()))
        try:
            self.bytes_written += self._tables.write(frame, totals or {}, surface or {}, events)
            self._commit(frame, t_s, clipped or {})
        except (OSError, RuntimeError) as error:
            raise self._sentence(error) from error

    def _commit(self, frame: int, t_s: float, clipped: Mapping[str, int]) -> None:
        append(self._times, frame, t_s)
        for name, count in clipped.items():
            if count:
                self._clipped[name] += int(count)
                self._frames[name].attrs.modify("clipped", np.uint64(self._clipped[name]))
        self._integrity.write(frame)
        self._file.flush()
        self._sync()
        self._counter[0] = frame + 1
        self._file.flush()
        self.committed = frame + 1

    def _sync(self) -> None:
        """Puts on the disk what was written, now and then."""
        if time.monotonic() - self._synced_s >= SYNC_S:
            sync_descriptor(self._file.id.get_vfd_handle())
            self._synced_s = time.monotonic()

    def write_jobs(self, jobs: Sequence[Job]) -> None:
        """What gangs and batches did, once, after the last commit; what lies after it is left out."""
        self._check_room(sum(4 * len(job.members) + 256 for job in jobs))
        try:
            self._tables.write_jobs(jobs, self.committed)
        except (OSError, RuntimeError) as error:
            raise self._sentence(error) from error

    # -- The end -----------------------------------------------------------------------------------------------------

    def close(self, complete: bool) -> None:
        """Keeps the committed frames, drops what was begun after them, and gives the file its name. Without a single
        committed frame there is nothing to keep and the partial file is removed."""
        if self._closed:
            return
        self._closed = True
        failure = self._finish(complete)
        if self.committed == 0:
            self.partial.unlink(missing_ok=True)
        else:
            self._rename()
        if failure is not None:
            raise self._sentence(failure) from failure

    def _finish(self, complete: bool) -> Exception | None:
        """Trims, marks and closes the file; what went wrong, if anything did."""
        if self._broken:
            self._cut_loose()
            return None
        try:
            self._trim()
            self._file.attrs["complete"] = np.uint8(complete)
            self._file.close()
        except (OSError, RuntimeError) as error:
            self._cut_loose()
            return error
        return None

    def _rename(self) -> None:
        sync_file(self.partial)
        try:
            os.replace(self.partial, self.path)
        except OSError as error:
            raise OrbitvizError(
                f"the finished recording must get its name {self.path.name}, {error.strerror or error}; "
                f"it is whole in {self.partial.name}",
                "close whatever holds the old file open, then rename it",
                self.partial,
            ) from error
        sync_folder(self.path.resolve().parent)

    def _cut_loose(self) -> None:
        """Keeps the library from writing anything more. After a failed write its cache speaks of bytes that never
        reached the disk, and flushing it would spoil what was flushed at the last commit: its file descriptor is
        turned to the null device first. What lies on the disk is then what a kill at this instant would leave."""
        try:
            null = os.open(os.devnull, os.O_RDWR)
            os.dup2(null, self._file.id.get_vfd_handle())
            os.close(null)
            self._file.close()
        except (OSError, RuntimeError, ValueError):
            pass  # the failure that led here is the one to tell

    def _discard(self) -> None:
        """Nothing worth keeping was written: no file is left behind."""
        self._closed = True
        if getattr(self, "_file", None):
            self._cut_loose()
        self.partial.unlink(missing_ok=True)

    def _trim(self) -> None:
        for dataset in (*self._frames.values(), self._times):
            if dataset.shape[0] != self.committed:
                dataset.resize(self.committed, axis=0)
        self._tables.trim(self.committed)
        self._integrity.trim(self.committed)

    # -- The file ----------------------------------------------------------------------------------------------------

    def _create(self, scenario: Scenario | None, fleet: Fleet, step_s: float, frames: int | None) -> None:
        file = self._file
        write_root(file, schema.RECORDING_FORMAT, fleet, scenario)
        file.attrs["complete"] = np.uint8(0)
        file.attrs["step_s"] = float(step_s)
        if frames is not None:
            file.attrs["frames_intended"] = np.uint64(frames)
        write_fleet(file, fleet)
        self._times = self._add("/time/t_s", (0,), (None,), (1024,))
        self._counter = self._add("/time/committed", (1,), (1,), (1,))
        self._tables = TablesWriter(file, self.metrics, self.nodes)
        self._integrity = IntegrityWriter(file, list(self.metrics), self._chunk_sizes())
        self._frames = {name: self._metric(info) for name, info in self.metrics.items()}
        self._counter[0] = 0
        file.flush()

    def _chunk_sizes(self) -> list[list[int]]:
        """Bytes of each chunk's own rows, by metric."""
        rows = [min(self._length, self.nodes - chunk * self._length) for chunk in range(self._chunks)]
        return [[count * np.dtype(info.dtype).itemsize for count in rows] for info in self.metrics.values()]

    def _add(self, path: str, shape: tuple[int, ...], most: tuple[int | None, ...], chunks: tuple[int, ...]) -> Any:
        column = schema.COLUMNS[path]
        dataset = self._file.create_dataset(path, shape, column.dtype, maxshape=most, chunks=chunks)
        describe(dataset, column.unit, column.long_name, column.frame)
        return dataset

    def _metric(self, info: MetricInfo) -> Any:
        dataset = self._file.create_dataset(
            f"/frames/{info.name}",
            (0, self.nodes),
            info.dtype,
            maxshape=(None, self.nodes),
            chunks=(1, self._length),
            compression="gzip",
            compression_opts=LEVEL,
            fillvalue=info.fill,
        )
        describe(dataset, info.unit, info.long_name)
        write_metric_attributes(dataset, info)
        return dataset

    # -- Trouble -----------------------------------------------------------------------------------------------------

    def _check_room(self, wanted: int) -> None:
        """Stops while the file is still sound: room is asked for again after each 16 MB."""
        self._room -= wanted
        if self._room > 0:
            return
        free = shutil.disk_usage(self.path.resolve().parent).free
        if free < KEEP_FREE_BYTES + wanted:
            raise OrbitvizError(
                f"the disk of {self.path.name} must keep {KEEP_FREE_BYTES >> 20} MB free while recording, "
                f"{free / 2**20:.0f} MB are left{self._kept()}",
                "free some space, or record elsewhere",
                self.path,
            )
        self._room = min(16 << 20, (free - KEEP_FREE_BYTES) // 2)

    def _sentence(self, error: BaseException) -> OrbitvizError:
        """The library's failure as a sentence; nothing more is written by us after it."""
        self._broken = True
        return disk_sentence(error, self.path, self._kept())

    def _kept(self) -> str:
        return f"; the {self._safe()} frames committed so far are kept" if self._safe() else ""


def partial_path(path: Path) -> Path:
    """Where a recording grows: run.h5 -> run.partial.h5."""
    return path.with_name(f"{path.stem}.partial{path.suffix or '.h5'}")


def keep_interrupted(path: Path) -> None:
    """A run of this name that was killed may hold hours of frames: run.partial.h5 becomes run.interrupted.h5."""
    partial = partial_path(path)
    if partial.exists():
        os.replace(partial, path.with_name(f"{path.stem}.interrupted{path.suffix or '.h5'}"))


def write_metric_attributes(dataset: Any, info: MetricInfo) -> None:
    """How a metric is stored and what it is: CF names first, then ours."""
    attributes = dataset.attrs
    attributes["scale_factor"] = float(info.scale)
    attributes["add_offset"] = float(info.offset)
    if info.fill is not None:
        attributes["_FillValue"] = np.dtype(info.dtype).type(info.fill)
    set_text(dataset, "cell_methods", "time: mean" if info.mean else "time: point")
    # CF: the valid range is given in the numbers as stored.
    for name, value in (("valid_min", info.low), ("valid_max", info.high)):
        attributes[name] = np.dtype(info.dtype).type(round((value - info.offset) / info.scale))
    attributes["max_error"] = float(info.max_error)
    attributes["clipped"] = np.uint64(0)
    if info.flags:
        attributes["flag_values"] = np.array(list(info.flags), info.dtype)
        set_text(dataset, "flag_meanings", " ".join(word.replace(" ", "_") for word in info.flags.values()))
        set_text(dataset, "interpolation", "nearest")
    for name in ("kind", "formula", "source", "colormap"):
        set_text(dataset, name, getattr(info, name))
