"""Coasts, borders and graticule: where they should be on the turning Earth, uploaded once."""

from __future__ import annotations

import numpy as np
import pytest
from line_tools import alone, brightest_near, change, layer_of, pixels_at, state_of
from scene_tools import EPOCH, document_of, elements, fleet_of

from orbitviz.core.assets import asset_path
from orbitviz.core.frames import itrf_from_teme
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.layers.borders import graticule, on_ground, shipped

pytestmark = pytest.mark.gl


@pytest.fixture
def renderer(renderer_of):
    made = renderer_of(document_of(fleet_of(elements(3))))
    made.session.clock.open_ended = True
    made.session.view.update(frame="earth", lon_deg=10.0, lat_deg=8.0, distance_km=20000.0)
    return made


def on_earth_km(lon_deg, lat_deg, t_s: float) -> np.ndarray:
    """Ground places in TEME km."""
    itrf = on_ground(np.asarray(lon_deg, float), np.asarray(lat_deg, float)) * EARTH_RADIUS_KM
    return itrf @ itrf_from_teme(EPOCH, t_s)


def test_pieces_never_join_two_lines():
    for name in ("coast", "borders"):
        start, stop = shipped(name)
        with np.load(asset_path("borders.npz")) as data:
            expected = len(data[name]) - (len(data[f"{name}_starts"]) - 1)
        assert len(start) == expected
        assert np.linalg.norm(stop - start, axis=1).max() < np.radians(1.5)


def test_graticule_is_every_15_degrees():
    start, _ = graticule()
    lat = np.degrees(np.arcsin(start[:, 2] / np.linalg.norm(start, axis=1)))
    lon = np.degrees(np.arctan2(start[:, 1], start[:, 0]))
    off = np.minimum(np.abs(lat / 15.0 - np.rint(lat / 15.0)), np.abs(lon / 15.0 - np.rint(lon / 15.0)))
    assert np.all((off < 1e-9) | (np.abs(lat) > 89.9))


def test_nothing_is_drawn_or_uploaded_until_asked_for(renderer):
    before = renderer.store.uploaded_bytes
    assert alone(renderer, "borders").max() == 0.0
    assert renderer.store.uploaded_bytes == before


def test_the_coast_is_where_the_coast_is(renderer):
    change(renderer, "borders", visible=True)
    state = state_of(renderer)
    pixels = alone(renderer, "borders", state)
    start, stop = shipped("coast")
    middle = 0.5 * (start + stop) @ itrf_from_teme(EPOCH, state.t_s) * EARTH_RADIUS_KM
    facing = middle @ state.pose.eye / np.linalg.norm(middle, axis=1) / np.linalg.norm(state.pose.eye)
    front = middle[facing > 0.75][::37]
    assert len(front) > 40
    lit = np.array([brightest_near(pixels, xy) for xy in pixels_at(state, front)])
    assert np.mean(lit > 25.0) > 0.97
    # Most of the near side is neither: lit pixels are few.
    assert np.mean(pixels > 0.0) < 0.15
    # The middle of the Sahara and of the Atlantic have neither coast nor border.
    for place in ((3.0, 24.5), (-25.0, 5.0)):
        assert brightest_near(pixels, pixels_at(state, on_earth_km(*place, state.t_s)), 3) == 0.0


def test_lines_turn_with_the_earth_and_time_uploads_nothing(renderer):
    renderer.session.view.update(frame="inertial")
    change(renderer, "borders", visible=False, graticule=True, opacity=2.0)
    renderer.session.view.lon_deg = float(np.degrees(state_of(renderer).sky.gmst_rad)) + 7.0
    state = state_of(renderer)
    crossing = pixels_at(state, on_earth_km(0.0, 0.0, state.t_s))
    assert brightest_near(alone(renderer, "borders", state), crossing) > 40.0
    uploaded = renderer.store.uploaded_bytes
    renderer.session.clock.seek(1200.0)  # the Earth turns by 5.01 degrees
    later = state_of(renderer)
    pixels = alone(renderer, "borders", later)
    turned = pixels_at(later, on_earth_km(0.0, 0.0, later.t_s))
    assert abs(turned[0] - crossing[0]) > 10.0
    assert brightest_near(pixels, turned) > 40.0
    off_the_equator = pixels_at(later, on_earth_km(-5.01, 5.0, later.t_s))
    assert brightest_near(pixels, off_the_equator) == 0.0
    assert renderer.store.uploaded_bytes == uploaded
    assert layer_of(renderer, "borders").STAGE == "background"


def test_the_far_side_is_not_seen(renderer):
    change(renderer, "borders", graticule=True, opacity=2.0)
    state = state_of(renderer)
    pixels = alone(renderer, "borders", state)
    # From longitude 10 the far side's lines would run between those of the near side: no place 7.5 degrees off every
    # line of the near side is lit.
    lon, lat = np.meshgrid(np.arange(-22.5, 45.0, 15.0), np.arange(-22.5, 45.0, 15.0))
    between = pixels_at(state, on_earth_km(lon.ravel(), lat.ravel(), state.t_s))
    assert max(brightest_near(pixels, xy, 2) for xy in between) == 0.0
    x, y = np.meshgrid(np.arange(state.size[0]) + 0.5, np.arange(state.size[1]) + 0.5)
    centre = np.hypot(x - state.size[0] / 2, y - state.size[1] / 2) - 1.5
    radius = state.size[1] / (2 * state.pose.tan_half) * EARTH_RADIUS_KM / np.sqrt(20000.0**2 - EARTH_RADIUS_KM**2)
    assert pixels[centre > radius].max() == 0.0
    assert np.count_nonzero(pixels[centre < radius]) > 2000
