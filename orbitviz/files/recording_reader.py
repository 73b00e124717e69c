"""Recordings read: any that follows the format, ours fast. Only committed frames exist. One thread may use a reader.

A recording that is still being written is read beside its writer: refresh() finds what was added, and every read is
held against the file's checksums, or against a second look at it, until it is complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo, QuantityInfo, Stored
from orbitviz.core.scenario import Scenario
from orbitviz.files.codec import frame_crc
from orbitviz.files.contents import Contents, Look, TornError, committed_count
from orbitviz.files.fleet_marks import SharedFleet
from orbitviz.files.fleet_reader import FleetReader
from orbitviz.files.live_file import LiveFile, final_name, fresh, is_partial, seems_under_way, stamp_of
from orbitviz.files.raw_file import RawFile, raw_file_of
from orbitviz.files.safety import READING_ERRORS, check_open, is_complete, open_checked
from orbitviz.files.sources import ByteSource
from orbitviz.files.tracks import Track

A = TypeVar("A", bound=np.generic)
OPENINGS = 6
"""A file that is being written is opened so often, 0.1 s apart, before it is called damaged."""
LOOKS = 12
"""A frame of a file that is being written is read so often, before it is called unreadable."""
NAME_WAIT_S = 20.0
"""A complete file is followed for so long until it has taken its final name."""


def open_recording(path: str | Path, shared: SharedFleet | None = None) -> RecordingReader:
    """Opens a recording for reading; FileRefusedError when it is not one, is damaged or holds what it must not.

    shared: the fleet of the segments before, which this one must have too.
    One that is being written may be torn at that instant: it is looked at a few times more before it is refused.
    """
    path = Path(path)
    for turn in range(OPENINGS):
        if not path.exists() and final_name(path).is_file():
            path = final_name(path)  # it ended while it was being opened
        before = stamp_of(path)
        try:
            return _opened(path, shared)
        except FileRefusedError:
            if turn + 1 == OPENINGS or not (is_partial(path) or stamp_of(path) != before):
                raise
            time.sleep(0.1)
    raise AssertionError("the last turn returns or raises")


def _opened(path: Path, shared: SharedFleet | None) -> RecordingReader:
    file = open_checked(path, ("recording",))
    try:
        return RecordingReader(file, path, shared)
    except OrbitvizError:
        file.close()
        raise
    except (*READING_ERRORS, TornError) as error:
        file.close()
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise FileRefusedError(
            f"{path.name} must be a whole recording, it is damaged: {reason}",
            "copy it again from where it came from",
            path,
        ) from None


class RecordingReader:
    """An open recording: core.frame.FrameSource and core.document.Recording.

    fleet, scenario (None where the file carries no valid recipe), clipped values by metric, farthest_km (of recorded
    positions from the Earth's centre, 0 without any), title, path (where it is now: a recording takes its final name
    when it has ended), notes (what of the file is left aside, in sentences).
    live: whether it is being written; ended: why it is followed no longer, a sentence, "" where it simply ended.
    """

    def __init__(
        self, file: h5py.File, path: Path, shared: SharedFleet | None = None, source: ByteSource | None = None
    ) -> None:
        """source: the bytes, when they are not in the file at `path`, which is then but a name, and not followed."""
        self.path = path
        fleet_reader = FleetReader(file, path)
        self.epoch: Epoch = fleet_reader.epoch
        self.fleet: Fleet = fleet_reader.fleet() if shared is None else shared.of(fleet_reader)
        self.notes: list[str] = []
        self.scenario: Scenario | None = self._recipe(fleet_reader)
        self.title = self.fleet.title or path.stem
        self._life = LiveFile(path, file, here=source is None)
        growing = committed_count(file) is not None and not is_complete(file, path)
        self.live = source is None and growing and seems_under_way(path, file)
        self.ended = ""
        self._counted = committed_count(file) or 0
        self._raw = raw_file_of(file, path) if source is None else RawFile(source)
        self._now = self._first(file)
        self.notes += self._now.notes
        self.metrics: Mapping[str, MetricInfo] = self._now.infos
        self.clipped = {name: self._now.clipped(name) for name in self._now.tracks}
        self.farthest_km = 0.0 if self._now.states is None else self._now.states.farthest_km()

    def __enter__(self) -> RecordingReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def node_count(self) -> int:
        """N."""
        return len(self.fleet)

    @property
    def has_positions(self) -> bool:
        """Whether positions were recorded beside, or instead of, the elements."""
        return self._now.states is not None

    @property
    def times_s(self) -> NDArray[np.float64]:
        """(T,) instants of the committed frames, seconds from the epoch."""
        return self._now.times_s

    @property
    def totals(self) -> Mapping[str, Any]:
        """Fleet totals by name, each (T,) or (T, K)."""
        return self._now.tables.totals

    @property
    def total_infos(self) -> Mapping[str, QuantityInfo]:
        """What the totals are, by name."""
        return self._now.tables.total_infos

    @property
    def surface(self) -> Mapping[str, QuantityInfo]:
        """What is summed over the ground, by name."""
        return self._now.tables.surface

    @property
    def events(self) -> tuple[Event, ...]:
        """What began and ended in the committed frames."""
        return self._now.tables.events

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Gangs and batches, without their members."""
        return self._now.tables.jobs

    @property
    def complete(self) -> bool:
        """Whether it ended as intended."""
        return self._now.complete

    @property
    def step_s(self) -> float:
        """Seconds between frames, the median."""
        return self._now.step_s

    @property
    def frames_intended(self) -> int | None:
        """Frames that are meant to come, None where the file does not say."""
        return self._now.intended

    @property
    def quiet_s(self) -> float:
        """Seconds since a frame was last seen to arrive; at first, since the file was written to."""
        return self._life.quiet_s

    @property
    def size_bytes(self) -> int:
        """Bytes on the disk, as when it was last looked at."""
        return self._now.size_bytes

    # -- Reading -----------------------------------------------------------------------------------------------------

    def read(self, name: str, index: int, out: Stored) -> None:
        """One frame of one metric as stored, into `out` (N,) of the metric's dtype, contiguous."""
        track = self._track(name)
        if out.shape != (self.node_count,) or out.dtype != track.info.dtype or not out.flags.c_contiguous:
            raise ValueError(f"out must be ({self.node_count},) {track.info.dtype} and contiguous")
        self._check_index(index)

        def look(at: Contents | Look) -> Stored:
            values = np.empty_like(out)
            at.track(name).read(index, values)
            return values

        try:
            if not self._now.live:
                track.read(index, out)
                self._check_sum(name, index, out)
            else:
                out[:] = self._agreed(look, self._sum(name, index))
        except READING_ERRORS as error:
            raise self._unreadable(f"frame {index} of '{name}'", error) from None

    def histories(
        self, name: str, rows: NDArray[np.intp], first: int = 0, last: int | None = None
    ) -> NDArray[np.float32]:
        """(R, T) physical values of the nodes in `rows`, NaN where there is none; or of the frames from `first` up to,
        without, `last`."""
        track = self._track(name)
        frames = range(len(self.times_s))[first:last]
        wrong = [int(row) for row in rows if not 0 <= row < self.node_count]
        if wrong:
            raise IndexError(f"a row must be from 0 to {self.node_count - 1}, got {wrong[0]}")

        try:
            return track.info.values(self._agreed(lambda at: at.track(name).histories(rows, frames)))
        except READING_ERRORS as error:
            raise self._unreadable(f"the history of '{name}'", error) from None

    def read_state(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Recorded position km and velocity km/s (N, 3) of frame `index`, TEME; velocities by differences where none
        are recorded. NaN: no state."""
        if self._now.states is None:
            raise OrbitvizError("positions must be recorded, they are not", "use the elements", self.path)
        self._check_index(index)
        try:
            places, speeds = self._agreed(lambda at: np.stack(at.read_state(index)))
            return places, speeds
        except READING_ERRORS as error:
            raise self._unreadable(f"the positions of frame {index}", error) from None

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """(90, 180) sums of one frame over cells of 2 degrees: rows from the south, columns from -180 degrees."""
        if name not in self.surface:
            raise OrbitvizError(
                f"a surface sum must be one of {', '.join(self.surface) or 'none'}, got '{name}'",
                "choose a recorded one",
                self.path,
            )
        self._check_index(index)
        try:
            return self._agreed(lambda at: at.read_surface(name, index))
        except READING_ERRORS as error:
            raise self._unreadable(f"frame {index} of '/surface/{name}'", error) from None

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """(M,) rows of the nodes of jobs[index]."""
        if not 0 <= index < len(self.jobs):
            raise IndexError(f"a job must be from 0 to {len(self.jobs) - 1}, got {index}")
        try:
            return self._agreed(lambda at: at.job_members(index))
        except READING_ERRORS as error:
            raise self._unreadable(f"the members of job '{self.jobs[index].name}'", error) from None

    def close(self) -> None:
        """Lets go of the file."""
        if self._raw is not None:
            self._raw.close()
        self._now.file.close()

    def _track(self, name: str) -> Track:
        tracks = self._now.tracks
        if name not in tracks:
            raise OrbitvizError(
                f"a metric must be one of {', '.join(tracks)}, got '{name}'", "choose a recorded one", self.path
            )
        return tracks[name]

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self.times_s):
            raise IndexError(f"frame must be from 0 to {len(self.times_s) - 1}, got {index}")

    def _unreadable(self, what: str, error: Exception) -> FileRefusedError:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        return FileRefusedError(
            f"{what} must be readable, {reason}", "the file is damaged: copy or record it again", self.path
        )

    # -- Following ---------------------------------------------------------------------------------------------------

    def refresh(self) -> bool:
        """Looks whether more was written; True when there are more frames, it ended (`live` says so), or it has another
        name. Never waits for the writer: what is torn now is looked at again the next time."""
        if not self.live:
            return False
        named, lost = self.path, self._life.whereabouts()
        self.path = self._life.path
        if self._life.copied and self._raw is not None:
            self._raw.close()  # its bytes are those of the file before
            self._raw = None
        if lost:
            self.ended, self.live = lost, False
            return True
        try:
            grown = self._life.touched() and self._look()
        except (*READING_ERRORS, OrbitvizError, TornError):
            self._life.look_again()
            grown = False
        return grown or self.path != named

    def _look(self) -> bool:
        """Takes what is new; False when nothing is."""
        with closing(fresh(self.path, self._now.file)) as file:
            count, complete = committed_count(file) or 0, is_complete(file, self.path)
            over = complete or not seems_under_way(self.path, file)
        if not over and count == self._counted:
            return False
        before, self._counted = self._counted, count
        try:
            held, new = self._now, self._contents(self._now.file, not over, self._now)
        except BaseException:
            self._counted = before
            raise
        self._take(new)
        grown = len(new.times_s) > len(held.times_s)
        if grown:
            self._life.arrived()
        # A file that is complete is waited for until it has its name.
        self.live = not over or (is_partial(self.path) and self.quiet_s < NAME_WAIT_S)
        if over and self.live:
            self._life.look_again()
        return grown or not self.live

    def _contents(self, beside: h5py.File, live: bool, held: Contents | None) -> Contents:
        """By a new handle, opened when the last count of frames had been read: whatever it tells is no older than
        that. Looked at twice where totals may have moved in the file during the first look."""
        new = self._open_now(beside, live, held)
        if not live or not new.tables.moving:
            return new
        new.file.close()
        again = self._open_now(beside, live, held)
        if not again.tables.tells_the_same(new.tables):
            again.file.close()
            raise TornError("two looks at the totals must tell the same")
        return again

    def _open_now(self, beside: h5py.File, live: bool, held: Contents | None) -> Contents:
        path = self._life.path
        file = fresh(path, beside)
        try:
            check_open(file, ("recording",), path.name, path)
            return Contents(file, path, self.node_count, live, held, self._counted if live else None, self._raw)
        except BaseException:
            file.close()
            raise

    def _take(self, new: Contents) -> None:
        """One assignment: whoever asks from another thread gets the old contents or the new ones, whole."""
        old, self._now = self._now, new
        old.file.close()

    def _sum(self, name: str, index: int) -> int | None:
        """The checksum of a frame as stored in the file; None where there is none, or what is read is quantised."""
        sums = self._now.sums.get(name)
        return int(sums[index]) if sums is not None and self._now.tracks[name].as_stored else None

    def _check_sum(self, name: str, index: int, stored: Stored) -> None:
        """Deflate's own sum misses one in some thousands of flipped bits: two numbers that swap places."""
        if self._sum(name, index) not in (None, frame_crc(stored)):
            raise ValueError("it is not what its checksum was taken of")

    def _agreed(self, look: Callable[[Contents | Look], NDArray[A]], crc: int | None = None) -> NDArray[A]:
        """What a look at the file tells; of a file that is being written, what its checksum, else a second look past
        everything cached, confirms: between the flushes of its writer the library may take the place of a chunk from
        one state of the file and its bytes from another, and give fill values for chunks whose places moved."""
        if not self._now.live or not self.live:
            return look(self._now)
        failure: Exception = OSError("two looks at it must tell the same")
        for turn in range(LOOKS):
            try:
                values = look(self._now)
                if crc is not None:
                    if frame_crc(values) == crc:
                        return values
                elif self._confirmed(look, values):
                    return values
            except READING_ERRORS as error:
                failure = error
            time.sleep(0.002 * turn)
            self._life.whereabouts()  # it may have taken its final name meanwhile
            self._renew()
        raise failure

    def _confirmed(self, look: Callable[[Contents | Look], NDArray[A]], values: NDArray[A]) -> bool:
        with closing(fresh(self._life.path, self._now.file)) as file:
            return look(Look(file, self._now)).tobytes() == values.tobytes()

    def _renew(self) -> None:
        """Another handle on the same frames, without what the one in use has cached."""
        try:
            self._take(self._contents(self._now.file, True, self._now))
        except (*READING_ERRORS, OrbitvizError, TornError):
            self._life.look_again()  # torn just now: the old one stays

    # -- Opening -----------------------------------------------------------------------------------------------------

    def _first(self, file: h5py.File) -> Contents:
        """Of a file that is being written by another handle: what the gate met first is older than the count."""
        if not self.live:
            return Contents(file, self.path, len(self.fleet), raw=self._raw)
        with closing(file):
            return self._contents(file, True, None)

    def _recipe(self, fleet_reader: FleetReader) -> Scenario | None:
        try:
            return fleet_reader.scenario()
        except OrbitvizError as error:
            # What was recorded is whole without it, and it may come from a program with keys of its own.
            self.notes.append(f"the recipe in the file is not used: {error.message}")
            return None
