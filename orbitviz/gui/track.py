"""The scrub track: totals over time, events, the region played, bookmarks, UTC ticks, requested and shown marks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from orbitviz.core.epoch import Epoch
from orbitviz.core.event import Event
from orbitviz.gui import track_paint
from orbitviz.gui.events import Mark, event_tip, marks_of, nearest
from orbitviz.gui.numbers import relative_text, utc_text
from orbitviz.gui.span import Span
from orbitviz.gui.theme import tokens
from orbitviz.gui.ticks import day_text
from orbitviz.gui.track_paint import EVENTS_BOTTOM_PX, EVENTS_TOP_PX, FLAG_PX, LINE_UP_PX, MARGIN_PX, Lane, Still
from orbitviz.session.bookmarks import Bookmark

EVENT_REACH_PX, HANDLE_REACH_PX = 4, 6
ZOOM_A_NOTCH = 0.8
DAY_S = 86400.0


class Track(QWidget):
    """Click seeks, drag scrubs; the wheel zooms, with Ctrl it steps, with Shift it moves; below the line a zoomed track
    is dragged. It only says what is asked for; the timeline acts."""

    sought = Signal(float)
    scrubbing = Signal(bool)
    stepped = Signal(int)
    event_chosen = Signal(object)
    region_moved = Signal(int, float)
    menu_asked = Signal(QPoint)
    zoomed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(160)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.span = Span()
        self._epoch: Epoch | None = None
        self._recorded: tuple[tuple[float, float], ...] = ()
        self._requested_s, self._shown_s = 0.0, None  # type: tuple[float, float | None]
        self._lanes: tuple[Lane, ...] = ()
        self._hover_x: float | None = None
        self._wheel = 0
        self._events: list[Event] = []
        self._event_marks: list[Mark] = []
        self._over: Mark | None = None
        self._region: tuple[float, float] | None = None
        self._region_ends: tuple[float | None, float | None] = (None, None)
        self._bookmarks: tuple[Bookmark, ...] = ()
        self._decoded: tuple[tuple[float, float], ...] = ()
        self._grip = ""
        self._grip_x = 0.0
        self._picture: QPixmap | None = None

    # -- what is shown ----------------------------------------------------------------------------
    def set_span(
        self, epoch: Epoch | None, whole: tuple[float, float], recorded: Sequence[tuple[float, float]]
    ) -> None:
        """First and last instant there is, and of each stretch that is recorded; a zoomed part stays."""
        self._epoch, self._recorded = epoch, tuple(recorded)
        self.show_span(self.span.within(whole))

    def show_span(self, span: Span) -> None:
        """Another part of time."""
        changed = span != self.span
        self.span = span
        self._place_events()
        if changed:
            self.zoomed.emit()

    def zoom(self, factor: float, at_s: float | None = None) -> None:
        """Closer (factor below 1) round an instant, the one asked for when it is left out."""
        at_s = self._requested_s if at_s is None else at_s
        self.show_span(self.span.showing(at_s).zoomed(at_s, factor))

    def show_all(self) -> None:
        """The whole span."""
        self.show_span(Span.over(self.span.whole))

    def keep_in_view(self, t_s: float, forwards: bool, playing: bool = False) -> None:
        """Turns the page of a zoomed track, unless a hand is on it, or someone looks elsewhere while it plays."""
        if playing and not self.span.seen[0] <= self._requested_s <= self.span.seen[1]:
            return
        if self.span.is_zoomed and not self._grip and self.span.whole[0] <= t_s <= self.span.whole[1]:
            span = self.span.showing(t_s, forwards)
            if span is not self.span:
                self.show_span(span)

    def set_lanes(self, lanes: Sequence[Lane]) -> None:
        """The totals drawn above the line, the first one filled."""
        self._lanes = tuple(lanes)
        self._redraw()

    def set_events(self, events: list[Event]) -> None:
        """Marks above the line, events in the order of time."""
        self._events = events
        self._place_events()

    def set_region(
        self, region: tuple[float, float] | None, in_s: float | None = None, out_s: float | None = None
    ) -> None:
        """What is played over and over, and which of its ends were set."""
        self._region, self._region_ends = region, (in_s, out_s)
        self._redraw()

    def set_bookmarks(self, bookmarks: Sequence[Bookmark]) -> None:
        """Numbered flags."""
        self._bookmarks = tuple(bookmarks)
        self._redraw()

    def set_decoded(self, stretches: Sequence[tuple[float, float]]) -> None:
        """What is decoded and kept: instants that can be shown at once."""
        if tuple(stretches) != self._decoded:
            self._decoded = tuple(stretches)
            self._redraw()

    def _place_events(self) -> None:
        seen = [event for event in self._events if self.span.seen[0] <= event.t_s <= self.span.seen[1]]
        self._event_marks, self._over = marks_of(seen, self.x_of), None
        self._redraw()

    def _redraw(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Every instant has another pixel."""
        super().resizeEvent(event)
        self._place_events()

    def changeEvent(self, event: object) -> None:
        """Another theme."""
        super().changeEvent(event)  # type: ignore[arg-type]
        self._picture = None

    @property
    def event_marks(self) -> list[Mark]:
        """The marks of events, from left to right."""
        return self._event_marks

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What is drawn above the line."""
        return self._lanes

    @property
    def texts(self) -> tuple[str, str]:
        """What the values of the first line are; what their height stands for."""
        return (self._lanes[0].title, f"scale {self._lanes[0].axis.text}") if self._lanes else ("", "")

    def set_marks(self, requested_s: float, shown_s: float | None) -> None:
        """Instant asked for; instant shown where it differs, else None. Draws only when a pixel moves."""
        before = (round(self.x_of(self._requested_s) * 2), self._shown_s)
        self._requested_s, self._shown_s = requested_s, shown_s
        if before != (round(self.x_of(requested_s) * 2), shown_s):
            self.update()

    @property
    def marks(self) -> tuple[float, float | None]:
        """(requested, shown where it differs)."""
        return self._requested_s, self._shown_s

    # -- geometry ---------------------------------------------------------------------------------
    def x_of(self, t_s: float) -> float:
        """Pixel of an instant; one that is not seen lies beyond the ends of the line."""
        start, end = self.span.seen
        return MARGIN_PX + (self.width() - 2 * MARGIN_PX) * (t_s - start) / max(end - start, 1e-9)

    def t_of(self, x_px: float) -> float:
        """Instant of a pixel, within the part seen."""
        share = (x_px - MARGIN_PX) / max(self.width() - 2 * MARGIN_PX, 1)
        start, end = self.span.seen
        return start + (end - start) * min(max(share, 0.0), 1.0)

    # -- painting ---------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        """What stands still from its picture, then the marks."""
        if self._epoch is None:
            return
        still = self._still(self._epoch)
        if self._picture is None:
            scale = self.devicePixelRatioF()
            picture = QPixmap(round(self.width() * scale), round(self.height() * scale))
            picture.setDevicePixelRatio(scale)
            picture.fill(Qt.GlobalColor.transparent)
            on_picture = QPainter(picture)
            still.paint(on_picture)
            on_picture.end()
            self._picture = picture
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        self._paint_marks(painter, still)

    def _still(self, epoch: Epoch) -> Still:
        return Still(
            epoch=epoch,
            span=self.span,
            recorded=self._recorded,
            lanes=self._lanes,
            marks=self._event_marks,
            over=self._over,
            region=self._region,
            region_ends=self._region_ends,
            bookmarks=self._bookmarks,
            decoded=self._decoded,
            width=self.width(),
            height=self.height(),
            x_of=self.x_of,
        )

    def _paint_marks(self, painter: QPainter, still: Still) -> None:
        assert self._epoch is not None
        top, y = still.series_top, still.line_y
        track_paint.paint_titles(painter, self._lanes, self._requested_s, self.width())
        if self._hover_x is not None:
            track_paint.paint_pointed(painter, self._lanes, self.t_of(self._hover_x), self._hover_x, top)
            painter.setPen(QPen(tokens().colour("muted", 120), 1))
            painter.drawLine(QPointF(self._hover_x, 20), QPointF(self._hover_x, y))
        for first_s, last_s in self._recorded:
            played = still.clipped(first_s, min(last_s, self._requested_s))
            if played is not None:
                track_paint.paint_played(painter, *played, y, broken=len(self._recorded) > 1)
        x = self.x_of(self._requested_s)
        if still.sees(x):
            track_paint.paint_requested(painter, x, 20, y)
        if self._shown_s is not None and still.sees(self.x_of(self._shown_s)):
            day = f"{day_text(self._epoch, self._shown_s)} " if self.span.length_s > DAY_S else ""
            text = f"shown {day}{self._epoch.plus(self._shown_s).iso()[11:16]}"
            track_paint.paint_shown(painter, self.x_of(self._shown_s), top, y, text, self.width())

    # -- mouse ------------------------------------------------------------------------------------
    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Goes to the event or flag under the pointer, takes hold of what can be dragged, else seeks."""
        if event.button() != Qt.MouseButton.LeftButton or self._epoch is None:
            return
        place = event.position()
        mark, flag = self._mark_at(place), self._flag_at(place)
        if mark is not None:
            # Of several on one pixel the first that happens to a node, so that there is something to see.
            self.event_chosen.emit(next((some for some in mark.events if some.node >= 0), mark.events[0]))
            return
        if flag is not None:
            self.sought.emit(flag.t_s)
            return
        self._grip, self._grip_x = self._grip_at(place), place.x()
        if self._grip == "scrub":
            self.scrubbing.emit(True)
            self.sought.emit(self.t_of(place.x()))

    def _grip_at(self, place: QPointF) -> str:
        """What a press takes hold of: an end of the region, the overview, the ruler of a zoomed track, else time."""
        line_y = self.height() - LINE_UP_PX
        if line_y + 2 <= place.y() <= line_y + 13:
            for name, end in zip(("in", "out"), self._region_ends, strict=True):
                if end is not None and abs(self.x_of(end) - place.x()) <= HANDLE_REACH_PX:
                    return name
        if self.span.is_zoomed and place.y() <= 6:
            return "overview"
        if self.span.is_zoomed and place.y() > line_y + 8:
            return "ruler"
        return "scrub"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drags what is held, else points."""
        if self._epoch is None:
            return
        place = event.position()
        t_s = self.t_of(place.x())
        held = bool(event.buttons() & Qt.MouseButton.LeftButton)
        over, self._over = self._over, None if held else self._mark_at(place)
        if over is not self._over:
            self._picture = None
        self._hover_x = self.x_of(t_s) if self._over is None else float(self._over.x_px)
        self.setToolTip(self._tip(t_s, place))
        if held and self._grip:
            self._drag(t_s, place.x())
        self.update()

    def _drag(self, t_s: float, x_px: float) -> None:
        moved_px, self._grip_x = x_px - self._grip_x, x_px
        room = max(self.width() - 2 * MARGIN_PX, 1)
        if self._grip == "scrub":
            self.sought.emit(t_s)
        elif self._grip == "ruler":
            self.show_span(self.span.moved(-moved_px * self.span.length_s / room))
        elif self._grip == "overview":
            self.show_span(self.span.moved(moved_px * (self.span.whole[1] - self.span.whole[0]) / room))
        else:
            self.region_moved.emit(("in", "out").index(self._grip), t_s)

    def _mark_at(self, place: QPointF) -> Mark | None:
        """The events under the pointer; they stand in a strip of their own, so that the rest of the track scrubs."""
        if not EVENTS_TOP_PX - 3 <= place.y() <= EVENTS_BOTTOM_PX + 1:
            return None
        return nearest(self._event_marks, place.x(), EVENT_REACH_PX)

    def _flag_at(self, place: QPointF) -> Bookmark | None:
        foot = self.height() - LINE_UP_PX - 5
        for flag in reversed(self._bookmarks):
            if 0 <= place.x() - self.x_of(flag.t_s) <= FLAG_PX and foot - FLAG_PX <= place.y() <= foot:
                return flag
        return None

    def _tip(self, t_s: float, place: QPointF) -> str:
        assert self._epoch is not None
        if self._over is not None:
            return event_tip(self._over.events, self._epoch)
        flag = self._flag_at(place)
        if flag is not None:
            name = f": {flag.name}" if flag.name else ""
            return f"Bookmark {flag.number}{name}\n{utc_text(self._epoch, flag.t_s)} UTC, {relative_text(flag.t_s)}"
        return f"{utc_text(self._epoch, t_s)} UTC"

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lets go."""
        if event.button() == Qt.MouseButton.LeftButton and self._grip:
            grip, self._grip = self._grip, ""
            if grip == "scrub":
                self.scrubbing.emit(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the ruler or the overview of a zoomed track: all of it; elsewhere as a click."""
        if event.button() == Qt.MouseButton.LeftButton and self._grip_at(event.position()) in ("ruler", "overview"):
            self.show_all()
        else:
            self.mousePressEvent(event)

    def contextMenuEvent(self, event: object) -> None:
        """What can be shown and marked here."""
        self.menu_asked.emit(event.globalPos())  # type: ignore[attr-defined]

    def leaveEvent(self, event: object) -> None:
        """No pointer, no hair line."""
        if self._over is not None:
            self._picture = None
        self._hover_x = self._over = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Closer or farther round the pointer, with Shift (or sideways) along, with Ctrl one frame a notch; small turns
        of a touchpad add up."""
        turn = event.angleDelta()
        event.accept()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._step(turn.y() or turn.x())
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            self.show_span(self.span.moved(-(turn.y() or turn.x()) / 120 * 0.1 * self.span.length_s))
        else:
            self.zoom(ZOOM_A_NOTCH ** (turn.y() / 120), self.t_of(event.position().x()))

    def _step(self, turned: int) -> None:
        self._wheel += turned
        notches = int(self._wheel / 120)
        if notches:
            self._wheel -= notches * 120
            self.stepped.emit(-notches)
