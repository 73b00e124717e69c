"""What of a recording grows while it is being written, as one opened file tells it: times, tracks, tables.

A recording that is followed is opened anew for each look, and the new contents take the place of the old ones whole.
What a file says in the middle of a writer's flush may be torn: whatever does not fit what was read before is a
TornError, and the old contents stay.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import LONGEST_S
from orbitviz.core.errors import FileRefusedError
from orbitviz.files import schema
from orbitviz.files.attributes import number_attribute, text_attribute
from orbitviz.files.codec import filters_of
from orbitviz.files.raw_file import RawFile
from orbitviz.files.rows import open_rows
from orbitviz.files.safety import is_complete
from orbitviz.files.states_reader import StatesReader, open_states
from orbitviz.files.tables_reader import TablesReader, has_chunks, read_surface
from orbitviz.files.tracks import Track, open_track


class TornError(Exception):
    """The file was looked at while its writer was at it: look again."""


class Look:
    """What can be read of one open handle of a recording, by the tracks that `held` knows of it."""

    def __init__(self, file: h5py.File, held: Contents) -> None:
        self._file, self._held = file, held

    def track(self, name: str) -> Track:
        """One metric on this handle."""
        rows = open_rows(self._file["frames"][name], self._held.raw, whole=True)
        return self._held.tracks[name].reopened(rows)

    def read_state(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Positions and velocities of a frame."""
        return StatesReader(self._file, self._held.times_s).read(index)

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """Sums over the ground of a frame."""
        return read_surface(self._file["surface"][name], index, whole=True)

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """Rows of a job's nodes."""
        return self._held.tables.job_members(index, self._file)


class Contents:
    """An open file and what it holds of `nodes` nodes: committed frames alone.

    live: it is being written. times_s (T,) seconds; tracks by metric; states (positions, None where none are recorded);
    tables (totals, surface sums, events, jobs); sums (checksums, where it has them); complete; intended: frames meant
    to come, None where it does not say; step_s; notes.
    """

    def __init__(
        self,
        file: h5py.File,
        path: Path,
        nodes: int,
        live: bool = False,
        held: Contents | None = None,
        count: int | None = None,
        raw: RawFile | None = None,
    ) -> None:
        """held: what was read before; count: no more frames than these are looked for; raw: the bytes of the file."""
        self.file, self._path, self._nodes, self.live, self.raw = file, path, nodes, live, raw
        self.notes: list[str] = [] if held is None else list(held.notes)
        self.complete = is_complete(file, path)
        self.intended = self._intended()
        self.times_s = committed_times(file, path)[:count]
        if live:
            self.times_s = self.times_s[: settled_frames(file, len(self.times_s))]
        if held is not None:
            _check_prefix(held.times_s, self.times_s)
        self.states = open_states(file, self.times_s, nodes, path)
        self.tracks = self._open_tracks(None if held is None or not len(held.times_s) else held)
        self.step_s = self._step_s()
        self.infos = {name: track.info for name, track in self.tracks.items()}
        self.tables: TablesReader = TablesReader(
            file, path, self.times_s, self.infos, nodes, self.step_s, None if held is None else held.tables, live
        )
        self.sums = read_sums(file, len(self.times_s))
        self.size_bytes = path.stat().st_size if raw is None else raw.size
        self.notes += [note for note in self.tables.notes if note not in self.notes]

    def track(self, name: str) -> Track:
        """One metric."""
        return self.tracks[name]

    def read_state(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Positions and velocities of a frame."""
        assert self.states is not None
        return self.states.read(index)

    def read_surface(self, name: str, index: int) -> NDArray[np.float32]:
        """Sums over the ground of a frame."""
        return self.tables.read_surface(name, index)

    def job_members(self, index: int) -> NDArray[np.uint32]:
        """Rows of a job's nodes."""
        return self.tables.job_members(index)

    def clipped(self, name: str) -> int:
        """Values of a metric that lay outside its range and are stored as its end."""
        return int(number_attribute(self.file[f"/frames/{name}"], "clipped", self._path) or 0)

    def _intended(self) -> int | None:
        said = number_attribute(self.file, "frames_intended", self._path)
        return int(said) if said is not None and 0 < said <= schema.MAX_FRAMES else None

    def _step_s(self) -> float:
        if len(self.times_s) > 1:
            return float(np.median(np.diff(self.times_s)))
        return number_attribute(self.file, "step_s", self._path) or 60.0

    def _open_tracks(self, held: Contents | None) -> dict[str, Track]:
        """Every (T, N) dataset under /frames that says its unit and name; those known before, on the new file."""
        if held is not None:
            return {
                name: track.reopened(open_rows(self._dataset(name), self.raw, self.live))
                for name, track in held.tracks.items()
            }
        tracks: dict[str, Track] = {}
        group = self.file.get("frames")
        for name, dataset in group.items() if isinstance(group, h5py.Group) else ():
            if name in ("position_km", "velocity_km_s") or not isinstance(dataset, h5py.Dataset):
                continue
            if not text_attribute(dataset, "units", self._path) or not text_attribute(dataset, "long_name", self._path):
                self.notes.append(f"'/frames/{name}' has no units or no long_name and is not shown")
                continue
            self._check_shape(name, dataset)
            tracks[name] = open_track(dataset, len(self.times_s), self._path, self.raw, self.live)
        if not tracks and self.states is None:
            raise FileRefusedError(
                "a recording must have at least one metric under /frames with units and long_name, or positions, "
                "it has neither",
                "write one, (frames, nodes)",
                self._path,
            )
        order = list(schema.RECORDED)
        return dict(sorted(tracks.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))

    def _dataset(self, name: str) -> Any:
        dataset = self.file["frames"][name]
        self._check_shape(name, dataset)
        return dataset

    def _check_shape(self, name: str, dataset: Any) -> None:
        if dataset.shape[1] != self._nodes or dataset.shape[0] < len(self.times_s):
            raise FileRefusedError(
                f"'/frames/{name}' must have the shape ({len(self.times_s)}, {self._nodes}), one row a "
                f"frame and one column a node, got {dataset.shape}",
                "correct the file",
                self._path,
            )


def settled_frames(file: h5py.File, frames: int) -> int:
    """How many of the committed frames no longer move in the file: a packed chunk of several frames is written anew,
    elsewhere, until its last frame is there."""
    group = file.get("frames")
    for dataset in group.values() if isinstance(group, h5py.Group) else ():
        if isinstance(dataset, h5py.Dataset) and dataset.chunks is not None and filters_of(dataset):
            frames = min(frames, frames // dataset.chunks[0] * dataset.chunks[0])
    return frames


def read_sums(file: h5py.File, frames: int) -> dict[str, NDArray[np.uint32]]:
    """Checksums of the committed frames by metric, (T,) each; {} where the file has none."""
    dataset = file.get("/integrity/crc32")
    if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 2 or dataset.shape[0] < frames or dataset.dtype != "u4":
        return {}
    names = text_attribute(dataset, "metrics").split()
    if len(names) != dataset.shape[1] or not has_chunks(dataset, frames):
        return {}
    values = np.asarray(dataset[:frames], np.uint32)
    return {name: values[:, place] for place, name in enumerate(names)}


def committed_count(file: h5py.File) -> int | None:
    """Frames the writer vouches for; None where the file does not count them."""
    return int(file["/time/committed"][0]) if "/time/committed" in file else None


def committed_times(file: h5py.File, path: Path) -> NDArray[np.float64]:
    """The committed instants, finite and strictly increasing."""
    if "/time/t_s" not in file:
        raise FileRefusedError("'/time/t_s' must be in a recording, it is missing", "write each frame's time", path)
    # The counter first: what it counts was written before it.
    count = committed_count(file)
    times_s: NDArray[np.float64] = file["/time/t_s"][()].astype(np.float64)
    if count is not None:
        times_s = times_s[:count]
    # NaN is not above anything, so it is found by the same comparison.
    increases = np.diff(times_s, prepend=-np.inf) > 0.0
    wrong = np.flatnonzero(~(increases & np.isfinite(times_s)))
    if len(wrong):
        raise FileRefusedError(
            f"'/time/t_s' must be finite and increase each frame, got {times_s[wrong[0]]} at frame {wrong[0]}",
            "correct the file",
            path,
        )
    if len(times_s) and max(-times_s[0], times_s[-1]) > LONGEST_S:
        raise FileRefusedError(
            f"'/time/t_s' must lie within 200 years of epoch_utc, got {times_s[0]:g} s to {times_s[-1]:g} s",
            "correct the file",
            path,
        )
    return times_s


def _check_prefix(old_s: NDArray[np.float64], new_s: NDArray[np.float64]) -> None:
    """Committed frames stay: a file that has fewer, or others, is not seen as it is."""
    if len(new_s) < len(old_s) or not np.array_equal(new_s[: len(old_s)], old_s):
        raise TornError("the frames read before must still be there")
