from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from ring_documents import document

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.session import Session, Viewpoint
from orbitviz.session.viewpoint import FARTHEST_KM, NEAREST_KM


@dataclass(frozen=True)
class Settings:
    visible: bool = True


def test_opening_chooses_a_metric_and_says_so_once() -> None:
    session, heard = Session(), []
    session.document_changed.connect(lambda: heard.append(session.colour.metric))
    session.open(document())
    assert heard == ["battery_soc"]
    assert session.metric is not None and session.metric.unit == "1"
    assert session.clock.end_s == 540.0 and not session.clock.open_ended


def test_a_scenario_has_no_end() -> None:
    session = Session()
    session.open(document(recorded=False))
    assert session.clock.open_ended


def test_the_same_fleet_keeps_selection_time_and_metric() -> None:
    session = Session()
    session.open(document())
    session.choose_metric("radiator_k")
    session.selection.row = 3
    session.clock.seek(120.0)
    session.open(document())
    assert (session.selection.row, session.clock.t_s, session.colour.metric) == (3, 120.0, "radiator_k")


def test_another_fleet_drops_selection_and_target() -> None:
    session = Session()
    session.open(document())
    session.selection.row = session.view.target_row = 3
    session.open(document(nodes=20))
    assert session.selection.row is None and session.view.target_row is None


def test_metrics_go_round_both_ways_and_reset_the_range() -> None:
    session = Session()
    session.open(document())
    names = list(session.document.metrics)  # type: ignore[union-attr]
    session.colour.low = 0.5
    session.next_metric()
    assert session.colour.metric == names[1] and session.colour.low is None
    session.next_metric(-1)
    session.next_metric(-1)
    assert session.colour.metric == names[-1]
    session.choose_metric("nonsense")
    assert session.colour.metric == names[-1]


def test_colour_range_is_the_metrics_own_until_chosen() -> None:
    session = Session()
    assert session.colour_range == (0.0, 1.0)
    session.open(document())
    session.choose_metric("radiator_k")
    assert session.colour_range == (250.0, 400.0)
    session.colour.high = 350.0
    assert session.colour_range == (250.0, 350.0)


def test_layers_emit_only_what_differs() -> None:
    session, heard = Session(), []
    session.register_layers({"globe": Settings()})
    session.register_layers({"globe": Settings(False)})
    session.layers_changed.connect(heard.append)
    session.set_layer("globe", Settings(True))
    session.set_layer("globe", Settings(False))
    assert heard == ["globe"] and session.layers["globe"] == Settings(False)


@pytest.mark.parametrize("part", ["clock", "view", "colour", "selection", "stage"])
def test_any_change_is_a_change(part: str) -> None:
    session, heard = Session(), []
    session.changed.connect(lambda: heard.append(part))
    name, value = {
        "clock": ("t_s", 5.0),
        "view": ("lat_deg", 1.0),
        "colour": ("low", 0.25),
        "selection": ("row", 1),
        "stage": ("caption", "words"),
    }[part]
    setattr(getattr(session, part), name, value)
    setattr(getattr(session, part), name, value)
    assert heard == [part]


def test_the_view_stays_north_up_and_between_ground_and_far() -> None:
    view = Viewpoint()
    view.orbit(400.0, 500.0)
    assert -180.0 <= view.lon_deg < 180.0 and view.lat_deg == 89.5
    for _ in range(300):
        view.zoom(0.5)
    assert view.distance_km == pytest.approx(EARTH_RADIUS_KM + 150.0)
    for _ in range(300):
        view.zoom(2.0)
    assert view.distance_km == FARTHEST_KM
    view.target_row = 1
    for _ in range(300):
        view.zoom(0.5)
    assert view.distance_km == NEAREST_KM
    view.whole_km = 31000.0
    view.whole_globe()
    assert view.target_row is None and view.distance_km == 31000.0


def test_turning_with_the_earth_leaves_the_camera_where_it_is() -> None:
    view = Viewpoint(lon_deg=170.0)
    view.turn_with("earth", math.radians(100.0))
    assert view.frame == "earth" and view.lon_deg == pytest.approx(70.0)
    view.turn_with("inertial", math.radians(110.0))
    assert view.frame == "inertial" and view.lon_deg == pytest.approx(-180.0)
    view.turn_with("inertial", math.radians(50.0))
    assert view.lon_deg == pytest.approx(-180.0)
