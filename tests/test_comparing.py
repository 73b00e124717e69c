"""Two recorded files compared: from Python and from the command line, to values, tables and pictures."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import orbitviz
from orbitviz import api, cli
from orbitviz.core.errors import OrbitvizError


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Suncatcher as it is, and with a smaller radiator, half as long."""
    folder = tmp_path_factory.mktemp("runs")
    recipe = api.preset_path("suncatcher-81")
    assert recipe is not None
    text = recipe.read_text(encoding="utf-8")
    number = text.split("radiator_area_m2 = ")[1].split()[0]
    smaller = folder / "smaller.toml"
    smaller.write_text(text.replace(f"radiator_area_m2 = {number}", f"radiator_area_m2 = {float(number) * 0.7}"))
    api.record("suncatcher-81", folder / "a.h5", duration_s=1200.0, step_s=60.0, workers=1)
    api.record(smaller, folder / "b.h5", duration_s=600.0, step_s=60.0, workers=1)
    return folder / "a.h5", folder / "b.h5"


def test_a_comparison_is_a_document_of_differences(runs: tuple[Path, Path]) -> None:
    a, b = (api.open(path) for path in runs)
    compared = orbitviz.compare(*runs)
    assert compared.span_s == (0.0, 540.0) and compared.metrics["radiator_k"].unit == "K"
    for name in ("radiator_k", "compute_w", "battery_soc", "heat_rejected_w"):
        expected = a.metric(name, 300.0).astype(float) - b.metric(name, 300.0)
        step = compared.metrics[name].scale
        np.testing.assert_allclose(compared.metric(name, 300.0), expected, atol=0.6 * step + 1e-6)
    assert compared.metric("radiator_k", 540.0).mean() < -1.0
    for document in (a, b, compared):
        assert document.recording is not None
        document.recording.close()


def test_what_was_changed_comes_first_then_what_came_of_it(runs: tuple[Path, Path], tmp_path: Path) -> None:
    comparison = api.open_comparison(*runs)
    found = {change.field: change for change in api.changes(comparison)}
    assert set(found) == {"radiator_area_m2"} and found["radiator_area_m2"].unit == "m2"
    assert found["radiator_area_m2"].b == pytest.approx(0.7 * found["radiator_area_m2"].a)
    rows = {row.name: row for row in api.total_rows(comparison, 300.0)}
    mean = rows["radiator_k_mean"]
    frame = comparison.recording.a.totals["radiator_k_mean"][5]
    assert mean.a == pytest.approx(frame) and mean.difference < 0.0 and mean.unit == "K"
    whole = {row.name: row for row in api.total_rows(comparison)}["radiator_k_mean"]
    assert whole.b == pytest.approx(np.mean(comparison.recording.b.totals["radiator_k_mean"]))
    sizes = [abs(row.share) for row in api.total_rows(comparison) if row.b and abs(row.share) > 1e-6]
    assert sizes and sizes[0] >= sizes[-1]
    lines = api.export_comparison(comparison, tmp_path / "table.csv", 300.0)
    table = list(csv.reader((tmp_path / "table.csv").open(encoding="utf-8")))
    assert len(table) == lines + 1 and table[0][4:] == ["a", "b", "A-B", "(A-B)/B"]
    assert table[1][2] == "radiator_area_m2" and float(table[1][7]) == pytest.approx(1 / 0.7 - 1)
    comparison.close()


def test_both_runs_share_one_legend_and_one_fleet(runs: tuple[Path, Path]) -> None:
    comparison = api.open_comparison(*runs)
    for name in ("radiator_k", "heat_rejected_w"):
        ends = {(side.metrics[name].low, side.metrics[name].high) for side in (comparison.a, comparison.b)}
        assert len(ends) == 1
    assert comparison.b.fleet.elements is comparison.a.fleet.elements
    assert comparison.b.fleet.node_types != comparison.a.fleet.node_types
    for side in api.SIDES:
        document = comparison.document(side)
        assert comparison.side_of(document) == side and document.recording is not None
        document.recording.close()  # a side does not close the files
    assert np.isfinite(comparison.a.metric("radiator_k", 60.0)).all()
    comparison.close()


def test_what_is_no_recording_is_refused_and_closes_what_was_opened(runs: tuple[Path, Path]) -> None:
    with pytest.raises(OrbitvizError, match="B must be a recording"):
        orbitviz.compare(runs[0], "suncatcher-81")
    open_a = api.open(runs[0])
    with pytest.raises(OrbitvizError, match="B must be a recording"):
        orbitviz.compare(open_a, "suncatcher-81")
    assert np.isfinite(open_a.metric("radiator_k", 0.0)).all()
    assert open_a.recording is not None
    open_a.recording.close()


def test_the_command_line_exports_the_difference(runs: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "difference.csv"
    words = ["export", str(runs[0]), "--compare", str(runs[1]), "-o", str(out), "--metrics", "radiator_k"]
    assert cli.main([*words, "--nodes", "0"]) == 0
    table = list(csv.reader(out.open(encoding="utf-8")))
    assert len(table) == 11 and float(table[-1][-1]) < -1.0
