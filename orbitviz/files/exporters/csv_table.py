"""CSV: one row a node and instant, node,t_s,utc,<columns>. A missing value is an empty field, a category its word."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.files.exporters.table import Column, Instant

NAME = "csv"
TITLE = "Table (CSV)"
PATTERNS: tuple[str, ...] = ("*.csv",)

Values = NDArray[np.floating[Any]]


def write(
    path: Path,
    epoch: Epoch,
    nodes: NDArray[np.integer[Any]],
    columns: Sequence[Column],
    instants: Iterable[Instant],
) -> int:
    """Write all instants; the file appears whole under its name at the end. Returns the rows written."""
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    names = list(map(str, nodes.tolist()))
    rows = 0
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(("node", "t_s", "utc", *(_quoted(column.name) for column in columns))) + "\n")
            for instant in instants:
                file.write(_block(names, epoch, columns, instant))
                rows += len(names)
        os.replace(partial, path)
    except OSError as error:
        raise OrbitvizError(
            f"the table must be writable, {error.strerror or error}", "choose another place", path
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _block(names: list[str], epoch: Epoch, columns: Sequence[Column], instant: Instant) -> str:
    """All rows of one instant; joined from whole columns of text."""
    utc = epoch.plus(instant.t_s).iso("milliseconds" if instant.t_s % 1.0 else "seconds")
    lead = f",{instant.t_s:.12g},{utc}"
    cells = [[name + lead for name in names]]
    cells += [texts(column, instant.values[column.name]) for column in columns]
    return "".join(f"{line}\n" for line in map(",".join, zip(*cells, strict=True)))


def texts(column: Column, values: Values) -> list[str]:
    """(K,) values as text: each different value is formatted once, as a recorded byte has at most 256 of them."""
    different, which = np.unique(values, return_inverse=True)
    words = np.array([_text(column, float(value)) for value in different], dtype=object)
    return words[which].tolist() if len(values) else []


def _text(column: Column, value: float) -> str:
    if not np.isfinite(value):
        return ""
    if column.flags is not None:
        return _quoted(column.flags.get(int(value), str(int(value))))
    if column.decimals is not None:
        return f"{value:.{column.decimals}f}"
    # The shortest text that gives the same float32 again: nothing of what is stored is lost, and nothing is made up.
    return np.format_float_positional(np.float32(value), trim="-")


def _quoted(text: str) -> str:
    """As CSV wants it; a text that a spreadsheet would run as a formula is disarmed by an apostrophe."""
    if text[:1] in ("=", "+", "-", "@"):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text
