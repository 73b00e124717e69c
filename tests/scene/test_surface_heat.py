"""Heat on the ground: what is much is bright at its place, nothing shows through the Earth, a grid goes up once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scene_tools import MemorySource, document_of, elements, fleet_of, recorded

from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.metrics.binning import ground_areas_km2
from orbitviz.player import Player
from orbitviz.scene.colours import lut
from orbitviz.scene.ground_heat import GroundHeat, round_up
from orbitviz.scene.layers.surface_heat import Settings, heat_colours, texels

pytestmark = pytest.mark.gl
SIZE = (320, 180)
POWER = MetricInfo("power", "W", "Power", 0.0, 1000.0, scale=4.0)
CHARGE = MetricInfo("soc", "1", "Charge", 0.0, 1.0, scale=1 / 250, fill=255)


def spot(row=60, column=45, peak=1e9):
    """(90, 180): all in one cell; row 60, column 45: 31 N, 89 W."""
    grid = np.zeros((90, 180), np.float32)
    grid[row, column] = peak
    return grid


class GroundSource(MemorySource):
    """With sums over the ground: `power` in one cell, a hundredth more each frame."""

    def __init__(self, infos, frames):
        super().__init__(infos, frames)
        self.surface = {"power": QuantityInfo("power", "W", "Power of the nodes above a cell")}

    def read_surface(self, name, index):
        return spot(peak=1e9 * (1.0 + 0.01 * index))


@pytest.fixture
def ground(renderer_of):
    fleet = fleet_of(elements(200_000))
    frames = {"power": np.full((4, 200_000), 100, np.uint8), "soc": np.full((4, 200_000), 125, np.uint8)}
    document, _ = recorded(fleet, [POWER, CHARGE], frames)
    source = GroundSource([POWER, CHARGE], frames)
    player = Player(source)
    renderer = renderer_of(document, player)
    renderer.session.choose_metric("power")
    renderer.session.set_layer("nodes", replace(renderer.session.layers["nodes"], visible=False))
    show(renderer, look="cells", opacity=1.0)
    yield renderer
    player.close()


def show(renderer, **fields):
    layer = renderer.session.layers["surface_heat"]
    renderer.session.set_layer("surface_heat", replace(layer, visible=True, **fields))


def over(renderer, lat_deg, lon_deg, distance_km=12000.0):
    renderer.session.view.update(frame="earth", lat_deg=lat_deg, lon_deg=lon_deg, distance_km=distance_km)


def draw(renderer, t_s=0.0):
    """(picture, uploaded bytes) once the grid of the instant is there."""
    session = renderer.session
    session.clock.seek(t_s)
    bracket = None
    if renderer.player is not None and session.colour.metric in renderer.player.metrics:
        bracket = renderer.player.wait_for(t_s, session.colour.metric)
    state = renderer.heat.settled(renderer._resolve(bracket, SIZE, 1.0, 5, None))
    before = renderer.store.uploaded_bytes
    renderer.draw(state)
    return renderer._passes.picture.read(), renderer.store.uploaded_bytes - before


def test_a_cell_with_much_is_bright_at_its_place_and_nowhere_else(ground):
    over(ground, 31.0, -89.0)
    hot, _ = draw(ground)
    density, top = ground.heat.grid.values[60, 45], ground.heat.grid.high
    ground.session.set_layer("surface_heat", replace(ground.session.layers["surface_heat"], visible=False))
    cold, _ = draw(ground)
    changed = np.abs(hot.astype(int) - cold.astype(int)).sum(axis=2) > 12
    assert changed[90, 160] and 20 < changed.sum() < 900
    rows, columns = np.nonzero(changed)
    assert abs(rows.mean() - 89.5) < 1.5 and abs(columns.mean() - 159.5) < 1.5
    place = density / top
    assert 0.5 < place <= 1.0
    assert np.allclose(hot[90, 160, :3], lut("inferno")[round(255 * place), :3], atol=3)


def test_it_lies_at_the_same_place_in_parallel_projection(ground):
    ground.session.view.projection = "orthographic"
    over(ground, 31.0, -84.0)
    hot, _ = draw(ground)
    state = ground._drawn
    assert state.pose.half_km > 0.0
    lat, lon = np.radians([31.0, -89.0])
    itrf = EARTH_RADIUS_KM * np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    teme = rotation_z(state.sky.gmst_rad).T @ itrf
    x, y, _ = state.pose.project(teme - state.pose.eye, SIZE)
    ground.session.set_layer("surface_heat", replace(ground.session.layers["surface_heat"], visible=False))
    cold, _ = draw(ground)
    rows, columns = np.nonzero(np.abs(hot.astype(int) - cold.astype(int)).sum(axis=2) > 12)
    assert abs(rows.mean() + 0.5 - y) < 1.5 and abs(columns.mean() + 0.5 - x) < 1.5


def test_a_hot_cell_behind_the_earth_is_not_seen(ground):
    over(ground, -31.0, 91.0)
    hot, _ = draw(ground)
    ground.session.set_layer("surface_heat", replace(ground.session.layers["surface_heat"], visible=False))
    cold, _ = draw(ground)
    assert np.array_equal(hot, cold)


def test_smooth_heat_goes_on_across_the_date_line(ground, monkeypatch):
    monkeypatch.setattr(GroundSource, "read_surface", lambda *_: spot(45, 179) + spot(45, 0))
    show(ground, look="smooth")
    over(ground, 1.0, 180.0, 20000.0)
    hot, _ = draw(ground)
    step = np.abs(np.diff(hot[90, 140:180, :3].astype(int), axis=0)).sum(axis=1)
    assert hot[90, 160, 0] > 150
    assert step.max() < 160  # a seam would be a step to nothing, of 400 and more


def test_recorded_sums_are_mixed_between_frames_and_none_is_lost(ground):
    draw(ground, 30.0)
    assert ground.heat.grid.recorded and ground.heat.grid.per_area
    assert ground.heat.grid.total == pytest.approx(1.005e9, rel=1e-6)
    areas = ground_areas_km2(180 // ground.heat.grid.values.shape[1])[:, None]
    assert (ground.heat.grid.values * areas).sum() / 1e6 == pytest.approx(1.005e9, rel=1e-6)


def test_a_grid_is_uploaded_when_it_is_another_one_and_only_then(ground):
    over(ground, 31.0, -89.0)
    draw(ground, 0.0)
    rows, columns = ground.heat.grid.values.shape
    assert (rows, columns) == (90, 180)
    over(ground, 0.0, 20.0)
    assert draw(ground, 0.0)[1] == 0
    # A frame's bytes of the nodes are not uploaded while they are hidden.
    assert draw(ground, 60.0)[1] == 2 * 16_200


def test_the_scale_does_not_follow_each_frame(ground):
    draw(ground, 0.0)
    first = ground.heat.grid.high
    draw(ground, 180.0)
    assert ground.heat.grid.high in (first, round_up(first * 1.0001))
    top = ground.heat.grid.high
    draw(ground, 0.0)
    assert ground.heat.grid.high == top


def test_what_does_not_add_up_is_a_mean_of_the_nodes_below(ground):
    ground.session.choose_metric("soc")
    draw(ground)
    heat = ground.heat.grid
    assert not heat.per_area and not heat.recorded
    known = heat.values[~np.isnan(heat.values)]
    assert len(known) > 8_000 and np.allclose(known, 0.5)
    assert (heat.low, heat.high) == (0.0, 1.0)


def test_nodes_are_counted_from_their_positions_and_their_sum_is_the_fleet(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(20_000))))
    show(renderer, quantity="nodes")
    draw(renderer)
    heat = renderer.heat.grid
    assert heat.total == 20_000 and heat.cell_deg == 6.0
    areas = ground_areas_km2(3)[:, None]
    assert (heat.values * areas).sum() / 1e6 == pytest.approx(20_000)
    draw(renderer, 900.0)
    assert renderer.heat.grid.total == 20_000 and renderer.heat.grid.key != heat.key


def test_what_nothing_open_holds_is_said(renderer_of):
    renderer = renderer_of(document_of(fleet_of(elements(100))))
    show(renderer, quantity="array power")
    draw(renderer)
    assert renderer.heat.grid is None
    assert "array power" in renderer.status.note


def test_gaps_keep_the_value_of_the_cells_beside_them():
    from orbitviz.scene.ground_heat import HeatGrid

    values = np.array([[np.nan, 0.5], [1.0, 9.0]])
    pixels = texels(HeatGrid((), "", "1", False, values, 0.0, 1.0))
    assert pixels.tolist() == [[[0, 0], [128, 255]], [[255, 255], [255, 255]]]


def test_a_computed_grid_is_never_waited_for(renderer_of):
    document = document_of(fleet_of(elements(5_000)))
    renderer = renderer_of(document)
    heat = GroundHeat(document, None, renderer.heat._own)
    assert heat.at(Settings(quantity="nodes"), None, (0.0, 1.0), None, 0.0) is None
    assert not heat.settled


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_picture_says_what_the_ground_means_and_much_stands_out(ground, theme):
    ground.session.view.update(frame="earth", lat_deg=31.0, lon_deg=-89.0, distance_km=12000.0)
    ground.session.stage.theme = theme
    words = ground.picture((800, 450)).astype(int)
    without = ground.picture((800, 450), legend=False).astype(int)
    right = np.abs(words - without)[:, 400:, :3].sum(axis=2) > 30
    assert right[300:400].any()  # above the instant
    middle = without[225, 400, :3]
    assert np.allclose(middle, heat_colours("inferno", theme)[204, :3], atol=40)
    assert (middle.mean() > 100) == (theme == "dark")
