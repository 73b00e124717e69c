"""Every preset: parses, is as large as it says, marks what is assumed, names its sources, and flies as filed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from orbitviz import api
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import NO_FIGURES
from orbitviz.core.scenario import Scenario
from orbitviz.files.scenario_file import read_recipe
from orbitviz.sim.constellation import build_fleet

NODES = {
    "starmind-1m": 1_000_000,
    "starmind-1m-large-array": 1_000_000,
    "starmind-1m-pause": 1_000_000,
    "starmind-1m-steady": 1_000_000,
    "starmind-dawn-dusk": 500_000,
    "starcloud-88k": 88_000,
    "sunrise-51k": 51_600,
    "starlink-gen1": 4_408,
    "suncatcher-81": 81,
    "three-body-12": 12,
}
SMALL = [name for name, nodes in NODES.items() if nodes <= 100_000]


def recipe(name: str) -> Scenario:
    return read_recipe(scenarios_folder() / f"{name}.toml")


def test_the_gallery_lists_the_folder_largest_first() -> None:
    assert [(preset.name, preset.nodes) for preset in api.presets()] == list(NODES.items())


@pytest.mark.parametrize("name", NODES)
def test_preset_explains_itself(name: str) -> None:
    scenario = recipe(name)
    scenario.validate()
    assert scenario.name == name
    assert scenario.nodes == NODES[name]
    assert scenario.title
    assert 60 <= len(scenario.description) <= 500
    assert scenario.description.endswith(".")
    assert scenario.sources
    assert all(source.startswith("[") and "] " in source for source in scenario.sources)
    kinds = [workload.kind for workload in scenario.workloads]
    assert kinds == (["inference", "inference", "training", "batch"] if name == "starmind-1m" else ["constant"])


@pytest.mark.parametrize("name", NODES)
def test_preset_states_every_figure_and_marks_the_assumed(name: str) -> None:
    """A figure left to a default would look published; the recipe must say each and where it comes from."""
    figures = {item.name for item in fields(NodeType)} - {"name", "assumed", "origin"}
    figures -= {"sink_k", "cell_efficiency", "restart_k"}  # said only where they hold
    text = (scenarios_folder() / f"{name}.toml").read_text(encoding="utf-8")
    for kind in recipe(name).node_types:
        assert kind.assumed
        assert figures <= {line.split("=")[0].strip() for line in text.splitlines() if "=" in line}
        # No public source gives these for any of the programmes.
        assert {"battery_kwh", "bus_kw", "initial_soc", "heat_capacity_j_per_k", "shutdown_k"} <= set(kind.assumed)
        farthest_sun = 1.0 / 1.0167**2
        array_kw = kind.array_area_m2 * kind.array_w_per_m2 * farthest_sun / 1000.0
        assert array_kw >= kind.compute_average_kw + kind.bus_kw, "in full sun the array must carry the average load"


def stated_parts(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind of table, its keys) of every node type, shell and workload of a recipe, and of its links, as written."""
    text = tomllib.loads((scenarios_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    for table in ("node_type", "shell", "workload"):
        yield from ((table, part) for part in text[table])
    yield "links", text["links"]


@pytest.mark.parametrize("name", NODES)
def test_preset_says_of_every_stated_field_where_it_comes_from(name: str) -> None:
    for table, part in stated_parts(name):
        said = set(part.get("assumed", ())) | {entry.partition(":")[0] for entry in part.get("origin", ())}
        stated = set(part) - set(NO_FIGURES)
        assert said == stated, (
            f"{table} {part.get('name', '')}: stated without a word of where from, or said of nothing"
        )


@pytest.mark.parametrize("name", NODES)
def test_preset_sources_are_named_and_used(name: str) -> None:
    """Whatever is not assumed or worked out names a source of the recipe, and no source is there for show."""
    tags = {source.partition("]")[0] + "]" for source in recipe(name).sources}
    used: set[str] = set()
    for table, part in stated_parts(name):
        for entry in part.get("origin", ()):
            named = set(re.findall(r"\[[^]]+\]", entry))
            kind = entry.partition(":")[2].partition(",")[0].strip()
            assert named <= tags, f"{table}, '{entry}': must name sources of the recipe, {', '.join(sorted(tags))}"
            assert named or kind in ("computed", "assumed"), f"{table}, '{entry}': must name its source"
            used |= named
    assert used == tags


@pytest.mark.parametrize("name", SMALL)
def test_preset_builds(name: str) -> None:
    fleet = build_fleet(recipe(name))
    assert len(fleet) == NODES[name]
    assert len(np.unique(fleet.node_id)) == len(fleet)
    assert np.isfinite(fleet.elements.mean_motion_rad_min).all()


def test_starmind_is_the_filed_table() -> None:
    groups = {shell.name: shell for shell in recipe("starmind-1m").shells}
    filed = [(550, 568, 10, 30), (565, 585, 10, 2), (686, 718, 25, 30), (707, 744, 22, 2), (946, 978, 25, 30)]
    filed.append((967, 1002, 22, 2))
    assert [(s.altitude_km, s.altitude_to_km, s.shells, s.planes) for s in groups.values()] == filed
    most = [99_900, 99_980, 249_750, 244_860, 249_750, 253_880]
    scale = 1_000_000 / sum(most)
    np.testing.assert_allclose([s.nodes for s in groups.values()], np.array(most) * scale, rtol=2e-3)


def test_dawn_dusk_half_is_scaled_from_the_same_table() -> None:
    most = np.array([99_980, 244_860, 253_880])
    nodes = np.array([shell.nodes for shell in recipe("starmind-dawn-dusk").shells])
    assert nodes.sum() == 500_000
    np.testing.assert_allclose(nodes, most * 500_000 / most.sum(), rtol=1e-3)


def test_published_figures_of_ai1_are_kept() -> None:
    (ai1,) = recipe("starmind-1m").node_types
    published = {
        "compute_average_kw": 120.0,
        "compute_peak_kw": 150.0,
        "array_w_per_m2": 250.0,
        "radiator_area_m2": 110.0,
    }
    for name, value in published.items():
        assert getattr(ai1, name) == value
        assert name not in ai1.assumed
    dawn_dusk = recipe("starmind-dawn-dusk").node_types
    assert dawn_dusk == (ai1,)
    assert recipe("starmind-1m-steady").node_types == (ai1,)
    assert ai1.link_count * ai1.link_gbps == 1000.0, "1 Tbit/s is claimed for a satellite, not for a link"


@pytest.mark.parametrize(
    ("variant", "changed"), [("pause", {"eclipse_policy"}), ("large-array", {"array_area_m2", "origin"})]
)
def test_a_variant_changes_what_it_says_and_nothing_else(variant: str, changed: set[str]) -> None:
    base, other = recipe("starmind-1m"), recipe(f"starmind-1m-{variant}")
    (ai1,), (node,) = base.node_types, other.node_types
    assert {item.name for item in fields(NodeType) if getattr(ai1, item.name) != getattr(node, item.name)} == changed
    assert other.shells == base.shells
