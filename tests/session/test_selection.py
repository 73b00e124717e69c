from __future__ import annotations

import numpy as np
import pytest
from ring_documents import document

from orbitviz.core.errors import OrbitvizError
from orbitviz.session import Session
from orbitviz.session.selection import MOST_STEPS, Selection


def made(total: int = 6) -> Selection:
    selection = Selection()
    selection.begin(total)
    return selection


def of(*rows: int, total: int = 6) -> np.ndarray:
    mask = np.zeros(total, bool)
    mask[list(rows)] = True
    return mask


def test_there_is_no_set_at_first_and_none_has_no_mask() -> None:
    selection = made()
    assert selection.mask is None and selection.count == 0 and not selection.holds(0)
    selection.combine(of(1, 2), "shell 3")
    selection.none()
    assert selection.mask is None and selection.words == "" and selection.count == 0


@pytest.mark.parametrize(
    ("how", "expected", "words"),
    [
        ("replace", [2, 3], "b"),
        ("add", [1, 2, 3], "a or b"),
        ("remove", [1], "a but not b"),
        ("intersect", [2], "a and b"),
    ],
)
def test_sets_combine_and_say_how(how, expected, words) -> None:
    selection = made()
    selection.combine(of(1, 2), "a")
    selection.combine(of(2, 3), "b", how)
    assert selection.rows.tolist() == expected and selection.count == len(expected) and selection.words == words
    assert selection.mask is not None and selection.mask.dtype == np.uint8


@pytest.mark.parametrize(("how", "expected"), [("add", [4]), ("remove", []), ("intersect", [4])])
def test_combining_with_no_set(how, expected) -> None:
    selection = made()
    selection.combine(of(4), "a", how)
    assert selection.rows.tolist() == expected


def test_all_and_invert() -> None:
    selection = made(4)
    selection.all()
    assert selection.rows.tolist() == [0, 1, 2, 3]
    selection.combine(of(1, total=4), "shell 3 and plane 1")
    selection.invert()
    assert selection.rows.tolist() == [0, 2, 3] and selection.words == "not (shell 3 and plane 1)"
    selection.none()
    selection.invert()
    assert selection.count == 4


def test_an_empty_filter_stays_and_an_empty_highlight_does_not() -> None:
    selection = made()
    selection.combine(of(), "nowhere")
    assert selection.mask is None
    selection.combine(of(), "nowhere", show="filter")
    assert selection.mask is not None and selection.count == 0 and selection.hides


def test_the_version_goes_up_last_and_no_array_travels() -> None:
    selection, heard = made(), []
    selection.events.version.connect(lambda *args: heard.append((args, selection.count, selection.words)))
    selection.combine(of(0, 5), "two")
    assert heard == [((selection.version, selection.version - 1), 2, "two")]


def test_the_mask_is_read_only_and_does_not_follow_what_it_was_made_from() -> None:
    selection, source = made(), of(1)
    selection.combine(source, "one")
    source[:] = True
    assert selection.count == 1 and selection.rows.tolist() == [1]
    with pytest.raises(ValueError, match="read-only"):
        selection.mask[0] = 1  # type: ignore[index]


def test_undo_and_redo_bring_sets_words_and_show_back() -> None:
    selection = made(13)
    selection.combine(of(1, 12, total=13), "a")
    selection.combine(of(2, total=13), "b", show="filter")
    assert selection.undo()
    assert (selection.rows.tolist(), selection.words, selection.show) == ([1, 12], "a", "highlight")
    assert selection.undo() and selection.mask is None
    assert not selection.undo()
    assert selection.redo() and selection.redo() and not selection.redo()
    assert (selection.rows.tolist(), selection.words, selection.show) == ([2], "b", "filter")
    selection.undo()
    selection.all()
    assert not selection.redo()


def test_undo_forgets_the_oldest() -> None:
    selection = made()
    for _ in range(MOST_STEPS + 20):
        selection.all()
    steps = 0
    while selection.undo():
        steps += 1
    assert steps == MOST_STEPS


def test_a_refresh_is_no_step_of_undo() -> None:
    selection = made()
    selection.combine(of(1), "battery low")
    selection.refresh(of(2, 3))
    assert selection.rows.tolist() == [2, 3] and selection.words == "battery low"
    selection.undo()
    assert selection.mask is None


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(OrbitvizError, match=r"one value a node, 6, got \(5,\)"):
        made().combine(np.ones(5, bool), "x")


def test_another_fleet_drops_the_set_and_the_same_keeps_it() -> None:
    session, heard = Session(), []
    session.open(document())
    session.selection.combine(of(3, total=12), "one")
    session.changed.connect(lambda: heard.append(1))
    session.open(document())
    assert session.selection.rows.tolist() == [3]
    session.open(document(nodes=20))
    assert session.selection.mask is None and session.selection.total == 20
