"""The first view of a document."""

from __future__ import annotations

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of

from orbitviz.api import open_file
from orbitviz.core.assets import scenarios_folder
from orbitviz.core.units import EARTH_RADIUS_KM, WGS72_XKE
from orbitviz.scene.framing import first_view, whole_fleet_km
from orbitviz.scene.pose import pose_of
from orbitviz.session.viewpoint import Viewpoint
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import sun_teme


def viewed(document, t_s: float = 0.0) -> Viewpoint:
    view = Viewpoint()
    view.update(**first_view(document, t_s, view))
    return view


def test_every_node_of_a_fleet_round_the_earth_is_in_the_picture():
    document = document_of(fleet_of(elements(500)))
    view = viewed(document)
    position = Propagator(document.fleet.elements).states(0.0)[0][0]
    pose = pose_of(view, 0.0, np.zeros(3))
    x, y, depth = pose.project(position - pose.eye, (1920, 1080))
    assert (depth > 0).all()
    assert ((x > 0) & (x < 1920) & (y > 0) & (y < 1080)).mean() > 0.98
    assert y.max() - y.min() > 0.6 * 1080


def test_high_orbits_are_seen_from_farther_away():
    low = fleet_of(elements(10))
    geo = fleet_of(elements(10, mean_motion_rad_min=WGS72_XKE / 6.61**1.5))
    assert whole_fleet_km(geo, 40.0) > 5.0 * whole_fleet_km(low, 40.0)


@pytest.mark.parametrize("t_s", [0.0, 90.0 * 86400.0])
def test_the_sun_stands_to_one_side_whatever_the_date(t_s):
    document = document_of(fleet_of(elements(20)))
    view = viewed(document, t_s)
    sun = np.asarray(sun_teme(document.epoch, t_s)[0]).reshape(3)
    eye = pose_of(view, 0.0, np.zeros(3)).eye
    assert 40.0 < np.degrees(np.arccos(eye @ sun / np.linalg.norm(eye))) < 80.0


def test_a_cluster_is_seen_from_beside_it_with_the_earth_below():
    document = open_file(scenarios_folder() / "suncatcher-81.toml")
    view = viewed(document)
    assert view.target_row is not None and view.distance_km < 20.0
    position = Propagator.of(document.fleet).states(0.0)[0][0]
    pose = pose_of(view, 0.0, position[view.target_row])
    x, y, depth = pose.project(position - pose.eye, (1920, 1080))
    assert ((depth > 0) & (x > 0) & (x < 1920) & (y > 0) & (y < 1080)).mean() > 0.95
    assert np.linalg.norm(pose.eye) > EARTH_RADIUS_KM + 500.0
