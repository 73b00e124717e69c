"""Attributes of an untrusted HDF5 file: read by name, one by one, bounded in size, plain numbers and text alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from orbitviz.core.errors import FileRefusedError

MAX_ATTRIBUTE_BYTES = 64 << 10


def _attribute(thing: Any, name: str, path: Path | None) -> Any:
    """The value of one attribute, refused when it is large or of a type that is not a plain number or text."""
    if name not in thing.attrs:
        return None
    where = f"attribute '{name}' of '{thing.name}'"
    found = thing.attrs.get_id(name)
    text = found.get_type().get_class() == h5py.h5t.STRING
    if not text and found.get_type().get_class() not in (h5py.h5t.INTEGER, h5py.h5t.FLOAT):
        raise FileRefusedError(f"{where} must be a number or text, it is neither", "leave it out or write text", path)
    if found.get_storage_size() > MAX_ATTRIBUTE_BYTES or found.get_space().get_simple_extent_npoints() > 65536:
        raise FileRefusedError(f"{where} must take at most 64 kB, it is larger", "shorten it", path)
    try:
        return thing.attrs[name]
    except (OSError, RuntimeError, TypeError, UnicodeDecodeError, ValueError) as error:
        raise FileRefusedError(f"{where} must be readable, {error}", "the file is damaged", path) from None


def _text(value: Any) -> str:
    if isinstance(value, bytes | np.bytes_):
        return bytes(value).decode("utf-8", "replace").rstrip("\x00 ")
    return str(value).rstrip("\x00 ")


def text_attribute(thing: Any, name: str, path: Path | None = None, default: str = "") -> str:
    """Text of an attribute, `default` when it is not there."""
    value = _attribute(thing, name, path)
    if isinstance(value, np.ndarray):
        value = value.reshape(-1)[0] if value.size else b""
    return default if value is None else _text(value)[:MAX_ATTRIBUTE_BYTES]


def texts_attribute(thing: Any, name: str, path: Path | None = None) -> tuple[str, ...]:
    """A list of texts, or one text of several lines."""
    value = _attribute(thing, name, path)
    if value is None:
        return ()
    texts = [_text(cell) for cell in value.reshape(-1)] if isinstance(value, np.ndarray) else _text(value).split("\n")
    return tuple(text for text in texts if text.strip())


def number_attribute(thing: Any, name: str, path: Path | None = None) -> float | None:
    """A finite number, None when it is not there; refused when it is something else."""
    value = _attribute(thing, name, path)
    if value is None:
        return None
    try:
        number = float(np.asarray(value).reshape(-1)[0])
    except (ValueError, IndexError, TypeError):
        number = float("nan")
    if not np.isfinite(number):
        raise FileRefusedError(
            f"attribute '{name}' of '{thing.name}' must be a finite number, got {value!r}"[:300], "correct it", path
        )
    return number


def numbers_attribute(thing: Any, name: str, path: Path | None = None) -> list[float]:
    """A list of numbers, empty when it is not there."""
    value = _attribute(thing, name, path)
    if value is None or np.asarray(value).dtype.kind not in "uif":
        return []
    return [float(cell) for cell in np.asarray(value).reshape(-1)]
