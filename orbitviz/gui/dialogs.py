"""Dialogs: an error as a sentence with what to do, what to record, which file, keys, and whom to thank."""

from __future__ import annotations

import platform
import traceback
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

import orbitviz
from orbitviz.core.assets import asset_path
from orbitviz.core.document import Document
from orbitviz.core.epoch import Epoch, parse_duration_s
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui.actions import keys_table
from orbitviz.gui.icons import pixmap
from orbitviz.gui.numbers import amount, bytes_text, duration_text, sentence
from orbitviz.gui.theme import caption_font, font
from orbitviz.gui.widgets import heading, label, row

OPEN_FILTER = "Everything orbitviz opens (*.h5 *.hdf5 *.toml *.tle *.3le *.txt *.csv *.json);;All files (*)"


def details_of(error: BaseException) -> str:
    """What to put into a report: versions and the whole traceback."""
    import PySide6

    head = f"orbitviz {orbitviz.__version__}, Python {platform.python_version()}, PySide6 {PySide6.__version__}, "
    return f"{head}{platform.platform()}\n\n{''.join(traceback.format_exception(error))}"


class ErrorDialog(QDialog):
    """Sentence, what to do, file; the rest can be copied. The open document stays as it is."""

    def __init__(self, error: BaseException, doing: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("orbitviz")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        ours = isinstance(error, OrbitvizError)
        message = error.message if isinstance(error, OrbitvizError) else f"Something inside went wrong: {error!r}"
        self.sentence = label(sentence(message), selectable=True)
        self.hint = label(sentence(error.hint) if isinstance(error, OrbitvizError) else "", "muted", selectable=True)
        if not ours:
            self.hint.setText("The rest goes on. Copy the details into a report, please.")
        path = error.path if isinstance(error, OrbitvizError) else None
        self.path = label("" if path is None else str(path), "small", selectable=True)
        self.details = details_of(error)
        title = label(doing or "This did not work", "title")
        title.setFont(font(15, font().Weight.DemiBold))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(10)
        picture = QLabel()
        picture.setPixmap(pixmap("triangle-alert", "warn" if ours else "bad", 20))
        head = row(picture, title, spacing=10)
        head.addStretch(1)
        layout.addLayout(head)
        for part in (self.sentence, self.hint, self.path):
            part.setWordWrap(True)
            part.setVisible(bool(part.text()))
            layout.addWidget(part)
        layout.addSpacing(6)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton("Copy details")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details))
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.reject)
        box.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        return box


def ask_open(parent: QWidget, folder: str = "") -> str:
    """A file to open, or empty."""
    return QFileDialog.getOpenFileName(parent, "Open a scenario, recording or catalogue", folder, OPEN_FILTER)[0]


def ask_save(parent: QWidget, title: str, suggestion: str, kinds: str) -> str:
    """Where to save, or empty."""
    return QFileDialog.getSaveFileName(parent, title, suggestion, kinds)[0]


NODE_STEPS_PER_S, START_S = 8e6, 3.0
BYTES_PER_NODE_STEP, BYTES_PER_FRAME = 1.2, 7e3
"""What the forecast of a recording rests on: two processor cores; all metrics, sums over the ground, deflated."""


@dataclass(frozen=True)
class RecordWish:
    """What to record: start (seconds from the epoch), length and step in seconds, into which file."""

    start_s: float
    duration_s: float
    step_s: float
    path: Path


class RecordDialog(QDialog):
    """Start, duration, step, file. Mistakes are said below the fields, in words, before anything starts."""

    def __init__(self, document: Document, start_s: float, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Record")
        self.setMinimumWidth(480)
        self._document = document
        self.wish: RecordWish | None = None
        scenario = document.scenario
        step_s = scenario.step_s if scenario is not None else 60.0
        self.start = QLineEdit(document.epoch.plus(start_s).iso())
        self.duration = QLineEdit("2h")
        self.step = QLineEdit(duration_text(step_s).replace(" ", ""))
        self.file = QLineEdit(str(path))
        self.words = label("", "small")
        self.words.setWordWrap(True)
        self.work = label(work_words(document), "small")
        self.work.setWordWrap(True)
        self._build()
        for field in (self.start, self.duration, self.step, self.file):
            field.textChanged.connect(self._check)
        self._check()

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        browse = QPushButton("Choose…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        lines = (("Start, UTC", self.start), ("Duration", self.duration), ("Step", self.step), ("File", self.file))
        for place, (words, field) in enumerate(lines):
            grid.addWidget(label(words, "muted"), place, 0)
            grid.addWidget(field, place, 1)
            field.setAccessibleName(words)
        grid.addWidget(browse, 3, 2)
        self._box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = QPushButton("Record")
        self.go.setDefault(True)
        self._box.addButton(self.go, QDialogButtonBox.ButtonRole.AcceptRole)
        self._box.accepted.connect(self.accept)
        self._box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(label(self._document.title, "title"))
        layout.addLayout(grid)
        layout.addWidget(self.work)
        layout.addWidget(self.words)
        layout.addWidget(self._box)

    def _browse(self) -> None:
        chosen = ask_save(self, "Record into", self.file.text(), "Recording (*.h5)")
        if chosen:
            self.file.setText(chosen)

    def _check(self) -> None:
        """Reads the fields; says what is wrong, or what it will be."""
        self.wish = None
        try:
            start_s = Epoch.parse(self.start.text()).seconds_since(self._document.epoch)
            wish = RecordWish(
                start_s,
                parse_duration_s(self.duration.text()),
                parse_duration_s(self.step.text()),
                self._file(),
            )
            if wish.step_s > wish.duration_s:
                raise OrbitvizError("the step must be at most the duration", "shorten the step")
        except OrbitvizError as error:
            self.words.setText(sentence(error.message))
            self.go.setEnabled(False)
            return
        self.wish = wish
        self.go.setEnabled(True)
        self.words.setText(self._forecast(wish))

    def _file(self) -> Path:
        text = self.file.text().strip()
        if not text:
            raise OrbitvizError("a recording must have a file, none is given", "choose one")
        path = Path(text)
        if not path.parent.is_dir():
            raise OrbitvizError(f"the folder must exist: {path.parent}", "choose another")
        return path

    def _forecast(self, wish: RecordWish) -> str:
        frames, nodes = max(1, round(wish.duration_s / wish.step_s)), len(self._document.fleet)
        seconds = START_S + frames * nodes / NODE_STEPS_PER_S
        seconds = seconds if seconds < 600 else 60 * round(seconds / 60)
        size = frames * (BYTES_PER_FRAME + BYTES_PER_NODE_STEP * nodes)
        return f"{frames:,} frames of {nodes:,} nodes: about {duration_text(seconds)} and {bytes_text(size)} of disk."


def work_words(document: Document) -> str:
    """What the nodes of a recording will work on, as the scenario says it."""
    loads = document.scenario.workloads if document.scenario is not None else ()
    if not loads:
        return "No workload is stated: every node runs at its average power."
    parts = []
    for load in loads:
        if load.kind == "constant":
            parts.append(f"{load.name} (constant, {load.utilization:.0%} of average power)")
        else:
            asked = amount(load.demand_pflops, "PFLOP/s") if load.demand_pflops else "without end"
            parts.append(f"{load.name} ({load.kind}, {asked})")
    return f"Work: {', '.join(parts)}."


class KeysDialog(QDialog):
    """F1: every key, from the table that the keys themselves are made from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        columns = row(spacing=40, margins=(24, 20, 24, 24))
        groups = keys_table()
        halves = [[g for g in groups if g[0] == "Time"], [g for g in groups if g[0] != "Time"]]
        for half in halves:
            column = QGridLayout()
            column.setVerticalSpacing(6)
            column.setHorizontalSpacing(16)
            line = 0
            for title, keys in half:
                column.addWidget(heading(title), line, 0, 1, 2)
                line += 1
                for key, words in keys:
                    shown = label(key, "chip")
                    column.addWidget(shown, line, 0, Qt.AlignmentFlag.AlignLeft)
                    column.addWidget(label(words), line, 1)
                    line += 1
                column.setRowMinimumHeight(line, 8)
                line += 1
            if half is halves[0]:
                column.addWidget(heading("Mouse"), line, 0, 1, 2)
                for key, words in MOUSE:
                    line += 1
                    column.addWidget(label(key, "chip"), line, 0, Qt.AlignmentFlag.AlignLeft)
                    column.addWidget(label(words), line, 1)
            column.setRowStretch(line + 1, 1)
            columns.addLayout(column)
        self.setLayout(columns)


MOUSE = (
    ("Drag", "Turn round the globe"),
    ("Wheel", "Closer, farther"),
    ("Click", "Select a node"),
    ("Double click", "Fly to a node"),
)


class AboutDialog(QDialog):
    """What this is, which version, whose data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About orbitviz")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 520)
        title = label(f"orbitviz {orbitviz.__version__}", "tile")
        words = label(
            "See, scrub and question constellations of up to a million AI data-centre satellites. "
            "Filed, claimed, computed and assumed figures are marked as such. MIT licence."
        )
        words.setWordWrap(True)
        thanks = QPlainTextEdit(attributions())
        thanks.setReadOnly(True)
        caption = heading("Data and licences")
        caption.setFont(caption_font())
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(10)
        for widget in (title, words, caption, thanks, close):
            layout.addWidget(widget)


def attributions() -> str:
    """Whom to thank for the data."""
    try:
        return asset_path("LICENSES/ATTRIBUTION.txt").read_text(encoding="utf-8")
    except (OrbitvizError, OSError) as error:
        return str(error)
