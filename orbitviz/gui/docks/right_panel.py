"""The right side: the fleet when nothing is selected, a set of nodes or one node when there is one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.fleet import FleetPanel
from orbitviz.gui.docks.inspector import Inspector, StateOf
from orbitviz.gui.docks.selection_panel import RuleNow, SelectionPanel
from orbitviz.gui.instants import Now
from orbitviz.gui.theme import RIGHT_PX, caption_font
from orbitviz.session import Session

FLEET, SELECTION, NODE = range(3)


class RightPanel(QWidget):
    """Three tabs, FLEET, SELECTION and NODE. Selecting turns to what was selected, clearing it turns back."""

    def __init__(
        self,
        session: Session,
        actions: dict[str, QAction],
        state_of: StateOf,
        now: Now = lambda: None,
        rule: RuleNow = lambda: None,
    ) -> None:
        super().__init__()
        self.setObjectName("RightPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(RIGHT_PX)
        self._session = session
        self.fleet = FleetPanel(session)
        self.selection = SelectionPanel(session, actions, now, rule)
        self.inspector = Inspector(session, actions, state_of)
        self.tabs = QTabBar()
        self.tabs.setFont(caption_font())
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._pages = QStackedWidget()
        for title, page in (("FLEET", self.fleet), ("SELECTION", self.selection), ("NODE", self.inspector)):
            self.tabs.addTab(title)
            self._pages.addWidget(_scrolled(page))
        self.tabs.currentChanged.connect(self._turn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tabs)
        layout.addWidget(self._pages, 1)
        bindings = Bindings(self)
        bindings.on(session.selection.events.row, self._selected)
        bindings.on(session.selection.events.version, self._chosen)
        self._words = ""
        self._shown_s: float | None = None

    def _selected(self) -> None:
        chosen = self._session.selection.mask is not None
        self.tabs.setCurrentIndex(NODE if self._session.selection.row is not None else SELECTION if chosen else FLEET)

    def _chosen(self) -> None:
        """Another set; one that merely follows time leaves the page that is read."""
        selection = self._session.selection
        words, self._words = self._words, selection.words
        if selection.mask is None and self.tabs.currentIndex() == SELECTION:
            self.tabs.setCurrentIndex(FLEET if selection.row is None else NODE)
        elif selection.mask is not None and words != selection.words:
            self.tabs.setCurrentIndex(SELECTION)

    def _turn(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        if self._shown_s is not None:
            self.refresh(self._shown_s)

    def refresh(self, shown_s: float) -> None:
        """Numbers of the shown instant, of the page that can be seen."""
        self._shown_s = shown_s
        if not self.isHidden():
            (self.fleet, self.selection, self.inspector)[self._pages.currentIndex()].refresh(shown_s)

    def close_work(self) -> None:
        """Ends the threads."""
        self.selection.close_work()


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    holder = QWidget()
    layout = QVBoxLayout(holder)
    layout.setContentsMargins(0, 8, 16, 16)
    layout.addWidget(page)
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
