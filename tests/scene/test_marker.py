"""The ring round the selected node."""

from __future__ import annotations

import numpy as np
import pytest
from line_tools import alone, layer_of, pixels_at, state_of
from scene_tools import document_of, elements, fleet_of

from orbitviz.core.units import TWO_PI
from orbitviz.sim.propagation import Propagator

pytestmark = pytest.mark.gl


@pytest.fixture
def renderer(renderer_of):
    made = renderer_of(document_of(fleet_of(elements(200))))
    made.session.clock.open_ended = True
    return made


def rows_by_facing(renderer, state) -> np.ndarray:
    """Rows from the one nearest below the eye to the one farthest from there."""
    place = Propagator.of(renderer.session.document.fleet).states(state.t_s)[0][0]
    return np.argsort(-(place @ state.pose.eye) / np.linalg.norm(place, axis=1))


@pytest.mark.parametrize("t_s", [0.0, 4321.0])
def test_the_ring_is_round_the_node(renderer, t_s):
    renderer.session.clock.seek(t_s)
    row = int(rows_by_facing(renderer, state_of(renderer))[20])
    renderer.session.selection.row = row
    state = state_of(renderer)
    pixels = alone(renderer, "marker", state)
    x, y = pixels_at(state, renderer._states.at(row, t_s).position_km)
    rows, columns = np.indices(pixels.shape)
    r = np.hypot(columns + 0.5 - x, rows + 0.5 - y)
    assert pixels[np.abs(r - 12.0) < 0.35].min() > 120.0
    assert pixels[r < 10.0].max() == 0.0
    assert pixels[r > 24.0].max() == 0.0
    layer = layer_of(renderer, "marker")
    assert not layer.hidden
    assert layer.note == ""


def test_behind_the_earth_it_says_so(renderer):
    renderer.session.selection.row = int(rows_by_facing(renderer, state_of(renderer))[-1])
    assert alone(renderer, "marker").max() == 0.0
    layer = layer_of(renderer, "marker")
    assert layer.hidden
    assert "behind the Earth" in layer.note


def test_nothing_selected_draws_nothing_and_no_move_uploads(renderer):
    uploaded = renderer.store.uploaded_bytes
    assert alone(renderer, "marker").max() == 0.0
    renderer.session.selection.row = int(rows_by_facing(renderer, state_of(renderer))[5])
    renderer.session.clock.seek(100.0)
    assert alone(renderer, "marker").max() > 0.0
    assert renderer.store.uploaded_bytes == uploaded


def test_it_keeps_its_size_when_near(renderer):
    row = 17
    renderer.session.selection.row = row
    lit = []
    for distance_km in (0.05, 500.0):
        renderer.session.view.update(target_row=row, distance_km=distance_km)
        pixels = alone(renderer, "marker")
        height, width = pixels.shape
        lit.append(np.count_nonzero(pixels))
        assert pixels[height // 2, width // 2] == 0.0
        assert pixels[height // 2, width // 2 + 12] > 100.0
    assert lit[0] == lit[1]


def test_a_decayed_node_is_told_of(renderer_of):
    falling = fleet_of(elements(3, mean_motion_rad_min=15.9 * TWO_PI / 1440.0, bstar=0.01))
    renderer = renderer_of(document_of(falling))
    renderer.session.clock.open_ended = True
    renderer.session.clock.seek(20 * 86400.0)
    assert np.isnan(Propagator.of(falling).states(20 * 86400.0)[0][0, 1]).all()
    renderer.session.selection.row = 1
    assert alone(renderer, "marker").max() == 0.0
    assert "decayed" in layer_of(renderer, "marker").note
    assert alone(renderer, "orbits").max() == 0.0
    assert "decayed" in layer_of(renderer, "orbits").note
