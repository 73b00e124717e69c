"""What follows from recorded values: by hand, in the store's precision, node by node as frame by frame."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.frame import MetricInfo
from orbitviz.core.node_type import NodeType
from orbitviz.metrics.derived import DERIVED, with_derived

EPOCH = Epoch.parse("2026-03-20T00:00:00Z")
SMALL = NodeType("small", bus_kw=2.0, radiator_area_m2=50.0, radiator_sides=1, emissivity=0.8, chip_k_per_kw=0.2)
LARGE = NodeType("large", bus_kw=5.0, radiator_area_m2=110.0, radiator_sides=2, emissivity=0.9, chip_k_per_kw=0.12)
INFOS = {
    "array_w": MetricInfo("array_w", "W", "Array", 0.0, 150e3, scale=150e3 / 254, fill=255, mean=True),
    "compute_w": MetricInfo("compute_w", "W", "Compute", 0.0, 127e3, scale=500.0, fill=255, mean=True),
    "radiator_k": MetricInfo("radiator_k", "K", "Radiator", 200.0, 390.5, scale=0.75, offset=200.0, fill=255),
}
STORED = {
    "array_w": np.array([[254, 0, 127, 255], [0, 254, 127, 10]], np.uint8),
    "compute_w": np.array([[100, 200, 0, 100], [200, 100, 0, 10]], np.uint8),
    "radiator_k": np.array([[0, 100, 200, 255], [200, 100, 0, 10]], np.uint8),
}


def recording(types=(SMALL, LARGE), names=tuple(INFOS)):
    count = 4
    zeros = np.zeros(count)
    orbits = MeanElements(np.full(count, 0.0657), *(zeros + 0.001 for _ in range(5)), zeros, zeros)
    ids = np.arange(count, dtype=np.uint32)
    shell = (ShellInfo("a", "a", 550.0, 53.0, 1, count),)
    kinds = (np.arange(count) % len(types)).astype(np.uint16)
    fleet = Fleet(EPOCH, orbits, ids, np.zeros(count, np.uint16), ids * 0, ids, kinds, shell, types)

    def read(name, index, out):
        out[:] = STORED[name][index]

    def histories(name, rows, first=0, last=None):
        return INFOS[name].values(STORED[name][first:last, rows].T)

    metrics = {name: INFOS[name] for name in names}
    return SimpleNamespace(
        fleet=fleet, metrics=metrics, node_count=count, read=read, histories=histories, title="of its own"
    )


def frame(source, name, index):
    info = source.metrics[name]
    stored = np.empty(source.node_count, info.dtype)
    source.read(name, index, stored)
    return info.values(stored)


def by_hand(name, index):
    """The formula in plain words, node by node."""
    result = []
    for row in range(4):
        kind = (SMALL, LARGE)[row % 2]
        array_w, compute_w, radiator_k = (
            float(INFOS[n].values(STORED[n][index])[row]) for n in ("array_w", "compute_w", "radiator_k")
        )
        result.append(
            {
                "power_margin_w": array_w - compute_w - kind.bus_kw * 1e3,
                "heat_rejected_w": kind.radiator_sides
                * kind.emissivity
                * 5.670374419e-8
                * kind.radiator_area_m2
                * radiator_k**4,
                "chip_k": radiator_k + kind.chip_k_per_kw * compute_w / 1e3,
            }[name]
        )
    return np.array(result)


@pytest.mark.parametrize("name", list(DERIVED))
@pytest.mark.parametrize("index", [0, 1])
def test_values_are_those_of_the_formula_to_within_what_is_said(name, index):
    source = with_derived(recording())
    info = source.metrics[name]
    values, wanted = frame(source, name, index), by_hand(name, index)
    assert np.array_equal(np.isnan(values), np.isnan(wanted)), "no value where one of its parts has none"
    known = np.isfinite(wanted)
    assert np.abs(values - wanted)[known].max() <= info.max_error * 1.01 + 1e-6 * np.abs(wanted[known]).max()
    assert info.low <= wanted[known].min() and wanted[known].max() <= info.high * (1 + 1e-9)


@pytest.mark.parametrize("name", list(DERIVED))
def test_the_history_of_a_node_is_what_the_frames_say(name):
    source = with_derived(recording())
    for row in range(4):
        history = source.histories(name, np.array([row]))[0]
        frames = np.array([frame(source, name, index)[row] for index in (0, 1)])
        assert np.allclose(history, frames, atol=2 * source.metrics[name].max_error, equal_nan=True)


def test_only_what_can_be_known_is_offered_and_nothing_recorded_is_hidden():
    assert set(with_derived(recording(names=("radiator_k",))).metrics) == {"radiator_k", "heat_rejected_w"}
    assert set(with_derived(recording(names=())).metrics) == set()
    both = with_derived(recording())
    assert set(both.metrics) == set(INFOS) | set(DERIVED)
    assert both.title == "of its own"
    chips = recording()
    chips.metrics["chip_k"] = INFOS["radiator_k"]
    assert with_derived(chips).metrics["chip_k"] is INFOS["radiator_k"], "the recorded one is the better one"


def test_the_margin_is_shown_about_zero_and_every_metric_says_where_it_comes_from():
    source = with_derived(recording())
    margin = source.metrics["power_margin_w"]
    assert margin.low == -margin.high
    for name in DERIVED:
        info = source.metrics[name]
        assert info.unit and info.formula and info.source and info.kind == "computed"


def test_one_kind_of_node_gives_the_same_as_many_of_its_kind():
    one, two = with_derived(recording(types=(LARGE,))), with_derived(recording(types=(LARGE, LARGE)))
    for name in DERIVED:
        assert np.array_equal(frame(one, name, 0), frame(two, name, 0), equal_nan=True)
