"""Colour tables: visible on black, colour-blind safe categories, ends where the legend says."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.frame import MetricInfo
from orbitviz.scene.colours import LEAST_LUMINANCE, OKABE_ITO, colormap_name, lut, table_for

LUMA = np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", ["viridis", "inferno", "crameri:batlow", "crameri:lajolla", "crameri:vik", "sunlit"])
def test_no_colour_vanishes_on_black(name):
    table = lut(name)
    assert table.shape == (256, 4)
    assert table.dtype == np.uint8
    assert np.all(table[:, 3] == 255)
    assert ((table[:, :3] / 255.0) ** 2.2 @ LUMA).min() > LEAST_LUMINANCE * 0.93


@pytest.mark.parametrize("name", ["viridis", "inferno", "crameri:batlow"])
def test_a_sequential_map_still_runs_from_dark_to_bright(name):
    luminance = (lut(name)[:, :3] / 255.0) ** 2.2 @ LUMA
    assert luminance[-1] > 2.5 * luminance[0]
    assert np.all(np.diff(luminance) > -0.01)


def test_categories_have_colours_of_their_own():
    table = lut("tab20", categories=6)
    assert len({tuple(colour) for colour in table[:6].tolist()}) == 6
    assert tuple(table[0, :3]) == tuple(int(OKABE_ITO[0][k : k + 2], 16) for k in (1, 3, 5))


def test_sunlight_is_two_toned_and_an_unknown_map_is_viridis():
    assert colormap_name(MetricInfo("sunlit", "1", "Sunlight", 0, 1, colormap="cividis")) == "sunlit"
    assert colormap_name(MetricInfo("sunlit", "1", "Sunlight", 0, 1), chosen="inferno") == "inferno"
    assert np.array_equal(lut("no such map"), lut("viridis"))
    dark, bright = table_for(MetricInfo("sunlit", "1", "Sunlight", 0, 1))[[0, 255], :3].astype(int)
    assert dark[2] > dark[0]
    assert bright[0] > bright[2]
