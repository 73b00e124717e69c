"""One metric of A less the same of B: stored numbers in, stored numbers out, by tables of what each number means."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo, Stored

F32 = NDArray[np.float32]
SAME = {0: "the same in A and B", 1: "different"}
FILL, ZERO = 65535, 32767
"""Stored for "no difference known", and for no difference at all where both are packed in ways of their own."""
COLOURS, SAME_COLOURS = "crameri:vik", "same"


def comparable(a: MetricInfo, b: MetricInfo) -> bool:
    """Whether two metrics of one name can be subtracted: amounts of one unit, or two categories."""
    return a.is_category == b.is_category and (a.is_category or a.unit == b.unit)


class Subtraction:
    """`info`: what the difference is and how it is stored. Amounts: uint16, exact where both are packed alike in one
    byte, else in 65,534th parts of all that A and B could differ by. Categories, which have no difference, are said to
    be the same or not, by their words."""

    def __init__(self, a: MetricInfo, b: MetricInfo) -> None:
        self._a, self._b = a, b
        self._key: NDArray[np.uint16] | None = None
        self.info = _same_info(a) if a.is_category else _amount_info(a, b)

    # -- frames -------------------------------------------------------------------------------------------------------
    def frame(self, a: Stored, b: Stored, after: Stored | None, mix: float, out: Stored) -> None:
        """Into `out` (N,): `a` less `b`, or less the mix of `b` and `after`; all (N,) as stored."""
        if after is None and self._pairs is not None:
            # Kept from frame to frame: fresh memory costs as much as the arithmetic.
            if self._key is None or self._key.shape != a.shape:
                self._key = np.empty(a.shape, np.uint16)
            np.left_shift(a, np.uint16(8), out=self._key, dtype=np.uint16)
            np.bitwise_or(self._key, b, out=self._key)
            np.take(self._pairs, self._key, out=out, mode="clip")
            return
        first, second = self._tables
        if self.info.is_category:
            out[:] = _same(first[a], second[b])
            return
        other = second[b]
        if after is not None:
            other *= np.float32(1.0 - mix)
            other += np.float32(mix) * second[after]
        _store(first[a], other, out)

    @cached_property
    def _tables(self) -> tuple[F32, F32]:
        """What each stored number of A and of B stands for: steps of the difference (infinite: none), or a word's
        number."""
        if self._a.is_category:
            words = {word: place for place, word in enumerate({*_words(self._a), *_words(self._b)})}
            return _word_table(self._a, words), _word_table(self._b, words)
        tables = []
        for info, offset, none in ((self._a, self.info.offset, np.inf), (self._b, 0.0, -np.inf)):
            numbers = np.arange(info.full_scale + 1)
            steps = (info.offset + info.scale * numbers - offset) / self.info.scale
            if info.fill is not None:
                steps[info.fill] = none
            tables.append(steps.astype(np.float32))
        return tables[0], tables[1]

    @cached_property
    def _pairs(self) -> Stored | None:
        """(65536,) the answer for each pair of bytes, where both are bytes: one look instead of arithmetic."""
        if (self._a.dtype, self._b.dtype) != ("uint8", "uint8"):
            return None
        first, second = self._tables
        out: Stored = np.empty((256, 256), self.info.dtype)
        if self.info.is_category:
            out[:] = _same(first[:, None], second[None, :])
        else:
            _store(np.repeat(first[:, None], 256, axis=1), second[None, :], out)
        return out.reshape(-1)

    # -- values -------------------------------------------------------------------------------------------------------
    def values(self, a: F32, b: F32) -> F32:
        """Of physical values of one shape; NaN where either is. Categories: 0 the same, 1 different."""
        if not self.info.is_category:
            return np.asarray(a - b)
        first, second = self._tables
        known = np.isfinite(a) & np.isfinite(b)
        result = np.full(a.shape, np.nan, np.float32)
        result[known] = first[_number(self._a, a[known])] != second[_number(self._b, b[known])]
        return result


def _amount_info(a: MetricInfo, b: MetricInfo) -> MetricInfo:
    (low_a, high_a), (low_b, high_b) = _extent(a), _extent(b)
    most = max(abs(high_a - low_b), abs(high_b - low_a))
    alike = a.dtype == b.dtype == "uint8" and (a.scale, a.offset) == (b.scale, b.offset)
    scale = abs(a.scale) if alike else most / ZERO
    zero = a.full_scale if alike else ZERO
    return replace(
        a,
        long_name=f"{a.long_name}, A − B",
        low=-most,
        high=most,
        scale=scale,
        offset=-zero * scale,
        dtype="uint16",
        fill=FILL,
        colormap=COLOURS,
        max_error=a.max_error + b.max_error + (0.0 if alike else scale / 2.0),
        kind="computed",
        formula=f"A − B: {a.name} of A less that of B, of the same node at the same instant",
        source="recorded in A and in B",
    )


def _same_info(a: MetricInfo) -> MetricInfo:
    return replace(
        a,
        long_name=f"{a.long_name}, A and B",
        low=0.0,
        high=1.0,
        scale=1.0,
        offset=0.0,
        dtype="uint8",
        fill=255,
        flags=SAME,
        colormap=SAME_COLOURS,
        mean=False,
        max_error=0.0,
        kind="computed",
        formula=f"whether {a.name} of A is that of B, of the same node at the same instant; words have no difference",
        source="recorded in A and in B",
    )


def _extent(info: MetricInfo) -> tuple[float, float]:
    """Least and greatest value that can be stored."""
    last = info.full_scale - (info.fill == info.full_scale)
    ends = info.offset, info.offset + info.scale * last
    return min(ends), max(ends)


def _store(a: F32, b: F32, out: Stored) -> None:
    """Steps of A less steps of B as whole numbers, `a` overwritten; what has none is infinite, and becomes FILL."""
    a -= b
    np.rint(a, out=a)
    np.clip(a, 0.0, float(FILL), out=a)
    out[:] = a


def _same(a: F32, b: F32) -> NDArray[np.uint8]:
    different: NDArray[np.uint8] = (a != b).astype(np.uint8)
    different[np.isnan(a) | np.isnan(b)] = 255
    return different


def _words(info: MetricInfo) -> list[str]:
    """A word for each number; one without is called by itself."""
    return [info.flags.get(number, str(number)) for number in range(info.full_scale + 1)]


def _word_table(info: MetricInfo, places: dict[str, int]) -> F32:
    table = np.array([places[word] for word in _words(info)], np.float32)
    if info.fill is not None:
        table[info.fill] = np.nan
    return table


def _number(info: MetricInfo, values: F32) -> NDArray[np.intp]:
    return np.asarray(np.rint((values - info.offset) / info.scale), np.intp)
