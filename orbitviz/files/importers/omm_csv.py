"""OMM as CSV: one header line of keywords, one line an object (CelesTrak FORMAT=csv, Space-Track gp in csv)."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import CatalogueRows
from orbitviz.files.importers.omm_fields import KEYWORDS, catalogue, missing_keywords
from orbitviz.files.importers.rows import Refusals, read_bytes

NAME = "omm-csv"
TITLE = "Orbit mean elements (OMM) as CSV"
PATTERNS: tuple[str, ...] = ("*.csv",)


def claims(path: Path, head: bytes) -> bool:
    """Whether the first line that is not blank names the mean motion and the eccentricity between commas."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].upper()
    return b"," in first and b"MEAN_MOTION" in first and b"ECCENTRICITY" in first and first[:1] not in (b"{", b"[")


def read(path: Path) -> CatalogueRows:
    """All objects of the file; a line that cannot be read is refused with its number and the reason."""
    text = read_bytes(path).decode("utf-8", "replace")
    try:
        reader = csv.reader(io.StringIO(text, newline=""))
        rows = list(reader)
    except csv.Error as error:
        raise FileRefusedError(f"an OMM table must be proper CSV, {error}", "export it again", path) from None
    refusals = Refusals("line")
    header_at = next((index for index, row in enumerate(rows) if any(row)), len(rows))
    header = [name.strip().upper() for name in rows[header_at]] if header_at < len(rows) else []
    missing_keywords(header, path)
    used = [index for index in range(header_at + 1, len(rows)) if any(rows[index])]
    for index in used:
        if len(rows[index]) != len(header):
            refusals.add(index + 1, f"must have {len(header)} fields as the header, got {len(rows[index])}")
    whole = [index for index in used if len(rows[index]) == len(header)]
    columns = {name: [rows[index][at] for index in whole] for at, name in enumerate(header) if name in KEYWORDS}
    return catalogue(columns, np.array(whole, dtype=np.int64) + 1, refusals, path)
