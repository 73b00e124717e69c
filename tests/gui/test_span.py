from __future__ import annotations

import pytest

from orbitviz.gui.span import SHORTEST_S, Span

pytestmark = pytest.mark.gui

WHOLE = (0.0, 1000.0)


def test_zooming_keeps_the_instant_in_its_place() -> None:
    span = Span.over(WHOLE).zoomed(250.0, 0.5)
    assert span.seen == (125.0, 625.0)
    assert (250.0 - span.seen[0]) / span.length_s == pytest.approx(0.25)
    assert span.zoomed(250.0, 2.0) == Span.over(WHOLE)


def test_it_ends_at_seconds_and_at_the_whole() -> None:
    span = Span.over(WHOLE)
    for _ in range(50):
        span = span.zoomed(500.0, 0.5)
    assert span.length_s == pytest.approx(SHORTEST_S)
    assert span.zoomed(500.0, 1e9) == Span.over(WHOLE)


def test_it_moves_no_farther_than_there_is_time() -> None:
    span = Span(WHOLE, (100.0, 200.0))
    assert span.moved(50.0).seen == (150.0, 250.0)
    assert span.moved(5000.0).seen == (900.0, 1000.0)
    assert span.moved(-5000.0).seen == (0.0, 100.0)


def test_an_instant_outside_turns_the_page() -> None:
    span = Span(WHOLE, (100.0, 200.0))
    assert span.showing(150.0) is span
    assert span.showing(250.0).seen == (240.0, 340.0)
    assert span.showing(50.0, forwards=False).seen == (0.0, 100.0)


def test_a_growing_whole_keeps_the_zoom() -> None:
    assert Span.over(WHOLE).within((0.0, 2000.0)) == Span.over((0.0, 2000.0))
    assert Span(WHOLE, (100.0, 200.0)).within((0.0, 2000.0)).seen == (100.0, 200.0)
    assert Span(WHOLE, (100.0, 200.0)).within((5000.0, 6000.0)) == Span.over((5000.0, 6000.0))
