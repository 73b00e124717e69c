"""The Python interface on small fleets: everything opens as one Document, metrics at any instant, tables out."""

from __future__ import annotations

import csv
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import orbitviz
from orbitviz import api
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError

TLE = """ISS (ZARYA)
1 25544U 98067A   26150.51748228  .00011776  00000+0  21767-3 0  9998
2 25544  51.6337  27.5746 0007245 114.7080 245.4664 15.49496548569014
TDRS 3
1 19548U 88091B   26150.42208977 -.00000296  00000+0  00000+0 0  9992
2 19548  12.6156 341.1225 0039238 356.7275  12.9243  1.00281048125214
BROKEN
1 25544U 98067A   26150.51748228  .00011776  00000+0  21767-3 0  9990
2 25544  51.6337  27.5746 0007245 114.7080 245.4664 15.49496548569014
"""


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("api") / "run.h5"
    result = orbitviz.record("three-body-12", path, duration_s=3600.0, step_s=60.0)
    assert result.frames == 60
    document = orbitviz.open(path)
    yield document
    document.recording.close()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# -- open ----------------------------------------------------------------------------------------------------------


def test_a_preset_a_recipe_and_the_file_built_from_it_are_the_same(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    shutil.copy(scenarios_folder() / "three-body-12.toml", recipe)
    built = api.build(recipe, tmp_path / "mine.h5")
    opened = [orbitviz.open("three-body-12"), orbitviz.open(recipe), orbitviz.open(tmp_path / "mine.h5"), built]
    for document in opened:
        assert document.kind == "scenario"
        assert len(document.fleet) == 12
        assert document.fleet.recipe.strip() == recipe.read_text(encoding="utf-8").strip()
        np.testing.assert_array_equal(document.fleet.elements.raan_rad, built.fleet.elements.raan_rad)
        assert document.fleet.pairs is not None
        assert len(document.fleet.pairs) == 12, "a ring of twelve has twelve links"


def test_a_preset_opens_from_its_built_file_unless_that_is_older(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("ORBITVIZ_DATA", str(tmp_path))
    folder = tmp_path / "scenarios"
    folder.mkdir()
    source = Path(__file__).parents[1] / "scenarios" / "three-body-12.toml"
    recipe = folder / "tiny.toml"
    recipe.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    assert orbitviz.open("tiny").path == recipe
    api.build("tiny", folder / "tiny.h5")
    assert orbitviz.open("tiny").path == folder / "tiny.h5"
    later = (folder / "tiny.h5").stat().st_mtime + 10.0
    os.utime(recipe, (later, later))
    assert orbitviz.open("tiny").path == recipe


def test_a_catalogue_opens_with_its_own_epochs_and_refusals(tmp_path: Path) -> None:
    path = tmp_path / "some.tle"
    path.write_text(TLE)
    document = orbitviz.open(path)
    assert [document.fleet.label(row) for row in range(2)] == ["ISS (ZARYA)", "TDRS 3"]
    assert document.fleet.refused == ("line 8: checksum must be 8, got 0",)
    assert set(document.fleet.node_types[0].assumed) >= {"battery_kwh", "array_area_m2"}
    altitude = document.metric("altitude_km", "2026-05-30T12:25:10Z")
    assert 400.0 < altitude[0] < 440.0
    assert 35_500.0 < altitude[1] < 36_100.0, "a geosynchronous orbit goes through SGP4's deep-space branch"


def test_catalogues_are_joined(tmp_path: Path) -> None:
    for name in ("a.tle", "b.tle"):
        (tmp_path / name).write_text(TLE)
    document = api.import_files([tmp_path / "a.tle", tmp_path / "b.tle"], tmp_path / "both.h5")
    assert len(document.fleet) == 4
    assert document.fleet.refused[0] == "a.tle, line 8: checksum must be 8, got 0"
    assert len(orbitviz.open(tmp_path / "both.h5").fleet) == 4
    with pytest.raises(OrbitvizError, match="the format must be one of"):
        api.import_files([tmp_path / "a.tle"], tmp_path / "c.h5", "xyz")


def test_a_recipe_with_a_catalogue_beside_it(tmp_path: Path) -> None:
    (tmp_path / "some.tle").write_text(TLE)
    text = '[scenario]\nname = "real"\n[[node_type]]\nname = "a"\n[[tle]]\nfile = "some.tle"\nnode_type = "a"\n'
    (tmp_path / "real.toml").write_text(text)
    document = orbitviz.open(tmp_path / "real.toml")
    assert len(document.fleet) == 2
    (tmp_path / "some.tle").unlink()
    with pytest.raises(OrbitvizError, match="must be readable"):
        orbitviz.open(tmp_path / "real.toml")


@pytest.mark.parametrize(
    ("what", "sentence"),
    [("three-body", "did you mean 'three-body-12'"), ("nothing", "orbitviz list"), ("absent.h5", "there is neither")],
)
def test_what_is_not_there(what: str, sentence: str) -> None:
    with pytest.raises(OrbitvizError, match=sentence):
        orbitviz.open(what)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(OrbitvizError, match="it is a folder"):
        orbitviz.open(tmp_path)
    junk = tmp_path / "junk.h5"
    junk.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    with pytest.raises(OrbitvizError, match="HDF5"):
        orbitviz.open(junk)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    with pytest.raises(OrbitvizError):
        orbitviz.open(tmp_path / "photo.png")


# -- metrics -------------------------------------------------------------------------------------------------------


def test_computed_metrics_of_a_scenario() -> None:
    document = orbitviz.open("three-body-12")
    assert list(document.metrics) == ["sunlit", "altitude_km", "shell", "latitude_rad", "beta_rad"]
    lit = document.metric("sunlit")
    assert lit.shape == (12,)
    assert 0 < lit.sum() < 12, "a plane at 10:30 has nodes in the Sun and in the shadow"
    with pytest.raises(
        OrbitvizError, match="must be one of sunlit, altitude_km, shell, latitude_rad, beta_rad, got 'battery_soc'"
    ):
        document.metric("battery_soc")


def test_recorded_metrics_at_and_between_frames(recording) -> None:
    assert list(recording.metrics)[-4:] == ["altitude_km", "shell", "latitude_rad", "beta_rad"]
    at = "2025-05-14T00:10:00Z"
    np.testing.assert_array_equal(recording.metric("battery_soc", at), recording.frame("battery_soc", 10))
    np.testing.assert_array_equal(recording.metric("battery_soc", 600.0), recording.frame("battery_soc", 10))
    between = recording.metric("radiator_k", 615.0)
    before, after = recording.frame("radiator_k", 10), recording.frame("radiator_k", 11)
    np.testing.assert_allclose(between, 0.75 * before + 0.25 * after, rtol=1e-6)
    # A mean of a step and a category hold until the next frame.
    for name in ("array_w", "status"):
        np.testing.assert_array_equal(recording.metric(name, 659.0), recording.frame(name, 10))
    with pytest.raises(OrbitvizError, match="must be within the recording"):
        recording.metric("battery_soc", 3600.0)


def test_recorded_sunlight_is_what_the_elements_give(recording) -> None:
    scenario = orbitviz.open("three-body-12")
    for t_s in (0.0, 1800.0):
        computed = scenario.metric("sunlit", t_s)
        np.testing.assert_allclose(recording.metric("sunlit", t_s), computed, atol=0.01)


def test_a_plain_document_is_taken_too(recording) -> None:
    names = ("kind", "path", "title", "fleet", "scenario", "recording", "metrics")
    plain = Document(**{name: getattr(recording, name) for name in names})
    assert isinstance(orbitviz.open(plain), api.OpenDocument)
    assert orbitviz.open(recording) is recording


def test_a_recording_does_not_overwrite_its_origin(tmp_path: Path) -> None:
    api.build("three-body-12", tmp_path / "one.h5")
    with pytest.raises(OrbitvizError, match="must not overwrite"):
        orbitviz.record(tmp_path / "one.h5", tmp_path / "one.h5")


# -- export --------------------------------------------------------------------------------------------------------


def test_export_of_a_recording(recording, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    metrics = ["battery_soc", "status", "x_km", "y_km", "z_km", "altitude_km"]
    at = {"start": "2025-05-14T00:10:00Z", "end": "2025-05-14T00:12:00Z"}
    assert orbitviz.export(recording, out, nodes="3,id:0", metrics=metrics, **at) == 6
    rows = table(out)
    assert [(row["node"], row["t_s"]) for row in rows[:3]] == [("3", "600"), ("0", "600"), ("3", "660")]
    stored = recording.frame("battery_soc", 10)
    assert np.float32(rows[0]["battery_soc"]) == stored[3]
    assert np.float32(rows[1]["battery_soc"]) == stored[0]
    assert rows[0]["status"] in recording.metrics["status"].flags.values()
    position = recording.orbit_frame(600.0).position_km[3]
    np.testing.assert_allclose([float(rows[0][axis]) for axis in ("x_km", "y_km", "z_km")], position, atol=1e-6)


def test_export_by_history_equals_export_by_frame(recording, tmp_path: Path, monkeypatch) -> None:
    orbitviz.export(recording, tmp_path / "few.csv", nodes=[1, 7], metrics=["radiator_k", "compute_pf"])
    monkeypatch.setattr("orbitviz.api.table.FEW_NODES", 0)
    orbitviz.export(recording, tmp_path / "all.csv", nodes=[1, 7], metrics=["radiator_k", "compute_pf"])
    assert (tmp_path / "few.csv").read_bytes() == (tmp_path / "all.csv").read_bytes()
    assert len(table(tmp_path / "few.csv")) == 120


def test_export_of_a_scenario_steps_through_its_span(tmp_path: Path) -> None:
    document = orbitviz.open("three-body-12")
    assert document.scenario is not None
    short = replace(document, scenario=replace(document.scenario, duration="10min"))
    assert orbitviz.export(short, tmp_path / "out.csv") == 12 * 10
    rows = table(tmp_path / "out.csv")
    assert list(rows[0]) == ["node", "t_s", "utc", "sunlit", "altitude_km", "shell", "latitude_rad", "beta_rad"]
    assert rows[0]["shell"] == document.metrics["shell"].flags[0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"nodes": "12"}, "a row must be from 0 to 11, got 12"),
        ({"nodes": "id:99"}, "a node id must be one of the fleet's, got 99"),
        ({"nodes": "one"}, "a node must be a row number or id:NUMBER, got 'one'"),
        ({"metrics": ["heat"]}, "a metric must be one of .*, x_km, y_km, z_km, got 'heat'"),
        ({"start": "2031-01-01"}, "at least one instant"),
        ({"start": "yesterday"}, "a time must look like"),
    ],
)
def test_export_refusals(recording, tmp_path: Path, options, sentence: str) -> None:
    with pytest.raises(OrbitvizError, match=sentence):
        orbitviz.export(recording, tmp_path / "out.csv", **options)
    assert not list(tmp_path.iterdir())


# -- describe ------------------------------------------------------------------------------------------------------


def test_describe_says_what_is_recorded(recording) -> None:
    told = api.describe(recording)
    assert (told["kind"], told["nodes"], told["frames"], told["complete"]) == ("recording", 12, 60, True)
    assert (told["start"], told["end"]) == ("2025-05-14T00:00:00Z", "2025-05-14T01:00:00Z")
    assert told["step_s"] == 60.0
    assert told["metrics"]["battery_soc"]["recorded"]
    assert not told["metrics"]["altitude_km"]["recorded"]
    assert told["metrics"]["status"]["flags"]["1"] == "active"
    assert "battery_kwh" in told["node_types"][0]["assumed"]
    assert told["sources"]
    assert set(told["model"]) == {"orbits", "sunlight", "node"}


def test_describe_tells_values_from_their_sources_from_those_without(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        '[scenario]\nname = "mine"\nseed = 7\n[[node_type]]\nname = "a"\nmass_kg = 900.0\nbus_kw = 2.0\n'
        'cell_efficiency = 0.3\nassumed = ["bus_kw"]\norigin = ["mass_kg: filed, [X] page 3, table 1"]\n'
        '[[shell]]\nname = "s"\nnode_type = "a"\naltitude_km = 700.0\norigin = ["planes: claimed, [Y]"]\n'
        '[[workload]]\nname = "w"\nutilization = 0.5\n',
        encoding="utf-8",
    )
    told = api.describe(orbitviz.open(recipe))["scenario"]
    node, shell, load = told["node_types"][0], told["shells"][0], told["workloads"][0]
    assert told["seed"] == 7
    assert node["mass_kg"] == {"value": 900.0, "unit": "kg", "kind": "filed", "source": "[X] page 3, table 1"}
    assert (node["bus_kw"]["kind"], node["bus_kw"]["source"]) == ("assumed", "")
    assert node["emissivity"]["source"] == "default of orbitviz"
    assert (node["array_w_per_m2"]["kind"], node["array_w_per_m2"]["value"]) == ("computed", 1361.0 * 0.3 * 0.9)
    assert (shell["planes"]["kind"], shell["planes"]["source"]) == ("claimed", "[Y]")
    assert (shell["altitude_km"]["kind"], shell["altitude_km"]["source"]) == ("assumed", "stated without a source")
    assert load["utilization"]["value"] == 0.5
    assert told["links"]["hop_ms"]["unit"] == "ms"


def test_a_folder_of_segments_opens_as_one_recording(tmp_path: Path) -> None:
    api.record("three-body-12", tmp_path / "run.h5", duration_s=600.0, step_s=60.0, segment=4, workers=1)
    folder = tmp_path / "run.segments"
    document = api.open(folder)
    assert document.recording is not None and document.kind == "recording"
    assert len(document.recording.times_s) == 10 and document.recording.complete
    told = api.describe(document)
    assert told["frames"] == 10
    assert told["size_bytes"] == sum(path.stat().st_size for path in folder.glob("*.h5"))
    document.recording.close()
    by_index = api.open(folder / "index.json")
    assert by_index.path == folder
    assert api.export(by_index, tmp_path / "out.csv", nodes="0", metrics=["sunlit"]) == 10


def test_a_segment_that_is_missing_is_told(tmp_path: Path) -> None:
    api.record("three-body-12", tmp_path / "run.h5", duration_s=600.0, step_s=60.0, segment=4, workers=1)
    (tmp_path / "run.segments" / "001.h5").unlink()
    told = api.describe(api.open(tmp_path / "run.segments"))
    assert told["notes"] == ["segment 001.h5 is left out: it is missing"]
    assert told["frames"] == 6 and not told["complete"]
