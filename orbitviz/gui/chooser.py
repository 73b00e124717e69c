"""What the window does about sets of nodes: tools on the globe, conditions, search, export; main_window.py owns it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt

from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui import dialogs
from orbitviz.gui.filter_notice import FilterNotice
from orbitviz.gui.instants import PlainInstants
from orbitviz.gui.numbers import sentence
from orbitviz.gui.selecting import Selecting, values_now
from orbitviz.gui.shape_overlay import ShapeOverlay, outline_of
from orbitviz.session.predicates import Instant, Predicate

if TYPE_CHECKING:
    from orbitviz.gui.main_window import MainWindow
    from orbitviz.scene.mouse import Shape, Tool


class Chooser(QObject):
    """Tools, conditions and the node searched for. Every change goes through session.selection."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._plain: tuple[Document, PlainInstants] | None = None
        self.selecting = Selecting(window.session, self.now, self)
        self.overlay = ShapeOverlay(window.stage)
        self.notice = FilterNotice(window.session, window.stage)
        self.selecting.waiting.connect(window.stage.show_line)
        self.selecting.work.failed.connect(self._failed)

    # -- what is shown ----------------------------------------------------------------------------
    def now(self) -> Instant | None:
        """What the picture shows, or would show without OpenGL."""
        renderer, document = self._window.renderer, self._session.document
        if document is None:
            return None
        shown = None if renderer is None or renderer.broken else renderer.shown()
        if shown is not None:
            return shown.instant()
        if self._plain is None or self._plain[0] is not document:
            self._plain = (document, PlainInstants(document, self._window.player))
        return self._plain[1].at(self._session.clock.t_s)

    def rule(self) -> Predicate | None:
        """The condition that the set follows in time, if any."""
        return self.selecting.rule

    def follow(self, shown_s: float) -> None:
        """At each tick: a set that depends on time is that of the shown instant."""
        self.selecting.follow(shown_s)

    # -- asking -----------------------------------------------------------------------------------
    def filter(self, predicate: Predicate) -> str:
        """Shows only what meets a condition; returns the words by which the set will be known."""
        return self.selecting.choose(predicate, show="filter")

    def take(self, tool: Tool) -> None:
        """The next drag on the globe draws this shape; asked again, it does not."""
        renderer = self._window.renderer
        if renderer is None:
            return
        renderer.mouse.tool = "" if renderer.mouse.tool == tool else tool
        self._show_tool()

    def _show_tool(self) -> None:
        renderer, globe = self._window.renderer, self._window.stage.globe
        tool = "" if renderer is None else renderer.mouse.tool
        if globe is not None:
            globe.setCursor(Qt.CursorShape.CrossCursor if tool else Qt.CursorShape.ArrowCursor)
        self._window.filters.show_tool(tool)

    def shaped(self, shape: Shape) -> None:
        """A rectangle or lasso at each change."""
        self.overlay.show_shape(shape)
        renderer = self._window.renderer
        if shape.state == "drawing" or renderer is None:
            return
        self._show_tool()
        shown = renderer.shown()
        if shape.state == "done" and shown is not None:
            corners = np.array(outline_of(shape), np.float64) * renderer.canvas.scale
            self.selecting.shape(shown, corners, shape.kind, shape.how)

    def find(self) -> None:
        """Ctrl+F."""
        search = self._window.top.search
        search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        search.selectAll()

    def found(self, row: int) -> None:
        """The node that was searched for: looked at, flown to; a filter that hides it is taken away."""
        selection = self._session.selection
        if selection.hidden(row):
            selection.none()
        selection.row = row
        if self._window.renderer is not None:
            self._window.renderer.fly_to(row)
        self._window.stage.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle_show(self) -> None:
        """X: the set alone, or highlighted among the others."""
        if self._session.selection.mask is None:
            text = "Nothing is selected: draw a rectangle (Shift and drag) or a lasso (Alt and drag) on the globe."
            self._window.stage.banner.say(text)
        else:
            self._session.selection.toggle_show()

    def leave(self) -> bool:
        """Esc: a shape or tool first, then the node, then the set; whether there was one."""
        renderer, selection = self._window.renderer, self._session.selection
        if renderer is not None and renderer.mouse.give_up():
            self._show_tool()
        elif selection.row is not None:
            selection.row = None
        elif selection.mask is not None:
            selection.none()
        else:
            return False
        return True

    # -- export -----------------------------------------------------------------------------------
    def ask_export(self) -> None:
        """The set as a table: ids and every recorded metric, or the shown one, at the shown instant."""
        selection, document = self._session.selection, self._session.document
        if document is None or selection.mask is None:
            self._window.stage.banner.say("There is nothing to export: no node is selected.", "warn")
            return
        stamp = document.epoch.plus(self._session.clock.t_s).iso()[:16].replace(":", "")
        path = dialogs.ask_save(self._window, "Selected nodes", f"selection-{stamp}.csv", "Table (*.csv)")
        if path:
            self.export(path if os.path.splitext(path)[1] else f"{path}.csv")

    def export(self, path: str) -> None:
        """On the thread; said when it is done."""
        now, rows = self.now(), self._session.selection.rows
        document, t_s = self._session.document, self._session.clock.t_s
        if now is None or document is None:
            return
        names = list(document.recording.metrics) if document.recording is not None else []
        shown = self._session.colour.metric
        names += [shown] if shown and shown not in names else []
        self.selecting.waiting.emit(f"writing {os.path.basename(path)}")
        self.selecting.work.run(
            lambda: write_table(path, now, rows, names, t_s), lambda count: self._exported(path, count)
        )

    def _exported(self, path: str, count: int) -> None:
        self.selecting.waiting.emit("")
        self._window.stage.banner.say(f"Saved {path} ({count:,} nodes).")

    def _failed(self, error: BaseException) -> None:
        self.selecting.waiting.emit("")
        if isinstance(error, OrbitvizError):
            text = f"{sentence(error.message)} {sentence(error.hint)}"
        else:
            text = f"Selecting did not work: {error}."
        self._window.stage.banner.say(text, "bad", dialogs.details_of(error))

    def close(self) -> None:
        """Ends the threads."""
        self.selecting.close()


def write_table(path: str, now: Instant, rows: np.ndarray, names: list[str], t_s: float) -> int:
    """One row a node: row number, node id, catalogue number where there are any, metrics; returns the rows written."""
    from pathlib import Path

    from orbitviz.files.exporters import Column, exporter_for
    from orbitviz.files.exporters import Instant as TableInstant

    fleet = now.fleet
    columns = [Column("node_id", decimals=0)]
    values: dict[str, np.ndarray] = {"node_id": fleet.node_id[rows].astype(np.float64)}
    if fleet.catalog_number is not None:
        columns.append(Column("catalog_number", decimals=0))
        values["catalog_number"] = fleet.catalog_number[rows].astype(np.float64)
    for name in names:
        info = now.metrics[name]
        columns.append(Column(name, info.unit, info.flags if info.is_category else None))
        values[name] = values_now(now, name, rows)
    return exporter_for(Path(path)).write(Path(path), fleet.epoch, rows, columns, [TableInstant(t_s, values)])
