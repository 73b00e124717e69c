"""Themes: paper is white, nothing shines on it, nodes stand out on every ground, the legend tells their colours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scene_tools import document_of, elements, fleet_of
from test_pixels import SIZE, draw

from orbitviz.scene.colours import DIVERGING, MOST_LUMINANCE, SEQUENTIAL, lut, table_for
from orbitviz.scene.snapshot import render
from orbitviz.scene.themes import THEMES

pytestmark = pytest.mark.gl
LUMA = np.array([0.2126, 0.7152, 0.0722])


def luminance(rgb):
    """Relative luminance of sRGB 0..255."""
    return (np.asarray(rgb, float) / 255.0) ** 2.2 @ LUMA


def bare(renderer, theme, **layers):
    session = renderer.session
    session.stage.theme = theme
    session.view.update(lat_deg=10.0, lon_deg=20.0, distance_km=22000.0)
    session.set_layer("nodes", replace(session.layers["nodes"], visible=False))
    return draw(renderer)[1][..., :3]


@pytest.mark.parametrize("theme", ["light", "print"])
def test_paper_has_no_stars_and_an_earth_a_little_darker_than_the_ground(renderer_of, theme):
    picture = bare(renderer_of(document_of(fleet_of(elements(50)))), theme)
    ground = np.round(np.array(THEMES[theme].space[:3]) * 255.0)
    corner = picture[:40, :80].reshape(-1, 3).astype(int)
    assert np.abs(corner - ground).max() <= 1, "no star, no glow"
    earth = picture[SIZE[1] // 2 - 30 : SIZE[1] // 2 + 30, SIZE[0] // 2 - 30 : SIZE[0] // 2 + 30]
    assert 0.2 < luminance(earth).mean() < luminance(ground) - 0.05
    if theme == "print":
        assert np.ptp(earth.astype(int), axis=2).max() <= 2, "grey"


def test_the_dark_sky_has_stars(renderer_of):
    picture = bare(renderer_of(document_of(fleet_of(elements(50)))), "dark")
    assert picture[:60].max() > 40


@pytest.mark.parametrize("theme", ["light", "print"])
@pytest.mark.parametrize("name", [*SEQUENTIAL, *DIVERGING, "sunlit"])
def test_no_colour_vanishes_on_paper(name, theme):
    most = MOST_LUMINANCE[theme]
    assert luminance(lut(name, None, theme)[:, :3]).max() < most * 1.04
    land = luminance([0.70 * 255, 0.735 * 255, 0.70 * 255])
    assert land - most > 0.05


@pytest.mark.parametrize("theme", ["light", "print"])
@pytest.mark.parametrize("name", ["viridis", "inferno", "crameri:batlow", "crameri:lajolla"])
def test_a_sequential_map_still_runs_one_way_on_paper(name, theme):
    steps = np.diff(luminance(lut(name, None, theme)[:, :3]))
    assert np.all(steps > -0.01) or np.all(steps < 0.01)
    assert abs(steps.sum()) > 0.25


@pytest.mark.parametrize("theme", ["dark", "light", "print"])
def test_the_legends_colours_are_the_nodes_colours_in_every_theme(renderer_of, theme):
    from test_pixels import over, positions

    fleet = fleet_of(elements(1, inclination_rad=0.5), shells=1)
    renderer = renderer_of(document_of(fleet))
    renderer.session.choose_metric("shell")
    renderer.session.stage.theme = theme
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=4.0))
    over(renderer, positions(fleet)[0])
    state, picture, _ = draw(renderer)
    wanted = table_for(state.colour.metric, None, theme)[0, :3].astype(int)
    assert np.abs(picture[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int) - wanted).max() <= 4
    assert tuple(state.colour.ramp()[0, :3]) == tuple(wanted)


def test_a_picture_for_paper_is_written_as_such(canvas, tmp_path):
    document = document_of(fleet_of(elements(300)))
    out = render(document, tmp_path / "a.png", size=(640, 360), theme="print", metric="altitude_km")
    with Image.open(out) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert np.all(pixels[0] == 255)
    legend = pixels[-130:-10, 10:180]
    assert legend.min() < 60 < 200 < np.median(legend), "dark words on white"
