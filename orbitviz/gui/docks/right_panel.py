"""The right side: the fleet when nothing is selected, one node when one is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.fleet import FleetPanel
from orbitviz.gui.docks.inspector import Inspector, StateOf
from orbitviz.gui.theme import RIGHT_PX, caption_font
from orbitviz.session import Session


class RightPanel(QWidget):
    """Two tabs, FLEET and NODE. Selecting a node turns to NODE, clearing it turns back."""

    def __init__(self, session: Session, actions: dict[str, QAction], state_of: StateOf) -> None:
        super().__init__()
        self.setObjectName("RightPanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(RIGHT_PX)
        self._session = session
        self.fleet = FleetPanel(session)
        self.inspector = Inspector(session, actions, state_of)
        self.tabs = QTabBar()
        self.tabs.setFont(caption_font())
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._pages = QStackedWidget()
        for title, page in (("FLEET", self.fleet), ("NODE", self.inspector)):
            self.tabs.addTab(title)
            self._pages.addWidget(_scrolled(page))
        self.tabs.currentChanged.connect(self._turn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.tabs)
        layout.addWidget(self._pages, 1)
        Bindings(self).on(session.selection.events.row, self._selected)
        self._shown_s: float | None = None

    def _selected(self, *_: object) -> None:
        self.tabs.setCurrentIndex(0 if self._session.selection.row is None else 1)

    def _turn(self, index: int) -> None:
        self._pages.setCurrentIndex(index)
        if self._shown_s is not None:
            self.refresh(self._shown_s)

    def refresh(self, shown_s: float) -> None:
        """Numbers of the shown instant, of the page that can be seen."""
        self._shown_s = shown_s
        if self.isHidden():
            return
        if self._pages.currentIndex() == 0:
            self.fleet.refresh(shown_s)
        else:
            self.inspector.refresh(shown_s)


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
