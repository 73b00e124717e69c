"""The track's hands: zoom, pages, the region's ends, flags, the menu; bookmarks that outlive the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from ring_documents import document
from window_desk import Desk
from working_documents import working_document

from orbitviz.gui.memory import Memory
from orbitviz.gui.span import Span
from orbitviz.gui.track import ZOOM_A_NOTCH, Track

pytestmark = pytest.mark.gui


def wheel(track: Track, x_px: float, turn: int, keys: Qt.KeyboardModifier) -> None:
    place = QPointF(x_px, 50)
    event = QWheelEvent(
        place,
        track.mapToGlobal(place),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(track, event)


@pytest.fixture
def track(desk: Desk) -> Track:
    return desk.window.timeline.track


def test_the_wheel_zooms_round_the_pointer(desk: Desk, track: Track) -> None:
    x, t_s = track.x_of(180.0), 180.0
    wheel(track, x, 120, Qt.KeyboardModifier.NoModifier)
    assert track.span.length_s == pytest.approx(540.0 * ZOOM_A_NOTCH)
    assert track.x_of(t_s) == pytest.approx(x)
    assert desk.session.clock.t_s == 0.0, "zooming does not step"
    first = track.span.seen[0]
    wheel(track, x, -120, Qt.KeyboardModifier.ShiftModifier)
    assert track.span.seen[0] > first
    desk.window.actions_by_name["all_time"].trigger()
    assert track.span == Span.over((0.0, 540.0))


def test_the_ruler_of_a_zoomed_track_is_dragged(desk: Desk, track: Track) -> None:
    track.show_span(Span((0.0, 540.0), (100.0, 200.0)))
    foot = track.height() - 10
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(400, foot))
    QTest.mouseMove(track, QPoint(300, foot))
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(300, foot))
    assert track.span.seen[0] > 100.0 and track.span.length_s == pytest.approx(100.0)
    assert desk.session.clock.t_s == 0.0


def test_playing_turns_the_page(desk: Desk, track: Track) -> None:
    track.show_span(Span((0.0, 540.0), (0.0, 100.0)))
    desk.session.clock.seek(150.0)
    assert track.span.seen == (140.0, 240.0)


def test_the_region_is_set_by_keys_and_its_ends_are_dragged(desk: Desk, track: Track) -> None:
    clock, actions = desk.session.clock, desk.window.actions_by_name
    clock.seek(120.0)
    actions["mark_in"].trigger()
    clock.seek(300.0)
    actions["mark_out"].trigger()
    assert clock.region == (120.0, 300.0)
    handle = track.height() - 30 + 7
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track.x_of(300.0)), handle))
    QTest.mouseMove(track, QPoint(round(track.x_of(420.0)), handle))
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(round(track.x_of(420.0)), handle))
    assert clock.out_s == pytest.approx(420.0, abs=1.0) and clock.t_s == 300.0
    actions["clear_region"].trigger()
    assert clock.region is None


def test_numbers_go_to_bookmarks_and_a_flag_is_clicked(desk: Desk, track: Track) -> None:
    clock, actions = desk.session.clock, desk.window.actions_by_name
    clock.seek(240.0)
    actions["set_bookmark_3"].trigger()
    clock.seek(0.0)
    actions["bookmark_3"].trigger()
    assert clock.t_s == 240.0
    clock.seek(0.0)
    actions["bookmark_4"].trigger()
    assert clock.t_s == 0.0 and "Bookmark 4 is not set" in desk.window.stage.banner.text
    flag = QPoint(round(track.x_of(240.0)) + 5, track.height() - 30 - 10)
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=flag)
    assert clock.t_s == 240.0


def test_up_to_three_lines_are_chosen(desk: Desk, track: Track) -> None:
    timeline = desk.window.timeline
    desk.session.choose_metric("compute_w")
    assert [lane.title.split(",")[0] for lane in track.lanes] == ["Compute power", "Battery charge"]
    timeline._toggle_line("battery_soc")
    assert [lane.title.split(",")[0] for lane in track.lanes] == ["Compute power"]
    desk.session.choose_metric("radiator_k")
    assert [lane.title.split(",")[0] for lane in track.lanes] == ["Compute power"], "what was chosen stays"


def test_kinds_of_events_are_hidden_and_stepped_through(desk: Desk, track: Track) -> None:
    desk.open(working_document())
    clock, actions = desk.session.clock, desk.window.actions_by_name
    all_of_them = sum(len(mark.events) for mark in track.event_marks)
    desk.window.timeline._toggle_kind("work")
    assert 0 < sum(len(mark.events) for mark in track.event_marks) < all_of_them
    desk.window.timeline._toggle_kind("work")
    clock.seek(0.0)
    actions["event_next"].trigger()
    first = clock.t_s
    assert first > 0.0 and desk.window.stage.banner.text
    actions["event_next"].trigger()
    assert clock.t_s > first
    actions["event_back"].trigger()
    assert clock.t_s == first


def test_time_is_shown_as_utc_local_or_elapsed(desk: Desk) -> None:
    instant = desk.window.timeline.instant
    desk.session.clock.seek(240.0)
    desk.window.actions_by_name["time_display"].trigger()
    assert instant.relative.text() == "00:04:00 UTC" and ":" in instant.zone.text()
    instant.next_display()
    assert (instant.utc.text(), instant.zone.text()) == ("T+00:04:00", "elapsed")
    instant.next_display()
    assert (instant.utc.text(), instant.zone.text()) == ("2026-03-20 00:04:00", "UTC")


def test_decoded_stretches_are_marked(desk: Desk, track: Track) -> None:
    assert desk.player is not None
    import numpy as np

    desk.window.timeline.show_decoded(desk.player.times_s, np.array([0, 1, 2, 6, 7]))
    assert track._decoded == ((0.0, 120.0), (360.0, 420.0))


def test_bookmarks_are_kept_with_their_file(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "settings.ini")
    memory.keep_bookmarks("/runs/a.h5", [[1, 60.0, "peak"]])
    again = Memory(tmp_path / "settings.ini")
    assert again.bookmarks("/runs/a.h5") == [[1, 60.0, "peak"]]
    assert again.bookmarks("/runs/b.h5") is None
    memory.keep_bookmarks("/runs/a.h5", [])
    assert memory.bookmarks("/runs/a.h5") is None


def test_a_recording_without_totals_has_no_lines(desk: Desk, track: Track) -> None:
    desk.open(document(recorded=False))
    assert track.lanes == ()
