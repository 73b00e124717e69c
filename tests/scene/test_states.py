"""States instead of elements: foreign recordings of positions, many odd orbits, both kinds in one fleet."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of

from orbitviz import api
from orbitviz.core.fleet import ELEMENT_NAMES
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.player import Player
from orbitviz.sim.propagation import Propagator

pytestmark = pytest.mark.gl
COUNT = 5000
SIZE = (640, 360)


def write_foreign(path: Path, orbits, steps: int = 6, step_s: float = 60.0, velocity: bool = True, mixed: int = 0):
    """A recording as another program writes it with plain h5py: positions, and elements of the first `mixed` nodes."""
    times_s = np.arange(steps) * step_s
    position_km, velocity_km_s = Propagator(orbits, "numpy").states(times_s)
    with h5py.File(path, "w") as file:
        file.attrs["format"], file.attrs["format_version"] = "orbitviz-recording", "1.0"
        file.attrs["epoch_utc"] = "2026-03-20T00:00:00Z"
        file["time/t_s"] = times_s
        file["frames/position_km"] = position_km.astype("f4")
        if velocity:
            file["frames/velocity_km_s"] = velocity_km_s.astype("f4")
        if mixed:
            position_km[:, :mixed] = np.nan
            file["frames/position_km"][...] = position_km.astype("f4")
            for name in ELEMENT_NAMES:
                file[f"fleet/elements/{name}"] = np.where(np.arange(COUNT) < mixed, getattr(orbits, name), np.nan)
    return path


@pytest.fixture
def opened(renderer_of):
    players = []

    def make(path: Path):
        document = api.open(path)
        players.append(Player(document.recording))
        return renderer_of(document, players[-1])

    yield make
    for player in players:
        player.close()


def draw(renderer, t_s=None, size=SIZE):
    if t_s is not None:
        renderer.session.clock.seek(t_s)
    state = renderer._resolve(None, size, 1.0, 5, None, waits=True)
    renderer.draw(state)
    return state


def gpu_places(renderer, t_s):
    """(N, 3) km as the vertex shader has them, read back."""
    from orbitviz.bench.positions import shader_positions_km

    return shader_positions_km(renderer, t_s)


@pytest.mark.parametrize(("velocity", "most_m"), [(True, 3.0), (False, 8.0)])
def test_recorded_positions_stand_where_sgp4_has_them(opened, tmp_path, velocity, most_m):
    orbits = elements(COUNT)
    renderer = opened(write_foreign(tmp_path / "a.h5", orbits, velocity=velocity))
    for t_s in (0.0, 90.0, 137.5, 300.0):
        truth = Propagator(orbits, "sgp4").states(t_s)[0][0]
        error_m = 1e3 * np.linalg.norm(gpu_places(renderer, t_s) - truth, axis=1)
        assert error_m.max() < most_m, t_s


def test_nodes_with_positions_only_are_at_the_right_pixels(opened, tmp_path):
    orbits = elements(COUNT)
    renderer = opened(write_foreign(tmp_path / "a.h5", orbits))
    state = draw(renderer, 150.0)
    place_km = Propagator(orbits, "sgp4").states(150.0)[0][0]
    x, y, depth = state.pose.project(place_km - state.pose.eye, SIZE)
    count = renderer._passes.sums()[..., 2]
    front = np.flatnonzero((depth > 0) & (np.linalg.norm(place_km, axis=1) > 0) & _seen(state, place_km))
    inside = front[(x[front] > 3) & (x[front] < SIZE[0] - 4) & (y[front] > 3) & (y[front] < SIZE[1] - 4)]
    assert len(inside) > 1000
    hit = [count[int(y[i]) - 2 : int(y[i]) + 3, int(x[i]) - 2 : int(x[i]) + 3].max() > 0.1 for i in inside]
    assert np.mean(hit) == 1.0
    assert renderer.status.drawn == COUNT
    assert renderer.status.engine == "recorded positions"


def _seen(state, place_km):
    """(N,) whether no sphere of the Earth's radius stands between the eye and a place."""
    eye = state.pose.eye
    relative = place_km - eye
    along = np.clip(-(relative @ eye) / np.einsum("ij,ij->i", relative, relative), 0.0, 1.0)
    return np.linalg.norm(eye + along[:, None] * relative, axis=1) >= EARTH_RADIUS_KM


def test_the_accumulated_count_is_the_nodes_in_front_of_the_earth(opened, tmp_path):
    orbits = elements(COUNT)
    renderer = opened(write_foreign(tmp_path / "a.h5", orbits))
    renderer.session.view.update(distance_km=40_000.0)
    state = draw(renderer, 100.0, (300, 300))
    place_km = Propagator(orbits, "sgp4").states(100.0)[0][0]
    in_front = int(np.count_nonzero(_seen(state, place_km)))
    point = renderer.nodes.look(state).point
    assert point == 2.0, "shares of larger points do not sum to one"
    assert renderer._passes.sums()[..., 2].sum() == pytest.approx(in_front, rel=0.002)


def test_both_kinds_in_one_fleet(opened, tmp_path):
    orbits = elements(COUNT)
    renderer = opened(write_foreign(tmp_path / "a.h5", orbits, mixed=3000))
    truth = Propagator(orbits, "sgp4").states(100.0)[0][0]
    error_m = 1e3 * np.linalg.norm(gpu_places(renderer, 100.0) - truth, axis=1)
    assert np.isfinite(error_m).all()
    assert error_m[:3000].max() < 50.0
    assert error_m[3000:].max() < 3.0
    draw(renderer)
    assert renderer.status.drawn == COUNT
    assert renderer.status.engine == "SGP4 on the GPU, recorded positions"


def test_small_fleets_of_positions_are_placed_by_the_processor(opened, tmp_path):
    orbits = elements(20)
    renderer = opened(write_foreign(tmp_path / "a.h5", orbits))
    draw(renderer, 90.0)
    truth = Propagator(orbits, "sgp4").states(90.0)[0][0]
    assert np.linalg.norm(renderer.nodes.close_position_km - truth, axis=1).max() < 0.005
    assert renderer.status.drawn == 20
    state = renderer.node_state(7)
    assert np.linalg.norm(state.position_km - truth[7]) < 0.005
    assert 7.0 < np.linalg.norm(state.velocity_km_s) < 8.0


def test_a_picked_node_is_the_one_under_the_cursor(opened, tmp_path):
    orbits = elements(COUNT)
    renderer = opened(write_foreign(tmp_path / "a.h5", orbits))
    state = draw(renderer, 60.0)
    place_km = Propagator(orbits, "sgp4").states(60.0)[0][0]
    x, y, _ = state.pose.project(place_km - state.pose.eye, SIZE)
    seen = np.flatnonzero(_seen(state, place_km) & (np.abs(x - 320) < 200) & (np.abs(y - 180) < 120))
    alone = [i for i in seen if np.sum(np.hypot(x[seen] - x[i], y[seen] - y[i]) < 12) == 1]
    assert len(alone) > 5
    for row in alone[:5]:
        assert renderer.pick(float(x[row]), float(y[row])) == row


def test_a_keyframe_is_uploaded_once_and_time_between_two_costs_nothing(opened, tmp_path):
    renderer = opened(write_foreign(tmp_path / "a.h5", elements(COUNT)))
    draw(renderer, 30.0)
    before = renderer.store.uploaded_bytes
    draw(renderer, 45.0)
    assert renderer.store.uploaded_bytes == before
    draw(renderer, 90.0)
    assert renderer.store.uploaded_bytes - before == 2 * 5 * 1024 * 16  # 5 rows of 1,024 texels, place and speed


def test_nothing_is_drawn_beyond_its_last_state(opened, tmp_path):
    """What is not read yet is shown at the instant of what is."""
    renderer = opened(write_foreign(tmp_path / "a.h5", elements(COUNT)))
    draw(renderer, 30.0)
    states = renderer.player.states
    held = states._begin
    states._begin = lambda index: type(held(index))()  # a read that does not come back
    renderer.session.clock.seek(290.0)
    state = renderer._resolve(None, SIZE, 1.0, 5, None)
    assert state.recorded.stale
    assert state.t_s <= 120.0


def odd_orbits():
    """5,000 orbits: 300 geostationary, 300 eccentric ones of twelve hours, 200 near-earth ones of e = 0.2."""
    orbits = elements(COUNT)
    motion, eccentricity = orbits.mean_motion_rad_min.copy(), orbits.eccentricity.copy()
    motion[:300] = 2.0 * np.pi / 1436.07
    motion[300:600], eccentricity[300:600] = 2.0 * np.pi / 718.0, 0.72
    motion[600:800], eccentricity[600:800] = 0.045, 0.2
    return elements(COUNT, mean_motion_rad_min=motion, eccentricity=eccentricity)


def test_many_odd_orbits_come_from_keyframes_of_a_thread(renderer_of):
    orbits = odd_orbits()
    fleet = fleet_of(orbits)
    renderer = renderer_of(document_of(fleet))
    for t_s in (10.0, 3601.0, 90_000.0):
        truth = Propagator(orbits, "sgp4", fleet.epoch).states(t_s)[0][0]
        error_m = 1e3 * np.linalg.norm(gpu_places(renderer, t_s)[:800] - truth[:800], axis=1)
        assert np.isfinite(error_m).all()
        assert error_m.max() < 20.0
    draw(renderer)
    assert renderer.status.drawn == COUNT
    assert len(renderer.nodes.close_rows) == 0


def test_odd_orbits_are_never_waited_for(renderer_of):
    """A jump shows them where they last were, until the thread is there."""
    renderer = renderer_of(document_of(fleet_of(odd_orbits())))
    draw(renderer, 10.0)
    source = renderer.nodes.odd_source
    held = source._begin
    source._begin = lambda index: type(held(index))()
    renderer.session.clock.open_ended = True
    renderer.session.clock.seek(50_000.0)
    state = renderer._resolve(None, SIZE, 1.0, 5, None)
    assert state.t_s == 50_000.0
    assert state.odd.stale
    renderer.draw(state)
    assert renderer.status.drawn == COUNT


def test_the_step_of_keyframes_follows_the_speed(renderer_of):
    renderer = renderer_of(document_of(fleet_of(odd_orbits())))
    draw(renderer, 0.0)
    source = renderer.nodes.odd_source
    source._cost_s = 0.02
    source.follow(60.0)
    assert source._step_s == 60
    source.follow(3600.0)
    assert source._step_s == 480
    source.follow(0.0)
    assert source._step_s == 60


def test_refining_adds_up_to_the_picture_drawn_at_once(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(COUNT))))
    once = draw(renderer, 0.0)
    whole = renderer._passes.sums()
    from dataclasses import replace

    for level in (1, 2, 3, 4, 5):
        renderer.draw(replace(once, level=level))
        share = renderer._passes.sums()[..., 2].sum() / whole[..., 2].sum()
        assert share == pytest.approx(1.0 / renderer.nodes.sample_scale(level), rel=0.12)
    assert np.allclose(renderer._passes.sums(), whole, atol=1e-4)
    assert whole[..., 2].sum() * EARTH_RADIUS_KM > 0.0


def test_what_is_worked_out_from_places_knows_recorded_ones(opened, tmp_path):
    """The legend's distribution; a computed metric that is asked for by name."""
    orbits = elements(COUNT)
    path = write_foreign(tmp_path / "a.h5", orbits)
    renderer = opened(path)
    renderer.session.choose_metric("altitude_km")
    draw(renderer, 90.0)
    assert renderer.distribution(exact=True).unknown == 0
    with api.open(path).recording as recording:
        found = api.open(path).metric("altitude_km", 90.0)
        assert recording.farthest_km == pytest.approx(7878.0, abs=30.0)
    radius_km = np.linalg.norm(Propagator(orbits, "sgp4").states(90.0)[0][0], axis=1)
    assert np.abs(found - (radius_km - EARTH_RADIUS_KM)).max() < 25.0, "but for the flattening of the Earth"
