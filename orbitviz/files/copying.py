"""Datasets and attributes of a vetted file copied to another: plain numbers and text alone, read and written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from orbitviz.core.errors import FileRefusedError
from orbitviz.files.attributes import number_attribute, numbers_attribute, text_attribute, texts_attribute
from orbitviz.files.codec import LEVEL, read_column, string_dtype, write_column
from orbitviz.files.fleet_file import fixed_text, set_text

MOST_ATTRIBUTES = 200


def copy_attributes(old: Any, new: Any, path: Path) -> None:
    """Every attribute that is a plain number or text; others, and damaged ones, are left behind."""
    for name in list(old.attrs)[:MOST_ATTRIBUTES]:
        try:
            _copy_attribute(old, new, name, path)
        except (FileRefusedError, OSError, RuntimeError, ValueError, KeyError):
            continue


def _copy_attribute(old: Any, new: Any, name: str, path: Path) -> None:
    found = old.attrs.get_id(name)
    if found.get_type().get_class() == h5py.h5t.STRING:
        if found.shape:
            cells = np.array([fixed_text(text, 1_000) for text in texts_attribute(old, name, path)] or [b" "], "S")
            new.attrs.create(name, cells, dtype=string_dtype(cells.dtype.itemsize))
        else:
            set_text(new, name, text_attribute(old, name, path))
        return
    values = numbers_attribute(old, name, path)
    if values:
        kind = found.dtype
        new.attrs[name] = np.array(values if found.shape else values[0], kind)
    elif found.shape == ():
        number = number_attribute(old, name, path)
        if number is not None:
            new.attrs[name] = number


def copy_dataset(old: h5py.Dataset, file: h5py.File, path: Path, rows: int | None = None) -> None:
    """A whole table's column, or its first rows, at the same place in `file`. OSError, ValueError: it is damaged."""
    values = read_column(old) if old.ndim == 1 else old[()]
    if rows is not None:
        if len(values) < rows:
            raise ValueError(f"{rows} rows must be there, got {len(values)}")
        values = values[:rows]
    group, name = file.require_group(old.name.rpartition("/")[0] or "/"), old.name.rpartition("/")[2]
    if old.name == "/scenario":
        text = bytes(values) if isinstance(values, bytes | np.bytes_) else str(values).encode()
        new = group.create_dataset(name, data=text, dtype=string_dtype(max(1, len(text))))
    elif np.ndim(values) == 1:
        new = write_column(group, name, np.asarray(values))
    else:
        packing = {"compression": "gzip", "compression_opts": LEVEL} if np.ndim(values) else {}
        new = group.create_dataset(name, data=values, **packing)
    copy_attributes(old, new, path)


def like(
    old: h5py.Dataset,
    file: h5py.File,
    path: Path,
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
    packed: bool = True,
) -> Any:
    """An empty dataset that grows by frames, with the type, fill value and attributes of another."""
    packing = {"compression": "gzip", "compression_opts": LEVEL} if packed else {}
    new = file.create_dataset(
        old.name, shape, old.dtype, maxshape=(None, *shape[1:]), chunks=chunks, fillvalue=old.fillvalue, **packing
    )
    copy_attributes(old, new, path)
    return new
