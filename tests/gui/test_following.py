"""A recording that grows, in the window: badge, newest frame, back to live, completion, and what became of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from ring_documents import MemoryRecording, document
from window_desk import Desk

from orbitviz.core.event import Event
from orbitviz.gui.live_badge import age_text
from orbitviz.gui.status_bar import source_text

pytestmark = pytest.mark.gui


class GrowingRecording(MemoryRecording):
    """In memory; `more` frames are found by the next look."""

    live, complete, ended, quiet_s, frames_intended = True, False, "", 0.0, 40

    def __init__(self, frames: int = 10) -> None:
        super().__init__(frames=frames)
        self.path = Path("run.partial.h5")
        self.more = 0
        self.ending: dict[str, object] = {}

    def refresh(self) -> bool:
        frames, changed = len(self.times_s) + self.more, bool(self.more or self.ending)
        self.more = 0
        self.times_s = np.arange(frames) * 60.0
        self.events = (Event(120.0, "throttling_begins", -1, ""), Event((frames - 1) * 60.0, "throttling_ends", -1, ""))
        self.totals = {"battery_soc_mean": np.linspace(0.5, 1.0, frames)}
        for name, value in self.ending.items():
            setattr(self, name, value)
        self.ending = {}
        return changed


@pytest.fixture
def live(desk: Desk) -> Iterator[GrowingRecording]:
    recording = GrowingRecording()
    open_live(desk, recording)
    yield recording
    desk.window.following.stop()


def open_live(desk: Desk, recording: GrowingRecording) -> None:
    opened = replace(document(), recording=recording, path=recording.path)
    desk.open(opened)
    desk.window.following.follow(opened, desk.player)


def look(desk: Desk, qtbot: QtBot, recording: GrowingRecording, frames: int = 0, **ending: object) -> None:
    recording.more, recording.ending = frames, ending
    with qtbot.waitSignal(desk.window.following._found, timeout=5000):
        desk.window.following._tick()
    QTest.qWait(20)


def test_the_newest_frame_stays_shown_while_it_grows(desk: Desk, live: GrowingRecording, qtbot: QtBot) -> None:
    clock, badge = desk.session.clock, desk.window.timeline.live
    assert clock.live and clock.t_s == 540.0
    assert badge.isVisible() and badge.words.text() == "live"
    assert not badge.back.isVisible()
    look(desk, qtbot, live, 5)
    assert clock.t_s == clock.end_s == 840.0
    assert desk.player is not None and len(desk.player.times_s) == 15
    assert desk.window.timeline.track.t_of(desk.window.timeline.track.width()) == 840.0
    assert desk.window.status.parts["source"].text() == "Recording: run.partial.h5, recording, 15 of 40 frames"
    live.quiet_s = 3.2
    badge.refresh()
    assert badge.words.text() == "live, 3 s behind"


def test_seeking_leaves_and_the_button_leads_back(desk: Desk, live: GrowingRecording, qtbot: QtBot) -> None:
    clock, badge = desk.session.clock, desk.window.timeline.live
    clock.seek(120.0)
    assert not clock.live
    assert badge.back.isVisible() and badge.words.text() == "7 min behind"
    look(desk, qtbot, live, 1)
    assert clock.t_s == 120.0
    badge.back.click()
    assert clock.live and clock.t_s == 600.0
    desk.window.travel.step(-1)
    assert not clock.live and clock.t_s == 540.0
    desk.window.travel.seek_edge(True)
    assert clock.live
    desk.window.travel.stop()
    assert not clock.live


def test_play_stops_at_the_newest_frame_and_goes_on_with_it(desk: Desk, live: GrowingRecording) -> None:
    clock = desk.session.clock
    clock.toggle()
    assert not clock.live and not clock.playing and clock.t_s == 540.0
    clock.seek(500.0)
    clock.toggle()
    assert clock.playing
    clock.advance(100.0)
    assert clock.live and not clock.playing and clock.t_s == 540.0
    clock.faster(-1)
    assert not clock.live and clock.playing


def test_events_and_totals_follow(desk: Desk, live: GrowingRecording, qtbot: QtBot) -> None:
    look(desk, qtbot, live, 10)
    assert len(desk.window.timeline.track.event_marks) == 2
    desk.window.right.fleet.refresh(desk.session.clock.t_s)
    assert "100 % battery, mean" in desk.window.right.fleet.tiles.texts


def test_what_is_known_of_a_node_is_read_on(desk: Desk, live: GrowingRecording, qtbot: QtBot) -> None:
    inspector = desk.window.right.inspector
    desk.session.selection.row = 3
    qtbot.waitUntil(lambda: inspector._histories is not None and len(inspector._histories.values) == 4)
    look(desk, qtbot, live, 5)
    inspector.refresh(desk.session.clock.t_s)
    look(desk, qtbot, live, 0, live=False, complete=True)
    histories = inspector._histories
    assert histories is not None
    qtbot.waitUntil(lambda: all(len(values) == 15 for values in histories.values.values()))


def test_completion_is_said_and_nothing_jumps(desk: Desk, live: GrowingRecording, qtbot: QtBot) -> None:
    clock = desk.session.clock
    clock.seek(240.0)
    look(desk, qtbot, live, 2, live=False, complete=True, path=Path("run.h5"))
    assert desk.window.stage.banner.text == "The recording is complete."
    assert clock.t_s == 240.0 and clock.loop
    assert not desk.window.timeline.live.isVisible()
    assert not desk.window.following.live
    assert desk.session.document is not None and desk.session.document.path == Path("run.h5")
    assert source_text(desk.session.document).startswith("Recording: run.h5")


def test_an_early_end_and_a_lost_file_are_said(desk: Desk, live: GrowingRecording, qtbot: QtBot) -> None:
    look(desk, qtbot, live, 2, live=False)
    assert desk.window.stage.banner.text == "The recording ended early, after 12 of 40 frames."
    other = GrowingRecording()
    open_live(desk, other)
    look(desk, qtbot, other, 0, live=False, ended="run.partial.h5 is no longer there; what was read of it is shown")
    assert desk.window.stage.banner.text == "run.partial.h5 is no longer there; what was read of it is shown."


def test_silence_is_said(desk: Desk, live: GrowingRecording) -> None:
    live.quiet_s = 40.0
    desk.window.timeline.live.refresh()
    assert desk.window.timeline.live.words.text() == "no new frame for 40 s"


def test_a_file_that_fell_silent_is_not_jumped_to(desk: Desk) -> None:
    recording = GrowingRecording()
    recording.quiet_s = 50_000.0
    open_live(desk, recording)
    assert not desk.session.clock.live
    assert desk.window.timeline.live.words.text() == "no new frame for 13 h"
    desk.window.following.stop()


def test_a_recording_without_a_frame_is_waited_for(desk: Desk, qtbot: QtBot) -> None:
    recording = GrowingRecording(frames=0)
    opened = replace(document(), recording=recording, path=recording.path)
    desk.session.open(opened)
    desk.window.show_document(None)
    desk.window.following.follow(opened, None)
    assert desk.window.timeline.live.words.text() == "waiting for the first frame"
    recording.more = 2
    with qtbot.waitSignal(desk.window.following.started, timeout=5000) as started:
        desk.window.following._tick()
    assert started.args == ["run.partial.h5"]
    assert recording.closed


def test_ages() -> None:
    assert [age_text(s) for s in (0.4, 59.0, 130.0, 3660.0, 50_000.0)] == ["0 s", "59 s", "2 min", "61 min", "13 h"]
