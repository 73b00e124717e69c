"""A recording elsewhere: its address is typed or pasted, and looked at before anything is asked of the network."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from orbitviz.core.address import check_address, shown_address
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui.numbers import sentence
from orbitviz.gui.widgets import label

WORDS = (
    "A recording (.h5), or a folder NAME.segments/, that a web server or a store of objects holds. It is read as it is "
    "needed and never written to; what was read is kept on this machine for the next time."
)


class AddressDialog(QDialog):
    """`address`: what was typed, checked; empty until it can be opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open address")
        self.setMinimumWidth(520)
        self.address = ""
        self.field = QLineEdit()
        self.field.setPlaceholderText("https://host/folder/run.h5")
        self.field.setAccessibleName("Address")
        self.words = label("", "small")
        self.words.setWordWrap(True)
        about = label(WORDS, "muted")
        about.setWordWrap(True)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = QPushButton("Open")
        self.go.setDefault(True)
        box.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        for part in (about, self.field, self.words, box):
            layout.addWidget(part)
        self.field.textChanged.connect(self._check)
        self._check("")

    def _check(self, text: str) -> None:
        """Says what is wrong with what is typed, or what will be opened."""
        self.address = ""
        try:
            self.address = check_address(text) if text.strip() else ""
            self.words.setText(f"Opens {shown_address(self.address)}" if self.address else "")
        except OrbitvizError as error:
            self.words.setText(sentence(error.message))
        self.go.setEnabled(bool(self.address))
