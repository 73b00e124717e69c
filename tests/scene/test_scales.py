"""Scales: the legend's colour is the node's colour on each of them, on the shader's path and on the processor's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene_tools import elements, fleet_of, recorded
from test_pixels import SIZE, draw, over, positions

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo
from orbitviz.player import Player
from orbitviz.scene.colours import Warp, ramp

pytestmark = pytest.mark.gl
INFO = MetricInfo("power", "W", "Power", 0.0, 254.0, fill=255, colormap="viridis")
SIGNED = MetricInfo("margin", "W", "Margin", -127.0, 127.0, offset=-127.0, fill=255, colormap="crameri:vik")


def shown(renderer_of, info, stored, **colour):
    """(colour of the middle pixel, the state): node 0 in mid-picture, all others share the distribution."""
    fleet = fleet_of(elements(len(stored), inclination_rad=0.5))
    document, source = recorded(fleet, [info], {info.name: np.array([stored, stored], np.uint8)})
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.colour.update(**colour)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=4.0, opacity=4.0))
    over(renderer, positions(fleet)[0])
    state, picture, _ = draw(renderer)
    player.close()
    return picture[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int), state


def at(state, value):
    """What the legend shows at a value."""
    colour = state.colour
    share = (value - colour.low) / (colour.high - colour.low)
    return colour.ramp()[round(np.clip(share, 0, 1) * 1023), :3].astype(int)


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("scale", ["linear", "log", "percentile"])
@pytest.mark.parametrize("reverse", [False, True])
def test_the_legends_colour_is_the_nodes_colour_on_every_scale(renderer_of, monkeypatch, small, scale, reverse):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    seen = []
    for value in (4, 40, 220):
        stored = [value, *([10] * 5), *([200] * 3)]
        pixel, state = shown(renderer_of, INFO, stored, scale=scale, reverse=reverse, low=2.0)
        assert np.abs(pixel - at(state, value)).max() <= 24
        seen.append(pixel)
    assert np.abs(seen[0] - seen[2]).max() > 60


def test_a_log_scale_gives_equal_ratios_equal_steps():
    warp = Warp("log", 1.0, 100.0)
    places = warp.places((np.array([1.0, 10.0, 100.0]) - 1.0) / 99.0)
    assert places == pytest.approx([0.0, 0.5, 1.0])


def test_a_percentile_scale_gives_equal_shares_of_nodes_equal_steps():
    stored = np.concatenate((np.arange(100, dtype=np.uint8).repeat(3), np.arange(100, 200, dtype=np.uint8)))
    warp = Warp("percentile", 0.0, 200.0, distribution=Distribution.of_stored(INFO, stored, "a"))
    assert warp.places(np.array([0.0, 0.25, 0.5, 1.0])) == pytest.approx([0.0, 0.375, 0.75, 1.0], abs=0.01)


@pytest.mark.parametrize("high", [127.0, 40.0])
def test_zero_has_the_middle_colour_of_a_diverging_map_whatever_the_range(renderer_of, high):
    pixel, state = shown(renderer_of, SIGNED, [127, 10, 250], high=high)  # the first is zero
    middle = ramp("crameri:vik")[512, :3].astype(int)
    assert np.abs(pixel - middle).max() <= 24
    assert np.abs(at(state, 0.0) - middle).max() <= 6
    assert np.abs(at(state, -30.0) - at(state, 30.0)).max() > 60


def test_a_metric_that_may_be_negative_is_shown_about_zero_and_has_no_log_scale(renderer_of):
    info = replace(SIGNED, colormap="viridis")
    _, state = shown(renderer_of, info, [127, 10, 250], scale="log")
    assert state.colour.colormap == "crameri:vik"
    assert state.colour.scale == "linear"


def test_a_percentile_scale_of_what_the_shader_computes_comes_from_a_sample(renderer_of):
    from scene_tools import document_of

    renderer = renderer_of(document_of(fleet_of(elements(6000))))
    renderer.session.choose_metric("altitude_km")
    renderer.session.colour.scale = "percentile"
    state, _, _ = draw(renderer)
    spread = state.colour.distribution
    assert spread is not None and spread.counted == 6000
    assert spread.cumulative(np.array([1000.0]))[0] == pytest.approx(3000, rel=0.1)  # dealt out evenly, 500 to 1,500 km
