"""What a recipe must not say: each refusal names where, the rule and the value."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from orbitviz.core.errors import OrbitvizError, RecipeError
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import (
    MAX_NODES,
    MAX_SEED,
    Catalogue,
    ElementSet,
    Links,
    Scenario,
    Shell,
    circular_period_s,
)
from orbitviz.core.workload import GroundSite, Workload

AI = NodeType("ai")
GOOD = Scenario("good", node_types=(AI,), shells=(Shell("low", "ai", planes=2, nodes_per_plane=3),))


def test_a_good_scenario_passes():
    GOOD.validate()
    assert GOOD.nodes == 6
    assert (GOOD.duration_s, GOOD.step_s) == (7200.0, 60.0)


REFUSED = [
    (Shell("low", "ai", 90.0), ["shell 'low'", "altitude_km", "above 100", "90.0"]),
    (Shell("low", "ai", math.nan), ["shell 'low'", "altitude_km", "finite", "nan"]),
    (Shell("low", "ai", 500.0, eccentricity=0.2), ["shell 'low'", "lowest point", "eccentricity 0.2"]),
    (Shell("low", "ai", inclination_deg=181.0), ["shell 'low'", "inclination_deg", "0 to 180", "181"]),
    (Shell("low", "ai", inclination_deg="polar"), ["shell 'low'", "inclination_deg", "sun-synchronous", "'polar'"]),
    (Shell("low", "ai", 6500.0, inclination_deg="sun-synchronous"), ["shell 'low'", "5,970 km", "6500"]),
    (Shell("low", "ai", pattern="flower"), ["shell 'low', pattern", "walker-delta", "'flower'"]),
    (Shell("low", "ai", planes=0), ["shell 'low'", "planes", "above zero", "0"]),
    (Shell("low", "ai", planes=3, phasing=3), ["shell 'low'", "phasing", "below planes (3)", "3"]),
    (Shell("low", "ai", pattern="ltan", planes=2, ltan_h=(6.0,)), ["shell 'low'", "ltan_h", "2 planes", "1"]),
    (Shell("low", "ai", pattern="ltan", planes=1, ltan_h=(24.0,)), ["shell 'low'", "ltan_h", "24.0"]),
    (NodeType("ai", emissivity=1.2), ["node_type 'ai'", "emissivity", "at most 1", "1.2"]),
    (NodeType("ai", radiator_sides=3), ["node_type 'ai'", "radiator_sides", "1 or 2", "3"]),
    (NodeType("ai", eclipse_policy="pray"), ["node_type 'ai'", "eclipse_policy", "hibernate", "'pray'"]),
    (NodeType("ai", throttle_start_k=370.0), ["node_type 'ai'", "throttle_start_k", "370.0"]),
    (NodeType("ai", compute_idle_kw=130.0), ["node_type 'ai'", "compute_idle_kw", "130.0"]),
    (NodeType("ai", min_soc=0.9, initial_soc=0.5), ["node_type 'ai'", "initial_soc", "0.5", "0.9"]),
    (NodeType("ai", assumed=("colour",)), ["node_type 'ai'", "assumed", "'colour'"]),
    (ElementSet("iss", "ai", mean_motion_rev_per_day=20.0), ["elements 'iss'", "above the ground", "20.0"]),
    (ElementSet("iss", "ai", eccentricity=1.0), ["elements 'iss'", "eccentricity", "below 1", "1.0"]),
    (Catalogue("../secret.tle", "ai"), ["file", "beside the recipe", "'../secret.tle'"]),
    (Workload("w", utilization=2.0), ["workload 'w'", "utilization", "1.25", "2.0"]),
    (Workload("w", "inference"), ["workload 'w', demand_pflops", "above zero PFLOP/s", "inference", "0.0"]),
    (Workload("w", "training"), ["workload 'w', demand_pflops", "above zero PFLOP/s", "training", "0.0"]),
    (Workload("w", "batch", demand_pflops=-1.0), ["workload 'w', demand_pflops", "zero or more", "-1.0"]),
    (Workload("w", "batch", demand_pflops=math.inf), ["workload 'w', demand_pflops", "finite", "inf"]),
    (Workload("w", "batch", gang_size=64), ["workload 'w', gang_size", "kind batch", "belongs to training", "64"]),
    (Workload("w", "constant", demand_pflops=5.0), ["demand_pflops", "inference and training and batch", "5.0"]),
    (Workload("w", "constant", shells=("low",)), ["workload 'w', shells", "kind constant", "['low']"]),
    (Workload("w", "training", demand_pflops=1.0, noise=0.1), ["noise", "belongs to inference", "0.1"]),
    (Workload("w", "batch", utilization=0.5), ["utilization", "belongs to constant", "0.5"]),
    (Workload("w", "training", demand_pflops=1.0, gang_size=1), ["gang_size", "from 2 to 32,768", "1"]),
    (Workload("w", "training", demand_pflops=1.0, gang_size=32_769), ["gang_size", "from 2 to 32,768", "32769"]),
    (Workload("w", "training", demand_pflops=1.0, checkpoint="soon"), ["workload 'w', checkpoint", "'soon'"]),
    (Workload("w", "training", demand_pflops=1.0, restart="0s"), ["workload 'w', restart", "above zero", "'0s'"]),
    (Workload("w", "inference", demand_pflops=1.0, max_rtt_ms=0.0), ["max_rtt_ms", "above zero ms", "0.0"]),
    (Workload("w", "inference", demand_pflops=1.0, peak_hour=24.0), ["peak_hour", "below 24 h", "24.0"]),
    (Workload("w", "inference", demand_pflops=1.0, night_level=1.5), ["night_level", "from 0 to 1", "1.5"]),
    (Workload("w", "inference", demand_pflops=1.0, noise=-0.1), ["noise", "from 0 to 1", "-0.1"]),
    (Workload("w", "inference", demand_pflops=1.0, min_elevation_deg=90.0), ["min_elevation_deg", "below 90", "90.0"]),
    (Workload("w", bit_per_flop=-1.0), ["bit_per_flop", "zero or more bit/FLOP", "-1.0"]),
    (Workload("w", assumed=("colour",)), ["workload 'w', assumed", "'colour'"]),
    (Workload("w", origin=("utilization: guessed, x",)), ["workload 'w', origin of utilization", "'guessed'"]),
    (Shell("low", "ai", origin=("altitude_km: filed",)), ["shell 'low', origin of altitude_km", "source"]),
    (Shell("low", "ai", assumed=("mass_kg",)), ["shell 'low', assumed", "'mass_kg'"]),
    (Links(assumed=("colour",)), ["links, assumed", "'colour'"]),
    (Workload("w", kind="mining"), ["workload 'w', kind", "training", "'mining'"]),
    (GroundSite("x", lat_deg=91.0), ["ground 'x'", "lat_deg", "-90 to 90", "91.0"]),
    (Links(polar_cutoff_deg=-1.0), ["links", "polar_cutoff_deg", "-1.0"]),
    (Links(topology="web"), ["links, topology", "plus-grid", "'web'"]),
]


@pytest.mark.parametrize(("part", "words"), REFUSED, ids=[" ".join(words[:2]) for _, words in REFUSED])
def test_a_refusal_names_the_field_the_rule_and_the_value(part, words):
    with pytest.raises(RecipeError) as refusal:
        part.validate()
    for word in words:
        assert word in refusal.value.message
    assert refusal.value.hint


def test_a_part_that_is_refused_refuses_the_scenario():
    with pytest.raises(RecipeError, match="shell 'bad', altitude_km"):
        replace(GOOD, shells=(*GOOD.shells, Shell("bad", "ai", -5.0))).validate()


def test_a_shell_must_name_a_node_type_of_the_recipe():
    with pytest.raises(RecipeError, match=r"'low', node_type.*\(ai\).*'relay'"):
        replace(GOOD, shells=(Shell("low", "relay"),)).validate()


def test_node_type_names_must_differ():
    with pytest.raises(RecipeError, match="ai, ai"):
        replace(GOOD, node_types=(AI, AI)).validate()


def test_a_scenario_must_have_nodes_and_not_too_many():
    with pytest.raises(RecipeError, match="'good' must have nodes"):
        replace(GOOD, shells=()).validate()
    with pytest.raises(RecipeError, match=f"at most {MAX_NODES:,} nodes, got 10,000,000"):
        replace(GOOD, shells=(Shell("big", "ai", planes=1000, nodes_per_plane=10_000),)).validate()


CHAT = Workload("chat", "inference", demand_pflops=1e3)
RUN = Workload("run", "training", demand_pflops=1e3, shells=("low",))
CITIES = (GroundSite(file="cities"),)
TOGETHER = [
    ((CHAT, Workload("steady")), CITIES, ["workload 'steady', kind", "stand alone", "'chat' of kind inference"]),
    ((Workload("a", utilization=0.8), Workload("b", utilization=0.6)), (), ["utilization", "1.25", "0.8 + 0.6 = 1.4"]),
    ((CHAT,), (), ["workload 'chat', demand_pflops", "must come from users", "1000 PFLOP/s and no user among 0 sites"]),
    ((CHAT,), (GroundSite("g", kind="gateway"),), ["workload 'chat', demand_pflops", "no user among 1 sites"]),
    ((CHAT,), (GroundSite("g", weight=0.0),), ["workload 'chat', demand_pflops", "weight above zero"]),
    ((replace(RUN, shells=("low", "high")),), (), ["workload 'run', shells", "('low')", "'high'"]),
]


@pytest.mark.parametrize(("workloads", "ground", "words"), TOGETHER)
def test_workloads_must_fit_together(workloads, ground, words):
    with pytest.raises(RecipeError) as refusal:
        replace(GOOD, workloads=workloads, ground=ground).validate()
    for word in words:
        assert word in refusal.value.message
    assert refusal.value.hint


def test_workloads_of_every_kind_pass():
    batch = Workload("rest", "batch", bit_per_flop=1e-7)
    replace(GOOD, workloads=(CHAT, RUN, batch), ground=CITIES).validate()
    replace(GOOD, workloads=(CHAT,), ground=(GroundSite("home", weight=2.0),)).validate()
    halves = (Workload("a", utilization=0.625), Workload("b", utilization=0.625))
    replace(GOOD, workloads=halves).validate()


def test_what_a_workload_leaves_out_follows_from_its_kind():
    assert RUN.traffic_bit_per_flop == 2e-7
    assert CHAT.traffic_bit_per_flop == 1e-8
    assert Workload("rest", "batch", bit_per_flop=0.0).traffic_bit_per_flop == 0.0
    assert (RUN.checkpoint_s, RUN.restart_s) == (600.0, 120.0)


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_a_seed_must_be_a_number_every_generator_takes(seed):
    with pytest.raises(RecipeError, match=f"'good', seed: must be from 0 to 4,294,967,295, got {seed}"):
        replace(GOOD, seed=seed).validate()


@pytest.mark.parametrize(("key", "text"), [("epoch_utc", "noon"), ("duration", "long"), ("step", "0s")])
def test_times_that_cannot_be_read_are_refused(key, text):
    with pytest.raises(OrbitvizError, match=f"'{text}'"):
        replace(GOOD, **{key: text}).validate()


def test_counts_of_shells_and_clusters():
    assert Shell("a", "ai", shells=10, planes=30, nodes_per_plane=333).nodes == 99_900
    assert Shell("c", "ai", pattern="cluster").nodes == 81


def test_the_period_at_725_km_is_99_3_minutes():
    """facts.md section 3, table of orbits."""
    assert circular_period_s(725.0) / 60.0 == pytest.approx(99.3, abs=0.1)
