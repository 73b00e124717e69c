"""CHARTS: fleet totals and nodes' histories over time, tied to the clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from orbitviz.api import Comparison
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui import dialogs
from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.chart_export import KINDS, drawing_of, picture_of, table_of, write_file
from orbitviz.gui.docks.chart_series import Chart
from orbitviz.gui.docks.chart_stack import ChartStack
from orbitviz.gui.docks.charts_compared import topics_of_both, topics_of_difference
from orbitviz.gui.docks.charts_fleet import Topic, fleet_topics
from orbitviz.gui.docks.charts_nodes import NodeHistories, chosen_rows, node_charts
from orbitviz.gui.track import Track
from orbitviz.gui.widgets import Choice, Elided, label, row, tool_button
from orbitviz.player import FleetPositions, Player
from orbitviz.session import Session

FLEET, NODES, DIFFERENCE = "fleet", "nodes", "difference"
SHOWN, ALL = "", "*"
"""Metrics of the nodes: the one that colours them, or every recorded one."""
SETTLE_S, GROW_S = 0.25, 5.0
"""A set that changes all the time is read no more often; a recording that grows, no more often."""
Say = Callable[[str], object]


class Charts(QWidget):
    """The view of the dock. `say`: tells where something was saved. `runs`: the two that are compared, if any. `track`:
    the timeline's, whose part of time can be shared."""

    def __init__(
        self, session: Session, track: Track, say: Say, runs: Callable[[], Comparison | None] = lambda: None
    ) -> None:
        super().__init__()
        self._session, self._track, self._say, self._runs = session, track, say, runs
        self._compared: Comparison | None = None
        self._player: Player | None = None
        self._topics: list[Topic] = []
        self._stale = True
        self._asked_s = self._grown_s = -math.inf
        self._resume = False
        self.histories = NodeHistories(self)
        self.about, self.what = Choice("Whose values"), Choice("Which values")
        self.words = Elided("", "small")
        self.stack, self.empty = ChartStack(), label("", "muted")
        self._build()
        bindings = Bindings(self)
        bindings.on(session.document_changed, self._reopen)
        bindings.on(session.document_grown, self._grow)
        bindings.on(session.selection.events.row, self._touch)
        bindings.on(session.selection.events.version, self._touch)
        bindings.on(session.colour.events.metric, self._touch)
        self._reopen()

    def _build(self) -> None:
        for text, value, tip in (
            ("Fleet", FLEET, "Totals of all nodes"),
            ("Nodes", NODES, "Histories of the selected nodes"),
        ):
            self.about.addItem(text, value)
            self.about.setItemData(self.about.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.about.setFixedWidth(92)
        self.what.setMinimumWidth(150)
        self.what.setMaximumWidth(340)
        self.about.activated.connect(lambda _: self.show_about(self.about.currentData()))
        self.what.activated.connect(lambda _: self._touch())
        self.everything = tool_button("maximize", "Show the whole time (double click a chart)", "muted")
        self.everything.clicked.connect(self.stack.show_all)
        self.link = tool_button("link", "Show the same part of time as the timeline", "muted")
        self.link.setCheckable(True)
        self.link.toggled.connect(self._follow_track)
        self._track.zoomed.connect(self._follow_track)
        self.stack.span_chosen.connect(self._lead_track)
        self.save = tool_button("download", "Export what is shown", "muted")
        self.save.setMenu(self._save_menu())
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.stack.sought.connect(self._session.clock.seek)
        self.stack.scrubbing.connect(self._scrub)
        self.histories.arrived.connect(self._touch)
        top = row(self.about, self.what, self.link, self.everything, self.save)
        top.setStretch(1, 3)
        top.insertStretch(2, 1)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.stack)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 4)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.words)
        layout.addWidget(pages, 1)

    def _save_menu(self) -> QMenu:
        menu = QMenu(self)
        for kind, text in (
            ("csv", "Table of the values (CSV)…"),
            ("png", "Picture (PNG)…"),
            ("svg", "Drawing (SVG)…"),
        ):
            menu.addAction(text).triggered.connect(lambda _checked=False, kind=kind: self.ask_export(kind))
        menu.addSeparator()
        self.on_white = menu.addAction("Pictures as ink on white, for print")
        self.on_white.setCheckable(True)
        return menu

    # -- what is open -----------------------------------------------------------------------------
    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """Another document."""
        self._player = player
        self.histories.forget()
        self._touch()

    def _touch(self) -> None:
        self._stale = True

    def _reopen(self) -> None:
        """Another document, or another theme: what can be chosen may differ, a choice that is still there stays."""
        self._topics = self._find_topics()
        self._fill_what()
        self._touch()

    def _find_topics(self) -> list[Topic]:
        """Of what is open: a run's, both runs' of a comparison, or their difference's."""
        document, runs = self._session.document, self._compared
        if document is None or runs is None:
            return fleet_topics(document)
        if self.about.currentData() == DIFFERENCE:
            return topics_of_difference(runs, document.epoch)
        return topics_of_both(runs, document.epoch)

    def _watch_comparison(self) -> None:
        """One has begun or ended."""
        runs = self._runs()
        if runs is self._compared:
            return
        self._compared = runs
        place = self.about.findData(DIFFERENCE)
        if runs is not None and place < 0:
            self.about.addItem("A − B", DIFFERENCE)
            tip = "Totals of all nodes of A less those of B"
            self.about.setItemData(self.about.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        elif runs is None and place >= 0:
            self.about.removeItem(place)
        self._reopen()

    def _grow(self) -> None:
        """More frames: lines grow, the span stays."""
        before = len(self._topics)
        self._topics = self._find_topics()
        if len(self._topics) != before:
            self._fill_what()
        self._touch()

    def show_about(self, about: str) -> None:
        """Fleet, nodes, or the difference of two fleets."""
        self.about.setCurrentIndex(self.about.findData(about))
        self._reopen()

    def _fill_what(self) -> None:
        before, document = self.what.currentData(), self._session.document
        self.what.clear()
        if self.about.currentData() != NODES:
            for topic in self._topics:
                self.what.addItem(topic.title, topic.name)
        elif document is not None and document.recording is not None:
            self.what.addItem("Shown metric", SHOWN)
            self.what.addItem("All metrics", ALL)
            for name, info in document.recording.metrics.items():
                self.what.addItem(info.long_name, name)
        self.what.setCurrentIndex(max(self.what.findData(before), 0))
        self.what.setEnabled(self.what.count() > 1)

    def choose(self, what: str) -> None:
        """A topic of the fleet or a metric of the nodes, by its name."""
        self.what.setCurrentIndex(max(self.what.findData(what), 0))
        self._touch()

    # -- ten times a second -----------------------------------------------------------------------
    def refresh(self) -> None:
        """Charts anew when something has changed, else the mark alone."""
        self._watch_comparison()
        nodes = self.about.currentData() == NODES
        if self._stale and (not nodes or time.monotonic() - self._asked_s >= SETTLE_S):
            self._stale = False
            if nodes:
                self._show_nodes()
            else:
                self._show_fleet()
        self.everything.setEnabled(self.stack.zoomed)
        self.stack.show_now(self._session.clock.t_s)

    def _show_fleet(self) -> None:
        self.histories.forget()
        runs = self._compared if self.about.currentData() == FLEET else None
        self._say_words("" if runs is None else f"A, solid: {runs.names[0]} · B, dashed: {runs.names[1]}")
        topic = next((one for one in self._topics if one.name == self.what.currentData()), None)
        charts = [] if topic is None else topic.make()
        self._show(charts, self._fleet_hint())

    def _fleet_hint(self) -> str:
        document = self._session.document
        if document is None:
            return "Nothing is open. Open a recording to see its totals over time."
        if not document.is_recorded:
            return "This scenario is not recorded. Record it (Ctrl+R) to see the fleet's totals over time."
        return "This recording holds no totals. The nodes' own histories can be shown: choose Nodes."

    def _show_nodes(self) -> None:
        document, player = self._session.document, self._player
        if document is None or document.recording is None or player is None or not document.is_recorded:
            self._say_words("")
            self.histories.forget()
            self._show([], "Nothing is recorded. Open a recording, or record this scenario (Ctrl+R), to see histories.")
            return
        rows, words = chosen_rows(self._session.selection)
        names = self._metrics_wanted()
        if not names:
            shown = self._session.metric
            name = "The shown metric" if shown is None else shown.long_name
            self._show([], f"{name} is computed from the orbits and has no history. Choose a recorded metric above.")
            return
        self._ask(player, rows, names, len(player.times_s))
        charts = node_charts(document, self.histories, names)
        left = f"reading {len(names) - len(charts)} of {len(names)} metrics…" if len(names) > 1 else "reading…"
        reading = left if self.histories.reading else ""
        self._say_words(" · ".join(part for part in (words, reading) if part))
        self._show(charts, self._nodes_hint(rows))

    def _ask(self, player: Player, rows: list[int], names: list[str], frames: int) -> None:
        now = time.monotonic()
        known = next(iter(self.histories.values.values()), None)
        grown = known is not None and rows == self.histories.rows and known.shape[1] < frames
        if grown and now - self._grown_s < GROW_S:
            self._stale = True  # more frames than are drawn: read in a while
            frames = known.shape[1] if known is not None else frames
        elif grown:
            self._grown_s = now
        self._asked_s = now
        self.histories.want(player, rows, names, frames)

    def _nodes_hint(self, rows: list[int]) -> str:
        if not rows:
            return (
                "Select a node to see its history: click one, or draw a lasso (Alt and drag) or a rectangle "
                "(Shift and drag) round several."
            )
        if self.histories.error is not None:
            return f"The history could not be read: {self.histories.error}"
        return "Reading the history…"

    def _metrics_wanted(self) -> list[str]:
        document, wanted = self._session.document, self.what.currentData()
        assert document is not None and document.recording is not None
        names = list(document.recording.metrics)
        if wanted == ALL:
            return names
        wanted = self._session.colour.metric if wanted == SHOWN else wanted
        return [wanted] if wanted in names else []

    def _say_words(self, text: str) -> None:
        self.words.setText(text)
        self.words.setVisible(bool(text))

    def _show(self, charts: list[Chart], hint: str) -> None:
        document = self._session.document
        self._pages.setCurrentWidget(self.stack if charts else self.empty)
        self.save.setEnabled(bool(charts))
        self.empty.setText(hint)
        if document is not None:
            self.stack.show_charts(charts, document.epoch)

    # -- driving ----------------------------------------------------------------------------------
    def _scrub(self, held: bool) -> None:
        clock = self._session.clock
        if held:
            self._resume, clock.playing = clock.playing, False
        elif self._resume:
            clock.playing, self._resume = True, False

    def _follow_track(self) -> None:
        """The timeline's part of time, while both are linked."""
        if self.link.isChecked():
            self.stack.follow_span(*self._track.span.seen)

    def _lead_track(self, left: float, right: float) -> None:
        """The timeline shows what was chosen here, while both are linked."""
        if not self.link.isChecked():
            return
        if self.stack.zoomed:
            start, end = self._track.span.whole
            self._track.show_span(replace(self._track.span, seen=(max(left, start), min(right, end))))
        else:
            self._track.show_all()

    # -- export -----------------------------------------------------------------------------------
    def ask_export(self, kind: str) -> None:
        """A file dialog, then the file; kind: csv, png, svg, or empty for any."""
        document = self._session.document
        if document is None or not self.stack.charts:
            self._say("There is nothing to export: no chart is shown.")
            return
        kinds = KINDS[kind] if kind else ";;".join(KINDS.values())
        suggestion = f"orbitviz-{self.about.currentData()}-over-time.{kind or 'csv'}"
        path = dialogs.ask_save(self, "Export what is shown", suggestion, kinds)
        if not path:
            return
        path = path if Path(path).suffix else f"{path}.{kind or 'csv'}"
        try:
            self.export(path)
        except OrbitvizError as error:
            dialogs.ErrorDialog(error, "The charts could not be exported", self).open()

    def export(self, path: str) -> None:
        """What is shown as a table, a picture or a drawing, by the file's ending. Raises OrbitvizError."""
        document = self._session.document
        assert document is not None
        kind = Path(path).suffix.lower().removeprefix(".")
        if kind == "csv":
            span = self.stack.span if self.stack.zoomed else None
            data = table_of(self.stack.charts, document.epoch, span).encode()
        elif kind == "png":
            data = picture_of(self.stack, self.title, self.on_white.isChecked())
        elif kind == "svg":
            data = drawing_of(self.stack, self.title, self.on_white.isChecked())
        else:
            raise OrbitvizError("charts must be saved as .csv, .png or .svg", f"not as .{kind}", Path(path))
        write_file(path, data)
        self._say(f"Saved {path}.")

    @property
    def title(self) -> str:
        """Of pictures: what is open, and what of it is shown."""
        document = self._session.document
        name = "" if document is None else document.title
        words = self.what.currentText()
        words = f"{words}, {self.words.text()}" if self.words.text() else words
        return f"{name}: {words}" if name else words
