"""How values are spread: counted to the last node, clip shares exact, bars without beats."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo

INFO = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 254, fill=255)


def test_every_node_is_counted_once_and_those_without_a_value_apart():
    stored = np.random.default_rng(1).integers(0, 256, 10_000).astype(np.uint8)
    spread = Distribution.of_stored(INFO, stored, "a")
    assert spread.unknown == int((stored == 255).sum())
    assert spread.counted == spread.total == 10_000
    edges = np.linspace(-0.1, 1.1, 138)
    assert spread.histogram(edges).sum() == pytest.approx(10_000 - spread.unknown)


def test_shares_outside_the_range_are_those_of_the_values():
    stored = np.random.default_rng(2).integers(0, 255, 5_000).astype(np.uint8)
    spread = Distribution.of_stored(INFO, stored, "a")
    values = INFO.values(stored)
    below, above = spread.outside(0.25, 0.8)
    assert below == pytest.approx(np.mean(values < 0.25), abs=1e-9)
    assert above == pytest.approx(np.mean(values > 0.8), abs=1e-9)
    assert spread.outside(0.0, 1.0) == (0.0, 0.0)


def test_evenly_spread_values_give_bars_of_one_height():
    stored = np.repeat(np.arange(255, dtype=np.uint8), 10)
    heights = Distribution.of_stored(INFO, stored, "a").histogram(np.linspace(0.05, 0.95, 139))
    assert heights.max() / heights.min() < 1.001


def test_values_that_were_computed_are_sorted_into_steps():
    values = np.array([0.0, 0.5, 1.0, np.nan, 1.5], np.float32)
    spread = Distribution.of_values(INFO, values, "a", total=5_000_000)
    assert (spread.unknown, spread.counted, spread.total) == (1, 5, 5_000_000)
    assert spread.share_unknown == pytest.approx(0.2)
    assert spread.outside(0.0, 1.0)[1] == pytest.approx(0.25)
    assert spread == Distribution.of_values(INFO, values[:2], "a", 2), "equal by key: what it was made from"
