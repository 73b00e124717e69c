"""FLEET: the whole constellation at the shown instant, in a few numbers, and its shells one line each."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from orbitviz.core.document import Document
from orbitviz.core.fleet import Fleet
from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.estimate import EclipseEstimate
from orbitviz.gui.numbers import amount
from orbitviz.gui.theme import TILE_PX, font
from orbitviz.gui.totals import Tile, status_counts, tiles_at
from orbitviz.gui.widgets import Elided, heading, label, number_label
from orbitviz.session import Session

SHELL_LINES = 14


def installed_tiles(document: Document) -> list[Tile]:
    """What the node types add up to: sums over the fleet of recipe values, not of anything simulated."""
    if document.scenario is None or not document.fleet.node_types:
        return []
    kinds = document.fleet.node_types
    counts = np.bincount(document.fleet.node_type, minlength=len(kinds))[: len(kinds)]
    wanted = (
        ("array power in full Sun", "W", ("array_area_m2", "array_w_per_m2"), 1.0, "nodes × array area × W/m² at 1 AU"),
        ("compute, average", "W", ("compute_average_kw",), 1e3, "nodes × average compute power"),
        ("peak throughput", "PFLOP/s", ("peak_pflops",), 1.0, "nodes × dense BF16 peak"),
        ("in batteries, full", "Wh", ("battery_kwh",), 1e3, "nodes × battery capacity"),
    )
    tiles = []
    for words, unit, fields, factor, tip in wanted:
        each = np.array([math.prod(getattr(kind, name) for name in fields) for kind in kinds]) * factor
        assumed = sorted({name for kind in kinds for name in fields if name in kind.assumed})
        tip += f"\nassumed: {', '.join(assumed)}" if assumed else ""
        tiles.append(Tile(amount(float(counts @ each), unit), words + (" ◦" if assumed else ""), tip))
    return tiles


def shell_lines(fleet: Fleet) -> list[tuple[str, str, int]]:
    """(name, "550 to 610 km, 30.0°", nodes) of each group of shells, in file order."""
    counts = np.bincount(fleet.shell, minlength=len(fleet.shells))
    groups: dict[str, list[int]] = {}
    for number, shell in enumerate(fleet.shells):
        groups.setdefault(shell.group or shell.name, []).append(number)
    lines = []
    for name, numbers in groups.items():
        heights = [fleet.shells[i].altitude_km for i in numbers]
        tilts = [fleet.shells[i].inclination_deg for i in numbers]
        lines.append((name, f"{_span(heights, 0)} km, {_span(tilts, 1)}°", int(counts[numbers].sum())))
    return lines


def _span(values: list[float], digits: int) -> str:
    low, high = f"{min(values):,.{digits}f}", f"{max(values):,.{digits}f}"
    return low if low == high else f"{low}–{high}"


class TileGrid(QWidget):
    """Big numbers over small words, two beside each other; labels are reused, never made anew while playing."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._cells: list[tuple[QWidget, QLabel, QLabel]] = []

    def show_tiles(self, tiles: list[Tile]) -> None:
        """Writes the tiles."""
        while len(self._cells) < len(tiles):
            self._add()
        for index, (cell, value, words) in enumerate(self._cells):
            cell.setVisible(index < len(tiles))
            if index < len(tiles):
                tile = tiles[index]
                for part, text in ((value, tile.value), (words, tile.words)):
                    if part.text() != text:
                        part.setText(text)
                cell.setToolTip(tile.tip)

    def _add(self) -> None:
        cell, value, words = QWidget(), label("", "tile"), label("", "small")
        value.setFont(font(TILE_PX, tabular=True))
        layout = QVBoxLayout(cell)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(value)
        layout.addWidget(words)
        place = len(self._cells)
        self._grid.addWidget(cell, place // 2, place % 2)
        self._cells.append((cell, value, words))

    @property
    def texts(self) -> list[str]:
        """What is shown, "87.4 GW generated" each."""
        return [f"{value.text()} {words.text()}" for cell, value, words in self._cells if not cell.isHidden()]


class FleetPanel(QWidget):
    """Tiles, states, shells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._estimate: EclipseEstimate | None = None
        self._installed: list[Tile] = []
        self.tiles = TileGrid()
        self.note = label("", "small")
        self.note.setWordWrap(True)
        self._states = QGridLayout()
        self._state_values: dict[str, QLabel] = {}
        self._shells = QGridLayout()
        self._state_title, self._shell_title = heading("States"), heading("Shells")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self.tiles, self.note, self._state_title):
            layout.addWidget(widget)
        layout.addLayout(self._states)
        layout.addSpacing(6)
        layout.addWidget(self._shell_title)
        layout.addLayout(self._shells)
        layout.addStretch(1)
        for grid in (self._states, self._shells):
            grid.setVerticalSpacing(6)
            grid.setColumnStretch(0, 1)
        Bindings(self).on(session.document_changed, self.refresh_document)
        self.refresh_document()

    def refresh_document(self) -> None:
        """Another document."""
        document = self._session.document
        self._estimate, self._installed = None, []
        _clear(self._shells)
        self._shell_title.setVisible(document is not None)
        if document is not None:
            self._fill_shells(document.fleet)
            if not document.is_recorded:
                self._installed = installed_tiles(document)
                self._estimate = EclipseEstimate(document.fleet)
        self.refresh(self._session.clock.t_s)

    def _fill_shells(self, fleet: Fleet) -> None:
        lines = shell_lines(fleet)
        for place, (name, where, nodes) in enumerate(lines[:SHELL_LINES]):
            title = Elided(name)
            title.setToolTip(f"{name}: {where}, {nodes:,} nodes")
            self._shells.addWidget(title, 2 * place, 0)
            self._shells.addWidget(number_label(f"{nodes:,}"), 2 * place, 1)
            self._shells.addWidget(label(where, "small"), 2 * place + 1, 0, 1, 2)
        if len(lines) > SHELL_LINES:
            self._shells.addWidget(label(f"and {len(lines) - SHELL_LINES} more", "small"), 2 * SHELL_LINES, 0)

    def refresh(self, t_s: float) -> None:
        """The numbers of an instant; called a few times a second."""
        document = self._session.document
        if document is None:
            self.tiles.show_tiles([])
            self.note.setText("Nothing is open. Open a file, drop one here, or choose a preset from the menu.")
            self.note.show()
            self._state_title.hide()
            return
        if document.recording is not None and document.is_recorded:
            times = np.asarray(document.recording.times_s, float)
            tiles = tiles_at(document.recording.totals, document.metrics, times, t_s)
            states = status_counts(document.recording.totals, document.metrics, times, t_s)
            note = "" if tiles else "This recording holds no fleet totals."
        else:
            tiles, states = [*self._installed, *self._eclipse(t_s)], []
            note = "Sums of the recipe's values. ◦ assumed." if self._installed else ""
        self.tiles.show_tiles(tiles)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self._show_states(states)

    def _eclipse(self, t_s: float) -> list[Tile]:
        share = None if self._estimate is None else self._estimate.share_at(t_s)
        if share is None or self._estimate is None:
            return []
        count = self._estimate.count
        about = "" if self._estimate.exact else f"\nestimated from {count:,} nodes spread evenly over the fleet"
        return [Tile(amount(share, "1"), "in eclipse now", f"Share of nodes in the Earth's shadow{about}")]

    def _show_states(self, states: list[tuple[str, int]]) -> None:
        self._state_title.setVisible(bool(states))
        if list(self._state_values) != [word for word, _ in states]:
            _clear(self._states)
            self._state_values = {word: number_label() for word, _ in states}
            for place, (word, value) in enumerate(self._state_values.items()):
                self._states.addWidget(label(word.capitalize()), place, 0)
                self._states.addWidget(value, place, 1)
        for word, nodes in states:
            self._state_values[word].setText(f"{nodes:,}")


def _clear(grid: QGridLayout) -> None:
    while grid.count():
        item = grid.takeAt(0)
        widget = None if item is None else item.widget()
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()
