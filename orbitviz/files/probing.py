"""What is read of a file from others, in the confined process, before it is opened anywhere else: all of its structure,
and of its values what shows whether the library survives reading them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files.attributes import MAX_ATTRIBUTE_BYTES
from orbitviz.files.codec import is_direct, read_chunk
from orbitviz.files.importers import read_here
from orbitviz.files.recipe import parse_recipe, recipe_text_here
from orbitviz.files.recognise import HDF5, kind_among
from orbitviz.files.safety import HDF5_KINDS, READING_ERRORS, check_open, damaged, is_complete, open_here
from orbitviz.files.sources import ByteSource, SourceFile

_NO_HARM = tuple(error for error in READING_ERRORS if error is not MemoryError)
"""What cannot be read is said by whoever reads it; here it must only not end the process."""
WHOLE_BYTES = 1 << 20
"""Datasets up to this size are read as a whole."""
PIECE_BYTES = 8 << 20
MAX_LISTED_CHUNKS = 512
"""Up to so many chunks of a dataset are looked at one by one; the index of more is walked by the library itself."""
MAX_PARSED_BYTES = 16 << 20
"""Larger catalogues are read once only, after their counts were taken (importers/rows.py)."""


def probe(path: Path, kinds: Sequence[str]) -> tuple[str, bool]:
    """(kind of the file, whether it is finished); OrbitvizError when it is refused. It may as well crash or hang."""
    kind = kind_among(path, kinds)
    if kind == HDF5:
        return _hdf5(path, [name for name in kinds if name in HDF5_KINDS])
    # Whoever asks what a file is will read it next, and then hear what is wrong in it.
    with suppress(OrbitvizError) if len(kinds) > 1 else nullcontext():
        _text(path, kind)
    return kind, True


def _text(path: Path, kind: str) -> None:
    """A recipe, a catalogue, or a catalogue of the importer called `kind`."""
    if kind == "recipe":
        parse_recipe(recipe_text_here(path), path)
    else:
        read_here(path, None if kind == "catalogue" else kind, MAX_PARSED_BYTES)


def probe_source(source: ByteSource, name: str, kinds: Sequence[str]) -> tuple[str, bool]:
    """As probe, of an HDF5 file that lies elsewhere."""
    try:
        file = h5py.File(SourceFile(source), "r")
    except (OSError, RuntimeError) as error:
        raise damaged(name, error, None) from None
    with file:
        return _walk(file, source.size, kinds, name, None)


def _hdf5(path: Path, kinds: Sequence[str]) -> tuple[str, bool]:
    """Which kind it is, and whether it is finished."""
    size = path.stat().st_size
    with open_here(path) as file:
        return _walk(file, size, kinds, path.name, path)


def _walk(file: h5py.File, size: int, kinds: Sequence[str], name: str, path: Path | None) -> tuple[str, bool]:
    outside = [""]

    def visit(thing: Any) -> None:
        with suppress(*_NO_HARM):
            _attributes(thing)
        if isinstance(thing, h5py.h5d.DatasetID):
            outside[0] = outside[0] or _chunk_outside(thing, size)
            with suppress(*_NO_HARM):
                _values(thing)

    kind = check_open(file, kinds, name, path, visit)
    try:
        complete = is_complete(file, path)
    except _NO_HARM as error:
        raise damaged(name, error, path) from None
    if outside[0] and complete:
        raise FileRefusedError(outside[0], "copy it again from where it came from", path)
    return kind, complete


def _attributes(thing: Any) -> None:
    """Reads all that are plain numbers or text, of those not larger than a reader takes."""
    for index in range(h5py.h5a.get_num_attrs(thing)):
        with suppress(*_NO_HARM):
            found = h5py.h5a.open(thing, index=index)
            plain = found.get_type().get_class() in (h5py.h5t.STRING, h5py.h5t.INTEGER, h5py.h5t.FLOAT)
            if plain and found.get_storage_size() <= MAX_ATTRIBUTE_BYTES:
                found.read(np.empty(found.shape, found.dtype))


def _chunk_outside(dataset: Any, size: int) -> str:
    """A sentence where a chunk does not lie inside the file and inside the dataset."""
    if dataset.get_create_plist().get_layout() != h5py.h5d.CHUNKED or dataset.get_num_chunks() > MAX_LISTED_CHUNKS:
        return ""
    shape, wrong = dataset.shape, [""]

    def look(chunk: Any) -> None:
        outside = chunk.byte_offset is None or chunk.byte_offset < 0 or chunk.byte_offset + chunk.size > size
        if outside or any(start >= max(side, 1) for start, side in zip(chunk.chunk_offset, shape, strict=True)):
            wrong[0] = (
                f"the chunks of '{h5py.h5i.get_name(dataset).decode('utf-8', 'replace')}' must lie in the file, one is "
                f"at byte {chunk.byte_offset}, of {chunk.size} bytes in a file of {size:,}"
            )

    dataset.chunk_iter(look)
    return wrong[0]


def _values(dataset: Any) -> None:
    """Small ones whole; the first and the last chunk of those that are read past the library; of others the first and
    the last row, and columns, which are read as a whole, altogether."""
    shape, kind = dataset.shape, dataset.dtype
    if math.prod(shape) * kind.itemsize <= WHOLE_BYTES:
        dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, np.empty(shape, kind))
        return
    whole = h5py.Dataset(dataset)
    if is_direct(whole):
        chunk = np.empty(whole.chunks, kind)
        ends = [(side - 1) // step * step for side, step in zip(shape, whole.chunks, strict=True)]
        for place in ((0,) * len(shape), tuple(ends)):
            with suppress(KeyError):
                read_chunk(whole, place, chunk)
    elif len(shape) > 1 or whole.chunks is None:
        whole[0], whole[len(whole) - 1]
    else:
        rows = max(1, PIECE_BYTES // kind.itemsize)
        for first in range(0, len(whole), rows):
            whole[first : first + rows]
