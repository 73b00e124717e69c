"""Shards: every row once, totals that add up in any grouping, NaN left out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitviz.recorder import shards
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


@given(frames=st.integers(1, 10_000))
def test_batches_cover_every_frame_in_order(frames: int) -> None:
    span = shards.Span(100.0, 30.0, frames)
    assert [frame for batch in range(span.batches) for frame in span.frames_of(batch)] == list(range(frames))
    assert span.t_s(frames - 1) == 100.0 + 30.0 * (frames - 1)


def columns_of(nodes: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    names = (*shards.SUMMED, *shards.AVERAGED)
    columns = {name: random.uniform(0.0, 1.0, nodes).astype(np.float32) for name in names}
    columns["status"] = random.integers(0, 6, nodes).astype(np.uint8)
    return columns


def folded(parts: list[np.ndarray]) -> dict[str, object]:
    total = shards.empty_part()
    for part in parts:
        shards.add_part(total, part)
    return shards.totals_of(total)


def test_parts_add_up_to_the_whole() -> None:
    whole = columns_of(1000, 1)
    pieces = [{name: values[rows] for name, values in whole.items()} for rows in (slice(0, 300), slice(300, 1000))]
    totals = folded([shards.part_of(piece) for piece in pieces])
    assert totals["compute_w_sum"] == pytest.approx(whole["compute_w"].sum(), rel=1e-6)
    assert totals["radiator_k_mean"] == pytest.approx(whole["radiator_k"].mean(), rel=1e-6)
    assert totals["battery_soc_min"] == whole["battery_soc"].min()
    assert totals["radiator_k_max"] == whole["radiator_k"].max()
    np.testing.assert_array_equal(totals["status_counts"], np.bincount(whole["status"], minlength=6))


def test_nodes_without_a_value_do_not_count() -> None:
    columns = columns_of(10, 2)
    for name in (*shards.SUMMED, *shards.AVERAGED):
        columns[name][:4] = np.nan
    totals = folded([shards.part_of(columns)])
    assert totals["battery_soc_mean"] == pytest.approx(columns["battery_soc"][4:].mean())
    assert totals["array_w_sum"] == pytest.approx(columns["array_w"][4:].sum())
    assert np.isfinite([value for name, value in totals.items() if name != "status_counts"]).all()


def test_a_fleet_without_any_value_has_sums_of_zero_and_no_means() -> None:
    columns = {name: np.full(5, np.nan, np.float32) for name in (*shards.SUMMED, *shards.AVERAGED)}
    columns["status"] = np.zeros(5, np.uint8)
    totals = folded([shards.part_of(columns)])
    assert totals["array_w_sum"] == 0.0 and np.isnan(totals["battery_soc_mean"]) and np.isnan(totals["radiator_k_max"])


def test_peak_memory_never_falls() -> None:
    before = peak_rss_mb()
    block = np.ones(60_000_000 // 8)
    assert peak_rss_mb() >= before > 0.0 and block[0] == 1.0
