"""What is said aloud of a catalogue: its node values are nobody's but ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orbitviz import api, cli
from orbitviz.api.telling import assumed_node
from orbitviz.core.node_type import NodeType

TLE = """ISS (ZARYA)
1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927
2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "one.tle"
    path.write_text(TLE)
    return path


def test_record_and_info_say_that_node_values_are_assumed(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = catalogue.with_name("run.h5")
    assert cli.main(["record", str(catalogue), "-o", str(out), "--duration", "2min", "--workers", "1"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: ")]
    assert len(notes) == 1 and "default node, all of it assumed" in notes[0] and "200 kWh battery" in notes[0]
    for path in (catalogue, out):
        assert cli.main(["info", str(path)]) == 0
        told = capsys.readouterr().out
        assert told.count("assumed") == 2 and "default node" in told, "one sentence, no list of fields"
        assert "battery_fade_per_cycle" not in told


def test_a_scenario_says_nothing_of_the_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert assumed_node(api.open("three-body-12")) == ""
    run = ["record", "three-body-12", "-o", str(tmp_path / "run.h5"), "--duration", "2min", "--workers", "1"]
    assert cli.main(run) == 0
    assert "note:" not in capsys.readouterr().err
    assert cli.main(["info", "three-body-12"]) == 0
    assert "assumed  of 'three-body'" in capsys.readouterr().out


def test_a_node_of_which_something_is_known_is_told_field_by_field(catalogue: Path) -> None:
    document = api.open(catalogue)
    known = NodeType("seen", mass_kg=420_000.0, origin=("mass_kg: measured, [NASA]",))
    assert assumed_node(document)
    assert assumed_node(replace(document, fleet=replace(document.fleet, node_types=(known,)))) == ""
