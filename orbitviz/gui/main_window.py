"""The main window: globe in the middle, what is shown left, what it means right, time below, facts at the bottom."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from orbitviz.core.distribution import Distribution
from orbitviz.core.document import Document
from orbitviz.core.errors import CannotDrawError
from orbitviz.gui import dialogs
from orbitviz.gui.actions import make_actions
from orbitviz.gui.bind import Bindings
from orbitviz.gui.chooser import Chooser
from orbitviz.gui.compare_bar import CompareBar
from orbitviz.gui.docks.camera_panel import CameraPanel
from orbitviz.gui.docks.colour_panel import ColourPanel
from orbitviz.gui.docks.compare_panel import ComparePanel
from orbitviz.gui.docks.filter_panel import FilterPanel
from orbitviz.gui.docks.fleet_map import FleetMap
from orbitviz.gui.docks.panes import Panes, View
from orbitviz.gui.docks.profiles import Profiles
from orbitviz.gui.docks.right_panel import RightPanel
from orbitviz.gui.following import Following
from orbitviz.gui.numbers import sentence
from orbitviz.gui.pilot import Pilot
from orbitviz.gui.settings_form import LayersPanel, master_field
from orbitviz.gui.stage import Stage
from orbitviz.gui.status_bar import StatusBar
from orbitviz.gui.theme import LEFT_PX
from orbitviz.gui.timeline import Timeline
from orbitviz.gui.top_bar import TopBar
from orbitviz.gui.travel import Travel
from orbitviz.gui.widgets import heading
from orbitviz.player import FleetPositions, Player
from orbitviz.session import Session

if TYPE_CHECKING:
    from orbitviz.api import Comparison, Side
    from orbitviz.scene.renderer import Renderer
    from orbitviz.scene.status import NodeState

TICK_MS = 16
CROWD = 20_000
"""Nodes from which the ground is hidden by them."""
NUMBERS_S = 0.2
"""Panels with numbers are rewritten five times a second: faster cannot be read."""


class MainWindow(QMainWindow):
    """Everything but the picture itself. It changes the session; the renderer is ticked and asked, never told."""

    open_requested: Signal = Signal()
    address_requested: Signal = Signal()
    record_requested: Signal = Signal()
    picture_requested: Signal = Signal()
    theme_requested: Signal = Signal()
    compare_requested: Signal = Signal()
    compare_ended: Signal = Signal()
    side_requested: Signal = Signal(str)
    files_dropped = Signal(list)
    closing = Signal()

    def __init__(self, session: Session, titles: Mapping[str, tuple[str, str]] | None = None) -> None:
        super().__init__()
        self.session: Session = session
        self.renderer: Renderer | None = None
        self.player: Player | None = None
        self.positions: FleetPositions | None = None
        self._damage_said: Player | None = None
        self._numberless: Document | None = None
        self._nodes_aside = self._left_aside = False
        self.setWindowTitle("orbitviz")
        self.setAcceptDrops(True)
        self.resize(1600, 900)
        self.setMinimumSize(900, 560)
        self.pilot: Pilot = Pilot(self)
        self.travel: Travel = Travel(self)
        self.actions_by_name = make_actions(self)
        self.stage = Stage(session)
        self.chooser: Chooser = Chooser(self)
        self.filters = FilterPanel(session, self.actions_by_name, self.chooser.filter)
        self.top = TopBar(session, self.actions_by_name)
        self.compare_bar = CompareBar(self.actions_by_name)
        self.comparison: Comparison | None = None
        self.colours = ColourPanel(session)
        self.camera = CameraPanel(session, self.pilot.turn_with, self.pilot.ride)
        self.layers = LayersPanel(session, titles)
        self.right = RightPanel(session, self.actions_by_name, self.node_state, self.chooser.now, self.chooser.rule)
        self.timeline: Timeline = Timeline(session, self.actions_by_name, self.travel.step)
        self.status = StatusBar(session)
        self.left = self._left_panel()
        self._build()
        self.panes: Panes = Panes(
            self,
            {
                "fleet_map": ("Fleet map", lambda: FleetMap(session, self._shown_spread)),
                "profiles": ("Profiles", lambda: Profiles(session, self._shown_spread)),
                "charts": ("Charts", self._charts),
                "compare": ("Compare", lambda: ComparePanel(session, lambda: self.comparison)),
            },
        )
        self._last_tick = time.perf_counter()
        self._last_numbers = 0.0
        self.following: Following = Following(self)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._join()

    def _join(self) -> None:
        """What one part says, another hears."""
        self.timeline.track.event_chosen.connect(self.travel.go_to_event)
        self.right.fleet.event_chosen.connect(self.travel.go_to_event)
        self.timeline.kinds_hidden.connect(self.right.fleet.hide_kinds)
        self.panes.crowded.connect(self._make_room)
        self.top.search.chosen.connect(self.chooser.found)
        self._timer.timeout.connect(self.tick)
        Bindings(self).on(self.session.document_changed, self._retitle)

    def _left_panel(self) -> QWidget:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.colours)
        layout.addSpacing(12)
        layout.addWidget(heading("Show"))
        layout.addWidget(self.layers)
        layout.addSpacing(12)
        layout.addWidget(self.filters)
        layout.addSpacing(12)
        layout.addWidget(heading("Camera"))
        layout.addWidget(self.camera)
        layout.addStretch(1)
        panel = QScrollArea()
        panel.setObjectName("LeftPanel")
        panel.setWidget(body)
        panel.setWidgetResizable(True)
        panel.setFrameShape(QFrame.Shape.NoFrame)
        panel.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        panel.setFixedWidth(LEFT_PX)
        return panel

    def _build(self) -> None:
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.left)
        middle.addWidget(self.stage, 1)
        middle.addWidget(self.right)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.top)
        layout.addWidget(self.compare_bar)
        layout.addLayout(middle, 1)
        layout.addWidget(self.timeline)
        layout.addWidget(self.status)
        self.setCentralWidget(page)

    def _charts(self) -> View:
        from orbitviz.gui.docks.charts import Charts  # pyqtgraph is imported at the first look

        return Charts(self.session, self.timeline.track, self.stage.banner.say, lambda: self.comparison)

    # -- composition ------------------------------------------------------------------------------
    def attach(self, renderer: Renderer, globe: QWidget) -> None:
        """The globe: `globe` was made with `self.stage` as its parent."""
        self.renderer = renderer
        renderer.on_error.append(self.drawing_failed)
        renderer.on_shape.append(self.chooser.shaped)
        self.stage.set_globe(globe)

    def show_document(self, player: Player | None) -> None:
        """After session.open(): the player of the recording that is open, or None."""
        self.player = player
        self.right.inspector.set_player(player)
        positions = self._open_positions()
        if self.renderer is not None and self.session.document is not None:
            self.renderer.open(self.session.document, player, positions)
        self.panes.set_source(player, positions)
        self._last_numbers = 0.0

    def show_comparison(self, comparison: Comparison | None, side: Side) -> None:
        """After another side of a comparison was opened, or its end (None)."""
        self.comparison = comparison
        self.compare_bar.show_comparison(comparison, side)
        if comparison is None and self.panes.panes["compare"].seen:
            self.panes.toggle("compare")
        self.panes.refresh()

    def _open_positions(self) -> FleetPositions | None:
        """Positions for the views that look at the whole fleet now and then; those of the last document end."""
        if self.positions is not None:
            self.positions.close()
        document = self.session.document
        self.positions = None if document is None else FleetPositions(document.fleet)
        return self.positions

    def node_state(self, row: int) -> NodeState | None:
        """Where a node is at the shown instant."""
        return None if self.renderer is None else self.renderer.node_state(row)

    def start(self) -> None:
        """Begins to tick."""
        self._last_tick = time.perf_counter()
        self._timer.start()
        # Else the first button of the bar has the keyboard, and looks pressed.
        self.stage.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def running(self) -> bool:
        """Whether the display timer runs."""
        return self._timer.isActive()

    # -- every 16 ms ------------------------------------------------------------------------------
    def tick(self) -> None:
        """Clock, picture, marks; numbers five times a second. An error ends the ticking and says so once."""
        now = time.perf_counter()
        wall_dt_s, self._last_tick = min(now - self._last_tick, 1.0), now
        try:
            shown_s = self._draw(wall_dt_s)
        except Exception as error:
            self.halt(error)
            return
        self.timeline.show_shown(shown_s)
        self.chooser.follow(shown_s)
        if now - self._last_numbers >= NUMBERS_S:
            self._last_numbers = now
            self._write_numbers(shown_s)
            self._show_spread()
            self._say_damage()
            self._show_decoded()

    def _write_numbers(self, shown_s: float) -> None:
        """The right panel. An error in it is said once a document; picture and time go on."""
        document = self.session.document
        if document is not None and document is self._numberless:
            return
        try:
            self.right.refresh(shown_s)
        except Exception as error:
            self._numberless = document
            details = "".join(traceback.format_exception(error))
            self.stage.banner.say(f"The numbers at the right have stopped: {error}.", "bad", details)

    def _shown_spread(self) -> Distribution | None:
        return self.stage.legend.spread

    def _show_spread(self) -> None:
        """How the shown values are spread, into the legend."""
        if self.renderer is not None and not self.renderer.broken:
            self.stage.legend.show_distribution(self.renderer.distribution())

    def _show_decoded(self) -> None:
        """What of the shown metric is decoded and kept, under the line of time; how much memory that takes."""
        player, metric = self.player, self.session.colour.metric
        if player is None or metric not in player.metrics:
            self.timeline.track.set_decoded(())
            self.status.show_cache(None)
            return
        self.timeline.show_decoded(player.times_s, player.cached_frames(metric))
        self.status.show_cache((player.cached_bytes, player.budget_bytes))

    def _say_damage(self) -> None:
        """Frames that cannot be read are said once a recording; the ones round them still play."""
        if self.player is not None and self.player.error is not None and self.player is not self._damage_said:
            self._damage_said = self.player
            text = "Some frames of this recording are damaged and cannot be shown; the nearest ones are shown instead."
            self.stage.banner.say(text, "warn", str(self.player.error))

    def drawing_failed(self, error: CannotDrawError) -> None:
        """OpenGL gave up while drawing: said once; time, numbers and files go on without the picture."""
        details = "".join(traceback.format_exception(error))
        self.stage.banner.say(f"Drawing has stopped. {sentence(error.message)} {sentence(error.hint)}", "bad", details)

    def halt(self, error: BaseException) -> None:
        """Drawing went wrong: no further try, one banner; the rest of the window works on."""
        if self._timer.isActive():
            self._timer.stop()
            details = "".join(traceback.format_exception(error))
            self.stage.banner.say(f"Drawing has stopped: {error}. Open the file again to go on.", "bad", details)

    def _draw(self, wall_dt_s: float) -> float:
        """One step; returns the instant the picture shows."""
        if self.renderer is None or self.renderer.broken or self.session.document is None:
            return self.session.clock.advance(wall_dt_s)
        clock = self.session.clock
        self.renderer.tick(wall_dt_s)
        self.status.pace_s = abs(clock.speed) * wall_dt_s if clock.playing else 0.0
        self.stage.show_heat(self.renderer.heat.grid)
        status = self.renderer.status
        self.status.show_draw(status)
        # A picture that is merely one frame behind the clock is no second instant; undecoded frames are.
        return status.shown_t_s if status.stale and status.shown_t_s is not None else self.session.clock.t_s

    # -- what is asked for ---------------------------------------------------------------------------
    def export_charts(self) -> None:
        """What the dock of charts shows; it opens when it was not."""
        if not self.panes.panes["charts"].seen:
            self.panes.toggle("charts")
        self.panes.refresh()
        self.panes.panes["charts"].opened().ask_export("")  # type: ignore[attr-defined]

    def ask_caption(self) -> None:
        """Ctrl+T: a line of words over the globe, also in its pictures; an empty one takes it away."""
        stage = self.session.stage
        text, ok = QInputDialog.getText(
            self, "Caption", "A line over the globe; empty takes it away", text=stage.caption
        )
        if ok:
            stage.caption = text.strip()

    # -- what actions do --------------------------------------------------------------------------
    def next_metric(self, by: int) -> None:
        """C and Shift+C."""
        self.session.next_metric(by)

    def toggle_layer(self, name: str) -> None:
        """Shows or hides a layer, or the switch of that name inside one."""
        import dataclasses

        for layer, settings in self.session.layers.items():
            field = master_field(settings) if layer == name else name if hasattr(settings, name) else None
            if field is not None and isinstance(getattr(settings, field), bool):
                self.session.set_layer(layer, dataclasses.replace(settings, **{field: not getattr(settings, field)}))
                return

    def toggle_heat(self) -> None:
        """H: heat on the ground. A crowd of nodes would hide it: it steps aside, and comes back with the next H."""
        layers, document = self.session.layers, self.session.document
        if "surface_heat" not in layers:
            return
        self.toggle_layer("surface_heat")
        shown = layers["surface_heat"].visible
        crowd = document is not None and len(document.fleet) > CROWD
        if "nodes" in layers and (crowd if shown else self._nodes_aside) and layers["nodes"].visible == shown:
            self.toggle_layer("nodes")
        self._nodes_aside = shown and crowd

    def fly_to_selection(self) -> None:
        """F."""
        if self.renderer is not None and self.session.selection.row is not None:
            self.renderer.fly_to(self.session.selection.row)

    def toggle_follow(self) -> None:
        """G: keep the camera with the selected node, or let go."""
        row, view = self.session.selection.row, self.session.view
        if view.target_row is not None:
            self.whole_globe()
        elif row is not None and self.renderer is not None:
            self.renderer.fly_to(row)

    def whole_globe(self) -> None:
        """Back to the whole Earth."""
        if self.renderer is not None:
            self.renderer.fly_to(None)
        else:
            self.session.view.whole_globe()

    def _make_room(self, crowded: bool) -> None:
        """In a narrow window the left panel steps aside while a view is open beside the globe."""
        if crowded != self._left_aside and not self.top.isHidden():
            self._left_aside = crowded
            self.left.setVisible(not crowded)

    def toggle_panels(self) -> None:
        """Ctrl+backslash: the globe alone, or everything."""
        show = self.left.isHidden()
        for part in (self.left, self.right, self.top, self.timeline, self.status):
            part.setVisible(show)

    def toggle_full_screen(self) -> None:
        """F11."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def leave(self) -> None:
        """Esc: full screen first, then a shape being drawn, the node, the set."""
        focus = self.focusWidget()
        if isinstance(focus, QLineEdit):
            focus.clearFocus()
        elif self.isFullScreen():
            self.showNormal()
        else:
            self.chooser.leave()

    def show_keys(self) -> None:
        """F1."""
        dialogs.KeysDialog(self).open()

    def show_about(self) -> None:
        """Version, data and licences."""
        dialogs.AboutDialog(self).open()

    # -- window -----------------------------------------------------------------------------------
    def _retitle(self) -> None:
        document = self.session.document
        words = [document.title, document.file_name if document.address else ""] if document is not None else []
        self.setWindowTitle(" · ".join([*filter(None, words), "orbitviz"]))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Opens them."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)

    def changeEvent(self, event: QEvent) -> None:
        """A minimised window need not tick."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._last_tick = time.perf_counter()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stops ticking, lets go of what others own."""
        self.following.stop()
        self._timer.stop()
        self.chooser.close()
        self.right.close_work()
        self.panes.stop()
        self.closing.emit()
        if self.positions is not None:
            self.positions.close()
        super().closeEvent(event)


def layer_titles(layers: tuple[Any, ...]) -> dict[str, tuple[str, str]]:
    """(title, sentence) of each layer for the panel."""
    return {layer.NAME: (layer.TITLE, (layer.__doc__ or "").strip().split("\n")[0]) for layer in layers}
