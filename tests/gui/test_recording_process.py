from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from orbitviz.core.errors import OrbitvizError
from orbitviz.gui.recording_process import RecordingProcess, RecordOrder, command, parse_progress
from orbitviz.gui.top_bar import RecordingProgress

pytestmark = pytest.mark.gui

TALK = """
import sys, time
for line in ("1/3 frames, 0.50 M node-steps/s, 9 s left", "2/3 frames, 5.10 M node-steps/s, 4 s left"):
    sys.stderr.write("recording " + line + "\\r"); sys.stderr.flush()
sys.stderr.write("recording 3/3 frames, 5.20 M node-steps/s, 0 s left\\n")
print('{"frames": 3, "path": PATH}')
"""
FAIL = "import sys; sys.stderr.write('orbitviz: the disk must have room, 0 B are left; free some\\n'); sys.exit(1)"
WAIT = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
sys.stderr.write("recording 1/9 frames, 1.00 M node-steps/s, 60 s left\\n"); sys.stderr.flush()
time.sleep(60)
"""


@pytest.fixture
def order(tmp_path: Path) -> RecordOrder:
    return RecordOrder("ring", tmp_path / "a folder" / "run 1.h5", 7200.0, 60.0, "2026-03-20T00:00:00Z")


def test_the_command_line_is_a_list_that_keeps_blanks(order: RecordOrder) -> None:
    argv = command(order)
    assert argv[:4] == [sys.executable, "-m", "orbitviz", "record"]
    assert str(order.path) in argv
    assert argv[argv.index("--duration") + 1] == "7200s" and argv[argv.index("--start") + 1] == order.start_utc


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("recording 34/120 frames, 5.1 M node-steps/s, 12 s left", (34, 120, "5.1 M node-steps/s, 12 s left")),
        (
            "orbitviz: recording 34/120 frames, 5.1 M node-steps/s, 12 s left",
            (34, 120, "5.1 M node-steps/s, 12 s left"),
        ),
        ("recording 120/120 frames", (120, 120, "")),
        ("a warning about 3/4 of something", None),
        ("", None),
    ],
)
def test_progress_lines(line: str, found: tuple[int, int, str] | None) -> None:
    assert parse_progress(line) == found


def test_progress_and_the_end(qtbot: QtBot, order: RecordOrder) -> None:
    process, heard = RecordingProcess(), []
    process.progress.connect(lambda *args: heard.append(args))
    with qtbot.waitSignal(process.finished, timeout=20000) as done:
        process.start(order, [sys.executable, "-c", TALK.replace("PATH", '"elsewhere.h5"')])
    assert done.args == ["elsewhere.h5"]
    assert [args[0] for args in heard] == [0, 1, 2, 3]
    assert heard[2] == (2, 3, "5.10 M node-steps/s, 4 s left")
    assert order.path.parent.is_dir() and not process.running


def test_a_refusal_is_handed_on_as_a_sentence(qtbot: QtBot, order: RecordOrder) -> None:
    process = RecordingProcess()
    with qtbot.waitSignal(process.failed, timeout=20000) as failed:
        process.start(order, [sys.executable, "-c", FAIL])
    error = failed.args[0]
    assert (error.message, error.hint) == ("the disk must have room, 0 B are left", "free some")


def test_a_program_that_is_not_there(qtbot: QtBot, order: RecordOrder) -> None:
    process = RecordingProcess()
    with qtbot.waitSignal(process.failed, timeout=20000) as failed:
        process.start(order, ["/no/such/program"])
    assert "could not be started" in failed.args[0].message
    assert not process.running


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no interrupt for a child without a console")
def test_stopping_asks_the_child_and_says_so(qtbot: QtBot, order: RecordOrder) -> None:
    process = RecordingProcess()
    with qtbot.waitSignal(process.progress, timeout=20000, check_params_cb=lambda done, *_: done == 1):
        process.start(order, [sys.executable, "-c", WAIT])
    with pytest.raises(OrbitvizError, match="one recording at a time"):
        process.start(order)
    with qtbot.waitSignal(process.stopped, timeout=20000):
        process.cancel()
    assert not process.running


def test_closing_leaves_no_child(qtbot: QtBot, order: RecordOrder) -> None:
    process = RecordingProcess()
    with qtbot.waitSignal(process.progress, timeout=20000, check_params_cb=lambda done, *_: done == 1):
        process.start(order, [sys.executable, "-c", WAIT])
    child = process._process
    process.close()
    assert child is not None and child.state() == child.ProcessState.NotRunning and not process.running


def test_the_bar_shows_share_rate_and_time_left(qtbot: QtBot, themed: QApplication) -> None:
    bar = RecordingProgress()
    qtbot.addWidget(bar)
    bar.show_progress(34, 120, "5.1 M node-steps/s, 12 s left")
    assert bar.words == "5.1 M node-steps/s, 12 s left"
    assert (bar._bar.value(), bar._bar.maximum()) == (34, 120)
    with qtbot.waitSignal(bar.cancelled):
        bar._stop.click()
