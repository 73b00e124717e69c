"""Near nodes as bodies: at the right pixels, at their true size, dark in the shadow, and never more than the budget."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from line_tools import alone, change, layer_of, pixels_at, state_of
from scene_tools import EPOCH, document_of, elements, fleet_of

from orbitviz.core.node_type import NodeType
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.body import SUN_AXES, attitude, body_of, span_m
from orbitviz.scene.layers.nodes.fade import MOST_SHAPES, shape_share
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme

SIZE = (480, 360)


def areas(body, axes_of=None):
    """(V / 3,) m2 of each triangle."""
    corners = body.place.reshape(-1, 3, 3).astype(float)
    return 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)


def test_a_body_has_the_areas_of_its_node_type():
    kind = NodeType("ai1", array_area_m2=600.0, radiator_area_m2=110.0, mass_kg=3000.0)
    body = body_of(kind)
    material = body.look[::3, 2]
    assert span_m(kind) == pytest.approx(70.0)
    assert areas(body)[material == 0].sum() == pytest.approx(600.0, rel=1e-3)
    assert areas(body)[material == 2].sum() == pytest.approx(2 * 110.0, rel=1e-3)  # two sides
    assert np.ptp(body.place[:, 1]) == pytest.approx(70.0, rel=0.05)
    assert np.prod(body.bus_m) == pytest.approx(3000.0 / 250.0, rel=0.01)
    assert np.allclose(np.linalg.norm(body.normal, axis=1), 1.0)


def test_arrays_face_the_sun_and_the_radiator_neither_sun_nor_earth():
    place = np.array([[7000.0, 0.0, 0.0], [0.0, 0.0, 7000.0]])
    velocity = np.array([[0.0, 5.0, 5.0], [7.5, 0.0, 0.0]])
    sun = np.array([0.6, 0.0, 0.8])
    axes = attitude(place, velocity, sun)
    body = body_of(NodeType("n"))
    for n in range(2):
        turned = {k: body.normal[(body.look[:, 2] == k) & (body.axes == SUN_AXES)] @ axes[n, SUN_AXES] for k in (0, 2)}
        assert np.allclose(turned[0] @ sun, 1.0, atol=1e-5)
        assert np.abs(turned[2] @ sun).max() < 1e-5
        assert np.abs(turned[2] @ (place[n] / 7000.0)).max() < 1e-5
        assert np.allclose(axes[n, 1, 0] @ velocity[n] / np.linalg.norm(velocity[n]), 1.0, atol=1e-5)
        assert np.allclose(axes[n] @ np.swapaxes(axes[n], 1, 2), np.eye(3), atol=1e-5)
    above = attitude(place[:1], velocity[:1], np.array([1.0, 0.0, 0.0]))  # the Sun in the zenith
    assert np.isfinite(above).all()


@pytest.mark.parametrize("count", [3, MOST_SHAPES, 3000])
def test_no_more_shapes_than_the_budget_and_none_appears_at_once(count):
    sizes = np.random.default_rng(2).uniform(4.0, 60.0, count)
    share = shape_share(sizes, 1.0)
    assert np.count_nonzero(share) <= MOST_SHAPES
    assert share[np.argmax(sizes)] == share.max() > 0.2
    order = np.argsort(sizes)
    assert (np.diff(share[order]) >= 0.0).all()  # by size alone: the smallest that shows is all but clear
    if count > MOST_SHAPES:
        assert share[share > 0.0].min() < 0.05


@pytest.fixture
def one(renderer_of):
    """One node, looked at from 50 m with the Sun behind the camera, at a sunlit instant."""
    fleet = fleet_of(elements(1, inclination_rad=0.9))
    t_s = lit_instant(fleet, True)
    renderer = renderer_of(document_of(fleet))
    renderer.session.clock.open_ended = True
    look(renderer, t_s, 0.05)
    return renderer


def lit_instant(fleet, lit):
    for t_s in np.arange(0.0, 12000.0, 120.0):
        place = Propagator(fleet.elements).states(t_s)[0][0]
        unit, distance = sun_teme(EPOCH, t_s)
        share = float(lit_fraction(place, np.ravel(unit) * float(np.ravel(distance)[0]))[0])
        if share == (1.0 if lit else 0.0):
            return float(t_s)
    raise AssertionError("the orbit must have day and night")


def look(renderer, t_s, distance_km):
    renderer.session.clock.seek(t_s)
    x, y, z = np.ravel(sun_teme(EPOCH, t_s)[0])
    renderer.session.view.update(
        target_row=0,
        distance_km=distance_km,
        lon_deg=math.degrees(math.atan2(y, x)),
        lat_deg=math.degrees(math.asin(z)),
        reduce_motion=True,
    )


def drawn_alone(renderer):
    state = state_of(renderer, SIZE)
    for name in ("nodes", "shapes"):
        layer_of(renderer, name).apply(None, state)
    return state, alone(renderer, "shapes", state)


@pytest.mark.gl
@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
@pytest.mark.parametrize("distance_km", [0.05, 0.4])
def test_a_shape_covers_the_pixels_its_size_says(one, projection, distance_km):
    one.session.view.update(projection=projection, distance_km=distance_km, fov_deg=80.0)
    _, pixels = drawn_alone(one)
    covered = np.argwhere(pixels > 4.0)
    per_m = SIZE[1] / (2.0 * math.tan(math.radians(40.0)) * distance_km * 1000.0)
    kind = one.session.document.fleet.node_types[0]
    # From the Sun the wings are seen face on: 600 m2 and their rims, and a little of the bus.
    array = kind.array_area_m2 * per_m**2
    assert array < len(covered) < (1.3 if distance_km < 0.1 else 1.8) * array  # partly covered pixels count
    middle = covered.mean(axis=0) + 0.5
    assert np.abs(middle - np.array([SIZE[1], SIZE[0]]) / 2.0).max() < 2.0
    reach = np.hypot(*(covered - middle).T).max() / per_m
    assert reach == pytest.approx(0.5 * math.hypot(span_m(kind), kind.array_area_m2 / (span_m(kind) - 5.0)), rel=0.15)


@pytest.mark.gl
def test_a_shape_is_bright_in_the_sun_and_dark_in_the_shadow(one):
    _, day = drawn_alone(one)
    bright = float(np.median(day[day > 4.0]))
    look(one, lit_instant(one.session.document.fleet, False), 0.05)
    _, night = drawn_alone(one)
    assert 4.0 < float(np.median(night[night > 4.0])) < 0.6 * bright


@pytest.mark.gl
def test_from_afar_there_is_no_shape_and_the_disc_is_whole(one):
    one.session.view.update(distance_km=500.0)
    _, pixels = drawn_alone(one)
    assert pixels.max() == 0.0
    one.session.view.update(distance_km=0.05)
    _, pixels = drawn_alone(one)
    assert pixels.max() > 100.0
    assert layer_of(one, "nodes").near_look.share.tolist() == [1.0]
    change(one, "shapes", visible=False)
    _, pixels = drawn_alone(one)
    assert pixels.max() == 0.0 and layer_of(one, "nodes").near_look.share.tolist() == [0.0]


@pytest.mark.gl
def test_fading_from_disc_to_shape_has_no_jump(one):
    """The sum of light of the whole picture changes little from one step of a zoom to the next."""
    sums = []
    one.session.selection.row = None
    for name in ("globe", "sky"):
        change(one, name, visible=False)
    change(one, "labels", visible=False)
    for distance_km in np.geomspace(20.0, 1.5, 60):
        one.session.view.distance_km = float(distance_km)
        state = state_of(one, SIZE)
        one.draw(state)
        sums.append(float(one._passes.picture.read()[..., :3].astype(float).sum()))
    change(one, "nodes", visible=False)
    one.draw(state_of(one, SIZE))
    sums = np.array(sums) - float(one._passes.picture.read()[..., :3].astype(float).sum())
    assert np.ptp(sums) > 0.3 * sums[0]
    assert np.abs(np.diff(sums)).max() < 0.2 * sums[0]


@pytest.mark.gl
@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
@pytest.mark.parametrize("distance_km", [0.01, 1.0, 1000.0, 50.0 * EARTH_RADIUS_KM])
def test_nothing_breaks_at_extreme_distances(one, projection, distance_km):
    one.session.selection.row = 0
    one.session.view.update(distance_km=distance_km, projection=projection)
    one.session.set_layer("borders", replace(one.session.layers["borders"], visible=True, night_line=True))
    state = state_of(one, SIZE)
    assert np.isfinite(state.pose.eye).all() and np.isfinite(state.pose.rotation).all()
    one.draw(state)
    picture = one._passes.picture.read()
    assert np.isfinite(one._passes.sums()).all()
    assert picture[..., :3].max() > 0 and len(np.unique(picture[..., :3])) > 8
    at = pixels_at(state, one.node_state(0).position_km)
    assert np.allclose(at, [SIZE[0] / 2, SIZE[1] / 2], atol=0.5)


@pytest.mark.gl
def test_a_shape_followed_from_near_stands_still(one):
    one.session.view.update(frame="node", lon_deg=30.0, lat_deg=20.0, distance_km=0.05)
    middles, start_s = [], one.session.clock.t_s
    for step in range(6):
        one.session.clock.seek(start_s + step / 60.0)
        _, pixels = drawn_alone(one)
        middles.append(np.argwhere(pixels > 4.0).mean(axis=0))
    assert np.ptp(np.array(middles), axis=0).max() < 0.3
