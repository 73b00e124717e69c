"""A less B: against plain numpy, with shuffled ids, shifted times, other steps and missing nodes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Event
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.core.node_type import NodeType
from orbitviz.metrics.difference import ComparedRecording

EPOCH = Epoch.parse("2026-03-20T00:00:00Z")
RADIATOR = MetricInfo("radiator_k", "K", "Radiator", 225.0, 375.0, 150 / 254, 225.0, fill=255, max_error=75 / 254)
COMPUTE = MetricInfo("compute_w", "W", "Compute", 0.0, 127e3, 500.0, fill=255, mean=True)
WIDE = MetricInfo("chip_k", "K", "Chip", 225.0, 400.0, 175 / 65534, 225.0, dtype="uint16", fill=65535)
STATUS = MetricInfo("status", "", "Status", 0.0, 2.0, fill=255, flags={0: "planned", 1: "active", 2: "failed"})
INFOS = (RADIATOR, COMPUTE, WIDE, STATUS)


class Run:
    """A recording in memory; stored numbers come from the seed."""

    complete, size_bytes, clipped, jobs, surface, scenario = True, 10, {}, (), {}, None

    def __init__(self, ids, times_s, seed, infos=INFOS, epoch=EPOCH, motion=0.0657, group="ring", events=()):
        rng = np.random.default_rng(seed)
        count = len(ids)
        zeros = np.zeros(count)
        orbits = MeanElements(np.full(count, motion), *(zeros + 0.5 for _ in range(5)), zeros, zeros)
        small = np.zeros(count, np.uint16)
        shells = (ShellInfo(group, group, 550.0, 53.0, 1, count),)
        number = np.arange(count, dtype=np.uint32)
        self.fleet = Fleet(
            epoch, orbits, np.array(ids, np.uint32), small, number, number, small, shells, (NodeType("rack"),)
        )
        self.node_count = count
        self.times_s = np.array(times_s, float)
        self.metrics = {info.name: info for info in infos}
        self.data = {}
        for info in infos:
            most = 3 if info.is_category else info.full_scale
            self.data[info.name] = rng.integers(0, most, (len(times_s), count)).astype(info.dtype)
            self.data[info.name][:, 0] = info.fill
        self.totals = {"compute_w_sum": rng.uniform(0, 1e6, len(times_s)), "radiator_k_mean": 300.0 + self.times_s}
        self.total_infos = {
            "compute_w_sum": QuantityInfo("compute_w_sum", "W", "sum", mean=True),
            "radiator_k_mean": QuantityInfo("radiator_k_mean", "K", "mean"),
        }
        self.events = events
        self.closed = False

    def read(self, name, index, out):
        out[:] = self.data[name][index]

    def histories(self, name, rows, first=0, last=None):
        return self.metrics[name].values(self.data[name][first:last, rows].T)

    def values(self, name):
        return self.metrics[name].values(self.data[name]).astype(float)

    def close(self):
        self.closed = True


def read(compared, name, index):
    info = compared.metrics[name]
    stored = np.empty(compared.node_count, info.dtype)
    compared.read(name, index, stored)
    return info.values(stored).astype(float)


def near(compared, name):
    return compared.metrics[name].scale / 2 * 1.05 + 1e-6


TIMES = np.arange(6) * 60.0


def test_the_same_frames_are_subtracted_node_by_node():
    a, b = Run(range(50), TIMES, 1), Run(range(50), TIMES, 2)
    compared = ComparedRecording(a, b)
    for name in ("radiator_k", "compute_w", "chip_k"):
        for index in range(6):
            expected = a.values(name)[index] - b.values(name)[index]
            got = read(compared, name, index)
            np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
            np.testing.assert_allclose(got, expected, atol=near(compared, name))
    info = compared.metrics["radiator_k"]
    assert (info.unit, info.low, info.fill, info.dtype) == ("K", -info.high, 65535, "uint16")


def test_alike_packing_is_exact_and_a_run_less_itself_is_zero():
    a, b = Run(range(50), TIMES, 1), Run(range(50), TIMES, 2)
    got = read(ComparedRecording(a, b), "compute_w", 3)
    expected = a.values("compute_w")[3] - b.values("compute_w")[3]
    np.testing.assert_array_equal(got[1:], expected[1:])
    other = replace(RADIATOR, scale=145 / 254, offset=235.0)
    for infos in (INFOS, (other, *INFOS[1:])):
        same = ComparedRecording(Run(range(50), TIMES, 1, infos), Run(range(50), TIMES, 1, infos))
        for name in ("radiator_k", "chip_k"):
            assert np.all(read(same, name, 2)[1:] == 0.0)


def test_other_packing_is_within_half_a_step():
    a, b = Run(range(50), TIMES, 1), Run(range(50), TIMES, 2, (replace(RADIATOR, scale=145 / 254, offset=235.0),))
    compared = ComparedRecording(a, b)
    expected = a.values("radiator_k") - b.values("radiator_k")
    np.testing.assert_allclose(read(compared, "radiator_k", 4), expected[4], atol=near(compared, "radiator_k"))
    assert compared.metrics["radiator_k"].high >= np.nanmax(np.abs(expected))
    assert any("Chip" in note and "Only in A" in note for note in compared.notes)


def test_nodes_are_matched_by_id_whatever_their_rows():
    ids_a, ids_b = [7, 3, 9, 1, 12, 40], [1, 40, 99, 7, 3, 9]
    a, b = Run(ids_a, TIMES, 1), Run(ids_b, TIMES, 2)
    compared = ComparedRecording(a, b)
    for name in ("radiator_k", "chip_k"):
        expected = np.full(6, np.nan)
        for row, node in enumerate(ids_a):
            if node in ids_b:
                expected[row] = a.values(name)[2, row] - b.values(name)[2, ids_b.index(node)]
        np.testing.assert_allclose(read(compared, name, 2), expected, atol=near(compared, name))
    assert np.isnan(read(compared, "status", 2)[4])
    assert (compared.match.both, compared.match.only_a, compared.match.only_b) == (5, 1, 1)
    assert compared.notes[0] == "1 node only in A, 1 node only in B: they have no difference."
    rows = np.array([2, 4, 5])
    series = compared.histories("radiator_k", rows)
    for first, last in ((0, 1), (1, 3), (2, None), (2, 2)):
        np.testing.assert_array_equal(compared.histories("radiator_k", rows, first, last), series[:, first:last])
    assert series.shape == (3, 6) and np.isnan(series[1]).all()
    expected = a.values("radiator_k")[:, 2] - b.values("radiator_k")[:, ids_b.index(9)]
    np.testing.assert_allclose(series[0], expected, rtol=1e-5, atol=1e-4)


def test_time_is_matched_by_utc_and_points_are_interpolated():
    a = Run(range(20), TIMES, 1)
    b = Run(range(20), np.arange(4) * 60.0, 2, epoch=EPOCH.plus(90.0))  # 90, 150, 210, 270 s of A
    compared = ComparedRecording(a, b)
    np.testing.assert_array_equal(compared.times_s, [120.0, 180.0, 240.0])
    for name in ("radiator_k", "chip_k"):
        expected = a.values(name)[2:5] - 0.5 * (b.values(name)[:3] + b.values(name)[1:])
        for index in range(3):
            np.testing.assert_allclose(read(compared, name, index), expected[index], atol=near(compared, name))
        rows = np.arange(1, 20)
        np.testing.assert_allclose(compared.histories(name, rows).T, expected[:, 1:], rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(
        compared.totals["radiator_k_mean"], a.totals["radiator_k_mean"][2:5] - (300.0 + np.array([30.0, 90.0, 150.0]))
    )
    assert any("2026-03-20 00:02 to 2026-03-20 00:04 UTC" in note for note in compared.notes)


def test_a_mean_is_that_of_the_step_that_holds_the_middle_and_a_category_the_nearest():
    a = Run(range(20), TIMES, 1)
    b = Run(range(20), np.arange(4) * 150.0, 2)
    compared = ComparedRecording(a, b)
    steps = [0, 0, 1, 1, 1, 2]  # middles at 30, 90, 150, 210, 270, 330 s
    nearest = [0, 0, 1, 1, 2, 2]  # of 0, 150, 300 s to 0, 60, 120, 180, 240, 300 s
    for index in range(6):
        expected = a.values("compute_w")[index] - b.values("compute_w")[steps[index]]
        np.testing.assert_allclose(read(compared, "compute_w", index), expected)
        different = (a.data["status"][index] != b.data["status"][nearest[index]])[1:]
        np.testing.assert_array_equal(read(compared, "status", index)[1:], different)
    np.testing.assert_array_equal(compared.histories("status", np.arange(1, 20))[:, 4], read(compared, "status", 4)[1:])
    np.testing.assert_allclose(
        compared.totals["compute_w_sum"], a.totals["compute_w_sum"] - b.totals["compute_w_sum"][steps]
    )


def test_categories_are_compared_by_their_words_not_their_numbers():
    turned = replace(STATUS, flags={0: "failed", 1: "active", 2: "planned"})
    a, b = Run(range(30), TIMES, 1), Run(range(30), TIMES, 2, (turned,))
    words = (np.array(["planned", "active", "failed"]), np.array(["failed", "active", "planned"]))
    expected = words[0][a.data["status"][1, 1:]] != words[1][b.data["status"][1, 1:]]
    compared = ComparedRecording(a, b)
    np.testing.assert_array_equal(read(compared, "status", 1)[1:], expected)
    assert compared.metrics["status"].flags == {0: "the same in A and B", 1: "different"}


def test_events_of_both_are_told_apart():
    a = Run([5, 6, 7], TIMES, 1, events=(Event(120.0, "throttling_begins", 1, "hot"),))
    b = Run([7, 6, 5], TIMES, 2, epoch=EPOCH.plus(-60.0), events=(Event(120.0, "throttling_begins", 0, "hotter"),))
    events = ComparedRecording(a, b).events
    assert [(e.t_s, e.node, e.text) for e in events] == [(60.0, 2, "B: hotter"), (120.0, 1, "A: hot")]


def test_what_has_nothing_in_common_is_refused():
    a = Run(range(20), TIMES, 1)
    with pytest.raises(OrbitvizError, match="no node id in common"):
        ComparedRecording(a, Run(range(100, 120), TIMES, 2))
    with pytest.raises(OrbitvizError, match="neither an orbit nor a shell"):
        ComparedRecording(a, Run(range(20), TIMES, 2, motion=0.05, group="polar"))
    with pytest.raises(OrbitvizError, match="overlap in time"):
        ComparedRecording(a, Run(range(20), TIMES, 2, epoch=EPOCH.plus(9999.0)))
    with pytest.raises(OrbitvizError, match="metric in common"):
        ComparedRecording(Run(range(20), TIMES, 1, (RADIATOR,)), Run(range(20), TIMES, 2, (COMPUTE,)))
    assert not a.closed
    moved = ComparedRecording(a, Run(range(20), TIMES, 2, motion=0.05))
    assert "20 of 20 nodes in both fly in other orbits" in moved.notes[0]


def test_a_fitted_range_is_symmetric_and_holds_nearly_all():
    a, b = Run(range(400), TIMES, 1), Run(range(400), TIMES, 2)
    b.data["radiator_k"] = a.data["radiator_k"].copy()
    b.data["radiator_k"][:, 1:] = np.minimum(b.data["radiator_k"][:, 1:], 240) + (np.arange(399) % 10)
    compared = ComparedRecording(a, b)
    whole = compared.metrics["radiator_k"].high
    compared.fit_ranges()
    info = compared.metrics["radiator_k"]
    values = np.abs(np.concatenate([read(compared, "radiator_k", i)[1:] for i in range(6)]))
    assert info.low == -info.high and info.high < whole / 5
    assert np.mean(values <= info.high) > 0.97


def test_closing_closes_both_and_positions_are_those_of_a():
    a, b = Run(range(5), TIMES, 1), Run(range(5), np.arange(4) * 60.0, 2, epoch=EPOCH.plus(60.0))
    compared = ComparedRecording(a, b)
    assert not compared.has_positions
    a.has_positions, a.read_state = True, lambda index: SimpleNamespace(index=index)
    assert compared.has_positions and compared.read_state(0).index == 1
    compared.close()
    assert a.closed and b.closed
