"""What can be shown and marked on the timeline: zoom, the region played, bookmarks, lines, kinds of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.gui.events import ABOUT_WORDS
from orbitviz.gui.numbers import relative_text, utc_text
from orbitviz.session import Session
from orbitviz.session.bookmarks import NUMBERS, Bookmark


class TrackMenu(QMenu):
    """Made when it is opened. `lines`: metric -> words, of which `drawn` are shown; `hidden`: kinds of events that are
    not; `toggle_line` and `toggle_kind` are called with what was chosen."""

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        actions: Mapping[str, QAction],
        lines: Mapping[str, str],
        drawn: tuple[str, ...],
        hidden: frozenset[str],
        toggle_line: Callable[[str], None],
        toggle_kind: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._session = session
        for name in ("zoom_in_time", "zoom_out_time", "all_time"):
            self.addAction(actions[name])
        self.addSeparator()
        for name in ("mark_in", "mark_out", "clear_region"):
            self.addAction(actions[name])
        self.addSeparator()
        self._add_bookmarks()
        if lines:
            choice = self.addMenu("Lines, up to three")
            for metric, words in lines.items():
                self._check(choice, words, metric in drawn, partial(toggle_line, metric))
        kinds = self.addMenu("Events")
        for name, words in ABOUT_WORDS.items():
            self._check(kinds, words, name not in hidden, partial(toggle_kind, name))
        for name in ("event_back", "event_next"):
            kinds.addAction(actions[name])
        self.addSeparator()
        self.addAction(actions["jump"])

    @staticmethod
    def _check(menu: QMenu, words: str, on: bool, run: Callable[[], None]) -> None:
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(on)
        action.triggered.connect(lambda _checked=False: run())

    # -- bookmarks --------------------------------------------------------------------------------
    def _add_bookmarks(self) -> None:
        menu, marks, document = self.addMenu("Bookmarks"), self._session.bookmarks, self._session.document
        free = next((number for number in NUMBERS if marks.at(number) is None), None)
        new = menu.addAction("All nine are set" if free is None else f"Set bookmark {free} here (Ctrl+{free})")
        new.setEnabled(free is not None and document is not None)
        if free is not None:
            new.triggered.connect(lambda _checked=False: marks.put(free, self._session.clock.t_s))
        if document is not None and marks.marks:
            menu.addSeparator()
            for mark in marks.marks:
                self._add_bookmark(menu, mark, document.epoch)

    def _add_bookmark(self, menu: QMenu, mark: Bookmark, epoch: Epoch) -> None:
        name = f"{mark.name}, " if mark.name else ""
        one = menu.addMenu(f"{mark.number}  {name}{utc_text(epoch, mark.t_s)} UTC, {relative_text(mark.t_s)}")
        marks, clock = self._session.bookmarks, self._session.clock
        one.addAction(f"Go there ({mark.number})").triggered.connect(lambda: clock.seek(mark.t_s))
        one.addAction("Rename…").triggered.connect(lambda: self._rename(mark))
        one.addAction("Delete").triggered.connect(lambda: marks.remove(mark.number))

    def _rename(self, mark: Bookmark) -> None:
        text, ok = QInputDialog.getText(
            self.parentWidget(), f"Bookmark {mark.number}", "Name; empty for none", text=mark.name
        )
        if ok:
            self._session.bookmarks.rename(mark.number, text)
