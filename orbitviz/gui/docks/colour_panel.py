"""COLOUR BY: which metric, over which range, in which colours."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from orbitviz.core.document import Document
from orbitviz.core.frame import MetricInfo
from orbitviz.core.numerals import DisplayScale, display_scale
from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.map_choice import MapChoice
from orbitviz.gui.numbers import group_of
from orbitviz.gui.theme import font, tokens
from orbitviz.gui.widgets import Choice, NumberField, Switch, heading, label, row, tool_button
from orbitviz.session import Session
from orbitviz.session.colouring import takes_log

SCALE_WORDS = {
    "linear": ("Linear", "Equal steps of the value are equal steps of colour"),
    "log": ("Log", "Equal ratios of the value are equal steps of colour; for amounts that are never negative"),
    "percentile": ("Percentile", "Every colour is worn by as many nodes: what is rare and what is common both show"),
}
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


class ScaleChoice(Choice):
    """Linear, log, percentile; log is greyed where it has no meaning."""

    def __init__(self) -> None:
        super().__init__("Colour scale")
        for name, (words, tip) in SCALE_WORDS.items():
            self.addItem(words, name)
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def show_scale(self, name: str, log_means_something: bool) -> None:
        """Selects without echo."""
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        model.item(self.findData("log")).setEnabled(log_means_something)
        self.blockSignals(True)
        self.setCurrentIndex(self.findData(name))
        self.blockSignals(False)
        self.setToolTip(SCALE_WORDS[name][1])
        self.update()


class ColourPanel(QWidget):
    """Metric, range, scale, colour map. Fields show the range in one unit, which stands after them (0 to 150 kW)."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._scale = DisplayScale(1.0, "")
        self.box = MetricChoice()
        self.low, self.high = NumberField("Lowest colour at"), NumberField("Highest colour at")
        self.unit = label("", "muted")
        self.reset = tool_button("repeat", "The metric's own range, scale and colours", "muted", 14)
        self.scale = ScaleChoice()
        self.maps = MapChoice()
        self.reverse = Switch("Reversed")
        self.reverse.setToolTip("The colours the other way round")
        self.hint = label("", "small")
        self.hint.setWordWrap(True)
        self._build()
        self.box.activated.connect(self._choose)
        self.low.editingFinished.connect(self._edit)
        self.high.editingFinished.connect(self._edit)
        self.reset.clicked.connect(session.colour.to_default)
        self.scale.activated.connect(lambda index: session.colour.update(scale=self.scale.itemData(index)))
        self.maps.activated.connect(lambda index: session.colour.update(colormap=self.maps.itemData(index)))
        self.reverse.toggled.connect(lambda on: session.colour.update(reverse=on))
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_document)
        for name in ("metric", "low", "high", "colormap", "scale", "reverse"):
            bindings.on(getattr(session.colour.events, name), self.refresh)
        bindings.on(session.stage.events.theme, self.refresh)
        self.refresh_document()

    def _build(self) -> None:
        self._range = QWidget()
        grid = QGridLayout(self._range)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        fields = row(self.low, label("to", "muted"), self.high, self.unit, self.reset, spacing=6)
        fields.setStretch(0, 1)
        fields.setStretch(2, 1)
        for line, words in enumerate(("Range", "Scale", "Colours")):
            grid.addWidget(label(words, "muted"), line, 0)
        grid.addLayout(fields, 0, 1)
        grid.addWidget(self.scale, 1, 1)
        grid.addWidget(self.maps, 2, 1)
        grid.addWidget(self.reverse, 3, 1)
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
        info, colour = self._session.metric, self._session.colour
        self.box.show_metric(colour.metric)
        self._range.setVisible(info is not None and not info.is_category)
        if info is None or info.is_category:
            return
        low, high = self._session.colour_range
        self._scale = display_scale(info.unit, max(abs(low), abs(high)))
        span = (high - low) / self._scale.factor
        decimals = 0 if span >= 50 else 1 if span >= 5 else 2 if span >= 0.5 else 4
        for field, value in ((self.low, low), (self.high, high)):
            own = decimals if abs(value) / self._scale.factor >= 10.0**-decimals or value == 0.0 else 4
            field.set_value(value / self._scale.factor, own, "")
        self.unit.setText(self._scale.unit)
        self.unit.setVisible(bool(self._scale.unit))
        self.scale.show_scale(self._session.colour_scale, takes_log(info))
        self.maps.fill(info, self._session.stage.theme, colour.reverse)
        self.maps.show_map(colour.colormap)
        self.reverse.setChecked(colour.reverse)
        self.reset.setEnabled(not colour.is_default)

    # -- choosing ---------------------------------------------------------------------------------
    def _choose(self, index: int) -> None:
        name = self.box.itemData(index)
        if name:
            self._session.choose_metric(name)

    def _edit(self) -> None:
        """An end that was typed; one that was not stays as it is, chosen or the metric's own."""
        info, colour = self._session.metric, self._session.colour
        if info is None:
            return
        shown = self._session.colour_range
        typed = self.low.value * self._scale.factor, self.high.value * self._scale.factor
        if not typed[0] < typed[1]:
            self.refresh()
            return
        ends: list[float | None] = []
        for field, was, now, own, kept in (
            (self.low, shown[0], typed[0], info.low, colour.low),
            (self.high, shown[1], typed[1], info.high, colour.high),
        ):
            tiny = 0.5 * 10.0**-field.decimals * self._scale.factor
            ends.append(kept if abs(now - was) < 1e-9 * max(abs(was), tiny) else None if abs(now - own) < tiny else now)
        colour.update(low=ends[0], high=ends[1])
