"""Deflate, and datasets chunk by chunk: HDF5's own gzip is slow and holds the library's lock, so chunks are packed and
unpacked here (by isal, with zlib where it is missing) and go past the filter as ordinary gzip chunks any tool can read.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

_zlib: Any
try:
    _zlib = import_module("isal.isal_zlib")
except ImportError:  # no wheel for this machine: the same format, about three times slower
    _zlib = import_module("zlib")

LEVEL = 1
SMALL = 4096
"""Rows up to which a column is not worth chunks and a filter."""
CHUNK_NODES = 65536
"""Nodes a chunk: one node's history over a day stays cheap, one frame of a million costs 16 reads (measured)."""
DEFLATE_FILTER = 1


def chunk_nodes(nodes: int) -> int:
    """Nodes in one chunk of a (T, nodes) dataset."""
    return max(1, min(nodes, CHUNK_NODES))


def chunk_count(nodes: int) -> int:
    """Chunks of one frame."""
    return -(-nodes // chunk_nodes(nodes))


def deflate(data: Any) -> bytes:
    """Any contiguous buffer -> zlib stream, level 1."""
    return bytes(_zlib.compress(data, LEVEL))


def deflate_chunk(stored: NDArray[Any], length: int, fill: int = 0) -> bytes:
    """One chunk (n,) of `length` places, filled up when it is the last and shorter one -> zlib stream."""
    if len(stored) < length:
        padded = np.full(length, fill, stored.dtype)
        padded[: len(stored)] = stored
        stored = padded
    return deflate(np.ascontiguousarray(stored))


def frame_crc(stored: NDArray[Any]) -> int:
    """CRC-32, as zlib's, of stored numbers as little-endian bytes."""
    return int(_zlib.crc32(np.ascontiguousarray(stored, stored.dtype.newbyteorder("<"))))


def joined_crc(parts: Sequence[int], sizes: Sequence[int]) -> int:
    """CRC-32 of pieces one after the other, from the CRC-32 of each and their sizes in bytes."""
    whole = 0
    for part, size in zip(parts, sizes, strict=True):
        # The sum is linear: zeros run through it carry the earlier pieces past the later one.
        zeros = bytes(size)
        whole = _zlib.crc32(zeros, whole) ^ _zlib.crc32(zeros, 0) ^ part
    return int(whole)


def inflate(data: Any, size: int) -> bytes:
    """Zlib stream -> its `size` bytes, checksum and all. Never unpacks more than fits; ValueError when the stream is
    damaged, cut short, or not exactly that long."""
    stream = _zlib.decompressobj()
    try:
        plain: bytes = stream.decompress(data, size + 1)
    except (_zlib.error, ValueError) as error:
        raise ValueError(f"a chunk must be a zlib stream, {error}") from None
    if len(plain) != size:
        got = "more" if len(plain) > size else str(len(plain))
        raise ValueError(f"a chunk must unpack to {size} bytes, got {got}")
    if not stream.eof:
        raise ValueError("a chunk must end with its checksum, it is cut short")
    return plain


def inflate_into(data: Any, out: NDArray[Any]) -> None:
    """Zlib stream -> `out` (contiguous), as `inflate`."""
    out.view(np.uint8).reshape(-1)[:] = np.frombuffer(inflate(data, out.nbytes), np.uint8)


def most_packed(size: int) -> int:
    """Bytes that a chunk of `size` bytes may take in a file: one that does not shrink grows by a few bytes a block;
    anything longer than this is not ours to swallow."""
    return size + size // 64 + 1024


def string_dtype(length: int) -> Any:
    """h5py's type of fixed-length UTF-8 text."""
    from h5py import string_dtype as fixed  # recording workers deflate without ever loading HDF5

    return fixed("utf-8", length)


def filters_of(dataset: Any) -> list[int]:
    """Filter numbers of an h5py dataset, in order."""
    properties = dataset.id.get_create_plist()
    return [int(properties.get_filter(i)[0]) for i in range(properties.get_nfilters())]


def is_direct(dataset: Any) -> bool:
    """Whether chunks can be read past the library: native numbers, chunked, filter deflate alone."""
    native = dataset.dtype.isnative and dataset.dtype.kind in "uifS"
    return bool(native and dataset.chunks is not None and filters_of(dataset) == [DEFLATE_FILTER])


def read_chunk(dataset: Any, offset: tuple[int, ...], out: NDArray[Any]) -> None:
    """One whole chunk of a direct dataset into `out`; ValueError when the chunk is damaged, KeyError when not there."""
    place = dataset.id.get_chunk_info_by_coord(offset)
    if place.byte_offset is None:
        raise KeyError(f"no chunk at {offset}")
    if place.size > most_packed(out.nbytes):
        raise ValueError(f"a chunk of {out.nbytes} bytes must not take {place.size} bytes in the file")
    mask, data = dataset.id.read_direct_chunk(offset)
    if mask:
        raise ValueError("a chunk must be deflated, its filter was left out")
    inflate_into(data, out)


def write_column(group: Any, name: str, values: NDArray[Any]) -> Any:
    """A one-dimensional dataset of constant length, deflated in chunks of 65,536 rows; returns the h5py dataset."""
    kind = string_dtype(values.dtype.itemsize) if values.dtype.kind == "S" else values.dtype
    if len(values) <= SMALL:
        return group.create_dataset(name, data=values.astype(kind), dtype=kind)
    length = chunk_nodes(len(values))
    dataset = group.create_dataset(
        name, values.shape, kind, chunks=(length,), compression="gzip", compression_opts=LEVEL
    )
    for start in range(0, len(values), length):
        dataset.id.write_direct_chunk((start,), deflate_chunk(values[start : start + length], length))
    return dataset


def read_column(dataset: Any) -> NDArray[Any]:
    """A whole one-dimensional dataset in its own dtype, past the library's filter where that is possible."""
    if not is_direct(dataset) or len(dataset) == 0:
        return np.asarray(dataset[()])
    out = np.empty(dataset.shape, dataset.dtype)
    length = dataset.chunks[0]
    spare: NDArray[Any] | None = None
    for start in range(0, len(out), length):
        piece = out[start : start + length]
        try:
            if len(piece) == length:
                read_chunk(dataset, (start,), piece)
                continue
            spare = np.empty(length, dataset.dtype)
            read_chunk(dataset, (start,), spare)
            piece[:] = spare[: len(piece)]
        except KeyError:
            piece[:] = dataset.fillvalue
    return out
