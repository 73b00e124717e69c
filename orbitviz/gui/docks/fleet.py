"""FLEET: the whole constellation at the shown instant, in a few numbers, and its shells one line each."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from orbitviz.core.document import Document
from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.estimate import EclipseEstimate
from orbitviz.gui.docks.event_list import EventList
from orbitviz.gui.events import about, events_of
from orbitviz.gui.numbers import amount
from orbitviz.gui.origin import ASSUMED_MARK
from orbitviz.gui.shells import ShellLine, ShellSeries, shell_lines, shell_series
from orbitviz.gui.theme import CAPTION_PX, TILE_PX, font
from orbitviz.gui.totals import Tile, status_counts, tiles_at
from orbitviz.gui.widgets import Elided, Facts, heading, label, number_label, row, row_widget
from orbitviz.gui.work import WorkLine, work_lines
from orbitviz.session import Session

SHELL_LINES, ABOVE_PX = 14, 6


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
        tiles.append(Tile(amount(float(counts @ each), unit), words + (ASSUMED_MARK if assumed else ""), tip))
    return tiles


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
    """Tiles, work, states, shells, events."""

    event_chosen = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._estimate: EclipseEstimate | None = None
        self._installed: list[Tile] = []
        self._groups: list[ShellLine] = []
        self._series: ShellSeries | None = None
        self._hidden: frozenset[str] = frozenset()
        self.tiles = TileGrid()
        self.note = label("", "small")
        self.note.setWordWrap(True)
        self.work, self.states, self.events = Facts(), Facts(), EventList()
        self._shells = QGridLayout()
        self._shell_values: list[QLabel] = []
        self._shell_words = label("", "small")
        self._work_title, self._state_title = heading("Work"), heading("States")
        self._shell_title, self._event_title = heading("Shells"), heading("Events")
        self._build()
        self.events.chosen.connect(self.event_chosen)
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_document)
        bindings.on(session.document_grown, self._read_on)
        bindings.on(session.colour.events.metric, self._refresh_series)
        self.refresh_document()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self._shells.setVerticalSpacing(5)
        self._shells.setColumnStretch(0, 1)
        shell_head = row(self._shell_title, self._shell_words)
        shell_head.setStretch(0, 1)
        layout.addWidget(self.tiles)
        layout.addWidget(self.note)
        for title, part in ((self._work_title, self.work), (self._state_title, self.states)):
            title.setContentsMargins(0, ABOVE_PX, 0, 0)
            layout.addWidget(title)
            layout.addWidget(part)
        shell_head.setContentsMargins(0, ABOVE_PX, 0, 0)
        layout.addLayout(shell_head)
        layout.addLayout(self._shells)
        self._event_title.setContentsMargins(0, ABOVE_PX, 0, 0)
        layout.addWidget(self._event_title)
        layout.addWidget(self.events)
        layout.addStretch(1)

    def hide_kinds(self, hidden: frozenset[str]) -> None:
        """Leaves out the events that are about these, as the timeline does."""
        self._hidden = hidden
        self._refresh_events()

    def _refresh_events(self) -> None:
        document = self._session.document
        events = [event for event in events_of(document) if about(event) not in self._hidden]
        self.events.set_events(events, None if document is None else document.epoch)
        for widget in (self._event_title, self.events):
            widget.setVisible(bool(events))

    # -- another document -----------------------------------------------------------------------------
    def refresh_document(self) -> None:
        """Another document."""
        document = self._session.document
        self._estimate, self._installed, self._groups = None, [], []
        _clear(self._shells)
        self._shell_values = []
        for facts in (self.work, self.states):
            facts.clear()
        self._refresh_events()
        self._shell_title.setVisible(document is not None)
        if document is not None:
            self._groups = shell_lines(document.fleet)[:SHELL_LINES]
            self._fill_shells(len(shell_lines(document.fleet)))
            if not document.is_recorded:
                self._installed = installed_tiles(document)
                self._estimate = EclipseEstimate(document.fleet)
        self._refresh_series()

    def _read_on(self) -> None:
        """The recording has more frames: its events and the shells' sums go on."""
        document = self._session.document
        events = events_of(document)
        self.events.set_events(events, None if document is None else document.epoch)
        for widget in (self._event_title, self.events):
            widget.setVisible(bool(events))
        self._refresh_series()

    def _fill_shells(self, total: int) -> None:
        for place, group in enumerate(self._groups):
            title, value = Elided(group.name), number_label("", CAPTION_PX)
            title.setToolTip(f"{group.name}: {group.where}, {group.nodes:,} nodes")
            value.setProperty("role", "small")
            self._shells.addWidget(title, 2 * place, 0)
            self._shells.addWidget(number_label(f"{group.nodes:,}"), 2 * place, 1)
            self._shells.addWidget(row_widget(Elided(group.where, "small"), value), 2 * place + 1, 0, 1, 2)
            self._shell_values.append(value)
        if total > SHELL_LINES:
            self._shells.addWidget(label(f"and {total - SHELL_LINES} more", "small"), 2 * SHELL_LINES, 0)

    def _refresh_series(self) -> None:
        """The metric that colours the nodes is what is said of the shells, where it is summed by shell."""
        document = self._session.document
        self._series = None if document is None else shell_series(document, self._groups, self._session.colour.metric)
        self._shell_words.setText("" if self._series is None else self._series.title)
        self._shell_words.setVisible(self._series is not None)
        for value in self._shell_values:
            value.setToolTip("" if self._series is None else self._series.tip)
            value.setText("")
        self.refresh(self._session.clock.t_s)

    # -- now --------------------------------------------------------------------------------------
    def refresh(self, t_s: float) -> None:
        """The numbers of an instant; called a few times a second."""
        document = self._session.document
        if document is None:
            self.tiles.show_tiles([])
            self.note.setText("Nothing is open. Open a file, drop one here, or choose a preset from the menu.")
            self.note.show()
            self._show_recorded([], [])
            return
        recording = document.recording
        if recording is not None and document.is_recorded:
            times = np.asarray(recording.times_s, float)
            less = document.is_difference
            tiles = tiles_at(recording.totals, document.metrics, times, t_s, recording.total_infos, less)
            states = [] if less else status_counts(recording.totals, document.metrics, times, t_s)
            self._show_recorded(states, [] if less else work_lines(recording, t_s))
            note = "" if tiles else "This recording holds no fleet totals."
        else:
            tiles = [*self._installed, *self._eclipse(t_s)]
            self._show_recorded([], [])
            note = "Sums of the recipe's values. ◦ assumed." if self._installed else ""
        self.tiles.show_tiles(tiles)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        if self._series is not None:
            for value, text in zip(self._shell_values, self._series.texts_at(t_s), strict=True):
                value.setText(text)
        self.events.refresh(t_s)

    def _eclipse(self, t_s: float) -> list[Tile]:
        share = None if self._estimate is None else self._estimate.share_at(t_s)
        if share is None or self._estimate is None:
            return []
        count = self._estimate.count
        about = "" if self._estimate.exact else f"\nestimated from {count:,} nodes spread evenly over the fleet"
        return [Tile(amount(share, "1"), "in eclipse now", f"Share of nodes in the Earth's shadow{about}")]

    def _show_recorded(self, states: list[tuple[str, int]], work: list[WorkLine]) -> None:
        for widgets, shown in (
            ((self._state_title, self.states), bool(states)),
            ((self._work_title, self.work), bool(work)),
        ):
            for widget in widgets:
                widget.setVisible(shown)
        for line in work:
            self.work.show_fact(line.name, line.value, line.tip)
        for word, nodes in states:
            self.states.show_fact(word.capitalize(), f"{nodes:,}")


def _clear(grid: QGridLayout) -> None:
    while grid.count():
        item = grid.takeAt(0)
        widget = None if item is None else item.widget()
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()
