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
