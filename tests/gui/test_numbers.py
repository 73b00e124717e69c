from __future__ import annotations

import numpy as np
import pytest
from ring_documents import EPOCH, METRICS, MemoryRecording

from orbitviz.gui.numbers import amount, display_scale, duration_text, part_text, plain, relative_text, utc_text
from orbitviz.gui.totals import series_for, status_counts, tiles_at, value_at


@pytest.mark.parametrize(
    ("unit", "largest", "value", "text"),
    [
        ("W", 150e3, 75e3, "75 kW"),
        ("W", 150e9, 87.4e9, "87.4 GW"),
        ("1", 1.0, 0.5, "50 %"),
        ("K", 400.0, 349.2, "349 K"),
        ("PFLOP/s", 180.0, 90.0, "90 PFLOP/s"),
        ("PFLOP/s", 180e6, 112e6, "112 ZFLOP/s"),
        ("km", 1002.0, 550.0, "550 km"),
    ],
)
def test_a_range_is_shown_in_one_unit(unit: str, largest: float, value: float, text: str) -> None:
    assert display_scale(unit, largest).text(value) == text


pytestmark = pytest.mark.gui


def test_numbers_are_plain() -> None:
    assert [plain(v) for v in (0.0, 12.0, 0.5, 1234.0, 0.123456)] == ["0", "12", "0.5", "1,234", "0.123"]
    assert amount(float("nan"), "K") == "–"
    assert amount(2500.0, "PFLOP") == "2.50 EFLOP"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (49.1e6, 60.3e6, "49.1 of 60.3 ZFLOP/s, 81 %"),
        (0.9e6, 1.1e6, "0.90 of 1.10 ZFLOP/s, 82 %"),
        (212e3, 224e3, "212 of 224 EFLOP/s, 95 %"),
        (59.8e6, 60e6, "59.8 of 60.0 ZFLOP/s, 99.7 %"),
        (60e6, 60e6, "60.0 of 60.0 ZFLOP/s, 100 %"),
        (0.0, 0.0, "0 of 0 FLOP/s"),
        (float("nan"), 1.0, "–"),
    ],
)
def test_a_part_stands_beside_its_whole(part: float, whole: float, text: str) -> None:
    assert part_text(part, whole, "PFLOP/s") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (60, "1 min"),
        (90, "1 min 30 s"),
        (7200, "2 h"),
        (86400, "24 h"),
        (172800, "2 d"),
        (29_826_000, "345 d 5 h"),
        (2_592_060, "30 d"),
        (5400, "90 min"),
        (5430, "1 h 30 min"),
        (30, "30 s"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_instants() -> None:
    assert utc_text(EPOCH, 22440.0) == "2026-03-20 06:14:00"
    assert relative_text(22440.0) == "T+06:14:00"
    assert relative_text(-60.0) == "T−00:01:00"
    assert relative_text(90061.0) == "T+1 d 01:01:01"


def test_the_series_is_the_shown_metrics_total_with_its_range() -> None:
    recording = MemoryRecording()
    found = series_for(recording.totals, METRICS, "battery_soc")
    assert found is not None
    assert found.title == "Battery charge, mean of all nodes: 50 to 100 %"
    assert series_for(recording.totals, METRICS, "status") is None
    assert series_for({}, METRICS, "battery_soc") is None


def test_tiles_are_mixed_between_frames_and_means_stand_mid_step() -> None:
    recording = MemoryRecording()
    texts = {tile.words: tile.value for tile in tiles_at(recording.totals, METRICS, recording.times_s, 270.0)}
    assert texts["battery, mean"] == "75.0 %"
    assert texts["radiator, hottest"] == "300 K" or texts["radiator, hottest"] == "301 K"
    values = np.array([0.0, 10.0, 20.0])
    times = np.array([0.0, 60.0, 120.0])
    assert value_at(times, values, 60.0, mean=False) == 10.0
    assert value_at(times, values, 60.0, mean=True) == 5.0
    assert np.isnan(value_at(np.zeros(0), np.zeros(0), 0.0, False))


def test_states_are_words_with_counts() -> None:
    recording = MemoryRecording()
    counts = status_counts(recording.totals, METRICS, recording.times_s, 61.0)
    assert counts == [("active", 10), ("hibernating", 2)]
