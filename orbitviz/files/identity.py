"""Which file it is: what is looked at and what is opened afterwards must be the same one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class Identity(NamedTuple):
    """Device, inode, size in bytes, time of the last change in ns: those equal, it is the same unchanged file."""

    device: int
    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, file: Path | int) -> Identity:
        """Of a path, or of an open file by its descriptor. OSError where there is none."""
        status = os.stat(file)
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def same_file(self, other: Identity) -> bool:
        """Whether it is the same file, grown or written to perhaps."""
        return self[:2] == other[:2]
