from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from ring_documents import document

from orbitviz.core.document import Document
from orbitviz.core.errors import FileRefusedError
from orbitviz.core.workload import Workload
from orbitviz.gui.dialogs import AboutDialog, ErrorDialog, RecordDialog, attributions, work_words
from orbitviz.gui.loader import Loader
from orbitviz.gui.memory import RECENT, Memory

pytestmark = pytest.mark.gui


def test_an_error_is_a_sentence_what_to_do_and_where(qtbot: QtBot, themed: QApplication) -> None:
    error = FileRefusedError("the file must be HDF5, its first bytes are not", "choose another file", "/data/run.h5")
    dialog = ErrorDialog(error, "run.h5 could not be opened")
    qtbot.addWidget(dialog)
    assert dialog.sentence.text() == "The file must be HDF5, its first bytes are not."
    assert dialog.hint.text() == "Choose another file."
    assert dialog.path.text() == str(Path("/data/run.h5"))
    copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy details")
    copy.click()
    assert "FileRefusedError" in QGuiApplication.clipboard().text() and "PySide6" in dialog.details


def test_an_error_inside_says_so_and_keeps_its_trace(qtbot: QtBot, themed: QApplication) -> None:
    try:
        raise ZeroDivisionError("division by zero")
    except ZeroDivisionError as error:
        dialog = ErrorDialog(error)
    qtbot.addWidget(dialog)
    assert "Something inside went wrong" in dialog.sentence.text()
    assert "test_dialogs.py" in dialog.details and dialog.path.isHidden()


def test_the_record_dialog_reads_its_fields(qtbot: QtBot, themed: QApplication, tmp_path: Path) -> None:
    dialog = RecordDialog(document(recorded=False), 600.0, tmp_path / "run.h5")
    qtbot.addWidget(dialog)
    assert dialog.start.text() == "2026-03-20T00:10:00Z"
    assert dialog.words.text() == "120 frames of 12 nodes: about 3 s and 842 kB of disk."
    dialog.duration.setText("1h")
    dialog.step.setText("30s")
    dialog.start.setText("2026-03-20T06:00Z")
    assert dialog.wish is not None
    assert (dialog.wish.start_s, dialog.wish.duration_s, dialog.wish.step_s) == (21600.0, 3600.0, 30.0)
    assert dialog.wish.path == tmp_path / "run.h5"


def test_the_record_dialog_says_what_the_nodes_will_work_on_and_what_it_costs(
    qtbot: QtBot, themed: QApplication, tmp_path: Path
) -> None:
    ring = document(recorded=False)
    assert ring.scenario is not None
    assert work_words(ring) == "No workload is stated: every node runs at its average power."
    loads = (
        Workload("chat", "inference", demand_pflops=6e7),
        Workload("spare", "batch"),
    )
    busy = replace(ring, scenario=replace(ring.scenario, workloads=loads))
    dialog = RecordDialog(busy, 0.0, tmp_path / "run.h5")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.work.text() == "Work: chat (inference, 60.0 ZFLOP/s), spare (batch, without end)."
    assert dialog.work.isVisible()
    before = dialog.words.text()
    dialog.duration.setText("10d")
    assert dialog.words.text().startswith("14,400 frames") and dialog.words.text() != before
    half = replace(ring.scenario, workloads=(Workload("half", utilization=0.5),))
    assert work_words(replace(ring, scenario=half)) == "Work: half (constant, 50% of average power)."


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("start", "yesterday", "A time must look like"),
        ("duration", "two hours", "A duration must look like"),
        ("step", "3h", "The step must be at most the duration"),
        ("file", "/no/such/folder/run.h5", "The folder must exist"),
        ("file", "", "A recording must have a file"),
    ],
)
def test_mistakes_are_said_before_anything_starts(
    qtbot: QtBot, themed: QApplication, tmp_path: Path, field: str, text: str, says: str
) -> None:
    dialog = RecordDialog(document(recorded=False), 0.0, tmp_path / "run.h5")
    qtbot.addWidget(dialog)
    getattr(dialog, field).setText(text)
    assert dialog.words.text().startswith(says)
    assert dialog.wish is None and not dialog.go.isEnabled()


def test_about_thanks_those_whose_data_are_shipped(qtbot: QtBot, themed: QApplication) -> None:
    qtbot.addWidget(AboutDialog())
    assert "Natural Earth" in attributions() and "GeoNames" in attributions()


# -- loading ------------------------------------------------------------------------------------------
def test_loading_answers_in_the_windows_thread(qtbot: QtBot) -> None:
    heard: list[threading.Thread] = []

    def opener(what: object) -> Document:
        heard.append(threading.current_thread())
        return document()

    loader = Loader(opener)
    loader.opened.connect(lambda *_: heard.append(threading.current_thread()))
    with qtbot.waitSignal(loader.opened) as done:
        loader.load("ring")
    assert done.args[1] == "ring"
    assert heard[0].name == "orbitviz loader" and heard[1] is threading.main_thread()
    loader.close()


def test_the_last_asked_for_wins_and_the_other_is_closed(qtbot: QtBot) -> None:
    first, second, gate = document(), document(nodes=20), threading.Event()

    def opener(what: object) -> Document:
        if what == "first":
            assert gate.wait(10.0)
            return first
        return second

    loader, opened = Loader(opener), []
    loader.opened.connect(lambda d, n: opened.append(n))
    loader.load("first")
    with qtbot.waitSignal(loader.opened):
        loader.load("second")
    gate.set()
    qtbot.waitUntil(lambda: first.recording.closed)  # type: ignore[union-attr]
    assert opened == ["second"]
    loader.close()


def test_an_error_while_loading_is_handed_on(qtbot: QtBot) -> None:
    def opener(what: object) -> Document:
        raise FileRefusedError("the file must exist", "choose another", str(what))

    loader = Loader(opener)
    with qtbot.waitSignal(loader.failed) as failed:
        loader.load("gone.h5")
    assert failed.args[0].message == "the file must exist"
    loader.close()


# -- memory -------------------------------------------------------------------------------------------
def test_recent_files_are_few_and_the_newest_first(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "window.ini")
    assert memory.recent == [] and memory.theme == "dark"
    for number in range(RECENT + 4):
        memory.remember(f"/data/run {number}, æ.h5")
    memory.remember("/data/run 7, æ.h5")
    memory._settings.sync()
    again = Memory(tmp_path / "window.ini")
    assert len(again.recent) == RECENT
    assert again.recent[:2] == ["/data/run 7, æ.h5", f"/data/run {RECENT + 3}, æ.h5"]


def test_damaged_memory_is_no_memory(tmp_path: Path, qtbot: QtBot, themed: QApplication) -> None:
    path = tmp_path / "window.ini"
    path.write_bytes(b"\x00\xff[General\ngeometry=@ByteArray(\\x1\\x2nonsense)\nrecent=5\ntheme=@Invalid()\n")
    memory = Memory(path)
    from PySide6.QtWidgets import QMainWindow

    window = QMainWindow()
    qtbot.addWidget(window)
    memory.restore(window)
    assert memory.theme == "dark" and isinstance(memory.recent, list)


def test_reduced_motion_is_remembered(tmp_path: Path) -> None:
    first = Memory(tmp_path / "window.ini")
    assert first.reduce_motion is False
    first.reduce_motion = True
    first._settings.sync()
    assert Memory(tmp_path / "window.ini").reduce_motion is True
