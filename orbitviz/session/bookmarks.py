"""Bookmarks: nine numbered instants with names, kept with the file they were set in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from orbitviz.session.evented import Evented

NUMBERS = range(1, 10)
MAX_NAME = 60


@dataclass(frozen=True)
class Bookmark:
    """An instant, seconds from the epoch, under a number from 1 to 9."""

    number: int
    t_s: float
    name: str = ""


@dataclass
class Bookmarks(Evented):
    """Those of the open document, in the order of their numbers."""

    marks: tuple[Bookmark, ...] = ()

    def at(self, number: int) -> Bookmark | None:
        """The one of that number."""
        return next((mark for mark in self.marks if mark.number == number), None)

    def put(self, number: int, t_s: float) -> None:
        """Sets a number to an instant; its name stays."""
        old = self.at(number)
        self._keep(Bookmark(number, float(t_s), old.name if old is not None else ""))

    def rename(self, number: int, name: str) -> None:
        """Another name; an empty one is none."""
        old = self.at(number)
        if old is not None:
            self._keep(replace(old, name=name.strip()[:MAX_NAME]))

    def remove(self, number: int) -> None:
        """The number is free again."""
        self.marks = tuple(mark for mark in self.marks if mark.number != number)

    def _keep(self, mark: Bookmark) -> None:
        others = [other for other in self.marks if other.number != mark.number]
        self.marks = tuple(sorted([*others, mark], key=lambda one: one.number))

    # -- as plain values, for a file -----------------------------------------------------------------
    def plain(self) -> list[list[Any]]:
        """[number, seconds, name] of each."""
        return [[mark.number, mark.t_s, mark.name] for mark in self.marks]

    def take(self, plain: object) -> None:
        """What `plain` gave earlier; whatever of it is not that is left out."""
        found: dict[int, Bookmark] = {}
        for item in plain if isinstance(plain, Sequence) and not isinstance(plain, str) else ():
            mark = _mark(item)
            if mark is not None:
                found[mark.number] = mark
        self.marks = tuple(found[number] for number in sorted(found))


def _mark(item: object) -> Bookmark | None:
    if not isinstance(item, Sequence) or isinstance(item, str) or len(item) != 3:
        return None
    number, t_s, name = item
    right = type(number) is int and number in NUMBERS and isinstance(t_s, int | float) and isinstance(name, str)
    if not right or not math.isfinite(t_s):
        return None
    return Bookmark(number, float(t_s), name[:MAX_NAME])
