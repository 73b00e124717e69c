"""An open recording past HDF5: where its bytes come from, and the threads that unpack them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import h5py

from orbitviz.core.team import Team
from orbitviz.files.sources import ByteSource, LocalBytes

T = TypeVar("T")
WORTH_SHARING = 4
"""Fewer chunks are unpacked before another thread has woken."""


class RawFile:
    """Reads by place and shares work among a few threads. All methods but `close` may be called by any one thread."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._team = Team("orbitviz chunks")

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return self._source.size

    def read_at(self, offset: int, size: int) -> bytes:
        """Exactly `size` bytes from `offset` on; ValueError where the file ends before."""
        data = self._source.read_at(offset, size)
        if len(data) != size:
            raise ValueError(f"{size} bytes must be at {offset} of the file, it ends after {len(data)} of them")
        return data

    @property
    def far(self) -> bool:
        """Whether reading takes a request to another machine."""
        return self._source.far

    def expect(self, ranges: Sequence[tuple[int, int]]) -> None:
        """These (offset, size) are read next."""
        self._source.expect(ranges)

    def each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """work(item) for each, on several threads, this one among them; returns when all have ended. The first error
        is raised, and no new item is begun after it."""
        if len(items) < WORTH_SHARING and not self._source.far:
            for item in items:
                work(item)
            return
        self._team.each(work, items)

    def close(self) -> None:
        """Ends the threads and lets go of the file."""
        self._team.close()
        self._source.close()


def raw_file_of(file: h5py.File, path: Path) -> RawFile | None:
    """The bytes of a file that HDF5 has open; None where they cannot be had: chunks are then read by HDF5.

    HDF5 counts the places of chunks from the end of a user block, in some releases: such files are left to it.
    """
    if file.userblock_size != 0:
        return None
    try:
        source = LocalBytes(path)
    except OSError:
        return None  # it was renamed or removed since
    try:
        if source.is_same_file(int(file.id.get_vfd_handle())):
            return RawFile(source)
    except (OSError, ValueError, TypeError, RuntimeError):
        pass  # a driver of HDF5 that has no such number
    source.close()
    return None
