"""A file that hangs whoever looks at it: the window goes on, says so, can give up, and keeps what it shows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from orbitviz.files import kind_of, vetting
from orbitviz.files.vetting_server import Checkers
from orbitviz.gui.loader import Loader
from orbitviz.gui.numbers import sentence

pytestmark = pytest.mark.gui

HANGS = """
import sys, time
sys.path[:0] = {paths}
from orbitviz.files import probing, vetting_child
probing.probe = lambda path, kinds: time.sleep(1000)
sys.exit(vetting_child.serve({once}))
"""


@pytest.fixture
def hanging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    checkers = Checkers(once=False, code=HANGS)
    monkeypatch.setattr(vetting, "CHECKERS", checkers)
    path = tmp_path / "hangs.toml"
    path.write_text("[scenario]")
    yield path
    checkers.close()


def test_the_window_goes_on_while_a_file_hangs(qtbot: QtBot, hanging: Path) -> None:
    loader, ticks, said = Loader(kind_of), [], []  # type: ignore[arg-type]
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(time.monotonic()))
    timer.start(5)
    loader.checking.connect(lambda name, seconds: said.append((name, seconds)))
    loader.load(hanging)
    qtbot.waitUntil(lambda: len(said) > 5, timeout=20000)
    assert len(ticks) > 50
    assert said[0][0] == str(hanging)
    assert said[-1][1] > said[0][1] > 0.0
    with qtbot.waitSignal(loader.stopped, timeout=5000):
        loader.stop()
    qtbot.waitUntil(lambda: not loader.busy, timeout=5000)
    timer.stop()
    loader.close()


def test_another_file_takes_the_place_of_one_that_hangs(qtbot: QtBot, hanging: Path) -> None:
    loader, failed = Loader(lambda what: kind_of(what) if what == hanging else 1 / 0), []  # type: ignore[arg-type]
    loader.failed.connect(lambda error, name: failed.append(name))
    loader.load(hanging)
    qtbot.waitUntil(lambda: vetting.checking_s(loader._threads[-1].ident or 0) > 0.0, timeout=20000)
    loader.load("another")
    qtbot.waitUntil(lambda: not loader.busy, timeout=5000)
    qtbot.waitUntil(lambda: failed == ["another"], timeout=5000)
    loader.close()


def test_a_hang_is_told(qtbot: QtBot, hanging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetting, "LIMIT_S", 0.5)
    loader = Loader(kind_of)  # type: ignore[arg-type]
    with qtbot.waitSignal(loader.failed, timeout=30000) as failed:
        loader.load(hanging)
    assert "must be read within" in str(failed.args[0])
    assert failed.args[1] == str(hanging)
    loader.close()


def test_a_sentence_begins_with_a_capital_and_a_file_with_its_own() -> None:
    assert sentence("it is damaged") == "It is damaged."
    assert sentence("week.h5 must be read") == "week.h5 must be read."
