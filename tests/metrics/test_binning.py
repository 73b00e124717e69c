"""Cells: nothing is lost, and everything lies where it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from orbitviz.core import cells
from orbitviz.core.frame import MetricInfo
from orbitviz.metrics.binning import (
    NOWHERE,
    AltitudeLatitude,
    adds_up,
    bin_values,
    coarser,
    ground_areas_km2,
    ground_cells,
    ground_factor,
    shell_profile,
)

GROUND = (cells.ROWS, cells.COLUMNS)


def positions(count: int, seed: int = 4) -> np.ndarray:
    """(3, count) float32 TEME km: all over the sphere, 500 to 1,500 km up."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=(3, count))
    return (direction / np.linalg.norm(direction, axis=0) * rng.uniform(6878.0, 7878.0, count)).astype(np.float32)


def at(lat_deg: float, lon_deg: float, radius_km: float = 7000.0) -> np.ndarray:
    """(3, 1) of a place, with the Earth turned by nothing."""
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    unit = [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
    return np.array(unit, np.float32)[:, None] * np.float32(radius_km)


def test_sums_and_counts_over_all_cells_are_those_over_all_nodes_with_a_value():
    rng = np.random.default_rng(0)
    place = positions(50_000)
    place[:, ::1000] = np.nan  # 50 without a position
    values = rng.uniform(0.0, 1.5e5, 50_000).astype(np.float32)
    values[7::500] = np.nan  # 100 others without a value
    binned = bin_values(ground_cells(place, 1.0), values, GROUND)
    counted = ~np.isnan(values) & ~np.isnan(place[0])
    assert binned.counts.sum() == counted.sum() == 49_850
    assert binned.sums.sum() == pytest.approx(float(values[counted].sum(dtype=np.float64)), rel=1e-12)
    assert bin_values(ground_cells(place, 1.0), None, GROUND).counts.sum() == 49_950


def test_a_node_over_the_gulf_of_guinea_lies_in_the_cell_at_zero_degrees():
    number = ground_cells(at(0.5, 0.5), 0.0)
    assert divmod(int(number[0]), cells.COLUMNS) == (45, 90)
    # The Earth has turned by 90 degrees: the same node stands over 90 degrees west.
    assert divmod(int(ground_cells(at(0.5, 0.5), math.pi / 2)[0]), cells.COLUMNS) == (45, 45)


def test_means_are_those_of_the_nodes_in_the_cell_and_nan_where_there_are_none():
    binned = bin_values(np.array([0, 0, 2, NOWHERE]), np.array([1.0, 3.0, 7.0, 100.0]), (3,))
    assert binned.means[[0, 2]].tolist() == [2.0, 7.0] and np.isnan(binned.means[1])


def test_sums_are_exact_where_single_precision_would_not_be():
    values = np.concatenate(([1e9], np.full(100_000, 1.0))).astype(np.float32)
    assert bin_values(np.zeros(100_001, np.uint16), values, (1,)).sums[0] == 1e9 + 100_000


def test_cell_numbers_beyond_the_grid_are_an_error():
    with pytest.raises(ValueError, match="below 4, got 4"):
        bin_values(np.array([0, 4]), None, (2, 2))


@pytest.mark.parametrize("factor", [1, 2, 3, 5, 9])
def test_coarser_cells_hold_the_same_and_their_areas_are_the_earths(factor):
    grid = np.random.default_rng(2).uniform(0.0, 9.0, GROUND)
    coarse = coarser(grid, factor)
    assert coarse.shape == (90 // factor, 180 // factor)
    assert coarse.sum() == pytest.approx(grid.sum(), rel=1e-12)
    assert coarse[0, 0] == pytest.approx(grid[:factor, :factor].sum())
    assert (ground_areas_km2(factor) * coarse.shape[1]).sum() == pytest.approx(510.06e6, rel=1e-3)


def test_nodes_spread_evenly_are_as_dense_at_the_poles_as_at_the_equator():
    binned = bin_values(ground_cells(positions(400_000), 0.3), None, GROUND)
    density = coarser(binned.sums, 9) / ground_areas_km2(9)[:, None] * 1e6
    rows = density.mean(axis=1)
    assert np.allclose(rows, 400_000 / 510.06, rtol=0.05)


def test_small_fleets_get_coarse_cells():
    assert [ground_factor(n) for n in (1_000_000, 88_000, 4_408, 81)] == [1, 2, 5, 9]


def test_altitude_and_latitude_conserve_and_place():
    grid = AltitudeLatitude(400.0, 1600.0, rows=60, columns=90)
    place = positions(20_000)
    assert bin_values(grid.cells(place), None, grid.shape).counts.sum() == 20_000
    row, column = divmod(int(grid.cells(at(31.0, 10.0, 6378.137 + 905.0))[0]), 90)
    assert column == 60  # 30 to 32 degrees north
    # Above the ellipsoid, whose radius is 21.385 sin2(31 deg) = 5.67 km less there: 910.7 km.
    assert row == int((910.67 - 400.0) / 20.0)
    assert grid.cells(at(0.0, 0.0, 42164.0))[0] == NOWHERE
    assert grid.cells(np.full((3, 1), np.nan, np.float32))[0] == NOWHERE


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_profile_by_shell_says_mean_and_spread(dtype):
    rng = np.random.default_rng(5)
    full = np.iinfo(dtype).max
    info = MetricInfo("m", "K", "Metric", 0.0, 1.0, scale=100.0 / full, offset=200.0, dtype=dtype, fill=full)
    shell = np.repeat(np.array([0, 2], np.uint16), 5_000)
    stored = np.where(shell == 0, rng.integers(0, full // 2, 10_000), rng.integers(full // 2, full, 10_000))
    stored = stored.astype(dtype)
    stored[:7] = full
    profile = shell_profile(shell, stored, info)
    values = info.values(stored)
    assert profile.counts.tolist() == [4_993, 0, 5_000]
    for number in (0, 2):
        mine = values[(shell == number) & ~np.isnan(values)].astype(float)
        assert profile.means[number] == pytest.approx(mine.mean(), rel=1e-6)
        assert profile.low[number] == pytest.approx(np.percentile(mine, 5), abs=0.6)
        assert profile.high[number] == pytest.approx(np.percentile(mine, 95), abs=0.6)
    assert np.isnan(profile.means[1]) and np.isnan(profile.low[1])


def test_power_adds_up_and_temperature_does_not():
    assert adds_up(MetricInfo("p", "W", "Power", 0.0, 1.0))
    assert not adds_up(MetricInfo("t", "K", "Temperature", 0.0, 1.0))
    assert not adds_up(MetricInfo("s", "1", "Share", 0.0, 1.0))
