"""The search box of the top bar: a node by number, name, or shell, plane and slot."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView

from orbitviz.gui.bind import Bindings
from orbitviz.gui.icons import icon
from orbitviz.session import Session
from orbitviz.session.finding import find

WIDTH_PX = 240
TYPING_MS = 120
TIP = (
    "Find a node (Ctrl+F) by its node id, catalogue number or name (* and ? stand for any letters),\n"
    "or by shell, plane and slot, as “dawn-dusk 12 5”. Enter flies there."
)


class SearchBox(QLineEdit):
    """Lists what is found while one types; `chosen` carries the row of the node that was meant."""

    chosen = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setPlaceholderText("Find a node   Ctrl+F")
        self.setToolTip(TIP)
        self.setAccessibleName("Find a node")
        self.setFixedWidth(WIDTH_PX)
        self.setClearButtonEnabled(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.addAction(icon("search", "muted", 14), QLineEdit.ActionPosition.LeadingPosition)
        self.rows: list[int] = []
        self._model = QStringListModel(self)
        completer = QCompleter(self._model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(12)
        self.popup = QListView()
        self.popup.setObjectName("Found")
        self.popup.setUniformItemSizes(True)
        self.popup.setMinimumWidth(460)
        completer.setPopup(self.popup)
        self.setCompleter(completer)
        # QLineEdit would put the chosen line's text in by itself, and then search for it.
        completer.activated[QModelIndex].connect(self._picked)  # type: ignore[index]
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.search)
        self.textEdited.connect(lambda _: self._typing.start())
        self.returnPressed.connect(self._entered)
        Bindings(self).on(session.document_changed, self._forget)
        self._forget()

    def _forget(self) -> None:
        self.rows = []
        self.clear()
        self.setEnabled(self._session.document is not None)

    def search(self) -> None:
        """Lists what the text finds; one greyed line when that is nothing."""
        self._typing.stop()
        document, text = self._session.document, self.text().strip()
        if document is None or not text:
            self.rows = []
            self._model.setStringList([])
            return
        fleet = document.fleet
        self.rows = find(fleet, text)
        lines = [f"{fleet.label(row)}   #{int(fleet.node_id[row])}" for row in self.rows]
        self._model.setStringList(lines or [f"no node is called “{text}”"])
        self.completer().complete()

    @property
    def lines(self) -> list[str]:
        """What is listed."""
        return self._model.stringList()

    def _entered(self) -> None:
        """Enter: the line marked in the list, else the first."""
        if self._typing.isActive():
            self.search()
        marked = self.popup.currentIndex().row() if self.popup.isVisible() else -1
        self._choose(max(marked, 0))

    def _picked(self, index: QModelIndex) -> None:
        self._choose(index.row())

    def _choose(self, line: int) -> None:
        if line >= len(self.rows):
            return
        row = self.rows[line]
        self.rows = []
        self.popup.hide()
        self.setCursorPosition(0)
        self.clearFocus()
        self.chosen.emit(row)
