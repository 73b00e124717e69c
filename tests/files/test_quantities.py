"""Totals and sums over the ground: every name says its unit, formula and source."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from orbitviz.core.frame import MetricInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import KINDS
from orbitviz.files import schema
from orbitviz.files.quantities import surface_words, total_words

METRICS = schema.recorded_metrics(None, SimpleNamespace(node_types=(NodeType("a"),)))
FREE = (
    *("inference_demand_pf", "inference_served_pf", "inference_unserved_pf", "training_pf", "training_lost_pf"),
    *("batch_demand_pf", "batch_served_pf", "batch_queued_pf_s", "gangs_running", "gangs_stalled"),
    *("chip_k_max", "battery_empty_nodes", "eclipsed_nodes"),
)
PARTS = ("sum", "mean", "min", "max", "sum_by_shell", "mean_by_shell", "p01", "p05", "p25", "p50", "p75", "p95", "p99")
OF_METRICS = [f"{metric}_{part}" for metric in METRICS for part in PARTS if metric != "status"]


@pytest.mark.parametrize("name", [*FREE, *OF_METRICS, "status_counts"])
def test_every_total_says_what_it_is(name: str) -> None:
    info = total_words(name, METRICS)
    assert info.name == name
    assert info.unit and info.long_name and info.formula and info.source
    assert info.kind in KINDS


@pytest.mark.parametrize(
    ("name", "unit", "words"),
    [
        ("radiator_k_p99", "K", "99th percentile of radiator temperature"),
        ("radiator_k_p01", "K", "1st percentile of radiator temperature"),
        ("battery_soc_p12", "1", "12th percentile of battery charge"),
        ("array_w_sum", "W", "sum of array power"),
        ("array_w_sum_by_shell", "W", "sum of array power by shell"),
        ("compute_pf_mean_by_shell", "PFLOP/s", "mean of compute by shell"),
        ("status_counts", "1", "nodes by status"),
        ("batch_queued_pf_s", "PFLOP", "Batch work queued"),
        ("nodes_in_eclipse", "1", "nodes in eclipse"),
        ("hull_k_mean", "K", "mean of hull temperature"),
        ("hull_k_p1000", "1", "hull k p1000"),
    ],
)
def test_totals_say_their_unit(name: str, unit: str, words: str) -> None:
    metrics = {**METRICS, "hull_k": MetricInfo("hull_k", "K", "Hull temperature", 0.0, 1.0)}
    info = total_words(name, metrics)
    assert (info.unit, info.long_name) == (unit, words)


def test_a_total_of_a_metric_that_is_not_recorded_keeps_its_unit() -> None:
    assert total_words("array_w_sum", {}).unit == "W"


def test_columns_say_what_they_stand_for() -> None:
    assert total_words("array_w_sum_by_shell", METRICS).columns == "one column a row of /shells"
    assert "3 throttled" in total_words("status_counts", METRICS).columns
    assert total_words("array_w_sum", METRICS).columns == ""


def test_means_of_a_step_are_told_from_values_at_an_instant() -> None:
    assert total_words("compute_w_sum", METRICS).mean
    assert not total_words("battery_soc_p05", METRICS).mean
    assert total_words("inference_served_pf", METRICS).mean
    assert not total_words("batch_queued_pf_s", METRICS).mean


@pytest.mark.parametrize("name", ["compute_w", "compute_pf", "nodes", "inference_demand_pf", "inference_served_pf"])
def test_every_sum_over_cells_says_what_it_is(name: str) -> None:
    info = surface_words(name, METRICS)
    assert "cell" in info.long_name and "cell" in info.formula
    assert info.unit == ("1" if name == "nodes" else "W" if name == "compute_w" else "PFLOP/s")
    assert info.kind and info.source
