"""The mesh: which links hold, where they are drawn, what the layer says when it draws less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from line_tools import alone, brightest_near, change, layer_of, pixels_at, state_of
from scene_tools import document_of, elements, fleet_of

from orbitviz.core.assets import scenarios_folder
from orbitviz.core.document import Document
from orbitviz.core.scenario import Links, Scenario
from orbitviz.core.units import EARTH_RADIUS_KM, TWO_PI
from orbitviz.files.scenario_file import read_recipe
from orbitviz.metrics import metric_infos
from orbitviz.scene.layers.links.mesh import MOST_NODES, Mesh, holds, near
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.links import plus_grid_pairs
from orbitviz.sim.propagation import Propagator

pytestmark = pytest.mark.gl
ANGLES_DEG = np.array([0.0, 20.0, 160.0, 180.0, 200.0, 60.0])


def ring_document(pairs, links: Links | None) -> Document:
    """Six nodes on one equatorial orbit at ANGLES_DEG, joined by `pairs`."""
    zero = {"inclination_rad": 1e-3, "raan_rad": 0.0, "argp_rad": 0.0, "eccentricity": 1e-4}
    motion = elements(1).mean_motion_rad_min[0]
    orbits = elements(6, mean_motion_rad_min=motion, mean_anomaly_rad=np.radians(ANGLES_DEG), **zero)
    fleet = replace(fleet_of(orbits), pairs=np.array(pairs, np.uint32))
    scenario = None if links is None else Scenario("ring", links=links)
    return Document("scenario", None, "ring", fleet, scenario, None, metric_infos(fleet))


def middles(renderer, state, pairs) -> np.ndarray:
    """(L, 2) pixels of the links' middles."""
    place = Propagator.of(renderer.session.document.fleet).states(state.t_s)[0][0]
    return pixels_at(state, 0.5 * (place[[a for a, _ in pairs]] + place[[b for _, b in pairs]]))


@pytest.fixture
def ring(renderer_of):
    def make(pairs, links=None):
        renderer = renderer_of(ring_document(pairs, links))
        renderer.session.clock.open_ended = True
        renderer.session.view.update(lon_deg=10.0, lat_deg=25.0, distance_km=22000.0)
        change(renderer, "links", visible=True, opacity=1.0)
        return renderer

    return make


def test_a_link_in_front_is_drawn_one_behind_or_through_the_earth_is_not(ring):
    pairs = [(0, 1), (3, 4), (0, 3), (1, 5)]
    renderer = ring(pairs, Links(max_range_km=20000.0))
    state = state_of(renderer)
    pixels = alone(renderer, "links", state)
    front, behind, through, wide = (brightest_near(pixels, xy) for xy in middles(renderer, state, pairs))
    assert front > 100.0
    assert wide > 100.0
    assert behind == 0.0  # it holds, but the Earth stands before it
    assert through == 0.0  # it does not hold
    assert layer_of(renderer, "links").drawn == 3


def test_a_link_is_a_thin_straight_line_from_node_to_node(ring):
    renderer = ring([(0, 1)])
    state = state_of(renderer)
    pixels = alone(renderer, "links", state)
    place = Propagator.of(renderer.session.document.fleet).states(0.0)[0][0]
    first, second = pixels_at(state, place[:2])
    rows, columns = np.nonzero(pixels)
    along = (second - first) / np.linalg.norm(second - first)
    offset = np.column_stack((columns + 0.5, rows + 0.5)) - first
    assert np.abs(offset @ np.array([-along[1], along[0]])).max() < 1.8
    reach = offset @ along
    assert reach.min() == pytest.approx(0.0, abs=1.5)
    assert reach.max() == pytest.approx(np.linalg.norm(second - first), abs=1.5)


def test_range_and_grazing_height_decide():
    radius = EARTH_RADIUS_KM + 550.0
    angle = np.radians([10.0, 30.0, 43.0, 44.5, 180.0])
    first = np.tile([radius, 0.0, 0.0], (5, 1))
    second = radius * np.column_stack((np.cos(angle), np.sin(angle), np.zeros(5)))
    # The chord's lowest height is radius cos(angle / 2) - 6378.137: 36 km at 44.5 degrees, 68 km at 43 degrees.
    assert holds(first, second, Links(max_range_km=90000.0, grazing_km=50.0)).tolist() == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert holds(first, second, Links(max_range_km=90000.0, grazing_km=80.0)).tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert holds(first, second, Links(max_range_km=3000.0, grazing_km=0.0)).tolist() == [
        True,
        False,
        False,
        False,
        False,
    ]
    second[0] = np.nan
    assert not holds(first, second, Links())[0]


def test_time_uploads_the_links_once_and_the_camera_nothing(ring):
    renderer = ring([(0, 1), (3, 4)])
    alone(renderer, "links")
    before = renderer.store.uploaded_bytes
    renderer.session.view.orbit(30.0, 10.0)
    alone(renderer, "links")
    assert renderer.store.uploaded_bytes == before
    renderer.session.clock.seek(30.0)
    alone(renderer, "links")
    assert renderer.store.uploaded_bytes == before + 2 * 128


def test_hidden_links_cost_nothing(ring):
    renderer = ring([(0, 1)])
    change(renderer, "links", visible=False)
    before = renderer.store.uploaded_bytes
    assert alone(renderer, "links").max() == 0.0
    assert renderer.store.uploaded_bytes == before


def test_links_move_with_their_nodes(ring):
    pairs = [(0, 1)]
    renderer = ring(pairs)
    renderer.session.clock.seek(200.0)
    state = state_of(renderer)
    assert brightest_near(alone(renderer, "links", state), middles(renderer, state, pairs)[0]) > 100.0


def test_the_cluster_is_sharp_from_near(renderer_of):
    """Suncatcher's lattice from 300 m: the middle of each link next to the middle satellite is lit."""
    scenario = read_recipe(scenarios_folder() / "suncatcher-81.toml")
    fleet = build_fleet(scenario)
    document = Document("scenario", None, "cluster", fleet, scenario, None, metric_infos(fleet))
    renderer = renderer_of(document)
    change(renderer, "links", visible=True, opacity=1.0)
    renderer.session.view.update(target_row=40, distance_km=0.6)
    renderer.session.clock.seek(3000.0)
    state = state_of(renderer)
    pixels = alone(renderer, "links", state)
    pairs = [(a, b) for a, b in plus_grid_pairs(fleet, scenario.links).tolist() if 40 in (a, b)]
    assert len(pairs) == 4
    xy = middles(renderer, state, pairs)
    inside = np.all((xy > 2.0) & (xy < np.array(state.size) - 2.0), axis=1)
    assert inside.any()
    assert all(brightest_near(pixels, place) > 60.0 for place in xy[inside])


def test_near_goes_so_many_hops():
    chain = np.column_stack((np.arange(20), np.arange(1, 21)))
    assert near(chain, 21, 10, 1).tolist() == [[9, 10], [10, 11]]
    assert near(chain, 21, 10, 3).tolist() == chain[7:13].tolist()
    assert near(chain, 21, 0, 2).tolist() == [[0, 1], [1, 2]]


def large(count: int) -> Document:
    """A fleet above the limit whose nodes are joined in a chain."""
    fleet = fleet_of(elements(count, mean_anomaly_rad=np.linspace(0.0, TWO_PI, count)))
    pairs = np.column_stack((np.arange(count - 1), np.arange(1, count))).astype(np.uint32)
    return document_of(replace(fleet, pairs=pairs))


def test_large_fleets_show_the_links_round_the_selected_node_and_say_so(renderer_of):
    renderer = renderer_of(large(MOST_NODES + 1))
    change(renderer, "links", visible=True)
    layer = layer_of(renderer, "links")
    assert alone(renderer, "links").max() == 0.0
    assert "8,192" in layer.note
    assert "select" in layer.note
    renderer.session.selection.row = 4000
    alone(renderer, "links")
    assert layer.drawn == 8
    assert "8,192" in layer.note
    assert layer.STAGE == "overlay"


def test_the_largest_whole_mesh_is_whole():
    mesh = Mesh.of(large(MOST_NODES))
    assert mesh.whole
    assert len(mesh.pairs(0.0, None)) == MOST_NODES - 1


def test_without_any_known_links_it_says_so(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(5))))
    change(renderer, "links", visible=True)
    assert alone(renderer, "links").max() == 0.0
    assert "who is linked to whom" in layer_of(renderer, "links").note


def test_a_preset_has_its_mesh():
    scenario = read_recipe(scenarios_folder() / "three-body-12.toml")
    fleet = build_fleet(scenario)
    mesh = Mesh.of(Document("scenario", None, "", fleet, scenario, None, metric_infos(fleet)))
    first, second = mesh.ends_km(0.0, None)
    length = np.linalg.norm(second - first, axis=1)
    radius = np.linalg.norm(first, axis=1).mean()
    assert len(first) == 12
    assert length == pytest.approx(2.0 * radius * np.sin(np.pi / 12.0), rel=2e-3)


def test_what_a_layer_does_not_draw_is_in_the_status(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(5))))
    change(renderer, "links", visible=True)
    renderer.draw_now()
    assert "who is linked to whom" in renderer.status.note
    change(renderer, "links", visible=False)
    renderer.draw_now()
    assert renderer.status.note == ""
