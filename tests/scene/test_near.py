"""Close views of large fleets: near nodes are where float64 has them, each is drawn once, nothing is paid from afar."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scene_tools import EPOCH, document_of, elements, fleet_of

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.layers.nodes import near as module
from orbitviz.scene.layers.nodes.close import near_looks, odd_sizes
from orbitviz.scene.layers.nodes.near import COARSE_KM, NearNodes, coarse_km, search
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sgp4_elements import NearEarth
from orbitviz.sim.shader_elements import emulate_shader, shader_elements, split_time

COUNT = 20_000
STRING = 41
SIZE = (960, 540)
T_S = 20_000.0


def string_of_pearls(count=COUNT, **columns):
    """Random orbits, of which the first 41 follow each other along one, about 0.7 km apart (0.0001 rad)."""
    orbits = elements(count, **columns)
    changed = {}
    for name in ("mean_motion_rad_min", "eccentricity", "inclination_rad", "raan_rad", "argp_rad", "mean_anomaly_rad"):
        column = getattr(orbits, name).copy()
        column[:STRING] = column[0]
        changed[name] = column
    changed["mean_anomaly_rad"][:STRING] += 1e-4 * np.arange(STRING)
    return elements(count, **{**columns, **changed})


def follow(renderer, distance_km, row=20, t_s=T_S):
    """The camera outside of a node of the string, looking down at it."""
    renderer.session.clock.open_ended = True
    renderer.session.clock.seek(t_s)
    place = renderer.node_state(row).position_km if renderer._drawn is None else places(renderer, [row], t_s)[0]
    x, y, z = place / np.linalg.norm(place)
    renderer.session.view.update(
        target_row=row,
        distance_km=distance_km,
        lon_deg=math.degrees(math.atan2(y, x)),
        lat_deg=math.degrees(math.asin(z)),
    )


def places(renderer, rows, t_s):
    """(n, 3) km by the sgp4 package."""
    return Propagator(renderer.nodes.fleet_elements.rows(np.asarray(rows)), "sgp4", EPOCH).states(t_s)[0][0]


def draw(renderer, visible=True):
    """(state, picture as floats) of the session as it is."""
    session = renderer.session
    session.set_layer("nodes", replace(session.layers["nodes"], visible=visible))
    session.set_layer("shapes", replace(session.layers["shapes"], visible=False))  # discs have a middle to measure
    session.set_layer("globe", replace(session.layers["globe"], visible=False))  # city lights would shift the middles
    state = renderer._resolve(None, SIZE, 1.0, 5, None)
    renderer.draw(state)
    return state, renderer._passes.picture.read()[..., :3].astype(float)


def middle(changed, x, y, reach):
    """Middle of what the nodes changed in the picture within `reach` pixels of (x, y); pixel edges count from 0."""
    yy, xx = np.mgrid[: changed.shape[0], : changed.shape[1]] + 0.5
    weight = np.where(np.hypot(xx - x, yy - y) <= reach, changed, 0.0)
    assert weight.sum() > 0.0
    return np.array([(xx * weight).sum(), (yy * weight).sum()]) / weight.sum()


@pytest.fixture
def renderer(renderer_of):
    return renderer_of(document_of(fleet_of(string_of_pearls())))


@pytest.mark.gl
@pytest.mark.parametrize("t_s", [30.0 * 86400.0, 200.0 * 86400.0])
def test_near_nodes_are_drawn_where_float64_has_them(renderer, t_s):
    follow(renderer, 2.0, t_s=t_s)
    state, with_nodes = draw(renderer)
    _, without = draw(renderer, visible=False)
    changed = np.abs(with_nodes - without).sum(axis=2)
    rows = np.array([19, 20, 21])
    x, y, depth = state.pose.project(places(renderer, rows, t_s) - state.pose.eye, SIZE)
    assert (depth > 0.0).all()
    for at in zip(x, y, strict=True):
        assert np.abs(middle(changed, *at, 25.0) - at).max() < 0.1
    near = NearEarth(renderer.nodes.fleet_elements.rows(np.arange(STRING)))
    single = emulate_shader(shader_elements(near, 0.0), *split_time(t_s)).astype(float) * EARTH_RADIUS_KM
    x32, y32, _ = state.pose.project(single[rows] - state.pose.eye, SIZE)
    assert np.hypot(x32 - x, y32 - y).max() > 1.0  # what the shader alone would make of it


@pytest.mark.gl
def test_near_nodes_move_smoothly(renderer):
    follow(renderer, 2.0)
    seen = []
    for step in range(8):
        renderer.session.clock.seek(T_S + step / 60.0)
        state, with_nodes = draw(renderer)
        _, without = draw(renderer, visible=False)
        place = places(renderer, [21], state.t_s)[0]
        x, y, _ = state.pose.project(place - state.pose.eye, SIZE)
        seen.append(middle(np.abs(with_nodes - without).sum(axis=2), float(x), float(y), 25.0))
    assert np.abs(np.diff(seen, n=2, axis=0)).max() < 0.1


@pytest.mark.gl
@pytest.mark.parametrize(("distance_km", "most"), [(2.0, 4096), (40.0, 4096), (2.0, 12)])
def test_every_node_is_drawn_once(renderer, monkeypatch, distance_km, most):
    """Sums over the picture: what the shader leaves out is what the processor draws. Two-pixel points sum to one."""
    monkeypatch.setattr(module, "MOST_NEAR", most)
    look = replace(renderer.nodes.look(renderer._resolve(None, SIZE, 1.0, 5, None)), point=2.0)
    monkeypatch.setattr(renderer.nodes, "look", lambda state: look)
    follow(renderer, distance_km)
    state, _ = draw(renderer)
    shader_only = float(renderer._passes.sums()[..., 2].sum())
    near = renderer.nodes.near
    assert 0 < len(np.unique(near.rows)) == len(near.rows) <= most
    assert np.isin(20, near.rows)
    x, y, depth = state.pose.project(near.position_km - state.pose.eye, SIZE)
    inside = (depth > 0.0) & (x > 0.0) & (x < SIZE[0]) & (y > 0.0) & (y < SIZE[1])
    assert not (inside & ((x < 2) | (x > SIZE[0] - 2) | (y < 2) | (y > SIZE[1] - 2))).any()  # none is cut by the edge
    monkeypatch.setattr(near, "apply", lambda *_: None)
    near._leave()
    renderer._drawn = None
    draw(renderer)
    everything = float(renderer._passes.sums()[..., 2].sum())
    # The shader's own error moves nodes over the picture's edge or not; none of the near ones is at it.
    assert shader_only + np.count_nonzero(inside) == pytest.approx(everything, abs=0.02)
    assert np.count_nonzero(inside) >= 3


@pytest.mark.gl
def test_status_counts_near_nodes_once(renderer):
    follow(renderer, 2.0)
    draw(renderer)
    assert len(renderer.nodes.near.rows) >= STRING
    assert (renderer.status.drawn, renderer.status.total, renderer.status.note) == (COUNT, COUNT, "")


@pytest.mark.gl
def test_picking_close_up_finds_the_right_row(renderer):
    follow(renderer, 2.0)
    state, _ = draw(renderer)
    rows = np.array([19, 20, 21])
    x, y, _ = state.pose.project(places(renderer, rows, T_S) - state.pose.eye, SIZE)
    assert [renderer.pick(*at) for at in zip(x, y, strict=True)] == rows.tolist()
    assert renderer.pick(float(x[0]), float(y[0]) + 100.0) not in rows


@pytest.mark.gl
def test_of_two_discs_under_the_cursor_the_nearer_is_picked(renderer):
    follow(renderer, 0.4)
    view = renderer.session.view
    ahead, behind = places(renderer, [21, 20], T_S)
    x, y, z = (ahead - behind) / np.linalg.norm(ahead - behind)
    view.update(lon_deg=math.degrees(math.atan2(y, x)), lat_deg=math.degrees(math.asin(z)), distance_km=1.2)
    state, _ = draw(renderer)
    x, y, _ = state.pose.project(np.array([ahead, behind]) - state.pose.eye, SIZE)
    assert np.hypot(x[0] - x[1], y[0] - y[1]) < 5.0
    assert renderer.pick(float(x[0]), float(y[0])) == 21


@pytest.mark.gl
def test_the_selected_node_is_placed_here_however_far_it_is(renderer):
    follow(renderer, 2.0)
    renderer.session.selection.row = 5000
    draw(renderer)
    nodes = renderer.nodes
    assert nodes.near.rows[-1] == 5000
    assert np.linalg.norm(nodes.near.position_km[-1] - places(renderer, [5000], T_S)[0]) < 1e-5
    renderer.session.selection.row = 20
    draw(renderer)
    assert np.count_nonzero(nodes.near.rows == 20) == 1 and 5000 not in nodes.near.rows


@pytest.mark.gl
def test_from_afar_nothing_is_searched_or_uploaded(renderer):
    draw(renderer)
    before = renderer.store.uploaded_bytes
    for t_s in (10.0, 1000.0, 50_000.0):
        renderer.session.clock.seek(t_s)
        draw(renderer)
    near = renderer.nodes.near
    assert (near.searches, near.radius_km, len(near.rows)) == (0, 0.0, 0)
    assert renderer.store.uploaded_bytes == before


@pytest.mark.gl
def test_near_nodes_are_complete_while_following_and_after_jumps(renderer):
    follow(renderer, 30.0)
    near = renderer.nodes.near
    times_s = [*(T_S + np.arange(0.0, 90.0, 1.5)), 5.0e5, 5.0e5 + 0.1, 100.0, 40.0]
    for t_s in times_s:
        renderer.session.clock.seek(float(t_s))
        state = renderer._resolve(None, SIZE, 1.0, 5, None)
        renderer.nodes.apply(None, state)
        position_km = Propagator(renderer.nodes.fleet_elements).states(state.t_s, velocity=False)[0][0]
        away_km = np.linalg.norm(position_km - state.pose.eye, axis=1)
        assert near.radius_km == pytest.approx(module.near_radius_km(state, renderer.nodes.fleet.error_km(state.t_s)))
        assert set(np.flatnonzero(away_km < near.radius_km)) <= set(near.rows.tolist())
        assert (away_km[near.rows] < near.radius_km + module.BAND_KM).all()
    assert near.searches < len(times_s) / 3


ORBITS = (
    ({}, 0.0, 3000.0),
    ({}, 0.0, 200.0 * 86400.0),
    ({"eccentricity": 0.14, "mean_motion_rad_min": 0.05}, 0.0, 5000.0),
    ({"bstar": 1e-4}, 20.0 * 86400.0, 20.0 * 86400.0 + 3.0 * 3600.0),
)


@pytest.mark.parametrize(("columns", "t_ref_s", "t_s"), ORBITS)
def test_coarse_places_are_within_their_bound(columns, t_ref_s, t_s):
    near = NearEarth(elements(5000, **columns))
    shader = shader_elements(near, t_ref_s)
    position_km = near.states(t_s, velocity=False)[0][0]
    eye_km = 1.01 * position_km[100]
    away_km = np.linalg.norm(position_km - eye_km, axis=1)
    rows, coarse = coarse_km(shader, slice(0, 5000), t_s, eye_km, 1e6)
    assert np.array_equal(rows, np.flatnonzero(shader.rows_ok))
    assert np.abs(coarse - away_km[rows]).max() < COARSE_KM
    rows, _ = coarse_km(shader, slice(0, 5000), t_s, eye_km, 1000.0 + COARSE_KM)
    assert set(np.flatnonzero((away_km < 1000.0) & shader.rows_ok)) <= set(rows.tolist())
    assert len(rows) < 500


def test_where_too_many_are_about_the_search_covers_less(monkeypatch):
    monkeypatch.setattr(module, "MOST_CANDIDATES", 10)
    orbits = string_of_pearls(3000)
    near = NearEarth(orbits)
    eye_km = near.states(T_S, velocity=False)[0][0, 20] * 1.001
    found = search(shader_elements(near), orbits, EPOCH, eye_km, T_S, 100.0)
    assert len(found.rows) <= 10
    away_km = np.linalg.norm(near.states(T_S, velocity=False)[0][0] - eye_km, axis=1)
    assert set(np.flatnonzero(away_km < found.covered_km)) <= set(found.rows.tolist())


def test_the_thread_ends_with_the_fleet():
    nodes = NearNodes(elements(10), EPOCH)
    nodes.close()
    with pytest.raises(RuntimeError):
        nodes._pool.submit(int)


@pytest.mark.gl
def test_near_nodes_grow_without_a_jump_at_the_radius(renderer):
    follow(renderer, 2.0)
    state, _ = draw(renderer)
    away_km = np.array([100.0, 60.0001, 59.9999, 30.0, 10.0, 1.0, 0.05, 0.001])
    place_km = state.pose.eye - away_km[:, None] * state.pose.rotation[2]
    point, opacity = near_looks(place_km, state, 60.0, 4.0)
    assert point[:2] == pytest.approx(4.0) and point[2] == pytest.approx(4.0, abs=0.01)
    assert (np.diff(point) >= -1e-9).all() and 10.0 < point[5] < 20.0 and point.max() <= 30.0
    assert opacity[2] == pytest.approx(0.7, abs=0.01) and opacity[4:] == pytest.approx(1.0)
    odd = odd_sizes(place_km, state, 60.0, 4.0, 80.0)
    assert odd[2:] == pytest.approx(point[2:])
    assert odd[0] == pytest.approx(4.0 * math.sqrt(0.8))


@pytest.mark.gl
def test_points_that_distance_makes_small_still_count_one_each(renderer, monkeypatch):
    def total(point, plain):
        look = replace(plainly, point=point, plain=plain)
        monkeypatch.setattr(renderer.nodes, "look", lambda state: look)
        renderer._drawn = None
        draw(renderer)
        return float(renderer._passes.sums()[..., 2].sum())

    plainly = renderer.nodes.look(draw(renderer)[0])
    ones = total(2.0, 1.0)
    assert ones > 0.5 * COUNT
    assert total(5.5, 0.01) == pytest.approx(ones, rel=1e-3)
    assert total(5.5, 100.0) > 10.0 * ones
