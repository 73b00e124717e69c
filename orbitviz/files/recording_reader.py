"""Recordings read: any that follows the format, ours fast. Only committed frames exist. One thread may use a reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo, QuantityInfo, Stored
from orbitviz.core.scenario import Scenario
from orbitviz.files import schema
from orbitviz.files.attributes import number_attribute, text_attribute
from orbitviz.files.fleet_marks import SharedFleet
from orbitviz.files.fleet_reader import FleetReader
from orbitviz.files.raw_file import RawFile, raw_file_of
from orbitviz.files.safety import READING_ERRORS, is_complete, open_checked
from orbitviz.files.sources import ByteSource
from orbitviz.files.states_reader import open_states
from orbitviz.files.tables_reader import TablesReader
from orbitviz.files.tracks import Track, open_track


def open_recording(path: str | Path, shared: SharedFleet | None = None) -> RecordingReader:
    """Opens a recording for reading; FileRefusedError when it is not one, is damaged or holds what it must not.

    shared: the fleet of the segments before, which this one must have too.
    """
    path = Path(path)
    file = open_checked(path, ("recording",))
    try:
        return RecordingReader(file, path, shared)
    except OrbitvizError:
        file.close()
        raise
    except READING_ERRORS as error:
        file.close()
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        raise FileRefusedError(
            f"{path.name} must be a whole recording, it is damaged: {reason}",
            "copy it again from where it came from",
            path,
        ) from None


class RecordingReader:
    """An open recording: core.frame.FrameSource and core.document.Recording.

    fleet, scenario (None where the file carries no valid recipe), totals by name (T,) or (T, K) and what they are
    (total_infos), surface (what is summed over the ground, by name), events, jobs (without their members), clipped
    values by metric, farthest_km (of recorded positions from the Earth's centre, 0 without any), complete, step_s,
    title, path, notes (what of the file is left aside, in sentences).
    """

    def __init__(
        self, file: h5py.File, path: Path, shared: SharedFleet | None = None, source: ByteSource | None = None
    ) -> None:
        """source: where the bytes are, when they are not in the file at `path`, which is then a name alone."""
        self._file = file
        self.path = path
        fleet_reader = FleetReader(file, path)
        self.epoch: Epoch = fleet_reader.epoch
        self.fleet: Fleet = fleet_reader.fleet() if shared is None else shared.of(fleet_reader)
        self.notes: list[str] = []
        self.scenario: Scenario | None = self._recipe(fleet_reader)
        self.title = self.fleet.title or path.stem
        self.times_s: NDArray[np.float64] = self._times()
        self._states = open_states(file, self.times_s, len(self.fleet), path)
        self.farthest_km = 0.0 if self._states is None else self._states.farthest_km()
        self._raw = raw_file_of(file, path) if source is None else RawFile(source)
        self._tracks = self._open_tracks()
        self.metrics: Mapping[str, MetricInfo] = {name: track.info for name, track in self._tracks.items()}
        self.clipped = {name: self._number(f"/frames/{name}", "clipped") for name in self._tracks}
        self.complete = is_complete(file, path)
        self.step_s = self._step_s()
        self._tables = TablesReader(file, path, self.times_s, self.metrics, len(self.fleet), self.step_s)
        self.notes += self._tables.notes
        self.totals: Mapping[str, Any] = self._tables.totals
        self.total_infos: Mapping[str, QuantityInfo] = self._tables.total_infos
        self.surface: Mapping[str, QuantityInfo] = self._tables.surface
        self.events: tuple[Event, ...] = self._tables.events
        self.jobs: tuple[Job, ...] = self._tables.jobs
        self.size_bytes = path.stat().st_size if source is None else source.size

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
        return self._states is not None

    # -- Reading -----------------------------------------------------------------------------------------------------

    def read(self, name: str, index: int, out: Stored) -> None:
        """One frame of one metric as stored, into `out` (N,) of the metric's dtype, contiguous."""
        track = self._track(name)
        if out.shape != (self.node_count,) or out.dtype != track.info.dtype or not out.flags.c_contiguous:
            raise ValueError(f"out must be ({self.node_count},) {track.info.dtype} and contiguous")
        self._check_index(index)
        try:
            track.read(index, out)
        except (OSError, RuntimeError, ValueError) as error:
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
            return track.info.values(track.histories(rows, frames))
        except (OSError, RuntimeError, ValueError) as error:
            raise self._unreadable(f"the history of '{name}'", error) from None

    def read_state(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Recorded position km and velocity km/s (N, 3) of frame `index`, TEME; velocities by differences where none
        are recorded. NaN: no state."""
        if self._states is None:
            raise OrbitvizError("positions must be recorded, they are not", "use the elements", self.path)
        self._check_index(index)
        try:
            return self._states.read(index)
        except (OSError, RuntimeError, ValueError) as error:
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
            return self._tables.read_surface(name, index)
        except (OSError, RuntimeError, ValueError) as error:
            raise self._unreadable(f"frame {index} of '/surface/{name}'", error) from None

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """(M,) rows of the nodes of jobs[index]."""
        if not 0 <= index < len(self.jobs):
            raise IndexError(f"a job must be from 0 to {len(self.jobs) - 1}, got {index}")
        try:
            return self._tables.job_members(index)
        except (OSError, RuntimeError, ValueError) as error:
            raise self._unreadable(f"the members of job '{self.jobs[index].name}'", error) from None

    def close(self) -> None:
        """Lets go of the file."""
        if self._raw is not None:
            self._raw.close()
        self._file.close()

    def _track(self, name: str) -> Track:
        if name not in self._tracks:
            raise OrbitvizError(
                f"a metric must be one of {', '.join(self._tracks)}, got '{name}'", "choose a recorded one", self.path
            )
        return self._tracks[name]

    def _check_index(self, index: int) -> None:
        if not 0 <= index < len(self.times_s):
            raise IndexError(f"frame must be from 0 to {len(self.times_s) - 1}, got {index}")

    def _unreadable(self, what: str, error: Exception) -> FileRefusedError:
        reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
        return FileRefusedError(
            f"{what} must be readable, {reason}", "the file is damaged: copy or record it again", self.path
        )

    # -- Opening -----------------------------------------------------------------------------------------------------

    def _recipe(self, fleet_reader: FleetReader) -> Scenario | None:
        try:
            return fleet_reader.scenario()
        except OrbitvizError as error:
            # What was recorded is whole without it, and it may come from a program with keys of its own.
            self.notes.append(f"the recipe in the file is not used: {error.message}")
            return None

    def _times(self) -> NDArray[np.float64]:
        """The committed instants, finite and strictly increasing."""
        if "/time/t_s" not in self._file:
            raise FileRefusedError(
                "'/time/t_s' must be in a recording, it is missing", "write each frame's time", self.path
            )
        times_s: NDArray[np.float64] = self._file["/time/t_s"][()].astype(np.float64)
        if "/time/committed" in self._file:
            times_s = times_s[: int(self._file["/time/committed"][0])]
        # NaN is not above anything, so it is found by the same comparison.
        increases = np.diff(times_s, prepend=-np.inf) > 0.0
        wrong = np.flatnonzero(~(increases & np.isfinite(times_s)))
        if len(wrong):
            raise FileRefusedError(
                f"'/time/t_s' must be finite and increase each frame, got {times_s[wrong[0]]} at frame {wrong[0]}",
                "correct the file",
                self.path,
            )
        return times_s

    def _open_tracks(self) -> dict[str, Track]:
        """Every (T, N) dataset under /frames that says its unit and name."""
        tracks: dict[str, Track] = {}
        group = self._file.get("frames")
        for name, dataset in group.items() if isinstance(group, h5py.Group) else ():
            if name in ("position_km", "velocity_km_s") or not isinstance(dataset, h5py.Dataset):
                continue
            if not text_attribute(dataset, "units", self.path) or not text_attribute(dataset, "long_name", self.path):
                self.notes.append(f"'/frames/{name}' has no units or no long_name and is not shown")
                continue
            if dataset.shape[1] != len(self.fleet) or dataset.shape[0] < len(self.times_s):
                raise FileRefusedError(
                    f"'/frames/{name}' must have the shape ({len(self.times_s)}, {len(self.fleet)}), one row a "
                    f"frame and one column a node, got {dataset.shape}",
                    "correct the file",
                    self.path,
                )
            tracks[name] = open_track(dataset, len(self.times_s), self.path, self._raw)
        if not tracks and self._states is None:
            raise FileRefusedError(
                "a recording must have at least one metric under /frames with units and long_name, or positions, "
                "it has neither",
                "write one, (frames, nodes)",
                self.path,
            )
        order = list(schema.RECORDED)
        return dict(sorted(tracks.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))

    def _step_s(self) -> float:
        if len(self.times_s) > 1:
            return float(np.median(np.diff(self.times_s)))
        return number_attribute(self._file, "step_s", self.path) or 60.0

    def _number(self, name: str, attribute: str) -> int:
        return int(number_attribute(self._file[name], attribute, self.path) or 0)
