"""Checksums of recorded frames: CRC-32, as zlib's, of the N stored numbers of a metric as little-endian bytes.

Deflated chunks carry an Adler-32 that every read checks; this one also notices a chunk in another's place, a frame that
never reached the disk, and damage to data that are not packed. Workers take it where the bytes are hot in the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import h5py

from orbitviz.files import schema
from orbitviz.files.codec import joined_crc
from orbitviz.files.fleet_file import describe, set_text
from orbitviz.files.tables_writer import append

PATH = "/integrity/crc32"


class IntegrityWriter:
    """Grows by a frame at a time. Written where the first frame has the checksums of all its chunks."""

    def __init__(self, file: h5py.File, metrics: Sequence[str], sizes: Sequence[Sequence[int]]) -> None:
        """sizes[metric][chunk]: bytes that a chunk's own rows take."""
        self._file, self._metrics, self._sizes = file, tuple(metrics), sizes
        self._parts: dict[int, dict[tuple[str, int], int]] = {}
        self._dataset: Any = None

    def note(self, metric: str, frame: int, chunk: int, crc: int | None) -> None:
        """The checksum of one chunk's rows; None: it is not known."""
        if crc is not None:
            self._parts.setdefault(frame, {})[metric, chunk] = crc

    def check(self, frame: int) -> None:
        """ValueError where a frame to be committed lacks checksums that earlier ones have."""
        whole = len(self._parts.get(frame, ())) == sum(map(len, self._sizes))
        if frame and whole != (self._dataset is not None):
            raise ValueError(f"frame {frame} must have a checksum for each chunk where frame 0 has, and none otherwise")

    def write(self, frame: int) -> None:
        """The row of a frame about to be committed."""
        parts = self._parts.pop(frame, {})
        if len(parts) != sum(map(len, self._sizes)):
            return
        if self._dataset is None:
            self._dataset = self._create()
        row = [
            joined_crc([parts[name, chunk] for chunk in range(len(sizes))], sizes)
            for name, sizes in zip(self._metrics, self._sizes, strict=True)
        ]
        append(self._dataset, frame, row)

    def trim(self, committed: int) -> None:
        """Drops what belongs to frames that were never committed."""
        if self._dataset is not None and self._dataset.shape[0] != committed:
            self._dataset.resize(committed, axis=0)

    def _create(self) -> Any:
        column, count = schema.COLUMNS[PATH], len(self._metrics)
        dataset = self._file.create_dataset(
            PATH, (0, count), column.dtype, maxshape=(None, count), chunks=(max(1, 2048 // count), count)
        )
        describe(dataset, column.unit, column.long_name)
        set_text(dataset, "metrics", " ".join(self._metrics))
        return dataset
