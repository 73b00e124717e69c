"""Finding nodes by what a person types: a node id, a catalogue number, a name, or shell, plane and slot."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.session.predicates import groups_of, named

MOST = 12
_FILLERS = {"shell", "plane", "slot", "node", "id"}


def find(fleet: Fleet, text: str, most: int = MOST) -> list[int]:
    """Rows of up to `most` nodes, the likeliest first: a node id or catalogue number that is just that, then shell,
    plane and slot as "3 12 5" or "dawn-dusk 12 5" (counted from 1; without a slot the plane's first), then names of
    which the text is a part."""
    words = [word for word in re.split(r"[\s,·/]+", text.strip()) if word and word.lower() not in _FILLERS]
    if not words:
        return []
    found: list[int] = []
    marked = [int(word[1:]) for word in words if re.fullmatch(r"#[0-9]+", word)]
    if marked:  # as a line of the list of what was found ends: "… slot 5   #1003"
        return _numbered(fleet, marked[-1], most)
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        found += _numbered(fleet, int(words[0]), most)
    if len(words) >= 2:
        found += _placed(fleet, words, most)
    if fleet.name is not None:
        found += _first(named(fleet.name, text.strip()), most)
    return list(dict.fromkeys(found))[:most]


def _first(mask: NDArray[np.bool_], most: int) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)[:most]]


def _numbered(fleet: Fleet, number: int, most: int) -> list[int]:
    found = _first(fleet.node_id == number, most)
    if fleet.catalog_number is not None and number:
        found += _first(fleet.catalog_number == number, most)
    return found


def _placed(fleet: Fleet, words: list[str], most: int) -> list[int]:
    """Shell, plane and perhaps slot; the shell may be more than one word, or its number."""
    numbers = 0
    while numbers < 2 and len(words) - numbers > 1 and words[-1 - numbers].isascii() and words[-1 - numbers].isdigit():
        numbers += 1
    if not numbers:
        return []
    head, places = " ".join(words[:-numbers]), [int(word) - 1 for word in words[-numbers:]]
    shells = _shells(fleet, head)
    if not shells or min(places) < 0:
        return []
    mask = np.isin(fleet.shell, shells) & (fleet.plane == places[0])
    if len(places) > 1:
        mask &= fleet.slot == places[1]
    return _first(mask, most)


def _shells(fleet: Fleet, head: str) -> list[int]:
    """Numbers of the shells meant: by number from 1, else all whose own or group's name holds the words."""
    if head.isascii() and head.isdigit():
        return [int(head) - 1] if 0 < int(head) <= len(fleet.shells) else []
    wanted = _plain(head)
    by_name = [number for number, shell in enumerate(fleet.shells) if wanted in _plain(shell.name)]
    return by_name or [n for name, numbers in groups_of(fleet).items() if wanted in _plain(name) for n in numbers]


def _plain(text: str) -> str:
    """Letters, digits and points only: "30 deg, 550-568 km" is found however it is spaced."""
    return re.sub(r"[^a-z0-9.]+", "", text.lower())
