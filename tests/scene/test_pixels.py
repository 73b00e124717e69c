"""What is where in the picture: nodes, the Earth's cover, the terminator, the legend's colours, counts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scene_tools import EPOCH, document_of, elements, fleet_of, recorded

from orbitviz.core.frame import MetricInfo
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.player import Player
from orbitviz.scene.colours import lut, table_for
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import sun_teme

pytestmark = pytest.mark.gl
SIZE = (480, 270)


def state_of(renderer, size=SIZE):
    session = renderer.session
    bracket = None
    if renderer.player is not None:
        bracket = renderer.player.wait_for(session.clock.t_s, session.colour.metric)
    return renderer._resolve(bracket, size, 1.0, 5, None)


def draw(renderer, size=SIZE):
    """(state, picture (H, W, 4) uint8, accumulated (H, W, 3) float32: values, known, count), top row first."""
    state = state_of(renderer, size)
    renderer.draw(state)
    passes = renderer._passes
    return state, passes.picture.read(), passes.sums()


def positions(fleet, t_s=0.0):
    return Propagator(fleet.elements).states(t_s)[0][0]


def over(renderer, position_km, distance_km=20000.0, opposite=False):
    """Puts the camera over (or right opposite) a place."""
    x, y, z = (-position_km if opposite else position_km) / np.linalg.norm(position_km)
    renderer.session.view.update(
        lon_deg=math.degrees(math.atan2(y, x)), lat_deg=math.degrees(math.asin(z)), distance_km=distance_km
    )


@pytest.fixture
def on_gpu(monkeypatch):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 0)


@pytest.mark.parametrize("small", [True, False])
def test_a_node_is_drawn_at_the_middle_when_the_camera_is_over_it(renderer_of, monkeypatch, small):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    fleet = fleet_of(elements(1, inclination_rad=0.5))
    renderer = renderer_of(document_of(fleet))
    over(renderer, positions(fleet)[0])
    _, with_node, _ = draw(renderer)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
    _, without, _ = draw(renderer)
    changed = np.argwhere(np.abs(with_node.astype(int) - without.astype(int)).sum(axis=2) > 12)
    assert 1 <= len(changed) < 400
    assert np.allclose(changed.mean(axis=0), [SIZE[1] / 2 - 0.5, SIZE[0] / 2 - 0.5], atol=1.5)


@pytest.mark.parametrize("small", [True, False])
def test_a_node_behind_the_earth_is_not_drawn(renderer_of, monkeypatch, small):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    fleet = fleet_of(elements(1, inclination_rad=0.5))
    renderer = renderer_of(document_of(fleet))
    over(renderer, positions(fleet)[0], opposite=True)
    _, with_node, _ = draw(renderer)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
    _, without, _ = draw(renderer)
    assert np.array_equal(with_node, without)


def test_the_count_is_the_number_of_nodes_in_front_of_the_earth(renderer_of):
    count = 20_000
    fleet = fleet_of(elements(count))
    renderer = renderer_of(document_of(fleet))
    renderer.session.view.update(lat_deg=25.0, lon_deg=-60.0, distance_km=24000.0)
    settings = replace(renderer.session.layers["nodes"], size=0.5)
    renderer.session.set_layer("nodes", settings)
    state, _, sums = draw(renderer, (1280, 720))
    assert renderer.nodes.look(state).point == 2.0
    place = positions(fleet)
    relative = place - state.pose.eye
    along = -relative @ state.pose.eye / np.linalg.norm(relative, axis=1) ** 2
    closest = state.pose.eye + along[:, None] * relative
    hidden = (along > 0) & (along < 1) & (np.linalg.norm(closest, axis=1) < EARTH_RADIUS_KM)
    assert 0 < hidden.sum() < count
    assert sums[..., 2].sum() == pytest.approx(count - hidden.sum(), rel=2e-3)


def test_values_are_conserved_and_the_mean_is_what_is_shown(renderer_of):
    count = 8_000
    info = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 255)
    stored = np.random.default_rng(3).integers(0, 256, (2, count), np.uint8)
    fleet = fleet_of(elements(count))
    document, source = recorded(fleet, [info], {"soc": stored})
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=0.5))
    renderer.session.clock.seek(45.0)
    _, _, sums = draw(renderer, (1280, 720))
    player.close()
    mean = sums[..., 0].sum() / sums[..., 2].sum()
    # About half are in front of the Earth: a fair sample of uniform values.
    assert mean == pytest.approx(0.5, abs=0.03)
    assert np.allclose(sums[..., 1], sums[..., 2])


@pytest.mark.parametrize("stored", [0, 90, 255])
@pytest.mark.parametrize("small", [True, False])
def test_the_legends_colour_is_the_nodes_colour(renderer_of, monkeypatch, small, stored):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    info = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 255, colormap="viridis")
    fleet = fleet_of(elements(1, inclination_rad=0.5))
    document, source = recorded(fleet, [info], {"soc": np.full((2, 1), stored, np.uint8)})
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=4.0, opacity=4.0))
    over(renderer, positions(fleet)[0])
    _, picture, _ = draw(renderer)
    player.close()
    node = picture[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int)
    assert np.abs(node - lut("viridis")[stored, :3].astype(int)).max() <= 24  # 7 % of the ground shines through


def test_a_node_without_a_value_is_grey(renderer_of, on_gpu):
    info = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 254, fill=255)
    fleet = fleet_of(elements(1, inclination_rad=0.5))
    document, source = recorded(fleet, [info], {"soc": np.full((2, 1), 255, np.uint8)})
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=4.0, opacity=4.0))
    over(renderer, positions(fleet)[0])
    _, picture, sums = draw(renderer)
    player.close()
    assert sums[..., 2].max() > 0.9
    assert sums[..., 1].max() == 0.0
    red, green, blue = picture[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int)
    assert max(red, green, blue) - min(red, green, blue) < 40


def test_categories_are_never_mixed(renderer_of, on_gpu):
    fleet = fleet_of(elements(3000), shells=3)
    renderer = renderer_of(document_of(fleet))
    renderer.session.choose_metric("shell")
    state, _, sums = draw(renderer, (960, 540))
    keys = np.unique(sums[..., 0][sums[..., 2] > 0.05])
    assert np.array_equal(keys, np.round(keys)), "keys are whole numbers"
    shown = np.unique(np.mod(keys, 256.0))
    assert set(shown.tolist()) <= {0.0, 1.0, 2.0}
    assert len(shown) == 3
    assert len({tuple(c) for c in table_for(state.colour.metric)[:3].tolist()}) == 3


def test_sunlight_in_the_shader_is_that_of_the_simulation(renderer_of, on_gpu):
    from orbitviz.sim.sunlight import lit_fraction

    fleet = fleet_of(elements(20_000))
    renderer = renderer_of(document_of(fleet))
    renderer.session.choose_metric("sunlit")
    over(renderer, np.cross(sun_teme(EPOCH, 0.0)[0], [0.3, 0.2, 1.0]), 25000.0)  # half day, half night
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=0.5))
    state, _, sums = draw(renderer, (1280, 720))
    place = positions(fleet)
    relative = place - state.pose.eye
    along = -relative @ state.pose.eye / np.linalg.norm(relative, axis=1) ** 2
    closest = np.linalg.norm(state.pose.eye + along[:, None] * relative, axis=1)
    front = ~((along > 0) & (along < 1) & (closest < EARTH_RADIUS_KM))
    lit = lit_fraction(place[front], np.array(state.sky.sun) * state.sky.sun_distance_km)
    assert 0.1 < np.mean(lit < 0.5) < 0.9
    assert sums[..., 0].sum() == pytest.approx(lit.sum(), rel=3e-3)


def test_the_day_side_is_under_the_sun(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(1))))
    sun = sun_teme(EPOCH, 0.0)[0]
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
    globe = renderer.session.layers["globe"]
    renderer.session.set_layer("globe", replace(globe, city_lights=0.0))
    brightness = {}
    for name, opposite in (("day", False), ("night", True)):
        over(renderer, sun, opposite=opposite)
        _, picture, _ = draw(renderer)
        disc = picture[SIZE[1] // 2 - 60 : SIZE[1] // 2 + 60, SIZE[0] // 2 - 60 : SIZE[0] // 2 + 60, :3]
        brightness[name] = float(disc.mean())
    assert brightness["day"] > 45.0
    assert 2.0 < brightness["night"] < 25.0  # dark, and yet not black


def test_the_terminator_is_where_the_sun_stands_at_the_horizon(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(1))))
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
    renderer.session.set_layer("globe", replace(renderer.session.layers["globe"], city_lights=0.0))
    x, y, _ = sun_teme(EPOCH, 0.0)[0]
    # On 20 March the Sun is over the equator: seen from 90 degrees east of it, day is left of the middle, night right.
    renderer.session.view.update(lon_deg=math.degrees(math.atan2(y, x)) + 90.0, lat_deg=0.0, distance_km=24000.0)
    _, picture, _ = draw(renderer)
    middle, reach = SIZE[0] // 2, 70
    row = picture[SIZE[1] // 2 - 40 : SIZE[1] // 2 + 40, :, :3].astype(float).mean(axis=(0, 2))
    assert row[middle - reach : middle - 25].mean() > 2.5 * row[middle + 25 : middle + reach].mean()
    dark = row[middle - 20 : middle + 30]
    assert dark[0] > dark[-1]


def test_the_map_is_not_mirrored_and_turns_with_the_earth(renderer_of):
    """Over the Sahara the ground is sand-coloured, over the Atlantic blue; day at noon UTC on the meridian."""
    renderer = renderer_of(document_of(fleet_of(elements(1))))
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
    renderer.session.clock.seek(43200.0)
    colours = {}
    for name, lat, lon in (("sahara", 23.0, 10.0), ("atlantic", 23.0, -35.0)):
        renderer.session.view.update(frame="earth", lat_deg=lat, lon_deg=lon, distance_km=9000.0)
        _, picture, _ = draw(renderer)
        patch = picture[SIZE[1] // 2 - 10 : SIZE[1] // 2 + 10, SIZE[0] // 2 - 10 : SIZE[0] // 2 + 10, :3]
        colours[name] = patch.astype(float).mean(axis=(0, 1))
    assert colours["sahara"][0] > 1.3 * colours["sahara"][2]
    assert colours["atlantic"][2] > 1.4 * colours["atlantic"][0]


def test_picking_finds_the_node_under_the_cursor(renderer_of, on_gpu):
    fleet = fleet_of(elements(6000))
    renderer = renderer_of(document_of(fleet))
    place = positions(fleet)
    found = 0
    for row in (5, 1500, 5999):
        over(renderer, place[row])
        state, _, _ = draw(renderer, (960, 540))
        picked = renderer.pick(480.0, 270.0)
        assert picked is not None
        x, y, _ = state.pose.project(place[picked] - state.pose.eye, state.size)
        assert math.hypot(x - 480.0, y - 270.0) < 4.0
        found += picked == row
    assert found >= 2
    assert renderer.pick(3.0, 3.0) is None


def test_a_picture_has_any_size_and_carries_words(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(50))))
    plain = renderer.picture((640, 360), legend=False)
    worded = renderer.picture((640, 360), caption="A caption", legend=True)
    assert plain.shape == worded.shape == (360, 640, 4)
    changed = np.argwhere(np.any(plain != worded, axis=2))
    assert changed[:, 0].min() < 40
    assert changed[:, 0].max() > 320
    assert np.array_equal(plain, renderer.picture((640, 360), legend=False))
