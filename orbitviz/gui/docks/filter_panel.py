"""FILTER: which nodes are shown, by shell, status and the range of the metric that colours them. Also the tools that
select on the globe."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.bind import Bindings
from orbitviz.gui.icons import icon
from orbitviz.gui.numbers import DisplayScale, display_scale, sentence
from orbitviz.gui.widgets import Elided, NumberField, heading, label, row, tool_button
from orbitviz.session import Session
from orbitviz.session.predicates import Both, InCategory, InRange, InShells, Not, Predicate, groups_of
from orbitviz.session.query import EXAMPLE, parse

Apply = Callable[[Predicate], str]
"""Asks for the set of a condition, which comes soon; returns the words that it will be known by, empty when it will not
come."""
CONDITION_TIP = (
    "Shows only the nodes that meet a condition; Enter applies it, an empty line shows all again.\n"
    "shell TEXT · plane 3-7 · node 40-50 · catalogue 25544 · name TEXT* · status throttled\n"
    "METRIC < 30 %, METRIC from 300 K to 320 K · within 500 km of 52, 13 · box SOUTH NORTH WEST EAST\n"
    "joined by and, or, not and parentheses."
)
Ends = dict[str, tuple[float | None, float | None]]


class Ticks(QWidget):
    """A list of names to tick; `ticked` are the chosen ones. All ticked is no condition."""

    def __init__(self, title: str, changed: Callable[[], None]) -> None:
        super().__init__()
        self._title, self._changed = title, changed
        self.boxes: dict[str, QCheckBox] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)

    def fill(self, entries: list[tuple[str, int | None]]) -> None:
        """Names with their nodes, all ticked."""
        for box in self.boxes.values():
            box.setParent(None)
            box.deleteLater()
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.boxes = {}
        if entries:
            self._grid.addWidget(label(self._title, "muted"), 0, 0)
        for place, (name, nodes) in enumerate(entries, start=1):
            box = QCheckBox(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, 170))
            box.setChecked(True)
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.setAccessibleName(f"{self._title} {name}")
            box.setToolTip(f"Shows or hides the nodes of {name}")
            box.toggled.connect(lambda _: self._changed())
            self._grid.addWidget(box, place, 0)
            if nodes is not None:
                self._grid.addWidget(label(f"{nodes:,}", "small"), place, 1, Qt.AlignmentFlag.AlignRight)
            self.boxes[name] = box
        self.setVisible(bool(entries))

    @property
    def ticked(self) -> list[str]:
        """Names."""
        return [name for name, box in self.boxes.items() if box.isChecked()]

    def tick(self, names: list[str] | None) -> None:
        """Ticks these, None: all; without echo."""
        for name, box in self.boxes.items():
            box.blockSignals(True)
            box.setChecked(names is None or name in names)
            box.blockSignals(False)


class RangeRow(QWidget):
    """From and to, in the shown unit of a metric; its own ends are no condition."""

    def __init__(self, changed: Callable[[], None]) -> None:
        super().__init__()
        self.low, self.high = NumberField("Show values from"), NumberField("Show values to")
        self._title, self._unit = Elided("", "muted"), label("", "muted")
        self._info: MetricInfo | None = None
        self._scale = DisplayScale(1.0, "")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        fields = row(self.low, label("to", "muted"), self.high, self._unit, spacing=6)
        fields.setStretch(0, 1)
        fields.setStretch(2, 1)
        layout.addLayout(fields)
        for field in (self.low, self.high):
            field.editingFinished.connect(changed)

    def show_metric(self, info: MetricInfo | None, ends: tuple[float | None, float | None]) -> None:
        """Another metric, with the ends that are set for it."""
        self._info = info if info is not None and not info.is_category else None
        self.setVisible(self._info is not None)
        if self._info is None:
            return
        self._scale = display_scale(self._info.unit, max(abs(self._info.low), abs(self._info.high)))
        self._title.setText(self._info.long_name)
        self._title.setToolTip(f"Shows the nodes whose {self._info.long_name.lower()} lies between these, now")
        self._unit.setText(self._scale.unit)
        span = (self._info.high - self._info.low) / self._scale.factor
        decimals = 0 if span >= 500 else 1 if span >= 5 else 3
        for field, end, own in ((self.low, ends[0], self._info.low), (self.high, ends[1], self._info.high)):
            field.set_value((own if end is None else end) / self._scale.factor, decimals, "")

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """In the metric's unit; None: the metric's own end."""
        if self._info is None:
            return None, None
        tiny = 0.51 * 10.0**-self.low.decimals * self._scale.factor
        low, high = self.low.value * self._scale.factor, self.high.value * self._scale.factor
        return (
            None if abs(low - self._info.low) < tiny else low,
            None if abs(high - self._info.high) < tiny else high,
        )


class FilterPanel(QWidget):
    """Conditions joined by "and". It shows what made the set while the set is one of its own, also after undo; another
    one, as of a lasso, brings it back to everything ticked."""

    def __init__(self, session: Session, actions: dict[str, QAction], apply: Apply) -> None:
        super().__init__()
        self._session, self._actions, self._apply = session, actions, apply
        self._ranges: Ends = {}
        self._made: dict[str, tuple[list[str], list[str], Ends]] = {}
        self._awaited = ""
        self.shells = Ticks("Shells", self._changed)
        self.states = Ticks("Status", self._changed)
        self.range = RangeRow(self._range_changed)
        self.typed = QLineEdit()
        self.typed.setPlaceholderText(EXAMPLE)
        self.typed.setAccessibleName("Condition")
        self.typed.setToolTip(CONDITION_TIP)
        self.typed.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.typed.returnPressed.connect(self._ask)
        self.trouble = label("", "small")
        self.trouble.setWordWrap(True)
        self.trouble.hide()
        self.words = label("", "small")
        self.words.setWordWrap(True)
        self.clear = QPushButton("Clear filter")
        self.clear.setToolTip("Shows every node again (Ctrl+Shift+A)")
        self.clear.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clear.clicked.connect(session.selection.none)
        self.tools: dict[str, QToolButton] = {}
        self._build()
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_document)
        bindings.on(session.colour.events.metric, self._show_range)
        for event in (session.selection.events.version, session.selection.events.show):
            bindings.on(event, self.refresh)
        self.refresh_document()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        head = row(heading("Filter"), spacing=0)
        head.addStretch(1)
        for name in ("rectangle", "lasso", "invert", "show_only"):
            head.addWidget(self._tool(name))
        layout.addLayout(head)
        for widget in (self.typed, self.trouble, self.words, self.clear, self.shells, self.states, self.range):
            layout.addWidget(widget)

    def _tool(self, name: str) -> QToolButton:
        action = self._actions[name]
        button = tool_button("", action.toolTip(), "muted", 14)
        button.setIcon(action.icon())
        button.clicked.connect(action.trigger)
        button.setCheckable(name != "invert")
        self.tools[name] = button
        return button

    def _ask(self) -> None:
        """A typed condition: the nodes that meet it alone, or a sentence that says what was not understood."""
        document, text = self._session.document, self.typed.text().strip()
        self.trouble.hide()
        if document is None or not text:
            self._session.selection.none()
            return
        try:
            predicate = parse(text, document.fleet, document.metrics)
        except OrbitvizError as error:
            self.trouble.setText(f"{sentence(error.message)} {sentence(error.hint)}")
            self.trouble.show()
            return
        self._apply(predicate)

    # -- showing ----------------------------------------------------------------------------------
    def refresh_document(self) -> None:
        """Another document: its shells, its states."""
        document = self._session.document
        self.setEnabled(document is not None)
        self._ranges, self._made, self._awaited = {}, {}, ""
        self.shells.fill([] if document is None else shell_entries(document.fleet))
        self.states.fill([(word, None) for word in self._flags()])
        self._show_range()
        self.refresh()

    def _flags(self) -> dict[str, int]:
        document = self._session.document
        info = None if document is None else document.metrics.get("status")
        return {} if info is None else {word: number for number, word in info.flags.items()}

    def _show_range(self) -> None:
        self.range.show_metric(self._session.metric, self._ranges.get(self._session.colour.metric, (None, None)))

    def refresh(self) -> None:
        """What the set is now."""
        selection = self._session.selection
        filtering = selection.hides
        self.clear.setVisible(filtering)
        self.words.setVisible(filtering)
        if filtering:
            self.words.setText(f"{selection.count:,} of {selection.total:,} shown: {selection.words}")
        self._follow(selection.words)
        on = self.tools["show_only"]
        on.setChecked(filtering)
        on.setIcon(icon("funnel", "accent" if filtering else "muted", 14))

    def _follow(self, words: str) -> None:
        """The controls as they were when they made the set; the set asked for last may not be there yet."""
        if self._awaited and words != self._awaited:
            return
        self._awaited = ""
        shells, states, ranges = self._made.get(words, (None, None, {}))
        self.shells.tick(shells)
        self.states.tick(states)
        if ranges != self._ranges:
            self._ranges = dict(ranges)
            self._show_range()

    def show_tool(self, tool: str) -> None:
        """Which shape the next drag on the globe draws."""
        for name in ("rectangle", "lasso"):
            self.tools[name].setChecked(name == tool)

    # -- choosing ---------------------------------------------------------------------------------
    def _range_changed(self) -> None:
        name, ends = self._session.colour.metric, self.range.ends
        if ends == self._ranges.get(name, (None, None)):
            return
        self._ranges = {**self._ranges, name: ends}
        if ends == (None, None):
            del self._ranges[name]
        self._changed()

    def condition(self) -> Both:
        """All conditions that are set, joined."""
        parts: list[Predicate] = []
        if len(self.shells.ticked) < len(self.shells.boxes):
            parts.append(shells_condition(list(self.shells.boxes), self.shells.ticked))
        if len(self.states.ticked) < len(self.states.boxes):
            parts.append(self._status_condition())
        parts += [InRange(name, *ends) for name, ends in self._ranges.items()]
        return Both(tuple(parts))

    def _status_condition(self) -> Predicate:
        """Said by the shorter list, as of shells."""
        flags, ticked = self._flags(), self.states.ticked
        hidden = [word for word in flags if word not in ticked]
        if len(hidden) < len(ticked):
            return Not(InCategory("status", tuple(flags[word] for word in hidden)))
        return InCategory("status", tuple(flags[word] for word in ticked))

    def _changed(self) -> None:
        condition = self.condition()
        self._awaited = ""
        if not condition.parts:
            self._session.selection.none()
            return
        words = self._apply(condition)
        self._made[words] = (self.shells.ticked, self.states.ticked, dict(self._ranges))
        self._awaited = words if words != self._session.selection.words else ""


def shells_condition(names: list[str], ticked: list[str]) -> Predicate:
    """Said by the shorter list: those that are shown, or those that are not."""
    hidden = tuple(name for name in names if name not in ticked)
    return Not(InShells(hidden)) if len(hidden) < len(ticked) else InShells(tuple(ticked))


def shell_entries(fleet: Fleet) -> list[tuple[str, int | None]]:
    """(name, nodes) of each group of shells; none when there is only one, which nothing could be told apart by."""
    counts = np.bincount(fleet.shell, minlength=len(fleet.shells))
    groups = groups_of(fleet)
    entries: list[tuple[str, int | None]] = [(name, int(counts[numbers].sum())) for name, numbers in groups.items()]
    return entries if len(entries) > 1 else []
