"""A condition as a person types it -> Predicate: "shell dawn-dusk and battery < 30 %", "not (plane 2 or plane 3)".

    shell TEXT              groups whose name holds the text        plane 3, plane 3-7      counted from 1
    node 17, node 40-50     by node id                              catalogue 25544         by catalogue number
    name TEXT               * and ? stand for any letters           status throttled        any metric of categories
    METRIC < 30 %           also <=, >, >=, and "from 300 K to 320 K"; in the unit shown or the metric's own
    within 500 km of 52, 13                                         box 10 20 -30 40        S N W E, degrees

joined by and, or, not and parentheses; "and" binds closer than "or". Capitals do not count.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.units import SI_PREFIXES
from orbitviz.session.predicates import (
    Both,
    Either,
    InBox,
    InCategory,
    InCircle,
    InPlanes,
    InRange,
    InShells,
    Named,
    Not,
    Predicate,
    WithIds,
    groups_of,
)

EXAMPLE = "battery < 30 % and not shell dawn-dusk"
_HINT = f"write for example: {EXAMPLE}"
_TOKEN = re.compile(r"\(|\)|<=|>=|<|>|[^\s()<>=]+")
_JOINTS = ("and", "or", ")", "(")
_NUMBER = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(.*)$", re.IGNORECASE)
_SPAN = re.compile(r"^(\d+)(?:-(\d+))?$")


def parse(text: str, fleet: Fleet, metrics: Mapping[str, MetricInfo]) -> Predicate:
    """The condition; OrbitvizError says what was not understood and shows an example."""
    reader = _Reader(_TOKEN.findall(text), fleet, metrics)
    if not reader.words:
        raise OrbitvizError("a condition must have words, it is empty", _HINT)
    result = reader.either()
    if reader.at < len(reader.words):
        raise OrbitvizError(f"a condition must end there or go on with and, or; got '{reader.words[reader.at]}'", _HINT)
    return result


class _Reader:
    """Words from left to right."""

    def __init__(self, words: list[str], fleet: Fleet, metrics: Mapping[str, MetricInfo]) -> None:
        self.words, self.at = words, 0
        self._fleet, self._metrics = fleet, metrics

    def _next(self) -> str:
        return self.words[self.at].lower() if self.at < len(self.words) else ""

    def _take(self, what: str) -> str:
        if self.at >= len(self.words):
            raise OrbitvizError(f"a condition must go on with {what}, it ends", _HINT)
        self.at += 1
        return self.words[self.at - 1]

    def either(self) -> Predicate:
        """A or B."""
        parts = [self.both()]
        while self._next() == "or":
            self.at += 1
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def both(self) -> Predicate:
        """A and B."""
        parts = [self.one()]
        while self._next() == "and":
            self.at += 1
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def one(self) -> Predicate:
        """not A, (A), or a plain condition."""
        word = self._take("a condition").lower()
        if word == "not":
            return Not(self.one())
        if word == "(":
            inside = self.either()
            if self._take("a closing parenthesis") != ")":
                raise OrbitvizError("a parenthesis must be closed", _HINT)
            return inside
        plain = {"shell": self._shell, "plane": self._plane, "planes": self._plane, "node": self._node}
        plain |= {"nodes": self._node, "catalogue": self._catalogue, "name": self._name}
        plain |= {"within": self._within, "box": self._box}
        if word in plain:
            return plain[word]()
        self.at -= 1
        return self._metric()

    def _text(self, what: str) -> str:
        """Words up to the next joint."""
        taken = []
        while self.at < len(self.words) and self._next() not in _JOINTS:
            taken.append(self._take(what))
        if not taken:
            raise OrbitvizError(f"a condition must go on with {what}, got '{self._next()}'", _HINT)
        return " ".join(taken)

    # -- who it is ---------------------------------------------------------------------------------------------------

    def _shell(self) -> Predicate:
        text, groups = self._text("a shell's name"), list(groups_of(self._fleet))
        found = tuple(name for name in groups if text.lower() in name.lower())
        if not found:
            known = ", ".join(groups)
            raise OrbitvizError(f"a shell must be one of {known}, got '{text}'", "a part of the name will do")
        return InShells(found)

    def _plane(self) -> Predicate:
        first, last = self._spans("a plane")[0]
        if first < 1:
            raise OrbitvizError("planes must be counted from 1, got 0", _HINT)
        return InPlanes(first - 1, last - 1)

    def _node(self) -> Predicate:
        return WithIds(tuple(self._spans("a node id")))

    def _catalogue(self) -> Predicate:
        return WithIds(tuple(self._spans("a catalogue number")), catalogue=True)

    def _name(self) -> Predicate:
        return Named(self._text("a name"))

    def _spans(self, what: str) -> list[tuple[int, int]]:
        text = self._text(f"{what} or a range of them, as 3-7")
        spans = []
        for piece in text.replace(",", " ").split():
            match = _SPAN.match(piece)
            if match is None:
                raise OrbitvizError(f"{what} must be a whole number or a range as 3-7, got '{piece}'", _HINT)
            first = int(match.group(1))
            spans.append((first, int(match.group(2) or first)))
        return spans

    # -- where it is -------------------------------------------------------------------------------------------------

    def _numbers(self, count: int, what: str) -> list[float]:
        values: list[float] = []
        while len(values) < count:
            for piece in self._take(what).replace(",", " ").split():
                match = _NUMBER.match(piece)
                if match is None or match.group(2) not in ("", "°"):
                    raise OrbitvizError(f"{what} must be numbers, got '{piece}'", _HINT)
                values.append(float(match.group(1)))
        return values

    def _within(self) -> Predicate:
        radius_km = self._amount("a distance as 500 km", "km")
        if self._take("of").lower() != "of" or not radius_km > 0.0:
            raise OrbitvizError("a region must read: within 500 km of 52, 13 (latitude, longitude)", _HINT)
        latitude, longitude = self._numbers(2, "latitude and longitude in degrees")
        if not -90.0 <= latitude <= 90.0:
            raise OrbitvizError(f"a latitude must be from -90 to 90 degrees, got {latitude:g}", _HINT)
        return InCircle(latitude, longitude, radius_km)

    def _box(self) -> Predicate:
        south, north, west, east = self._numbers(4, "south, north, west and east in degrees")
        if not -90.0 <= south < north <= 90.0:
            raise OrbitvizError(f"a box must go from south to north, got {south:g} to {north:g} degrees", _HINT)
        return InBox(south, north, west, east)

    # -- what it does ------------------------------------------------------------------------------------------------

    def _metric(self) -> Predicate:
        info = self._metric_named()
        if info.is_category:
            return self._category(info)
        word = self._take("<, > or from").lower()
        if word in ("<", "<="):
            return InRange(info.name, None, self._amount("a number", info.unit))
        if word in (">", ">="):
            return InRange(info.name, self._amount("a number", info.unit), None)
        if word != "from":
            raise OrbitvizError(f"after {info.long_name.lower()} there must be <, > or from, got '{word}'", _HINT)
        low = self._amount("a number", info.unit)
        if self._take("to").lower() != "to":
            raise OrbitvizError("a range must read: from 300 K to 320 K", _HINT)
        return InRange(info.name, low, self._amount("a number", info.unit))

    def _metric_named(self) -> MetricInfo:
        """The metric that the next words begin the name of: the longest run of words that does."""
        for count in (4, 3, 2, 1):
            text = " ".join(self.words[self.at : self.at + count]).lower()
            exact = [info for info in self._metrics.values() if text in (info.name.lower(), info.long_name.lower())]
            begun = [info for info in self._metrics.values() if info.long_name.lower().startswith(text)]
            found = exact or begun
            if found:
                self.at += min(count, len(self.words) - self.at)
                return found[0]
        names = ", ".join(info.long_name.lower() for info in self._metrics.values())
        known = f"shell, plane, node, name, within, box, or {names}"
        raise OrbitvizError(f"a condition must begin with {known}; got '{self.words[self.at]}'", _HINT)

    def _category(self, info: MetricInfo) -> Predicate:
        text = self._text(f"one of {', '.join(info.flags.values())}").lower()
        numbers = tuple(number for number, word in info.flags.items() if text in word.lower())
        if not numbers:
            raise OrbitvizError(
                f"{info.long_name.lower()} must be one of {', '.join(info.flags.values())}, got '{text}'", _HINT
            )
        return InCategory(info.name, numbers)

    def _amount(self, what: str, unit: str) -> float:
        """A number with or without its unit, in `unit`."""
        match = _NUMBER.match(self._take(what))
        if match is None:
            raise OrbitvizError(f"a condition must go on with {what}, got '{self.words[self.at - 1]}'", _HINT)
        value, said = float(match.group(1)), match.group(2)
        if not said and self.at < len(self.words) and self._next() not in (*_JOINTS, "to", "of"):
            said = self._take("a unit")
        factor = _factor(said, unit)
        if factor is None:
            shown = {"1": "%", "rad": "degrees"}.get(unit, unit)
            raise OrbitvizError(f"the unit must be {shown}, got '{said}'", _HINT)
        return value * factor


def _factor(said: str, unit: str) -> float | None:
    """What a number in `said` is multiplied by to be in `unit`; None: another unit altogether."""
    if unit == "rad":
        return 1.0 if said == "rad" else math.pi / 180.0 if said in ("", "°", "deg", "degrees") else None
    if said in ("", unit):
        return 1.0
    if unit == "1":
        return 0.01 if said == "%" else None
    base, scale = ("FLOP/s", 1e-15) if unit == "PFLOP/s" else (unit, 1.0)
    for factor, prefix in SI_PREFIXES:
        if said == prefix + base:
            return factor * scale
    return None
