"""What is selected: the one node looked at, and a set of nodes with what made it, highlighted or shown alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.session.evented import Evented

Mask = NDArray[np.uint8]
How = Literal["replace", "add", "remove", "intersect"]
Show = Literal["highlight", "filter"]
MOST_STEPS = 50
"""Undo goes back so far; a step of a million nodes is 125 kB."""


@dataclass(frozen=True)
class _Step:
    """A set as undo keeps it: bits, eight nodes a byte; None: no set."""

    bits: NDArray[np.uint8] | None
    words: str
    show: Show


@dataclass
class Selection(Evented):
    """`row`: the clicked node, None when there is none. The set of nodes is `mask`, a read-only (N,) uint8 of 0 and 1
    held by reference, None when there is no set (every node is drawn plainly); it travels in no signal: `version` goes
    up, last of all, whenever the set is another one. An empty set is a set too: a filter that nothing matches.

    words: what made the set, as "shell 3 and battery charge below 30 %". count: its nodes.
    show "highlight": the others are dimmed; "filter": the others are hidden.
    """

    row: int | None = None
    words: str = ""
    count: int = 0
    show: Show = "highlight"
    version: int = 0

    def __post_init__(self) -> None:
        self._mask: Mask | None = None
        self._total = 0
        self._undo: list[_Step] = []
        self._redo: list[_Step] = []

    # -- what there is ----------------------------------------------------------------------------
    @property
    def mask(self) -> Mask | None:
        """(N,) uint8, 1 for the nodes of the set; never written to. None: no set."""
        return self._mask

    @property
    def total(self) -> int:
        """N, nodes of the open fleet."""
        return self._total

    @property
    def hides(self) -> bool:
        """Whether nodes that are not of the set are hidden."""
        return self._mask is not None and self.show == "filter"

    @property
    def rows(self) -> NDArray[np.intp]:
        """Rows of the set, ascending; none when there is no set."""
        return np.zeros(0, np.intp) if self._mask is None else np.flatnonzero(self._mask)

    def holds(self, row: int) -> bool:
        """Whether a row is of the set."""
        return self._mask is not None and 0 <= row < len(self._mask) and bool(self._mask[row])

    def hidden(self, row: int) -> bool:
        """Whether the filter hides a row."""
        return self.hides and not self.holds(row)

    # -- making sets ------------------------------------------------------------------------------
    def begin(self, total: int) -> None:
        """Another fleet of `total` nodes: no set, no node, nothing to undo."""
        self._total, self._undo, self._redo = total, [], []
        self.row = None
        self._set(None, "", "highlight")

    def combine(self, mask: NDArray[Any], words: str, how: How = "replace", show: Show | None = None) -> None:
        """A set joined with the present one. mask: (N,) of uint8 or bool, nonzero counts; show None: as it is.

        Without a set, "add" adds to nothing, "remove" takes from nothing, "intersect" keeps all of `mask`. A set that
        comes out empty is no set any more when it is highlighted; an empty filter stays, and hides everything.
        """
        if mask.shape != (self._total,):
            raise OrbitvizError(
                f"a selection must have one value a node, {self._total:,}, got {mask.shape}", "select in the open fleet"
            )
        fresh = np.asarray(mask, bool)
        if how != "replace" and self._mask is not None:
            fresh, words = self._with(self._mask.view(bool), fresh, words, how)
        elif how == "remove":
            fresh = np.zeros(self._total, bool)
        self._replace(fresh, words, show or self.show)

    def _with(
        self, old: NDArray[np.bool_], fresh: NDArray[np.bool_], words: str, how: How
    ) -> tuple[NDArray[np.bool_], str]:
        first, second = _joined(self.words), _joined(words)
        if how == "add":
            return old | fresh, f"{first} or {second}"
        if how == "remove":
            return old & ~fresh, f"{first} but not {second}"
        return old & fresh, f"{first} and {second}"

    def select_rows(
        self, rows: NDArray[np.integer], words: str, how: How = "replace", show: Show | None = None
    ) -> None:
        """As combine, of row numbers."""
        mask = np.zeros(self._total, bool)
        mask[rows] = True
        self.combine(mask, words, how, show)

    def all(self) -> None:
        """Every node."""
        self._replace(np.ones(self._total, bool), "every node", self.show)

    def invert(self) -> None:
        """The nodes that are not of the set; without a set, all."""
        if self._mask is None:
            self.all()
        else:
            self._replace(self._mask == 0, _negated(self.words), self.show)

    def none(self) -> None:
        """No set: every node is drawn plainly again."""
        if self._mask is not None:
            self._remember()
            self._set(None, "", "highlight")

    def toggle_show(self) -> None:
        """Highlight becomes filter and back."""
        self.show = "filter" if self.show == "highlight" else "highlight"

    def refresh(self, mask: NDArray[Any]) -> None:
        """The same set at another instant, when what made it depends on time: no step of undo."""
        if self._mask is not None and mask.shape == (self._total,):
            self._set(np.asarray(mask, bool), self.words, self.show)

    # -- undo -------------------------------------------------------------------------------------
    def undo(self) -> bool:
        """The set before the last change; False when there is none."""
        return self._step(self._undo, self._redo)

    def redo(self) -> bool:
        """Takes the last undo back; False when there is none."""
        return self._step(self._redo, self._undo)

    def _step(self, source: list[_Step], other: list[_Step]) -> bool:
        if not source:
            return False
        other.append(self._packed())
        step = source.pop()
        mask = None if step.bits is None else np.unpackbits(step.bits, count=self._total).view(bool)
        self._set(mask, step.words, step.show)
        return True

    def _packed(self) -> _Step:
        return _Step(None if self._mask is None else np.packbits(self._mask), self.words, self.show)

    def _remember(self) -> None:
        self._undo = [*self._undo[1 - MOST_STEPS :], self._packed()]
        self._redo = []

    def _replace(self, mask: NDArray[np.bool_], words: str, show: Show) -> None:
        """The new set; an empty one that hides nothing is none."""
        self._remember()
        if show == "highlight" and not mask.any():
            self._set(None, "", show)
        else:
            self._set(mask, words, show)

    def _set(self, mask: NDArray[np.bool_] | None, words: str, show: Show) -> None:
        if mask is None:
            self._mask, count = None, 0
        else:
            self._mask = np.array(mask, bool).view(np.uint8)
            self._mask.flags.writeable = False
            count = int(np.count_nonzero(mask))
        self.update(words=words, count=count, show=show, version=self.version + 1)


def _joined(words: str) -> str:
    """In brackets when it is a combination already."""
    return f"({words})" if any(word in words for word in (" or ", " but not ", " and ")) else words


def _negated(words: str) -> str:
    return words[4:] if words.startswith("not ") and _joined(words) == words else f"not {_joined(words)}"
