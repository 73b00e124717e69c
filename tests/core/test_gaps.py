from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.gaps import gaps_of, held_s, longest_step_s, pieces_of

TIMES_S = np.array([0.0, 60.0, 120.0, 180.0, 600.0, 660.0, 720.0])


def test_a_lost_stretch_is_a_gap_and_a_lone_missing_frame_is_not() -> None:
    np.testing.assert_array_equal(gaps_of(TIMES_S), [[180.0, 600.0]])
    assert gaps_of(np.array([0.0, 60.0, 180.0, 240.0, 300.0])).shape == (0, 2)
    assert gaps_of(np.array([0.0, 60.0])).shape == gaps_of(np.zeros(0)).shape == (0, 2)


@pytest.mark.parametrize(
    ("asked_s", "shown_s"),
    [(-5.0, -5.0), (170.0, 170.0), (180.0, 180.0), (181.0, 180.0), (599.0, 180.0), (600.0, 600.0)],
)
def test_within_a_gap_the_last_instant_before_it_is_held(asked_s: float, shown_s: float) -> None:
    assert held_s(TIMES_S, asked_s, longest_step_s(TIMES_S)) == shown_s


def test_gaps_break_a_stretch_into_pieces() -> None:
    assert pieces_of(0.0, 720.0, gaps_of(TIMES_S)) == [(0.0, 180.0), (600.0, 720.0)]
    assert pieces_of(0.0, 720.0, np.zeros((0, 2))) == [(0.0, 720.0)]
