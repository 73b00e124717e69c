"""Shards: every row once, totals that add up in any grouping, NaN left out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitviz.core.frame import MetricInfo
from orbitviz.files.schema import quantise
from orbitviz.recorder import shards, totals
from orbitviz.recorder.memory import peak_rss_mb


@given(nodes=st.integers(1, 4_000_000), workers=st.integers(1, 64))
def test_every_row_belongs_to_one_chunk_of_one_worker(nodes: int, workers: int) -> None:
    chunks = -(-nodes // 65_536)
    shares = shards.divide(chunks, min(workers, chunks))
    assert [chunk for share in shares for chunk in share] == list(range(chunks))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    rows = [shards.rows_of_chunk(chunk, nodes) for chunk in range(chunks)]
    assert rows[0].start == 0 and rows[-1].stop == nodes
    assert all(low.stop == high.start for low, high in itertools.pairwise(rows))


@given(frames=st.integers(1, 10_000), step_s=st.sampled_from([1.0, 30.0, 60.0, 120.0, 479.0, 900.0]))
def test_batches_cover_every_frame_in_order(frames: int, step_s: float) -> None:
    span = shards.Span(100.0, step_s, frames)
    assert [frame for batch in range(span.batches) for frame in span.frames_of(batch)] == list(range(frames))
    assert span.t_s(frames - 1) == 100.0 + step_s * (frames - 1)
    assert span.batch_frames == 1 or span.batch_frames * step_s <= shards.INTERVAL_S


def columns_of(nodes: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    names = {*totals.SUMMED, *totals.AVERAGED, *(name for name, _ in totals.EXTREMES)}
    columns = {name: random.uniform(0.0, 1.0, nodes).astype(np.float32) for name in names}
    columns["status"] = random.integers(0, 6, nodes).astype(np.uint8)
    return columns


def part_of(columns: dict[str, np.ndarray], shell: np.ndarray, shells: int, first_row: int = 0) -> np.ndarray:
    part = totals.empty_part(shells)
    runs = [(int(number), np.flatnonzero(shell == number)) for number in np.unique(shell)]
    totals.add_rows(part, runs, columns, np.float32(0.1), first_row)
    return part


def test_parts_add_up_to_the_whole_and_to_shells() -> None:
    whole = columns_of(1000, 1)
    shell = np.sort(np.random.default_rng(2).integers(0, 3, 1000))
    total = totals.empty_part(3)
    for rows in (slice(0, 300), slice(300, 1000)):
        piece = {name: values[rows] for name, values in whole.items()}
        totals.fold(total, part_of(piece, shell[rows], 3, rows.start))
    named = totals.totals_of(total)
    assert named["compute_w_sum"] == pytest.approx(whole["compute_w"].sum(), rel=1e-6)
    assert named["radiator_k_mean"] == pytest.approx(whole["radiator_k"].mean(), rel=1e-6)
    assert named["battery_soc_min"] == whole["battery_soc"].min()
    assert named["radiator_k_max"] == whole["radiator_k"].max()
    np.testing.assert_array_equal(named["status_counts"], np.bincount(whole["status"], minlength=6))
    assert named["battery_empty_nodes"] == (whole["battery_soc"] <= np.float32(0.1)).sum()
    assert named["eclipsed_nodes"] == (whole["sunlit"] < 0.5).sum()
    for number in range(3):
        mine = shell == number
        assert named["compute_w_sum_by_shell"][number] == pytest.approx(whole["compute_w"][mine].sum(), rel=1e-6)
        assert named["radiator_k_mean_by_shell"][number] == pytest.approx(whole["radiator_k"][mine].mean(), rel=1e-6)
    counts, first = totals.watched_of(total)
    empty = whole["battery_soc"] <= np.float32(0.1)
    for number in range(3):
        mine = np.flatnonzero(empty & (shell == number))
        assert counts[number, 0] == len(mine) and first[number, 0] == mine[0]


def test_nodes_without_a_value_do_not_count() -> None:
    columns = columns_of(10, 2)
    for name, values in columns.items():
        if name != "status":
            values[:4] = np.nan
    named = totals.totals_of(part_of(columns, np.zeros(10, int), 1))
    assert named["battery_soc_mean"] == pytest.approx(columns["battery_soc"][4:].mean())
    assert named["array_w_sum"] == pytest.approx(columns["array_w"][4:].sum())
    assert all(np.isfinite(value).all() for value in named.values())


def test_a_fleet_without_any_value_has_sums_of_zero_and_no_means() -> None:
    columns = {name: np.full(5, np.nan, np.float32) for name in columns_of(5, 1)} | {"status": np.zeros(5, np.uint8)}
    named = totals.totals_of(part_of(columns, np.zeros(5, int), 1))
    assert named["array_w_sum"] == 0.0 and np.isnan(named["battery_soc_mean"]) and np.isnan(named["radiator_k_max"])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_percentiles_are_those_of_the_values(dtype: str) -> None:
    top = np.iinfo(dtype).max
    info = MetricInfo("radiator_k", "K", "Heat", 200.0, 400.0, 200.0 / (top - 1), 200.0, dtype, top)
    values = np.random.default_rng(3).normal(320.0, 10.0, 50_000)
    stored = quantise(info, values.astype(np.float32))[0]
    stored[:100] = top  # no value
    named = totals.percentiles_of(info, totals.histogram(info, stored))
    for share in totals.PERCENTILES:
        assert named[f"radiator_k_p{share:02d}"] == pytest.approx(np.percentile(values[100:], share), abs=0.5)
    nobody = totals.percentiles_of(info, totals.histogram(info, np.full(9, top, dtype)))
    assert np.isnan(list(nobody.values())).all()


def test_peak_memory_never_falls() -> None:
    before = peak_rss_mb()
    block = np.ones(60_000_000 // 8)
    assert peak_rss_mb() >= before > 0.0 and block[0] == 1.0
