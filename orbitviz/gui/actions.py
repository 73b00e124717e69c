"""Everything a person can do, as data: menu, keys and help are made from this one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from orbitviz.gui.icons import icon
from orbitviz.session.bookmarks import NUMBERS

if TYPE_CHECKING:
    from orbitviz.gui.main_window import MainWindow


@dataclass(frozen=True)
class ActionSpec:
    """name: for programs; text: for people; keys: as Qt writes them, the first is shown; run: what it does."""

    name: str
    text: str
    group: str
    keys: tuple[str, ...]
    run: Callable[[MainWindow], object]
    icon: str = ""


def _bookmark_actions() -> tuple[ActionSpec, ...]:
    """1 to 9 go to a bookmark, with Ctrl they set it."""
    return tuple(
        spec
        for number in NUMBERS
        for spec in (
            ActionSpec(
                f"bookmark_{number}", f"To bookmark {number}", "Bookmarks", (f"{number}",), partial(_go_to, number)
            ),
            ActionSpec(
                f"set_bookmark_{number}",
                f"Set bookmark {number} here",
                "Bookmarks",
                (f"Ctrl+{number}",),
                partial(_set_here, number),
            ),
        )
    )


def _go_to(number: int, window: MainWindow) -> None:
    window.travel.go_to_bookmark(number)


def _set_here(number: int, window: MainWindow) -> None:
    window.travel.set_bookmark(number)


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec("open", "Open…", "File", ("Ctrl+O",), lambda w: w.open_requested.emit(), "folder-open"),
    ActionSpec("address", "Open address…", "File", ("Ctrl+Shift+O",), lambda w: w.address_requested.emit(), "link"),
    ActionSpec("compare", "Compare with…", "File", ("Ctrl+D",), lambda w: w.compare_requested.emit(), "contrast"),
    ActionSpec("record", "Record…", "File", ("Ctrl+R",), lambda w: w.record_requested.emit(), "circle"),
    ActionSpec(
        "picture", "Picture of this view…", "File", ("Ctrl+Shift+S",), lambda w: w.picture_requested.emit(), "camera"
    ),
    ActionSpec("side_a", "Run A of a comparison", "Compare", ("Alt+1",), lambda w: w.side_requested.emit("A")),
    ActionSpec("side_b", "Run B of a comparison", "Compare", ("Alt+2",), lambda w: w.side_requested.emit("B")),
    ActionSpec("side_difference", "A − B", "Compare", ("Alt+3",), lambda w: w.side_requested.emit("A-B")),
    ActionSpec("compare_table", "Table of what differs", "Compare", ("Alt+4",), lambda w: w.panes.toggle("compare")),
    ActionSpec("compare_end", "End comparing", "Compare", (), lambda w: w.compare_ended.emit(), "x"),
    ActionSpec("play", "Play or pause", "Time", ("Space",), lambda w: w.session.clock.toggle(), "play"),
    ActionSpec("backwards", "Play backwards, again for faster", "Time", ("J",), lambda w: w.session.clock.faster(-1)),
    ActionSpec("stop", "Stop", "Time", ("K",), lambda w: w.travel.stop()),
    ActionSpec("forwards", "Play forwards, again for faster", "Time", ("L",), lambda w: w.session.clock.faster(1)),
    ActionSpec("step_back", "One frame back", "Time", ("Left",), lambda w: w.travel.step(-1), "step-back"),
    ActionSpec("step_on", "One frame on", "Time", ("Right",), lambda w: w.travel.step(1), "step-forward"),
    ActionSpec("leap_back", "Ten frames back", "Time", ("Shift+Left",), lambda w: w.travel.step(-10)),
    ActionSpec("leap_on", "Ten frames on", "Time", ("Shift+Right",), lambda w: w.travel.step(10)),
    ActionSpec("start", "To the start", "Time", ("Home",), lambda w: w.travel.seek_edge(False), "skip-back"),
    ActionSpec("end", "To the end", "Time", ("End",), lambda w: w.travel.seek_edge(True), "skip-forward"),
    ActionSpec(
        "live", "To the newest frame, and on as more come", "Time", ("Shift+End",), lambda w: w.following.go_live()
    ),
    ActionSpec("jump", "Jump to a time…", "Time", ("T",), lambda w: w.travel.ask_time()),
    ActionSpec("mark_in", "Loop from here, again for not", "Time", ("[",), lambda w: w.session.clock.mark_in()),
    ActionSpec("mark_out", "Loop to here, again for not", "Time", ("]",), lambda w: w.session.clock.mark_out()),
    ActionSpec("clear_region", "Loop over everything", "Time", ("\\",), lambda w: w.session.clock.clear_region()),
    ActionSpec("event_next", "To the next event", "Time", ("Alt+Right",), lambda w: w.travel.step_event(1)),
    ActionSpec("event_back", "To the event before", "Time", ("Alt+Left",), lambda w: w.travel.step_event(-1)),
    ActionSpec("zoom_in_time", "Timeline closer", "Time", ("Ctrl+=", "Ctrl++"), lambda w: w.timeline.track.zoom(0.5)),
    ActionSpec("zoom_out_time", "Timeline farther", "Time", ("Ctrl+-",), lambda w: w.timeline.track.zoom(2.0)),
    ActionSpec("all_time", "Whole timeline", "Time", ("Ctrl+0",), lambda w: w.timeline.track.show_all()),
    ActionSpec(
        "time_display", "UTC, local or elapsed time", "Time", ("Shift+T",), lambda w: w.timeline.instant.next_display()
    ),
    *_bookmark_actions(),
    ActionSpec("metric", "Next metric", "View", ("C",), lambda w: w.next_metric(1), "palette"),
    ActionSpec("metric_back", "Previous metric", "View", ("Shift+C",), lambda w: w.next_metric(-1)),
    ActionSpec("frame", "Inertial or Earth-fixed", "View", ("E",), lambda w: w.pilot.toggle_frame(), "globe"),
    ActionSpec("north", "North up", "View", ("N",), lambda w: w.pilot.north_up(), "compass"),
    ActionSpec("projection", "Orthographic or perspective", "View", ("O",), lambda w: w.pilot.toggle_projection()),
    ActionSpec("ride", "Ride with the selected node", "View", ("R",), lambda w: w.pilot.ride("ahead"), "satellite"),
    ActionSpec("ride_back", "Ride, looking back", "View", ("Shift+R",), lambda w: w.pilot.ride("back")),
    ActionSpec("ride_down", "Ride, looking down", "View", ("Alt+R",), lambda w: w.pilot.ride("down")),
    ActionSpec("borders", "Borders", "View", ("B",), lambda w: w.toggle_layer("borders")),
    ActionSpec("heat", "Heat on the ground", "View", ("H",), lambda w: w.toggle_heat(), "flame"),
    ActionSpec("fleet_map", "Fleet map", "View", ("M",), lambda w: w.panes.toggle("fleet_map"), "layout-grid"),
    ActionSpec("profiles", "Profiles", "View", ("P",), lambda w: w.panes.toggle("profiles"), "chart-line"),
    ActionSpec("charts", "Charts over time", "View", ("Y",), lambda w: w.panes.toggle("charts"), "chart-line"),
    ActionSpec("export_charts", "Export the charts…", "View", (), lambda w: w.export_charts(), "download"),
    ActionSpec("links", "Links", "View", ("Shift+L",), lambda w: w.toggle_layer("links"), "link"),
    ActionSpec(
        "fly",
        "Fly to the selected node, again for a close-up",
        "View",
        ("F",),
        lambda w: w.fly_to_selection(),
        "crosshair",
    ),
    ActionSpec("follow", "Follow the selected node", "View", ("G",), lambda w: w.toggle_follow(), "orbit"),
    ActionSpec("globe", "Whole globe", "View", ("Shift+F",), lambda w: w.whole_globe(), "rotate-3d"),
    ActionSpec("closer", "Closer", "View", ("+", "="), lambda w: w.pilot.zoom(1), "plus"),
    ActionSpec("farther", "Farther", "View", ("-",), lambda w: w.pilot.zoom(-1), "minus"),
    ActionSpec("turn_left", "Camera to the left", "View", ("A", "Ctrl+Left"), lambda w: w.pilot.push(-1, 0)),
    ActionSpec("turn_right", "Camera to the right", "View", ("D", "Ctrl+Right"), lambda w: w.pilot.push(1, 0)),
    ActionSpec("turn_up", "Camera up", "View", ("W", "Ctrl+Up"), lambda w: w.pilot.push(0, 1)),
    ActionSpec("turn_down", "Camera down", "View", ("S", "Ctrl+Down"), lambda w: w.pilot.push(0, -1)),
    ActionSpec("roll_left", "Roll to the left", "View", (",",), lambda w: w.pilot.roll(-1)),
    ActionSpec("roll_right", "Roll to the right", "View", (".",), lambda w: w.pilot.roll(1)),
    ActionSpec("narrower", "Narrower field of view", "View", ("Alt++", "Alt+="), lambda w: w.session.view.widen(0.9)),
    ActionSpec("wider", "Wider field of view", "View", ("Alt+-",), lambda w: w.session.view.widen(1.1)),
    ActionSpec("find", "Find a node", "Select", ("Ctrl+F",), lambda w: w.chooser.find(), "search"),
    ActionSpec(
        "rectangle", "Rectangle, or Shift and drag", "Select", (), lambda w: w.chooser.take("rectangle"), "square"
    ),
    ActionSpec("lasso", "Lasso, or Alt and drag", "Select", (), lambda w: w.chooser.take("lasso"), "lasso"),
    ActionSpec("select_all", "Select every node", "Select", ("Ctrl+A",), lambda w: w.session.selection.all()),
    ActionSpec(
        "invert", "Select the other nodes", "Select", ("Ctrl+I",), lambda w: w.session.selection.invert(), "contrast"
    ),
    ActionSpec("none", "No selection, no filter", "Select", ("Ctrl+Shift+A",), lambda w: w.session.selection.none()),
    ActionSpec(
        "show_only",
        "Show the selection alone, or highlight it",
        "Select",
        ("X",),
        lambda w: w.chooser.toggle_show(),
        "funnel",
    ),
    ActionSpec("undo", "Undo the selection", "Select", ("Ctrl+Z",), lambda w: w.session.selection.undo()),
    ActionSpec(
        "redo", "Redo the selection", "Select", ("Ctrl+Y", "Ctrl+Shift+Z"), lambda w: w.session.selection.redo()
    ),
    ActionSpec("export_selection", "Export the selection…", "Select", (), lambda w: w.chooser.ask_export(), "download"),
    ActionSpec("caption", "Caption…", "View", ("Ctrl+T",), lambda w: w.ask_caption()),
    ActionSpec("panels", "Hide or show all panels", "Window", ("Ctrl+\\",), lambda w: w.toggle_panels()),
    ActionSpec("full_screen", "Full screen", "Window", ("F11",), lambda w: w.toggle_full_screen(), "maximize"),
    ActionSpec("leave", "Leave full screen, then clear the selection", "Window", ("Esc",), lambda w: w.leave()),
    ActionSpec("theme", "Light or dark", "Window", (), lambda w: w.theme_requested.emit(), "sun"),
    ActionSpec("help", "Keys", "Help", ("F1",), lambda w: w.show_keys(), "keyboard"),
    ActionSpec("about", "About orbitviz", "Help", (), lambda w: w.show_about(), "info"),
    ActionSpec("quit", "Quit", "Help", ("Ctrl+Q",), lambda w: w.close()),
)


def make_actions(window: MainWindow) -> dict[str, QAction]:
    """The table as Qt actions of a window, keys working all over it."""
    result = {}
    for spec in ACTIONS:
        action = QAction(spec.text, window)
        if spec.icon:
            action.setIcon(icon(spec.icon, "muted"))
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        action.setToolTip(f"{spec.text.rstrip('…')} ({', '.join(spec.keys)})" if spec.keys else spec.text)
        action.triggered.connect(lambda _checked=False, run=spec.run: run(window))
        window.addAction(action)
        result[spec.name] = action
    return result


def keys_table() -> list[tuple[str, list[tuple[str, str]]]]:
    """For the help: groups, each with (keys, what they do)."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in ACTIONS:
        if spec.keys:
            shown = " ".join(
                QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in spec.keys[:1]
            )
            groups.setdefault(spec.group, []).append((shown, spec.text.rstrip("…")))
    return list(groups.items())
