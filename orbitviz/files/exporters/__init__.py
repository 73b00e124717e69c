"""Formats for others: one module a format. Add a format by adding its module to EXPORTERS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.files.exporters import csv_table
from orbitviz.files.exporters.table import Column, Instant


class Exporter(Protocol):
    """What each module of EXPORTERS offers."""

    NAME: str
    TITLE: str
    PATTERNS: tuple[str, ...]

    def write(
        self,
        path: Path,
        epoch: Epoch,
        nodes: NDArray[np.integer[Any]],
        columns: Sequence[Column],
        instants: Iterable[Instant],
    ) -> int:
        """Write the instants as they come, the file appearing whole under its name at the end; returns the rows."""


__all__ = ["EXPORTERS", "Column", "Exporter", "Instant", "exporter_for"]

EXPORTERS: tuple[Exporter, ...] = (csv_table,)


def exporter_for(path: Path) -> Exporter:
    """The exporter of the file's ending; raises OrbitvizError that lists the endings."""
    for exporter in EXPORTERS:
        if any(path.match(pattern) for pattern in exporter.PATTERNS):
            return exporter
    known = ", ".join(pattern.lstrip("*") for exporter in EXPORTERS for pattern in exporter.PATTERNS)
    raise OrbitvizError(f"an export must end in {known}, got '{path.name}'", "name the file so")
