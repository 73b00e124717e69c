"""The line under the top bar while two runs are compared: A, B or A − B, what has no difference, and the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from orbitviz.gui.widgets import Elided, label, tool_button

if TYPE_CHECKING:
    from orbitviz.api import Comparison, Side

HEIGHT_PX, NAME_PX = 36, 180
_WORDS = {"A": "A  {}", "B": "B  {}", "A-B": "A − B"}
_ACTIONS = {"A": "side_a", "B": "side_b", "A-B": "side_difference"}


class CompareBar(QWidget):
    """Hidden until show_comparison() is given one. Buttons do what the actions of the same names do."""

    chosen = Signal(str)

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("CompareBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEIGHT_PX)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 0, 12, 0)
        layout.setSpacing(4)
        layout.addWidget(label("Compare", "muted"))
        layout.addSpacing(8)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for side in _WORDS:
            button = QPushButton()
            button.setCheckable(True)
            button.setProperty("role", "segment")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(actions[_ACTIONS[side]].trigger)
            self._group.addButton(button)
            self.buttons[side] = button
            layout.addWidget(button)
        self._actions = actions
        self.note = Elided("", "small")
        layout.addSpacing(8)
        layout.addWidget(self.note, 1)
        table = QPushButton("Table")
        table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        table.setToolTip(actions["compare_table"].toolTip())
        table.clicked.connect(actions["compare_table"].trigger)
        end = tool_button("x", "End comparing: A alone stays open", "muted", 14)
        end.setAccessibleName("End comparing")
        end.clicked.connect(actions["compare_end"].trigger)
        layout.addWidget(table)
        layout.addWidget(end)
        self.hide()

    def show_comparison(self, comparison: Comparison | None, side: Side) -> None:
        """The names of the runs, which side is shown, and what has no difference; None hides the line."""
        self.setVisible(comparison is not None)
        if comparison is None:
            return
        titles = {"A": comparison.a.title, "B": comparison.b.title, "A-B": "what A has less what B has"}
        names = {"A": comparison.names[0], "B": comparison.names[1], "A-B": ""}
        for key, button in self.buttons.items():
            text = _WORDS[key].format(names[key])
            button.setText(button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, NAME_PX))
            button.setToolTip(f"{titles[key]}\n{self._actions[_ACTIONS[key]].toolTip()}")
            button.setChecked(key == side)
        notes = comparison.recording.notes
        self.note.setText(" ".join(notes))
        self.note.setToolTip("\n".join(notes))
