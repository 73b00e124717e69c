"""What every importer shares: bounded reading, the rules of an element set, and the report of what was refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import ELEMENT_NAMES, CatalogueRows, MeanElements
from orbitviz.core.units import TWO_PI

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

MAX_BYTES = 256 * 1024 * 1024
"""Largest catalogue read: a million element sets are about 170 MB as TLE."""
COUNTS = (
    ("lines", (b"\n", b"\r"), 16_000_000),
    ("fields", (b",",), 160_000_000),
    ("lists and objects", (b"[", b"{"), 4_000_000),
)
"""What the memory that reading takes goes with: a million objects of OMM have some forty fields each."""
MAX_NAME_BYTES = 64
MAX_REFUSALS = 100_000
JD_UNIX = 2440587.5
"""Julian date of 1970-01-01 00:00."""


def read_bytes(path: Path) -> bytes:
    """The whole file, refused when it is too large or cannot be read; a UTF-8 byte order mark is taken off."""
    check_plain(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FileRefusedError(
                f"a catalogue must be at most {MAX_BYTES // 2**20} MB, got {size / 2**20:.0f} MB", "split it", path
            )
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileRefusedError(
            f"the file must be readable, {error.strerror or error}", "check the path", path
        ) from None
    for what, marks, most in COUNTS:
        count = sum(data.count(mark) for mark in marks)
        if count > most:
            raise FileRefusedError(
                f"a catalogue must have at most {most:,} {what}, got {count:,}", "is it a catalogue?", path
            )
    return data.removeprefix(b"\xef\xbb\xbf")


def check_plain(path: Path) -> None:
    """Refuses a pipe or a device, which may make whoever opens it wait for ever."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise FileRefusedError("a catalogue must be a file, it is a pipe or a device", "check its name", path)


@dataclass
class Refusals:
    """Sentences about refused rows, by position in the file. unit is what a position counts: "line" or "object"."""

    unit: str = "line"
    found: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, position: int, reason: str) -> None:
        """One refused row; beyond MAX_REFUSALS only counted, so that a hostile file cannot fill the memory."""
        self.count += 1
        if self.count <= MAX_REFUSALS:
            self.found.append((int(position), reason))

    def sentences(self) -> tuple[str, ...]:
        """All of them in file order."""
        told = [f"{self.unit} {position}: {reason}" for position, reason in sorted(self.found)]
        if self.count > len(told):
            told.append(f"and {self.count - len(told):,} more")
        return tuple(told)


@dataclass(frozen=True)
class RawColumns:
    """Element sets as a file gives them, each (M,); angles in degrees, mean motion in revolutions a day.

    position: line (or object) number, from 1. NaN stands for a field that could not be read.
    """

    position: NDArray[np.int64]
    name: NDArray[np.bytes_]
    catalog_number: NDArray[np.int64]
    epoch_jd: F64
    epoch_fraction: F64
    mean_motion_rev_per_day: F64
    eccentricity: F64
    inclination_deg: F64
    raan_deg: F64
    argp_deg: F64
    mean_anomaly_deg: F64
    bstar: F64


Rule = tuple[str, str, Callable[[F64], Mask]]
RULES: tuple[Rule, ...] = (
    ("catalog_number", "a catalogue number from 0 to 999999999", lambda v: (v >= 0) & (v <= 999_999_999)),
    # 1957-01-01 to 2157-01-01: the two-digit years of TLE, and room for what OMM can say.
    ("epoch_jd", "an epoch from 1957 to 2156", lambda v: (v >= 2435839.5) & (v < 2508887.5)),
    ("epoch_fraction", "a share of a day", lambda v: (v >= 0.0) & (v < 1.0)),
    (
        "mean_motion_rev_per_day",
        "a mean motion above 0 and at most 20 revolutions a day",
        lambda v: (v > 0) & (v <= 20),
    ),
    ("eccentricity", "an eccentricity of at least 0 and below 1", lambda v: (v >= 0) & (v < 1)),
    ("inclination_deg", "an inclination from 0 to 180 degrees", lambda v: (v >= 0) & (v <= 180)),
    ("raan_deg", "a right ascension of the node from -360 to 360 degrees", lambda v: np.abs(v) <= 360),
    ("argp_deg", "an argument of perigee from -360 to 360 degrees", lambda v: np.abs(v) <= 360),
    ("mean_anomaly_deg", "a mean anomaly from -360 to 360 degrees", lambda v: np.abs(v) <= 360),
    ("bstar", "a drag term (bstar) from -10 to 10", lambda v: np.abs(v) <= 10),
)


def accept(raw: RawColumns, refusals: Refusals, path: Path) -> CatalogueRows:
    """The rows that meet RULES, as CatalogueRows; a refused row is reported by the first rule it breaks."""
    good = np.ones(len(raw.position), dtype=bool)
    for name, text, rule in RULES:
        values = getattr(raw, name)
        # NaN compares false, so that what could not be read breaks the rule too.
        bad = good & ~rule(values)
        for row in np.flatnonzero(bad):
            refusals.add(raw.position[row], f"must have {text}, got {_shown(values[row])}")
        good &= ~bad
    if not good.any():
        refused = refusals.sentences()
        first = f", {refused[0]}" if refused else ""
        raise FileRefusedError("a catalogue must hold at least one valid element set, got none" + first, "", path)
    return _catalogue(raw, good, refusals, path)


def _shown(value: float) -> str:
    return f"{value:.10g}" if np.isfinite(value) else "no number"


def _catalogue(raw: RawColumns, good: Mask, refusals: Refusals, path: Path) -> CatalogueRows:
    """Units of MeanElements, rows that are good."""

    def angle_rad(degrees: F64) -> F64:
        return np.asarray(np.radians(degrees[good]) % TWO_PI)

    elements = MeanElements(
        mean_motion_rad_min=raw.mean_motion_rev_per_day[good] * (TWO_PI / 1440.0),
        eccentricity=raw.eccentricity[good],
        inclination_rad=np.radians(raw.inclination_deg[good]),
        raan_rad=angle_rad(raw.raan_deg),
        argp_rad=angle_rad(raw.argp_deg),
        mean_anomaly_rad=angle_rad(raw.mean_anomaly_deg),
        bstar=raw.bstar[good],
        epoch_s=np.zeros(int(good.sum())),
    )
    catalog_number = raw.catalog_number[good].astype(np.uint32)
    return CatalogueRows(
        name=named(raw.name[good], catalog_number),
        catalog_number=catalog_number,
        epoch_jd=raw.epoch_jd[good],
        epoch_fraction=raw.epoch_fraction[good],
        elements=elements,
        refused=refusals.sentences(),
        source=path.name,
    )


def named(names: NDArray[np.bytes_], catalog_number: NDArray[np.uint32]) -> NDArray[np.bytes_]:
    """(M,) names, an object without one being called by its catalogue number."""
    width = max(names.dtype.itemsize, 10)
    numbers = np.where(catalog_number > 0, catalog_number.astype("S10"), b"")
    return np.where(np.char.str_len(names) > 0, names.astype(f"S{width}"), numbers.astype(f"S{width}"))


def clean_names(names: list[str]) -> NDArray[np.bytes_]:
    """(M,) fixed-length UTF-8: control characters out, at most MAX_NAME_BYTES and never half a character."""
    table = dict.fromkeys((*range(32), 127))
    joined = "\n".join(name.replace("\n", " ").strip() for name in names)
    del table[10]
    cut = [name.encode("utf-8", "replace")[:MAX_NAME_BYTES] for name in joined.translate(table).split("\n")]
    whole = [name if name.isascii() else name.decode("utf-8", "ignore").encode("utf-8") for name in cut]
    return np.array(whole if names else [], dtype=f"S{max(1, max(map(len, whole), default=1))}")


def joined(parts: Sequence[CatalogueRows]) -> CatalogueRows:
    """Several catalogues end to end; refused lines are told with their file."""
    if len(parts) == 1:
        return parts[0]
    columns = {
        name: np.concatenate([getattr(part.elements, name) for part in parts]) for name in (*ELEMENT_NAMES, "epoch_s")
    }
    number = np.concatenate([part.catalog_number for part in parts])
    return CatalogueRows(
        name=named(np.concatenate([part.name for part in parts]), number),
        catalog_number=number,
        epoch_jd=np.concatenate([part.epoch_jd for part in parts]),
        epoch_fraction=np.concatenate([part.epoch_fraction for part in parts]),
        elements=MeanElements(**columns),
        refused=tuple(f"{part.source}, {reason}" for part in parts for reason in part.refused),
        source=", ".join(part.source for part in parts),
    )
