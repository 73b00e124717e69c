"""Crowded pixels: who wins, what is counted, what is never mixed; a sample counts like the whole; size and glow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of, recorded
from test_pixels import SIZE, draw, over, positions, state_of

from orbitviz.core.frame import MetricInfo
from orbitviz.player import Player
from orbitviz.scene.colours import COUNTS, STATUS, lut
from orbitviz.scene.legend_words import most_counted

pytestmark = pytest.mark.gl
SOC = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 255, colormap="viridis")
WORDS = ("planned", "active", "hibernating", "throttled", "failed", "retired")
STATES = MetricInfo("status", "1", "Status", 0, 5, fill=255, flags=dict(enumerate(WORDS)))
GROUND = 26  # 7 % of the ground shines through, and rounding


@pytest.fixture(params=["shader", "processor"])
def path(request, monkeypatch):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if request.param == "processor" else 0)
    return request.param


def one_place(renderer_of, info, stored, crowded="mean", **settings):
    """(picture, sums, renderer): all nodes of `stored` at one and the same place, in mid-picture."""
    orbit = elements(1, inclination_rad=0.5)
    names = orbit.__dataclass_fields__
    fleet = fleet_of(elements(len(stored), **{name: getattr(orbit, name)[0] for name in names}))
    document, source = recorded(fleet, [info], {info.name: np.array([stored, stored], np.uint8)})
    player = Player(source)
    renderer = renderer_of(document, player)
    look = {"size": 4.0, "opacity": 4.0, "crowded": crowded} | settings
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], **look))
    over(renderer, positions(fleet)[0])
    _, picture, sums = draw(renderer)
    player.close()
    return picture, sums, renderer


def middle(picture):
    return picture[SIZE[1] // 2, SIZE[0] // 2, :3].astype(int)


@pytest.mark.parametrize(("crowded", "wins"), [("highest", 230), ("lowest", 20)])
@pytest.mark.parametrize("order", [[20, 230], [230, 20]])
def test_of_two_nodes_in_a_pixel_the_one_asked_for_wins(renderer_of, path, crowded, wins, order):
    picture, _, _ = one_place(renderer_of, SOC, order, crowded)
    assert np.abs(middle(picture) - lut("viridis")[wins, :3].astype(int)).max() <= GROUND


def test_the_mean_of_two_nodes_is_shown_as_such(renderer_of, monkeypatch):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 0)
    picture, _, _ = one_place(renderer_of, SOC, [20, 230])
    assert np.abs(middle(picture) - lut("viridis")[125, :3].astype(int)).max() <= GROUND


@pytest.mark.parametrize("order", [[4, 1, 5, 0], [1, 1, 1, 4], [5, 4, 1, 1]])
def test_a_failed_node_is_seen_among_the_others(renderer_of, path, order):
    picture, sums, _ = one_place(renderer_of, STATES, order)
    failed = np.array([int(STATUS[4][k : k + 2], 16) for k in (1, 3, 5)])
    assert np.abs(middle(picture) - failed).max() <= GROUND
    if path == "shader":
        assert np.mod(sums[SIZE[1] // 2, SIZE[0] // 2, 0], 256.0) == 4.0


def test_of_groups_the_nearest_node_wins(renderer_of, monkeypatch):
    from orbitviz.scene.colours import table_for
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 0)
    orbit = elements(1, inclination_rad=0.5)
    columns = {name: getattr(orbit, name)[0] for name in orbit.__dataclass_fields__}
    for higher in (0, 1):
        slower = np.where(np.arange(2) == higher, 0.9, 1.0)  # a slower orbit is a higher one, nearer to the camera
        both = elements(2, **(columns | {"mean_motion_rad_min": columns["mean_motion_rad_min"] * slower}))
        fleet = fleet_of(both, shells=2)
        renderer = renderer_of(document_of(fleet))
        renderer.session.choose_metric("shell")
        look = replace(renderer.session.layers["nodes"], size=4.0, opacity=4.0)
        renderer.session.set_layer("nodes", look)
        over(renderer, positions(fleet)[higher], 40000.0)
        state, picture, sums = draw(renderer)
        assert np.mod(sums[SIZE[1] // 2, SIZE[0] // 2, 0], 256.0) == higher
        wanted = table_for(state.colour.metric)[higher, :3].astype(int)
        assert np.abs(middle(picture) - wanted).max() <= GROUND


@pytest.mark.parametrize("count", [1, 3, 9])
def test_counts_are_shown_on_a_log_scale_of_their_own(renderer_of, path, count):
    picture, _, _ = one_place(renderer_of, SOC, [20] * count, "count")
    place = np.log(count) / np.log(most_counted(count))
    wanted = lut(COUNTS)[round(255 * place), :3].astype(int)
    assert np.abs(middle(picture) - wanted).max() <= GROUND


def test_a_sample_counts_like_the_whole_and_does_not_dim(renderer_of):
    fleet = fleet_of(elements(300_000))
    renderer = renderer_of(document_of(fleet))
    renderer.session.view.update(lat_deg=25.0, lon_deg=-60.0, distance_km=24000.0)
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=0.5, crowded="count"))
    seen = {}
    for level in (5, 3, 1):
        state = replace(state_of(renderer, (160, 90)), level=level)
        renderer.draw(state)
        sums = renderer._passes.sums()[..., 2]
        assert sums.min() >= 0.0, "a share below nothing would be a black pixel"
        stand_for = renderer.nodes.sample_scale(level)
        picture = renderer._passes.picture.read()[..., :3].astype(float)
        seen[level] = sums.sum() * stand_for, picture[20:70, 50:110].mean()
    for level in (3, 1):
        assert seen[level][0] == pytest.approx(seen[5][0], rel=0.05)
        assert seen[level][1] == pytest.approx(seen[5][1], rel=0.15)
    assert renderer.nodes.sample_scale(1) == pytest.approx(16.0, rel=0.01)


def lit(picture, without):
    return int((np.abs(picture[..., :3].astype(int) - without[..., :3].astype(int)).sum(axis=2) > 60).sum())


def test_a_node_is_larger_where_its_value_is_higher(renderer_of, path):
    areas = {}
    for by_value in (False, True):
        for value in (10, 245):
            settings = {"size": 2.5, "opacity": 4.0, "by_value": by_value}
            picture, _, renderer = one_place(renderer_of, SOC, [value], **settings)
            renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
            areas[by_value, value] = lit(picture, draw(renderer)[1])
    assert areas[False, 10] == pytest.approx(areas[False, 245], rel=0.35)
    assert areas[True, 245] > 2.5 * areas[True, 10] > 0


def test_only_bright_values_shine_and_not_on_paper(renderer_of, path):
    def round_it(value, theme="dark", glow=2.0):
        picture, _, renderer = one_place(renderer_of, SOC, [value] * 3, size=2.0, glow=glow)
        if theme != "dark":
            renderer.session.stage.theme = theme
            picture = draw(renderer)[1]
        box = picture[SIZE[1] // 2 - 12 : SIZE[1] // 2 + 12, SIZE[0] // 2 - 12 : SIZE[0] // 2 + 12, :3]
        return float(box.astype(float).sum())

    assert round_it(250) > 1.02 * round_it(250, glow=0.0)
    assert round_it(60) == pytest.approx(round_it(60, glow=0.0), rel=0.002)
    assert round_it(250, "print") == round_it(250, "print", glow=0.0)
