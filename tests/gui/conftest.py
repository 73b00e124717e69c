"""Windows without a globe, on small documents; and what must not outlive a test."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

_HERE = Path(__file__).resolve().parent
for _folder in (str(_HERE), str(_HERE.parent / "session")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from ring_documents import document  # noqa: E402
from window_desk import Desk, GlobeSettings  # noqa: E402

from orbitviz.files import vetting  # noqa: E402
from orbitviz.gui.main_window import MainWindow  # noqa: E402
from orbitviz.gui.theme import apply_theme  # noqa: E402
from orbitviz.session import Session  # noqa: E402


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person who runs the tests is read or written."""
    monkeypatch.setenv("ORBITVIZ_RECORDINGS", str(tmp_path / "recordings"))
    monkeypatch.setenv("ORBITVIZ_SETTINGS", str(tmp_path / "window.ini"))


@pytest.fixture
def themed(qapp: QApplication) -> QApplication:
    apply_theme(qapp)
    return qapp


@pytest.fixture
def desk(qtbot: QtBot, themed: QApplication) -> Iterator[Desk]:
    session = Session()
    session.register_layers({"globe": GlobeSettings()})
    window = MainWindow(session, {"globe": ("Earth", "The ground")})
    qtbot.addWidget(window)
    made = Desk(session, window)
    made.open(document())
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield made
    window.close()
    if made.player is not None:
        made.player.close()


@pytest.fixture(scope="session", autouse=True)
def files_are_looked_at() -> None:
    """The process that looks at files is the program's, kept warm from the first file on: no test's own."""
    vetting.start()


@pytest.fixture(autouse=True)
def nothing_outlives_a_test(qapp: QApplication) -> Iterator[None]:
    """No thread and no window is left when a test has ended."""
    before = set(threading.enumerate())
    yield
    for widget in QApplication.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    ours = [t.name for t in set(threading.enumerate()) - before if t.is_alive() and t.name.startswith("orbitviz")]
    assert not ours, f"threads left: {ours}"
