"""A long recording in segments: NAME.segments/000.h5, 001.h5 ..., each a whole recording with the fleet in it.

What is lost with one segment is its own frames alone. index.json, replaced as a whole whenever a segment is closed,
names those that are; the one under way lies beside them as NNN.partial.h5, and so does the next once it has chunks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.files.durable import write_atomically
from orbitviz.files.fleet_file import check_writable, disk_sentence
from orbitviz.files.recording_writer import RecordingWriter

SEGMENTS_FORMAT, SEGMENTS_VERSION = "orbitviz-segments", "1.0"
INDEX = "index.json"


class FrameWriter(Protocol):
    """Who takes the chunks and commits of a recording: one file, or segments."""

    def write_chunk(self, metric: str, frame: int, chunk: int, deflated: bytes, crc: int | None = None) -> None:
        """As RecordingWriter's."""

    def commit(
        self,
        frame: int,
        t_s: float,
        totals: Mapping[str, Any] | None = None,
        clipped: Mapping[str, int] | None = None,
        surface: Mapping[str, NDArray[np.float32]] | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        """As RecordingWriter's."""


class SegmentsWriter:
    """As RecordingWriter, with a segment of `segment_frames` frames after the other; `path` becomes the folder."""

    def __init__(
        self,
        path: str | Path,
        scenario: Scenario | None,
        fleet: Fleet,
        metrics: Sequence[MetricInfo],
        step_s: float,
        frames: int,
        segment_frames: int,
    ) -> None:
        if segment_frames < 1:
            raise ValueError(f"a segment must have at least one frame, got {segment_frames}")
        self.path = segments_folder(Path(path))
        self.committed = 0
        self._scenario, self._fleet, self._metrics, self._step_s = scenario, fleet, metrics, step_s
        self._frames, self._length = frames, segment_frames
        self._open: dict[int, RecordingWriter] = {}
        self._first_s = 0.0
        self._closed: list[dict[str, Any]] = []
        self._ended = False
        check_writable(self.path.with_suffix(".h5"))
        self._make_folder()

    def __enter__(self) -> SegmentsWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(complete=False)

    def write_chunk(self, metric: str, frame: int, chunk: int, deflated: bytes, crc: int | None = None) -> None:
        """One chunk, into the segment that the frame is of."""
        segment, place = divmod(frame, self._length)
        self._segment(segment).write_chunk(metric, place, chunk, deflated, crc)

    def commit(
        self,
        frame: int,
        t_s: float,
        totals: Mapping[str, Any] | None = None,
        clipped: Mapping[str, int] | None = None,
        surface: Mapping[str, NDArray[np.float32]] | None = None,
        events: Sequence[Event] = (),
    ) -> None:
        """Commits the frame to its segment; the last one of a segment closes it."""
        segment, place = divmod(frame, self._length)
        writer = self._segment(segment)
        writer.commit(place, t_s, totals, clipped, surface, events)
        if place == 0:
            self._first_s = t_s
        self.committed = frame + 1
        # The last segment stays open for the jobs.
        if place + 1 == self._length and self.committed < self._frames:
            self._close_segment(segment, complete=True)
            self._write_index(complete=False)

    def write_jobs(self, jobs: Sequence[Job]) -> None:
        """What gangs and batches did, once, after the last commit, in the last segment: frames count from its first,
        work counts from the beginning of the run."""
        if not self._open:
            return
        last = min(self._open)
        begin = last * self._length
        moved = [
            Job(job.name, job.kind, job.workload, max(0, job.first_frame - begin), job.last_frame - begin, job.members,
                job.done_pf_s, job.lost_pf_s, job.stalled_s)
            for job in jobs
            if job.last_frame >= begin
        ]  # fmt: skip
        self._open[last].write_jobs(moved)

    def close(self, complete: bool) -> None:
        """Closes what is open, the index last. Without a committed frame no folder is left behind."""
        if self._ended:
            return
        self._ended = True
        failure: OrbitvizError | None = None
        for segment in sorted(self._open):
            frames = min(self._length, self._frames - segment * self._length)
            try:
                self._close_segment(segment, self._open[segment].committed == frames)
            except OrbitvizError as error:
                failure = failure or error
        if self._closed:
            self._write_index(complete)
        elif not any(self.path.iterdir()):
            self.path.rmdir()
        if failure is not None:
            raise failure

    # -- Segments ----------------------------------------------------------------------------------------------------

    def _make_folder(self) -> None:
        try:
            self.path.mkdir()
        except FileExistsError:
            raise OrbitvizError(
                f"{self.path.name} must not be there yet, it holds an earlier run",
                "choose another name, or remove that folder first",
                self.path,
            ) from None
        except OSError as error:
            raise disk_sentence(error, self.path) from error

    def _segment(self, segment: int) -> RecordingWriter:
        if segment not in self._open:
            frames = min(self._length, self._frames - segment * self._length)
            try:
                self._open[segment] = RecordingWriter(
                    self.path / f"{segment:03d}.h5", self._scenario, self._fleet, self._metrics, self._step_s, frames,
                    lambda: self.committed,
                )  # fmt: skip
            except OrbitvizError:
                if segment == 0:
                    self.close(complete=False)
                raise
        return self._open[segment]

    def _close_segment(self, segment: int, complete: bool) -> None:
        writer = self._open.pop(segment)
        writer.close(complete)
        if writer.committed:
            self._closed.append({"file": writer.path.name, "first_t_s": self._first_s, "frames": writer.committed})

    def _write_index(self, complete: bool) -> None:
        title = self._fleet.title or (self._scenario.title if self._scenario is not None else "")
        try:
            write_index(self.path, title, complete, self._closed)
        except OSError as error:
            raise disk_sentence(error, self.path / INDEX) from error


def segments_folder(path: Path) -> Path:
    """Where the segments of a recording lie: run.h5 -> run.segments."""
    return path if path.suffix == ".segments" else path.with_suffix(".segments")


def write_index(folder: Path, title: str, complete: bool, segments: Sequence[Mapping[str, Any]]) -> None:
    """index.json, as a whole: segments as {"file", "first_t_s", "frames"}, in order of time. Raises OSError."""
    told = {
        "format": SEGMENTS_FORMAT,
        "format_version": SEGMENTS_VERSION,
        "title": title,
        "complete": int(complete),
        "segments": list(segments),
    }
    write_atomically(folder / INDEX, json.dumps(told, indent=1, ensure_ascii=False).encode())
