"""The legend in the window: handles that are dragged, fields in step, clip marks, node counts, what a pixel shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from window_desk import Desk

from orbitviz.core.distribution import Distribution
from orbitviz.gui.legend import Legend
from orbitviz.gui.legend_axis import LegendAxis
from orbitviz.scene.legend_words import COUNT_TITLE

pytestmark = pytest.mark.gui


@dataclass(frozen=True)
class NodesSettings:
    visible: bool = True
    crowded: str = "mean"


def drag(qtbot: QtBot, legend: Legend, from_x: float, to_x: float) -> None:
    y = round(legend._bar.center().y())
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(legend, left, pos=QPoint(round(from_x), y))
    for x in np.linspace(from_x, to_x, 5):
        qtbot.mouseMove(legend, QPoint(round(x), y))
    qtbot.mouseRelease(legend, left, pos=QPoint(round(to_x), y))


def spread_of(desk: Desk, stored: np.ndarray) -> Distribution:
    info = desk.session.metric
    assert info is not None
    return Distribution.of_stored(info, stored, ("test", stored.tobytes()))


def test_dragging_a_handle_changes_the_range_and_the_fields_follow(desk: Desk, qtbot: QtBot) -> None:
    desk.session.choose_metric("compute_w")
    legend, panel = desk.window.stage.legend, desk.window.colours
    bar = legend._bar
    drag(qtbot, legend, legend.handle_x("low"), bar.left() + bar.width() / 3)
    low, high = desk.session.colour_range
    assert low == pytest.approx(50e3, abs=1.5e3) and high == 150e3
    assert desk.session.colour.high is None, "the other end is still the metric's own"
    assert float(panel.low.text()) == pytest.approx(low / 1e3)
    drag(qtbot, legend, legend.handle_x("high"), bar.left() + 2 * bar.width() / 3)
    assert desk.session.colour_range == (low, pytest.approx(100e3, abs=1.5e3))
    assert legend.texts[2:5:2] == [panel.low.text(), f"{panel.high.text()} kW"]


def test_the_range_itself_can_be_dragged_and_a_double_click_takes_it_back(desk: Desk, qtbot: QtBot) -> None:
    desk.session.choose_metric("compute_w")
    legend = desk.window.stage.legend
    desk.session.colour.update(low=30e3, high=90e3)
    middle = 0.5 * (legend.handle_x("low") + legend.handle_x("high"))
    drag(qtbot, legend, middle, middle + 0.2 * legend._bar.width())
    low, high = desk.session.colour_range
    assert low == pytest.approx(60e3, abs=1.5e3) and high - low == pytest.approx(60e3, abs=1.5e3)
    qtbot.mouseDClick(legend, Qt.MouseButton.LeftButton, pos=QPoint(round(middle), round(legend._bar.center().y())))
    assert (desk.session.colour.low, desk.session.colour.high) == (None, None)


def test_handles_never_cross_and_a_handle_at_the_end_is_the_metrics_own(desk: Desk, qtbot: QtBot) -> None:
    desk.session.choose_metric("compute_w")
    legend, bar = desk.window.stage.legend, desk.window.stage.legend._bar
    drag(qtbot, legend, legend.handle_x("low"), bar.right() + 40)
    low, high = desk.session.colour_range
    assert 0.9 * high < low < high
    drag(qtbot, legend, legend.handle_x("low"), bar.left() - 900)
    drag(qtbot, legend, legend.handle_x("low"), bar.left() - 40)
    assert desk.session.colour.low is None or desk.session.colour.low < low


def test_what_lies_outside_the_range_is_said_with_its_share(desk: Desk) -> None:
    legend = desk.window.stage.legend
    height = legend.height()
    legend.show_distribution(spread_of(desk, np.array([10] * 25 + [127] * 50 + [240] * 24 + [255], np.uint8)))
    assert legend.texts[5:] == ["1 has no value"]
    desk.session.colour.update(low=0.2, high=0.9)
    assert legend.texts[5:] == ["25 % below", "24 % above", "1 has no value"]
    assert legend.height() > height


def test_the_spread_is_drawn_where_its_values_are(desk: Desk) -> None:
    legend = desk.window.stage.legend
    legend.show_distribution(spread_of(desk, np.full(100, 64, np.uint8)))  # all at a quarter of the range
    image = legend.grab().toImage()
    ratio = image.devicePixelRatio()
    y = round((legend._bar.top() - 6) * ratio)
    ground = image.pixelColor(round(legend._bar.right() * ratio) - 4, y)
    filled = [x for x in range(image.width()) if image.pixelColor(x, y) != ground and 12 * ratio < x < 287 * ratio]
    place = (np.mean(filled) / ratio - legend._bar.left()) / legend._bar.width()
    assert place == pytest.approx(64 / 254, abs=0.02)


def test_categories_say_how_many_nodes_they_have(desk: Desk) -> None:
    desk.session.choose_metric("status")
    legend = desk.window.stage.legend
    legend.show_distribution(spread_of(desk, np.array([1] * 1200 + [2] * 3, np.uint8)))
    assert legend.texts == ["Status", "planned 0", "active 1,200", "hibernating 3"]


def test_counts_have_a_legend_of_their_own(desk: Desk) -> None:
    desk.session.register_layers({"nodes": NodesSettings(crowded="count")})
    desk.session.layers_changed.emit("nodes")
    legend = desk.window.stage.legend
    assert legend.texts[0] == COUNT_TITLE
    assert legend.texts[2:] == ["1", "3", "10"]
    desk.session.set_layer("nodes", NodesSettings())
    assert legend.texts[0] == "Battery charge"


def test_scale_map_and_direction_are_chosen_in_the_panel(desk: Desk) -> None:
    panel, colour = desk.window.colours, desk.session.colour
    desk.session.choose_metric("compute_w")
    panel.scale.activated.emit(panel.scale.findData("log"))
    assert colour.scale == "log" and desk.session.colour_range == (150.0, 150e3)
    assert "log scale" in desk.window.stage.legend.note
    panel.reverse.click()
    assert colour.reverse and panel.reset.isEnabled()
    assert all(not panel.maps.itemIcon(index).isNull() for index in range(panel.maps.count()))
    panel.reset.click()
    assert colour.is_default and not panel.reverse.isChecked() and panel.scale.currentData() == "linear"


def test_an_axis_reads_back_what_it_places() -> None:
    for axis in (LegendAxis(-50.0, 150.0), LegendAxis(0.1, 1000.0, True)):
        for place in (0.0, 0.3, 1.0):
            assert axis.place(axis.value(place)) == pytest.approx(place)
