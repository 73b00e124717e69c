from __future__ import annotations

import pytest

from orbitviz.core.errors import CannotDrawError
from orbitviz.gui.screen import check_screen

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(("display", "words"), [("", "are empty"), (":987654", "':987654' does not answer")])
def test_without_a_screen_it_says_so_and_what_else_can_be_done(display: str, words: str) -> None:
    with pytest.raises(CannotDrawError, match=words) as refused:
        check_screen({"DISPLAY": display}, "linux")
    assert "orbitviz render" in str(refused.value)


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({"DISPLAY": "far.example:0"}, "linux"),
        ({}, "darwin"),
    ],
)
def test_a_screen_that_may_be_there_is_left_to_qt(environment: dict[str, str], platform: str) -> None:
    check_screen(environment, platform)


def test_the_screen_of_this_run_answers(themed: object) -> None:
    check_screen()
