"""Distribution: how many nodes have which value at one instant. What legends draw and what a percentile scale needs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo, Stored

F64 = NDArray[np.float64]
LEVELS = 256
"""Steps that values without stored numbers are sorted into."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """counts: (L,) nodes in each step between edges (L + 1,), ascending, in the metric's unit; a stored number's step
    reaches half a quantum to either side. unknown: nodes without a value. total: nodes that it stands for, more than
    were counted when it was taken from a sample. Two are equal when their keys are."""

    key: Hashable
    edges: F64
    counts: NDArray[np.int64]
    unknown: int
    total: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Distribution) and other.key == self.key

    def __hash__(self) -> int:
        return hash(self.key)

    @classmethod
    def of_stored(cls, info: MetricInfo, stored: Stored, key: Hashable) -> Distribution:
        """Of a frame's stored numbers (N,); some 2 ms a million."""
        counts = np.bincount(stored, minlength=info.full_scale + 1).astype(np.int64)
        unknown = 0
        if info.fill is not None:
            unknown = int(counts[info.fill])
            counts[info.fill] = 0
        edges = np.asarray(info.offset + info.scale * (np.arange(len(counts) + 1) - 0.5), np.float64)
        return cls(key, edges, counts, unknown, len(stored))

    @classmethod
    def of_values(cls, info: MetricInfo, values: NDArray[np.floating], key: Hashable, total: int) -> Distribution:
        """Of physical values of all nodes or of a fair sample of `total`; NaN: no value."""
        known = values[np.isfinite(values)].astype(np.float64)
        low, high = info.low, max(info.high, info.low + 1e-9)
        if len(known):
            low, high = min(low, float(known.min())), max(high, float(known.max()))
        counts, edges = np.histogram(known, bins=LEVELS, range=(low, high))
        return cls(key, edges, counts.astype(np.int64), len(values) - len(known), total)

    @property
    def counted(self) -> int:
        """Nodes looked at, with and without a value."""
        return int(self.counts.sum()) + self.unknown

    @property
    def share_unknown(self) -> float:
        """Share of the nodes that have no value."""
        return self.unknown / max(self.counted, 1)

    def outside(self, low: float, high: float) -> tuple[float, float]:
        """Shares of the nodes with a value that lie below `low` and above `high`."""
        middles = 0.5 * (self.edges[1:] + self.edges[:-1])
        known = max(int(self.counts.sum()), 1)
        tiny = 1e-6 * max(float(self.edges[-1] - self.edges[0]), 1e-12)
        below, above = self.counts[middles < low - tiny].sum(), self.counts[middles > high + tiny].sum()
        return float(below) / known, float(above) / known

    def cumulative(self, at: F64) -> F64:
        """Nodes with a value up to `at`; each step's nodes lie evenly in it."""
        return np.asarray(np.interp(at, self.edges, np.concatenate(([0], np.cumsum(self.counts)))))

    def histogram(self, edges: F64) -> F64:
        """(B,) nodes between edges (B + 1,) of any width: no bar is high only because two steps fell into it."""
        return np.diff(self.cumulative(edges))

    def count_of(self, number: int) -> int:
        """Nodes of a category."""
        return int(self.counts[number]) if 0 <= number < len(self.counts) else 0
