"""Which nodes: conditions that are asked of a whole fleet at one instant, and say in words what they ask.

Every condition gives mask(now), (N,) bool, and words(now). `timed`: the answer changes as time passes. Stored numbers
are compared as they are stored: a table of the 256 bytes that pass, or whole numbers mixed in steps of 1/256.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.core.frames import geodetic_from_itrf, rotation_z
from orbitviz.core.units import with_unit

Bools = NDArray[np.bool_]
Places = NDArray[np.floating[Any]]
MEAN_RADIUS_KM = 6371.0088
"""IUGG mean radius R1: distances over the ground are taken on a sphere of it."""
_FLATTENING_RAD = 0.0034
"""Geocentric and geodetic latitude differ by less."""
_MIX = 256


@dataclass(frozen=True)
class Instant:
    """What conditions are asked of. bracket(metric): the stored frames shown, None when it is not recorded;
    values(metric): (N,) physical values of a metric that is computed; places(): (N, 3) km TEME and gmst_rad."""

    fleet: Fleet
    metrics: Mapping[str, MetricInfo]
    bracket: Callable[[str], Bracket | None]
    values: Callable[[str], NDArray[np.float32]]
    places: Callable[[], tuple[Places, float]]


class Predicate(Protocol):
    """A condition."""

    @property
    def timed(self) -> bool:
        """Whether the answer changes as time passes."""

    def mask(self, now: Instant) -> Bools:
        """(N,) the nodes that meet it."""

    def words(self, now: Instant) -> str:
        """As "battery charge below 30 %"."""


def groups_of(fleet: Fleet) -> dict[str, list[int]]:
    """Numbers of the shells of each group, in file order: what people call a shell."""
    groups: dict[str, list[int]] = {}
    for number, shell in enumerate(fleet.shells):
        groups.setdefault(shell.group or shell.name, []).append(number)
    return groups


@dataclass(frozen=True)
class InShells:
    """Nodes of groups of shells, by name."""

    groups: tuple[str, ...]
    timed = False

    def mask(self, now: Instant) -> Bools:
        """Looked up by the shell's number."""
        table = np.zeros(65536, bool)
        for name, numbers in groups_of(now.fleet).items():
            table[numbers] = name in self.groups
        return table[now.fleet.shell]

    def words(self, now: Instant) -> str:
        """shell A, B or C."""
        return f"shell {_either(self.groups)}"


@dataclass(frozen=True)
class InPlanes:
    """Nodes of planes first..last, counted from 0, of every shell."""

    first: int
    last: int
    timed = False

    def mask(self, now: Instant) -> Bools:
        """Both ends counted in."""
        return (now.fleet.plane >= self.first) & (now.fleet.plane <= self.last)

    def words(self, now: Instant) -> str:
        """As people count: from 1."""
        first, last = self.first + 1, self.last + 1
        return f"plane {first:,}" if first == last else f"planes {first:,} to {last:,}"


@dataclass(frozen=True)
class InCategory:
    """Nodes whose category of a metric (status, shell) is one of `numbers`."""

    metric: str
    numbers: tuple[int, ...]
    timed = True

    def mask(self, now: Instant) -> Bools:
        """A category is never mixed: the frame shown decides."""
        bracket = now.bracket(self.metric)
        if bracket is None:
            values = now.values(self.metric)
            return np.isin(values, np.array(self.numbers, np.float32))
        stored = (bracket.after if bracket.mix >= 0.5 else bracket.before).stored
        table = np.zeros(np.iinfo(stored.dtype).max + 1, bool)
        table[[number for number in self.numbers if number < len(table)]] = True
        return table[stored]

    def words(self, now: Instant) -> str:
        """status failed or throttled."""
        info = now.metrics[self.metric]
        return f"{_lower(info.long_name)} {_either([info.flags.get(n, str(n)) for n in self.numbers])}"


@dataclass(frozen=True)
class InRange:
    """Nodes whose value lies in low..high, both counted in, in the metric's unit; None: open on that side."""

    metric: str
    low: float | None = None
    high: float | None = None
    timed = True

    def mask(self, now: Instant) -> Bools:
        """Nodes without a value are not in it."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        bracket = now.bracket(self.metric)
        if bracket is None:
            values = now.values(self.metric)
            with np.errstate(invalid="ignore"):
                return (values >= low) & (values <= high)
        return in_stored(bracket, now.metrics[self.metric], low, high)

    def words(self, now: Instant) -> str:
        """battery charge below 30 %."""
        info = now.metrics[self.metric]
        name = _lower(info.long_name)
        low, high = (None if end is None else with_unit(end, info.unit) for end in (self.low, self.high))
        if low is None or high is None:
            return f"{name} known" if low == high else f"{name} below {high}" if low is None else f"{name} above {low}"
        return f"{name} from {low} to {high}"


def in_stored(bracket: Bracket, info: MetricInfo, low: float, high: float) -> Bools:
    """(N,) whether the value between two stored frames lies in low..high, in whole numbers."""
    before, after = bracket.before.stored, bracket.after.stored
    if before is after:
        with np.errstate(invalid="ignore"):
            values = info.values(np.arange(np.iinfo(before.dtype).max + 1, dtype=before.dtype))
            slack = 1e-6 * abs(info.scale)
            table = (values >= low - slack) & (values <= high + slack)
        return np.asarray(table[before])
    share = round(bracket.mix * _MIX)
    wide: type[np.unsignedinteger[Any]] = np.uint16 if before.dtype == np.uint8 else np.uint32
    mixed = before * wide(_MIX - share)
    mixed += after * wide(share)
    ends = sorted((end - info.offset) / info.scale * _MIX for end in (low, high))
    first, last = (float(np.clip(end, -1.0, info.full_scale * _MIX + 1.0)) for end in ends)
    inside = mixed >= max(math.ceil(first - 1e-3), 0)
    inside &= mixed <= wide(max(math.floor(last + 1e-3), 0)) if last >= 0.0 else np.zeros((), bool)
    if info.fill is not None:
        inside &= before != info.fill
        inside &= after != info.fill
    return np.asarray(inside)


@dataclass(frozen=True)
class Named:
    """Nodes by name, of which `text` is a part; * and ? stand for any letters and one. Capitals do not count."""

    text: str
    timed = False

    def mask(self, now: Instant) -> Bools:
        """One search through all names at once."""
        names = now.fleet.name
        if names is None or not self.text.strip():
            return np.zeros(len(now.fleet), bool)
        return named(names, self.text.strip())

    def words(self, now: Instant) -> str:
        """name like "starlink-3*"."""
        return f"name like “{self.text.strip()}”"


def named(names: NDArray[np.bytes_], text: str) -> Bools:
    """(N,) whether names hold the text, or are as a pattern of * and ? says.

    Names lie in lines of one width, so that a place in the text says whose it is."""
    count, width = len(names), names.dtype.itemsize + 1
    lines = np.zeros((count, width), np.uint8)
    lines[:, :-1] = np.ascontiguousarray(names).view(np.uint8).reshape(count, width - 1)
    lines[:, -1] = ord("\n")
    wild = "*" in text or "?" in text
    pattern = "^" + _line_pattern(text) if wild else re.escape(text)
    found = re.finditer(pattern.encode("utf-8"), lines.tobytes(), re.IGNORECASE | re.MULTILINE)
    result = np.zeros(count, bool)
    result[np.fromiter((match.start() // width for match in found), np.intp)] = True
    return result


def _line_pattern(text: str) -> str:
    """Of * and ? over one line that is padded with NULs."""
    letter = r"[^\x00\n]"
    return "".join({"*": letter + "*", "?": letter}.get(c) or re.escape(c) for c in text) + r"\x00*$"


@dataclass(frozen=True)
class WithIds:
    """Nodes by number: pairs (first, last) of node ids, both counted in; `catalogue`: of catalogue numbers."""

    spans: tuple[tuple[int, int], ...]
    catalogue: bool = False
    timed = False

    def mask(self, now: Instant) -> Bools:
        """Of any of the spans."""
        numbers = now.fleet.catalog_number if self.catalogue else now.fleet.node_id
        result = np.zeros(len(now.fleet), bool)
        if numbers is None:
            return result
        for first, last in self.spans:
            result |= (numbers >= first) & (numbers <= last)
        return result

    def words(self, now: Instant) -> str:
        """node 17 or 40 to 50."""
        kind = "catalogue number" if self.catalogue else "node"
        return f"{kind} {_either([str(a) if a == b else f'{a} to {b}' for a, b in self.spans])}"


@dataclass(frozen=True)
class InBox:
    """Nodes over a part of the ground: south..north, and from west eastwards to east, which may cross 180 degrees."""

    south_deg: float
    north_deg: float
    west_deg: float
    east_deg: float
    timed = True

    def mask(self, now: Instant) -> Bools:
        """By geodetic latitude and longitude of the point below; the latitude is worked out near the edges only."""
        position_km, gmst_rad = now.places()
        south, north = math.radians(self.south_deg), math.radians(self.north_deg)
        columns = np.ascontiguousarray(position_km.T)  # rows of three are read twice as slowly
        sine = _sine(columns, np.array([0.0, 0.0, 1.0]))
        inside = _between(sine, south - _FLATTENING_RAD, north + _FLATTENING_RAD)
        inside &= self._eastwards(columns, gmst_rad)
        unsure = np.flatnonzero(inside & ~_between(sine, south + _FLATTENING_RAD, north - _FLATTENING_RAD))
        latitude, _ = _ground(position_km[unsure], gmst_rad)
        inside[unsure] = (latitude >= south) & (latitude <= north)
        return inside

    def _eastwards(self, columns: Places, gmst_rad: float) -> Bools:
        """Of places (3, N), whether the longitude is from west eastwards to east: on the left of one edge, on the right
        of the other."""
        if self.east_deg - self.west_deg >= 360.0:
            return np.ones(columns.shape[1], bool)
        x, y, _ = columns
        west, east = (math.radians(edge) + gmst_rad for edge in (self.west_deg, self.east_deg))
        kind = columns.dtype.type
        after = y * kind(math.cos(west)) >= x * kind(math.sin(west))
        before = y * kind(math.cos(east)) <= x * kind(math.sin(east))
        narrow = (self.east_deg - self.west_deg) % 360.0 <= 180.0
        return np.asarray(after & before if narrow else after | before)

    def words(self, now: Instant) -> str:
        """over 10° N to 20° N, 30° W to 40° E."""
        south, north = _side(self.south_deg, "NS"), _side(self.north_deg, "NS")
        return f"over {south} to {north}, {_side(self.west_deg, 'EW')} to {_side(self.east_deg, 'EW')}"


@dataclass(frozen=True)
class InCircle:
    """Nodes over the ground within radius_km of a place, on a sphere of 6371.0088 km; `name`: what to call it."""

    latitude_deg: float
    longitude_deg: float
    radius_km: float
    name: str = ""
    timed = True

    def mask(self, now: Instant) -> Bools:
        """By the direction from the Earth's centre; near the edge by the point below."""
        position_km, gmst_rad = now.places()
        latitude, longitude = math.radians(self.latitude_deg), math.radians(self.longitude_deg)
        angle, c = self.radius_km / MEAN_RADIUS_KM, math.cos(latitude)
        centre = np.array([c * math.cos(longitude + gmst_rad), c * math.sin(longitude + gmst_rad), math.sin(latitude)])
        along = _sine(np.ascontiguousarray(position_km.T), centre)
        inside = along >= math.cos(min(angle + 2.0 * _FLATTENING_RAD, math.pi)) - 1e-6
        surely = math.cos(angle - 2.0 * _FLATTENING_RAD) if angle > 2.0 * _FLATTENING_RAD else 2.0
        unsure = np.flatnonzero(inside & (along < surely))
        north, east = _ground(position_km[unsure], gmst_rad)
        half = np.sin((north - latitude) / 2.0) ** 2 + c * np.cos(north) * np.sin((east - longitude) / 2.0) ** 2
        inside[unsure] = 2.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))) <= angle
        return inside

    def words(self, now: Instant) -> str:
        """within 500 km of Berlin."""
        where = self.name or f"{_side(self.latitude_deg, 'NS')}, {_side(self.longitude_deg, 'EW')}"
        return f"within {self.radius_km:,.0f} km of {where}"


def _ground(position_km: Places, gmst_rad: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Geodetic latitude and longitude of the points below."""
    itrf = np.asarray(position_km, np.float64) @ rotation_z(gmst_rad).T
    latitude, longitude, _ = geodetic_from_itrf(itrf)
    return latitude, longitude


def _sine(columns: Places, axis: NDArray[np.float64]) -> Places:
    """(N,) of the angle above the plane across `axis`, of places (3, N); NaN without a place."""
    kind = columns.dtype.type
    with np.errstate(invalid="ignore", divide="ignore"):
        square = np.square(columns[0])
        along = columns[0] * kind(axis[0])
        for column, part in zip(columns[1:], axis[1:], strict=True):
            square += np.square(column)
            along += column * kind(part)
        return np.asarray(along / np.sqrt(square))


def _between(sine: Places, low_rad: float, high_rad: float) -> Bools:
    """Whether an angle of -90 to 90 degrees, given by its sine, is from low to high."""
    low, high = (math.sin(min(max(end, -math.pi / 2), math.pi / 2)) for end in (low_rad, high_rad))
    low = low if low_rad > -math.pi / 2 else -2.0
    high = high if high_rad < math.pi / 2 else 2.0
    return np.asarray((sine >= low) & (sine <= high)) if low_rad <= high_rad else np.zeros(len(sine), bool)


@dataclass(frozen=True)
class Both:
    """Nodes that meet all of `parts`; without any, every node."""

    parts: tuple[Predicate, ...]

    @property
    def timed(self) -> bool:
        """When one is."""
        return any(part.timed for part in self.parts)

    def mask(self, now: Instant) -> Bools:
        """And."""
        return reduce(np.logical_and, (part.mask(now) for part in self.parts), np.ones(len(now.fleet), bool))

    def words(self, now: Instant) -> str:
        """A and B."""
        return " and ".join(_part_words(part, now) for part in self.parts) or "every node"


@dataclass(frozen=True)
class Either:
    """Nodes that meet one of `parts`; without any, none."""

    parts: tuple[Predicate, ...]

    @property
    def timed(self) -> bool:
        """When one is."""
        return any(part.timed for part in self.parts)

    def mask(self, now: Instant) -> Bools:
        """Or."""
        return reduce(np.logical_or, (part.mask(now) for part in self.parts), np.zeros(len(now.fleet), bool))

    def words(self, now: Instant) -> str:
        """A or B."""
        return " or ".join(_part_words(part, now) for part in self.parts) or "no node"


@dataclass(frozen=True)
class Not:
    """Nodes that do not meet `part`; for a range, also those without a value."""

    part: Predicate

    @property
    def timed(self) -> bool:
        """As the part."""
        return self.part.timed

    def mask(self, now: Instant) -> Bools:
        """Not."""
        return ~self.part.mask(now)

    def words(self, now: Instant) -> str:
        """not A."""
        return f"not {_part_words(self.part, now)}"


def _part_words(part: Predicate, now: Instant) -> str:
    several = isinstance(part, Both | Either) and len(part.parts) > 1
    return f"({part.words(now)})" if several else part.words(now)


def _either(words: tuple[str, ...] | list[str]) -> str:
    """a, b or c; names that hold a comma themselves are told apart by "or" alone."""
    if any("," in word for word in words):
        return " or ".join(words)
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _lower(name: str) -> str:
    """The name in the middle of a sentence; capitals of more than one letter stay."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _side(degrees: float, sides: str) -> str:
    return f"{abs(degrees):g}° {sides[0] if degrees >= 0 else sides[1]}"
