"""What a builder says about a file it made: one row of SOURCES.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from registry import Package


@dataclass(frozen=True)
class Product:
    """One shipped file.

    Attributes:
        path: path below assets/, with forward slashes.
        sources: packages and the members of theirs that went into it; empty for our own work.
        licence: licence of the shipped file.
        made: what was done to get it, one sentence.
    """

    path: str
    sources: tuple[tuple[Package, str], ...]
    licence: str
    made: str


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Write a compressed .npz without pickles; the same arrays give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name("partial-" + path.name)
    np.savez_compressed(partial, allow_pickle=False, **arrays)
    os.replace(partial, path)
