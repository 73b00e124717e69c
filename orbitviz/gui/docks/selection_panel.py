"""SELECTION: how many nodes are selected, how they fare at the shown instant beside the whole fleet, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.gui.background import Background
from orbitviz.gui.bind import Bindings
from orbitviz.gui.instants import Now
from orbitviz.gui.numbers import display_scale, plain
from orbitviz.gui.theme import font, tokens
from orbitviz.gui.widgets import Elided, heading, label, number_label
from orbitviz.session import Session
from orbitviz.session.predicates import Instant, Predicate
from orbitviz.session.statistics import (
    BINS,
    Centre,
    Spread,
    by_group,
    centre_of,
    spreads,
    spreads_of_values,
)

RuleNow = Callable[[], Predicate | None]
"""The condition that the set follows in time, if any."""
SAMPLE = 2048
"""So many nodes of a larger set say where it is."""
LINES = ("mean", "p05", "median", "p95", "low", "high")
TITLES = {
    "mean": "Mean",
    "p05": "5th percentile",
    "median": "Median",
    "p95": "95th percentile",
    "low": "Lowest",
    "high": "Highest",
}
TIPS = {"p05": "5 % of the nodes are at or below it", "p95": "95 % of the nodes are at or below it"}


@dataclass(frozen=True)
class Report:
    """What is shown, worked out on a thread for one set at one instant."""

    info: MetricInfo | None
    ours: Spread | None
    everyone: Spread | None
    centre: Centre | None


def report(
    now: Instant, metric: str, mask: np.ndarray, rows: np.ndarray, t_s: float, rule: Predicate | None = None
) -> Report:
    """Numbers of the set and the fleet; rows: those that say where the set is. rule: what the set follows; it is asked
    anew, as while playing the set is up to a fifth of a second older than `now`."""
    mask = mask if rule is None else rule.mask(now).view(np.uint8)
    info = now.metrics.get(metric)
    pair: tuple[Spread | None, Spread | None] = (None, None)
    if info is not None:
        bracket = now.bracket(metric)
        pair = (
            spreads(info, bracket, mask) if bracket is not None else spreads_of_values(info, now.values(metric), mask)
        )
    return Report(info, *pair, _centre(now.fleet, rows, t_s))


def _centre(fleet: Fleet, rows: np.ndarray, t_s: float) -> Centre | None:
    from orbitviz.core.epoch import gmst_rad
    from orbitviz.sim.propagation import Propagator

    if not len(rows):
        return None
    propagator = Propagator(fleet.elements.rows(rows), "numpy", fleet.epoch)
    position_km = np.asarray(propagator.states(t_s, velocity=False)[0][0], np.float64)
    return centre_of(position_km, float(gmst_rad(fleet.epoch, t_s)))


class Distribution(QWidget):
    """The fleet's values as a filled hill, the set's as a line; each sums to one, so that shapes compare."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(72)
        self.ours, self.everyone = np.zeros(BINS), np.zeros(BINS)
        self.setToolTip("How the values are spread: the line is the selection, the grey hill the whole fleet")

    def show_shares(self, ours: np.ndarray, everyone: np.ndarray) -> None:
        """(BINS,) each."""
        self.ours, self.everyone = ours, everyone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both over one base line."""
        theme, painter = tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 4, -0.5, -1)
        painter.setPen(theme.colour("line"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        for shares, token in ((self.everyone, "muted"), (self.ours, "accent")):
            # Each by its own peak, on a root: thin tails stay in sight.
            heights = np.sqrt(shares / max(float(shares.max()), 1e-12)) * box.height()
            points = QPolygonF()
            width = box.width() / BINS
            for place, height in enumerate(heights.tolist()):
                for x in (place, place + 1):
                    points.append(box.bottomLeft() + QPointF(x * width, -height))
            if token == "muted":
                points.prepend(box.bottomLeft())
                points.append(box.bottomRight())
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour(token, 70))
                painter.drawPolygon(points)
            else:
                painter.setPen(QPen(theme.colour(token), 1.25))
                painter.drawPolyline(points)


class Comparison(QWidget):
    """A table of three columns: what, the selection's, the fleet's; labels are reused."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(4)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        for column, title in ((1, "Selection"), (2, "Fleet")):
            self._grid.addWidget(label(title, "small"), 0, column, Qt.AlignmentFlag.AlignRight)
        self._lines: list[tuple[QLabel, QLabel, QLabel]] = []

    def show_lines(self, lines: list[tuple[str, str, str, str]]) -> None:
        """(title, selection's, fleet's, tooltip) each."""
        while len(self._lines) < len(lines):
            cells: tuple[QLabel, QLabel, QLabel] = (Elided("", "muted"), number_label(), number_label())
            for column, cell in enumerate(cells):
                self._grid.addWidget(cell, len(self._lines) + 1, column)
            self._lines.append(cells)
        for place, cells in enumerate(self._lines):
            used = place < len(lines)
            for cell, text in zip(cells, lines[place] if used else ("", "", ""), strict=False):
                cell.setVisible(used)
                if cell.text() != text:
                    cell.setText(text)
            if used:
                cells[0].setToolTip(lines[place][3])

    @property
    def texts(self) -> list[tuple[str, str, str]]:
        """What is shown."""
        return [(a.text(), b.text(), c.text()) for a, b, c in self._lines if not a.isHidden()]


class SelectionPanel(QWidget):
    """Follows session.selection. `refresh` is called a few times a second; the numbers are worked out on a thread, the
    newest instant only."""

    def __init__(self, session: Session, actions: dict[str, QAction], now: Now, rule: RuleNow) -> None:
        super().__init__()
        self._session, self._now, self._rule = session, now, rule
        self.work = Background("statistics", self)
        self._seen: tuple[object, ...] = ()
        self._sample = np.zeros(0, np.intp)
        self.count = label("", "tile")
        self.count.setFont(font(20, tabular=True))
        self.share, self.words = label("", "muted"), label("", "small", selectable=True)
        self.words.setWordWrap(True)
        self.title = heading("")
        self.distribution, self.numbers = Distribution(), Comparison()
        self.ends = (label("", "small"), label("", "small"))
        self.where = label("", "muted")
        self.where.setWordWrap(True)
        self._shells = Comparison()
        self.empty = label("Select nodes by a rectangle (Shift and drag) or a lasso (Alt and drag).", "muted")
        self.empty.setWordWrap(True)
        self._body = QWidget()
        self._build(actions)
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh_set)
        bindings.on(session.selection.events.version, self.refresh_set)
        self.refresh_set()

    def _build(self, actions: dict[str, QAction]) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for name, text in (("show_only", "Show only"), ("invert", "Invert"), ("export_selection", "Export…")):
            button = QPushButton(text)
            button.setToolTip(actions[name].toolTip())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(actions[name].trigger)
            buttons.addWidget(button)
            if name == "show_only":
                self.show_only = button
        buttons.addStretch(1)
        layout = QVBoxLayout(self._body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.count, self.share, self.words):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        layout.addSpacing(4)
        layout.addWidget(self.title)
        layout.addWidget(self.distribution)
        ends = QHBoxLayout()
        ends.addWidget(self.ends[0])
        ends.addStretch(1)
        ends.addWidget(self.ends[1])
        layout.addLayout(ends)
        layout.addWidget(self.numbers)
        layout.addSpacing(6)
        layout.addWidget(heading("Where"))
        layout.addWidget(self.where)
        layout.addSpacing(6)
        layout.addWidget(heading("Shells"))
        layout.addWidget(self._shells)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.empty)
        outer.addWidget(self._body)
        outer.addStretch(1)

    # -- the set ----------------------------------------------------------------------------------
    def refresh_set(self) -> None:
        """Another set: its count, share, words and shells, at once."""
        selection, document = self._session.selection, self._session.document
        there = selection.mask is not None and document is not None
        self._body.setVisible(there)
        self.empty.setVisible(not there)
        self._seen = ()
        if selection.mask is None or document is None:
            return
        self.count.setText(f"{selection.count:,}")
        self.share.setText(f"of {selection.total:,} nodes, {share_text(selection.count, selection.total)}")
        self.words.setText(selection.words)
        groups = by_group(document.fleet, selection.mask)
        self._shells.show_lines(
            [(name, f"{n:,}", f"{of:,}", f"{share_text(n, of)} of {name}") for name, n, of in groups]
        )
        rows = selection.rows
        self._sample = rows if len(rows) <= SAMPLE else rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.intp)]

    def refresh(self, t_s: float) -> None:
        """The numbers of an instant; nothing is asked while the last answer is awaited."""
        selection = self._session.selection
        self.show_only.setText("Highlight" if selection.hides else "Show only")
        key = (selection.version, self._session.colour.metric, t_s)
        now = self._now()
        if selection.mask is None or now is None or self.work.busy or key == self._seen:
            return
        self._seen = key
        mask, metric, rows = selection.mask, self._session.colour.metric, self._sample
        rule = self._rule()
        self.work.run(lambda: report(now, metric, mask, rows, t_s, rule), self._show)

    def _show(self, found: Report) -> None:
        info, ours, everyone = found.info, found.ours, found.everyone
        known = info is not None and ours is not None and everyone is not None
        amounts = known and info is not None and not info.is_category
        self.title.setVisible(known)
        self.numbers.setVisible(known)
        self.distribution.setVisible(bool(amounts))
        for end in self.ends:
            end.setVisible(bool(amounts))
        self.where.setText(where_text(found.centre, self._session.selection.count))
        if info is None or ours is None or everyone is None:
            return
        self.title.setText(info.long_name.upper())
        self.numbers.show_lines(number_lines(info, ours, everyone))
        if amounts:
            self.distribution.show_shares(ours.shares, everyone.shares)
            scale = display_scale(info.unit, max(abs(info.low), abs(info.high)))
            self.ends[0].setText(plain(info.low / scale.factor))
            self.ends[1].setText(scale.text(info.high))

    @property
    def shells(self) -> list[tuple[str, str, str]]:
        """What is shown of the shells."""
        return self._shells.texts

    def close_work(self) -> None:
        """Ends the thread."""
        self.work.close()


def share_text(part: int, whole: int) -> str:
    """12.3 %; a small part is never 0 %."""
    share = 100.0 * part / max(whole, 1)
    return f"{plain(share)} %" if share >= 0.01 or not part else "less than 0.01 %"


def number_lines(info: MetricInfo, ours: Spread, everyone: Spread) -> list[tuple[str, str, str, str]]:
    """Of amounts: mean, percentiles, ends, in one unit; of a category: nodes of each that there are."""
    if info.is_category:
        lines = []
        for number, word in info.flags.items():
            n, of = ours.flags.get(number, 0), everyone.flags.get(number, 0)
            if of:
                lines.append((word.capitalize(), f"{n:,}", f"{of:,}", f"{share_text(n, of)} of those {word}"))
        return lines
    scale = display_scale(info.unit, max(abs(info.low), abs(info.high)))
    kind = f"{info.kind}: {info.formula}" if info.formula else info.kind
    lines = [
        (TITLES[name], scale.text(getattr(ours, name)), scale.text(getattr(everyone, name)), TIPS.get(name, kind))
        for name in LINES
    ]
    if everyone.known < everyone.count:
        lines.append(("Without a value", f"{ours.count - ours.known:,}", f"{everyone.count - everyone.known:,}", ""))
    return lines


def where_text(centre: Centre | None, count: int) -> str:
    """Round which place the set is."""
    if centre is None:
        return "Nowhere: no node of it has a place at this time."
    if centre.spread:
        return "All round the Earth."
    north = f"{abs(centre.latitude_deg):.1f}° {'N' if centre.latitude_deg >= 0 else 'S'}"
    east = f"{abs(centre.longitude_deg):.1f}° {'E' if centre.longitude_deg >= 0 else 'W'}"
    about = "" if count <= SAMPLE else f" (from {SAMPLE:,} of them)"
    if count == 1:
        return f"Over {north}, {east}."
    return f"Round {north}, {east}, half within {plain(centre.half_km)} km over the ground{about}."
