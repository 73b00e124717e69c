"""Forms made from frozen settings: a layer that is added gets its controls without a line written here.

Field metadata: label, text, unit, low, high, step, choices. bool -> switch, number with low and high -> slider,
text with choices -> combo box; a field without any of these is not shown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from orbitviz.core.numerals import plain
from orbitviz.gui.bind import Bindings
from orbitviz.gui.icons import icon
from orbitviz.gui.widgets import Choice, Elided, Switch, label, number_label, row
from orbitviz.session import Session

MASTER_FIELDS = ("visible", "shown", "enabled", "on")
"""The field that switches a whole layer, whichever name it has."""
_STEPS = 200


def master_field(settings: Any) -> str | None:
    """The name of the field that shows or hides the layer."""
    names = {item.name for item in dataclasses.fields(settings) if isinstance(getattr(settings, item.name), bool)}
    return next((name for name in MASTER_FIELDS if name in names), None)


class SliderField(QWidget):
    """A slider with its value beside it."""

    def __init__(self, field: dataclasses.Field[Any], value: float, changed: Callable[[Any], None]) -> None:
        super().__init__()
        meta = field.metadata
        self._low, self._high = float(meta["low"]), float(meta["high"])
        self._whole = isinstance(value, int)
        self._unit = meta.get("unit", "")
        self._changed = changed
        step = float(meta.get("step") or 0.0)
        self._count = max(1, round((self._high - self._low) / step)) if step > 0 else _STEPS
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, self._count)
        self._slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._slider.setAccessibleName(str(meta.get("label") or field.name))
        self._number = number_label()
        self._number.setMinimumWidth(46)
        self._slider.setMinimumWidth(40)
        self.setLayout(row(self._slider, self._number))
        self.set_value(value)
        self._slider.valueChanged.connect(self._moved)

    def set_value(self, value: float) -> None:
        """Shows a value without telling anybody."""
        share = (float(value) - self._low) / max(self._high - self._low, 1e-12)
        self._slider.blockSignals(True)
        self._slider.setValue(round(share * self._count))
        self._slider.blockSignals(False)
        self._number.setText(self._text(value))

    def _text(self, value: float) -> str:
        if self._unit == "1":
            return f"{value * 100:.0f} %"
        return f"{plain(float(value), 3)} {self._unit}".rstrip()

    def _moved(self, position: int) -> None:
        value = self._low + (self._high - self._low) * position / self._count
        value = round(value) if self._whole else round(value, 9)
        self._number.setText(self._text(value))
        self._changed(value)


def make_control(field: dataclasses.Field[Any], value: Any, changed: Callable[[Any], None]) -> QWidget | None:
    """The control of one field, or None when the metadata does not say how to show it."""
    meta = field.metadata
    if isinstance(value, bool):
        switch = Switch()
        switch.setAccessibleName(str(meta.get("label") or field.name))
        switch.setChecked(value)
        switch.toggled.connect(changed)
        return switch
    if meta.get("choices"):
        box = Choice(str(meta.get("label") or field.name))
        for choice in meta["choices"]:
            box.addItem(str(choice), choice)
        box.setCurrentIndex(max(0, box.findData(value)))
        box.activated.connect(lambda index: changed(box.itemData(index)))
        return box
    if isinstance(value, int | float) and meta.get("low") is not None and meta.get("high") is not None:
        return SliderField(field, value, changed)
    return None


def show_value(control: QWidget, value: Any) -> None:
    """Puts a value that came from elsewhere into a control, without echo."""
    control.blockSignals(True)
    if isinstance(control, Switch):
        control.setChecked(bool(value))
    elif isinstance(control, Choice):
        control.setCurrentIndex(max(0, control.findData(value)))
    elif isinstance(control, SliderField):
        control.set_value(value)
    control.blockSignals(False)
    control.update()


class LayerForm(QWidget):
    """One layer: its switch, and its other settings behind an arrow."""

    def __init__(self, session: Session, name: str, title: str, text: str = "") -> None:
        super().__init__()
        self._session, self._name = session, name
        self._controls: dict[str, QWidget] = {}
        self._master = master_field(session.layers[name])
        self._head = Switch(title)
        self._head.setAccessibleName(f"Show {title}")
        self._head.setToolTip(text)
        self._body = QWidget()
        self._arrow = QToolButton()
        self._arrow.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._arrow.setAccessibleName(f"Settings of {title}")
        self._arrow.setCheckable(True)
        self._arrow.setProperty("role", "arrow")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        head: QWidget = self._head if self._master else label(title)
        line = row(head, spacing=2)
        line.setStretch(0, 1)
        line.insertWidget(0, self._arrow)
        layout.addLayout(line)
        layout.addWidget(self._body)
        self._fill_body()
        self._head.toggled.connect(lambda on: self._set(self._master or "", on))
        self._arrow.toggled.connect(self._unfold)
        self._unfold(False)
        self.refresh()

    def _fill_body(self) -> None:
        grid = QGridLayout(self._body)
        grid.setContentsMargins(28, 0, 0, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 4)
        grid.setColumnStretch(1, 5)
        settings = self._session.layers[self._name]
        for field in dataclasses.fields(settings):
            if field.name == self._master:
                continue
            control = make_control(field, getattr(settings, field.name), partial(self._set, field.name))
            if control is None:
                continue
            title = str(field.metadata.get("label") or field.name.replace("_", " ").capitalize())
            caption = Elided(title, "muted")
            tip = str(field.metadata.get("text", ""))
            caption.setToolTip(f"{title}\n{tip}".strip())
            control.setToolTip(tip)
            line = grid.rowCount()
            grid.addWidget(caption, line, 0)
            grid.addWidget(control, line, 1)
            self._controls[field.name] = control
        # The arrow keeps its place when there is nothing behind it, so that titles line up.
        self._arrow.setEnabled(bool(self._controls))

    def _unfold(self, on: bool) -> None:
        on = on and bool(self._controls)
        self._body.setVisible(on)
        name = "chevron-down" if on else "chevron-right"
        self._arrow.setIcon(icon(name, "muted", 14) if self._controls else icon("", "muted", 14))

    def _set(self, field: str, value: Any) -> None:
        settings = self._session.layers[self._name]
        self._session.set_layer(self._name, dataclasses.replace(settings, **{field: value}))

    def refresh(self) -> None:
        """Shows what the session holds."""
        settings = self._session.layers[self._name]
        if self._master:
            show_value(self._head, getattr(settings, self._master))
        for name, control in self._controls.items():
            show_value(control, getattr(settings, name))

    def control(self, field: str) -> QWidget:
        """The control of a field; of the layer's own switch too."""
        return self._head if field == self._master else self._controls[field]


class LayersPanel(QWidget):
    """SHOW: every layer of the session, in draw order, titles as the scene gives them."""

    def __init__(self, session: Session, titles: Mapping[str, tuple[str, str]] | None = None) -> None:
        super().__init__()
        titles = titles or {}
        self.forms: dict[str, LayerForm] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for name in session.layers:
            title, text = titles.get(name, (name.replace("_", " ").capitalize(), ""))
            self.forms[name] = LayerForm(session, name, title, text)
            layout.addWidget(self.forms[name])
        Bindings(self).on(session.layers_changed, self._changed, arguments=1)

    def _changed(self, name: str) -> None:
        if name in self.forms:
            self.forms[name].refresh()
