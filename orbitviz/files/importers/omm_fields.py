"""OMM keywords (CCSDS 502.0-B-3, as CelesTrak and Space-Track name their columns) to element sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import CatalogueRows
from orbitviz.files.importers.rows import Mask, RawColumns, Refusals, accept, clean_names
from orbitviz.files.importers.text_columns import F64, epochs, floats

REQUIRED = (
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
)
OPTIONAL = (
    "OBJECT_NAME",
    "OBJECT_ID",
    "NORAD_CAT_ID",
    "BSTAR",
    "EPHEMERIS_TYPE",
    "MEAN_ELEMENT_THEORY",
    "REF_FRAME",
    "TIME_SYSTEM",
    "CENTER_NAME",
)
KEYWORDS = REQUIRED + OPTIONAL
Texts = Sequence[str]

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "EPHEMERIS_TYPE": ("", "0", "2", "3"),
    "MEAN_ELEMENT_THEORY": ("", "SGP4", "SGP/SGP4", "SDP4", "SGP4/SDP4"),
    "REF_FRAME": ("", "TEME"),
    "TIME_SYSTEM": ("", "UTC"),
    "CENTER_NAME": ("", "EARTH"),
}
"""What may stand in a column for SGP4 in TEME to be the right model."""


def missing_keywords(found: Sequence[str], path: Path) -> None:
    """Refuses a file without a required column."""
    absent = [name for name in REQUIRED if name not in found]
    if absent:
        raise FileRefusedError(
            f"an OMM catalogue must have {', '.join(REQUIRED)}, missing: {', '.join(absent)}", "export it again", path
        )


def catalogue(
    fields: Mapping[str, Texts], position: NDArray[np.int64], refusals: Refusals, path: Path
) -> CatalogueRows:
    """Columns of text by keyword (KEYWORDS; absent ones may be left out), each M long -> the rows that hold."""
    count = len(position)
    columns = {name: fields.get(name, [""] * count) for name in KEYWORDS}
    good = _right_model(columns, position, refusals)
    kept = np.flatnonzero(good)
    columns = {name: list(compress(texts, good)) for name, texts in columns.items()}
    epoch_jd, epoch_fraction = epochs(columns["EPOCH"])
    raw = RawColumns(
        position=position[kept],
        name=clean_names(_first_text(columns["OBJECT_NAME"], columns["OBJECT_ID"])),
        catalog_number=_catalog_number(columns["NORAD_CAT_ID"]),
        epoch_jd=epoch_jd,
        epoch_fraction=epoch_fraction,
        mean_motion_rev_per_day=floats(columns["MEAN_MOTION"]),
        eccentricity=floats(columns["ECCENTRICITY"]),
        inclination_deg=floats(columns["INCLINATION"]),
        raan_deg=floats(columns["RA_OF_ASC_NODE"]),
        argp_deg=floats(columns["ARG_OF_PERICENTER"]),
        mean_anomaly_deg=floats(columns["MEAN_ANOMALY"]),
        bstar=_zero_when_blank(columns["BSTAR"]),
    )
    return accept(raw, refusals, path)


def _right_model(columns: Mapping[str, Texts], position: NDArray[np.int64], refusals: Refusals) -> Mask:
    """(M,) rows whose theory, frame, time system and centre are those of SGP4."""
    good = np.ones(len(position), dtype=bool)
    for name, allowed in ALLOWED.items():
        texts = np.array([text.strip().upper()[:40] for text in columns[name]], dtype="U40")
        bad = good & ~np.isin(texts, allowed)
        for row in np.flatnonzero(bad):
            xp = " (SGP4-XP)" if texts[row] in ("4", "SGP4-XP", "SGP4XP") else ""
            refusals.add(position[row], f"{name} must be {allowed[1]} for SGP4, got {texts[row]}{xp}")
        good &= ~bad
    return good


def _first_text(names: Texts, other: Texts) -> list[str]:
    return [name[:200] if name.strip() else second[:200] for name, second in zip(names, other, strict=True)]


def _catalog_number(texts: Texts) -> NDArray[np.int64]:
    """(M,) up to nine digits; 0 where there is none, -1 where it is no number."""
    values = floats([text or "0" for text in texts])
    whole = np.isfinite(values) & (values == np.floor(values))
    return np.where(whole, values, -1.0).astype(np.int64)


def _zero_when_blank(texts: Texts) -> F64:
    return floats([text if text.strip() else "0" for text in texts])
