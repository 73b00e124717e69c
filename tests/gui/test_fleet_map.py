"""The unrolled fleet: colours of the legend, blocks that lose nothing, and a hand that selects."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ring_documents import METRICS, document
from window_desk import Desk

from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.gui.docks.fleet_map import FleetMap, MapView
from orbitviz.gui.map_image import DIMMED, GREY, MapPixels, colour_table, packed
from orbitviz.gui.shown_values import coded, in_steps, mixed
from orbitviz.metrics.unrolled import unroll

pytestmark = pytest.mark.gui

SOC = MetricInfo("soc", "1", "Charge", 0.0, 1.0, scale=1 / 250, fill=255)
RAMP = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
GROUND = (1, 2, 3)


def grey(level: int) -> int:
    return int(packed(np.array([level] * 3, np.uint8)))


@pytest.fixture
def opened(desk: Desk, qtbot: QtBot) -> FleetMap:
    """The map of a ring of 12, open beside the globe and painted."""
    desk.window.panes.toggle("fleet_map")
    view = desk.window.panes.panes["fleet_map"].view
    assert isinstance(view, FleetMap)
    qtbot.waitUntil(lambda: view.map.pixels is not None)
    return view


def middle(view: FleetMap, row: int) -> QPoint:
    layout = view.map.layout_of
    assert layout is not None
    return view.map.to_widget(float(layout.x[row]), float(layout.y[row])).toPoint()


# -- pixels -------------------------------------------------------------------------------------------
def test_colours_are_those_of_the_range() -> None:
    table = colour_table(SOC, (0.2, 0.6), RAMP)
    assert table[0] == grey(0) and table[250] == grey(255)
    assert table[100] == grey(round(255 * 0.5))  # 0.4 is the middle of 0.2 to 0.6
    assert table[255] == packed(np.array(GREY, np.uint8))


def test_one_pixel_is_one_node_and_gaps_are_the_ground() -> None:
    fleet = document(12).fleet
    layout = unroll(fleet, 1.0)
    codes = np.arange(12, dtype=np.uint8) * 20
    width, height = layout.size
    pixels = MapPixels(codes, SOC, colour_table(SOC, (0.0, 1.0), RAMP), GROUND)
    drawn = pixels.draw(layout, (0, 0, width, height))
    for row in range(12):
        assert drawn[layout.y[row], layout.x[row]] == grey(round(255 * min(codes[row] / 250, 1.0)))
    gaps = layout.node == 12
    assert (drawn[gaps] == packed(np.array(GROUND, np.uint8))).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_blocks_show_the_mean_of_their_nodes_that_have_a_value(dtype: str) -> None:
    layout = unroll(document(64).fleet, 1.0)
    width, height = layout.size
    full = np.iinfo(dtype).max
    info = MetricInfo("m", "1", "M", 0.0, 1.0, scale=1.0 / (full - 1), fill=full, dtype=dtype)
    codes = np.random.default_rng(0).integers(0, full, 64).astype(dtype)
    codes[::5] = full
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
    drawn = MapPixels(codes, info, colour_table(info, (0.0, 1.0), ramp), GROUND).draw(layout, (0, 0, width, height), 2)
    for y in range(drawn.shape[0]):
        for x in range(drawn.shape[1]):
            rows = layout.node[2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
            rows = rows[rows < 64]
            known = [int(codes[row]) for row in rows if codes[row] != full]
            if known:
                level = drawn[y, x] & 255
                assert abs(int(level) - 255 * np.mean(known) / (full - 1)) <= 1.01
            else:
                assert drawn[y, x] == packed(np.array(GREY if len(rows) else GROUND, np.uint8))


def test_categories_are_never_averaged() -> None:
    layout = unroll(document(16).fleet, 1.0)
    info = MetricInfo("status", "1", "Status", 0.0, 2.0, flags={0: "a", 1: "b", 2: "c"})
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
    codes = np.zeros(16, np.uint8)
    codes[3] = 2
    width, height = layout.size
    drawn = MapPixels(codes, info, colour_table(info, (0.0, 2.0), ramp), GROUND).draw(layout, (0, 0, width, height), 2)
    assert set(drawn.ravel().tolist()) <= {grey(0), grey(2), int(packed(np.array(GROUND, np.uint8)))}
    assert drawn[layout.y[3] // 2, layout.x[3] // 2] == grey(2)


@pytest.mark.parametrize("block", [1, 2])
def test_a_set_is_bright_and_the_others_are_dimmed_or_hidden(block: int) -> None:
    layout = unroll(document(64).fleet, 1.0)
    codes = np.full(64, 250, np.uint8)
    mask = np.zeros(64, np.uint8)
    mask[:8] = 1
    table = colour_table(SOC, (0.0, 1.0), RAMP)
    box = (0, 0, *layout.size)
    lit = MapPixels(codes, SOC, table, GROUND, mask).draw(layout, box, block)
    assert lit[0, 0] == grey(255)
    assert int(lit[-1, 0]) & 255 == round(255 * DIMMED + GROUND[2] * (1 - DIMMED))
    alone = MapPixels(codes, SOC, table, GROUND, mask, hides=True).draw(layout, box, block)
    assert alone[0, 0] == grey(255) and alone[-1, 0] == packed(np.array(GROUND, np.uint8))


# -- values -------------------------------------------------------------------------------------------
def test_values_are_mixed_between_frames_and_gaps_stay_gaps() -> None:
    before = Frame("soc", 0, 0.0, np.array([0, 100, 255, 7], np.uint8))
    after = Frame("soc", 1, 60.0, np.array([200, 100, 3, 255], np.uint8))
    assert mixed(Bracket(before, after, 0.25, 15.0, 15.0), SOC).tolist() == [50, 100, 255, 255]
    assert mixed(Bracket(before, before, 0.0, 0.0, 0.0), SOC) is before.stored


def test_computed_values_keep_their_size_within_half_a_step() -> None:
    info = in_steps(MetricInfo("altitude_km", "km", "Altitude", 500.0, 1500.0))
    values = np.array([500.0, 777.0, 1500.0, np.nan, 9000.0], np.float32)
    back = info.values(coded(info, values))
    assert np.allclose(back[:3], values[:3], atol=500.0 / 254)
    assert np.isnan(back[3]) and back[4] == pytest.approx(1500.0)


# -- window -------------------------------------------------------------------------------------------
def test_a_view_is_closed_until_it_is_asked_for_and_closes_again(desk: Desk) -> None:
    pane = desk.window.panes.panes["fleet_map"]
    assert pane.isHidden() and pane.view is None
    QTest.keyClick(desk.window, Qt.Key.Key_M)
    assert pane.isVisible()
    QTest.keyClick(desk.window, Qt.Key.Key_M)
    assert pane.isHidden()


def test_a_click_on_a_pixel_selects_its_node_and_beside_it_none(desk: Desk, opened: FleetMap) -> None:
    for row in (0, 7, 11):
        QTest.mouseClick(opened.map, Qt.MouseButton.LeftButton, pos=middle(opened, row))
        assert desk.session.selection.row == row
    QTest.mouseClick(opened.map, Qt.MouseButton.LeftButton, pos=QPoint(2, opened.map.height() - 2))
    assert desk.session.selection.row is None


def test_a_rectangle_selects_its_nodes_and_what_is_selected_elsewhere_shows(desk: Desk, opened: FleetMap) -> None:
    layout = opened.map.layout_of
    assert layout is not None
    top = [row for row in range(12) if layout.y[row] == 0]
    QTest.mousePress(opened.map, Qt.MouseButton.LeftButton, pos=middle(opened, top[0]))
    QTest.mouseMove(opened.map, middle(opened, top[-1]))
    QTest.mouseRelease(opened.map, Qt.MouseButton.LeftButton, pos=middle(opened, top[-1]))
    assert desk.session.selection.rows.tolist() == top
    assert desk.session.selection.words == "part of Ring"
    opened.refresh()
    dim = opened.map.pixels
    assert dim is not None and dim.mask is not None and dim.mask.sum() == len(top)
    desk.session.selection.select_rows(np.array([1, 2]), "by hand")
    desk.session.selection.row = 5
    opened.refresh()
    assert opened.map.pixels is not None and opened.map.pixels.mask is not None
    assert np.flatnonzero(opened.map.pixels.mask).tolist() == [1, 2]
    assert opened.map.marked == 5


def test_the_pixel_on_the_screen_has_the_legends_colour(desk: Desk, opened: FleetMap, qtbot: QtBot) -> None:
    session = desk.session
    session.choose_metric("battery_soc")
    session.clock.seek(120.0)
    session.colour.update(low=0.0, high=14 / 250)
    qtbot.waitUntil(lambda: opened.title.text() == METRICS["battery_soc"].long_name)
    qtbot.waitUntil(lambda: opened.value_text(11) == "5.2 %")
    from orbitviz.gui.legend import range_colours

    colours = range_colours(session, None)
    picture = opened.map.grab().toImage()
    for row in (0, 11):
        at = middle(opened, row) * picture.devicePixelRatio()
        seen = picture.pixelColor(at)
        place = round((2 + row) / 14 * (len(colours) - 1))
        assert np.allclose([seen.red(), seen.green(), seen.blue()], colours[place, :3], atol=3)


def test_the_pointer_says_which_node_and_value(desk: Desk, opened: FleetMap, qtbot: QtBot) -> None:
    desk.session.choose_metric("battery_soc")
    qtbot.waitUntil(lambda: opened.title.text() == "Battery charge")
    opened.map.hovered.emit(3)
    assert opened.words.text() == "Ring · plane 1 · slot 4: 1.2 %"
    opened.map.hovered.emit(-1)
    assert "Wheel zooms" in opened.words.text()


def wheel(view: MapView, at: QPointF, notches: int) -> None:
    held, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turn = QPoint(0, 120 * notches)
    event = QWheelEvent(at, view.mapToGlobal(at), QPoint(), turn, Qt.MouseButton.NoButton, held, phase, False)
    QApplication.sendEvent(view, event)


def test_the_wheel_keeps_what_is_under_the_pointer(desk: Desk, opened: FleetMap, qtbot: QtBot) -> None:
    desk.open(document(250))
    qtbot.waitUntil(lambda: opened.map.pixels is not None)
    view = opened.map
    layout = view.layout_of
    assert layout is not None
    width, height = layout.size
    row = int(layout.node[height // 2, width // 2])
    at = QPointF(middle(opened, row))
    fitting = view.zoom
    for _ in range(2):
        wheel(view, at, 1)
    assert view.zoom == pytest.approx(fitting * 1.25**2) and not view.fits
    assert view.row_at(at) == row
    wheel(view, at, -9)
    assert view.fits and view.zoom == fitting


def test_a_scenario_shows_what_is_computed_from_its_elements(desk: Desk, opened: FleetMap, qtbot: QtBot) -> None:
    desk.open(document(30, recorded=False))
    assert desk.session.metric is not None
    qtbot.waitUntil(lambda: opened.map.pixels is not None)
    assert opened.map.pixels is not None and len(opened.map.pixels.codes) == 30
    assert opened.map.layout_of is not None and opened.map.layout_of.node.max() >= 29


def test_in_a_narrow_window_the_left_panel_makes_room_and_comes_back(desk: Desk) -> None:
    desk.window.resize(1280, 720)
    QTest.keyClick(desk.window, Qt.Key.Key_M)
    assert desk.window.left.isHidden() and not desk.window.right.isHidden()
    QTest.keyClick(desk.window, Qt.Key.Key_M)
    assert not desk.window.left.isHidden()


def test_open_views_are_remembered(desk: Desk) -> None:
    panes = desk.window.panes
    assert not panes.panes["fleet_map"].isVisible()
    closed = panes.state
    panes.toggle("fleet_map")
    opened_state = panes.state
    panes.restore(closed)
    assert panes.panes["fleet_map"].isHidden()
    panes.restore(opened_state)
    assert panes.panes["fleet_map"].isVisible() and panes.panes["fleet_map"].view is not None
