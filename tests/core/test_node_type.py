"""Node types: what contradicts itself is refused with field, value and rule; where values come from is told."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import pytest

from orbitviz.core.errors import RecipeError
from orbitviz.core.node_type import NodeType
from orbitviz.core.rules import KINDS, NOT_NEGATIVE, POSITIVE, check_origin, origin_of, setting

REFUSED = [
    ({"radiator_area_m2": 0.0}, ["radiator_area_m2", "above zero", "0.0"]),
    ({"heat_capacity_j_per_k": 0.0}, ["heat_capacity_j_per_k", "above zero"]),
    ({"battery_kwh": -5.0}, ["battery_kwh", "zero or more", "-5.0"]),
    ({"battery_cycles": -1.0}, ["battery_cycles", "zero or more", "-1.0"]),
    ({"battery_fade_per_year": 1.5}, ["battery_fade_per_year", "0 to 1", "1.5"]),
    ({"battery_fade_per_cycle": -1e-4}, ["battery_fade_per_cycle", "0 to 1", "-0.0001"]),
    ({"min_soc": 1.0}, ["min_soc", "below 1", "battery_kwh 200.0"]),
    ({"age_years": -1.0}, ["age_years", "zero or more", "-1.0"]),
    ({"cell_efficiency": 0.0}, ["cell_efficiency", "above 0", "0.0"]),
    ({"cell_efficiency": 1.2}, ["cell_efficiency", "at most 1", "1.2"]),
    ({"cell_efficiency": 0.3, "array_w_per_m2": 400.0}, ["array_w_per_m2", "left out", "367.5 W/m2", "400.0"]),
    ({"array_w_per_m2": 1400.0}, ["array_w_per_m2", "0 to 1361", "1400.0"]),
    ({"array_packing": 0.0}, ["array_packing", "above 0", "0.0"]),
    ({"array_off_pointing_deg": 90.0}, ["array_off_pointing_deg", "below 90", "90.0"]),
    ({"array_temp_coefficient_per_k": -0.25}, ["array_temp_coefficient_per_k", "-0.02 to 0", "-0.25"]),
    ({"array_temp_coefficient_per_k": 0.002}, ["array_temp_coefficient_per_k", "-0.02 to 0", "0.002"]),
    ({"distribution_efficiency": 0.0}, ["distribution_efficiency", "above 0", "0.0"]),
    ({"availability": 1.1}, ["availability", "0 to 1", "1.1"]),
    ({"radiator_attitude": "sideways"}, ["radiator_attitude", "edge-on, velocity, nadir", "'sideways'"]),
    ({"radiator_absorptance": 1.5}, ["radiator_absorptance", "0 to 1", "1.5"]),
    ({"radiator_attitude": "nadir", "radiator_sun_deg": 91.0}, ["radiator_sun_deg", "0 to 90", "91.0"]),
    ({"radiator_sun_deg": 5.0}, ["radiator_sun_deg", "'edge-on'", "5.0"]),
    ({"radiator_attitude": "velocity", "radiator_sun_deg": 5.0, "sink_k": 200.0}, ["radiator_sun_deg", "sink_k 200.0"]),
    ({"restart_k": 380.0}, ["restart_k <= shutdown_k", "380.0, 375.0"]),
    ({"throttle_full_k": 350.0}, ["throttle_start_k < throttle_full_k <= shutdown_k", "350.0, 350.0, 375.0"]),
    ({"shutdown_k": 360.0}, ["throttle_full_k <= shutdown_k", "365.0, 360.0"]),
    ({"chip_k_per_kw": -0.1}, ["chip_k_per_kw", "zero or more", "-0.1"]),
    ({"chip_limit_k": 320.0}, ["initial_radiator_k < chip_limit_k", "330.0, 320.0"]),
    ({"compute_average_kw": 160.0}, ["compute_average_kw <= compute_peak_kw", "160.0, 150.0"]),
    ({"origin": ("colour: filed, [A]",)}, ["origin", "'colour'"]),
    ({"origin": ("name: filed, [A]",)}, ["origin", "'name'"]),
    ({"origin": ("mass_kg",)}, ["origin of mass_kg", ", ".join(KINDS)]),
    ({"origin": ("mass_kg: guessed, [A]",)}, ["origin of mass_kg", "'guessed'"]),
    ({"origin": ("mass_kg: filed",)}, ["origin of mass_kg", "source", "mass_kg: filed"]),
    ({"origin": ("mass_kg: filed, [A]", "mass_kg: measured, [B]")}, ["origin", "'mass_kg'", "twice"]),
    ({"origin": ("mass_kg: filed, [A]",), "assumed": ("mass_kg",)}, ["origin", "'mass_kg'", "in assumed too"]),
]


@pytest.mark.parametrize(("values", "words"), REFUSED, ids=[", ".join(values) for values, _ in REFUSED])
def test_a_refusal_names_the_field_the_rule_and_the_value(values: dict[str, object], words: list[str]) -> None:
    with pytest.raises(RecipeError) as refusal:
        NodeType("ai", **values).validate()  # type: ignore[arg-type]
    for word in ("node_type 'ai'", *words):
        assert word in refusal.value.message
    assert refusal.value.hint


POSSIBLE = [
    {"array_area_m2": 0.0, "battery_kwh": 0.0},  # starves from the first second
    {"battery_kwh": 0.0, "min_soc": 1.0},
    {"peak_pflops": 0.0},  # a relay: its payload draws power and calculates nothing
    {"compute_idle_kw": 0.0, "compute_average_kw": 0.0, "compute_peak_kw": 0.0},
    {"availability": 0.0},
    {"restart_k": 375.0},
    {"radiator_attitude": "velocity", "radiator_sun_deg": 90.0, "radiator_absorptance": 1.0},
    {"radiator_attitude": "nadir", "radiator_sides": 1},
    {"age_years": 100.0, "battery_cycles": 1e6},
    {"origin": ("mass_kg: filed, [ROSS], table 3: as transcribed", "bus_kw: assumed"), "assumed": ("emissivity",)},
]


@pytest.mark.parametrize("values", POSSIBLE, ids=", ".join)
def test_what_is_possible_is_not_refused(values: dict[str, object]) -> None:
    NodeType("ai", **values).validate()  # type: ignore[arg-type]


def test_every_number_has_a_unit_and_a_rule() -> None:
    for item in fields(NodeType):
        if isinstance(item.default, int | float) or item.default is None:
            assert item.metadata["unit"] and item.metadata["rule"], item.name


def test_cells_say_what_the_array_gives() -> None:
    """30.0 % of 1361 W/m2 over nine tenths of the array (Azur 3G30C, facts.md section 4)."""
    kind = NodeType("ai", cell_efficiency=0.30)
    kind.validate()
    assert kind.array_w_per_m2 == pytest.approx(367.47)
    assert NodeType("ai", cell_efficiency=0.30, array_packing=0.5).array_w_per_m2 == pytest.approx(204.15)
    # Read back from a file, where the number that follows is written beside the efficiency.
    again = NodeType("ai", cell_efficiency=0.30, array_w_per_m2=kind.array_w_per_m2)
    again.validate()
    assert again == kind
    replace(NodeType("ai"), array_packing=0.5).validate()
    assert replace(NodeType("ai"), array_packing=0.5).array_w_per_m2 == 250.0


def test_where_a_value_comes_from() -> None:
    kind = NodeType(
        "ai",
        assumed=("emissivity",),
        origin=(
            "mass_kg: filed, [ROSS], page 3: 3 t",
            "bus_kw:assumed , half of Starlink's",
            "peak_pflops: claimed,[AI1]",
        ),
    )
    kind.validate()
    assert origin_of(kind, "mass_kg") == ("filed", "[ROSS], page 3: 3 t")
    assert origin_of(kind, "bus_kw") == ("assumed", "half of Starlink's")
    assert origin_of(kind, "peak_pflops") == ("claimed", "[AI1]")
    assert origin_of(kind, "emissivity") == ("assumed", "")
    assert origin_of(kind, "battery_kwh") == ("assumed", "default of orbitviz")


@dataclass(frozen=True)
class Ground:
    """Anything with `assumed` and `origin` can tell where its values come from."""

    name: str
    dish_m: float = setting(1.0, "m", POSITIVE)
    power_w: float = setting(10.0, "W", NOT_NEGATIVE)
    assumed: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()


def test_origins_are_checked_for_whatever_has_them() -> None:
    good = Ground("g", assumed=("power_w",), origin=("dish_m: measured, [X]",))
    check_origin(good, "ground 'g'")
    assert origin_of(good, "dish_m") == ("measured", "[X]")
    with pytest.raises(RecipeError, match=r"ground 'g', assumed: .*'mass_kg'"):
        check_origin(Ground("g", assumed=("mass_kg",)), "ground 'g'")
