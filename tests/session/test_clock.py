from __future__ import annotations

import numpy as np
import pytest

from orbitviz.session import Clock
from orbitviz.session.clock import SPEEDS

TIMES_S = np.array([0.0, 60.0, 120.0, 180.0, 600.0])


def clock(**values: object) -> Clock:
    made = Clock(start_s=0.0, end_s=600.0)
    made.update(**values)
    return made


def test_time_moves_only_while_playing() -> None:
    c = clock(speed=60.0)
    assert c.advance(1.0) == 0.0
    c.playing = True
    assert c.advance(0.5) == 30.0
    assert c.advance(0.0) == 30.0
    assert c.advance(-1.0) == 30.0


def test_a_looping_span_starts_over_and_a_plain_one_stops_at_its_end() -> None:
    c = clock(t_s=590.0, speed=60.0, playing=True)
    assert c.advance(0.5) == pytest.approx(20.0)
    assert c.playing
    c = clock(t_s=590.0, speed=60.0, playing=True, loop=False)
    assert c.advance(0.5) == 600.0
    assert not c.playing
    c.toggle()
    assert c.playing and c.t_s == 0.0


def test_backwards_loops_and_stops_at_the_start() -> None:
    assert clock(t_s=10.0, speed=-60.0, playing=True).advance(0.5) == pytest.approx(580.0)
    c = clock(t_s=10.0, speed=-60.0, playing=True, loop=False)
    assert c.advance(1.0) == 0.0
    assert not c.playing


def test_open_ended_time_runs_past_the_end_and_can_be_sought_there() -> None:
    c = clock(t_s=590.0, speed=60.0, playing=True, open_ended=True)
    assert c.advance(1.0) == 650.0
    c.seek(-5000.0)
    assert c.t_s == -5000.0


def test_seek_is_clamped_to_a_recording() -> None:
    c = clock()
    c.seek(1e9)
    assert c.t_s == 600.0
    c.seek(-1.0)
    assert c.t_s == 0.0


@pytest.mark.parametrize(
    ("at", "frames", "expected"),
    [
        (0.0, 1, 60.0),
        (0.0, -1, 0.0),
        (60.0, -1, 0.0),
        (60.0, 1, 120.0),
        (75.0, 1, 120.0),
        (75.0, -1, 60.0),
        (180.0, 1, 600.0),
        (600.0, 1, 600.0),
        (600.0, -1, 180.0),
        (120.0, -10, 0.0),
        (120.0, 10, 600.0),
    ],
)
def test_steps_land_on_recorded_frames(at: float, frames: int, expected: float) -> None:
    c = clock(t_s=at, playing=True)
    c.step(frames, TIMES_S)
    assert c.t_s == expected
    assert not c.playing


def test_steps_without_a_recording_are_the_scenarios() -> None:
    c = clock(open_ended=True)
    c.step(10, None, 30.0)
    assert c.t_s == 300.0
    c.step(-20, np.zeros(0), 30.0)
    assert c.t_s == -300.0


def test_forwards_again_is_faster_and_stays_at_the_fastest() -> None:
    c = clock(speed=60.0)
    c.faster(1)
    assert (c.playing, c.speed) == (True, 60.0)
    c.faster(1)
    assert c.speed == 300.0
    c.faster(-1)
    assert c.speed == -300.0
    for _ in range(20):
        c.faster(-1)
    assert c.speed == -SPEEDS[-1]


def test_equal_values_emit_nothing() -> None:
    c, heard = clock(), []
    c.events.t_s.connect(heard.append)
    c.seek(30.0)
    c.seek(30.0)
    assert heard == [30.0]


def test_a_new_span_keeps_the_time_where_it_can() -> None:
    c = clock(t_s=300.0)
    c.set_span(0.0, 400.0)
    assert c.t_s == 300.0
    c.set_span(1000.0, 2000.0)
    assert c.t_s == 1000.0


# -- the region played over and over -------------------------------------------------------------------
def test_playing_stays_in_a_region() -> None:
    c = clock(t_s=100.0, speed=60.0, playing=True, in_s=60.0, out_s=120.0)
    assert c.advance(0.5) == pytest.approx(70.0)
    assert c.advance(0.5) == pytest.approx(100.0)
    assert c.playing


def test_backwards_too() -> None:
    assert clock(t_s=70.0, speed=-60.0, playing=True, in_s=60.0, out_s=120.0).advance(0.5) == pytest.approx(100.0)


def test_what_leads_into_a_region_is_played() -> None:
    assert clock(t_s=10.0, speed=60.0, playing=True, in_s=60.0, out_s=120.0).advance(0.5) == pytest.approx(40.0)
    assert clock(t_s=500.0, speed=-60.0, playing=True, in_s=60.0, out_s=120.0).advance(0.5) == pytest.approx(470.0)


def test_an_end_that_is_not_set_is_the_spans() -> None:
    assert clock(out_s=120.0).region == (0.0, 120.0)
    assert clock(in_s=120.0).region == (120.0, 600.0)
    assert clock().region is None


def test_marks_are_set_at_the_instant_and_taken_away_by_the_same_key() -> None:
    c = clock(t_s=60.0)
    c.mark_in()
    assert (c.in_s, c.out_s) == (60.0, None)
    c.t_s = 120.0
    c.mark_out()
    assert c.region == (60.0, 120.0)
    c.mark_out()
    assert (c.in_s, c.out_s) == (60.0, None)


def test_a_beginning_after_the_end_gives_the_end_up() -> None:
    c = clock(t_s=200.0, in_s=60.0, out_s=120.0)
    c.mark_in()
    assert (c.in_s, c.out_s) == (200.0, None)
    c = clock(t_s=30.0, in_s=60.0, out_s=120.0)
    c.mark_out()
    assert (c.in_s, c.out_s) == (None, 30.0)


def test_a_region_that_lies_outside_another_span_goes() -> None:
    c = clock(in_s=60.0, out_s=120.0)
    c.set_span(0.0, 600.0)
    assert c.region == (60.0, 120.0)
    c.set_span(0.0, 90.0)
    assert c.region is None
