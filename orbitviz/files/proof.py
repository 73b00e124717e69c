"""Recorded frames read with every proof there is: deflate's own checksum, the length, and the recording's CRC-32.

Used by what must not trust a file: `check` and `recover`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.files import schema
from orbitviz.files.attributes import text_attribute
from orbitviz.files.codec import frame_crc, inflate_into, is_direct


@dataclass(frozen=True)
class Proved:
    """One frame of one dataset: values (N, ...) as stored; chunks ((offset, packed bytes), ...) where they can be
    copied as they are, None where they cannot; problem: why the values must not be used, empty where they may."""

    values: NDArray[Any]
    chunks: tuple[tuple[tuple[int, ...], bytes], ...] | None = None
    problem: str = ""


class Checksums:
    """/integrity/crc32 of an open file; `problem` says what is wrong with the table itself."""

    def __init__(self, file: h5py.File, path: Path, frames: int) -> None:
        self.problem = ""
        self._columns: dict[str, int] = {}
        self._sums: NDArray[Any] = np.empty((0, 0), np.uint32)
        dataset = file.get(schema.CHECKSUMS.path)
        if not isinstance(dataset, h5py.Dataset):
            return
        names = text_attribute(dataset, "metrics", path).split()
        if dataset.ndim != 2 or dataset.shape[0] < frames or dataset.shape[1] != len(names):
            self.problem = (
                f"'{dataset.name}' must have a row for each of {frames:,} frames and a column for each of the "
                f"{len(names)} words of its attribute metrics, it is {dataset.shape}"
            )
            return
        try:
            self._sums = dataset[:frames]
        except (OSError, RuntimeError, ValueError) as error:
            self.problem = f"'{dataset.name}' must be readable, {reason(error)}"
            return
        self._columns = {name: place for place, name in enumerate(names)}

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics that have checksums."""
        return tuple(self._columns)

    def wrong(self, metric: str, frame: int, values: NDArray[Any]) -> bool:
        """Whether a frame is not what was summed; never where there is no checksum."""
        place = self._columns.get(metric)
        return place is not None and int(self._sums[frame, place]) != frame_crc(values)


class FrameProof:
    """Frames of one (T, N, ...) dataset, one after the other."""

    def __init__(self, dataset: h5py.Dataset, sums: Checksums | None = None) -> None:
        self.dataset = dataset
        self.direct = bool(is_direct(dataset) and dataset.chunks[0] == 1 and dataset.ndim == 2)
        self._metric = dataset.name.rpartition("/")[2]
        self._sums = sums
        self._spare = np.empty(dataset.chunks[1] if self.direct else 0, dataset.dtype)

    def read(self, frame: int) -> Proved:
        """One frame; it never raises for what is damaged."""
        try:
            proved = self._direct(frame) if self.direct else Proved(np.asarray(self.dataset[frame]))
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            return Proved(np.empty(0, self.dataset.dtype), problem=reason(error))
        if self._sums is not None and self._sums.wrong(self._metric, frame, proved.values):
            return Proved(proved.values, problem="its checksum is that of other values")
        return proved

    def _direct(self, frame: int) -> Proved:
        """As the library keeps it and unpacked. A chunk that was never written holds the fill value."""
        nodes, length = int(self.dataset.shape[1]), int(self.dataset.chunks[1])
        values = np.empty(nodes, self.dataset.dtype)
        chunks = []
        for start in range(0, nodes, length):
            piece = values[start : start + length]
            found = self.dataset.id.get_chunk_info_by_coord((frame, start))
            if found.byte_offset is None:
                piece[:] = self.dataset.fillvalue
                continue
            if found.size > self._spare.nbytes + self._spare.nbytes // 64 + 1024:
                raise ValueError(f"a chunk of {self._spare.nbytes} bytes must not take {found.size} bytes")
            mask, data = self.dataset.id.read_direct_chunk((frame, start))
            if mask:
                raise ValueError("a chunk must be deflated, its filter was left out")
            inflate_into(data, self._spare)
            piece[:] = self._spare[: len(piece)]
            chunks.append(((frame, start), data))
        return Proved(values, tuple(chunks))


def reason(error: BaseException) -> str:
    """The library's first line, short enough for a sentence."""
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
