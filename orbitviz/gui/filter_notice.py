"""What is said over the globe when a filter lets nothing through: an empty picture must not look like a fault."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from orbitviz.gui.bind import Bindings
from orbitviz.gui.widgets import label
from orbitviz.session import Session

WIDTH_PX = 420


class FilterNotice(QFrame):
    """In the middle of its parent while the filter is empty."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self._session = session
        self.text = label("", "")
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.clear = QPushButton("Clear filter")
        self.clear.setToolTip("Shows every node again (Ctrl+Shift+A)")
        self.clear.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clear.clicked.connect(session.selection.none)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.text)
        layout.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignCenter)
        bindings = Bindings(self)
        bindings.on(session.selection.events.version, self.refresh)
        bindings.on(session.selection.events.show, self.refresh)
        parent.installEventFilter(self)
        self.refresh()

    def refresh(self) -> None:
        """Said only when there is a filter and nothing meets it."""
        selection = self._session.selection
        empty = selection.hides and selection.count == 0
        if empty:
            self.text.setText(f"0 of {selection.total:,}: no node meets the filter “{selection.words}”.")
            self._place()
            self.raise_()
        self.setVisible(empty)

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(WIDTH_PX, parent.width() - 32)
        height = max(self.heightForWidth(width), self.sizeHint().height())
        self.setGeometry((parent.width() - width) // 2, (parent.height() - height) // 2, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays in the middle."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)
