"""COMPARE: what was changed between two runs, and what came of it: totals of A and B, their difference, in percent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QTreeWidgetItemIterator,
    QVBoxLayout,
    QWidget,
)

from orbitviz.core.errors import OrbitvizError
from orbitviz.gui import dialogs
from orbitviz.gui.bind import Bindings
from orbitviz.gui.fields import field_words, value_words
from orbitviz.gui.numbers import amount, utc_text
from orbitviz.gui.theme import tokens
from orbitviz.gui.widgets import Choice, heading, label
from orbitviz.player import FleetPositions, Player
from orbitviz.session import Session

if TYPE_CHECKING:
    from orbitviz.api import Change, Comparison, TotalRow

NOW, MEAN = "at the shown instant", "mean over both runs"
COLUMNS = ("", "A", "B", "A − B", "%")
LEAST_SHARE = 5e-5
"""Less of the larger of two totals is no difference: sums of many nodes are rounded."""


class ComparePanel(QWidget):
    """A view of Panes. comparison: the one that is shown, None when two runs are not compared."""

    def __init__(self, session: Session, comparison: Callable[[], Comparison | None]) -> None:
        super().__init__()
        self._session, self._comparison = session, comparison
        self._shown: tuple[Any, ...] = ()
        self._items: dict[str, QTreeWidgetItem] = {}
        self.note = label("", "small")
        self.note.setWordWrap(True)
        self.changed, self.totals = _table("Input"), _table("Total")
        self.which = Choice("Instant or mean")
        self.which.addItems([NOW, MEAN])
        self.which.setMinimumContentsLength(len(NOW) + 2)
        self.export = QPushButton("Export CSV…")
        self.export.clicked.connect(self.ask_export)
        self._build()
        self.which.currentIndexChanged.connect(self.refresh)
        Bindings(self).on(session.document_changed, self.refresh)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.note)
        layout.addWidget(heading("What was changed"))
        layout.addWidget(self.changed)
        head = QHBoxLayout()
        head.addWidget(heading("What came of it"))
        head.addStretch(1)
        head.addWidget(self.which)
        layout.addLayout(head)
        layout.addWidget(self.totals, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.export)
        layout.addLayout(foot)

    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """Another document, perhaps another side; what is compared is asked for when the view is refreshed."""
        self.refresh()

    # -- now ----------------------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Writes what has changed since the last time: ten times a second while it is seen."""
        comparison = self._comparison()
        self.export.setEnabled(comparison is not None)
        key = (id(comparison), self.which.currentText(), self._t_s(comparison))
        if key == self._shown:
            return
        another = not self._shown or self._shown[0] != key[0]
        self._shown = key
        if comparison is None:
            self.changed.clear()
            self.totals.clear()
            self.note.setText("Two runs are compared with “Compare with…” in the menu.")
            return
        if another:
            self._fill(comparison)
        self._write(comparison)

    def _t_s(self, comparison: Comparison | None) -> float | None:
        """The shown instant in seconds from A's epoch; None for the mean of the run, or without a comparison."""
        document = self._session.document
        if comparison is None or document is None or self.which.currentText() == MEAN:
            return None
        t_s = self._session.clock.t_s + document.epoch.seconds_since(comparison.a.epoch)
        first_s, last_s = comparison.difference.span_s
        return min(max(t_s, first_s), last_s)

    def _fill(self, comparison: Comparison) -> None:
        from orbitviz import api

        found = api.changes(comparison)
        self.changed.clear()
        for change in found:
            _write(self._item(self.changed), change_texts(change), _change_tip(change))
        if not found:
            QTreeWidgetItem(self.changed, ["Nothing: the inputs of both runs are equal."]).setFirstColumnSpanned(True)
        lines = min(max(len(found), 1), 8)
        self.changed.setFixedHeight(24 * lines + 30)
        # By size over the whole run, so that no line moves while time does.
        self._items = {}
        self.totals.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for row in api.total_rows(comparison):
            above = row.metric or row.words
            if above not in groups:
                groups[above] = QTreeWidgetItem(self.totals, [above])
                groups[above].setFirstColumnSpanned(True)
                groups[above].setForeground(0, tokens().colour("muted"))
            self._items[row.name] = self._item(groups[above])
        self.totals.expandAll()

    @staticmethod
    def _item(parent: QTreeWidget | QTreeWidgetItem) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent)
        for column in range(1, len(COLUMNS)):
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _write(self, comparison: Comparison) -> None:
        from orbitviz import api

        t_s = self._t_s(comparison)
        rows = {row.name: row for row in api.total_rows(comparison, t_s)}
        for name, item in self._items.items():
            row = rows[name]
            _write(item, total_texts(row), f"{row.words}\n{row.formula}".strip())
        epoch = comparison.a.epoch
        ends = [utc_text(epoch, edge)[:16] for edge in comparison.difference.span_s]
        when = f"{utc_text(epoch, t_s)} UTC" if t_s is not None else f"the mean from {ends[0]} to {ends[1]} UTC"
        text = f"A is {comparison.names[0]}, B is {comparison.names[1]}. Totals: {when}. % is of B."
        self.note.setText(text)

    # -- files --------------------------------------------------------------------------------------------------------
    def ask_export(self) -> None:
        """The table as CSV, of the shown instant or of the whole run, as it stands."""
        comparison = self._comparison()
        if comparison is None:
            return
        name = f"{comparison.names[0]}-less-{comparison.names[1]}.csv"
        path = dialogs.ask_save(self, "Export the comparison", name, "Table (*.csv)")
        if not path:
            return
        try:
            self.export_to(path)
        except OrbitvizError as error:
            dialogs.ErrorDialog(error, "The table could not be written", self).open()

    def export_to(self, path: str) -> int:
        """Writes it; returns the lines below the head."""
        from orbitviz import api

        comparison = self._comparison()
        return 0 if comparison is None else api.export_comparison(comparison, path, self._t_s(comparison))

    def texts(self, tree: QTreeWidget) -> list[tuple[str, ...]]:
        """What a table shows, line by line."""
        lines = []
        walk = QTreeWidgetItemIterator(tree)
        while (item := walk.value()) is not None:
            if not item.childCount():
                group = item.parent()
                name = item.text(0) if group is None else f"{group.text(0)}: {item.text(0)}"
                lines.append((name, *(item.text(column) for column in range(1, len(COLUMNS)))))
            walk += 1
        return lines


def _table(first: str) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setObjectName("CompareTable")
    tree.setHeaderLabels([first, *COLUMNS[1:]])
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setIndentation(8)
    tree.setItemsExpandable(False)
    tree.setAllColumnsShowFocus(True)
    tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    tree.setTextElideMode(Qt.TextElideMode.ElideRight)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setMinimumSectionSize(36)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, len(COLUMNS)):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight)
    return tree


def _write(item: QTreeWidgetItem | None, texts: Sequence[str], tip: str) -> None:
    if item is None:
        return
    for column, text in enumerate(texts):
        if item.text(column) != text:
            item.setText(column, text)
    if item.toolTip(0) != tip:
        for column in range(len(texts)):
            item.setToolTip(column, tip)


def total_texts(row: TotalRow) -> tuple[str, ...]:
    """Name, A and B in one unit with one prefix, A − B with its sign and a unit of its own, percent of B."""
    unit = "" if row.counts else row.unit
    words, a, b = part_words(row), quantity(row.a, unit), quantity(row.b, unit)
    if abs(row.difference) <= LEAST_SHARE * max(abs(row.a), abs(row.b)):
        return words, a, b, "0", ""
    return words, a, b, signed(row.difference, unit), _percent(row.share)


def part_words(row: TotalRow) -> str:
    """How a metric's total is taken, shortly: "mean", "p75" for the 75th percentile; "all" of what is no metric's."""
    if not row.metric:
        return "all"
    number = row.part.removesuffix(" percentile").rstrip("stndrh")
    return f"p{number}" if row.part.endswith(" percentile") else row.part


def quantity(value: float, unit: str) -> str:
    """A total; unit "": it counts things."""
    if not math.isfinite(value):
        return "–"
    if not unit:
        return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"
    return amount(value, unit) if unit != "K" else f"{value:,.2f} K"


def signed(value: float, unit: str) -> str:
    """With its sign, a true minus."""
    text = quantity(abs(value), unit)
    return text if text == "–" else f"{'−' if value < 0.0 else '+'}{text}"


def _percent(share: float) -> str:
    if not math.isfinite(share):
        return "–"
    digits = 1 if abs(share) < 0.995 else 0
    text = f"{abs(share) * 100.0:,.{digits}f}"
    return f"{'−' if share < 0.0 else '+'}{text}" if float(text.replace(",", "")) else "0.0"


def change_texts(change: Change) -> tuple[str, ...]:
    """The input's name, its values with units, and their difference where they are numbers."""
    name = f"{field_words(change.field)}, {change.place}" if change.field else change.place
    first, second = ("–" if value is None else value_words(value, change.unit) for value in (change.a, change.b))
    less = change.difference
    if less is None:
        return name, first, second, "", ""
    text = f"{'−' if less < 0 else '+'}{value_words(abs(less), change.unit)}"
    return name, first, second, text, _percent(less / abs(change.b)) if change.b else "–"


def _change_tip(change: Change) -> str:
    return f"{change.place}: {change.field}" if change.field else change.place
