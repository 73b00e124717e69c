"""Bytes that survive the loss of power: files, folders and small files replaced as a whole, as far as systems can."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def sync_descriptor(number: int) -> None:
    """Asks the system to put what was written to an open file on the disk."""
    try:
        # macOS's fsync stops at the drive's own cache; this goes through it.
        import fcntl

        fcntl.fcntl(number, fcntl.F_FULLFSYNC)  # type: ignore[attr-defined,unused-ignore]
    except (ImportError, AttributeError, OSError):
        os.fsync(number)


def sync_file(path: Path) -> None:
    """The same for a closed file. Some network folders cannot; the data are written all the same."""
    with contextlib.suppress(OSError), path.open("rb+") as handle:
        sync_descriptor(handle.fileno())


def sync_folder(path: Path) -> None:
    """Makes a rename within a folder last. Windows opens no folders; there the rename is in its journal."""
    with contextlib.suppress(OSError):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def write_atomically(path: Path, data: bytes) -> None:
    """The whole of a small file at once: readers see the old one or the new one, never a part. Raises OSError."""
    spare = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with spare.open("wb") as handle:
            handle.write(data)
            handle.flush()
            with contextlib.suppress(OSError):
                sync_descriptor(handle.fileno())
        os.replace(spare, path)
    except OSError:
        spare.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
