"""The player on disks of any speed: what is decoded while the instant moves, what is kept, reads of single nodes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from ring_documents import METRICS, MemoryRecording

from orbitviz.core.frame import Frame
from orbitviz.player import Player
from orbitviz.player.cache import FrameCache
from orbitviz.player.motion import Motion, coarse_frames, exact_frames, grid_ahead, grid_spacing
from orbitviz.player.player import place_of

SOON_S = 10.0
TIMES_S = np.arange(1440) * 60.0


def bracketed(t_s: float) -> tuple[int, int]:
    return place_of(TIMES_S, t_s, False)[:2]


def until(condition: Any, what: str) -> None:
    end = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        threading.Event().wait(0.002)


def moved(*instants: tuple[float, float]) -> Motion:
    motion = Motion()
    for t_s, now_s in instants:
        motion.note(t_s, now_s)
    return motion


def test_a_steady_movement_is_known_and_a_seek_is_none() -> None:
    assert moved((0.0, 0.0), (600.0, 0.02)).step_s == 0.0  # one jump is a seek
    assert moved((0.0, 0.0), (600.0, 0.02), (1300.0, 0.04)).step_s == 650.0
    assert moved((0.0, 0.0), (-600.0, 0.02), (-1300.0, 0.04)).step_s == -650.0
    assert moved((0.0, 0.0), (600.0, 0.02), (-600.0, 0.04)).step_s == 0.0
    assert moved((0.0, 0.0), (600.0, 0.02), (1300.0, 3.0)).step_s == 0.0


def test_a_movement_rests_only_after_a_while() -> None:
    motion = moved((0.0, 0.0), (600.0, 0.02), (1300.0, 0.04))
    motion.note(1300.0, 0.06)
    assert motion.step_s == 650.0  # a picture drawn between two moves
    motion.note(1300.0, 0.5)
    assert motion.step_s == 0.0


def test_uneven_moves_close_together_are_a_drag() -> None:
    assert moved((0.0, 0.0), (9000.0, 0.5)).roves_s == 0.0
    assert moved((0.0, 0.0), (9000.0, 0.5), (10_000.0, 1.2)).roves_s == 1000.0
    assert moved((0.0, 0.0), (9000.0, 0.5), (100.0, 1.2)).roves_s == -8900.0
    assert moved((0.0, 0.0), (9000.0, 0.5), (10_000.0, 1.8)).roves_s == 0.0
    motion = moved((0.0, 0.0), (9000.0, 0.5), (10_000.0, 1.2))
    motion.note(10_000.0, 3.0)
    assert motion.roves_s == 0.0


def test_the_grid_ahead_lies_in_the_direction_of_the_drag() -> None:
    assert grid_ahead(30, 1.0, 16, 100) == [32, 48, 64, 80, 96]
    assert grid_ahead(30, -1.0, 16, 100) == [32, 16, 0]


def test_after_a_drag_a_frame_is_near_wherever_it_goes_next() -> None:
    source = MemoryRecording(nodes=1000, frames=100)
    player = Player(source, budget_bytes=20_000)  # room for a fifth of the frames, so every 16th is of the grid
    for t_s in (0.0, 600.0, 900.0):
        player.bracket_at(t_s, "radiator_k")
    until(lambda: ("radiator_k", 96) in source.reads, "the grid ahead was read")
    bracket = player.bracket_at(4900.0, "radiator_k")
    assert bracket is not None and abs(bracket.t_shown_s - 4900.0) <= 8 * 60.0
    assert player.cached_bytes <= player.budget_bytes
    player.close()


def test_slow_play_asks_for_the_frames_that_follow_and_fast_play_for_those_of_the_next_pictures() -> None:
    assert exact_frames(bracketed, 90.0, 1.0, 60.0, 1) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert exact_frames(bracketed, 690.0, 0.0, 60.0, -1) == [11, 12, 10, 9, 8, 7, 6, 5]
    # 600 s a picture: 1.5, 11.5, 21.5, 31.5 frames from the start, and none of those between
    assert exact_frames(bracketed, 90.0, 600.0, 60.0, 1) == [1, 2, 11, 12, 21, 22, 31, 32]
    assert exact_frames(bracketed, 6090.0, -600.0, 60.0, -1) == [101, 102, 91, 92, 81, 82, 71, 72]


def test_a_drag_faster_than_the_disk_asks_where_the_instant_will_be() -> None:
    motion = moved((0.0, 0.0), (600.0, 0.02), (1200.0, 0.04))
    motion.interval_s = 0.02
    frames = coarse_frames(bracketed, 1200.0, motion, 60.0, 0.2, 16)
    # ten pictures until it is decoded, each ten frames on, to the next of every 8th; at last where it is now
    assert frames == [120, 224, 20, 20]
    assert all(frame % 8 == 0 for frame in frames[:2])


@pytest.mark.parametrize(
    ("frames", "size", "budget", "spacing"),
    [(1440, 10**6, 192 << 20, 16), (120, 10**6, 256 << 20, 1), (10, 100, 0, 16), (1, 1, 1, 1)],
)
def test_the_coarse_grid_takes_half_the_budget(frames: int, size: int, budget: int, spacing: int) -> None:
    assert grid_spacing(frames, size, budget) == spacing


def test_of_the_cache_the_coarse_grid_and_what_is_needed_stay() -> None:
    cache = FrameCache(400)
    cache.spacing = 4
    for index in (0, 4, 5, 6):
        cache.put(Frame("m", index, 0.0, np.zeros(100, np.uint8)))
    cache.put(Frame("m", 7, 0.0, np.zeros(100, np.uint8)), [("m", 5)])
    assert [("m", i) in cache for i in (0, 4, 5, 6, 7)] == [True, True, True, False, True]
    cache.put(Frame("m", 9, 0.0, np.zeros(100, np.uint8)), [("m", 7), ("m", 5)])
    assert [("m", i) in cache for i in (0, 4, 5, 7, 9)] == [False, True, True, True, True]
    assert cache.nearest("m", 0) is cache.get(("m", 4)) and cache.bytes == 400


# -- a slow disk -------------------------------------------------------------------------------------------------------


class SlowRecording(MemoryRecording):
    """Each frame takes `frame_s`, each frame of a history `row_s`."""

    frame_s, row_s = 0.05, 0.002

    def read(self, name: str, index: int, out: Any) -> None:
        time.sleep(self.frame_s)
        super().read(name, index, out)

    def histories(self, name: str, rows: Any, first: int = 0, last: int | None = None) -> Any:
        count = len(self.times_s[first:last])
        time.sleep(self.row_s * count)
        self.reads.append((f"history of {name}", count))
        return super().histories(name, rows, first, last)


@pytest.fixture
def slow() -> Iterator[tuple[SlowRecording, Player]]:
    source = SlowRecording(frames=250)
    player = Player(source)
    yield source, player
    player.close()


def test_a_drag_on_a_slow_disk_reads_frames_of_the_grid_ahead_of_it(slow: tuple[SlowRecording, Player]) -> None:
    source, player = slow
    assert player.wait_for(0.0, "battery_soc", SOON_S) is not None
    source.reads.clear()
    for step in range(60):  # four frames a picture, where one takes three pictures to read
        bracket = player.bracket_at(step * 240.0, "battery_soc")
        assert bracket is not None  # something is shown at any moment
        threading.Event().wait(0.016)
    moving = [index for name, index in source.reads if name == "battery_soc"]
    grid = [index for index in moving if index % 4 == 0]
    assert len(grid) >= 3 and len(grid) > len(moving) // 2
    rest = player.wait_for(59 * 240.0, "battery_soc", SOON_S)
    assert rest is not None and not rest.stale and rest.t_shown_s == 59 * 240.0


def test_frames_are_shown_between_the_parts_of_a_history(slow: tuple[SlowRecording, Player]) -> None:
    source, player = slow
    future = player.histories("radiator_k", [3, 4])
    until(lambda: source.reads, "the first part")
    assert player.wait_for(600.0, "battery_soc", SOON_S) is not None
    assert not future.done()
    values = future.result(SOON_S)
    np.testing.assert_allclose(values, METRICS["radiator_k"].values(np.tile(np.arange(250, dtype="u1"), (2, 1))))
    parts = [count for name, count in source.reads if name == "history of radiator_k"]
    assert len(parts) > 3 and sum(parts) == 250


def test_a_history_that_is_no_longer_wanted_ends_at_once(slow: tuple[SlowRecording, Player]) -> None:
    source, player = slow
    future = player.histories("radiator_k", [3])
    until(lambda: source.reads, "the first part")
    assert future.cancel()
    assert player.histories("battery_soc", [3]).result(SOON_S).shape == (1, 250)
    parts = [count for name, count in source.reads if name == "history of radiator_k"]
    assert sum(parts) < 250


def test_a_node_is_known_now_before_its_histories_are(slow: tuple[SlowRecording, Player]) -> None:
    source, player = slow
    histories = [player.histories(name, [5]) for name in METRICS]
    values = player.node_now(5, 615.0, "radiator_k").result(SOON_S)
    assert not all(history.done() for history in histories)
    assert next(iter(values)) == "radiator_k" and values.keys() == METRICS.keys()
    assert values["battery_soc"] == pytest.approx((10.25 + 5) / 250)
    assert values["compute_w"] == pytest.approx(9.75 * 600.0)
    assert values["status"] == source.stored("status", 10)[5]


def test_a_damaged_value_of_a_node_costs_no_other(slow: tuple[SlowRecording, Player]) -> None:
    source, player = slow
    whole = source.histories

    def histories(name: str, rows: Any, first: int = 0, last: int | None = None) -> Any:
        if name == "status":
            raise OSError("a damaged chunk")
        return whole(name, rows, first, last)

    source.histories = histories  # type: ignore[method-assign]
    values = player.node_now(5, 600.0).result(SOON_S)
    assert np.isnan(values["status"]) and values["radiator_k"] == pytest.approx(255.0)


def test_new_frames_are_learnt_of_on_the_decoders_thread() -> None:
    source = MemoryRecording(frames=3)
    player = Player(source)
    bracket = player.wait_for(600.0, "battery_soc", SOON_S)
    assert bracket is not None and bracket.before.index == 2
    told = threading.Event()
    player.on_frame = told.set

    def grow(_: Any) -> None:
        source.times_s = np.arange(11) * 60.0
        player.set_times(source.times_s)

    player._decoder.submit(grow).result(SOON_S)
    assert told.is_set()
    bracket = player.wait_for(600.0, "battery_soc", SOON_S)
    assert bracket is not None and bracket.before.index == 10 and not bracket.stale
    assert player.histories("battery_soc", [0]).result(SOON_S).shape == (1, 11)
    player.close()


def test_sums_over_the_ground_count_against_the_budget() -> None:
    source = MemoryRecording(nodes=50_000, frames=10)
    from orbitviz.core.frame import QuantityInfo

    source.surface = {"nodes": QuantityInfo("n", "1", "N")}
    source.read_surface = lambda name, index: np.zeros((90, 180), np.float32)  # type: ignore[attr-defined]
    player = Player(source, budget_bytes=400_000)
    until(lambda: (b := player.surface_at(90.0, "nodes")) is not None and not b.stale, "two grids")
    for index in range(10):
        assert player.wait_for(index * 60.0, "radiator_k", SOON_S) is not None
    until(lambda: not player._decoder._wanted, "the queue to empty")
    assert 2 * 90 * 180 * 4 + 2 * 50_000 <= player.cached_bytes <= player.budget_bytes
    player.close()
