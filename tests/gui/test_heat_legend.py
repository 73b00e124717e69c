"""The legend of the ground says quantity, unit, range and what all cells add up to."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_desk import Desk

from orbitviz.gui.heat_legend import HeatLegend
from orbitviz.scene.ground_heat import HeatGrid, round_up
from orbitviz.scene.heat_words import heat_texts

pytestmark = pytest.mark.gui


def grid(**fields: object) -> HeatGrid:
    values = np.zeros((90, 180))
    given = {"key": (), "title": "Compute power", "unit": "W", "per_area": True, "values": values, "low": 0.0}
    return HeatGrid(**{**given, "high": 3e8, "total": 9.05e10, **fields})  # type: ignore[arg-type]


def test_sums_are_said_per_area_and_in_all() -> None:
    texts = heat_texts(grid())
    assert texts == ("Compute power per million km²", "0", "150", "300 MW", "90.5 GW in all, cells of 2°")


def test_nodes_are_counted_and_means_keep_their_unit() -> None:
    texts = heat_texts(grid(title="Nodes", unit="1", high=7000.0, total=1e6))
    assert texts[3:] == ("7,000 nodes", "1,000,000 in all, cells of 2°")
    texts = heat_texts(grid(title="Charge", unit="1", per_area=False, high=1.0, values=np.zeros((18, 36))))
    assert texts == ("Charge, mean of the nodes above", "0", "50", "100 %", "cells of 10°")


@pytest.mark.parametrize(("value", "rounded"), [(0.0, 1.0), (1.0, 1.0), (1.2e8, 1.5e8), (6.9, 7.0), (7.1, 10.0)])
def test_ends_of_the_scale_are_round(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)


def test_it_is_there_while_there_is_heat(desk: Desk) -> None:
    legend = desk.window.stage.heat
    assert isinstance(legend, HeatLegend) and legend.isHidden()
    legend.show_heat(grid(), "inferno")
    assert legend.isVisible() and legend.geometry().bottom() < desk.window.stage.legend.y()
    assert not legend.geometry().intersects(desk.window.stage.legend.geometry())
    picture = legend.grab().toImage()
    middle = picture.pixelColor(int(150 * picture.devicePixelRatio()), int(39 * picture.devicePixelRatio()))
    assert middle.red() > middle.blue() > 0
    legend.show_heat(None, "inferno")
    assert legend.isHidden()


def test_h_shows_the_heat_and_a_crowd_steps_aside(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from orbitviz.gui import main_window
    from orbitviz.scene.layers.nodes import Settings as Nodes
    from orbitviz.scene.layers.surface_heat import Settings as Heat

    layers = desk.session.layers
    desk.session.register_layers({"surface_heat": Heat(), "nodes": Nodes()})
    QTest.keyClick(desk.window, Qt.Key.Key_H)
    assert layers["surface_heat"].visible and layers["nodes"].visible  # twelve nodes hide nothing
    QTest.keyClick(desk.window, Qt.Key.Key_H)
    assert not layers["surface_heat"].visible
    monkeypatch.setattr(main_window, "CROWD", 10)
    QTest.keyClick(desk.window, Qt.Key.Key_H)
    assert layers["surface_heat"].visible and not layers["nodes"].visible
    QTest.keyClick(desk.window, Qt.Key.Key_H)
    assert not layers["surface_heat"].visible and layers["nodes"].visible
