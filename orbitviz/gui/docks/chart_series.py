"""What a chart over time shows: named series, shaded bands between two of them, and how few points draw them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.gaps import gaps_of
from orbitviz.core.numerals import DisplayScale, display_scale, plain

F64 = NDArray[np.float64]
LEAST_SHARE = 0.01
"""A chart is at least this share of its largest value high, so that rounding does not look like an event."""
CROWDED = 4
"""Points a pixel from which a line is drawn by the lowest and highest point of each pixel alone."""


@dataclass(frozen=True)
class Series:
    """One line: (T,) values in `unit` at times_s, seconds from the epoch, as they are stored; NaN: no value.

    mean: a value is the mean of the step that begins at its instant, and is drawn in the middle of it. dash: the same
    of another run, drawn dashed. colour: number of the line colour, None: its place among the chart's solid lines.
    unit "" counts things, "1" is a share. tip: formula, kind and source.
    """

    name: str
    label: str
    unit: str
    times_s: F64
    values: F64
    dash: bool = False
    mean: bool = False
    colour: int | None = None
    tip: str = ""

    @cached_property
    def drawn_s(self) -> F64:
        """(T,) instants the values are drawn at."""
        if self.mean and len(self.times_s) > 1:
            return np.asarray(self.times_s + 0.5 * (self.times_s[1] - self.times_s[0]))
        return self.times_s

    @cached_property
    def gaps(self) -> F64:
        """(G, 2) stretches without frames, between the instants that values are drawn at."""
        return gaps_of(self.drawn_s)

    def at(self, t_s: float, category: bool = False) -> float:
        """The value at an instant, mixed between frames; a category's is the nearest frame's, a count's the last one's;
        NaN outside, and within a gap."""
        times = self.drawn_s
        reach_s = float(times[1] - times[0]) if len(times) > 1 else 1.0
        if len(times) == 0 or not times[0] - reach_s <= t_s <= times[-1] + reach_s:
            return math.nan
        after = int(np.clip(np.searchsorted(times, t_s), 0, len(times) - 1))
        before = max(after - 1, 0)
        if before == after or t_s >= times[after]:
            return float(self.values[after])
        if len(self.gaps) and times[before] in self.gaps[:, 0]:
            # As at the ends, a frame reaches one step far.
            near = before if t_s <= times[before] + reach_s else after if t_s >= times[after] - reach_s else None
            return math.nan if near is None else float(self.values[near])
        mix = max(float((t_s - times[before]) / (times[after] - times[before])), 0.0)
        if category or self.unit == "" or mix == 0.0:
            return float(self.values[after if category and mix >= 0.5 else before])
        return float(self.values[before] + mix * (self.values[after] - self.values[before]))


@dataclass(frozen=True)
class Band:
    """The area between two series, as that between two percentiles."""

    label: str
    low: Series
    high: Series


@dataclass(frozen=True)
class Chart:
    """Lines and bands that share an axis of values. kind: computed, measured, assumed...; tip: formula and source of
    what has no tip of its own; flags: words of the values of a category, drawn as steps."""

    name: str
    title: str
    unit: str
    series: tuple[Series, ...]
    bands: tuple[Band, ...] = ()
    kind: str = ""
    tip: str = ""
    flags: Mapping[int, str] = field(default_factory=dict)

    @property
    def everything(self) -> tuple[Series, ...]:
        """All that is drawn, ends of bands first, in the order of a table's columns."""
        ends = [end for band in self.bands for end in (band.low, band.high)]
        return (*ends, *self.series)

    @cached_property
    def scale(self) -> DisplayScale:
        """One unit with one prefix for all its values."""
        tops = [_largest(series.values) for series in self.everything]
        return chart_scale(self.unit, max(tops, default=0.0))

    @property
    def span_s(self) -> tuple[float, float]:
        """First and last instant of what it draws; (0, 1) of nothing."""
        filled = [series for series in self.everything if len(series.times_s)]
        if not filled:
            return 0.0, 1.0
        return min(float(one.times_s[0]) for one in filled), max(float(one.drawn_s[-1]) for one in filled)

    def text(self, value: float) -> str:
        """A value with its unit, or the word of a category; a long dash for none."""
        if not math.isfinite(value):
            return "–"
        if self.flags:
            return self.flags.get(round(value), plain(value))
        return self.scale.text(value)


def _largest(values: F64) -> float:
    good = values[np.isfinite(values)]
    return float(np.abs(good).max()) if len(good) else 0.0


def chart_scale(unit: str, largest: float) -> DisplayScale:
    """display_scale, and of work: PFLOP is shown as EFLOP, ZFLOP..."""
    if unit == "PFLOP":
        scale = display_scale("FLOP", largest * 1e15)
        return DisplayScale(scale.factor / 1e15, scale.unit)
    return display_scale(unit, largest)


def thinned(
    times: F64,
    values: F64,
    left: float,
    right: float,
    pixels: int,
    steps: bool = False,
    gaps: F64 | None = None,
) -> tuple[F64, F64]:
    """The points that draw a line between two instants: all of them when they are few, else the lowest and the highest
    of each pixel, so that no peak is lost. What lies beyond is cut off where the line crosses the edges; steps keep
    the height they have there. In each of the gaps (G, 2) stands a NaN: the line is broken there."""
    first = max(int(np.searchsorted(times, left, side="right")) - 1, 0)
    last = min(int(np.searchsorted(times, right, side="left")) + 1, len(times))
    edges = np.zeros(0, np.intp) if gaps is None else np.searchsorted(times, gaps[:, 0]) + 1
    if first + 1 in edges and times[first] < left:
        first += 1
    if last - 1 in edges and times[last - 1] > right:
        last -= 1
    edges = edges[(edges > first) & (edges < last)] - first
    x, y = times[first:last], values[first:last]
    if len(x) > CROWDED * max(pixels, 1):
        keep = np.union1d(_extremes(y, max(pixels, 1)), np.concatenate((edges - 1, edges)))
        x, y, edges = x[keep], y[keep], np.searchsorted(keep, edges)
    x, y = _cut(x, y, left, right, steps)
    return np.insert(x, edges, 0.5 * (x[edges - 1] + x[edges])), np.insert(y, edges, np.nan)


def _extremes(values: F64, pixels: int) -> NDArray[np.intp]:
    """Numbers of the lowest and highest value of each stretch, both ends kept, ascending."""
    stride = max(1, len(values) // pixels)
    whole = len(values) // stride * stride
    blocks = values[:whole].reshape(-1, stride)
    base = np.arange(len(blocks)) * stride
    gaps = bool(np.isnan(values.sum()))
    lows = base + (np.where(np.isnan(blocks), np.inf, blocks) if gaps else blocks).argmin(axis=1)
    highs = base + (np.where(np.isnan(blocks), -np.inf, blocks) if gaps else blocks).argmax(axis=1)
    rest = np.arange(whole, len(values))
    return np.unique(np.concatenate((lows, highs, rest, (0, len(values) - 1)))).astype(np.intp)


def _cut(x: F64, y: F64, left: float, right: float, steps: bool) -> tuple[F64, F64]:
    if len(x) > 1 and (x[0] < left or x[-1] > right):
        x, y = x.copy(), y.copy()
        for end, inner, edge in ((0, 1, left), (-1, -2, right)):
            beyond = x[end] < edge <= x[inner] if end == 0 else x[inner] <= edge < x[end]
            if beyond:
                share = (edge - x[inner]) / (x[end] - x[inner])
                height = y[0 if end == 0 else inner] if steps else y[inner] + share * (y[end] - y[inner])
                x[end], y[end] = edge, height
    return x, y


def value_range(chart: Chart, drawn: Iterable[F64], air: float = 0.06) -> tuple[float, float]:
    """Lowest and highest value of the axis for what is drawn, and above and below it `air`, a share of its height."""
    if chart.flags:
        return min(chart.flags) - 0.5, max(chart.flags) + 0.5
    good = [part[np.isfinite(part)] for part in drawn]
    good = [part for part in good if len(part)]
    if not good:
        return 0.0, 1.0
    low, high = min(float(part.min()) for part in good), max(float(part.max()) for part in good)
    floor = 0.0 if low >= 0.0 else -math.inf
    ceiling = 1.0 if chart.unit == "1" and high <= 1.0 else math.inf
    least = LEAST_SHARE * max(abs(low), abs(high)) or chart.scale.factor
    grow = max(0.0, 0.5 * (least - (high - low)))
    low, high = low - grow, high + grow
    if low < floor:
        low, high = floor, high + (floor - low)
    if high > ceiling:
        low, high = low - (high - ceiling), ceiling
    room = air * (high - low)
    return low - room, high + room
