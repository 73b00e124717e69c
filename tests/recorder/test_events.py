"""Events: each state told once when it begins and once when it is over, whoever is in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orbitviz.core.fleet import Fleet
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.recorder import totals
from orbitviz.recorder.events import QUIET_S, Watch
from orbitviz.recorder.shards import GangEvent
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.gangs import GangSet
from orbitviz.sim.seasons import Seasons

DAY_S = 86400.0


def fleet_of(epoch: str = "2026-03-20T00:00:00Z") -> Fleet:
    return build_fleet(
        Scenario(
            name="test",
            epoch_utc=epoch,
            node_types=(NodeType("ai1"),),
            shells=(
                Shell(
                    "low", "ai1", altitude_km=700.0, altitude_to_km=710.0, shells=2, inclination_deg=30.0, planes=2,
                    nodes_per_plane=4,
                ),
                Shell(
                    "dawn", "ai1", altitude_km=725.0, inclination_deg="sun-synchronous", pattern="ltan", planes=2,
                    nodes_per_plane=4, ltan_h=(6.0, 18.0),
                ),
            ),
        )
    )  # fmt: skip


def part_of(shells: int, **states: dict[int, tuple[int, int]]) -> np.ndarray:
    """Sums of a frame: state -> shell -> (nodes, first row)."""
    part = totals.empty_part(shells)
    for name, by_shell in states.items():
        for shell, (count, first) in by_shell.items():
            place = totals.WATCHED.index(name)
            status = {"hibernation": 2, "throttling": 3}.get(name)
            part[shell, totals.EMPTY if status is None else totals.STATUS_AT + status] = count
            part[shell, totals.FIRST + place] = first
    return part


def test_a_state_is_told_when_the_first_node_enters_and_when_the_last_has_left_for_a_while() -> None:
    watch = Watch(fleet_of(), ())
    kinds: list[tuple[float, str, int]] = []
    for minute in range(60):
        states = {0: (2, 3), 1: (1, 9)} if 5 <= minute < 20 and minute != 12 else {}
        told = watch.frame(minute * 60.0, part_of(3, battery_empty=states), 0.0, 0.0)
        kinds += [(event.t_s, event.kind, event.node) for event in told]
        if minute == 5:
            assert told[0].text == "3 of 16 nodes of 'low' have an empty battery"
    assert kinds == [(300.0, "battery_empty_begins", 3), (19 * 60.0 + QUIET_S, "battery_empty_ends", -1)]


def test_groups_and_states_are_told_apart() -> None:
    watch = Watch(fleet_of(), ())
    told = watch.frame(0.0, part_of(3, hibernation={2: (4, 16)}, throttling={0: (1, 1)}), 0.0, 0.0)
    assert {(event.kind, event.node) for event in told} == {("hibernation_begins", 16), ("throttling_begins", 1)}


def test_demand_is_told_at_one_percent_and_over_at_half_a_percent() -> None:
    watch = Watch(fleet_of(), ())
    shares = [0.0, 0.02, 0.008, 0.02, 0.004, 0.004, 0.0]
    told = [watch.frame(60.0 * n, part_of(3), 100.0, 100.0 * share) for n, share in enumerate(shares)]
    assert [[event.kind for event in events] for events in told] == [
        [], ["demand_unserved_begins"], [], [], ["demand_unserved_ends"], [], [],
    ]  # fmt: skip


def test_gangs_are_told_together_by_workload() -> None:
    gangs = (GangSet("a", np.array([0, 4]), 4, 600.0, 120.0, 1e-7), GangSet("b", np.array([8]), 4, 600.0, 120.0, 1e-7))
    watch = Watch(fleet_of(), gangs)
    events = [GangEvent(3, 0, 4, True), GangEvent(3, 0, 0, True), GangEvent(3, 1, 8, False)]
    told = watch.gangs(180.0, events)
    assert [(event.kind, event.node) for event in told] == [("gang_stalled", 0), ("gang_resumed", 8)]
    assert "2 gangs of 4 nodes of 'a' stalled" in told[0].text and "1 gang of 4 nodes of 'b'" in told[1].text


@pytest.mark.parametrize(("ltan", "begins", "ends"), [(1, 130, 213), (0, 316, 394)])
def test_dawn_dusk_planes_have_their_published_season(ltan: int, begins: int, ends: int) -> None:
    """At 725 km: LTAN 18 from 10 May to 1 August, LTAN 6 for 80 days round the December solstice (facts.md section 3).

    Days are counted from 1 January 2026; ours begin and end within two days of these.
    """
    fleet = fleet_of("2026-03-20T00:00:00Z")
    seasons = Seasons(fleet)
    watch = Watch(fleet, ())
    first_day = 78  # 20 March
    told = []
    for day in range(330):
        told += watch.frame(day * DAY_S, part_of(3), 0.0, 0.0)
    row = int(seasons.rows[(seasons.shell == 2) & (seasons.plane == ltan)][0])
    mine = [(event.kind, first_day + event.t_s / DAY_S) for event in told if event.node == row]
    assert [kind for kind, _ in mine] == ["eclipse_season_begins", "eclipse_season_ends"]
    assert mine[0][1] == pytest.approx(begins, abs=2.0) and mine[1][1] == pytest.approx(ends, abs=2.0)


def test_planes_at_thirty_degrees_are_always_in_season() -> None:
    seasons = Seasons(fleet_of())
    always = seasons.is_season(np.arange(0.0, 365.0, 5.0) * DAY_S)[:, seasons.shell < 2]
    assert always.all() and always.shape[1] == 4


def test_a_fleet_without_shells_can_be_watched() -> None:
    fleet = replace(fleet_of(), shells=())
    assert Watch(fleet, ()).frame(0.0, part_of(3), 0.0, 0.0) == []
