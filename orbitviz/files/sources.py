"""Where the bytes of an open file come from, past HDF5: a protocol, and a file on a disk of this machine."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol


class ByteSource(Protocol):
    """Bytes by their place in a file. Any number of threads may read at the same time."""

    far: bool
    """Whether reading takes a request to another machine."""

    @property
    def size(self) -> int:
        """Bytes in the file now; a file that is being written grows."""

    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on; fewer only where the file ends. OSError: it cannot be read."""

    def expect(self, ranges: Sequence[tuple[int, int]]) -> None:
        """These (offset, size) are read next: a source that is far away fetches them together. OSError as read_at."""

    def close(self) -> None:
        """Let go of the file."""


class LocalBytes:
    """A file on a disk: a ByteSource. OSError when it cannot be opened."""

    far = False

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self._handle = self._file.fileno()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._handle).st_size

    def is_same_file(self, handle: int) -> bool:
        """Whether an open file descriptor is of this very file, and not of one that had its name before."""
        return os.path.sameopenfile(self._handle, handle)

    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on; fewer where the file ends."""
        if hasattr(os, "pread"):
            return os.pread(self._handle, size, offset)
        with self._lock:  # Windows has no pread: the place in the file is shared by all threads
            os.lseek(self._handle, offset, os.SEEK_SET)
            return self._file.read(size)

    def expect(self, ranges: Sequence[tuple[int, int]]) -> None:
        """A disk is near: nothing."""

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


class SourceFile(io.RawIOBase):
    """A source as the file object that h5py reads from."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As io says."""
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        return self._at

    def tell(self) -> int:
        """As io says."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """As io says."""
        view = memoryview(buffer).cast("B")
        data = self._source.read_at(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
