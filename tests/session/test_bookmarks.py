from __future__ import annotations

import pytest

from orbitviz.session.bookmarks import Bookmark, Bookmarks


def test_a_number_is_set_named_moved_and_freed() -> None:
    marks = Bookmarks()
    marks.put(3, 120.0)
    marks.put(1, 600.0)
    assert [mark.number for mark in marks.marks] == [1, 3]
    marks.rename(3, "  eclipse begins ")
    marks.put(3, 180.0)
    assert marks.at(3) == Bookmark(3, 180.0, "eclipse begins")
    marks.remove(3)
    assert marks.at(3) is None and marks.at(1) is not None


def test_what_is_kept_comes_back() -> None:
    marks, again = Bookmarks(), Bookmarks()
    marks.put(9, 1.5)
    marks.rename(9, "peak")
    again.take(marks.plain())
    assert again.marks == marks.marks


@pytest.mark.parametrize(
    "plain",
    [
        None,
        5,
        "9",
        {},
        [[0, 1.0, ""]],
        [[10, 1.0, ""]],
        [[1, float("nan"), ""]],
        [[1, "x", ""]],
        [[1, 1.0]],
        ["abc"],
        [[True, 1.0, ""]],
        [[1, 1.0, None]],
    ],
)
def test_what_is_no_bookmark_is_left_out(plain: object) -> None:
    marks = Bookmarks()
    marks.take(plain)
    assert marks.marks == ()


def test_a_change_is_told_once() -> None:
    marks, told = Bookmarks(), []
    marks.events.marks.connect(told.append)
    marks.put(2, 60.0)
    marks.put(2, 60.0)
    assert len(told) == 1
