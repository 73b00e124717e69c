"""What is read of a file from others, in the confined process, before it is opened anywhere else: all of its structure,
and of its values what shows whether the library survives reading them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from orbitviz.files.recognise import HDF5_KINDS, kind_among
from orbitviz.files.safety import READING_ERRORS, check_open, is_complete, open_here

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
    if kind in HDF5_KINDS:
        with open_here(path) as file:
            check_open(file, [name for name in kinds if name in HDF5_KINDS], path.name, path)
            complete = is_complete(file, path)
            _structure(file, path, complete)
        return kind, complete
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


def _structure(file: h5py.File, path: Path, complete: bool) -> None:
    size = path.stat().st_size
    for thing in _things(file):
        _attributes(thing)
        if isinstance(thing, h5py.Dataset):
            if complete and thing.chunks is not None:
                _chunk_index(thing, size, path)
            # What cannot be read is said by whoever reads it; here it must only not end the process.
            with suppress(*(error for error in READING_ERRORS if error is not MemoryError)):
                _values(thing)


def _things(group: h5py.Group) -> Iterator[Any]:
    """Every group and dataset, the tree having passed; no soft link is followed."""
    yield group
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.HardLink):
            thing = group[name]
            if isinstance(thing, h5py.Group):
                yield from _things(thing)
            else:
                yield thing


def _attributes(thing: Any) -> None:
    """Reads all that are plain numbers or text, of those not larger than a reader takes."""
    for name in thing.attrs:
        found = thing.attrs.get_id(name)
        plain = found.get_type().get_class() in (h5py.h5t.STRING, h5py.h5t.INTEGER, h5py.h5t.FLOAT)
        if plain and found.get_storage_size() <= MAX_ATTRIBUTE_BYTES:
            with suppress(OSError, RuntimeError, TypeError, ValueError):
                thing.attrs[name]


def _chunk_index(dataset: h5py.Dataset, size: int, path: Path) -> None:
    """Chunks lie inside the file and inside the dataset."""
    if dataset.id.get_num_chunks() > MAX_LISTED_CHUNKS:
        return
    wrong: list[Any] = []

    def look(chunk: Any) -> None:
        outside = chunk.byte_offset is None or chunk.byte_offset < 0 or chunk.byte_offset + chunk.size > size
        beyond = any(start >= max(side, 1) for start, side in zip(chunk.chunk_offset, dataset.shape, strict=True))
        if (outside or beyond) and not wrong:
            wrong.append(chunk)

    dataset.id.chunk_iter(look)
    if wrong:
        raise FileRefusedError(
            f"the chunks of '{dataset.name}' must lie in the file, one is at byte {wrong[0].byte_offset}, of "
            f"{wrong[0].size} bytes in a file of {size:,}",
            "copy it again from where it came from",
            path,
        )


def _values(dataset: h5py.Dataset) -> None:
    """Small ones whole; the first and the last chunk of those that are read past the library; of others the first and
    the last row, and columns, which are read as a whole, altogether."""
    if dataset.fillvalue is None or dataset.shape is None:
        return
    if dataset.ndim == 0 or dataset.size * dataset.dtype.itemsize <= WHOLE_BYTES:
        dataset[()]
    elif is_direct(dataset):
        chunk = np.empty(dataset.chunks, dataset.dtype)
        ends = [(side - 1) // step * step for side, step in zip(dataset.shape, dataset.chunks, strict=True)]
        for place in ((0,) * dataset.ndim, tuple(ends)):
            with suppress(KeyError):
                read_chunk(dataset, place, chunk)
    elif dataset.ndim > 1 or dataset.chunks is None:
        dataset[0], dataset[len(dataset) - 1]
    else:
        rows = max(1, PIECE_BYTES // dataset.dtype.itemsize)
        for first in range(0, len(dataset), rows):
            dataset[first : first + rows]
