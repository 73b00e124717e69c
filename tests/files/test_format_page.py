"""docs/format.md: its example runs and opens, its tables are the schema's, files of every version still open."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from orbitviz import api
from orbitviz.core.errors import FileRefusedError
from orbitviz.files import schema
from orbitviz.files.check import check
from orbitviz.files.check_frames import MOST_ERROR
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recover import recover
from orbitviz.files.scenario_file import read_scenario

PAGE = Path(__file__).parents[2] / "docs" / "format.md"
GOLDEN = Path(__file__).parent / "golden"
VERSIONS = sorted(
    path.name.removeprefix("recording-").removesuffix(".json") for path in GOLDEN.glob("recording-*.json")
)


def rows() -> dict[str, list[str]]:
    """Rows of the page's tables of datasets: path -> dtype, accepted, shape, units."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[0].startswith("`/") and "<" not in cells[0]:
            found[cells[0].strip("`")] = cells[1:5]
    return found


def test_the_tables_are_those_of_the_schema() -> None:
    told = rows()
    assert set(told) == set(schema.COLUMNS)
    for path, (dtype, accepted, shape, unit) in told.items():
        column = schema.COLUMNS[path]
        sides = "(" + ", ".join(column.shape) + ("," if len(column.shape) == 1 else "") + ")"
        assert (dtype, accepted, shape, unit) == (
            column.dtype,
            column.kinds,
            sides.replace("(1,)", "(1,)"),
            column.unit,
        )


def test_the_numbers_on_the_page_are_those_of_the_program() -> None:
    text = " ".join(PAGE.read_text("utf-8").split())
    assert f"version {schema.FORMAT_VERSION}" in text and f"| {schema.FORMAT_VERSION} |" in text
    assert f"{MOST_ERROR:.2%}".replace("%", " %") in text and f"{schema.MAX_TEMPERATURE_ERROR_K} K" in text
    assert f"{schema.MAX_FILE_NODES:,} nodes" in text and f"{schema.MAX_FRAMES:,} frames" in text
    for name in schema.RECORDED:
        assert f"`{name}`" in text
    for number, word in schema.STATUS.items():
        assert f"{number} {word}" in text


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page's example wrote, run as it stands."""
    folder = tmp_path_factory.mktemp("page")
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    (folder / "writer.py").write_text(code.group(1), encoding="utf-8")
    done = subprocess.run([sys.executable, "writer.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "foreign.h5"


def test_the_example_opens_and_nothing_is_wrong_with_it(written: Path, tmp_path: Path) -> None:
    report = check(written)
    assert (report.wrong, report.notes, report.summed) == ([], [], True)
    document = api.open(written)
    assert document.title == "Foreign two dozen" and len(document.fleet) == 24
    recording = document.recording
    assert recording is not None and recording.complete and recording.times_s.tolist() == list(np.arange(30) * 60.0)
    info = recording.metrics["queue_s"]
    assert (info.unit, info.low, info.high, info.mean, info.dtype) == ("s", 0.0, 100.0, True, "uint8")
    out = np.empty(24, np.uint8)
    recording.read("queue_s", 7, out)
    wanted = 40.0 + 30.0 * np.sin(420.0 / 600.0 + np.arange(24) % 8)
    assert np.abs(info.values(out) - wanted).max() <= 0.2 + 1e-5
    assert recording.totals["queue_s_mean"][7] == pytest.approx(wanted.mean(), abs=0.01)
    assert recording.total_infos["queue_s_mean"].unit == "s"
    assert document.fleet.node_id.tolist() == list(range(7000, 7024))
    recording.close()
    assert recover(written, tmp_path / "again.h5").sentences == []
    assert check(tmp_path / "again.h5").wrong == []


# -- Files of every version ------------------------------------------------------------------------------------------


def golden(name: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    path = folder / f"{name}.h5"
    path.write_bytes(gzip.decompress((GOLDEN / f"{name}.h5.gz").read_bytes()))
    return path, json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


def test_there_is_a_golden_file_of_every_version() -> None:
    listed = re.findall(r"^\| (\d+\.\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert listed == VERSIONS and VERSIONS[-1] == schema.FORMAT_VERSION


@pytest.mark.parametrize("version", VERSIONS)
def test_recordings_of_every_version_open(version: str, tmp_path: Path) -> None:
    path, told = golden(f"recording-{version}", tmp_path)
    with open_recording(path) as reader:
        assert reader.complete and reader.notes == [] and reader.title == "Golden six"
        assert reader.scenario is not None and reader.scenario.seed == 7
        assert reader.times_s.tolist() == told["t_s"] == [0.0, 60.0, 120.0, 180.0]
        assert reader.fleet.elements.raan_rad.tolist() == told["raan_rad"]
        assert [kind.name for kind in reader.fleet.node_types] == told["node_type"] == ["ai"]
        assert set(reader.metrics) == set(told["frames"])
        for name, words in told["frames"].items():
            info = reader.metrics[name]
            assert (info.unit, info.scale, info.offset) == (
                words["units"], words["scale_factor"], words["add_offset"],
            )  # fmt: skip
            out = np.empty(6, info.dtype)
            for frame in range(4):
                reader.read(name, frame, out)
                assert out.tolist() == words["stored"][frame]
        for name, values in told["totals"].items():
            np.testing.assert_array_equal(reader.totals[name], np.array(values))
        for name, value in told["surface"].items():
            assert sum(float(reader.read_surface(name, k).sum()) for k in range(4)) == pytest.approx(
                value, rel=1e-6, abs=1e-9
            )
        assert [event.kind for event in reader.events] == told["events"] != []
        assert [job.name for job in reader.jobs] == told["jobs"] == ["training/1"]
    assert check(path).wrong == []


@pytest.mark.parametrize("version", VERSIONS)
def test_scenarios_of_every_version_open(version: str, tmp_path: Path) -> None:
    path, told = golden(f"scenario-{version}", tmp_path)
    scenario, fleet = read_scenario(path)
    assert scenario is not None and scenario.title == "Golden six" and len(scenario.workloads) == 3
    assert fleet.elements.raan_rad.tolist() == told["raan_rad"]
    assert check(path).wrong == []


def test_a_newer_minor_version_opens_and_a_newer_major_does_not(tmp_path: Path) -> None:
    path, told = golden(f"recording-{VERSIONS[-1]}", tmp_path)
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = "1.99"
        file["frames/sunlit"].attrs["something_new"] = 1
        file["new/thing"] = np.arange(3)
    with open_recording(path) as reader:
        assert reader.times_s.tolist() == told["t_s"]
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = "2.0"
    with pytest.raises(FileRefusedError, match=r"or older, it is of 2\.0") as caught:
        open_recording(path)
    assert caught.value.hint == "update orbitviz"
    assert any("or older, it is of 2.0" in sentence for sentence in check(path).wrong)
