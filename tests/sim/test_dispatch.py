"""Users and nodes: cells, reach, conservation of demand, who is served first, what queues."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitviz.core.cells import CELL_RAD, CELLS, COLUMNS, ROWS, cell_below, cell_of, centres_rad
from orbitviz.core.epoch import Epoch
from orbitviz.core.workload import Workload
from orbitviz.sim.demand import Demand, weights_of_sites
from orbitviz.sim.dispatch import Dispatcher, spread
from orbitviz.sim.reach import Circles, footprint_rad, mesh_reach_rad, reach_rad

EPOCH = Epoch.parse("2026-03-20T00:00:00Z")
EARTH_KM = 6371.0


def everywhere() -> np.ndarray:
    return np.full((ROWS, COLUMNS), 1.0 / CELLS)


def test_cells_below_are_those_of_latitude_and_longitude() -> None:
    rng = np.random.default_rng(1)
    position = (rng.normal(size=(3, 50_000)) * 7000.0).astype(np.float32)
    x, y, z = position.astype(np.float64)
    for turn in (0.0, 1.0, 3.1, 6.2):
        expected = cell_of(np.arcsin(z / np.sqrt(x * x + y * y + z * z)), np.arctan2(y, x) - turn)
        assert np.count_nonzero(cell_below(position, turn) != expected) <= 5  # float32 at a border
    assert cell_below(np.full((3, 2), np.nan, np.float32), 0.0).tolist() == [0, 0]


def test_every_centre_is_in_its_own_cell() -> None:
    latitudes, longitudes = centres_rad()
    grid = np.meshgrid(latitudes, longitudes, indexing="ij")
    assert cell_of(grid[0].ravel(), grid[1].ravel()).tolist() == list(range(CELLS))


@pytest.mark.parametrize(
    ("altitude_km", "elevation_deg", "ground_km"),
    [(550, 25, 941), (576, 25, 977), (725, 25, 1172), (985, 25, 1478), (576, 40, 597), (576, 10, 1716)],
)
def test_footprints_are_the_published_ones(altitude_km: float, elevation_deg: float, ground_km: float) -> None:
    """facts.md section 8."""
    assert footprint_rad(altitude_km, elevation_deg) * EARTH_KM == pytest.approx(ground_km, abs=5.0)


def test_a_tighter_latency_class_reaches_less_far() -> None:
    reaches = [mesh_reach_rad(800.0, rtt_ms, 25.0) for rtt_ms in (20.0, 50.0, 100.0, 500.0)]
    assert reaches == sorted(reaches) and reaches[0] < footprint_rad(800.0, 25.0) < reaches[1]
    chat = Workload("chat", "inference", demand_pflops=1.0, max_rtt_ms=500.0)
    assert reach_rad(chat, 800.0, meshed=True) == math.pi
    assert reach_rad(chat, 800.0, meshed=False) == footprint_rad(800.0, 25.0)


@pytest.mark.parametrize("degrees", [8.0, 30.0, 90.0])
def test_circles_sum_what_lies_within(degrees: float) -> None:
    latitudes, _ = centres_rad()
    area = np.tile(np.cos(latitudes)[:, None], (1, COLUMNS)) * CELL_RAD**2
    sums = Circles(math.radians(degrees)).sums(area[None])[0]
    np.testing.assert_allclose(sums, 2.0 * math.pi * (1.0 - math.cos(math.radians(degrees))), rtol=0.05)


def test_circles_are_symmetric_and_wrap_round_the_date_line() -> None:
    circles = Circles(math.radians(12.0))
    seen = []
    for row, column in ((45, 0), (45, 179), (2, 10), (2, 100)):
        one = np.zeros((1, ROWS, COLUMNS))
        one[0, row, column] = 1.0
        seen.append(circles.sums(one)[0])
    assert seen[0][45, 179] == pytest.approx(1.0) and seen[1][45, 0] == pytest.approx(1.0)
    assert seen[2][2, 100] == pytest.approx(seen[3][2, 10])
    assert seen[2][2, 100] > 0.9  # 5 degrees from the pole everybody is near


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), load=st.floats(0.01, 5.0), empty=st.floats(0.0, 0.99))
def test_demand_is_conserved_and_no_node_gives_more_than_it_has(seed: int, load: float, empty: float) -> None:
    rng = np.random.default_rng(seed)
    supply = rng.random((2, ROWS, COLUMNS)) * (rng.random((2, ROWS, COLUMNS)) > empty)
    demand = rng.random((2, ROWS, COLUMNS)) * load
    taken, unplaced = spread(demand, supply, Circles(math.radians(15.0)))
    assert (taken >= 0.0).all() and (taken <= supply + 1e-9).all()
    assert (unplaced >= -1e-9).all() and (unplaced <= demand + 1e-9).all()
    assert taken.sum() == pytest.approx((demand - unplaced).sum(), rel=1e-6)


def test_what_is_out_of_reach_is_not_served() -> None:
    supply, demand = np.zeros((1, ROWS, COLUMNS)), np.zeros((1, ROWS, COLUMNS))
    supply[0, 45, 90] = 10.0
    demand[0, 45, 92], demand[0, 45, 150] = 3.0, 3.0
    taken, unplaced = spread(demand, supply, Circles(math.radians(10.0)))
    assert taken.sum() == pytest.approx(3.0) and unplaced[0, 45, 150] == pytest.approx(3.0)
    assert unplaced[0, 45, 92] == pytest.approx(0.0, abs=1e-6)


def test_what_a_crowded_node_refuses_goes_to_others_in_reach() -> None:
    """Two users of 5 over two nodes of 6, one of which both reach: proportional sharing leaves 1 of 10, no more."""
    supply, demand = np.zeros((1, ROWS, COLUMNS)), np.zeros((1, ROWS, COLUMNS))
    supply[0, 45, 90], supply[0, 45, 93], demand[0, 45, 90], demand[0, 45, 96] = 6.0, 6.0, 5.0, 5.0
    taken, unplaced = spread(demand, supply, Circles(math.radians(7.0)))
    assert unplaced.sum() < 1.01 and unplaced[0, 45, 90] < 1e-6 and taken.sum() == pytest.approx(10.0 - unplaced.sum())


def test_demand_averages_what_the_recipe_says_and_peaks_in_the_evening() -> None:
    load = Workload("chat", "inference", demand_pflops=1000.0)
    weights = weights_of_sites(np.array([50.0]), np.array([15.0]), np.array([7.0]))
    assert weights.sum() == pytest.approx(1.0)
    demand = Demand(load, weights, EPOCH, seed=1, number=0)
    hourly = np.array([demand.grid(hour * 3600.0).sum() for hour in range(24)])
    assert hourly.mean() == pytest.approx(1000.0, rel=0.01)
    assert hourly.argmax() == 19  # 20 h local time at 15 degrees east
    assert hourly.min() / hourly.max() == pytest.approx(0.4, abs=0.01)


def test_noise_comes_from_the_seed_and_the_instant_alone() -> None:
    load = Workload("chat", "inference", demand_pflops=1000.0, noise=0.2)
    one, same, other = (Demand(load, everywhere(), EPOCH, seed, 0) for seed in (1, 1, 2))
    one.grid(0.0)
    np.testing.assert_array_equal(one.grid(60.0), same.grid(60.0))
    assert not np.array_equal(one.grid(60.0), other.grid(60.0))
    assert one.grid(60.0).sum() == pytest.approx(Demand(load, everywhere(), EPOCH, 1, 0).grid(60.0).sum(), rel=0.02)


def offers(pf_a_cell: float, frames: int = 2) -> np.ndarray:
    grid = np.full((frames, CELLS + 2), pf_a_cell)
    grid[:, CELLS:] = pf_a_cell * CELLS
    return grid


def test_users_of_higher_priority_come_first_and_batch_work_takes_the_rest() -> None:
    loads = (
        Workload("late", "inference", demand_pflops=CELLS * 1.0, priority=0, night_level=1.0),
        Workload("first", "inference", demand_pflops=CELLS * 0.5, priority=5, night_level=1.0),
        Workload("fill", "batch"),
    )
    dispatcher = Dispatcher(loads, everywhere(), 700.0, True, EPOCH, seed=1)
    orders, asked = dispatcher.orders(np.array([0.0, 60.0]), 60.0, offers(1.0))
    assert [load.name for load in (loads[1], loads[0])] == ["first", "late"]
    assert asked[0].demand_pf.sum() == pytest.approx(1.5 * CELLS)
    assert asked[0].unplaced_pf.sum() == pytest.approx(0.5 * CELLS, rel=0.01)
    np.testing.assert_allclose(orders.inference, 1.0, atol=1e-3)
    roomy = dispatcher.orders(np.array([0.0]), 60.0, offers(3.0, 1))[0]
    np.testing.assert_allclose(roomy.inference, 0.5, atol=1e-3)
    assert roomy.batch.tolist() == [1.0]


def test_batch_work_queues_and_the_queue_is_worked_off() -> None:
    dispatcher = Dispatcher((Workload("fill", "batch", demand_pflops=100.0),), everywhere(), 700.0, True, EPOCH, seed=1)
    assert dispatcher.account(np.array([40.0, 40.0]), 60.0).tolist() == [3600.0, 7200.0]
    orders, _ = dispatcher.orders(np.array([0.0, 60.0]), 60.0, offers(1.0))
    # 100 that arrive and 7,200 / 120 s of the queue, out of what all nodes offer.
    np.testing.assert_allclose(orders.batch, 160.0 / CELLS, rtol=1e-6)
    assert dispatcher.account(np.array([160.0, 160.0]), 60.0)[-1] == pytest.approx(0.0)
