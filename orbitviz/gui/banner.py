"""One line over the globe that says what went wrong or is going on; it never takes the window away."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from orbitviz.gui.icons import pixmap
from orbitviz.gui.widgets import label, tool_button

_ICONS = {"info": ("info", "accent"), "warn": ("triangle-alert", "warn"), "bad": ("triangle-alert", "bad")}


class Banner(QWidget):
    """Sentence, and where there are any, details to copy. Closing it is all one can do wrong with it."""

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._details = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._icon = QLabel()
        self._text = label("", selectable=True)
        self._text.setWordWrap(True)
        self._copy = QPushButton("Copy details")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._details))
        close = tool_button("x", "Close", "muted", 14)
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.setSpacing(10)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._copy)
        layout.addWidget(close)
        self.hide()

    def say(self, text: str, kind: str = "info", details: str = "", stays_ms: int = 0) -> None:
        """Shows a sentence; kind: info, warn, bad. stays_ms: it goes by itself after that time."""
        self._timer.stop()
        if stays_ms:
            self._timer.start(stays_ms)
        name, token = _ICONS[kind]
        self._icon.setPixmap(pixmap(name, token, 16))
        self._text.setText(text)
        self._details = details or text
        self._copy.setVisible(bool(details))
        self.show()
        self.raise_()
        self.moved.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """What made room for it takes its place again."""
        super().hideEvent(event)
        self.moved.emit()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()
