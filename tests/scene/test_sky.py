"""The Moon where erfa has it, in its true size and phase; stars by magnitude; the line between day and night."""

from __future__ import annotations

import math

import erfa
import numpy as np
import pytest
from line_tools import alone, brightest_near, change, layer_of, pixels_at, state_of
from scene_tools import EPOCH, document_of, elements, fleet_of

from orbitviz.core.assets import asset_path
from orbitviz.core.frames import teme_from_gcrs
from orbitviz.core.units import AU_KM, EARTH_RADIUS_KM
from orbitviz.scene.layers.fleet_orbits.paths import MOST_ORBITS, distinct_rows
from orbitviz.sim.moon import MOON_RADIUS_KM, moon_teme
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import sun_teme

SIZE = (640, 480)


def test_the_moon_of_teme_is_erfas_by_angle_to_the_sun():
    """The elongation does not depend on the frame: erfa's own Sun and Moon against ours in TEME."""
    for day in (0.0, 3.0, 10.0, 14.0, 25.0):
        moon = moon_teme(EPOCH, 86400.0 * day)
        sun = np.ravel(sun_teme(EPOCH, 86400.0 * day)[0])
        ours = math.acos(moon @ sun / np.linalg.norm(moon))
        days = EPOCH.fraction + day + 69.184 / 86400.0
        theirs = np.asarray(erfa.moon98(EPOCH.jd, days)["p"]) * AU_KM
        towards = -np.asarray(erfa.epv00(EPOCH.jd, days)[0]["p"])
        assert np.linalg.norm(moon) == pytest.approx(np.linalg.norm(theirs), rel=1e-9)
        assert ours == pytest.approx(
            math.acos(theirs @ towards / np.linalg.norm(theirs) / np.linalg.norm(towards)), abs=2e-4
        )
        assert 356_000.0 < np.linalg.norm(moon) < 407_000.0


@pytest.fixture
def renderer(renderer_of):
    made = renderer_of(document_of(fleet_of(elements(1))))
    made.session.clock.open_ended = True
    change(made, "sky", stars=False, sun=False)
    return made


def towards_moon(renderer, t_s, fov_deg=5.0, projection="perspective"):
    """The camera between the Earth and the Moon, so that the Moon is a little off the middle of the picture."""
    renderer.session.clock.seek(t_s)
    x, y, z = moon_teme(EPOCH, t_s)
    renderer.session.view.update(
        lon_deg=math.degrees(math.atan2(y, x)) + 180.0,
        lat_deg=-math.degrees(math.atan2(z, math.hypot(x, y))) + 2.5,
        distance_km=40000.0,
        fov_deg=fov_deg,
        projection=projection,
    )


@pytest.mark.gl
@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_the_moon_is_where_erfa_says_in_its_true_size(renderer, projection):
    full = 13.0 * 86400.0  # full Moon on 2 April 2026
    towards_moon(renderer, full, fov_deg=8.0, projection=projection)
    renderer.session.view.lat_deg += 0.6
    state = state_of(renderer, SIZE)
    pixels = alone(renderer, "sky", state)
    moon_km = moon_teme(EPOCH, full)
    relative = moon_km - state.pose.eye
    inside = relative @ state.pose.rotation.T
    scale = SIZE[1] / (2.0 * state.pose.tan_half * -inside[2])
    x, y = SIZE[0] / 2 + inside[0] * scale, SIZE[1] / 2 - inside[1] * scale
    disc = np.argwhere(pixels > 60.0) + 0.5
    assert 0.0 < x < SIZE[0] and 0.0 < y < SIZE[1]
    radius = MOON_RADIUS_KM / np.linalg.norm(relative) / state.pose.pixel_rad(SIZE[1])
    assert len(disc) == pytest.approx(math.pi * radius**2, rel=0.12)
    assert np.allclose(disc.mean(axis=0), (y, x), atol=0.8)


@pytest.mark.gl
def test_the_moons_phase_is_the_suns(renderer):
    towards_moon(renderer, 5.5 * 86400.0)  # near the first quarter of 25 March 2026
    state = state_of(renderer, SIZE)
    pixels = alone(renderer, "sky", state)
    disc = np.argwhere(pixels > 90.0) + 0.5
    moon_km = moon_teme(EPOCH, state.t_s)
    relative = moon_km - state.pose.eye
    inside = relative @ state.pose.rotation.T
    scale = SIZE[1] / (2.0 * state.pose.tan_half * -inside[2])
    middle = np.array([SIZE[1] / 2 - inside[1] * scale, SIZE[0] / 2 + inside[0] * scale])
    radius = MOON_RADIUS_KM * scale
    sun = np.array(state.sky.sun)
    cosine = -(sun @ relative) / np.linalg.norm(relative)
    lit = 0.5 * (1.0 + cosine)
    assert 0.3 < lit < 0.7
    assert len(disc) / (math.pi * radius**2) == pytest.approx(lit, abs=0.12)
    shift = disc.mean(axis=0) - middle
    sunwards = sun @ state.pose.rotation.T
    side = np.array([-sunwards[1], sunwards[0]])
    assert shift @ side / np.linalg.norm(shift) / np.linalg.norm(side) > 0.95


@pytest.mark.gl
def test_the_earth_stands_before_the_moon(renderer):
    t_s = 13.0 * 86400.0
    towards_moon(renderer, t_s, fov_deg=40.0)
    renderer.session.view.lat_deg -= 2.5
    change(renderer, "nodes", visible=False)
    pictures = []
    for moon in (True, False):
        change(renderer, "sky", moon=moon)
        state = state_of(renderer, SIZE)
        renderer.draw(state)
        pictures.append(renderer._passes.picture.read()[..., :3])
    assert np.array_equal(*pictures)


@pytest.mark.gl
def test_bright_stars_are_brighter_and_larger(renderer):
    change(renderer, "sky", stars=True, moon=False)
    with np.load(asset_path("stars.npz"), allow_pickle=False) as stars:
        ra, dec, magnitude = (stars[name].astype(float) for name in ("ra_deg", "dec_deg", "magnitude"))
    near = (np.abs(ra - 101.287) < 3.0) & (np.abs(dec + 16.716) < 3.0)
    sirius, faint = 0, int(np.flatnonzero(near & (magnitude > 5.0))[0])
    renderer.session.view.update(lon_deg=101.0 - 180.0, lat_deg=16.7, distance_km=300000.0, fov_deg=8.0)
    state = state_of(renderer, SIZE)
    pixels = alone(renderer, "sky", state)
    light = []
    for a, d in np.radians([(ra[k], dec[k]) for k in (sirius, faint)]):
        way = teme_from_gcrs(EPOCH, 0.0) @ [math.cos(d) * math.cos(a), math.cos(d) * math.sin(a), math.sin(d)]
        x, y = pixels_at(state, state.pose.eye + 1e9 * way)
        light.append(pixels[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5].sum())
    assert light[0] > 4.0 * light[1] > 0.0


@pytest.mark.gl
def test_the_night_line_is_where_the_sun_stands_at_the_horizon(renderer):
    change(renderer, "borders", night_line=True, opacity=2.0)
    sun = np.ravel(sun_teme(EPOCH, 0.0)[0])
    renderer.session.view.update(
        lon_deg=math.degrees(math.atan2(sun[1], sun[0])) + 80.0, lat_deg=15.0, distance_km=20000.0
    )
    state = state_of(renderer, SIZE)
    pixels = alone(renderer, "borders", state)
    side = np.cross(sun, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    other = np.cross(sun, side)
    angles = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    ring = EARTH_RADIUS_KM * (np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * other)
    facing = ring @ state.pose.eye / EARTH_RADIUS_KM / np.linalg.norm(state.pose.eye)
    seen = ring[facing > 0.6]
    assert len(seen) > 10
    assert min(brightest_near(pixels, at) for at in pixels_at(state, seen)) > 60.0
    off = 0.97 * seen + 0.1 * EARTH_RADIUS_KM * sun
    off *= EARTH_RADIUS_KM / np.linalg.norm(off, axis=1, keepdims=True)
    assert max(brightest_near(pixels, at) for at in pixels_at(state, off)) < 5.0


@pytest.mark.gl
def test_all_orbits_of_a_small_fleet_are_drawn_and_of_a_large_one_none(renderer_of):
    fleet = fleet_of(elements(5, eccentricity=0.001))
    renderer = renderer_of(document_of(fleet))
    renderer.session.view.update(distance_km=30000.0)
    state = state_of(renderer, SIZE)
    pixels = alone(renderer, "fleet_orbits", state)
    for t_s in (0.0, 700.0, -900.0):
        for place in Propagator(fleet.elements).states(t_s)[0][0]:
            if not state.pose.hides(place - state.pose.eye):
                assert brightest_near(pixels, pixels_at(state, place)) > 15.0
    change(renderer, "fleet_orbits", visible=False)
    assert alone(renderer, "fleet_orbits", state_of(renderer, SIZE)).max() == 0.0
    assert len(distinct_rows(fleet_of(elements(MOST_ORBITS + 1)))) == 0
    cluster = fleet_of(elements(40, mean_motion_rad_min=0.06, inclination_rad=1.0, raan_rad=2.0, eccentricity=1e-4))
    assert len(distinct_rows(cluster)) == 1
    assert layer_of(renderer, "fleet_orbits").note == ""
