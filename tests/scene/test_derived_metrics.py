"""Metrics that are not recorded, in the picture: the shader's latitude, the beta angle between its instants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of
from test_pixels import SIZE, draw, over, positions

from orbitviz.core.frames import geodetic_from_itrf
from orbitviz.sim.sunlight import beta_angle_rad

pytestmark = pytest.mark.gl


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shaders_latitude_is_geodetic(renderer_of, monkeypatch, small, seed):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    fleet = fleet_of(elements(1, seed=seed, inclination_rad=1.3))
    renderer = renderer_of(document_of(fleet))
    renderer.session.choose_metric("latitude_rad")
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=4.0))
    over(renderer, positions(fleet)[0])
    state, picture, sums = draw(renderer)
    wanted = float(geodetic_from_itrf(positions(fleet)[0])[0])
    info = state.colour.metric
    if not small:
        x = sums[SIZE[1] // 2, SIZE[0] // 2]
        assert info.low + x[0] / x[2] * (info.high - info.low) == pytest.approx(wanted, abs=2e-4)
    place = (wanted - info.low) / (info.high - info.low)
    legend = state.colour.ramp()[round(place * 1023), :3].astype(int)
    assert np.abs(picture[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int) - legend).max() <= 24


def test_the_beta_angle_is_that_of_the_nearest_of_instants_ten_minutes_apart(renderer_of):
    count = 5000
    fleet = fleet_of(elements(count))
    renderer = renderer_of(document_of(fleet))
    session = renderer.session
    session.choose_metric("beta_rad")
    session.clock.seek(950.0)
    state, _, _ = draw(renderer)
    bracket = renderer.nodes.bracket(state)
    values = bracket.values(state.colour.metric, slice(None))
    assert np.degrees(np.abs(values - beta_angle_rad(fleet.elements, fleet.epoch, 950.0))).max() < 0.03
    before = renderer.store.uploaded_bytes
    session.clock.seek(1400.0)
    draw(renderer)
    assert renderer.store.uploaded_bytes == before, "nothing is uploaded while the nearest instant is the same"
    session.clock.seek(1600.0)
    draw(renderer)
    assert renderer.store.uploaded_bytes - before == 2 * 1024 * 5  # the next instant: two bytes a node, whole rows
