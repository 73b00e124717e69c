"""Columns of text to columns of numbers without a loop over rows: byte matrices (M, width) of fixed-width fields."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orbitviz.files.importers.rows import JD_UNIX

F64 = NDArray[np.float64]
Bytes2D = NDArray[np.uint8]

_SPACE, _POINT, _PLUS, _MINUS, _ZERO = (ord(c) for c in " .+-0")
_POWERS = 10.0 ** np.arange(23)
"""Powers of ten that a float64 holds exactly."""


def decimals(field: Bytes2D) -> F64:
    """(M, w) ASCII decimal numbers, w <= 15 digits, padded with spaces -> (M,) float64 correctly rounded; NaN if none.

    A sign may lead, one point may stand anywhere; spaces inside, exponents, "nan" and "inf" are not numbers.
    """
    digit = (field >= _ZERO) & (field <= _ZERO + 9)
    point, sign = field == _POINT, (field == _PLUS) | (field == _MINUS)
    used = field != _SPACE
    mantissa = np.zeros(len(field), dtype=np.int64)
    for column in range(field.shape[1]):
        value = field[:, column].astype(np.int64) - _ZERO
        mantissa = np.where(digit[:, column], mantissa * 10 + value, mantissa)
    after_point = np.cumsum(point, axis=1) > 0
    places = (digit & after_point).sum(axis=1)
    value = mantissa / _POWERS[places]
    first = used & (np.cumsum(used, axis=1) == 1)
    # Used cells are one run when the count of its starts is one.
    starts = (used[:, 1:] & ~used[:, :-1]).sum(axis=1) + used[:, 0]
    valid = (starts == 1) & digit.any(axis=1) & (point.sum(axis=1) <= 1) & ~(sign & ~first).any(axis=1)
    valid &= (digit | point | sign | ~used).all(axis=1)
    negative = (first & (field == _MINUS)).any(axis=1)
    return np.where(valid, np.where(negative, -value, value), np.nan)


def whole_numbers(field: Bytes2D) -> NDArray[np.int64]:
    """(M, w) unsigned integers, padded with spaces -> (M,) int64; -1 where there is none."""
    values = decimals(np.where((field == _POINT) | (field == _PLUS) | (field == _MINUS), ord("x"), field))
    return np.where(np.isnan(values), -1, values).astype(np.int64)


def byte_matrix(texts: Sequence[str], width: int) -> Bytes2D:
    """M texts -> (M, width) bytes padded with spaces; a character outside ASCII becomes 0, so does a text too long."""
    if not texts:
        return np.zeros((0, width), dtype=np.uint8)
    wide = np.array(texts, dtype=f"U{width + 1}").view(np.uint32).reshape(len(texts), width + 1)
    longer = wide[:, width] != 0
    codes = np.where(wide == 0, _SPACE, np.where(wide > 127, 0, wide)).astype(np.uint8)[:, :width]
    codes[longer] = 0
    return codes


def julian_day(year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]) -> F64:
    """Julian date at 00:00 of a calendar day (proleptic Gregorian); NaN for a day that does not exist."""
    ok = (year >= 1) & (year <= 9999) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    months = np.where(ok, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64) + day - 1
    length = ((months + np.timedelta64(1, "M")).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(
        np.int64
    )
    return np.where(ok & (day <= length), days + JD_UNIX, np.nan)


def epochs(texts: Sequence[str]) -> tuple[F64, F64]:
    """ISO instants in UTC -> (epoch_jd (M,), epoch_fraction (M,)), NaN where the text is not one.

    2026-05-30T07:25:30.123456, with a space for the T, with Z or +00:00, as year and day (2026-150T...), and with
    second 60 (a leap second is taken as the first second of the next day).
    """
    trimmed = [text.strip().upper().removesuffix("Z").removesuffix("+00:00") for text in texts]
    field = byte_matrix(trimmed, 32)
    ordinal = (len(trimmed) > 0) & ((field[:, 8] == ord("T")) | (field[:, 8] == _SPACE)) & (field[:, 4] == _MINUS)
    # A year and day is moved to the calendar's layout: "2026-150T" -> "2026-150  T" with the day read apart.
    shifted = np.where(ordinal[:, None], np.roll(field, 2, axis=1), field)
    year = whole_numbers(field[:, 0:4])
    calendar = julian_day(year, whole_numbers(field[:, 5:7]), whole_numbers(field[:, 8:10]))
    jd = np.where(ordinal, _day_of_year(year, whole_numbers(field[:, 5:8])), calendar)
    dashes = (field[:, 4] == _MINUS) & (ordinal | (field[:, 7] == _MINUS))
    fraction = _clock(shifted)
    jd = np.where(dashes, jd, np.nan)
    carry = np.floor(fraction)
    return jd + carry, fraction - carry


def _day_of_year(year: NDArray[np.int64], day: NDArray[np.int64]) -> F64:
    one = np.ones_like(year)
    january = julian_day(year, one, one)
    days = julian_day(year + 1, one, one) - january
    return np.where((day >= 1) & (day <= days), january + day - 1, np.nan)


def _clock(field: Bytes2D) -> F64:
    """(M, 32) texts with hh:mm:ss.ffffff at column 11 -> share of a day, at most just above 1; NaN where not a time."""
    hour, minute = whole_numbers(field[:, 11:13]), whole_numbers(field[:, 14:16])
    second = decimals(field[:, 17:32])
    layout = np.isin(field[:, 10], (ord("T"), _SPACE)) & (field[:, 13] == ord(":")) & (field[:, 16] == ord(":"))
    ok = layout & (hour >= 0) & (hour < 24) & (minute >= 0) & (minute < 60) & (second >= 0) & (second < 61)
    return np.where(ok, (hour * 3600 + minute * 60 + second) / 86400.0, np.nan)


def floats(texts: Sequence[str]) -> F64:
    """M numbers in any usual notation -> (M,) float64, NaN where the text is none. "1_0", "nan", "inf" are none."""
    cleaned = np.array([text.strip() if len(text) <= 40 else "" for text in texts], dtype="U40")
    odd = np.char.count(cleaned, "_") > 0
    try:
        values = cleaned.astype(np.float64)
    except ValueError:
        values = np.array([_float(text) for text in cleaned], dtype=np.float64)
    return np.where(odd | ~np.isfinite(values), np.nan, values)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
