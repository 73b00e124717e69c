"""Two-line element sets, with or without a line for the name (TLE, 3LE), catalogue numbers in digits or Alpha-5.

Lines are cut into byte matrices and every field is read for all objects at once. Layout: Spacetrack Report 3 and
CelesTrak's "NORAD Two-Line Element Set Format"; Alpha-5 (A = 10 ... Z = 33 without I and O): space-track.org.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import CatalogueRows
from orbitviz.files.importers.rows import RawColumns, Refusals, accept, clean_names, read_bytes
from orbitviz.files.importers.text_columns import F64, Bytes2D, decimals, julian_day, whole_numbers

NAME = "tle"
TITLE = "Two-line element sets"
PATTERNS: tuple[str, ...] = ("*.tle", "*.3le", "*.2le", "*.txt")

LENGTH = 69
MAX_LINE = 512
"""A longer line is no element set and is refused without being looked at."""
_DATA_LINE = re.compile(rb"(?m)^[12] [ 0-9A-Z][ 0-9]{3}[0-9][ A-Z]?[^{}\"]*$")
_NAME_KIND, _ONE, _TWO = 0, 1, 2

_ALPHA = np.full(256, -1, dtype=np.int64)
_ALPHA[ord("0") : ord("9") + 1] = range(10)
_ALPHA[ord(" ")] = 0
_ALPHA[[ord(letter) for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ"]] = range(10, 34)

Lines = NDArray[np.int64]
Mask = NDArray[np.bool_]


def claims(path: Path, head: bytes) -> bool:
    """Whether a line 1 or a line 2 stands in the first bytes."""
    text = head.removeprefix(b"\xef\xbb\xbf").replace(b"\r", b"\n")
    return text.lstrip()[:1] not in (b"{", b"[") and _DATA_LINE.search(text) is not None


def read(path: Path) -> CatalogueRows:
    """All element sets of the file; what cannot be read is refused with its line number and the reason."""
    text = Text.of(read_bytes(path))
    refusals = Refusals("line")
    pairs = _pairs(text, refusals)
    if not len(pairs):
        reasons = refusals.sentences()
        raise FileRefusedError(
            "a TLE file must hold at least one line 1 followed by its line 2, got none"
            + (f", {reasons[0]}" if reasons else ""),
            "check the file",
            path,
        )
    first, second = text.matrix(pairs), text.matrix(pairs + 1)
    good = _check(first, second, text.lengths, pairs, text.numbers, refusals)
    raw = _columns(first[good], second[good], text.numbers[pairs[good]], _names(text, pairs[good]))
    return accept(raw, refusals, path)


@dataclass(frozen=True)
class Text:
    """The lines that say something: blank lines and comments are left out. All (L,) int64; numbers are from 1.

    starts, lengths: where each line stands in `data` and how long it is without trailing blanks.
    """

    data: Bytes2D
    starts: Lines
    lengths: Lines
    numbers: Lines

    @classmethod
    def of(cls, content: bytes) -> Text:
        """Cut into lines at LF, CRLF or CR."""
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + b"\n"
        data = np.frombuffer(content, dtype=np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1))
        lengths = ends - starts
        # A blank is whatever does not print: the last printing byte up to each line's end gives its length.
        printing = np.flatnonzero(data > ord(" "))
        last = np.searchsorted(printing, ends) - 1
        reach = printing[np.maximum(last, 0)] + 1 if len(printing) else np.zeros_like(ends)
        lengths = np.where((last >= 0) & (reach > starts), reach - starts, 0)
        kept = (lengths > 0) & (data[starts] != ord("#"))
        return cls(data, starts[kept], lengths[kept], np.flatnonzero(kept) + 1)

    def matrix(self, rows: Lines, width: int = LENGTH) -> Bytes2D:
        """(len(rows), width) bytes of those lines, padded with spaces."""
        result = np.full((len(rows), width), ord(" "), dtype=np.uint8)
        for column in range(width):
            there = self.lengths[rows] > column
            result[there, column] = self.data[self.starts[rows[there]] + column]
        return result

    def line(self, row: int) -> bytes:
        """One line, at most MAX_LINE bytes."""
        start = int(self.starts[row])
        return self.data[start : start + min(int(self.lengths[row]), MAX_LINE)].tobytes()


def _kinds(text: Text) -> NDArray[np.int64]:
    """(L,) which line of a set each line is: 1, 2, or 0 for a name."""
    head = text.matrix(np.arange(len(text.starts)), 7)
    digits = (head >= ord("0")) & (head <= ord("9"))
    numbered = digits[:, 6] & (digits[:, 3:6] | (head[:, 3:6] == ord(" "))).all(axis=1)
    data = (head[:, 1] == ord(" ")) & (numbered | (text.lengths >= 60))
    return np.where(data & (head[:, 0] == ord("1")), _ONE, np.where(data & (head[:, 0] == ord("2")), _TWO, _NAME_KIND))


def _pairs(text: Text, refusals: Refusals) -> Lines:
    """(P,) lines that are a line 1 with its line 2 after it; every line that belongs to no set is reported."""
    kinds = _kinds(text)
    after = np.append(kinds[1:], -1)
    before = np.concatenate(([-1], kinds[:-1]))
    for row in np.flatnonzero((kinds == _ONE) & (after != _TWO)):
        refusals.add(text.numbers[row], "must be followed by its line 2, it is not")
    for row in np.flatnonzero((kinds == _TWO) & (before != _ONE)):
        refusals.add(text.numbers[row], "must follow its line 1, it does not")
    for row in np.flatnonzero((kinds == _NAME_KIND) & (after != _ONE)):
        shown = text.line(int(row))[:30].decode("ascii", "replace")
        refusals.add(text.numbers[row], f"must be a name, a line 1 or a line 2 of an element set, got '{shown}'")
    return np.flatnonzero((kinds == _ONE) & (after == _TWO))


def _check(first: Bytes2D, second: Bytes2D, lengths: Lines, pairs: Lines, numbers: Lines, refusals: Refusals) -> Mask:
    """(P,) sets whose two lines are whole: length, checksum, the same catalogue number, elements of SGP4."""
    good = np.ones(len(pairs), dtype=bool)

    def refuse(bad: Mask, offset: int, reason: str, *shown: NDArray[np.int64]) -> None:
        for row in np.flatnonzero(good & bad):
            refusals.add(numbers[pairs[row] + offset], reason.format(*(int(values[row]) for values in shown)))
        good[bad] = False

    for offset, lines in ((0, first), (1, second)):
        length = lengths[pairs + offset]
        refuse((length < LENGTH) | (length > MAX_LINE), offset, "must have 69 characters, got {}", length)
        refuse(np.any(lines > 126, axis=1), offset, "must be plain ASCII, it is not")
        stated = lines[:, 68].astype(np.int64) - ord("0")
        wanted = _checksums(lines)
        refuse((stated < 0) | (stated > 9), offset, "must end in its checksum {}, it ends in no digit", wanted)
        refuse(stated != wanted, offset, "checksum must be {}, got {}", wanted, stated)
    one, two = _catalog_number(first), _catalog_number(second)
    refuse(one < 0, 0, "catalogue number must be five digits, or a letter (not I or O) and four digits")
    refuse(one != two, 1, "catalogue number must be that of line 1, {}, got {}", one, two)
    kind = first[:, 62].astype(np.int64) - ord("0")
    refuse(kind == 4, 0, "elements must be for SGP4, got SGP4-XP (ephemeris type 4)")
    refuse(~np.isin(first[:, 62], [ord(c) for c in " 023"]), 0, "ephemeris type must be 0, got {}", kind)
    return good


def _checksums(lines: Bytes2D) -> NDArray[np.int64]:
    """(P,) sum of the digits of the first 68 characters, a minus counting 1, modulo 10."""
    body = lines[:, :68].astype(np.int64)
    digits = np.where((body >= ord("0")) & (body <= ord("9")), body - ord("0"), 0)
    return np.asarray((digits.sum(axis=1) + (body == ord("-")).sum(axis=1)) % 10)


def _catalog_number(lines: Bytes2D) -> NDArray[np.int64]:
    """(P,) columns 3 to 7, Alpha-5 included; -1 where there is none."""
    lead = _ALPHA[lines[:, 2]]
    rest = whole_numbers(lines[:, 3:7])
    # With a letter in front all four digits must be there.
    broken = (lead < 0) | (rest < 0) | ((lead > 0) & (lines[:, 3:7] == ord(" ")).any(axis=1))
    return np.where(broken, -1, lead * 10_000 + rest)


def _columns(first: Bytes2D, second: Bytes2D, numbers: Lines, names: NDArray[np.bytes_]) -> RawColumns:
    """The fields of the sets, by the columns of the format."""
    epoch_jd, epoch_fraction = _epoch(first)
    return RawColumns(
        position=numbers,
        name=names,
        catalog_number=_catalog_number(first),
        epoch_jd=epoch_jd,
        epoch_fraction=epoch_fraction,
        mean_motion_rev_per_day=decimals(second[:, 52:63]),
        eccentricity=_implied_point(second[:, 26:33]),
        inclination_deg=decimals(second[:, 8:16]),
        raan_deg=decimals(second[:, 17:25]),
        argp_deg=decimals(second[:, 34:42]),
        mean_anomaly_deg=decimals(second[:, 43:51]),
        bstar=_power_notation(first[:, 53:61]),
    )


def _epoch(first: Bytes2D) -> tuple[F64, F64]:
    """Two-digit year (57 and above: 19..) and day of the year -> Julian date at 0 h, share of a day."""
    short = whole_numbers(first[:, 18:20])
    year = np.where(short >= 57, 1900 + short, 2000 + short)
    day = whole_numbers(first[:, 20:23])
    fraction = decimals(np.where(first[:, 23:32] == ord(" "), ord("0"), first[:, 23:32]))
    one = np.ones_like(year)
    january, next_january = julian_day(year, one, one), julian_day(year + 1, one, one)
    ok = (short >= 0) & (day >= 1) & (day <= next_january - january) & (first[:, 23] == ord("."))
    return np.where(ok, january + day - 1, np.nan), fraction


def _implied_point(field: Bytes2D) -> F64:
    """Digits behind a point that is not written; blanks are zeros."""
    digits = whole_numbers(np.where(field == ord(" "), ord("0"), field))
    return np.where(digits < 0, np.nan, digits / 10.0 ** field.shape[1])


def _power_notation(field: Bytes2D) -> F64:
    """ " 21767-3" -> 0.21767e-3: sign, five digits behind an implied point, signed power of ten. All blank is 0."""
    blank = (field == ord(" ")).all(axis=1)
    mantissa = _implied_point(field[:, 1:6])
    power = whole_numbers(field[:, 7:8])
    signs_ok = np.isin(field[:, 0], [ord(c) for c in " +-"]) & np.isin(field[:, 6], [ord(c) for c in " +-"])
    exponent = np.where(field[:, 6] == ord("-"), -power, power)
    value = np.where(field[:, 0] == ord("-"), -mantissa, mantissa) * 10.0**exponent
    return np.where(blank, 0.0, np.where(signs_ok & (power >= 0), value, np.nan))


def _names(text: Text, pairs: Lines) -> NDArray[np.bytes_]:
    """(P,) the name line before each set, without the "0 " of the three-line form; empty where there is none."""
    kinds = np.append(_kinds(text), -1)
    named = (pairs > 0) & (kinds[pairs - 1] == _NAME_KIND)
    lines = [text.line(int(row)) if has else b"" for row, has in zip(pairs - 1, named, strict=True)]
    texts = [line.decode("utf-8", "replace").removeprefix("0 ") for line in lines]
    return clean_names(texts)
