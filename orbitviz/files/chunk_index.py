"""Where the chunks of a dataset lie in its file: asked of HDF5 once, all together.

HDF5 finds one chunk by walking past those before it (0.25 ms among 23,040); it names all of them in 50 ms. So the first
few are asked for one by one, and all together once more are wanted.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

MAX_CHUNKS = 16_000_000
"""Of one dataset: 200 MB of places. One with more is read by HDF5."""
ASKED_ALONE = 96
"""Chunks asked for one by one before all are: about as long as that takes."""


@dataclass(frozen=True)
class ChunkPlace:
    """offset and size in bytes; left_out: filters that this chunk did not go through, one bit each."""

    offset: int
    size: int
    left_out: int


class ChunkIndex:
    """Places by (frame, chunk) of a dataset (T, N) in chunks of (1, C). The thread that owns the file may call it."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self._length = int(dataset.chunks[1])
        self._across = -(-int(dataset.shape[1]) // self._length)
        self._frames = 0
        self._offsets: NDArray[np.uint64] = np.zeros(0, np.uint64)
        self._sizes: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._left_out: dict[int, int] = {}
        self._alone: dict[int, ChunkPlace | None] = {}

    def cover(self, frames: range, chunks: Collection[int]) -> None:
        """Makes sure that the places of these chunks of these frames are known. OSError, RuntimeError: the file is
        damaged. A growing file is asked again when a frame is wanted that was not there before."""
        if not frames or frames[-1] < self._frames:
            return
        if len(self._alone) + len(frames) * len(chunks) <= ASKED_ALONE:
            for frame in frames:
                for chunk in chunks:
                    self._ask(frame, chunk)
        else:
            self._ask_all()

    def _ask(self, frame: int, chunk: int) -> None:
        at = frame * self._across + chunk
        if frame >= self._frames and at not in self._alone:
            found = self._dataset.id.get_chunk_info_by_coord((frame, chunk * self._length))
            there = found.byte_offset is not None and found.size > 0
            self._alone[at] = ChunkPlace(found.byte_offset, found.size, int(found.filter_mask)) if there else None

    def _ask_all(self) -> None:
        count = int(self._dataset.shape[0])
        offsets, sizes = np.zeros(count * self._across, np.uint64), np.zeros(count * self._across, np.uint32)
        left_out: dict[int, int] = {}
        # A view of the memory takes a number in a third of the time that an array does.
        where, how_long, across, length = offsets.data, sizes.data, self._across, self._length

        def note(chunk: Any) -> None:
            frame, start = chunk.chunk_offset
            place = frame * across + start // length
            if 0 <= place < len(where) and chunk.size < 1 << 32:
                where[place], how_long[place] = chunk.byte_offset, chunk.size
                if chunk.filter_mask:
                    left_out[place] = int(chunk.filter_mask)

        self._dataset.id.chunk_iter(note)
        self._frames, self._offsets, self._sizes, self._left_out = count, offsets, sizes, left_out
        self._alone.clear()

    def place(self, frame: int, chunk: int) -> ChunkPlace | None:
        """Of a frame that is covered; None where the chunk was never written. Any thread may ask."""
        at = frame * self._across + chunk
        if frame >= self._frames:
            return self._alone[at]
        size = int(self._sizes[at])
        return ChunkPlace(int(self._offsets[at]), size, self._left_out.get(at, 0)) if size else None
