"""What goes to the GPU when: time 0 bytes, a new recorded frame N bytes rounded up to a texture row, colours 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of, recorded

from orbitviz.core.frame import MetricInfo
from orbitviz.player import Player

pytestmark = pytest.mark.gl
COUNT = 10_000
ROUNDED = 10 * 1024  # rows of 1,024 texels


def draw(renderer, t_s=None, wait=True):
    """Draws the session as it is; returns the bytes uploaded for it."""
    session = renderer.session
    if t_s is not None:
        session.clock.seek(t_s)
    bracket = None
    if renderer.player is not None:
        bracket = renderer.player.wait_for(session.clock.t_s, session.colour.metric)
    before = renderer.store.uploaded_bytes
    renderer.draw(renderer._resolve(bracket, (320, 180), 1.0, 5, None))
    return renderer.store.uploaded_bytes - before


@pytest.fixture
def playing(renderer_of):
    fleet = fleet_of(elements(COUNT))
    rng = np.random.default_rng(1)
    infos = [
        MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 250, fill=255),
        MetricInfo("power", "W", "Power", 0.0, 65535.0, dtype="uint16"),
    ]
    frames = {
        "soc": rng.integers(0, 250, (6, COUNT), np.uint8),
        "power": rng.integers(0, 65535, (6, COUNT), np.uint16),
    }
    document, source = recorded(fleet, infos, frames)
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.choose_metric("soc")
    draw(renderer, 0.0)
    yield renderer
    player.close()


def test_time_moves_without_any_upload(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(COUNT))))
    draw(renderer, 0.0)
    assert draw(renderer, 12.5) == 0
    renderer.session.clock.open_ended = True
    assert draw(renderer, 20.0 * 86400.0) == 0


def test_time_between_two_frames_moves_without_any_upload(playing):
    draw(playing, 10.0)
    assert draw(playing, 20.0) == 0
    assert draw(playing, 59.0) == 0


def test_a_new_frame_uploads_its_bytes_rounded_to_a_row(playing):
    draw(playing, 30.0)
    assert draw(playing, 90.0) == ROUNDED
    assert draw(playing, 150.0) == ROUNDED


def test_scrubbing_to_a_far_frame_uploads_both_of_its_bracket(playing):
    draw(playing, 30.0)
    assert draw(playing, 270.0) == 2 * ROUNDED


def test_two_byte_metrics_upload_two_bytes_a_node(playing):
    draw(playing, 30.0)
    playing.session.choose_metric("power")
    first = draw(playing, 30.0)
    assert first == pytest.approx(2 * 2 * ROUNDED, abs=4096)  # and the colour table of 4 kB, once
    assert draw(playing, 90.0) == 2 * ROUNDED


def test_range_and_camera_upload_nothing_and_a_map_its_four_kilobytes_once(playing):
    draw(playing, 30.0)
    playing.session.colour.update(low=0.2, high=0.6)
    assert draw(playing) == 0
    playing.session.view.orbit(20.0, 5.0)
    playing.session.view.zoom(0.7)
    assert draw(playing) == 0
    playing.session.colour.colormap = "inferno"
    assert draw(playing) == 4096
    playing.session.colour.colormap = None
    assert draw(playing) == 0
    playing.session.colour.colormap = "inferno"
    assert draw(playing) == 0


@pytest.mark.parametrize("scale", ["log", "percentile"])
def test_a_warped_scale_uploads_four_kilobytes_when_it_or_its_range_changes(playing, scale):
    draw(playing, 30.0)
    playing.session.colour.scale = scale
    assert draw(playing) == 4096
    assert draw(playing) == 0
    playing.session.colour.update(low=0.2, high=0.6)
    assert draw(playing) == 4096
    playing.session.view.orbit(20.0, 5.0)
    assert draw(playing) == 0
    playing.session.colour.scale = "linear"
    assert draw(playing) == 0


def test_a_percentile_scale_follows_the_shown_frame(playing):
    draw(playing, 0.0)
    playing.session.colour.scale = "percentile"
    draw(playing)
    assert draw(playing, 60.0) == ROUNDED + 4096
    assert draw(playing, 61.0) == ROUNDED  # the nearer frame is still the same


def test_an_equal_state_is_not_drawn_again(playing):
    for _ in range(40):
        playing.tick(0.5)
        if playing._wanted is not None:
            playing.draw(playing._wanted)
    assert playing.tick(0.016) is False
    playing.session.set_layer("nodes", replace(playing.session.layers["nodes"], size=2.0))
    assert playing.tick(0.016) is True


def test_elements_are_uploaded_once_and_counted(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(COUNT))))
    assert renderer.store.uploaded_bytes >= COUNT * (3 * 16 + 12)
    assert renderer.store.uploaded_bytes <= COUNT * (3 * 16 + 12) + 3 * 16 * 1024 + 400_000  # rows, and the stars
