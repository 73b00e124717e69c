"""The 40 pixels at the top: what is open, what is being recorded, and the few things one does with it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QPushButton, QToolButton, QWidget

from orbitviz.core.document import Document
from orbitviz.gui.actions import ACTIONS
from orbitviz.gui.bind import Bindings
from orbitviz.gui.icons import icon
from orbitviz.gui.numbers import bytes_text, duration_text
from orbitviz.gui.search import SearchBox
from orbitviz.gui.theme import TOP_PX
from orbitviz.gui.widgets import Elided, label, polish, tool_button
from orbitviz.session import Session


def kind_word(document: Document) -> str:
    """Scenario, Recording, or Catalogue: elements without a recipe."""
    if document.kind == "scenario" and document.scenario is None:
        return "Catalogue"
    return document.kind.capitalize()


def span_text(document: Document) -> str:
    """20 Mar 2026, 2 h, 1 min steps: from when, how long, how fine."""
    start_s, end_s = document.span_s
    when = document.epoch.plus(start_s).to_datetime()
    parts = [f"{when.day} {when:%b %Y}"]
    recording = document.recording
    if recording is not None and len(recording.times_s) > 1:
        step_s = float(recording.times_s[1] - recording.times_s[0])
        # The last frame stands for the step that begins with it.
        parts.append(duration_text(end_s - start_s + step_s))
        parts.append(f"{duration_text(step_s)} steps")
    return ", ".join(parts)


class RecordingProgress(QWidget):
    """What the recording under way says: share, rate, time left, and a button to stop it."""

    cancelled = Signal()
    watched = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.watching = False
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(64)
        self._text = label("", "muted")
        self._stop = tool_button("x", "Stop recording (what is recorded so far is kept)", "muted", 14)
        self._stop.clicked.connect(self.cancelled)
        self.watch = QPushButton("Watch live")
        self.watch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.watch.setToolTip("Opens what is recorded so far, and goes on with it as it grows")
        self.watch.clicked.connect(self.watched)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (label("Recording", "muted"), self._bar, self._text, self.watch, self._stop):
            layout.addWidget(widget)
        self.hide()

    def show_progress(self, done: int, total: int, words: str) -> None:
        """`done` of `total` frames; total 0 while nothing is known yet."""
        self._bar.setRange(0, max(total, 0))
        self._bar.setValue(done)
        self._text.setText(words)
        self.watch.setVisible(done > 0 and not self.watching)
        self.show()

    @property
    def words(self) -> str:
        """What it says now."""
        return self._text.text()


class TopBar(QWidget):
    """Menu, name, kind, title, span; recording progress; Record and Picture."""

    def __init__(self, session: Session, actions: Mapping[str, QAction]) -> None:
        super().__init__()
        self.setObjectName("TopBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(TOP_PX)
        self._session = session
        self._name = label("orbitviz", "title")
        self._kind = label("", "chip")
        self._title = Elided("", "muted")
        self.progress = RecordingProgress()
        self.search = SearchBox(session)
        self._actions = actions
        self._buttons: dict[str, QPushButton] = {}
        self._fill(actions)
        bindings = Bindings(self)
        bindings.on(session.document_changed, self.refresh)
        bindings.on(session.document_grown, self.refresh)
        self.refresh()

    def _fill(self, actions: Mapping[str, QAction]) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 0)
        layout.setSpacing(12)
        self._menu_button = tool_button("list", "Menu")
        self._menu = QMenu(self)
        self._menu_button.setMenu(self._menu)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.fill_menu(actions)
        for widget in (self._menu_button, self._name, self._kind):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._title, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.search)
        for name, icon_name, text in (("open", "folder-open", "Open"), ("record", "circle", "Record")):
            button = QPushButton(icon(icon_name, "muted"), text)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(actions[name].toolTip())
            button.clicked.connect(actions[name].trigger)
            layout.addWidget(button)
            self._buttons[name] = button
        picture = tool_button("camera", actions["picture"].toolTip(), "muted")
        picture.clicked.connect(actions["picture"].trigger)
        layout.addWidget(picture)

    def fill_menu(self, actions: Mapping[str, QAction], recent: QMenu | None = None) -> None:
        """Every action of the table, grouped as the table groups them."""
        self._menu.clear()
        group = ""
        for spec in ACTIONS:
            if group and spec.group != group:
                self._menu.addSeparator()
            self._menu.addAction(actions[spec.name])
            if spec.name == "open" and recent is not None:
                self._menu.addMenu(recent)
            group = spec.group

    def refresh(self) -> None:
        """Shows the open document."""
        document = self._session.document
        self._kind.setVisible(document is not None)
        # A catalogue says where things fly, not what they are: nothing to simulate.
        can_record = document is not None and document.scenario is not None
        self._actions["record"].setEnabled(can_record)
        self._buttons["record"].setEnabled(can_record)
        if document is None:
            self._name.setText("orbitviz")
            self._title.setText("")
            return
        self._name.setText(document_name(document))
        self._kind.setText(kind_word(document))
        self._kind.setProperty("kind", document.kind)
        polish(self._kind)
        words = [document.title] if document.title and document.title != document_name(document) else []
        self._title.setText("  ·  ".join([*words, span_text(document)]))
        tip = document.fleet.description
        if document.recording is not None:
            tip += f"\n{document.place} ({bytes_text(document.recording.size_bytes)})"
        self._title.setToolTip(tip.strip())


def document_name(document: Document) -> str:
    """The short name: the recipe's, else the file's."""
    if document.scenario is not None and document.scenario.name:
        return document.scenario.name
    return document.path.stem if document.path is not None else document.file_name or document.title
