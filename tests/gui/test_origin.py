from __future__ import annotations

from dataclasses import replace

import pytest
from ring_documents import document
from window_desk import Desk

from orbitviz.core.document import Document
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Shell
from orbitviz.core.workload import Workload
from orbitviz.gui.origin import MOST_NAMES, assumed_inputs, assumed_tip

pytestmark = pytest.mark.gui


def with_parts(kinds: tuple[NodeType, ...], shells: tuple[Shell, ...], loads: tuple[Workload, ...]) -> Document:
    ring = document(recorded=False)
    assert ring.scenario is not None
    scenario = replace(ring.scenario, node_types=kinds, shells=shells, workloads=loads)
    return replace(ring, scenario=scenario, fleet=replace(ring.fleet, node_types=kinds))


def figures(kind: NodeType) -> tuple[str, ...]:
    return tuple(name for name in kind.__dataclass_fields__ if name not in ("name", "assumed", "origin"))


def sourced(name: str, *assumed: str) -> NodeType:
    """A node type that says of every value but the assumed ones where it comes from."""
    said = tuple(f"{key}: filed, [A]" for key in figures(NodeType(name)) if key not in assumed)
    return NodeType(name, assumed=assumed, origin=said)


def test_assumed_inputs_of_what_is_used_are_counted_by_what_they_belong_to() -> None:
    kinds = (sourced("rack", "battery_kwh", "emissivity"), sourced("spare", "mass_kg"))
    shells = (Shell("Ring", "rack", assumed=("phasing",)), Shell("Arc", "rack", origin=("eccentricity: assumed, us",)))
    loads = (Workload("chat", "inference", demand_pflops=6e7, assumed=("demand_pflops",)), Workload("half"))
    inputs = assumed_inputs(with_parts(kinds, shells, loads))
    assert [(part.what, part.name, part.lines) for part in inputs] == [
        ("node type", "rack", ("battery 200 kWh", "emissivity 0.9")),
        ("shell", "Ring", ("phasing 0",)),
        ("shell", "Arc", ("eccentricity 0",)),
        ("workload", "chat", ("demand 60.0 ZFLOP/s",)),
    ], "no node is a 'spare'"


def test_things_that_assume_the_same_share_a_paragraph() -> None:
    shells = tuple(Shell(f"S{k}", "rack", assumed=("phasing",)) for k in range(3))
    tip = assumed_tip(assumed_inputs(with_parts((sourced("rack"),), shells, ())))
    assert tip == "Inputs without a public source\nshells S0 and S1 and S2: phasing 0"
    many = tuple(Shell(f"S{k}", "rack", assumed=("phasing",)) for k in range(MOST_NAMES + 1))
    assert f"{MOST_NAMES + 1} shells: phasing 0" in assumed_tip(assumed_inputs(with_parts((sourced("r"),), many, ())))


def test_the_status_bar_counts_them(desk: Desk) -> None:
    part = desk.window.status.parts["assumed"]
    desk.open(with_parts((sourced("rack", "mass_kg"),), (Shell("Ring", "rack"),), ()))
    assert part.text() == "◦ assumed: 1 input" and "node type rack: mass 3,000 kg" in part.toolTip()
    desk.open(with_parts((sourced("rack"),), (Shell("Ring", "rack"),), ()))
    assert not part.isVisible() and part.toolTip() == ""


def test_a_catalogue_assumes_nothing_that_is_shown() -> None:
    assert assumed_inputs(replace(document(recorded=False), scenario=None)) == []


def test_what_is_recorded_of_a_catalogue_rests_on_an_assumed_node() -> None:
    known, guessed = NodeType("known"), NodeType("guessed", assumed=("mass_kg",))
    recorded = replace(document(), scenario=None)
    assert assumed_inputs(replace(recorded, fleet=replace(recorded.fleet, node_types=(known,)))) == []
    inputs = assumed_inputs(replace(recorded, fleet=replace(recorded.fleet, node_types=(guessed,))))
    assert [part.lines for part in inputs] == [("mass 3,000 kg",)], "what others recorded is not called ours"
