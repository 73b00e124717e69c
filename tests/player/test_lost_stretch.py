"""A recording that lost a stretch of frames: nothing is mixed across it, and it is said which instant is shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from ring_documents import MemoryRecording

from orbitviz.player import Player


@pytest.fixture
def player() -> Iterator[Player]:
    source = MemoryRecording(frames=8)
    source.times_s = np.array([0.0, 60.0, 120.0, 180.0, 600.0, 660.0, 720.0, 780.0])
    made = Player(source)
    yield made
    made.close()


def test_within_a_gap_the_last_frame_before_it_is_shown_and_said(player: Player) -> None:
    bracket = player.wait_for(400.0, "battery_soc")
    assert bracket is not None and not bracket.stale
    assert (bracket.before.index, bracket.after.index, bracket.mix) == (3, 3, 0.0)
    assert bracket.t_shown_s == 180.0 and bracket.elsewhere
    beside = player.wait_for(630.0, "battery_soc")
    assert beside is not None and not beside.elsewhere
    assert (beside.before.index, beside.after.index, beside.mix) == (4, 5, 0.5)


def test_means_beside_a_gap_are_of_their_own_side(player: Player) -> None:
    assert player.place(400.0, "compute_w") == player.place(180.0, "compute_w") == (2, 3, 0.5)
    assert player.place(600.0, "compute_w") == player.place(610.0, "compute_w") == (4, 4, 0.0)
    assert player.place(660.0, "compute_w") == (4, 5, 0.5)


def test_frames_that_come_later_are_measured_anew(player: Player) -> None:
    player.set_times(np.arange(8) * 120.0)
    assert player.place(180.0, "battery_soc") == (1, 2, 0.5)
