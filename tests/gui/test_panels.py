from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from ring_documents import document
from window_desk import Desk

from orbitviz.gui.docks.colour_panel import NEEDS_RECORDING
from orbitviz.gui.settings_form import SliderField
from orbitviz.gui.theme import DARK, LIGHT
from orbitviz.gui.widgets import Choice
from orbitviz.scene.legend_words import FEW_NOTES

pytestmark = pytest.mark.gui


# -- legend -------------------------------------------------------------------------------------------
def test_the_legend_says_name_unit_and_range(desk: Desk) -> None:
    legend = desk.window.stage.legend
    assert legend.texts == ["Battery charge", FEW_NOTES["mean"], "0", "50", "100 %"]
    desk.session.choose_metric("radiator_k")
    assert legend.texts == ["Radiator temperature", FEW_NOTES["mean"], "250", "325", "400 K"]
    desk.session.colour.update(low=300.0)
    assert legend.texts[2:] == ["300", "350", "400 K"]
    desk.session.choose_metric("compute_w")
    assert legend.texts[2:] == ["0", "75", "150 kW"]


def test_categories_are_swatches_with_words(desk: Desk) -> None:
    legend = desk.window.stage.legend
    before = legend.height()
    desk.session.choose_metric("status")
    assert legend.texts == ["Status", "planned", "active", "hibernating"]
    assert legend.height() != before


def test_the_legend_shows_the_pictures_own_colours(desk: Desk) -> None:
    from orbitviz.scene.colours import table_for

    info, legend = desk.session.metric, desk.window.stage.legend
    image = desk.window.stage.legend.grab().toImage()
    middle = image.pixelColor(image.width() // 2, round(legend._bar.center().y() * image.devicePixelRatio()))
    wanted = table_for(info)[128]
    assert np.abs(np.array([middle.red(), middle.green(), middle.blue()]) - wanted[:3]).max() <= 8


def test_the_legend_can_be_taken_away_and_the_caption_put_there(desk: Desk) -> None:
    stage = desk.window.stage
    assert stage.legend.isVisible() and not stage.caption.isVisible()
    desk.session.stage.update(legend=False, caption="One million nodes: a filing, not a film")
    assert not stage.legend.isVisible() and stage.caption.isVisible()
    assert stage.caption.text().startswith("One million")
    assert stage.rect().contains(stage.caption.geometry())


# -- layers -------------------------------------------------------------------------------------------
def test_the_form_is_made_from_the_settings(desk: Desk) -> None:
    form = desk.window.layers.forms["globe"]
    assert {type(form.control(name)).__name__ for name in ("visible", "borders")} == {"Switch"}
    assert isinstance(form.control("lights"), SliderField)
    assert isinstance(form.control("projection"), Choice)
    assert "secret" not in form._controls
    labels = {part.text() for part in form.findChildren(QLabel)}
    assert {"Borders", "City lights", "Projection"} <= labels


def test_controls_change_the_settings(desk: Desk) -> None:
    form, session = desk.window.layers.forms["globe"], desk.session
    QTest.mouseClick(form.control("visible"), Qt.MouseButton.LeftButton)
    assert session.layers["globe"].visible is False
    form.control("lights")._slider.setValue(5)
    assert session.layers["globe"].lights == pytest.approx(0.5)
    box = form.control("projection")
    box.activated.emit(box.findData("flat"))
    assert session.layers["globe"].projection == "flat"
    assert session.layers["globe"].secret == 3


def test_settings_from_elsewhere_show_in_the_form(desk: Desk) -> None:
    form, session = desk.window.layers.forms["globe"], desk.session
    heard: list[str] = []
    session.layers_changed.connect(heard.append)
    session.set_layer("globe", dataclasses.replace(session.layers["globe"], visible=False, lights=2.0))
    assert not form.control("visible").isChecked()
    assert form.control("lights")._number.text() == "200 %"
    assert heard == ["globe"]


# -- colour by ----------------------------------------------------------------------------------------
def items(desk: Desk) -> dict[str, bool]:
    """Text of each entry of the metric box, and whether it can be chosen."""
    box = desk.window.colours.box
    model = box.model()
    return {
        model.index(i, 0).data(): bool(model.flags(model.index(i, 0)) & Qt.ItemFlag.ItemIsEnabled)
        for i in range(box.count())
    }


def test_metrics_stand_under_headings_by_unit(desk: Desk) -> None:
    entries = items(desk)
    assert list(entries) == [
        *("SHARES", "Battery charge", "HEAT", "Radiator temperature", "POWER", "Compute power"),
        *("STATES AND PLACES", "Status"),
    ]
    assert not entries["HEAT"] and entries["Radiator temperature"]


def test_choosing_colours_by_it(desk: Desk) -> None:
    box = desk.window.colours.box
    box.activated.emit(box.findData("radiator_k"))
    assert desk.session.colour.metric == "radiator_k"
    desk.session.choose_metric("compute_w")
    assert box.currentText() == "Compute power"


def test_without_a_recording_its_metrics_are_greyed_and_say_why(desk: Desk) -> None:
    desk.open(document(recorded=False))
    entries = items(desk)
    assert entries["Sunlit"]
    greyed = [text for text, enabled in entries.items() if NEEDS_RECORDING in text and not enabled]
    assert len(greyed) >= 5
    assert not any(NEEDS_RECORDING in text and enabled for text, enabled in entries.items())


def test_the_range_is_typed_in_the_shown_unit(desk: Desk) -> None:
    panel, session = desk.window.colours, desk.session
    session.choose_metric("compute_w")
    assert (panel.low.text(), panel.high.text(), panel.unit.text()) == ("0", "150", "kW")
    panel.low.setText("50")
    panel.low.editingFinished.emit()
    assert session.colour_range == (50e3, 150e3)
    assert panel.low.text() == "50" and panel.reset.isEnabled()
    panel.low.setText("200 kW")
    panel.low.editingFinished.emit()
    assert session.colour_range == (50e3, 150e3), "a range from high to low is not taken"
    assert panel.low.text() == "50"
    panel.low.setText("nonsense")
    panel.low.editingFinished.emit()
    assert session.colour_range == (50e3, 150e3)
    panel.reset.click()
    assert session.colour_range == (0.0, 150e3) and session.colour.low is None


def test_another_colour_map(desk: Desk) -> None:
    maps = desk.window.colours.maps
    maps.activated.emit(maps.findData("cividis"))
    assert desk.session.colour.colormap == "cividis"
    maps.activated.emit(0)
    assert desk.session.colour.colormap is None


# -- fleet and node -----------------------------------------------------------------------------------
def test_the_fleet_in_numbers(desk: Desk) -> None:
    fleet = desk.window.right.fleet
    fleet.refresh(270.0)
    assert "75.0 % battery, mean" in fleet.tiles.texts
    words = {part.text() for part in fleet.findChildren(QLabel)}
    assert {"Active", "Hibernating", "10", "2", "Ring", "550 km, 97.4°"} <= words


def test_a_scenarios_fleet_is_what_is_installed_and_shadowed(desk: Desk) -> None:
    desk.open(document(recorded=False))
    fleet = desk.window.right.fleet
    fleet.refresh(0.0)
    texts = fleet.tiles.texts
    assert any("1.80 MW array power" in text for text in texts)
    assert any("2.16 EFLOP/s peak throughput" in text for text in texts)
    shadow = next(text for text in texts if "in eclipse now" in text)
    assert 0.0 < float(shadow.split(" %")[0]) < 50.0


def state(row: int) -> SimpleNamespace:
    return SimpleNamespace(
        row=row,
        t_s=0.0,
        position_km=np.array([6928.0, 0.0, 0.0]),
        velocity_km_s=np.array([0.0, 7.0, 3.0]),
        latitude_rad=-0.5,
        longitude_rad=1.0,
        height_km=550.25,
        lit=0.4,
    )


def test_the_inspector_shows_a_node(desk: Desk, qtbot: QtBot) -> None:
    inspector = desk.window.right.inspector
    inspector._state_of = state
    assert inspector.empty.isVisibleTo(inspector)
    desk.session.selection.row = 4
    assert desk.window.right.tabs.currentIndex() == 2
    inspector.refresh(120.0)
    assert inspector.name.text() == "Ring · plane 1 · slot 5"
    assert inspector.who.texts["Slot"] == "5 of 12"
    assert inspector.where.texts["Latitude"] == "28.65° S"
    assert inspector.where.texts["Height"] == "550.2 km"
    assert inspector.where.texts["Sunlight"] == "penumbra, 40 %"
    qtbot.waitUntil(lambda: len(inspector._histories.values) == 4)
    inspector.refresh(90.0)
    assert inspector.now.texts["Battery charge"] == "2.20 %"
    assert inspector.now.texts["Radiator temperature"] == "251 K"
    assert inspector.now.texts["Compute power"] == "600 W"
    assert inspector.now.texts["Status"] == "hibernating"
    assert inspector.made.texts["Battery ◦"] == "200 kWh"
    assert inspector.made.texts["Mass ◦"] == "3,000 kg", "a default of orbitviz is assumed too"


def test_the_inspectors_history_follows_the_metric(desk: Desk, qtbot: QtBot) -> None:
    inspector = desk.window.right.inspector
    desk.session.selection.row = 4
    qtbot.waitUntil(lambda: inspector._history_words.text() == "Battery charge: 1.60 % to 5.20 %")
    desk.session.choose_metric("radiator_k")
    qtbot.waitUntil(lambda: inspector._history_words.text() == "Radiator temperature: 250 K to 254 K")
    assert len(inspector.history._values) == 10


def test_clearing_the_node_turns_back_to_the_fleet(desk: Desk) -> None:
    desk.session.selection.row = 4
    desk.session.selection.row = None
    assert desk.window.right.tabs.currentIndex() == 0
    assert desk.window.right.inspector.empty.isVisibleTo(desk.window.right.inspector)


def test_another_node_while_histories_are_read(desk: Desk, qtbot: QtBot) -> None:
    for row in (1, 2, 3, 7):
        desk.session.selection.row = row
    inspector = desk.window.right.inspector
    qtbot.waitUntil(lambda: len(inspector._histories.values) == 4)
    inspector.refresh(0.0)
    assert inspector.now.texts["Battery charge"] == "2.80 %"


# -- look ---------------------------------------------------------------------------------------------
def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour: QColor) -> float:
        parts = np.array([colour.redF(), colour.greenF(), colour.blueF()])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("token", ["text", "muted", "accent", "good", "warn", "bad"])
def test_text_can_be_read(theme: object, token: str) -> None:
    assert contrast(theme.colour(token), theme.colour("panel")) >= 4.5  # type: ignore[attr-defined]


def test_the_caption_makes_room_for_a_banner_and_takes_its_place_again(desk: Desk) -> None:
    stage = desk.window.stage
    desk.session.stage.update(caption="One million nodes")
    corner = stage.caption.geometry().topLeft()
    stage.banner.say("Something to know.")
    assert not stage.caption.geometry().intersects(stage.banner.geometry())
    stage.banner.hide()
    assert stage.caption.geometry().topLeft() == corner


def test_a_geostationary_fleet_is_shadowed_too(desk: Desk) -> None:
    ring = document(recorded=False)
    elements = ring.fleet.elements
    slow = dataclasses.replace(
        elements,
        mean_motion_rad_min=np.full(len(ring.fleet), 2 * np.pi / 1436.07),
        inclination_rad=np.full(len(ring.fleet), 1e-3),
    )
    desk.open(dataclasses.replace(ring, fleet=dataclasses.replace(ring.fleet, elements=slow)))
    shadow = next(text for text in desk.window.right.fleet.tiles.texts if "in eclipse now" in text)
    assert 0.0 <= float(shadow.split()[0]) <= 10.0


def test_numbers_that_fail_are_said_once_and_time_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[float] = []

    def broken(shown_s: float) -> None:
        calls.append(shown_s)
        raise ValueError("no such number")

    monkeypatch.setattr(desk.window.right, "refresh", broken)
    desk.session.clock.playing = True
    before = desk.session.clock.t_s
    for _ in range(3):
        desk.window._last_numbers = 0.0
        desk.window.tick()
        QTest.qWait(20)
    assert len(calls) == 1 and desk.session.clock.t_s > before
    assert "no such number" in desk.window.stage.banner.text
