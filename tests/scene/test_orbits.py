"""The selected node's orbit: through the node, hidden by the Earth, bright ahead, dim in shadow; seldom uploaded."""

from __future__ import annotations

import numpy as np
import pytest
from line_tools import alone, brightest_near, change, layer_of, pixels_at, state_of
from scene_tools import EPOCH, document_of, elements, fleet_of

from orbitviz.core.frames import itrf_from_teme
from orbitviz.core.units import EARTH_RADIUS_KM, TWO_PI
from orbitviz.scene.layers.orbits.path import orbit_path
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme

pytestmark = pytest.mark.gl


def positions(fleet, row: int, t_s) -> np.ndarray:
    """(K, 3) km TEME."""
    return Propagator.of(fleet, slice(row, row + 1)).states(np.atleast_1d(np.asarray(t_s, float)))[0][:, 0]


@pytest.fixture
def renderer(renderer_of):
    """Node 0 flies round the equator; the camera stands 30 degrees above it."""
    fleet = fleet_of(elements(4, inclination_rad=np.radians([0.5, 53.0, 97.0, 30.0])))
    made = renderer_of(document_of(fleet))
    made.session.clock.open_ended = True
    made.session.view.update(lon_deg=40.0, lat_deg=30.0, distance_km=25000.0)
    made.session.selection.row = 0
    return made


def test_the_orbit_passes_through_the_node_and_where_it_will_be(renderer):
    fleet = renderer.session.document.fleet
    state = state_of(renderer)
    pixels = alone(renderer, "orbits", state)
    t_s = np.arange(-2700.0, 2700.0, 90.0)
    places = positions(fleet, 0, t_s)
    hidden = np.array([bool(state.pose.hides(place - state.pose.eye)) for place in places])
    lit = np.array([brightest_near(pixels, xy, 0) for xy in pixels_at(state, places)])
    at_node = brightest_near(pixels, pixels_at(state, positions(fleet, 0, 0.0))[0])
    assert state.pose.hides(positions(fleet, 0, 0.0)[0] - state.pose.eye) or at_node > 100.0
    assert 0.15 < hidden.mean() < 0.5
    assert np.all(lit[~hidden] > 15.0)
    assert np.all(lit[hidden] == 0.0)


def test_it_is_a_thin_line(renderer):
    pixels = alone(renderer, "orbits")
    height, width = pixels.shape
    assert 300 < np.count_nonzero(pixels) < 5 * (height + width)


def test_bright_ahead_faint_behind(renderer):
    fleet = renderer.session.document.fleet
    places = positions(fleet, 0, [-300.0, 300.0])
    facing = np.degrees(np.arctan2(*positions(fleet, 0, 0.0)[0, 1::-1]))
    renderer.session.view.lon_deg = float(facing)
    sun = np.ravel(sun_teme(EPOCH, 0.0)[0]) * 1.496e8
    assert lit_fraction(places, sun)[0] == lit_fraction(places, sun)[1]
    state = state_of(renderer)
    pixels = alone(renderer, "orbits", state)
    behind, ahead = (brightest_near(pixels, xy) for xy in pixels_at(state, places))
    assert ahead > 3.0 * behind > 0.0


def test_dimmer_in_shadow(renderer):
    """The shadow's edge ahead of the node: the line is darker by half within it."""
    fleet = renderer.session.document.fleet
    t_s = np.arange(0.0, 6000.0, 10.0)
    sun = np.ravel(sun_teme(EPOCH, 0.0)[0]) * 1.496e8
    lit = lit_fraction(positions(fleet, 0, t_s), sun)
    enters = int(np.flatnonzero((lit[:-1] > 0.0) & (lit[1:] == 0.0))[0])
    here = positions(fleet, 0, t_s[enters])[0]
    renderer.session.view.update(lon_deg=float(np.degrees(np.arctan2(here[1], here[0]))))
    renderer.session.clock.seek(float(t_s[enters]) - 200.0)
    state = state_of(renderer)
    pixels = alone(renderer, "orbits", state)
    places = positions(fleet, 0, t_s[enters] + np.array([-120.0, 120.0]))
    in_light, in_shadow = (brightest_near(pixels, xy) for xy in pixels_at(state, places))
    assert 0.35 * in_light < in_shadow < 0.65 * in_light


def test_uploads_only_when_the_path_no_longer_does(renderer):
    clock, view, store = renderer.session.clock, renderer.session.view, renderer.store

    def sent() -> int:
        before = store.uploaded_bytes
        alone(renderer, "orbits")
        return store.uploaded_bytes - before

    assert 0 < sent() < 400_000
    assert sent() == 0
    view.orbit(20.0, 5.0)
    view.zoom(0.5)
    clock.seek(60.0)
    assert sent() == 0
    clock.seek(181.0)
    assert sent() > 0
    renderer.session.selection.row = 1
    assert sent() > 0
    view.update(target_row=1, distance_km=20.0)
    clock.seek(181.3)  # 2 km on, a tenth of the distance
    assert sent() == 0
    clock.seek(183.0)
    assert sent() > 0
    renderer.session.selection.row = None
    assert sent() == 0


@pytest.mark.parametrize("distance_km", [0.05, 30.0, 3000.0])
def test_from_near_it_goes_through_the_node_too(renderer, distance_km):
    """Also with a path that was made for another instant: the middle of the picture is the node."""
    fleet = renderer.session.document.fleet
    renderer.session.selection.row = 2
    renderer.session.view.update(target_row=2, distance_km=distance_km)
    alone(renderer, "orbits")
    later_s = 0.2 * distance_km / 7.6
    renderer.session.clock.seek(later_s)
    uploaded = renderer.store.uploaded_bytes
    state = state_of(renderer)
    pixels = alone(renderer, "orbits", state)
    assert renderer.store.uploaded_bytes == uploaded
    for ahead_s in (0.02, 0.1, 0.2):
        place = positions(fleet, 2, later_s + ahead_s * distance_km / 7.6)[0]
        assert brightest_near(pixels, pixels_at(state, place)) > 60.0
    assert np.count_nonzero(pixels) < 5 * sum(pixels.shape)


def test_the_track_runs_under_the_node_over_the_turning_earth(renderer):
    change(renderer, "orbits", visible=False, ground_track=True)
    fleet = renderer.session.document.fleet
    renderer.session.selection.row = 1
    here = positions(fleet, 1, 0.0)[0]
    renderer.session.view.update(lon_deg=float(np.degrees(np.arctan2(here[1], here[0]))), lat_deg=10.0)
    state = state_of(renderer)
    pixels = alone(renderer, "orbits", state)
    for t_s in (100.0, 400.0):
        place = positions(fleet, 1, t_s)[0]
        fixed = itrf_from_teme(EPOCH, t_s) @ place
        ground = itrf_from_teme(EPOCH, 0.0).T @ fixed / np.linalg.norm(fixed) * EARTH_RADIUS_KM
        assert not state.pose.hides(ground * 1.001 - state.pose.eye)
        assert brightest_near(pixels, pixels_at(state, ground)) > 40.0


@pytest.mark.parametrize(("per_day", "eccentricity"), [(15.2, 0.0002), (2.00613, 0.73), (9.0, 0.3)])
def test_a_path_is_one_smooth_revolution(per_day, eccentricity):
    orbits = elements(2, mean_motion_rad_min=per_day * TWO_PI / 1440.0, eccentricity=eccentricity, inclination_rad=1.1)
    fleet = fleet_of(orbits)
    path = orbit_path(fleet, 1, 5000.0)
    assert np.all(np.diff(path.t_s) > 0.0)
    assert path.t_s[-1] - path.t_s[0] == pytest.approx(86400.0 / per_day, rel=1e-9)
    expected = positions(fleet, 1, path.t_s[::25])
    assert np.abs(path.position_km[::25] - expected).max() < 1e-5
    assert np.abs(path.node_km - positions(fleet, 1, 5000.0)[0]).max() < 1e-9
    step = np.diff(path.position_km, axis=0)
    step /= np.linalg.norm(step, axis=1, keepdims=True)
    bend = np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", step[:-1], step[1:]), -1.0, 1.0)))
    assert bend.max() < 3.5


def test_selected_rows_that_are_no_rows_draw_nothing(renderer):
    renderer.session.selection.row = 99
    assert alone(renderer, "orbits").max() == 0.0
    assert layer_of(renderer, "orbits").path is None
