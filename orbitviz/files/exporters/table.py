"""What an exporter is handed: columns and instants, already in physical units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Column:
    """A column to write. flags: words for the numbers of a category; decimals: None writes a float32 whole."""

    name: str
    unit: str = ""
    flags: Mapping[int, str] | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Instant:
    """One instant to write: t_s seconds from the epoch; values[name] is (K,) in the column's unit, NaN for none."""

    t_s: float
    values: Mapping[str, NDArray[np.floating[Any]]]
