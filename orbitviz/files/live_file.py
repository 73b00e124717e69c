"""A file that another process is writing: where it is now, whether anything was written, and a fresh look into it.

HDF5 hands out the same cached view to every handle that one driver has of a file, so that a second look would see what
the first one saw. Two of its drivers do not know of each other: looks are taken in turns through one and the other, and
the old handle stays usable until the new one is found sound.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import h5py

from orbitviz.core.errors import FileRefusedError
from orbitviz.files.attributes import text_attribute
from orbitviz.files.safety import open_checked

DRIVERS = ("sec2", "stdio")
STAT_TELLS = sys.platform != "win32"
"""Whether the size and the time of an open file tell that it was written to: Windows updates them when it is closed."""
OURS_ENDED = "orbitviz_version"
"""Our own writer gives a file its final name only when it has ended; others may write under that name."""
RECENT_S = 600.0
"""A file of another program that is not complete and was written to so lately is taken to be under way."""
PARTIAL = ".partial"


def final_name(path: Path) -> Path:
    """What a recording will be called when it has ended: run.partial.h5 -> run.h5."""
    return path.with_name(path.stem.removesuffix(PARTIAL) + path.suffix)


def is_partial(path: Path) -> bool:
    """Whether a name is that of a recording under way."""
    return path.stem.endswith(PARTIAL)


def fresh(path: Path, beside: h5py.File | None) -> h5py.File:
    """The file opened anew, past what the handle `beside` has cached of it. OSError, RuntimeError: not now."""
    driver = next(name for name in DRIVERS if beside is None or beside.driver != name)
    return h5py.File(path, "r", locking=False, driver=driver)


class LiveFile:
    """One file by its name and its place on the disk; it may be renamed, removed, or replaced while it is followed.

    path: where it is now; copied: another file took its place, a later copy of the same recording.
    quiet_s: seconds since it was last written to, as far as was seen.
    """

    def __init__(self, path: Path, file: h5py.File, here: bool = True) -> None:
        """here: whether it is on a disk of this machine; else nothing is known of its place."""
        self.path = path
        self._place = place_of(path) if here else (0, 0)
        self.copied = False
        self._marks = marks_of(file)
        self._stamp: tuple[int, int] | None = None
        self._written_s = time.monotonic() - (max(0.0, time.time() - path.stat().st_mtime) if here else 0.0)

    @property
    def quiet_s(self) -> float:
        """Seconds since a frame was last seen to arrive; at first, since the file was last written to."""
        return time.monotonic() - self._written_s

    def arrived(self) -> None:
        """A frame has arrived just now."""
        self._written_s = time.monotonic()

    def touched(self) -> bool:
        """Whether it may have been written to since this was last asked."""
        before, self._stamp = self._stamp, stamp_of(self.path)
        return before != self._stamp or not STAT_TELLS

    def look_again(self) -> None:
        """What was seen last does not count: the next question is answered with yes."""
        self._stamp = None

    def whereabouts(self) -> str:
        """ "" while it is where it was, or has taken its final name (`path` says so); else what became of it."""
        for path in dict.fromkeys((self.path, final_name(self.path))):
            try:
                place = place_of(path)
            except OSError:
                continue
            if place == self._place or (path == self.path and self._is_copy(path, place)):
                self.copied |= place != self._place
                self.path, self._place = path, place
                return ""
            if path == self.path:
                return f"{path.name} is another recording now; what was read of the one before is shown"
        moved = self._renamed()
        if moved is not None:
            self.path = moved
            return ""
        return f"{self.path.name} is no longer there; what was read of it is shown"

    def _renamed(self) -> Path | None:
        """The same file under any other name in its folder."""
        try:
            names = [
                Path(entry.path) for entry in os.scandir(self.path.parent) if entry.name.endswith(self.path.suffix)
            ]
        except OSError:
            return None
        for name in names:
            with contextlib.suppress(OSError):
                if place_of(name) == self._place:
                    return name
        return None

    def _is_copy(self, path: Path, place: tuple[int, int]) -> bool:
        """Whether another file in its place is a later copy of the same recording, as mirroring programs make them."""
        try:
            with open_checked(path, ("recording",)) as file:
                return marks_of(file) == self._marks
        except (FileRefusedError, OSError, RuntimeError, KeyError, ValueError):
            return False


def stamp_of(path: Path) -> tuple[int, int]:
    """When it was last written to, in nanoseconds, and its size: another stamp, other bytes."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def marks_of(file: h5py.File) -> tuple[object, ...]:
    """What two copies of a recording have in common, and two recordings do not."""
    words = tuple(text_attribute(file, name) for name in ("created_utc", "epoch_utc", "title"))
    group = file.get("frames")
    things = group.items() if isinstance(group, h5py.Group) else ()
    return *words, *((name, thing.shape[1:]) for name, thing in things if isinstance(thing, h5py.Dataset))


def place_of(path: Path) -> tuple[int, int]:
    """The disk and the place on it: what stays when a file is renamed."""
    stat = os.stat(path)
    return stat.st_dev, stat.st_ino


def seems_under_way(path: Path, file: h5py.File) -> bool:
    """Whether an incomplete file that counts its frames may still grow: by its name, else by when it was written."""
    if is_partial(path):
        return True
    ours = bool(text_attribute(file, OURS_ENDED, path))
    return not ours and time.time() - path.stat().st_mtime < RECENT_S
