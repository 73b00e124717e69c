"""One metric of A less the same of B: stored numbers in, stored numbers out, in blocks that stay in the cache."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo, Stored

F32 = NDArray[np.float32]
SAME = {0: "the same in A and B", 1: "different"}
NOT_KNOWN = 255
"""Stored for words that are not known in both."""
FILL, ZERO = 65535, 32767
"""Stored for "no difference known", and for no difference at all where both are packed in ways of their own."""
BLOCK = 32_768
"""Nodes at a time: what is in between stays in a core's cache."""
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
        self.info = _same_info(a) if a.is_category else _amount_info(a, b)
        self._kept = _Scratch()

    # -- frames -------------------------------------------------------------------------------------------------------
    def frame(self, a: Stored, b: Stored, after: Stored | None, mix: float, out: Stored) -> None:
        """Into `out` (N,): `a` less `b`, or less the mix of `b` and `after`; all (N,) as stored, of a frame or a
        part of one. Any thread may call it."""
        for begin in range(0, len(out), BLOCK):
            block = slice(begin, begin + BLOCK)
            later = None if after is None else after[block]
            if self.info.is_category:
                self._compare(a[block], b[block], out[block])
            elif later is None and _alike(self._a, self._b):
                # A scale below zero turns the two round.
                first, second = (a, b) if self._a.scale > 0.0 else (b, a)
                np.subtract(first[block], second[block], out=out[block], dtype=np.uint16)
                out[block] += np.uint16(self._a.full_scale)
            else:
                self._amounts(a[block], b[block], later, mix, out[block])
            self._fill(a[block], b[block], later, out[block])

    def _amounts(self, a: Stored, b: Stored, after: Stored | None, mix: float, out: Stored) -> None:
        """By arithmetic: a table of what each number means is read at random, which costs more."""
        kept, step, count = self._kept, self.info.scale, len(out)
        steps, more = kept.steps[:count], kept.more[:count]
        np.multiply(a, np.float32(self._a.scale / step), out=steps, dtype=np.float32)
        for other, share in ((b, 1.0), (after, 0.0)) if after is None else ((b, 1.0 - mix), (after, mix)):
            if other is not None:
                np.multiply(other, np.float32(self._b.scale / step * share), out=more, dtype=np.float32)
                steps -= more
        steps += np.float32((self._a.offset - self._b.offset - self.info.offset) / step)
        np.rint(steps, out=steps)
        np.clip(steps, 0.0, float(FILL - 1), out=steps)
        out[:] = steps

    def _compare(self, a: Stored, b: Stored, out: Stored) -> None:
        if self._same_words:
            np.not_equal(a, b, out=out.view(np.bool_))
            return
        kept, (first, second), count = self._kept, self._words, len(out)
        place, steps, more = kept.places[:count], kept.steps[:count], kept.more[:count]
        place[:] = a
        np.take(first, place, out=steps, mode="clip")
        place[:] = b
        np.take(second, place, out=more, mode="clip")
        np.not_equal(steps, more, out=out.view(np.bool_))

    def _fill(self, a: Stored, b: Stored, after: Stored | None, out: Stored) -> None:
        """Where one has no value there is no difference."""
        mask = self._kept.mask[: len(out)]
        for info, stored in ((self._a, a), (self._b, b), (self._b, after)):
            if stored is not None and info.fill is not None:
                np.equal(stored, info.fill, out=mask)
                if mask.any():
                    out[mask] = NOT_KNOWN if self.info.is_category else FILL

    @cached_property
    def _same_words(self) -> bool:
        """Whether one number is one word, in both the same."""
        if self._a.dtype != self._b.dtype:
            return False
        words = _word_list(self._a)
        return words == _word_list(self._b) and len(set(words)) == len(words)

    @cached_property
    def _words(self) -> tuple[F32, F32]:
        """The number of the word that each stored number of A and of B stands for; NaN: none."""
        words = {word: place for place, word in enumerate({*_word_list(self._a), *_word_list(self._b)})}
        return _word_table(self._a, words), _word_table(self._b, words)

    # -- values -------------------------------------------------------------------------------------------------------
    def values(self, a: F32, b: F32) -> F32:
        """Of physical values of one shape; NaN where either is. Categories: 0 the same, 1 different."""
        if not self.info.is_category:
            return np.asarray(a - b)
        first, second = self._words
        known = np.isfinite(a) & np.isfinite(b)
        result = np.full(a.shape, np.nan, np.float32)
        result[known] = first[_number(self._a, a[known])] != second[_number(self._b, b[known])]
        return result


class _Scratch(threading.local):
    """Memory of each thread, kept from frame to frame: fresh memory costs more than the arithmetic."""

    def __init__(self) -> None:
        self.steps, self.more = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
        self.places, self.mask = np.empty(BLOCK, np.intp), np.empty(BLOCK, np.bool_)


def _alike(a: MetricInfo, b: MetricInfo) -> bool:
    """Whether two amounts are packed alike in one byte: their numbers can be subtracted as they are."""
    return a.dtype == b.dtype == "uint8" and (a.scale, a.offset) == (b.scale, b.offset)


def _amount_info(a: MetricInfo, b: MetricInfo) -> MetricInfo:
    (low_a, high_a), (low_b, high_b) = _extent(a), _extent(b)
    most = max(abs(high_a - low_b), abs(high_b - low_a))
    alike = _alike(a, b)
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
        fill=NOT_KNOWN,
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


def _word_list(info: MetricInfo) -> list[str]:
    """A word for each number; one without is called by itself."""
    return [info.flags.get(number, str(number)) for number in range(info.full_scale + 1)]


def _word_table(info: MetricInfo, places: dict[str, int]) -> F32:
    table = np.array([places[word] for word in _word_list(info)], np.float32)
    if info.fill is not None:
        table[info.fill] = np.nan
    return table


def _number(info: MetricInfo, values: F32) -> NDArray[np.intp]:
    return np.asarray(np.rint((values - info.offset) / info.scale), np.intp)
