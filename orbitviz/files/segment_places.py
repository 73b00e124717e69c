"""Where the segments of a recording lie, which there are, and how one is opened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files.fleet_marks import SharedFleet
from orbitviz.files.recording_reader import RecordingReader, open_recording
from orbitviz.files.segments_writer import INDEX, SEGMENTS_FORMAT, SEGMENTS_VERSION

MAX_INDEX_BYTES = 16 << 20
MAX_SEGMENTS = 100_000
PARTIAL = ".partial.h5"


class Index:
    """What index.json says: title, complete, names of the segments' files. A damaged index is none (`note` says so)."""

    def __init__(self, data: bytes | None) -> None:
        self.title, self.complete, self.names, self.note = "", False, (), ""
        self.there = data is not None
        if data is None:
            return
        try:
            self._take(json.loads(data))
        except (ValueError, RecursionError, FileRefusedError) as error:
            reason = error.message if isinstance(error, OrbitvizError) else "it is no JSON"
            self.note = f"{INDEX} is not used: {reason}"
            self.names, self.complete, self.there = (), False, False

    names: tuple[str, ...]

    def _take(self, told: Any) -> None:
        if not isinstance(told, dict) or told.get("format") != SEGMENTS_FORMAT:
            raise FileRefusedError(f"it must have the format '{SEGMENTS_FORMAT}'")
        major = str(told.get("format_version", "")).partition(".")[0]
        if not major.isdigit() or int(major) > int(SEGMENTS_VERSION.partition(".")[0]):
            raise FileRefusedError(f"it must be of format version {SEGMENTS_VERSION} or older")
        rows = told.get("segments")
        if not isinstance(rows, list) or len(rows) > MAX_SEGMENTS:
            raise FileRefusedError("it must list the segments")
        names = [row.get("file") if isinstance(row, Mapping) else None for row in rows]
        wrong = [name for name in names if not is_plain(name)]
        if wrong:
            raise FileRefusedError(f"a segment must be a file in the folder, got {str(wrong[0])[:60]!r}")
        self.names = tuple(dict.fromkeys(str(name) for name in names))
        title = told.get("title")
        self.title = title[:500] if isinstance(title, str) else ""
        self.complete = told.get("complete") in (1, True)


def is_plain(name: object) -> bool:
    """Whether it is the name of an HDF5 file and nothing more: no way out of the folder."""
    if not isinstance(name, str) or not name.endswith(".h5") or len(name) > 200:
        return False
    return not name.startswith(".") and name.isprintable() and not any(letter in name for letter in '/\\:*?"<>|%#')


class SegmentPlace(Protocol):
    """A folder of segments."""

    path: Path | None
    name: str
    sampled: bool

    def index(self) -> Index:
        """What the index says now."""

    def names(self, index: Index) -> Sequence[str]:
        """Names of the files there are or should be, in order of names."""

    def open(self, name: str, shared: SharedFleet | None) -> RecordingReader:
        """One of them; OrbitvizError when it cannot be used."""


class SegmentFolder:
    """A folder of this machine."""

    sampled = False

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        self._path = path
        self.name = path.name

    def index(self) -> Index:
        """What the index says now."""
        try:
            with (self._path / INDEX).open("rb") as handle:
                return Index(handle.read(MAX_INDEX_BYTES))
        except OSError:
            return Index(None)

    def names(self, index: Index) -> Sequence[str]:
        """Those of the index, and every other recording in the folder: one may have been closed since."""
        try:
            there = {entry.name for entry in self._path.iterdir() if is_plain(entry.name)}
        except OSError as error:
            raise FileRefusedError(
                f"{self.name} must be a readable folder, {error.strerror or error}", "check its name", self._path
            ) from None
        finished = {name for name in there if not name.endswith(PARTIAL)} | set(index.names)
        written = {name for name in there - finished if name.removesuffix(PARTIAL) + ".h5" not in there}
        return sorted(finished | written)

    def open(self, name: str, shared: SharedFleet | None) -> RecordingReader:
        """One of them; OrbitvizError when it cannot be used."""
        path = self._path / name
        if not path.is_file():
            raise FileRefusedError("it is missing", "copy it again from where it came from", path)
        return open_recording(path, shared)
