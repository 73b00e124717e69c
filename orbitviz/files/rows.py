"""The stored numbers of one dataset (T, N), by frame and by node: straight from its chunks, or by HDF5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.files.chunk_index import MAX_CHUNKS, ChunkIndex
from orbitviz.files.codec import DEFLATE_FILTER, filters_of, inflate, most_packed
from orbitviz.files.raw_file import RawFile

Numbers = NDArray[Any]


class Rows(Protocol):
    """One dataset of an open recording. OSError, RuntimeError, ValueError: what is asked for is damaged."""

    def frame(self, index: int, out: Numbers) -> None:
        """Frame `index`, (N,), into `out`, which has the dataset's dtype and is contiguous."""

    def columns(self, rows: NDArray[np.intp], frames: range) -> Numbers:
        """(R, F) numbers of some nodes over some frames."""


class ChunkRows:
    """Chunks of one frame each, deflated or as they are: bytes -> isal -> numbers on a few threads, past HDF5's lock,
    its walk to each chunk and its filter. Every deflated chunk is held against its own checksum."""

    def __init__(self, dataset: h5py.Dataset, raw: RawFile, whole: bool = False) -> None:
        self._raw, self._index, self._whole = raw, ChunkIndex(dataset), whole
        self._dtype, self._fill = dataset.dtype, dataset.fillvalue
        self._nodes, self._length = int(dataset.shape[1]), int(dataset.chunks[1])
        self._bytes = self._length * self._dtype.itemsize
        self._deflated = filters_of(dataset) == [DEFLATE_FILTER]

    def frame(self, index: int, out: Numbers) -> None:
        """Frame `index`, (N,), into `out`."""
        chunks = range(-(-self._nodes // self._length))
        self._index.cover(range(index, index + 1), chunks)

        def fetch(chunk: int) -> None:
            piece = out[chunk * self._length : (chunk + 1) * self._length]
            plain = self._plain(index, chunk)
            piece[:] = self._fill if plain is None else plain[: len(piece)]

        self._expect((index, chunk) for chunk in chunks)
        self._raw.each(fetch, chunks)

    def columns(self, rows: NDArray[np.intp], frames: range) -> Numbers:
        """(R, F) numbers of some nodes over some frames: each chunk that holds one of them is unpacked once."""
        values = np.empty((len(rows), len(frames)), self._dtype)
        groups = [(chunk, wanted, rows[wanted] % self._length) for chunk, wanted in by_chunk(rows, self._length)]
        self._index.cover(frames, [chunk for chunk, _, _ in groups])

        def fetch(place: int) -> None:
            for chunk, wanted, within in groups:
                plain = self._plain(frames[place], chunk)
                values[wanted, place] = self._fill if plain is None else plain[within]

        self._expect((frame, chunk) for frame in frames for chunk, _, _ in groups)
        self._raw.each(fetch, range(len(frames)))
        return values

    def _expect(self, chunks: Iterable[tuple[int, int]]) -> None:
        """Has the chunks fetched together, by (frame, chunk), where the file is far away."""
        if not self._raw.far:
            return
        most = most_packed(self._bytes)
        places = [self._index.place(frame, chunk) for frame, chunk in chunks]
        self._raw.expect([(place.offset, place.size) for place in places if place is not None and place.size <= most])

    def _plain(self, frame: int, chunk: int) -> Numbers | None:
        """The numbers of a chunk; None where it was never written."""
        place = self._index.place(frame, chunk)
        if place is None and self._whole:
            raise OSError(f"chunk {chunk} of frame {frame} must be there, it is not")
        if place is None:
            return None
        packed = self._deflated and not place.left_out
        most = most_packed(self._bytes) if packed else self._bytes
        if place.size > most or place.left_out > 1 or (not packed and place.size != self._bytes):
            raise ValueError(f"a chunk of {self._bytes} bytes must not take {place.size} bytes in the file")
        data = self._raw.read_at(place.offset, place.size)
        return np.frombuffer(inflate(data, self._bytes) if packed else data, self._dtype)


class LibraryRows:
    """Any other layout: HDF5 does the work."""

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset

    def frame(self, index: int, out: Numbers) -> None:
        """Frame `index`, (N,), into `out`."""
        self._dataset.read_direct(out, np.s_[index, :])

    def columns(self, rows: NDArray[np.intp], frames: range) -> Numbers:
        """(R, F) numbers of some nodes over some frames: nodes of one chunk together, so that it is unpacked once."""
        values = np.empty((len(rows), len(frames)), self._dataset.dtype)
        length = int(self._dataset.chunks[1]) if self._dataset.chunks else 1
        for _, wanted in by_chunk(rows, length):
            here = rows[wanted]
            low, high = int(here.min()), int(here.max()) + 1
            if high - low == 1:
                values[wanted] = self._dataset[frames.start : frames.stop, low]
                continue
            for place, frame in enumerate(frames):
                values[wanted, place] = self._dataset[frame, low:high][here - low]
        return values


def by_chunk(rows: NDArray[np.intp], length: int) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """(chunk, places in `rows` of the nodes in it) for each chunk of `length` nodes that holds any."""
    chunks = rows // length
    for chunk in np.unique(chunks):
        yield int(chunk), np.flatnonzero(chunks == chunk)


def open_rows(dataset: h5py.Dataset, raw: RawFile | None, whole: bool = False) -> Rows:
    """The quickest way to read a vetted dataset (T, N); raw: the bytes of its file, where they can be had. whole: a
    chunk that is not there is an error, not a stretch of fill values: a file under way may not tell its place yet."""
    if raw is None or dataset.chunks is None or dataset.chunks[0] != 1 or dataset.dtype.kind not in "uif":
        return LibraryRows(dataset)
    count = dataset.shape[0] * -(-dataset.shape[1] // dataset.chunks[1])
    # Numbers that lie in the file as they do in memory: of this machine's byte order, with no bits left over.
    as_they_are = dataset.dtype.isnative and dataset.id.get_type().equal(h5py.h5t.py_create(dataset.dtype))
    known = filters_of(dataset) in ([], [DEFLATE_FILTER])
    return ChunkRows(dataset, raw, whole) if as_they_are and known and count <= MAX_CHUNKS else LibraryRows(dataset)
