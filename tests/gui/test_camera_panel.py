"""The camera's controls and keys: each does what it says to the session's view."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QSlider
from test_window import press
from window_desk import Desk

from orbitviz.gui.widgets import Choice

pytestmark = pytest.mark.gui


def test_every_control_has_a_tooltip_and_changes_the_view(desk: Desk) -> None:
    panel, view = desk.window.camera, desk.session.view
    assert set(panel.controls) == {"fov_deg", "projection", "reduce_motion"}
    assert all(control.toolTip() for control in (*panel.controls.values(), panel.turns))
    projection = panel.controls["projection"]
    assert isinstance(projection, Choice)
    projection.activated.emit(projection.findData("orthographic"))
    assert view.projection == "orthographic"
    slider = panel.controls["fov_deg"].findChild(QSlider)
    assert slider is not None
    slider.setValue(slider.maximum())
    assert view.fov_deg == 110.0
    panel.controls["reduce_motion"].setChecked(True)  # type: ignore[attr-defined]
    assert view.reduce_motion
    panel.turns.activated.emit(panel.turns.findData("earth"))
    assert view.frame == "earth"


def test_the_panel_follows_the_view(desk: Desk) -> None:
    panel, view = desk.window.camera, desk.session.view
    view.update(frame="node", target_row=2, lon_deg=170.0, lat_deg=5.0)
    assert panel.turns.currentData() == "back"
    view.update(lat_deg=80.0)
    assert panel.turns.currentData() == "down"
    view.projection = "orthographic"
    assert panel.controls["projection"].currentData() == "orthographic"  # type: ignore[attr-defined]


def test_keys_turn_roll_and_widen(desk: Desk) -> None:
    view = desk.session.view
    lon, lat, fov = view.lon_deg, view.lat_deg, view.fov_deg
    press(desk, "D")
    press(desk, "W")
    assert view.lon_deg == pytest.approx(lon + 10.0) and view.lat_deg == pytest.approx(lat + 10.0)
    press(desk, "Ctrl+Left")
    press(desk, "S")
    assert view.lon_deg == pytest.approx(lon) and view.lat_deg == pytest.approx(lat)
    press(desk, ".")
    assert view.roll_deg == 5.0
    press(desk, "N")
    assert view.roll_deg == 0.0
    press(desk, "O")
    assert view.projection == "orthographic"
    press(desk, "O")
    assert view.projection == "perspective"
    press(desk, "Alt+-")
    assert view.fov_deg > fov


def test_a_ride_without_a_node_says_what_to_do(desk: Desk) -> None:
    press(desk, "R")
    assert "Select a node" in desk.window.stage.banner.text
