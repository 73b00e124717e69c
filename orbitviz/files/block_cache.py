"""Blocks of files elsewhere, kept on disk: bounded in size, and never mixed between two states of one file."""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from contextlib import suppress
from pathlib import Path

from orbitviz.core.places import cache_folder

DEFAULT_LIMIT_BYTES = 2 << 30
_SWEEP_TO = 0.8
_SWEEP_EVERY = 64


class BlockCache:
    """One folder for all files; each state of a file (address, ETag or time, size) has a folder of its own in it.

    A block is a file of its bytes and their CRC-32: what a crash left half written is not taken. Whatever goes wrong
    with the disk, the block is fetched again. Several programs may share the folder.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.folder = folder or cache_folder() / "blocks"
        self.limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._written = 0

    def key(self, address: str, identity: str, size: int) -> str:
        """The name of one state of a file."""
        return hashlib.sha256(f"{address}\n{identity}\n{size}".encode()).hexdigest()[:40]

    def get(self, key: str, block: int, size: int) -> bytes | None:
        """A block of `size` bytes; None when it is not there or not whole."""
        path = self._path(key, block)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if len(data) != size + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            return None
        with suppress(OSError):
            os.utime(path)  # what was used last is swept last
        return data[:-4]

    def put(self, key: str, block: int, data: bytes) -> None:
        """Keeps a block; a full or read-only disk is no error."""
        path = self._path(key, block)
        beside = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                beside.write_bytes(data + zlib.crc32(data).to_bytes(4, "little"))
                os.replace(beside, path)
            finally:
                beside.unlink(missing_ok=True)
        with self._lock:
            self._written += 1
            due = self._written % _SWEEP_EVERY == 1
        if due:
            self.sweep()

    def sweep(self) -> None:
        """Deletes what was used least lately once there is more than the limit."""
        found = []
        with suppress(OSError):
            for path in self.folder.glob("*/*"):
                with suppress(OSError):
                    state = path.stat()
                    found.append((state.st_mtime_ns, state.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= self.limit_bytes:
            return
        for _, size, path in sorted(found):
            with suppress(OSError):
                path.unlink()
                total -= size
            if total <= _SWEEP_TO * self.limit_bytes:
                break
        for folder in {path.parent for _, _, path in found}:
            with suppress(OSError):
                folder.rmdir()  # only when it is empty

    def _path(self, key: str, block: int) -> Path:
        return self.folder / key / f"{block:08d}"
