"""How much is drawn: fair shares, all at rest, thinner only when it helps."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.scene.detail import CHOICES, FULL, REST_S, Detail, shares


def test_shares_hold_each_row_once_and_ascend():
    parts = shares(np.arange(100_000))
    assert len(parts) == FULL
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(100_000))
    for part, share in zip(parts, (1 / 16, 1 / 16, 1 / 8, 1 / 4, 1 / 2), strict=True):
        assert abs(len(part) - 100_000 * share) <= 1
        assert np.all(np.diff(part) > 0)


def test_a_share_is_fair_to_every_plane():
    plane = np.arange(100_000) // 1000
    sample = shares(np.arange(100_000))[0]
    counts = np.bincount(plane[sample], minlength=100)
    assert counts.min() > 30
    assert counts.max() < 100


def test_a_fast_machine_draws_all_while_moving():
    detail = Detail(budget_ms=80.0)
    for _ in range(20):
        detail.measured(30.0, detail.level(True, 0.016, 1_000_000))
    assert detail.level(True, 0.016, 1_000_000) == FULL


def test_a_slow_machine_thins_while_moving_and_fills_within_a_second_of_rest():
    detail = Detail(budget_ms=80.0)
    for _ in range(10):
        level = detail.level(True, 0.05, 1_000_000)
        detail.measured(20.0 + 400.0 * 0.5 ** (FULL - level), level)
    assert 1 <= detail.level(True, 0.05, 1_000_000) < FULL
    assert 20.0 + 400.0 * 0.5 ** (FULL - detail.level(True, 0.05, 1_000_000)) <= 1.2 * 80.0
    assert REST_S < 1.0


def test_at_rest_the_picture_is_refined_share_by_share_within_a_second():
    """A fake clock: frames take 20 ms and 400 ms a fleet; what is drawn at rest is only what was missing."""
    detail = Detail(budget_ms=80.0)
    for _ in range(10):
        level = detail.level(True, 0.05, 1_000_000)
        detail.measured(20.0 + 400.0 * 0.5 ** (FULL - level), level)
        detail.drawn(level)
    begun = level
    assert begun < FULL - 1
    since_rest_s, longest_s, seen, wait_s = 0.0, 0.0, [], 0.016
    while level < FULL:
        since_rest_s += wait_s
        level = detail.level(False, wait_s, 1_000_000)
        wait_s = 0.016
        if level != begun or seen:
            missing = 0.5 ** (FULL - level) - 0.5 ** (FULL - (seen[-1] if seen else begun))
            wait_s = 0.020 + 0.400 * missing
            longest_s = max(longest_s, wait_s)
            seen.append(level)
        detail.drawn(level)
    assert seen == list(range(begun + 1, FULL + 1))
    assert since_rest_s + wait_s <= 1.0 + 0.42
    assert longest_s < 0.25


def test_a_refinement_waits_for_its_last_step_to_be_drawn():
    detail = Detail()
    detail.drawn(1)
    assert [detail.level(False, 1.0, 1_000_000, "1/16") for _ in range(3)] == [2, 2, 2]
    detail.drawn(2)
    assert detail.level(False, 0.02, 1_000_000, "1/16") == 3


def test_moving_again_goes_back_to_the_sample():
    detail = Detail(budget_ms=80.0)
    for _ in range(10):
        level = detail.level(True, 0.05, 1_000_000)
        detail.measured(20.0 + 400.0 * 0.5 ** (FULL - level), level)
        detail.drawn(level)
    detail.level(False, 1.0, 1_000_000)
    assert detail.level(True, 0.05, 1_000_000) == level


def test_a_setting_fixes_it_while_moving_and_rest_draws_all():
    for choice, fixed in CHOICES.items():
        detail = Detail()
        wanted = fixed or FULL
        assert detail.level(True, 0.05, 1_000_000, choice) == wanted
        assert detail.level(True, 0.05, 10_000, choice) == wanted
        detail.drawn(wanted)
        for _ in range(FULL):
            detail.drawn(detail.level(False, REST_S, 1_000_000, choice))
        assert detail.level(False, REST_S, 1_000_000, choice) == FULL


def test_the_level_does_not_flutter():
    detail = Detail(budget_ms=80.0)
    seen = []
    rng = np.random.default_rng(0)
    for _ in range(60):
        level = detail.level(True, 0.05, 1_000_000)
        seen.append(level)
        detail.measured((25.0 + 150.0 * 0.5 ** (FULL - level)) * rng.uniform(0.95, 1.05), level)
    assert len(set(seen[10:])) == 1


@pytest.mark.parametrize(("globe_ms", "least"), [(200.0, 3), (60.0, 3)])
def test_a_costly_globe_alone_thins_nothing_to_the_last_share(globe_ms, least):
    detail = Detail(budget_ms=75.0)
    for _ in range(20):
        level = detail.level(True, 0.05, 1_000_000)
        detail.measured(globe_ms + 100.0 * 0.5 ** (FULL - level), level)
    assert detail.level(True, 0.05, 1_000_000) >= least


def test_a_machine_that_turns_slow_is_followed_down_and_up_again():
    detail = Detail()
    for slowness, most_ms in ((1.0, 100.5), (2.5, 110.0), (1.0, 100.5)):
        for _ in range(30):
            level = detail.level(True, 0.05, 1_000_000)
            took_ms = slowness * (30.0 + 150.0 * 0.5 ** (FULL - level))
            detail.measured(took_ms, level)
        assert took_ms <= most_ms
        assert level >= (1 if slowness > 1.0 else 2)


def test_ten_frames_a_second_while_the_globe_allows_them():
    for globe_ms in (20.0, 50.0, 75.0, 90.0):
        detail = Detail()
        for _ in range(20):
            level = detail.level(True, 0.05, 1_000_000)
            detail.measured(globe_ms + 300.0 * 0.5 ** (FULL - level), level)
        assert globe_ms + 300.0 * 0.5 ** (FULL - level) <= max(100.5, 1.25 * 1.15 * globe_ms)


def test_small_fleets_are_never_thinned():
    detail = Detail(budget_ms=1.0)
    for _ in range(5):
        detail.measured(900.0, FULL)
    assert detail.level(True, 0.05, 10_000) == FULL
