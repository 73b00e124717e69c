"""Comparing: a second recording opened beside the one that is shown; A, B and A − B in turn, all else as it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject

from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui import dialogs
from orbitviz.gui.docks.panes import ROOMY_PX
from orbitviz.gui.loader import Loader

if TYPE_CHECKING:
    from orbitviz.api import Comparison, Side
    from orbitviz.gui.main_window import MainWindow

_CHOSEN = ("metric", "low", "high", "colormap", "scale", "reverse")


@dataclass(frozen=True)
class _Kept:
    """What of the session has a meaning on another side: the instant in UTC, nodes by id."""

    side: Side
    epoch: Any
    t_s: float
    row: int | None
    target_row: int | None
    rows: Any
    words: str
    show: Any


class Comparing(QObject):
    """Opens the other run, switches sides, ends. `show` puts another document and its player in place of those shown,
    the old player closed first: so one thread at a time reads the two runs."""

    def __init__(self, window: MainWindow, show: Callable[[Document], None]) -> None:
        super().__init__(window)
        self._window, self._session, self._show = window, window.session, show
        self._a: Document | None = None
        self._loader = Loader(self._open, self)  # type: ignore[arg-type]
        self._loader.begun.connect(lambda what: window.stage.show_line(f"opening {Path(what).name} to compare"))
        self._loader.opened.connect(self._begin)
        self._loader.failed.connect(self._refused)
        self.comparison: Comparison | None = None
        self._colours: dict[bool, dict[str, Any]] = {}
        window.compare_requested.connect(self.ask)
        window.side_requested.connect(self.turn_to)
        window.compare_ended.connect(self.end)

    # -- beginning ----------------------------------------------------------------------------------------------------
    def ask(self) -> None:
        """Compare with…"""
        if self._can_begin():
            path = dialogs.ask_open(self._window)
            if path:
                self.begin_with(path)

    def _can_begin(self) -> bool:
        document = self._session.document
        if document is None or not document.is_recorded:
            reason = "a comparison needs a recording, none is open"
            self._say(OrbitvizError(reason, "open one, or record what is open, then compare it"), "Nothing to compare")
            return False
        return True

    def begin_with(self, path: str) -> None:
        """Opens B; what is shown stays as it is until both are there, and for good when they cannot be compared."""
        if not self._can_begin():
            return
        self._a = self._session.document if self.comparison is None else self.comparison.alone
        self._loader.load(path)

    def _open(self, what: str | Path) -> Comparison:
        """On the loader's thread. A is opened once more: the file that is shown belongs to its player."""
        from orbitviz import api

        assert self._a is not None
        path = self._a.path
        if path is None:
            raise OrbitvizError("a recording must be a file to be compared, this one is in memory", "save it first")
        return api.open_comparison(path, what)

    def _begin(self, comparison: Comparison, _: str) -> None:
        self._window.stage.show_line("")
        if self._a is not (self._session.document if self.comparison is None else self.comparison.alone):
            comparison.close()  # something else was opened meanwhile
            return
        old, self.comparison = self.comparison, comparison
        self._colours = {}
        kept = self._kept("A" if old is None else old.side_of(self._session.document) or "A")
        if comparison.recording.says_little(self._session.colour.metric):
            self._session.choose_metric(comparison.recording.telling)
        self._turn(comparison, "A-B", kept)
        if old is not None:
            old.close()
        if self._window.width() >= ROOMY_PX and not self._window.panes.panes["compare"].seen:
            self._window.panes.toggle("compare")

    def _refused(self, error: Exception, name: str) -> None:
        self._window.stage.show_line("")
        self._say(error, f"{Path(name).name} could not be compared")

    # -- sides --------------------------------------------------------------------------------------------------------
    def turn_to(self, side: Side) -> None:
        """A, B or A-B."""
        comparison = self.comparison
        now = None if comparison is None else comparison.side_of(self._session.document)
        if comparison is None or now is None:
            if self._session.document is not None:
                self._window.stage.banner.say("One recording is open: “Compare with…” in the menu opens another.")
        elif now != side:
            self._turn(comparison, side, self._kept(now))

    def _kept(self, side: Side) -> _Kept:
        session = self._session
        assert session.document is not None
        chosen, row = session.selection, session.selection.row
        rows = None if chosen.mask is None else chosen.rows
        return _Kept(
            side,
            session.document.epoch,
            session.clock.t_s,
            row,
            session.view.target_row,
            rows,
            chosen.words,
            chosen.show,
        )

    def _turn(self, comparison: Comparison, side: Side, kept: _Kept) -> None:
        self._keep_colours(kept.side == "A-B")
        document = comparison.document(side)
        self._show(document)
        self._restore_colours(side == "A-B")
        self._restore_nodes(comparison, side, kept)
        self._seek(document, kept)
        self._window.show_comparison(comparison, side)

    def _seek(self, document: Document, kept: _Kept) -> None:
        """The same instant by UTC; one that this side does not reach is said."""
        clock = self._session.clock
        t_s = kept.t_s + kept.epoch.seconds_since(document.epoch)
        clock.seek(t_s)
        if abs(clock.t_s - t_s) > 1e-3:
            first, last = (document.epoch.plus(edge).iso()[:16].replace("T", " ") for edge in document.span_s)
            text = f"{document.title} runs from {first} to {last} UTC: its nearest end is shown."
            self._window.stage.banner.say(text, "warn")

    def _restore_nodes(self, comparison: Comparison, side: Side, kept: _Kept) -> None:
        """Where both fleets have the same rows nothing was lost; else nodes are found by their ids."""
        if comparison.recording.match.rows is None or (kept.side == "B") == (side == "B"):
            return
        selection, view = self._session.selection, self._session.view
        selection.begin(len(comparison.document(side).fleet))

        def moved(row: int | None) -> int | None:
            found = [] if row is None else comparison.rows(np.array([row]), kept.side, side).tolist()
            return int(found[0]) if found else None

        if kept.rows is not None:
            selection.select_rows(comparison.rows(kept.rows, kept.side, side), kept.words, show=kept.show)
        selection.row = moved(kept.row)
        view.target_row = moved(kept.target_row)

    def _keep_colours(self, difference: bool) -> None:
        self._colours[difference] = {name: getattr(self._session.colour, name) for name in _CHOSEN}

    def _restore_colours(self, difference: bool) -> None:
        """Ranges and maps of values serve A and B alike; those of differences are their own."""
        colour, kept = self._session.colour, self._colours.get(difference)
        if kept is not None and kept["metric"] == colour.metric:
            colour.update(**kept)
        elif (not difference) not in self._colours or difference:
            colour.to_default()

    # -- the end ------------------------------------------------------------------------------------------------------
    def end(self) -> None:
        """Back to A alone, as it was; B is closed."""
        comparison = self.comparison
        if comparison is None:
            return
        side = comparison.side_of(self._session.document)
        kept = self._kept(side or "A")
        self._keep_colours(side == "A-B")
        self.comparison = None
        self._show(comparison.alone)
        self._restore_colours(False)
        self._restore_nodes(comparison, "A", kept)
        self._seek(comparison.alone, kept)
        comparison.recording.b.close()
        self._window.show_comparison(None, "A")

    def forget(self) -> None:
        """Another document was opened in place of the comparison: both runs are closed. Their player is closed."""
        if self.comparison is not None and self.comparison.side_of(self._session.document) is None:
            self.comparison.close()
            self.comparison = None
            self._window.show_comparison(None, "A")

    def close(self) -> None:
        """The window closes, and the player is closed."""
        self._loader.close()
        if self.comparison is not None:
            self.comparison.close()
            self.comparison = None

    def _say(self, error: BaseException, doing: str) -> None:
        dialogs.ErrorDialog(error, doing, self._window).open()
