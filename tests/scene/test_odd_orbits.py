"""Orbits that the shader does not draw right: from the processor, or counted out aloud."""

from __future__ import annotations

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of

pytestmark = pytest.mark.gl
COUNT = 5000


def mixed():
    """5,000 orbits of which the first 40 are geostationary, the next 30 eccentric, the next 10 impossible."""
    orbits = elements(COUNT)
    motion, eccentricity = orbits.mean_motion_rad_min.copy(), orbits.eccentricity.copy()
    motion[:40] = 2.0 * np.pi / 1436.07
    motion[40:70], eccentricity[40:70] = 0.03, 0.45
    eccentricity[70:80] = 1.5
    return elements(
        COUNT, mean_motion_rad_min=motion, eccentricity=eccentricity, inclination_rad=orbits.inclination_rad
    )


def draw(renderer):
    state = renderer._resolve(None, (640, 360), 1.0, 5, None)
    renderer.draw(state)
    return state


def test_deep_space_and_eccentric_orbits_come_from_the_processor(renderer_of):
    renderer = renderer_of(document_of(fleet_of(mixed())))
    draw(renderer)
    assert np.array_equal(np.sort(renderer.nodes.close_rows), np.arange(80))
    radius = np.linalg.norm(renderer.nodes.close_position_km, axis=1)
    assert np.allclose(radius[:40], 42164.0, atol=150.0)
    assert np.all(np.isfinite(radius[:70]))


def test_what_has_no_state_is_counted_out_aloud(renderer_of):
    renderer = renderer_of(document_of(fleet_of(mixed())))
    draw(renderer)
    assert renderer.status.total == COUNT
    assert renderer.status.drawn == COUNT - 10
    assert f"{COUNT - 10:,} of {COUNT:,}" in renderer.status.note


def test_a_geostationary_node_is_seen_and_picked_where_it_is(renderer_of):
    renderer = renderer_of(document_of(fleet_of(mixed())))
    renderer.session.view.update(distance_km=120_000.0, lat_deg=40.0)
    state = draw(renderer)
    place = renderer.nodes.close_position_km[:40]
    x, y, depth = state.pose.project(place - state.pose.eye, state.size)
    inside = np.flatnonzero((x > 20) & (x < 620) & (y > 20) & (y < 340) & (depth > 0))
    assert len(inside) > 3
    assert renderer.pick(float(x[inside[0]]), float(y[inside[0]])) is not None


def test_node_state_is_float64_and_geodetic(renderer_of):
    renderer = renderer_of(document_of(fleet_of(mixed())))
    draw(renderer)
    state = renderer.node_state(100)
    assert state.position_km.dtype == np.float64
    assert 480.0 < state.height_km < 1560.0
    assert -np.pi / 2 < state.latitude_rad < np.pi / 2
    assert 7.0 < np.linalg.norm(state.velocity_km_s) < 8.0
    assert 0.0 <= state.lit <= 1.0
    assert np.isnan(renderer.node_state(75).position_km).all()
