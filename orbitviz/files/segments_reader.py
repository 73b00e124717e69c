"""A folder of segments read as one recording: times joined, each frame from the segment that holds it.

A segment that is missing, damaged or of another fleet loses only itself: its frames are a gap, and a note says so.
Where two hold the same stretch of time, the complete one is taken, else the one whose name comes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo, QuantityInfo, Stored
from orbitviz.core.scenario import Scenario
from orbitviz.files.fleet_marks import SharedFleet
from orbitviz.files.recording_reader import RecordingReader
from orbitviz.files.segment_places import SegmentFolder, SegmentPlace
from orbitviz.files.segments_join import Segment, joined_metrics, joined_totals, kept_frames, moved

MAX_OPEN = 32
"""Files held open at a time."""
BETWEEN_S = 60.0
"""After a segment has ended, the next one is waited for so long while the index is not complete."""


def open_segments(place: Path | SegmentPlace) -> SegmentsReader:
    """A folder of segments, or of any recordings of one fleet; FileRefusedError when none of them can be used."""
    return SegmentsReader(SegmentFolder(place) if isinstance(place, Path) else place)


@dataclass(frozen=True)
class _Spot:
    """Where each frame is: (T,) segment and frame in it."""

    segment: NDArray[np.intp]
    frame: NDArray[np.intp]


class SegmentsReader:
    """Segments as one core.document.Recording and FrameSource, and where positions are recorded a StateSource.

    notes: which segments are left out, and why; path: the folder, None where it is elsewhere.
    """

    def __init__(self, place: SegmentPlace) -> None:
        self._place = place
        self.path = place.path
        self.notes: list[str] = []
        self._shared = SharedFleet(place.sampled)
        self._held: OrderedDict[str, RecordingReader] = OrderedDict()
        self._index = place.index()
        self.notes += [self._index.note] if self._index.note else []
        self._segments: list[Segment] = []
        self._first: RecordingReader | None = None
        first = self._open_all()
        self.fleet: Fleet = first.fleet
        self.scenario: Scenario | None = first.scenario
        self.has_positions = all(segment.has_positions for segment in self._segments)
        self.farthest_km = first.farthest_km if self.has_positions else 0.0
        self.title = self._index.title or first.title
        self._own_notes = tuple(self.notes)
        self._live = self._growing()
        self._join()

    def __enter__(self) -> SegmentsReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def node_count(self) -> int:
        """N."""
        return len(self.fleet)

    @property
    def open_files(self) -> int:
        """Segments held open now, MAX_OPEN at most."""
        return len(self._held)

    # -- Reading -----------------------------------------------------------------------------------------------------
    def read(self, name: str, index: int, out: Stored) -> None:
        """One frame of one metric, as `metrics` says it is stored, into `out` (N,)."""
        info = self._info(name)
        if out.shape != (self.node_count,) or out.dtype != info.dtype or not out.flags.c_contiguous:
            raise ValueError(f"out must be ({self.node_count},) {info.dtype} and contiguous")
        segment, frame = self._at(index)
        reader = self._reader(segment)
        own = reader.metrics[name]
        if (own.scale, own.offset, own.fill, own.dtype) == (info.scale, info.offset, info.fill, info.dtype):
            reader.read(name, frame, out)
            return
        stored = np.empty(self.node_count, own.dtype)
        reader.read(name, frame, stored)
        info.store(own.values(stored), out)

    def histories(
        self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None
    ) -> NDArray[np.float32]:
        """(R, T) physical values of the nodes in `rows`, NaN where there is none; or of the frames from `first` up to,
        without, `last`."""
        self._info(name)
        asked = np.arange(len(self.times_s))[first:last]
        whose, frames = self._spot.segment[asked], self._spot.frame[asked]
        values = np.full((len(rows), len(asked)), np.nan, np.float32)
        for number in np.unique(whose):
            here = np.flatnonzero(whose == number)
            begin, end = int(frames[here].min()), int(frames[here].max()) + 1
            piece = self._reader(self._segments[number]).histories(name, rows, begin, end)
            values[:, here] = piece[:, frames[here] - begin]
        return values

    def read_state(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Recorded position km and velocity km/s (N, 3) of frame `index`, TEME. NaN: no state."""
        segment, frame = self._at(index)
        return self._reader(segment).read_state(frame)

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """(90, 180) sums of one frame: rows of latitude from the south, columns of longitude from -180 degrees."""
        segment, frame = self._at(index)
        return self._reader(segment).read_surface(name, frame)

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """(M,) rows of the nodes of jobs[index]."""
        if not 0 <= index < len(self.jobs):
            raise IndexError(f"a job must be from 0 to {len(self.jobs) - 1}, got {index}")
        segment, place = self._job_places[index]
        return self._reader(segment).job_members(place)

    # -- Following ---------------------------------------------------------------------------------------------------
    @property
    def live(self) -> bool:
        """Whether it is being written, as far as is known: a segment grows, or the index says that more will come."""
        return self._live

    def refresh(self) -> bool:
        """Looks for more frames in the segment being written, and for segments begun since; True when there are more
        frames, or it ended."""
        if not self._live:
            return False
        before = len(self.times_s)
        changed = [segment for segment in self._segments if segment.live and self._grown(segment)]
        index = self._place.index()
        if index.there and not index.note:
            self._index = index
        known = {segment.name for segment in self._segments}
        added = [name for name in self._place.names(self._index) if name not in known and self._add(name)]
        self._live = self._growing()
        if changed or added or not self._live:
            self.notes = [note for note in self.notes if note in self._own_notes]
            self._join()
        return len(self.times_s) > before or not self._live

    def _grown(self, segment: Segment) -> bool:
        """Takes what was committed to a segment since; whether anything was."""
        try:
            reader = self._reader(segment)
            if not reader.refresh():
                return False
        except OrbitvizError:
            return False  # torn just now, or gone: what was read of it stays
        name = segment.name if reader.path is None else reader.path.name
        self._held[name] = self._held.pop(segment.name)
        self._segments[self._segments.index(segment)] = Segment.of(name, reader, self.fleet)
        return True

    def _growing(self) -> bool:
        if any(segment.live for segment in self._segments):
            return True
        last_s = min(reader.quiet_s for reader in self._held.values()) if self._held else BETWEEN_S
        return self._index.there and not self._index.complete and self.path is not None and last_s < BETWEEN_S

    def close(self) -> None:
        """Lets go of all files."""
        while self._held:
            self._held.popitem()[1].close()

    def _info(self, name: str) -> MetricInfo:
        if name not in self.metrics:
            known = ", ".join(self.metrics) or "none"
            raise OrbitvizError(f"a metric must be one of {known}, got '{name}'", "choose a recorded one", self.path)
        return self.metrics[name]

    def _at(self, index: int) -> tuple[Segment, int]:
        if not 0 <= index < len(self.times_s):
            raise IndexError(f"frame must be from 0 to {len(self.times_s) - 1}, got {index}")
        return self._segments[self._spot.segment[index]], int(self._spot.frame[index])

    # -- Files -------------------------------------------------------------------------------------------------------
    def _reader(self, segment: Segment) -> RecordingReader:
        """The segment, open; the one not used for longest is closed for it. FileRefusedError: it can no longer be."""
        held = self._held.get(segment.name)
        if held is None:
            held = self._place.open(segment.name, self._shared)
            again = moved(held, self.fleet)
            if len(again) < len(segment.times_s) or (again[: len(segment.times_s)] != segment.times_s).any():
                held.close()
                what = f"segment {segment.name} must stay as it was when the recording was opened, it is another"
                raise FileRefusedError(what, "open the recording again", self.path)
            self._hold(segment.name, held)
        self._held.move_to_end(segment.name)
        return held

    def _hold(self, name: str, reader: RecordingReader) -> None:
        while len(self._held) >= MAX_OPEN:
            self._held.popitem(last=False)[1].close()
        self._held[name] = reader

    def _add(self, name: str) -> bool:
        """One more segment; False, and a note, when it cannot be used."""
        try:
            reader = self._place.open(name, self._shared)
        except OrbitvizError as error:
            note = f"segment {name} is left out: {error.message}"
            self.notes += [] if note in self.notes else [note]
            return False
        self._first = self._first or reader
        self._hold(name, reader)
        self._segments.append(Segment.of(name, reader, self._first.fleet))
        return True

    def _open_all(self) -> RecordingReader:
        """Every segment once; the first that can be used says what the fleet is."""
        for name in self._place.names(self._index):
            self._add(name)
        first = self._first
        if first is None:
            self.close()
            why = f": {self.notes[0]}" if self.notes else ", it is a folder without a recording (.h5)"
            raise FileRefusedError(
                f"{self._place.name} must hold at least one segment that can be read{why}",
                "open a folder that `orbitviz record --segment` wrote",
                self.path,
            )
        return first

    # -- Joining -----------------------------------------------------------------------------------------------------
    def _join(self) -> None:
        self._spot, self.times_s, notes = self._frames()
        used = [segment for segment in self._segments if len(segment.times_s)] or self._segments
        self.metrics: Mapping[str, MetricInfo]
        self.metrics, more = joined_metrics(used)
        places = [np.flatnonzero(self._spot.segment == k) for k in range(len(self._segments))]
        pieces = [(segment, here, self._spot.frame[here]) for segment, here in zip(self._segments, places, strict=True)]
        totals, infos, most = joined_totals([piece for piece in pieces if len(piece[1])], len(self.times_s))
        self.totals: Mapping[str, Any] = totals
        self.total_infos: Mapping[str, QuantityInfo] = infos
        self.notes += [*notes, *more, *most, *(note for segment in self._segments for note in segment.notes)]
        shown = [segment.surface for segment in used]
        self.surface: Mapping[str, QuantityInfo] = {
            name: info for name, info in shown[0].items() if all(name in other for other in shown)
        }
        self.clipped = {name: sum(segment.clipped.get(name, 0) for segment in used) for name in self.metrics}
        self.events: tuple[Event, ...] = self._events(places)
        self._job_places: list[tuple[Segment, int]] = []
        self.jobs: tuple[Job, ...] = self._jobs(places)
        left_out = any(" is left out: " in note for note in self.notes)
        whole = self._index.complete if self._index.there else all(segment.complete for segment in self._segments)
        self.complete = whole and not left_out
        self.size_bytes = sum(segment.size_bytes for segment in self._segments)
        steps = np.diff(self.times_s)
        self.step_s = float(np.median(steps)) if len(steps) else self._segments[0].step_s

    def _frames(self) -> tuple[_Spot, NDArray[np.float64], list[str]]:
        kept, notes = kept_frames(self._segments)
        number = np.concatenate([np.full(len(frames), k, np.intp) for k, frames in enumerate(kept)])
        frame = np.concatenate(kept) if kept else np.empty(0, np.intp)
        times_s = np.concatenate([s.times_s[frames] for s, frames in zip(self._segments, kept, strict=True)])
        order = np.argsort(times_s, kind="stable")
        return _Spot(number[order], frame[order]), times_s[order], notes

    def _events(self, places: list[NDArray[np.intp]]) -> tuple[Event, ...]:
        """Of each segment those that lie in the stretch its frames are shown of, up to the frame after it."""
        found: list[Event] = []
        for k, here in enumerate(places):
            if not len(here):
                continue
            segment = self._segments[k]
            at_s = np.array([event.t_s for event in segment.events])
            before = np.searchsorted(self.times_s, at_s, side="right") - 1
            # An event in a step belongs to whom the step is of; one before the first frame, to the first.
            owner = self._spot.segment[np.clip(before, 0, len(self.times_s) - 1)] if len(at_s) else at_s
            found += [event for event, whose in zip(segment.events, owner, strict=True) if whose == k]
        return tuple(sorted(found, key=lambda event: event.t_s))

    def _jobs(self, places: list[NDArray[np.intp]]) -> tuple[Job, ...]:
        """Frames of jobs, counted over all segments; those of which no frame is shown are left out."""
        found: list[Job] = []
        for segment, here in zip(self._segments, places, strict=True):
            if not len(here):
                continue
            frames = self._spot.frame[here]
            for place, job in enumerate(segment.jobs):
                shown = here[(frames >= job.first_frame) & (frames <= job.last_frame)]
                if len(shown):
                    self._job_places.append((segment, place))
                    found.append(_renumbered(job, int(shown[0]), int(shown[-1])))
        return tuple(found)


def _renumbered(job: Job, first: int, last: int) -> Job:
    return Job(job.name, job.kind, job.workload, first, last, job.members, job.done_pf_s, job.lost_pf_s, job.stalled_s)
