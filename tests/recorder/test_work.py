"""Dispatched work in a recording: nothing is lost, sums agree, the same whatever runs it, told once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orbitviz.core.fleet import Fleet
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.core.workload import GroundSite, Workload
from orbitviz.files.recording_reader import RecordingReader, open_recording
from orbitviz.recorder import record
from orbitviz.sim.constellation import build_fleet

NODE_PF = 161.9
"""What the published node delivers at its average power."""


def scenario_of(planes: int = 8, per_plane: int = 64, **demand: float) -> Scenario:
    fleet_pf = (planes + 2) * per_plane * NODE_PF
    users, gangs, batch = (demand.get(name, share) for name, share in (("users", 0.3), ("gangs", 0.2), ("batch", 0.2)))
    return Scenario(
        name="busy",
        node_types=(NodeType("ai1"),),
        shells=(
            Shell("low", "ai1", altitude_km=700.0, inclination_deg=30.0, planes=planes, nodes_per_plane=per_plane),
            Shell(
                "dawn", "ai1", altitude_km=725.0, inclination_deg="sun-synchronous", pattern="ltan", planes=2,
                nodes_per_plane=per_plane, ltan_h=(6.0, 18.0),
            ),
        ),
        workloads=(
            Workload("chat", "inference", demand_pflops=users * fleet_pf, max_rtt_ms=60.0, noise=0.1),
            Workload("train", "training", demand_pflops=gangs * fleet_pf, gang_size=16),
            Workload("fill", "batch", demand_pflops=batch * fleet_pf),
        ),
        ground=(GroundSite(file="cities"),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> RecordingReader:
    scenario = scenario_of()
    path = record(scenario, build_fleet(scenario), tmp_path_factory.mktemp("busy") / "run.h5", duration_s=6 * 3600).path
    return open_recording(path)


def stored(reader: RecordingReader, name: str) -> np.ndarray:
    info = reader.metrics[name]
    out = np.empty((len(reader.times_s), reader.node_count), info.dtype)
    for frame, row in enumerate(out):
        reader.read(name, frame, row)
    return out


def test_demand_is_served_or_unserved_and_batch_work_is_done_or_queued(busy: RecordingReader) -> None:
    t = busy.totals
    both = t["inference_served_pf"] + t["inference_unserved_pf"]
    np.testing.assert_allclose(both, t["inference_demand_pf"], rtol=1e-6)
    assert (t["inference_served_pf"] > 0.0).all() and (t["inference_unserved_pf"] > 0.0).any()
    arrived = np.cumsum(t["batch_demand_pf"]) * 60.0
    done = np.cumsum(t["batch_served_pf"]) * 60.0
    np.testing.assert_allclose(t["batch_queued_pf_s"], arrived - done, rtol=1e-6, atol=60.0 * NODE_PF)


def test_work_by_kind_is_all_work(busy: RecordingReader) -> None:
    t = busy.totals
    by_kind = t["inference_served_pf"] + t["batch_served_pf"] + t["training_pf"]
    np.testing.assert_allclose(by_kind, t["compute_pf_sum"], rtol=1e-5)
    assert (t["training_pf"] > 0.0).all()
    assert (t["gangs_running"] + t["gangs_stalled"] == len(busy.jobs)).all() and len(busy.jobs) == 9


def test_sums_by_cell_are_the_fleets(busy: RecordingReader) -> None:
    for frame in (0, 100, len(busy.times_s) - 1):
        assert busy.read_surface("nodes", frame).sum() == busy.node_count
        for name in ("array_w", "compute_w", "compute_pf"):
            info = busy.metrics[name]
            shown = info.values(stored(busy, name)[frame]).sum(dtype=np.float64)
            assert busy.read_surface(name, frame).sum(dtype=np.float64) == pytest.approx(shown, rel=1e-5)
        demand = busy.read_surface("inference_demand_pf", frame).sum(dtype=np.float64)
        assert demand == pytest.approx(busy.totals["inference_demand_pf"][frame], rel=1e-5)
        unplaced = busy.read_surface("inference_unplaced_pf", frame)
        assert (unplaced <= busy.read_surface("inference_demand_pf", frame) * (1 + 1e-5) + 1e-3).all()


def test_sums_by_shell_are_the_fleets(busy: RecordingReader) -> None:
    for name in ("array_w", "compute_w", "compute_pf"):
        by_shell = busy.totals[f"{name}_sum_by_shell"]
        assert by_shell.shape == (len(busy.times_s), 2)
        np.testing.assert_allclose(by_shell.sum(axis=1), busy.totals[f"{name}_sum"], rtol=1e-9)


def test_nothing_is_ever_nan(busy: RecordingReader) -> None:
    for name, values in busy.totals.items():
        assert np.isfinite(values).all(), name
    for name, info in busy.metrics.items():
        if info.fill is not None:
            assert (stored(busy, name) != info.fill).all(), name


def test_events_are_few_and_in_order(busy: RecordingReader) -> None:
    kinds = [event.kind for event in busy.events]
    assert kinds and len(kinds) < 3 * len(busy.times_s)
    assert [event.t_s for event in busy.events] == sorted(event.t_s for event in busy.events)
    for event in busy.events:
        assert -1 <= event.node < busy.node_count and event.text


def test_traffic_follows_work(busy: RecordingReader) -> None:
    load, work = (busy.metrics[name].values(stored(busy, name)) for name in ("link_load", "compute_pf"))
    idle = work[100] == 0.0
    assert (load[100][idle] == 0.0).all() and load[100].max() <= 1.0


@pytest.fixture(scope="module")
def wide() -> tuple[Scenario, Fleet]:
    """Three chunks, so that several workers have something to do."""
    scenario = scenario_of(planes=138, per_plane=1000)
    return scenario, build_fleet(scenario)


def same(one: Path, other: Path) -> None:
    first, second = open_recording(one), open_recording(other)
    for name in first.metrics:
        np.testing.assert_array_equal(stored(first, name), stored(second, name), err_msg=name)
    assert set(first.totals) == set(second.totals)
    for name, values in first.totals.items():
        np.testing.assert_array_equal(values, second.totals[name], err_msg=name)
    for name in first.surface:
        np.testing.assert_array_equal(first.read_surface(name, 3), second.read_surface(name, 3), err_msg=name)
    assert first.events == second.events
    for reader in (first, second):
        reader.close()


def test_the_same_from_one_worker_two_and_a_cluster(wide: tuple[Scenario, Fleet], tmp_path: Path) -> None:
    paths = [record(*wide, tmp_path / f"{n}.h5", duration_s=1200, workers=n).path for n in (1, 2)]
    same(*paths)
    pytest.importorskip("distributed")
    result = record(*wide, tmp_path / "cluster.h5", duration_s=1200, workers=2, scheduler="local")
    assert result.complete and result.peak_rss_mb > 100.0
    same(paths[0], result.path)


def test_another_seed_gives_another_demand(tmp_path: Path) -> None:
    scenario = scenario_of()
    fleet = build_fleet(scenario)
    seen = [
        open_recording(record(replace(scenario, seed=seed), fleet, tmp_path / f"{n}.h5", duration_s=300).path)
        for n, seed in enumerate((1, 1, 2))
    ]
    one, again, other = (reader.totals["inference_demand_pf"] for reader in seen)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    for reader in seen:
        reader.close()


def test_a_cluster_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    from orbitviz.core.errors import OrbitvizError
    from orbitviz.recorder import cluster

    pytest.importorskip("distributed")
    scenario = scenario_of()
    limit, cluster._CONNECT_S = cluster._CONNECT_S, 1.0
    try:
        with pytest.raises(OrbitvizError, match=r"must answer at tcp://127\.0\.0\.1:9"):
            record(scenario, build_fleet(scenario), tmp_path / "run.h5", scheduler="tcp://127.0.0.1:9")
    finally:
        cluster._CONNECT_S = limit
    assert list(tmp_path.iterdir()) == []
