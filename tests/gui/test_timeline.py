from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from ring_documents import EPOCH, document
from window_desk import Desk
from working_documents import working_document

from orbitviz.core.event import Event
from orbitviz.gui.events import APART_PX
from orbitviz.gui.span import Span
from orbitviz.gui.theme import tokens
from orbitviz.gui.ticks import tick_step_s, tick_times
from orbitviz.gui.track import Track
from orbitviz.gui.track_paint import Lane
from orbitviz.gui.value_axis import ValueAxis

pytestmark = pytest.mark.gui


def at(track: Track, t_s: float) -> QPoint:
    return QPoint(round(track.x_of(t_s)), track.height() - 30)


def test_a_click_seeks_and_a_drag_scrubs(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=at(track, 300.0))
    assert clock.t_s == pytest.approx(300.0, abs=1.0)
    QTest.mouseMove(track, at(track, 420.0))
    QApplication.processEvents()
    assert clock.t_s == pytest.approx(420.0, abs=1.0)
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=at(track, 420.0))
    QTest.mouseMove(track, at(track, 60.0))
    assert clock.t_s == pytest.approx(420.0, abs=1.0)


def test_scrubbing_holds_playback_and_lets_it_go_on(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    clock.playing = True
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=at(track, 300.0))
    assert not clock.playing
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=at(track, 300.0))
    assert clock.playing


def test_outside_the_line_is_its_end(desk: Desk) -> None:
    track = desk.window.timeline.track
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=QPoint(track.width() - 1, 40))
    assert desk.session.clock.t_s == 540.0


def wheel(track: Track, turn: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, x: float = 50.0) -> None:
    event = QWheelEvent(
        QPointF(x, 50),
        QPointF(track.mapToGlobal(QPoint(round(x), 50))),
        QPoint(),
        QPoint(0, turn),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(track, event)


CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_the_wheel_with_ctrl_steps_frames_and_small_turns_add_up(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    wheel(track, -120, CTRL)
    assert clock.t_s == 60.0
    for _ in range(3):
        wheel(track, -40, CTRL)
    assert clock.t_s == 120.0
    wheel(track, 120, CTRL)
    assert clock.t_s == 60.0


def test_texts_follow_the_clock(desk: Desk) -> None:
    timeline = desk.window.timeline
    desk.session.clock.seek(240.0)
    assert timeline.utc.text() == "2026-03-20 00:04:00"
    assert timeline.relative.text() == "T+00:04:00"


def test_requested_and_shown_are_two_marks_only_while_they_differ(desk: Desk) -> None:
    timeline = desk.window.timeline
    desk.session.clock.seek(300.0)
    timeline.show_shown(120.0)
    assert timeline.track.marks == (300.0, 120.0)
    timeline.show_shown(300.0)
    assert timeline.track.marks == (300.0, None)


def test_speed_is_chosen_and_shows_the_keys_choice(desk: Desk) -> None:
    speed, clock = desk.window.timeline.speed, desk.session.clock
    speed.setCurrentIndex(speed.findText("600×"))
    speed.activated.emit(speed.currentIndex())
    assert clock.speed == 600.0
    clock.speed = -3600.0
    assert speed.currentText() == "−3,600×"
    speed.activated.emit(0)
    assert clock.speed == -1.0


def test_a_scenario_turns_the_page(desk: Desk) -> None:
    desk.open(document(recorded=False))
    track, clock = desk.window.timeline.track, desk.session.clock
    length = clock.end_s - clock.start_s
    clock.seek(length * 2.5)
    assert track.x_of(clock.t_s) == pytest.approx(track.width() / 2, abs=2)


def test_the_line_above_is_the_metrics_total(desk: Desk) -> None:
    desk.session.choose_metric("compute_w")
    assert desk.window.timeline.track.texts == ("Compute power, all nodes: 1 to 2 MW", "scale 1 to 2 MW")
    desk.session.choose_metric("status")
    assert desk.window.timeline.track.texts == ("", "")


@pytest.mark.parametrize(
    ("span_s", "step_s"), [(540.0, 60.0), (7200.0, 600.0), (86400.0, 7200.0), (30 * 86400.0, 604800.0)]
)
def test_ticks_are_round_and_roomy(span_s: float, step_s: float) -> None:
    assert tick_step_s(span_s, 1200.0) == step_s


def test_ticks_stand_on_round_utc_and_midnight_says_the_date() -> None:
    epoch = EPOCH.plus(23 * 3600 + 50 * 60 + 17)
    ticks = tick_times(epoch, 0.0, 1800.0, 600.0)
    assert [text for _, text in ticks] == ["21 Mar", "00:10", "00:20"]
    assert ticks[0][0] == pytest.approx(583.0)


# -- events -------------------------------------------------------------------------------------------
def strip(track: Track, t_s: float) -> QPoint:
    return QPoint(round(track.x_of(t_s)), 23)


def test_events_of_one_place_share_a_mark(desk: Desk) -> None:
    desk.open(working_document())
    marks = desk.window.timeline.track.event_marks
    assert [len(mark.events) for mark in marks] == [1, 2, 1, 1]
    thousand = [Event(0.5 * k, "gang_stalled", k % 12, "") for k in range(1000)]
    track = desk.window.timeline.track
    track.set_events(thousand)
    places = np.array([mark.x_px for mark in track.event_marks])
    assert np.diff(places).min() >= APART_PX and len(places) < 0.5 * track.width()
    assert sum(len(mark.events) for mark in track.event_marks) == 1000


def test_a_click_on_a_mark_goes_there_and_the_rest_of_the_track_scrubs(desk: Desk) -> None:
    desk.open(working_document())
    track, session = desk.window.timeline.track, desk.session
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=strip(track, 120.0))
    assert session.clock.t_s == 120.0 and session.selection.row == 3
    held: list[bool] = []
    track.scrubbing.connect(held.append)
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=strip(track, 300.0))
    QTest.mouseMove(track, strip(track, 420.0))
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=strip(track, 420.0))
    assert session.clock.t_s == 300.0 and not held, "a mark is no handle"
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=at(track, 121.0))
    assert session.clock.t_s == pytest.approx(121.0, abs=1.0)


def point_at(widget: QWidget, place: QPoint) -> None:
    """Straight to the widget: QTest would move the screen's pointer, which others move too."""
    where = QPointF(place)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, widget.mapToGlobal(where), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)


def test_pointing_at_a_mark_says_what_happened(desk: Desk) -> None:
    desk.open(working_document())
    track = desk.window.timeline.track
    point_at(track, strip(track, 120.0))
    tip = track.toolTip()
    assert "2026-03-20 00:02:00 UTC: a gang stops training" in tip and "1 gang of 4 nodes stalled." in tip
    assert "compute goes to sleep" in tip, "both of the mark"
    point_at(track, strip(track, 210.0))
    assert track.toolTip() == "2026-03-20 00:03:30 UTC"


def test_marks_have_the_colour_of_what_they_cost(desk: Desk) -> None:
    desk.open(working_document())
    track = desk.window.timeline.track
    image = track.grab().toImage()
    scale = image.devicePixelRatio()
    wanted = {120.0: tokens().warn, 300.0: tokens().accent, 480.0: tokens().accent}
    for t_s, colour in wanted.items():
        place = strip(track, t_s)
        assert image.pixelColor(int((place.x() + 0.5) * scale), int(place.y() * scale)).name() == colour


def test_another_recording_takes_the_marks_away(desk: Desk) -> None:
    desk.open(working_document())
    assert desk.window.timeline.track.event_marks
    desk.open(document())
    assert desk.window.timeline.track.event_marks == []


# -- zoom ---------------------------------------------------------------------------------------------
def drag(track: Track, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=start)
    hold_at(track, end)
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=end)


def hold_at(track: Track, place: QPoint) -> None:
    where, left = QPointF(place), Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, where, track.mapToGlobal(where), left, left, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(track, event)


def test_the_wheel_zooms_at_the_pointer_and_with_shift_moves(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    x = track.x_of(300.0)
    for _ in range(5):
        wheel(track, 120, x=x)
    assert track.span.length_s < 200.0 and track.x_of(300.0) == pytest.approx(x, abs=1.0)
    before = track.span.seen
    wheel(track, -120, SHIFT)
    assert track.span.seen[0] > before[0] and track.span.length_s == pytest.approx(before[1] - before[0])
    for _ in range(9):
        wheel(track, -120, x=x)
    assert not track.span.is_zoomed and clock.t_s == 0.0, "zooming is no seeking"


def test_a_zoomed_track_is_dragged_by_its_ruler_and_by_its_overview(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    track.zoom(0.25, 300.0)
    first = track.span.seen[0]
    below = track.height() - 8
    drag(track, QPoint(400, below), QPoint(300, below))
    assert track.span.seen[0] > first
    moved = track.span.seen[0]
    drag(track, QPoint(400, 3), QPoint(200, 3))
    assert track.span.seen[0] < moved and clock.t_s == 0.0
    QTest.mouseDClick(track, Qt.MouseButton.LeftButton, pos=QPoint(300, below))
    assert not track.span.is_zoomed


def test_playing_turns_the_page(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    track.zoom(0.1, 30.0)
    clock.seek(400.0)
    assert track.span.seen[0] <= 400.0 <= track.span.seen[1] and track.span.is_zoomed


def test_who_looks_elsewhere_while_it_plays_is_left_there(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    clock.update(playing=True, speed=60.0)
    track.zoom(0.1, 30.0)
    track.show_span(track.span.moved(300.0))
    elsewhere = track.span.seen
    clock.advance(0.5)
    assert track.span.seen == elsewhere
    clock.seek(elsewhere[1] - 1.0)
    clock.advance(0.5)
    assert track.span.seen[0] <= clock.t_s <= track.span.seen[1] and track.span.seen != elsewhere


def test_a_growing_recording_keeps_the_zoom(desk: Desk) -> None:
    track, recording = desk.window.timeline.track, desk.session.document.recording
    track.zoom(0.1, 300.0)
    seen = track.span.seen
    recording.times_s = np.arange(20) * 60.0
    desk.session.grow()
    assert track.span.whole == (0.0, 1140.0) and track.span.seen == pytest.approx(seen)
    track.show_all()
    assert track.span.seen == (0.0, 1140.0)


def test_an_end_of_the_loop_is_dragged(desk: Desk) -> None:
    track, clock = desk.window.timeline.track, desk.session.clock
    clock.update(in_s=120.0, out_s=300.0)
    handle = track.height() - 24
    drag(track, QPoint(round(track.x_of(300.0)), handle), QPoint(round(track.x_of(420.0)), handle))
    assert clock.region == (120.0, pytest.approx(420.0, abs=2.0)) and clock.t_s == 0.0


def test_a_flag_is_gone_to(desk: Desk) -> None:
    track, session = desk.window.timeline.track, desk.session
    session.bookmarks.put(3, 360.0)
    place = QPoint(round(track.x_of(360.0)) + 5, track.height() - 40)
    QTest.mouseClick(track, Qt.MouseButton.LeftButton, pos=place)
    assert session.clock.t_s == 360.0


def test_a_year_of_minutes_is_few_points_and_keeps_its_spike() -> None:
    times_s = np.arange(525_600) * 60.0
    values = np.sin(times_s / 1e5)
    values[345_678] = 9.0
    lane = Lane("", times_s, values, ValueAxis(-1.0, 9.0, ""))
    whole = Span.over((0.0, float(times_s[-1])))
    drawn_s, drawn = lane.points(whole, 1200)
    assert len(drawn_s) <= 4 * 1200 and drawn.max() == 9.0
    close_s, _ = lane.points(whole.zoomed(times_s[345_678], 1e-4), 1200)
    assert 40 < len(close_s) < 70, "close up every frame is drawn"


def test_each_line_says_its_value_with_its_unit(desk: Desk) -> None:
    desk.session.choose_metric("compute_w")
    first = desk.window.timeline.track.lanes[0]
    assert first.label == "Compute power" and first.text_at(30.0) == "1.00 MW"
    assert first.text_at(570.0) == "2.00 MW", "a step's mean stands at the middle of its step"
    assert first.text_at(300.0) == "1.50 MW"


def test_the_other_way_at_the_same_speed(desk: Desk) -> None:
    speed, clock = desk.window.timeline.speed, desk.session.clock
    clock.speed = 600.0
    for wanted in (-600.0, 600.0):
        speed.activated.emit(speed.findText("Reverse"))
        assert clock.speed == wanted and speed.currentText().endswith("600×")


# -- events, chosen -----------------------------------------------------------------------------------
def test_an_event_of_a_gang_selects_its_members(desk: Desk) -> None:
    desk.open(working_document())
    stalled = desk.session.document.recording.events[1]
    desk.window.travel.go_to_event(stalled)
    assert desk.session.selection.rows.tolist() == [2, 3, 4, 5] and desk.session.selection.row == 3
    assert not desk.session.selection.hides
    assert "1 gang of 4 nodes stalled" in desk.window.stage.banner.text


def test_hidden_kinds_are_hidden_in_the_list_too(desk: Desk) -> None:
    desk.open(working_document())
    timeline, listed = desk.window.timeline, desk.window.right.fleet.events
    listed.refresh(600.0)
    assert any("gang" in line.texts[1].lower() for line in listed.lines)
    timeline._toggle_kind("work")
    listed.refresh(600.0)
    seen = [event.kind for mark in timeline.track.event_marks for event in mark.events]
    assert seen == ["hibernation_begins", "moon_rises"]
    shown = [line.event_shown.kind for line in listed.lines if not line.isHidden()]
    assert shown == ["moon_rises", "hibernation_begins"]
