"""The bytes of a file that lies elsewhere, as the confined process has them: it asks for a piece by offset and size,
its parent brings it (vetting_remote.py). A piece travels as its length, four bytes, and its bytes.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress

BLOCK = 1 << 17
"""What is asked for at once at least: HDF5's own records are a few bytes each."""
KEPT_BLOCKS = 256
MAX_PIECE = 4 << 20
"""Bytes that are asked for at once at most."""
HEAD = 4

Fetch = Callable[[int, int], bytes]
"""(offset, size) -> the bytes."""


class AskedBytes:
    """A sources.ByteSource whose bytes somebody else brings. size: bytes in the file."""

    far = True

    def __init__(self, size: int, fetch: Fetch) -> None:
        self.size = size
        self._fetch = fetch
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def read_at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset` on, fewer where the file ends before."""
        end = min(offset + size, self.size)
        joined = bytearray()
        while offset < end:
            block = offset // BLOCK
            if block not in self._kept:
                self._bring(block, -(-end // BLOCK))
            held = self._kept[block]
            self._kept.move_to_end(block)
            piece = held[offset - block * BLOCK : end - block * BLOCK]
            joined += piece
            offset += len(piece)
        return bytes(joined)

    def _bring(self, first: int, end: int) -> None:
        """Blocks from `first` up to, without, `end`, as far as none of them is there and they fit into a piece."""
        last = first + 1
        while last < min(end, first + MAX_PIECE // BLOCK) and last not in self._kept:
            last += 1
        begin = first * BLOCK
        size = min(last * BLOCK, self.size) - begin
        data = self._fetch(begin, size)
        if len(data) != size:
            raise OSError(f"{size} bytes must come, got {len(data)}")
        for block in range(first, last):
            self._kept[block] = data[(block - first) * BLOCK : (block - first + 1) * BLOCK]
        while len(self._kept) > KEPT_BLOCKS:
            self._kept.popitem(last=False)

    def expect(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Each piece is asked for when it is read: nothing."""

    def close(self) -> None:
        """Forgets what is held."""
        self._kept.clear()


def fetch_over(asking: int, answers: int) -> Fetch:
    """Bytes asked for over one descriptor, and read from another."""

    def fetch(offset: int, size: int) -> bytes:
        os.write(asking, json.dumps({"want": [offset, size]}).encode() + b"\n")
        return read_exactly(answers)[HEAD:]

    return fetch


def read_exactly(descriptor: int) -> bytes:
    """One piece with its length before it; b"" where the talk has ended, or what is said is no piece."""
    got = bytearray()
    while len(got) < HEAD or len(got) < HEAD + int.from_bytes(got[:HEAD], "big"):
        length = HEAD + int.from_bytes(got[:HEAD], "big") if len(got) >= HEAD else HEAD
        if length > HEAD + MAX_PIECE:
            return b""
        more = os.read(descriptor, length - len(got))
        if not more:
            return b""
        got += more
    return bytes(got)


def framed(data: bytes) -> bytes:
    """A piece as it travels."""
    return len(data).to_bytes(HEAD, "big") + data


def wanted(said: bytes) -> list[int] | None:
    """[offset, size] where a whole line asks for bytes, else None."""
    if not said.endswith(b"\n"):
        return None
    with suppress(ValueError):
        match json.loads(said):
            case {"want": [int(offset), int(size)]}:
                return [offset, size]
    return None


def write_within(descriptor: int, data: bytes, deadline: float) -> bool:
    """Whether whoever reads took all of it before `deadline` (time.monotonic()); also where nobody reads any more."""
    os.set_blocking(descriptor, False)
    left = memoryview(data)
    while left:
        _, ready, _ = select.select([], [descriptor], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            continue
        except BrokenPipeError:
            return True
    return True
