"""Labels: never over each other, steady while things move, off behind the Earth, at the places they name."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from line_tools import alone, change, layer_of, pixels_at, state_of
from scene_tools import document_of, elements, fleet_of

from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.layers.labels import names
from orbitviz.scene.layers.labels.layout import Wanted, lay_out

SIZE = (960, 720)
WHITE = (1.0, 1.0, 1.0, 1.0)


def wanted(count, seed=3, shift=0.0):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0.0, 1.0, (count, 2)) * (700.0, 500.0) + shift
    return [Wanted(k, f"label {k}", float(x), float(y), float(k % 7), WHITE, 6.0) for k, (x, y) in enumerate(places)]


def sizes_of(labels):
    return {one.text: (60 + 3 * len(one.text), 18) for one in labels}


def no_overlaps(placed):
    return not any(a.meets(b, 0.0) for k, a in enumerate(placed) for b in placed[k + 1 :])


def test_a_budget_and_no_overlaps():
    labels = wanted(300)
    placed = lay_out(labels, sizes_of(labels), (720, 520), {}, 40, 1.0)
    assert len(placed) == 40
    assert no_overlaps(placed)
    assert all(one.left >= 0 and one.left + one.width <= 720 and one.top + one.height <= 520 for one in placed)
    assert max(one.wanted.rank for one in placed) < 6.0  # the important ones first


def test_labels_do_not_flicker_while_they_move():
    before, changes = {}, 0
    for step in range(120):
        labels = wanted(160, shift=0.25 * step)
        placed = lay_out(labels, sizes_of(labels), (720, 520), before, 40, 1.0)
        assert no_overlaps(placed)
        shown = {one.wanted.key: (one.side, one.wanted.side) for one in placed}
        changes += len(shown.keys() ^ before.keys()) if before else 0
        before = shown
    fresh = []
    for step in range(120):
        labels = wanted(160, shift=0.25 * step)
        fresh.append({one.wanted.key for one in lay_out(labels, sizes_of(labels), (720, 520), {}, 40, 1.0)})
    restless = sum(len(a ^ b) for a, b in pairwise(fresh))
    assert changes < 0.7 * restless


@pytest.fixture
def renderer(renderer_of):
    return renderer_of(document_of(fleet_of(elements(3, inclination_rad=0.6))))


def over(renderer, lat_deg, lon_deg, distance_km):
    renderer.session.view.update(frame="earth", lat_deg=lat_deg, lon_deg=lon_deg, distance_km=distance_km)


@pytest.mark.gl
def test_cities_are_named_where_they_are_by_inhabitants_and_not_from_afar(renderer):
    over(renderer, 40.0, 10.0, EARTH_RADIUS_KM + 2500.0)
    state = state_of(renderer, SIZE)
    labels = layer_of(renderer, "labels")
    labels.apply(None, state)
    shown = {one.wanted.text: one.wanted for one in labels.placed}
    assert {"Madrid", "Berlin", "Istanbul"} & set(shown)
    assert 5 < len(shown) <= 40
    assert no_overlaps(labels.placed)
    known = names.cities()
    least = names.least_people(names.ground_km_per_px(state))
    for one in labels.placed:
        kind, row = one.wanted.key
        assert kind == "city" and known.people[row] >= least
        place = EARTH_RADIUS_KM * known.up[row] @ rotation_z(state.sky.gmst_rad)
        assert np.allclose(pixels_at(state, place), (one.wanted.x, one.wanted.y), atol=1e-6)
        assert not state.pose.hides(1.0001 * place - state.pose.eye)
    over(renderer, 40.0, 10.0, 60000.0)
    labels.apply(None, state_of(renderer, SIZE))
    assert labels.placed == []


@pytest.mark.gl
def test_words_are_drawn_within_their_boxes(renderer):
    over(renderer, 40.0, 10.0, EARTH_RADIUS_KM + 2500.0)
    state = state_of(renderer, SIZE)
    pixels = alone(renderer, "labels", state)
    placed = layer_of(renderer, "labels").placed
    inside = np.zeros(pixels.shape, bool)
    for one in placed:
        box = pixels[one.top : one.top + one.height, one.left : one.left + one.width]
        assert box.max() > 180.0, one.wanted.text  # crisp: whole pixels of ink
        inside[one.top : one.top + one.height, one.left : one.left + one.width] = True
        x, y = int(one.wanted.x), int(one.wanted.y)
        inside[max(y - 6, 0) : y + 7, max(x - 6, 0) : x + 7] = True  # its dot
    assert pixels[~inside].max() < 1.0


@pytest.mark.gl
def test_the_selected_node_is_named_and_not_when_it_is_behind_the_earth(renderer):
    renderer.session.selection.row = 1
    x, y, z = renderer.node_state(1).position_km
    lon, lat = math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
    renderer.session.view.update(lon_deg=lon, lat_deg=lat, distance_km=20000.0)
    change(renderer, "labels", cities=False)
    labels = layer_of(renderer, "labels")
    labels.apply(None, state_of(renderer, SIZE))
    assert [one.wanted.text for one in labels.placed] == [renderer.session.document.fleet.label(1)]
    renderer.session.view.update(lon_deg=lon + 180.0, lat_deg=-lat)
    labels.apply(None, state_of(renderer, SIZE))
    assert labels.placed == []


@pytest.mark.gl
def test_labels_cost_nothing_from_afar(renderer):
    renderer.draw(state_of(renderer, SIZE))
    before = renderer.store.uploaded_bytes
    for t_s in (10.0, 20.0):
        renderer.session.clock.seek(t_s)
        layer_of(renderer, "labels").apply(None, state_of(renderer, SIZE))
    assert renderer.store.uploaded_bytes == before


@pytest.mark.gl
def test_arrows_point_along_the_velocity_and_to_the_sun(renderer):
    renderer.session.selection.row = 0
    node = renderer.node_state(0)
    renderer.session.view.update(target_row=0, distance_km=0.2, lon_deg=40.0, lat_deg=20.0)
    state = state_of(renderer, SIZE)
    for name in ("nodes", "shapes", "arrows", "labels"):
        layer_of(renderer, name).apply(None, state)
    arrows = layer_of(renderer, "arrows")
    for tip, towards in zip(arrows.tips, (node.velocity_km_s, np.array(state.sky.sun), -node.position_km), strict=True):
        along = tip.relative_km - (node.position_km - state.pose.eye)
        cosine = along @ towards / np.linalg.norm(along) / np.linalg.norm(towards)
        assert cosine == pytest.approx(1.0, abs=1e-6)
    assert {"velocity", "Sun"} <= {one.wanted.text for one in layer_of(renderer, "labels").placed}
    assert alone(renderer, "arrows", state).max() > 150.0
    renderer.session.view.distance_km = 300.0
    state = state_of(renderer, SIZE)
    for name in ("nodes", "arrows"):
        layer_of(renderer, name).apply(None, state)
    assert arrows.tips == []
