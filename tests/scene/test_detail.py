"""How much is drawn: fair shares, all at rest, thinner only when it helps."""

from __future__ import annotations

import numpy as np

from orbitviz.scene.detail import FULL, REST_S, Detail, shares


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
    assert detail.level(False, REST_S + 0.01, 1_000_000) == FULL
    assert REST_S < 1.0


def test_the_level_does_not_flutter():
    detail = Detail(budget_ms=80.0)
    seen = []
    rng = np.random.default_rng(0)
    for _ in range(60):
        level = detail.level(True, 0.05, 1_000_000)
        seen.append(level)
        detail.measured((25.0 + 150.0 * 0.5 ** (FULL - level)) * rng.uniform(0.95, 1.05), level)
    assert len(set(seen[10:])) == 1


def test_a_costly_globe_alone_thins_nothing_to_the_last_share():
    detail = Detail(budget_ms=80.0)
    for _ in range(20):
        level = detail.level(True, 0.05, 1_000_000)
        detail.measured(200.0 + 100.0 * 0.5 ** (FULL - level), level)
    assert detail.level(True, 0.05, 1_000_000) == FULL


def test_small_fleets_are_never_thinned():
    detail = Detail(budget_ms=1.0)
    for _ in range(5):
        detail.measured(900.0, FULL)
    assert detail.level(True, 0.05, 10_000) == FULL
