"""Views that open beside or below the globe: each is a dock, made when it is first opened, closed at the beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from orbitviz.player import FleetPositions, Player

REFRESH_MS = 100
"""Views are looked through ten times a second, and painted when something has changed."""
ROOMY_PX = 1500
"""Width of the window from which there is room for the left panel, the globe, the right panel and a view."""
TALL_PX = 1000
"""Height of the window from which two views stand one above the other, else one is a tab behind the other."""
WIDTH_PX, NARROW_PX = 460, 400


class View(Protocol):
    """What a dock holds; a QWidget."""

    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """Another document is open in the session."""

    def refresh(self) -> None:
        """Shows what the session holds now; called while the dock is seen."""


class Pane(QDockWidget):
    """A dock whose view is made at the first look."""

    def __init__(self, name: str, title: str, make: Callable[[], View]) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self._make = make
        self.view: View | None = None
        self.seen = False
        """Whether it is shown and not behind another's tab (then Qt calls it visible all the same)."""

    def opened(self) -> View:
        """The view, made now when there was none."""
        if self.view is None:
            self.view = self._make()
            assert isinstance(self.view, QWidget)
            self.setWidget(self.view)
        return self.view


class Panes(QObject):
    """The docks of a window, and the timer that refreshes those that are seen. `crowded`: whether a view is docked at a
    side of a window that is too narrow for it and both panels."""

    crowded = Signal(bool)

    def __init__(self, window: QMainWindow, views: Mapping[str, tuple[str, Callable[[], View]]]) -> None:
        super().__init__(window)
        self._window = window
        self._source: tuple[Player | None, FleetPositions | None] = (None, None)
        self._placed: set[str] = set()
        self.panes = {name: Pane(name, title, make) for name, (title, make) in views.items()}
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        for pane in self.panes.values():
            window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, pane)
            pane.hide()
            pane.visibilityChanged.connect(partial(self._watch, pane))

    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """After another document was opened."""
        self._source = (player, positions)
        for pane in self.panes.values():
            if pane.view is not None:
                pane.view.set_source(*self._source)
        self.refresh()

    def toggle(self, name: str) -> None:
        """Opens a view, or closes it when it is seen (one behind another's tab comes forward)."""
        pane = self.panes[name]
        if pane.seen:
            pane.close()
            return
        if name not in self._placed:
            self._placed.add(name)
            self._place(pane)
        pane.show()
        pane.raise_()

    def _place(self, pane: Pane) -> None:
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, pane)
        others = [other for other in self.panes.values() if not other.isHidden() and not other.isFloating()]
        if others and self._window.height() < TALL_PX:
            self._window.tabifyDockWidget(others[-1], pane)
        width = WIDTH_PX if self._window.width() >= ROOMY_PX else NARROW_PX
        self._window.resizeDocks([pane], [width], Qt.Orientation.Horizontal)

    def _watch(self, changed: Pane, shown: bool) -> None:
        changed.seen = shown
        seen = [pane for pane in self.panes.values() if pane.seen]
        sides = Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea
        docked = any(not pane.isFloating() and self._window.dockWidgetArea(pane) & sides for pane in seen)
        self.crowded.emit(docked and self._window.width() < ROOMY_PX)
        for pane in seen:
            if pane.view is None:
                pane.opened().set_source(*self._source)
        if seen and not self._timer.isActive():
            self._timer.start()
            self.refresh()
        elif not seen:
            self._timer.stop()

    def refresh(self) -> None:
        """Of the views that are seen."""
        for pane in self.panes.values():
            if pane.seen and pane.view is not None:
                pane.view.refresh()

    def stop(self) -> None:
        """The window closes."""
        self._timer.stop()

    # -- what is remembered -----------------------------------------------------------------------
    @property
    def state(self) -> QByteArray:
        """Which views are open, and where."""
        return self._window.saveState()

    def restore(self, state: QByteArray) -> None:
        """As they were; Qt checks what it gets."""
        if self._window.restoreState(state):
            self._placed = set(self.panes)
