"""Scenario files: what is written is what is read, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.fleet import ELEMENT_NAMES, Fleet, MeanElements
from orbitviz.core.node_type import NodeType
from orbitviz.files import kind_of
from orbitviz.files.scenario_file import read_scenario, write_scenario

ONE_NANOSECOND = 1e-9 * 1e3
"""A split Julian date holds 2e-11 s near its fraction; 11 days of epoch difference cost a little more."""


def assert_same_fleet(got: Fleet, wanted: Fleet) -> None:
    for item in fields(Fleet):
        one, other = getattr(got, item.name), getattr(wanted, item.name)
        if item.name in ("elements", "recipe", "refused"):
            continue
        if isinstance(other, np.ndarray):
            assert one.dtype == other.dtype, item.name
            assert np.array_equal(one, other), item.name
        else:
            assert one == other, item.name
    for name in ELEMENT_NAMES:
        assert np.array_equal(getattr(got.elements, name), getattr(wanted.elements, name)), name
    assert np.abs(got.elements.epoch_s - wanted.elements.epoch_s).max() < ONE_NANOSECOND


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 40), st.integers(0, 99))
def test_a_fleet_survives_the_file(
    kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory, n: int, seed: int
) -> None:
    path = tmp_path_factory.mktemp("s") / "a.h5"
    fleet, scenario = kit.fleet(n, seed), kit.scenario()
    write_scenario(path, scenario, fleet)
    got_scenario, got = read_scenario(path)
    assert got_scenario == scenario
    assert_same_fleet(got, fleet)


def test_an_epoch_of_a_catalogue_survives_to_the_last_bit(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    fleet = replace(fleet, epoch=fleet.epoch.plus(0.123456789))
    write_scenario(tmp_path / "a.h5", None, fleet)
    scenario, got = read_scenario(tmp_path / "a.h5")
    assert scenario is None
    assert got.epoch == fleet.epoch


def test_the_recipe_as_written_is_kept(kit: SimpleNamespace, tmp_path: Path) -> None:
    text = (
        '# mine\n[scenario]\nname = "x" # why\n[[node_type]]\nname = "t"\n[[shell]]\nname = "s"\nnode_type = "t"\n'
        "[links]\nmax_range_km = 7.5"
    )
    write_scenario(tmp_path / "a.h5", None, replace(kit.fleet(), recipe=text))
    scenario, fleet = read_scenario(tmp_path / "a.h5")
    assert fleet.recipe == text
    assert scenario is not None
    assert scenario.links.max_range_km == 7.5


def test_every_dataset_says_its_unit_and_name(kit: SimpleNamespace, tmp_path: Path) -> None:
    write_scenario(tmp_path / "a.h5", kit.scenario(), kit.fleet())
    seen = []

    def check(name: str, thing: h5py.HLObject) -> None:
        if isinstance(thing, h5py.Dataset):
            seen.append(name)
            assert thing.attrs["units"].strip(), name
            assert thing.attrs["long_name"].strip(), name

    with h5py.File(tmp_path / "a.h5") as file:
        file.visititems(check)
        assert file["fleet/elements/raan_rad"].attrs["frame"] == b"teme"
    assert len(seen) > 40


def test_a_large_fleet_is_chunked_and_reads_the_same(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet(70_000)
    write_scenario(tmp_path / "a.h5", None, fleet)
    assert_same_fleet(read_scenario(tmp_path / "a.h5")[1], fleet)
    with h5py.File(tmp_path / "a.h5") as file:
        assert np.array_equal(file["fleet/elements/raan_rad"][()], fleet.elements.raan_rad)


def test_an_old_file_stays_when_the_new_one_cannot_be_written(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_scenario(path, None, kit.fleet())
    before = path.read_bytes()
    broken = replace(kit.fleet(), name=np.array(["not bytes"] * 12, dtype=object))
    with pytest.raises((TypeError, OrbitvizError)):
        write_scenario(path, None, broken)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_folder_no_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(OrbitvizError, match=r"folder of a\.h5 must exist"):
        write_scenario(tmp_path / "none" / "a.h5", None, kit.fleet())
    with pytest.raises(OrbitvizError, match="it is a folder"):
        write_scenario(tmp_path, None, kit.fleet())


BAD_ROWS = {
    "eccentricity": (1.5, "at least 0 and below 1, got 1.5 in row 3"),
    "mean_motion_rad_min": (0.0, "above zero, got 0.0 in row 3"),
    "inclination_rad": (4.0, "from 0 to pi, got 4.0 in row 3"),
    "raan_rad": (np.nan, "a finite number, got nan in row 3"),
    "mean_anomaly_rad": (np.inf, "a finite number, got inf in row 3"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_impossible_elements_are_refused(kit: SimpleNamespace, tmp_path: Path, name: str) -> None:
    value, said = BAD_ROWS[name]
    fleet = kit.fleet()
    columns = {item: getattr(fleet.elements, item).copy() for item in (*ELEMENT_NAMES, "epoch_s")}
    columns[name][3] = value
    write_scenario(tmp_path / "a.h5", None, replace(fleet, elements=MeanElements(**columns)))
    with pytest.raises(FileRefusedError) as caught:
        read_scenario(tmp_path / "a.h5")
    assert f"'/fleet/elements/{name}' must be {said}" in caught.value.message


def test_what_a_file_is(kit: SimpleNamespace, recording: Path, tmp_path: Path) -> None:
    write_scenario(tmp_path / "no_ending", None, kit.fleet())
    assert kind_of(tmp_path / "no_ending") == "scenario"
    assert kind_of(recording) == "recording"
    (tmp_path / "a.toml").write_text("nonsense")
    assert kind_of(tmp_path / "a.toml") == "recipe"
    (tmp_path / "recipe.txt").write_text('[scenario]\nname = "x"\n')
    assert kind_of(tmp_path / "recipe.txt") == "recipe"
    tle = (
        "1 25544U 98067A   26150.51748228  .00011776  00000+0  21767-3 0  9998\n"
        "2 25544  51.6337  27.5746 0007245 114.7080 245.4664 15.49496548569014\n"
    )
    (tmp_path / "cat.txt").write_text(tle)
    assert kind_of(tmp_path / "cat.txt") == "catalogue"
    (tmp_path / "x.bin").write_bytes(bytes(range(256)))
    with pytest.raises(FileRefusedError, match="its content is none of them"):
        kind_of(tmp_path / "x.bin")
    with pytest.raises(FileRefusedError, match="must be a readable file"):
        kind_of(tmp_path / "missing.h5")


def test_h5py_waits_until_a_file_is_opened() -> None:
    imports = "import sys, orbitviz, orbitviz.files, orbitviz.files.codec, orbitviz.files.schema"
    subprocess.run([sys.executable, "-c", f"{imports}; assert 'h5py' not in sys.modules"], check=True)


def test_lists_longer_than_a_cell_are_cut_between_their_entries(kit: SimpleNamespace, tmp_path: Path) -> None:
    """A cut entry would make the node type invalid, and the file unreadable."""
    names = [item.name for item in fields(NodeType) if item.name not in ("name", "assumed", "origin")]
    origin = tuple(f"{name}: claimed, {'ø' * 400}" for name in names)
    fleet = replace(kit.fleet(), node_types=(NodeType("ai1", origin=origin), NodeType("other")))
    write_scenario(tmp_path / "a.h5", None, fleet)
    got = read_scenario(tmp_path / "a.h5")[1].node_types[0].origin
    assert 0 < len(got) < len(origin)
    assert got == origin[: len(got)]
