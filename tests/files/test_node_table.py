"""The table of node types in a file: every field comes back, and what an older file does not tell is assumed."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import h5py

from orbitviz.core.node_type import NodeType
from orbitviz.files.scenario_file import read_scenario, write_scenario


def test_every_field_of_a_node_type_survives_the_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    told = NodeType(
        "told", cell_efficiency=0.31, restart_k=340.0, radiator_attitude="nadir", radiator_sides=1, age_years=2.5,
        assumed=("mass_kg", "bus_kw"), origin=("battery_kwh: measured, [A], table 3; p. 4", "link_gbps: claimed, [B]"),
    )  # fmt: skip
    figures = tuple(item.name for item in fields(NodeType) if item.name not in ("name", "origin", "assumed"))
    unknown = NodeType("unknown", assumed=figures)
    fleet = replace(fleet, node_types=(told, unknown, *fleet.node_types[2:]))
    write_scenario(tmp_path / "a.h5", None, fleet)
    assert read_scenario(tmp_path / "a.h5")[1].node_types == fleet.node_types


def test_a_file_from_before_a_field_is_read_with_its_default_as_assumed(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    write_scenario(tmp_path / "a.h5", None, fleet)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        for name in ("cell_efficiency", "restart_k", "chip_k_per_kw", "radiator_attitude", "origin"):
            del file["node_types"][name]
    for old, new in zip(fleet.node_types, read_scenario(tmp_path / "a.h5")[1].node_types, strict=True):
        assert new == replace(old, assumed=new.assumed)
        assert set(new.assumed) - set(old.assumed) == {"chip_k_per_kw", "radiator_attitude"}
