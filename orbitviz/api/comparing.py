"""Two recordings opened to be compared: each of the two, and their difference, as documents with legends in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from orbitviz.api.document import OpenDocument
from orbitviz.api.opening import open
from orbitviz.core.document import Document, Recording
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import ELEMENT_NAMES, Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.metrics import metric_infos
from orbitviz.metrics.difference import ComparedRecording
from orbitviz.metrics.subtraction import comparable

Side = Literal["A", "B", "A-B"]
SIDES: tuple[Side, ...] = ("A", "B", "A-B")


class SharedRecording:
    """One of the recordings of a comparison, with the legends' ranges in common; the comparison closes it."""

    live = False
    """A comparison stands still: both runs are shown as they were when it began."""

    def __init__(self, recording: Recording, metrics: Mapping[str, MetricInfo]) -> None:
        self._recording = recording
        self.metrics = metrics

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recording, name)

    @property
    def has_positions(self) -> bool:
        """Whether positions were recorded."""
        return bool(getattr(self._recording, "has_positions", False))

    def read_state(self, index: int) -> Any:
        """Recorded states of a frame."""
        return cast(Any, self._recording).read_state(index)

    def refresh(self) -> bool:
        """Nothing grows."""
        return False

    def close(self) -> None:
        """Nothing: another side may be shown next."""


@dataclass(frozen=True)
class Comparison:
    """Two runs and their difference. recording: the difference itself; closing it closes both runs.
    names: what to call the runs; alone: A as it was opened, for when the comparison ends."""

    a: OpenDocument
    b: OpenDocument
    difference: OpenDocument
    recording: ComparedRecording
    names: tuple[str, str]
    alone: OpenDocument

    def document(self, side: Side) -> OpenDocument:
        """What is shown of it."""
        return {"A": self.a, "B": self.b, "A-B": self.difference}[side]

    def side_of(self, document: Document | None) -> Side | None:
        """Which of the three a document is; None: it belongs to no side."""
        return next((side for side in SIDES if self.document(side) is document), None)

    def rows(self, rows: NDArray[np.intp], old: Side, new: Side) -> NDArray[np.intp]:
        """Rows of one side's fleet in another's; nodes that are not there are left out."""
        match = self.recording.match.rows
        if match is None or (old == "B") == (new == "B"):
            return rows
        if new == "B":
            found = match[rows]
            return np.asarray(found[found >= 0])
        return np.flatnonzero(np.isin(match, rows))

    def close(self) -> None:
        """Lets go of both runs."""
        self.recording.close()


def compare(a: str | Path | Document, b: str | Path | Document) -> OpenDocument:
    """A less B, of two recordings: a Document whose recorded metrics are differences, A − B, node by node and instant
    by instant. Nodes are matched by id, frames by UTC; .recording.notes says what has no difference.
    Raises OrbitvizError when one is no recording or they have nothing in common."""
    comparison = open_comparison(a, b)
    return replace(comparison.difference, recording=cast(Recording, comparison.recording))


def open_comparison(a: str | Path | Document, b: str | Path | Document) -> Comparison:
    """Opens what is a file, and closes it again when the two cannot be compared."""
    with _recorded(a, "A") as first, _recorded(b, "B") as second:
        first_run, second_run = _run_of(first), _run_of(second)
        fleet = _with_arrays_of(first.fleet, second.fleet)
        compared = ComparedRecording(first_run, second_run)
        compared.fit_ranges()
        shared = _common_ranges(first.metrics, second.metrics)
        names = _names(first, second)
        sides = _side(first, shared), _side(replace(second, fleet=fleet), shared)
        return Comparison(*sides, _difference(first, compared, names), compared, names, first)


@contextmanager
def _recorded(what: str | Path | Document, word: str) -> Iterator[OpenDocument]:
    """An open recording; closed again on an error if it was opened here."""
    document = open(what)
    ours = not isinstance(what, Document)
    try:
        if not document.is_recorded:
            raise OrbitvizError(
                f"{word} must be a recording to be compared, '{document.title}' is a {document.kind}",
                "record it first",
                document.path,
            )
        yield document
    except BaseException:
        if ours and document.recording is not None:
            document.recording.close()
        raise


def _run_of(document: OpenDocument) -> Recording:
    assert document.recording is not None
    return document.recording


def _side(document: OpenDocument, shared: Mapping[str, tuple[float, float]]) -> OpenDocument:
    metrics = {
        name: replace(info, low=shared[name][0], high=shared[name][1]) if name in shared else info
        for name, info in document.metrics.items()
    }
    run = _run_of(document)
    recording = SharedRecording(run, {name: metrics.get(name, info) for name, info in run.metrics.items()})
    return replace(document, recording=cast(Recording, recording), metrics=metrics)


def _common_ranges(a: Mapping[str, MetricInfo], b: Mapping[str, MetricInfo]) -> dict[str, tuple[float, float]]:
    """One legend for both: the lowest and the highest of the two."""
    return {
        name: (min(info.low, b[name].low), max(info.high, b[name].high))
        for name, info in a.items()
        if name in b and comparable(info, b[name]) and not info.is_category
    }


def _difference(a: OpenDocument, compared: ComparedRecording, names: tuple[str, str]) -> OpenDocument:
    """Differences first; below them where the nodes of A are, which has no difference."""
    metrics = {**compared.metrics, **{k: v for k, v in metric_infos(a.fleet).items() if k not in a.metrics}}
    metrics |= {k: v for k, v in a.metrics.items() if k not in _run_of(a).metrics and k not in metrics}
    recording = SharedRecording(cast(Recording, compared), compared.metrics)
    title = f"{names[0]} less {names[1]}"
    return OpenDocument("recording", None, title, a.fleet, None, cast(Recording, recording), metrics, True)


def _names(a: OpenDocument, b: OpenDocument) -> tuple[str, str]:
    """What to call the two: their files' names, their titles where there are none or both are called alike."""
    files = [document.path.stem if document.path is not None else document.title for document in (a, b)]
    if files[0] == files[1]:
        files = [a.title, b.title]
    return files[0] or "A", files[1] or "B"


def _with_arrays_of(a: Fleet, b: Fleet) -> Fleet:
    """B's fleet holding A's arrays where they are equal: nothing is kept, nor drawn from, twice."""
    if len(a) != len(b):
        return b
    same: dict[str, Any] = {}
    for item in fields(Fleet):
        mine, other = getattr(a, item.name), getattr(b, item.name)
        if isinstance(mine, np.ndarray) and isinstance(other, np.ndarray) and np.array_equal(mine, other):
            same[item.name] = mine
    if a.epoch == b.epoch and all(
        np.array_equal(getattr(a.elements, name), getattr(b.elements, name), equal_nan=True)
        for name in (*ELEMENT_NAMES, "epoch_s")
    ):
        same["elements"] = a.elements
    return replace(b, **same)
