from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from ring_documents import METRICS, MemoryRecording

from orbitviz.core.frame import Frame, QuantityInfo
from orbitviz.player import Player
from orbitviz.player.cache import FrameCache

SOON_S = 10.0


@pytest.fixture
def source() -> MemoryRecording:
    return MemoryRecording()


@pytest.fixture
def player(source: MemoryRecording) -> Iterator[Player]:
    made = Player(source)
    yield made
    if source.gate is not None:
        source.gate.set()
    made.close()


def until(condition: object, what: str) -> None:
    """Waits for the decoder's thread; the bound is for a test that fails, not a measure."""
    end = time.monotonic() + SOON_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, f"never happened: {what}"
        threading.Event().wait(0.002)


def test_a_bracket_mixes_the_two_frames_round_an_instant(player: Player) -> None:
    bracket = player.wait_for(75.0, "battery_soc")
    assert bracket is not None and not bracket.stale
    assert (bracket.before.index, bracket.after.index, bracket.mix) == (1, 2, 0.25)
    values = bracket.values(METRICS["battery_soc"], np.array([0, 4]))
    np.testing.assert_allclose(values, [1.25 / 250, 5.25 / 250], rtol=1e-6)


def test_on_a_frame_only_that_frame_is_needed(player: Player) -> None:
    bracket = player.wait_for(120.0, "radiator_k")
    assert bracket is not None
    assert (bracket.before.index, bracket.after.index, bracket.mix) == (2, 2, 0.0)
    assert bracket.values(METRICS["radiator_k"], slice(0, 1))[0] == pytest.approx(251.0)


def test_a_mean_of_a_step_stands_at_its_middle(player: Player) -> None:
    assert player.place(30.0, "compute_w") == (0, 0, 0.0)
    before, after, mix = player.place(45.0, "compute_w")
    assert (before, after) == (0, 1) and mix == pytest.approx(0.25)
    assert player.place(0.0, "compute_w") == (0, 0, 0.0)


def test_a_category_is_never_mixed(player: Player) -> None:
    for t_s, frame in ((0.0, 0), (29.0, 0), (30.0, 1), (59.0, 1), (61.0, 1)):
        assert player.place(t_s, "status") == (frame, frame, 0.0), t_s


def test_outside_the_recording_its_ends_are_shown(player: Player) -> None:
    assert player.place(-500.0, "battery_soc") == (0, 0, 0.0)
    assert player.place(1e9, "battery_soc") == (9, 9, 0.0)


def test_a_single_frame_is_everything() -> None:
    source = MemoryRecording(frames=1)
    player = Player(source)
    bracket = player.wait_for(400.0, "battery_soc")
    assert bracket is not None and bracket.before.index == 0 and not bracket.stale
    player.close()


def test_nothing_decoded_is_none_and_another_frame_is_stale() -> None:
    source = MemoryRecording()
    source.gate = threading.Event()
    player = Player(source)
    assert player.bracket_at(0.0, "battery_soc") is None
    source.gate.set()
    assert player.wait_for(0.0, "battery_soc") is not None
    until(lambda: player.cached_bytes >= 12 * 7, "prefetch")
    source.gate.clear()
    bracket = player.bracket_at(540.0, "battery_soc")
    assert bracket is not None and bracket.stale
    assert (bracket.t_requested_s, bracket.t_shown_s) == (540.0, bracket.before.t_s)
    assert bracket.before is bracket.after and bracket.before.index == 6
    source.gate.set()
    fresh = player.wait_for(540.0, "battery_soc")
    assert fresh is not None and not fresh.stale and fresh.before.index == 9
    player.close()


def test_frames_ahead_are_fetched_in_the_direction_of_play(source: MemoryRecording, player: Player) -> None:
    player.wait_for(300.0, "battery_soc")
    player.bracket_at(300.0, "battery_soc", direction=-1)
    until(lambda: ("battery_soc", 0) in source.reads, "frames behind, when playing backwards")
    assert {index for _, index in source.reads} >= {5, 4, 3, 2, 1, 0}


def test_what_is_asked_last_comes_first(source: MemoryRecording, player: Player) -> None:
    source.gate = threading.Event()
    player.bracket_at(0.0, "battery_soc")
    player.bracket_at(480.0, "radiator_k")
    source.gate.set()
    until(lambda: ("radiator_k", 8) in source.reads, "the frame asked for last")
    wanted_before = source.reads[: source.reads.index(("radiator_k", 8))]
    assert len(wanted_before) <= 1  # the read that was under way, nothing that was queued behind it


def test_on_frame_is_told_of_each_frame(source: MemoryRecording, player: Player) -> None:
    told = threading.Event()
    player.on_frame = told.set
    player.bracket_at(0.0, "battery_soc")
    assert told.wait(SOON_S)


def test_only_the_decoder_thread_reads(source: MemoryRecording, player: Player) -> None:
    player.wait_for(0.0, "battery_soc")
    assert source.threads == {"orbitviz decoder"}


def test_frames_are_never_written_to(player: Player) -> None:
    bracket = player.wait_for(0.0, "battery_soc")
    assert bracket is not None
    with pytest.raises(ValueError, match="read-only"):
        bracket.before.stored[0] = 1


def test_the_cache_stays_within_its_budget() -> None:
    source = MemoryRecording(nodes=1000, frames=10)
    player = Player(source, budget_bytes=4000)
    for index in range(10):
        assert player.wait_for(index * 60.0, "radiator_k") is not None
    until(lambda: not player._decoder._wanted, "the queue to empty")
    assert 2000 <= player.cached_bytes <= 4000
    player.close()


def test_the_least_recently_used_goes_first_and_two_always_stay() -> None:
    def frame(index: int) -> Frame:
        return Frame("m", index, 60.0 * index, np.zeros(100, np.uint8))

    cache = FrameCache(300)
    for index in range(3):
        cache.put(frame(index))
    assert cache.get(("m", 0)) is not None
    cache.put(frame(3))
    assert ("m", 1) not in cache and ("m", 0) in cache and cache.bytes == 300
    assert cache.nearest("m", 9) is cache.get(("m", 3))
    assert cache.nearest("other", 0) is None
    tiny = FrameCache(1)
    tiny.put(frame(0))
    tiny.put(frame(1))
    tiny.put(frame(1))
    assert len(tiny) == 2 and tiny.bytes == 200


def test_a_history_is_read_between_frames(player: Player) -> None:
    values = player.histories("battery_soc", [5]).result(SOON_S)[0]
    np.testing.assert_allclose(values, (np.arange(10) + 5) / 250, rtol=1e-6)


def test_a_damaged_frame_does_not_end_playback(source: MemoryRecording, player: Player) -> None:
    source.broken.add(("battery_soc", 3))
    assert player.wait_for(0.0, "battery_soc") is not None
    until(lambda: isinstance(player.error, OSError), "the error of the damaged frame")
    assert player.histories("radiator_k", [0]).result(SOON_S).shape == (1, 10)
    bracket = player.wait_for(300.0, "battery_soc", SOON_S)
    assert bracket is not None and not bracket.stale


def test_a_picture_of_a_damaged_frame_does_not_wait_for_it(source: MemoryRecording, player: Player) -> None:
    source.broken.add(("battery_soc", 3))
    assert player.wait_for(0.0, "battery_soc") is not None
    until(lambda: player.error is not None, "the error of the damaged frame")
    bracket = player.wait_for(180.0, "battery_soc", SOON_S)
    assert bracket is not None and bracket.stale


def test_a_failed_history_hands_on_its_error(source: MemoryRecording, player: Player) -> None:
    with pytest.raises(KeyError):
        player.histories("no such metric", [0]).result(SOON_S)


def test_close_ends_the_thread_closes_the_file_and_cancels_what_waits(source: MemoryRecording) -> None:
    source.gate = threading.Event()
    player = Player(source)
    thread = player._decoder._thread
    player.bracket_at(0.0, "battery_soc")
    until(lambda: "orbitviz decoder" in source.threads, "the read to begin")
    waiting = player.histories("radiator_k", [0])
    threading.Timer(0.01, source.gate.set).start()
    player.close()
    assert not thread.is_alive() and source.closed and waiting.cancelled()
    assert player.histories("radiator_k", [0]).cancelled()


def test_sums_over_the_ground_are_read_on_the_decoders_thread_and_mixed(source: MemoryRecording) -> None:
    threads: set[str] = set()

    def read_surface(name: str, index: int) -> np.ndarray:
        threads.add(threading.current_thread().name)
        if index == 3:
            raise OSError("a damaged chunk")
        return np.full((90, 180), 10.0 * index, np.float32)

    source.surface = {
        "compute_w": QuantityInfo("compute_w", "W", "Power", mean=True),
        "nodes": QuantityInfo("n", "1", "N"),
    }
    source.read_surface = read_surface  # type: ignore[attr-defined]
    player = Player(source)
    try:
        assert player.surface_at(75.0, "nodes") is None  # never waits
        until(lambda: player.surface_at(75.0, "nodes") is not None, "the grids of frames 1 and 2 were read")
        bracket = None

        def whole() -> bool:
            nonlocal bracket
            bracket = player.surface_at(75.0, "nodes")
            return bracket is not None and not bracket.stale

        until(whole, "both grids were read")
        assert bracket is not None and bracket.key == ("nodes", 1, 2, 0.25)
        assert bracket.sums.sum() == 12.5 * 90 * 180
        player.surface_at(180.0, "nodes")
        # A mean of a step stands at the step's middle: 75 s is a quarter past the middle of the first step.
        until(
            lambda: (player.surface_at(75.0, "compute_w") or bracket).key[0] == "compute_w", "the other sums were read"
        )
        # A damaged frame: one beside it is shown, and said to be another.
        until(
            lambda: player.surface_at(180.0, "nodes") and ("nodes", 3) in player._surface._failed,
            "the damaged frame was tried",
        )
        beside = player.surface_at(180.0, "nodes")
        assert beside is not None and beside.stale and beside.key[1] in (2, 4)
        assert threads == {"orbitviz decoder"}
    finally:
        player.close()
