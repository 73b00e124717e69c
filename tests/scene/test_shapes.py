"""Shapes on the picture: what is inside is what is seen inside, every node of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of
from test_pixels import draw, positions

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.fleet_places import FleetPlaces, Placed, shader_places_km
from orbitviz.scene.shapes import in_polygon, inside_shape, rectangle
from orbitviz.sim.propagation import Propagator

COUNT = 6000


def crossings(x: float, y: float, corners: np.ndarray) -> bool:
    """Even-odd, point by point."""
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if (y0 <= y) != (y1 <= y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            odd = not odd
    return odd


@pytest.mark.parametrize("seed", range(4))
def test_a_polygon_holds_what_an_odd_number_of_crossings_says(seed):
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 40, (rng.integers(3, 30), 2)).astype(float)
    points = rng.integers(-3, 43, (500, 2)) + rng.choice([0.0, 0.5], (500, 2))
    expected = [crossings(x, y, corners) for x, y in points]
    assert in_polygon(points[:, 0], points[:, 1], corners).tolist() == expected


def test_two_corners_hold_nothing():
    assert not in_polygon(np.ones(3), np.ones(3), np.array([(0.0, 0.0), (5.0, 5.0)])).any()


def hidden(position_km, eye):
    """By marching along the line of sight."""
    steps = np.linspace(0.0, 1.0, 4000)[:, None]
    return float(np.linalg.norm(eye + steps * (position_km - eye), axis=1).min()) < EARTH_RADIUS_KM


@pytest.mark.gl
def test_nodes_behind_the_earth_are_not_inside(renderer_of):
    fleet = fleet_of(elements(300))
    renderer = renderer_of(document_of(fleet))
    state, _, _ = draw(renderer)
    found = renderer.shown().inside(rectangle((-1e6, -1e6), (1e6, 1e6)))
    expected = [not hidden(place, state.pose.eye) for place in positions(fleet)]
    assert found.tolist() == expected
    assert 0.3 * 300 < found.sum() < 300


@pytest.mark.gl
def test_the_number_inside_is_the_number_that_the_picture_counts(renderer_of):
    fleet = fleet_of(elements(COUNT))
    renderer = renderer_of(document_of(fleet))
    renderer.session.choose_metric("sunlit")
    _, _, sums = draw(renderer)
    x0, y0, x1, y1 = 150, 60, 330, 210
    found = renderer.shown().inside(rectangle((x0, y0), (x1, y1)))
    counted = float(sums[y0:y1, x0:x1, 2].sum())
    assert found.sum() == pytest.approx(counted, rel=0.02)  # points on the edge are cut
    lasso = np.array([(240 + 80 * math.cos(a), 135 + 60 * math.sin(a)) for a in np.linspace(0, 6.2, 50)])
    assert 0 < renderer.shown().inside(lasso).sum() < found.sum()


@pytest.mark.gl
def test_what_the_filter_hides_is_not_selected(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(COUNT))))
    everywhere = rectangle((-1e6, -1e6), (1e6, 1e6))
    draw(renderer)
    plain = renderer.shown().inside(everywhere)
    kept = np.arange(COUNT) % 3 == 0
    renderer.session.selection.combine(kept, "thirds", show="filter")
    draw(renderer)
    assert np.array_equal(renderer.shown().inside(everywhere), plain & kept)


@pytest.mark.gl
def test_places_are_the_shaders_and_odd_orbits_are_exact(renderer_of):
    high = elements(COUNT, mean_motion_rad_min=np.where(np.arange(COUNT) == 7, 0.0043, 0.0657))
    fleet = fleet_of(high)
    renderer = renderer_of(document_of(fleet))
    draw(renderer)
    shown = renderer.shown()
    assert shown.how.elements is not None and 7 in shown.how.odd_rows
    exact_km = Propagator.of(fleet).states(0.0)[0][0]
    off_km = np.linalg.norm(shown.places_km() - exact_km, axis=1)
    assert np.nanmax(off_km) < 0.03
    assert np.isnan(shader_places_km(shown.how.elements, 0.0)[7]).all() and off_km[7] < 0.002
    assert shown.places_km() is shown.places_km()


def test_a_small_fleet_is_exact():
    fleet = fleet_of(elements(20))
    places = FleetPlaces(fleet).at(300.0, Placed(None, np.arange(20)))
    assert places.dtype == np.float64 and np.allclose(places, positions(fleet, 300.0), atol=1e-5)


def test_places_may_be_float32():
    from orbitviz.scene.pose import pose_of
    from orbitviz.session.viewpoint import Viewpoint

    pose = pose_of(Viewpoint(), 0.0, np.zeros(3))
    places = positions(fleet_of(elements(500)))
    box = rectangle((200.0, 100.0), (400.0, 300.0))
    exact = inside_shape(places, pose, (640, 480), box)
    assert exact.any() and np.array_equal(inside_shape(places.astype(np.float32), pose, (640, 480), box), exact)
