"""CAMERA: how the globe is looked at; made from the metadata of the Viewpoint's fields, as layers' forms are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from orbitviz.gui.bind import Bindings
from orbitviz.gui.settings_form import make_control, show_value
from orbitviz.gui.widgets import Choice, Elided
from orbitviz.session import Session
from orbitviz.session.viewpoint import Viewpoint

TURNS_WITH = (("the orbits", "inertial"), ("the Earth", "earth"))
RIDES = (("a node, looking ahead", "ahead"), ("a node, looking back", "back"), ("a node, looking down", "down"))


class CameraPanel(QWidget):
    """What the camera turns with, projection, field of view, reduced motion. turn: called with "inertial" or "earth";
    ride: with "ahead", "back" or "down"."""

    def __init__(self, session: Session, turn: Callable[[str], None], ride: Callable[[str], None]) -> None:
        super().__init__()
        self._session, self._turn, self._ride = session, turn, ride
        self.controls: dict[str, QWidget] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 4)
        self._grid.setColumnStretch(1, 5)
        self.turns = Choice("Camera turns with")
        for text, data in (*TURNS_WITH, *RIDES):
            self.turns.addItem(text, data)
        self.turns.activated.connect(self._turned)
        tip = "What stands still in the picture: the orbits, the Earth (E), or the selected node: a ride (R)"
        self._line("Turns with", tip, self.turns)
        for item in dataclasses.fields(Viewpoint):
            if "label" in item.metadata:
                self._add(item)
        bindings = Bindings(self)
        bindings.on(session.view.events, self._refresh)
        self._refresh()

    def _add(self, item: dataclasses.Field[Any]) -> None:
        view = self._session.view
        control = make_control(item, getattr(view, item.name), lambda value: setattr(view, item.name, value))
        assert control is not None, "a field with a label says how it is shown"
        self.controls[item.name] = control
        self._line(str(item.metadata["label"]), str(item.metadata["text"]), control)

    def _line(self, title: str, tip: str, control: QWidget) -> None:
        caption = Elided(title, "muted")
        caption.setToolTip(f"{title}\n{tip}")
        control.setToolTip(tip)
        line = self._grid.rowCount()
        self._grid.addWidget(caption, line, 0)
        self._grid.addWidget(control, line, 1)

    def _turned(self, index: int) -> None:
        chosen = str(self.turns.itemData(index))
        if chosen in ("inertial", "earth"):
            self._turn(chosen)
        else:
            self._ride(chosen)
        self._refresh()

    def _refresh(self, *_: object) -> None:
        view = self._session.view
        for name, control in self.controls.items():
            show_value(control, getattr(view, name))
        here: str = view.frame
        if here == "node":  # by where the camera is: it may have been dragged since
            here = "down" if view.lat_deg > 60.0 else "ahead" if abs(view.lon_deg) < 90.0 else "back"
        if self.turns.currentData() != here:
            self.turns.blockSignals(True)
            self.turns.setCurrentIndex(self.turns.findData(here))
            self.turns.blockSignals(False)
