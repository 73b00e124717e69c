"""By altitude and latitude, and by shell: nothing is lost, and what is drawn is where the nodes are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ring_documents import METRICS, document
from window_desk import Desk

from orbitviz.core.document import Document
from orbitviz.core.fleet import ShellInfo
from orbitviz.gui.altitude_plot import AltitudeHeat, grid_for
from orbitviz.gui.docks.profiles import NODES, Profiles, bin_altitudes
from orbitviz.gui.shell_plot import ShellValues
from orbitviz.sim.propagation import Propagator

pytestmark = pytest.mark.gui


def two_shells(nodes: int = 12) -> Document:
    """The ring, its second half called another shell."""
    opened = document(nodes)
    infos = (ShellInfo("Low", "Low", 550.0, 97.4, 1, nodes // 2), ShellInfo("High", "High", 560.0, 97.4, 1, nodes // 2))
    shell = (np.arange(nodes) >= nodes // 2).astype(np.uint16)
    fleet = replace(opened.fleet, shell=shell, shells=infos)
    assert opened.recording is not None
    opened.recording.fleet = fleet  # type: ignore[misc]
    return replace(opened, fleet=fleet)


def positions_km(opened: Document) -> np.ndarray:
    place = Propagator(opened.fleet.elements).states(0.0, velocity=False)[0][0]
    return np.ascontiguousarray(place.T, np.float32)


def test_every_node_is_in_a_cell_of_altitude_and_latitude_where_it_flies() -> None:
    opened = document(60)
    grid = grid_for(opened.fleet)
    place = positions_km(opened)
    heat = bin_altitudes((), opened, grid, None, None, 0.0, place, 0.0)
    assert heat.binned.counts.sum() == 60 and heat.left_out == ""
    rows, columns = np.nonzero(heat.binned.counts)
    latitude = np.degrees(np.arcsin(place[2] / np.linalg.norm(place, axis=0)))
    assert columns.min() == int((latitude.min() + 90) // 2) and columns.max() == int((latitude.max() + 90) // 2)
    altitude = grid.low_km + (rows + 0.5) * (grid.high_km - grid.low_km) / grid.rows
    assert altitude.min() > 530.0 and altitude.max() < 590.0


def test_nodes_that_are_left_out_are_counted_in_words() -> None:
    opened = document(10)
    place = positions_km(opened)
    place[:, 0] = np.nan
    place[:, 1:3] *= 5.0
    heat = bin_altitudes((), opened, grid_for(opened.fleet), None, None, 0.0, place, 0.0)
    assert heat.binned.counts.sum() == 7
    assert heat.left_out == "2 nodes are outside of these altitudes; 1 have no position"


def test_shells_say_mean_spread_and_nodes() -> None:
    opened = two_shells(12)
    codes = np.array([100] * 6 + [200] * 5 + [255], np.uint8)
    values = ShellValues.of((), opened.fleet, METRICS["battery_soc"], codes, (0.0, 1.0))
    assert values.counts.tolist() == [6, 5]
    assert values.text(0) == "Low: mean 40 %, 5 to 95 % of 6 nodes from 40 % to 40 %"
    assert values.groups() == [("Low", 0, 1), ("High", 1, 2)]


def test_categories_by_shell_are_shares_of_their_nodes() -> None:
    opened = two_shells(12)
    codes = np.array([1, 1, 1, 1, 1, 2] + [0] * 6, np.uint8)
    values = ShellValues.of((), opened.fleet, METRICS["status"], codes, (0.0, 1.0))
    assert values.shares is not None
    assert np.allclose(values.shares, [[0.0, 5 / 6, 1 / 6], [1.0, 0.0, 0.0]])
    assert values.text(0) == "Low: 83.3% active, 16.7% hibernating of 6 nodes"


@pytest.fixture
def opened(desk: Desk, qtbot: QtBot) -> Profiles:
    desk.open(two_shells(12))
    desk.window.panes.toggle("profiles")
    view = desk.window.panes.panes["profiles"].view
    assert isinstance(view, Profiles)
    desk.session.choose_metric("battery_soc")
    qtbot.waitUntil(lambda: view.altitudes.heat is not None and view.altitudes.heat.info is not None)
    qtbot.waitUntil(lambda: view.shells.values is not None)
    return view


def test_the_view_shows_means_and_counts_of_the_shown_metric(desk: Desk, opened: Profiles, qtbot: QtBot) -> None:
    heat = opened.altitudes.heat
    assert heat is not None and heat.binned.counts.sum() == 12
    assert heat.binned.sums.sum() == pytest.approx(sum(range(12)) / 250)
    opened.of.setCurrentIndex(opened.of.findData(NODES))

    def counted() -> bool:
        now = opened.altitudes.heat
        return now is not None and now.info is None

    qtbot.waitUntil(counted)
    assert opened.altitudes.heat is not None and opened.altitudes.heat.unit_text()[1].endswith("nodes in a cell")
    desk.session.choose_metric("status")
    qtbot.waitUntil(lambda: opened.shells.values is not None and opened.shells.values.shares is not None)
    assert not opened.of.isEnabled()
    assert opened.second.text() == "BY SHELL: SHARES OF NODES"


def test_the_pointer_says_what_lies_under_it(desk: Desk, opened: Profiles) -> None:
    plot = opened.altitudes
    heat = plot.heat
    assert heat is not None
    row, column = (int(k) for k in np.argwhere(heat.binned.counts > 0)[0])
    rows, columns = heat.grid.shape
    box = plot.box
    at = QPointF(box.left() + (column + 0.5) / columns * box.width(), box.bottom() - (row + 0.5) / rows * box.height())
    assert plot.cell_at(at) == (row, column)
    assert "nodes, mean" in plot.cell_text(row, column)
    shells = opened.shells
    assert shells.shell_at(QPointF(200.0, shells.box.top() + 0.75 * shells.box.height())) == 1
    assert shells.values is not None and shells.values.text(1).startswith("High: mean")


def test_a_cell_is_painted_in_the_legends_colour_where_its_nodes_are(desk: Desk, opened: Profiles) -> None:
    from orbitviz.gui.legend import range_colours

    plot = opened.altitudes
    heat: AltitudeHeat | None = plot.heat
    assert heat is not None
    row, column = (int(k) for k in np.argwhere(heat.binned.counts > 0)[-1])
    rows, columns = heat.grid.shape
    box = plot.box
    picture = plot.grab().toImage()
    at = QPointF(box.left() + (column + 0.5) / columns * box.width(), box.bottom() - (row + 0.5) / rows * box.height())
    seen = picture.pixelColor((at * picture.devicePixelRatio()).toPoint())
    colours = range_colours(desk.session, None)
    low, high = desk.session.colour_range
    place = (heat.binned.means[row, column] - low) / (high - low)
    assert np.allclose([seen.red(), seen.green(), seen.blue()], colours[round(place * (len(colours) - 1)), :3], atol=4)


def test_p_opens_and_closes_it(desk: Desk) -> None:
    pane = desk.window.panes.panes["profiles"]
    assert pane.isHidden()
    QTest.keyClick(desk.window, Qt.Key.Key_P)
    assert pane.isVisible()
    QTest.keyClick(desk.window, Qt.Key.Key_P)
    assert pane.isHidden()


def test_in_a_low_window_a_second_view_is_a_tab_and_its_key_brings_it_forward(desk: Desk, qtbot: QtBot) -> None:
    window, panes = desk.window, desk.window.panes.panes
    window.resize(1600, 720)
    QTest.keyClick(window, Qt.Key.Key_P)
    QTest.keyClick(window, Qt.Key.Key_M)
    assert window.tabifiedDockWidgets(panes["profiles"]) == [panes["fleet_map"]]
    qtbot.waitUntil(lambda: panes["fleet_map"].seen and not panes["profiles"].seen)
    QTest.keyClick(window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: panes["profiles"].seen and not panes["fleet_map"].seen)
    QTest.keyClick(window, Qt.Key.Key_P)
    assert panes["profiles"].isHidden()
