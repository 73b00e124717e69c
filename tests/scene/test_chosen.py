"""The selected set in the picture: hidden nodes are not drawn, highlighted ones keep their values, others are grey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of, recorded
from test_pixels import draw, over, positions, state_of

from orbitviz.core.frame import MetricInfo
from orbitviz.player import Player
from orbitviz.scene.layers.nodes.crowded import turn_of

pytestmark = pytest.mark.gl
COUNT = 10_000
ROUNDED = 10 * 1024


@pytest.fixture
def playing(renderer_of):
    """10,000 nodes; the even ones hold 200, the odd ones 100."""
    fleet = fleet_of(elements(COUNT))
    info = MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, scale=1 / 250)
    stored = np.where(np.arange(COUNT) % 2, 100, 200).astype(np.uint8)
    document, source = recorded(fleet, [info], {"soc": np.stack((stored, stored))})
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.choose_metric("soc")
    yield renderer
    player.close()


def uploaded(renderer):
    before = renderer.store.uploaded_bytes
    draw(renderer)
    return renderer.store.uploaded_bytes - before


def even(count=COUNT):
    return np.arange(count) % 2 == 0


def count_of(renderer):
    return float(draw(renderer)[2][..., 2].sum())


def test_a_set_uploads_a_byte_a_node_once_and_nothing_else_ever(playing):
    playing.session.clock.seek(10.0)
    draw(playing)
    chosen = playing.session.selection
    assert uploaded(playing) == 0
    chosen.combine(even(), "even")
    assert uploaded(playing) == ROUNDED
    playing.session.clock.seek(30.0)
    playing.session.view.orbit(10.0, 3.0)
    assert uploaded(playing) == 0
    chosen.toggle_show()
    assert uploaded(playing) == 0
    chosen.invert()
    assert uploaded(playing) == ROUNDED
    chosen.none()
    assert uploaded(playing) == 0


def test_without_a_set_no_shader_asks_for_one(playing):
    draw(playing)
    assert not any("FILTER" in dict(key) or "HIGHLIGHT" in dict(key) for key in playing.nodes._programs)
    playing.session.selection.combine(even(), "even")
    draw(playing)
    assert any("HIGHLIGHT" in dict(key) for key in playing.nodes._programs)


def test_filtered_and_highlighted_counts_are_those_of_the_set(playing):
    everything = count_of(playing)
    chosen = playing.session.selection
    chosen.combine(even(), "even", show="filter")
    evens = count_of(playing)
    chosen.invert()
    odds = count_of(playing)
    assert evens + odds == pytest.approx(everything, rel=1e-4)
    assert 0.4 * everything < evens < 0.6 * everything
    chosen.show = "highlight"
    assert count_of(playing) == pytest.approx(odds, rel=1e-4)
    rest = playing._passes.nodes.read(floating=True)[..., 2]
    assert float(rest.sum()) == pytest.approx(evens, rel=1e-4)


@pytest.mark.parametrize("show", ["filter", "highlight"])
@pytest.mark.parametrize("crowded", ["mean", "highest", "lowest"])
def test_the_values_shown_are_those_of_the_set_alone(playing, show, crowded):
    session = playing.session
    session.set_layer("nodes", replace(session.layers["nodes"], crowded=crowded))
    for mask, stored in ((even(), 200), (~even(), 100)):
        session.selection.combine(mask, "half", show=show)
        state, _, sums = draw(playing)
        found = sums[..., 2] > (0.0 if crowded == "mean" else 0.5)
        start, gain = turn_of(state)
        over = sums[..., 1] if crowded == "mean" else 1.0
        values = (sums[..., 0] / np.maximum(over, 1e-9) - start) / gain
        assert np.allclose(values[found] * 255.0, stored, atol=0.02)


@pytest.mark.parametrize("small", [True, False])
def test_a_hidden_node_is_not_drawn_and_cannot_be_picked(renderer_of, monkeypatch, small):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    fleet = fleet_of(elements(1, inclination_rad=0.5))
    renderer = renderer_of(document_of(fleet))
    over(renderer, positions(fleet)[0])
    chosen = renderer.session.selection
    chosen.combine(np.zeros(1, bool), "nothing", show="filter")
    _, hidden, _ = draw(renderer)
    assert renderer.status.drawn == 0 and renderer.status.wanted == 0 and renderer.status.total == 1
    assert renderer.pick(240.0, 135.0) is None
    chosen.invert()
    _, shown, _ = draw(renderer)
    assert renderer.status.drawn == 1
    assert renderer.pick(240.0, 135.0) == 0
    differs = np.argwhere(np.abs(shown.astype(int) - hidden.astype(int)).sum(axis=2) > 12)
    assert len(differs) and np.allclose(differs.mean(axis=0), [134.5, 239.5], atol=1.5)


@pytest.mark.parametrize("small", [True, False])
def test_a_node_that_is_not_highlighted_is_grey_and_fainter(renderer_of, monkeypatch, small):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 4096 if small else 0)
    fleet = fleet_of(elements(2, inclination_rad=0.5, raan_rad=[0.5, 3.6], mean_anomaly_rad=1.0, argp_rad=0.0))
    renderer = renderer_of(document_of(fleet))
    renderer.session.choose_metric("altitude_km")
    lines = renderer.session.layers["fleet_orbits"]
    renderer.session.set_layer("fleet_orbits", replace(lines, visible=False))  # they pass below the nodes
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], size=3.0))
    over(renderer, positions(fleet)[0])
    ours, others = np.array([1, 0]), np.array([0, 1])

    def middle(mask, visible=True):
        renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=visible))
        renderer.session.selection.combine(mask, "one")
        return draw(renderer)[1][134:136, 239:241, :3].astype(float).mean(axis=(0, 1))

    ground, chosen, rest = middle(ours, False), middle(ours), middle(others)
    assert np.abs(chosen - ground).sum() > 1.5 * np.abs(rest - ground).sum() > 15.0
    assert np.ptp(rest - ground) < 0.6 * np.ptp(chosen - ground)  # grey: all three move alike


def test_a_few_of_many_are_drawn_larger(playing):
    draw(playing)
    state = state_of(playing)
    plain = playing.nodes.look(state).point
    playing.session.selection.select_rows(np.arange(20), "twenty")
    assert playing.nodes.look(state_of(playing)).point > plain


def test_the_status_says_how_many_of_how_many(playing):
    playing.session.selection.combine(even(), "even", show="filter")
    draw(playing)
    status = playing.status
    assert (status.drawn, status.wanted, status.total) == (COUNT // 2, COUNT // 2, COUNT)
    thin = replace(state_of(playing), level=2)
    playing.draw(thin)
    exact = sum(int(even()[rows].sum()) for rows in playing.nodes.fleet.part_rows[:2])
    assert playing.status.drawn == exact < COUNT // 2
    assert f"{exact:,} of {COUNT // 2:,}" in playing.status.note


def test_links_and_the_orbit_of_hidden_nodes_are_hidden(renderer_of):
    from orbitviz.core.scenario import Links
    from orbitviz.scene.layers.links.mesh import Mesh

    fleet = replace(fleet_of(elements(6)), pairs=np.array([[0, 1], [1, 2], [4, 5]], np.uint32))
    mesh = Mesh(fleet, Links(topology="none"))
    assert len(mesh.ends_km(0.0, None)[0]) == 3
    assert len(mesh.ends_km(0.0, None, np.array([1, 1, 0, 1, 0, 1], np.uint8))[0]) == 1
    renderer = renderer_of(document_of(fleet))
    renderer.session.selection.row = 2
    draw(renderer)
    orbits = next(layer for layer in renderer.layers if layer.NAME == "orbits")
    assert orbits._row(state_of(renderer)) == 2
    renderer.session.selection.select_rows(np.array([1]), "one", show="filter")
    state = state_of(renderer)
    assert orbits._row(state) is None
    draw(renderer)
    marker = next(layer for layer in renderer.layers if layer.NAME == "marker")
    assert "hidden by the filter" in marker.note
