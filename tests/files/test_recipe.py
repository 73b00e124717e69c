from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitviz.core.errors import RecipeError
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import ElementSet, Links, Scenario, Shell
from orbitviz.core.workload import GroundSite, Workload
from orbitviz.files.recipe import parse_recipe, read_recipe, recipe_text

GOOD = """
[scenario]
name = "test"
title = "A test"
epoch = 2026-03-20T06:00:00Z
duration = "24h"
sources = ["a", "b"]

[[node_type]]
name = "ai1"
mass_kg = 2500
sink_k = 200.0
assumed = ["mass_kg"]

[[shell]]
name = "low"
node_type = "ai1"
altitude_km = 550
inclination_deg = "sun-synchronous"
pattern = "ltan"
planes = 2
nodes_per_plane = 10
ltan_h = [6, 18.5]

[[shell]]
name = "high"
node_type = "ai1"
altitude_km = 1000
inclination_deg = 53.2

[[workload]]
name = "steady"
utilization = 0.8

[links]
topology = "ring"
"""


def test_a_recipe_becomes_a_scenario() -> None:
    scenario = parse_recipe(GOOD)
    assert scenario.name == "test"
    assert scenario.epoch.iso() == "2026-03-20T06:00:00Z"
    assert scenario.duration_s == 86400.0
    assert scenario.node_types[0].mass_kg == 2500.0
    assert isinstance(scenario.node_types[0].mass_kg, float)
    assert scenario.shells[0].inclination_deg == "sun-synchronous"
    assert scenario.shells[0].ltan_h == (6.0, 18.5)
    assert scenario.workloads[0].utilization == 0.8
    assert scenario.links.topology == "ring"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("altitude_km = 550", "altitude = 550", ["[[shell]] 'low'", "got 'altitude'", "line 18", "altitude_km"]),
        ("planes = 2", "plains = 2", ["'plains'", "did you mean the key 'planes'"]),
        ("mass_kg = 2500", "planes = 2500", ["[[node_type]] 'ai1'", "'planes' belongs in [[shell]]"]),
        ('title = "A test"', 'titel = "A test"', ["[scenario]", "'titel'", "'title'"]),
        ("[[workload]]", "[[workloads]]", ["'workloads'", "did you mean the table 'workload'"]),
        ("[links]", "[[links]]", ["[links] must be one table", "not [[links]]"]),
        ("[[workload]]", "[workload]", ["[[workload]] must be a list", "write [[workload]]"]),
        ("planes = 2", 'planes = "two"', ["planes: must be a whole number", "got the text 'two'", "line 21"]),
        ("planes = 2", "planes = 2.5", ["planes: must be a whole number", "got the number 2.5"]),
        ("mass_kg = 2500", "mass_kg = true", ["mass_kg: must be a number", "got true"]),
        ("ltan_h = [6, 18.5]", "ltan_h = [6, 'x']", ["ltan_h[1]: must be a number", "got the text 'x'"]),
        ('sources = ["a", "b"]', 'sources = "a"', ["sources: must be a list of texts"]),
        ('name = "high"', 'name = "low"', ["[[shell]] 'low'", "there twice"]),
        ('name = "high"\n', "", ["[[shell]] number 2, name: must be there"]),
        ('name = "test"\n', "", ["[scenario], name: must be there"]),
        ("planes = 2", "planes = 2\nplanes = 3", ["valid TOML", "line 22"]),
        ("[links]", "[links", ["valid TOML"]),
        ("altitude_km = 550", "altitude_km = -20", ["shell 'low', altitude_km", "above 100", "got -20"]),
        ("planes = 2", "planes = 0", ["planes: must be above zero", "got 0"]),
        (
            "altitude_km = 1000",
            "altitude_km = 1000\neccentricity = 1.5",
            ["eccentricity: must be at least 0 and below 1"],
        ),
        ("mass_kg = 2500", "mass_kg = nan", ["mass_kg: must be a finite number"]),
        ('duration = "24h"', 'duration = "soon"', ["duration must look like", "got 'soon'"]),
        ("epoch = 2026-03-20T06:00:00Z", 'epoch = "yesterday"', ["time must look like", "got 'yesterday'"]),
        ("utilization = 0.8", "seed = 3", ["[[workload]] 'steady'", "got 'seed'"]),
        ('title = "A test"', "seed = 1.5", ["[scenario], seed: must be a whole number", "1.5"]),
        ("utilization = 0.8", 'shells = "low"', ["shells: must be a list of texts"]),
        (
            "utilization = 0.8",
            "gang_size = 64",
            ["workload 'steady', gang_size", "kind constant", "training", "line 33"],
        ),
        ('node_type = "ai1"\naltitude_km = 1000', 'node_type = "ai2"', ["must name a [[node_type]]", "got 'ai2'"]),
    ],
)
def test_each_mistake_is_a_sentence(old: str, new: str, said: list[str]) -> None:
    assert old in GOOD
    with pytest.raises(RecipeError) as caught:
        parse_recipe(GOOD.replace(old, new, 1), "my.toml")
    text = str(caught.value)
    assert [part for part in said if part not in text] == [], text
    assert caught.value.path == Path("my.toml")
    assert "\n" not in text
    assert caught.value.hint


def test_dates_without_an_offset_are_utc() -> None:
    assert parse_recipe(GOOD.replace("06:00:00Z", "06:00:00")).epoch_utc == "2026-03-20T06:00:00Z"
    assert parse_recipe(GOOD.replace("06:00:00Z", "06:00:00+02:00")).epoch_utc == "2026-03-20T04:00:00Z"
    assert parse_recipe(GOOD.replace("T06:00:00Z", "")).epoch.iso() == "2026-03-20T00:00:00Z"


def test_windows_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_recipe(path) == parse_recipe(GOOD)


@pytest.mark.parametrize(
    ("data", "said"), [(b"\xff\xfe[scenario]", "UTF-8"), (b"#" * ((1 << 20) + 1), "at most 1 MB"), (None, "readable")]
)
def test_unreadable_recipes_are_refused(tmp_path: Path, data: bytes | None, said: str) -> None:
    path = tmp_path / "a.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(RecipeError, match=said):
        read_recipe(path)


def test_a_recipe_nested_too_deep_is_refused() -> None:
    with pytest.raises(RecipeError, match="TOML"):
        parse_recipe("x = " + "[" * 20_000)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(words, words, st.integers(1, 50), st.floats(300.0, 3000.0), st.none() | st.floats(1.0, 300.0))
def test_a_written_recipe_reads_back(
    name: str, title: str, planes: int, altitude_km: float, sink_k: float | None
) -> None:
    scenario = Scenario(
        name,
        title=title,
        sources=(title, "x"),
        node_types=(NodeType("t", sink_k=sink_k, assumed=("bus_kw",)),),
        shells=(
            Shell("s", "t", altitude_km=altitude_km, planes=planes, origin=(f"planes: filed, {title}x",)),
            Shell(f"s{name}", "t", inclination_deg=97.5),
        ),
        elements=(ElementSet("e", "t", epoch="2026-03-20T00:00:00Z", eccentricity=0.01),),
        workloads=(
            Workload("w", "inference", demand_pflops=5.0, shells=("s",), noise=0.1, assumed=("noise",)),
            Workload("v", "training", demand_pflops=1.0, gang_size=64, checkpoint="5min", bit_per_flop=0.0),
        ),
        ground=(GroundSite(file="cities"), GroundSite("g", lat_deg=1.0)),
        links=replace(Links(), max_range_km=100.0, origin=("max_range_km: measured, [LASER]",)),
        seed=planes - 1,
    )
    assert parse_recipe(recipe_text(scenario)) == scenario
