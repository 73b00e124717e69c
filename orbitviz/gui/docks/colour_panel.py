"""COLOUR BY: which metric, over which range, in which colours."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QIcon, QImage, QPixmap, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from orbitviz.core.document import Document
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.bind import Bindings
from orbitviz.gui.legend import Colours, scene_colours
from orbitviz.gui.numbers import DisplayScale, display_scale, group_of
from orbitviz.gui.theme import font, tokens
from orbitviz.gui.widgets import Choice, NumberField, heading, label, row, tool_button
from orbitviz.session import Session

COLORMAPS = (
    "viridis",
    "cividis",
    "inferno",
    "crameri:batlow",
    "crameri:lajolla",
    "crameri:batlowW",
    "crameri:vik",
)
"""Offered beside a metric's own; all read well with any kind of colour vision."""
NEEDS_RECORDING = "needs a recording"


def recordable(document: Document) -> dict[str, MetricInfo]:
    """Metrics that a recording of this scenario would hold and that its elements alone do not give."""
    if document.is_recorded or document.scenario is None:
        return {}
    from orbitviz.files.schema import recorded_metrics

    return {k: v for k, v in recorded_metrics(document.scenario, document.fleet).items() if k not in document.metrics}


class MetricChoice(Choice):
    """Metrics under headings by what their unit measures; those that need a recording are greyed and say so."""

    def __init__(self) -> None:
        super().__init__("Colour by")
        self.setMaxVisibleItems(24)

    def fill(self, metrics: dict[str, MetricInfo], missing: dict[str, MetricInfo]) -> None:
        """Lists metrics; `missing` ones cannot be chosen."""
        groups: dict[str, list[MetricInfo]] = {}
        for info in (*metrics.values(), *missing.values()):
            groups.setdefault(group_of(info.unit, info.is_category), []).append(info)
        model = QStandardItemModel(self)
        for group, infos in groups.items():
            model.appendRow(self._heading(group))
            for info in infos:
                model.appendRow(self._entry(info, info.name in missing))
        self.setModel(model)

    @staticmethod
    def _heading(text: str) -> QStandardItem:
        item = QStandardItem(text.upper())
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setFont(font(10))
        item.setForeground(QBrush(tokens().colour("muted")))
        return item

    @staticmethod
    def _entry(info: MetricInfo, missing: bool) -> QStandardItem:
        item = QStandardItem(f"{info.long_name}   {NEEDS_RECORDING}" if missing else info.long_name)
        item.setData(info.name, Qt.ItemDataRole.UserRole)
        tip = [info.formula, f"{info.kind}{': ' + info.source if info.source else ''}"]
        item.setToolTip("\n".join(part for part in tip if part))
        if missing:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setForeground(QBrush(tokens().colour("faint")))
        return item

    def show_metric(self, name: str) -> None:
        """Selects without echo."""
        self.blockSignals(True)
        self.setCurrentIndex(self.findData(name))
        self.blockSignals(False)
        self.update()


class MapChoice(Choice):
    """Colour maps by name, each with a strip of its colours, drawn when the list is first opened."""

    def __init__(self, colours: Colours) -> None:
        super().__init__("Colour map")
        self._colours = colours
        self._info: MetricInfo | None = None
        self.setIconSize(QSize(48, 10))

    def fill(self, info: MetricInfo) -> None:
        """The metric's own map first."""
        if info == self._info:
            return
        self._info = info
        self.clear()
        self.addItem("Default", None)
        for name in COLORMAPS:
            if name != info.colormap:
                self.addItem(_short(name), name)

    def showPopup(self) -> None:
        """Strips first."""
        for index in range(self.count()):
            if self.itemIcon(index).isNull():
                self.setItemIcon(index, self._strip(self.itemData(index)))
        super().showPopup()

    def _strip(self, name: str | None) -> QIcon:
        colours = np.ascontiguousarray(np.repeat(self._colours(self._info, name)[None, :, :], 4, axis=0), np.uint8)
        image = QImage(colours.data, colours.shape[1], 4, colours.shape[1] * 4, QImage.Format.Format_RGBA8888)
        return QIcon(QPixmap.fromImage(image.scaled(48, 10)))


def _short(name: str) -> str:
    return name.split(":")[-1]


class ColourPanel(QWidget):
    """Metric, range, colour map. Fields show the range in one unit, which stands after them (0 to 150 kW)."""

    def __init__(self, session: Session, colours: Colours = scene_colours) -> None:
        super().__init__()
        self._session = session
        self._scale = DisplayScale(1.0, "")
        self.box = MetricChoice()
        self.low, self.high = NumberField("Lowest colour at"), NumberField("Highest colour at")
        self.unit = label("", "muted")
        self.reset = tool_button("repeat", "The metric's own range and colours", "muted", 14)
        self.maps = MapChoice(colours)
        self.hint = label("", "small")
        self.hint.setWordWrap(True)
        self._build()
        self.box.activated.connect(self._choose)
        self.low.editingFinished.connect(self._edit)
        self.high.editingFinished.connect(self._edit)
        self.reset.clicked.connect(lambda: session.colour.update(low=None, high=None, colormap=None))
        self.maps.activated.connect(lambda index: session.colour.update(colormap=self.maps.itemData(index)))
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_document)
        for name in ("metric", "low", "high", "colormap"):
            bindings.on(getattr(session.colour.events, name), self.refresh)
        self.refresh_document()

    def _build(self) -> None:
        self._range = QWidget()
        grid = QGridLayout(self._range)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("Range", "muted"), 0, 0)
        fields = row(self.low, label("to", "muted"), self.high, self.unit, self.reset, spacing=6)
        fields.setStretch(0, 1)
        fields.setStretch(2, 1)
        grid.addLayout(fields, 0, 1)
        grid.addWidget(label("Colours", "muted"), 1, 0)
        grid.addWidget(self.maps, 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (heading("Colour by"), self.box, self._range, self.hint):
            layout.addWidget(widget)

    # -- showing ----------------------------------------------------------------------------------
    def refresh_document(self) -> None:
        """Another document: other metrics."""
        document = self._session.document
        self.setEnabled(document is not None)
        missing = {} if document is None else recordable(document)
        self.box.fill({} if document is None else dict(document.metrics), missing)
        self.hint.setText("Greyed metrics need a recording: Record makes one." if missing else "")
        self.hint.setVisible(bool(missing))
        self.refresh()

    def refresh(self) -> None:
        """Shows what the session holds."""
        info = self._session.metric
        self.box.show_metric(self._session.colour.metric)
        self._range.setVisible(info is not None and not info.is_category)
        if info is None or info.is_category:
            return
        low, high = self._session.colour_range
        self._scale = display_scale(info.unit, max(abs(low), abs(high)))
        span = (high - low) / self._scale.factor
        decimals = 0 if span >= 50 else 1 if span >= 5 else 2 if span >= 0.5 else 4
        for field, value in ((self.low, low), (self.high, high)):
            field.set_value(value / self._scale.factor, decimals, "")
        self.unit.setText(self._scale.unit)
        self.unit.setVisible(bool(self._scale.unit))
        self._show_map(info)

    def _show_map(self, info: MetricInfo) -> None:
        self.maps.fill(info)
        self.maps.blockSignals(True)
        self.maps.setCurrentIndex(max(0, self.maps.findData(self._session.colour.colormap)))
        self.maps.blockSignals(False)
        colour = self._session.colour
        self.reset.setEnabled((colour.low, colour.high, colour.colormap) != (None, None, None))

    # -- choosing ---------------------------------------------------------------------------------
    def _choose(self, index: int) -> None:
        name = self.box.itemData(index)
        if name:
            self._session.choose_metric(name)

    def _edit(self) -> None:
        info = self._session.metric
        if info is None:
            return
        low, high = self.low.value * self._scale.factor, self.high.value * self._scale.factor
        own = (info.low, info.high)
        tiny = 0.5 * 10.0**-self.low.decimals * self._scale.factor
        if not low < high:
            self.refresh()
            return
        self._session.colour.update(
            low=None if abs(low - own[0]) < tiny else low, high=None if abs(high - own[1]) < tiny else high
        )
