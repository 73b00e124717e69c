"""Renderer: session -> state -> picture. tick() once a display frame, draw() when the canvas asks. Read this first.

t       = clock.advance()          the instant asked for
bracket = player.bracket_at(t)     the frames round it, perhaps stale: then positions are shown at their instant too
state   = resolve(session, ...)    frozen; equal states draw equal pictures, so an equal one is not drawn again
draw    = background (sky, globe) -> nodes accumulated -> resolved over the background -> overlays -> window
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.distribution import Distribution
from orbitviz.core.document import Document
from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import CannotDrawError
from orbitviz.core.frame import Bracket
from orbitviz.core.keyframes import Keyframes
from orbitviz.player import FleetPositions, Player
from orbitviz.scene.camera import Camera
from orbitviz.scene.canvas import GlobeCanvas
from orbitviz.scene.compose import Composer
from orbitviz.scene.detail import FULL, Detail
from orbitviz.scene.fleet_places import FleetPlaces, Shown
from orbitviz.scene.framing import node_view, ride_view, turned_view
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.heat_source import HeatSource
from orbitviz.scene.layer import Layer
from orbitviz.scene.layers import LAYERS
from orbitviz.scene.layers.globe.textures import earth_pictures
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.mouse import Mouse, Shape
from orbitviz.scene.passes import Passes
from orbitviz.scene.picking import Picker
from orbitviz.scene.pose import pose_of
from orbitviz.scene.recovery import Attempts, cannot_draw, check_context, forget_objects, has_objects
from orbitviz.scene.resolve import SceneState, Sky, resolve
from orbitviz.scene.shown_values import ShownValues
from orbitviz.scene.status import DrawStatus, NodeState, NodeStates
from orbitviz.session.selection import How
from orbitviz.session.session import Session

_log = logging.getLogger(__name__)
CLOSE_UP = 4.0
"""Spans of a node's shape that the camera is away in a close-up."""


class Renderer:
    """Draws a session on a canvas. `on_status`: called with a DrawStatus after each drawn frame; `on_shape`: with a
    rectangle or lasso as it is drawn (`mouse.tool` says which is, without a key held); `on_error`: once, when OpenGL
    cannot draw after all (`broken` is set and nothing more is drawn in the window)."""

    def __init__(self, session: Session, canvas: GlobeCanvas) -> None:
        earth_pictures()  # decoding begins while the rest is set up
        self.session = session
        self.canvas = canvas
        self.store = GpuStore()
        self.status = DrawStatus()
        self.on_status: list[Callable[[DrawStatus], None]] = []
        self.on_shape: list[Callable[[Shape], None]] = []
        self.on_error: list[Callable[[CannotDrawError], None]] = []
        self.broken = False
        self.camera = Camera(session.view)
        self.player: Player | None = None
        self.heat = HeatSource()
        self._document: Document | None = None
        self._states: NodeStates | None = None
        self._places: FleetPlaces | None = None
        self._shown_values: ShownValues | None = None
        self._detail = Detail()
        self._attempts = Attempts()
        self._wanted: SceneState | None = None
        self._drawn: SceneState | None = None
        self._moving = False
        self._ticked_t_s = session.clock.t_s
        self._stale = False
        self._warm = False
        session.register_layers({layer.NAME: layer.Settings() for layer in LAYERS})
        self._make()
        self.mouse = Mouse(canvas, self.camera, self._clicked, self._shaped)
        canvas.events.draw.connect(self._on_draw)
        canvas.events.resize.connect(self._on_resize)
        canvas.events.initialize.connect(self._on_initialize)

    def _make(self) -> None:
        """Everything of ours that lies in the context, empty."""
        self.canvas.set_current()
        self._passes = Passes(self.store)
        self.layers: list[Layer] = [layer(self.store) for layer in LAYERS]
        self.nodes = next(layer for layer in self.layers if isinstance(layer, NodesLayer))
        for layer in self.layers:
            layer.join(self.layers)
        self._composer = Composer(self.layers, self.nodes)
        self._picker = Picker()
        self._drawn = self._wanted = None
        self._warm = False

    # -- what is open -------------------------------------------------------------------------------------------------
    def open(self, document: Document | None, player: Player | None, positions: FleetPositions | None = None) -> None:
        """Another document: its elements are uploaded, once. Player and positions are the caller's to close."""
        self.canvas.set_current()
        self.player, self._document = player, document
        self._open_layers()
        self._states = None if document is None else NodeStates(document.fleet)
        self._places = None if document is None else FleetPlaces(document.fleet)
        self._shown_values = None if document is None else ShownValues(document.fleet)
        self.camera.settle()
        self._detail.forget()
        self.heat.open(document, player, positions, self.nodes.wants_recorded)
        self._drawn = None

    def _open_layers(self) -> None:
        self.nodes.has_positions = self.player is not None and self.player.states is not None
        for layer in self.layers:
            layer.open(self._document)

    def rebuild(self, same_context: bool = True) -> None:
        """Makes everything on the GPU anew from what the processor has: session, document and player are untouched, so
        time, camera and selection stay. For a context that was lost or came anew (same_context False)."""
        for layer in self.layers:
            with contextlib.suppress(Exception):  # deletes in a lost context may fail; threads end all the same
                layer.open(None)
        forget_objects(self.canvas, delete=same_context)
        self._make()
        self._open_layers()
        self._detail.forget()
        _log.warning("the picture was made anew")

    # -- once a display frame -----------------------------------------------------------------------------------------
    def tick(self, wall_dt_s: float) -> bool:
        """Advances clock and camera, works out the state; True when a redraw was asked for. Never waits."""
        clock = self.session.clock
        clock.advance(wall_dt_s)
        self.camera.advance(wall_dt_s)
        # A dragged timeline moves too.
        self._moving = self.camera.moving or clock.playing or clock.t_s != self._ticked_t_s
        self._ticked_t_s = clock.t_s
        total = 0 if self._document is None else len(self._document.fleet)
        choice = self.session.layers["nodes"].detail
        level = self._detail.level(self._moving, wall_dt_s, total, choice)
        state = self._resolve(self._bracket(), self.canvas.pixels, self.canvas.scale, level, wall_dt_s)
        if state == self._drawn:
            return False
        self._wanted = state
        self.canvas.update()
        return True

    def _bracket(self) -> Bracket | None:
        metric, clock = self.session.colour.metric, self.session.clock
        if self.player is None or metric not in self.player.metrics:
            self._stale = False
            return None
        bracket = self.player.bracket_at(clock.t_s, metric, 1 if clock.speed >= 0 else -1)
        self._stale = bracket is None or bracket.elsewhere
        return bracket

    def _keyframes(self, t_s: float, waits: bool) -> tuple[Keyframes | None, Keyframes | None]:
        """Of the nodes placed by states: the recorded ones, those of many odd orbits."""
        clock = self.session.clock
        recorded = None
        if self.player is not None and self.player.states is not None and self.nodes.wants_recorded:
            states = self.player.states
            recorded = states.wait_for(t_s) if waits else states.at(t_s, 1 if clock.speed >= 0.0 else -1)
            self._stale = self._stale or recorded is None or recorded.stale or recorded.clamped(t_s) != t_s
        shown_t_s = t_s if recorded is None else recorded.clamped(t_s)
        return recorded, self.nodes.odd_at(shown_t_s, clock.speed if clock.playing else 0.0, waits)

    def _resolve(
        self,
        bracket: Bracket | None,
        size: tuple[int, int],
        scale: float,
        level: int,
        dt_s: float | None,
        waits: bool = False,
        theme: str | None = None,
    ) -> SceneState:
        """The state to draw; dt_s None: for a picture, the camera as the session has it, without inertia or flight.
        waits: for the states of nodes without elements. theme: in place of the session's."""
        session = self.session
        t_s = session.clock.t_s if bracket is None else bracket.t_shown_s
        recorded, odd = self._keyframes(t_s, waits)
        # Nothing is drawn beyond its last known state: then the whole picture is of that instant.
        t_s = t_s if recorded is None else recorded.clamped(t_s)
        if self._states is not None:
            self._states.recorded = recorded
        if self._shown_values is not None:
            self._shown_values.recorded = recorded
        epoch = session.document.epoch if session.document is not None else Epoch.from_jd(2461119.5)
        sky = Sky.at(epoch, t_s)
        target, velocity = (
            (np.zeros(3), None) if self._states is None else self._states.target(session.view.target_row, t_s)
        )
        if dt_s is None:
            pose = pose_of(session.view, sky.gmst_rad, target, velocity_km_s=velocity)
        else:
            pose = self.camera.pose(sky.gmst_rad, target, dt_s, velocity)
        spread = None
        if session.colour_scale == "percentile":
            spread = self._spread(bracket, sky, exact=dt_s is None)
        state = resolve(session, bracket, pose, sky, size, scale, level, recorded, odd, theme, spread)
        return self.heat.into(state)

    def _spread(self, bracket: Bracket | None, sky: Sky, exact: bool) -> Distribution | None:
        return None if self._shown_values is None else self._shown_values.of(self.session.metric, bracket, sky, exact)

    def distribution(self, exact: bool = False) -> Distribution | None:
        """How the values of the shown instant are spread; None before the first draw and where there are no values."""
        drawn = self._drawn
        if drawn is None or drawn.colour.metric != self.session.metric:
            return None
        return self._spread(drawn.bracket, drawn.sky, exact)

    def state_now(self) -> SceneState:
        """The state of this instant at the canvas's size, full detail, without inertia or flight; waits for nothing."""
        return self._resolve(self._bracket(), self.canvas.pixels, self.canvas.scale, FULL, None)

    def state_exact(self) -> SceneState:
        """As state_now, waiting for the states of nodes without elements."""
        return self._resolve(self._bracket(), self.canvas.pixels, self.canvas.scale, FULL, None, waits=True)

    @property
    def drawn_state(self) -> SceneState | None:
        """What lies in the off-screen picture."""
        return self._drawn

    @property
    def filled_pixels(self) -> int:
        """By full-screen passes since the start."""
        return self._passes.filled_pixels

    def draw_wanted(self) -> None:
        """What the last tick asked for, off-screen, and onto the canvas: a frame as the window makes it."""
        self.canvas.set_current()
        self._draw_window()

    def present(self) -> None:
        """The picture onto the canvas."""
        self._passes.present(self.canvas.pixels)

    def draw_now(self) -> None:
        """Draws this instant off-screen, whether or not the canvas asks: for tests and benches."""
        self.canvas.set_current()
        self.draw(self.state_exact())

    # -- drawing ------------------------------------------------------------------------------------------------------
    def _on_initialize(self, event: Any) -> None:
        """Qt makes a new context when the canvas moves to another window: what was made lay in the old one."""
        if has_objects(self.canvas) and not self.broken:
            self.rebuild(same_context=False)

    def _on_resize(self, event: Any) -> None:
        self._wanted = None

    def _on_draw(self, event: Any) -> None:
        if self.broken:
            return
        try:
            self._draw_window()
            return
        except Exception as error:  # compilers and drivers raise what they like; inside vispy it would only be printed
            failure = error
        if self._attempts.allowed():
            _log.warning("drawing failed once", exc_info=failure)
            try:
                self.rebuild()
                self._draw_window()
                return
            except Exception as error:
                failure = error
        self._give_up(failure)

    def _give_up(self, error: Exception) -> None:
        """Said once; nothing more is drawn."""
        self.broken = True
        _log.error("drawing failed", exc_info=error)
        for listener in self.on_error:
            listener(cannot_draw(error))

    def _draw_window(self) -> None:
        if self._wanted is None or self._wanted.size != self.canvas.pixels:
            self._wanted = self._resolve(self._bracket(), self.canvas.pixels, self.canvas.scale, FULL, 0.0)
        if self._wanted != self._drawn:
            self.draw(self._wanted)
        self._passes.present(self.canvas.pixels)

    def draw(self, state: SceneState) -> None:
        """Draws a state into the off-screen picture; what did not change is kept from the last time."""
        started = time.perf_counter()
        whole = self._composer.draw(self._passes, self._drawn, state)
        gloo.finish()
        check_context()
        frame_ms = (time.perf_counter() - started) * 1e3
        self._detail.drawn(state.level)
        if self._warm and whole:  # a first frame compiles shaders and uploads: it says nothing about the next
            self._detail.measured(frame_ms, state.level)
        self._warm = self._drawn is not None
        self._drawn = state
        self._report(state, frame_ms)

    def _report(self, state: SceneState, frame_ms: float) -> None:
        total = 0 if self._document is None else len(self._document.fleet)
        wanted = state.chosen[2] if state.chosen is not None and state.filtering else total
        drawn = self.nodes.drawn(state.level, state.filtering)
        fleet = self.nodes.fleet
        full = self.nodes.drawn(FULL, state.filtering)
        note = ""
        if drawn < full:
            note = f"{drawn:,} of {wanted:,} while moving"
        elif full < wanted and state.settings("nodes").visible:
            note = f"{full:,} of {wanted:,} drawn: the others have no state at this time or cannot be computed"
        else:
            note = next((layer.note for layer in self.layers if layer.note), "")
        self.status = DrawStatus(
            drawn=drawn if state.settings("nodes").visible else 0,
            total=total,
            wanted=wanted,
            moving=self._moving,
            frame_ms=frame_ms,
            note=note,
            engine="" if fleet is None else self.nodes.engine,
            shown_t_s=state.t_s,
            stale=self._stale,
            uploaded_bytes=self.store.uploaded_bytes,
        )
        for listener in self.on_status:
            listener(self.status)

    # -- pictures -----------------------------------------------------------------------------------------------------
    def picture(
        self, size: tuple[int, int], caption: str = "", legend: bool = True, theme: str | None = None
    ) -> NDArray[np.uint8]:
        """(H, W, 4) uint8 of this view in any size, everything drawn, with caption, legend and UTC written in.
        theme: dark, light or print in place of the session's."""
        from orbitviz.scene.lettering import letter

        self.canvas.set_current()
        bracket = None
        metric = self.session.colour.metric
        if self.player is not None and metric in self.player.metrics:
            bracket = self.player.wait_for(self.session.clock.t_s, metric)
        state = self._resolve(bracket, size, max(1.0, size[1] / 1080.0), FULL, None, waits=True, theme=theme)
        state = self.heat.settled(state)
        passes = Passes(self.store)
        self._composer.draw(passes, None, state)
        pixels = np.ascontiguousarray(passes.picture.read().astype(np.uint8))
        passes.delete()
        self._drawn = None  # uniforms now are the picture's
        spread = self._spread(state.bracket, state.sky, exact=True) if legend else None
        nodes = 0 if self._document is None else len(self._document.fleet)
        return letter(pixels, state, caption, legend, spread, nodes)

    # -- nodes --------------------------------------------------------------------------------------------------------
    def pick(self, x_px: float, y_px: float) -> int | None:
        """Row of the node at device pixels x, y from the top left, or None."""
        if self._drawn is None:
            return None
        self.canvas.set_current()
        return self._picker.pick(self.nodes, self._drawn, x_px, y_px)

    def node_state(self, row: int) -> NodeState:
        """Where a node is at the shown instant, float64."""
        assert self._states is not None, "a document must be open"
        t_s = self.session.clock.t_s if self._drawn is None else self._drawn.t_s
        return self._states.at(row, t_s)

    def fly_to(self, row: int | None) -> None:
        """To a node, which is followed from then on; to the one that is followed already: close to it. None: back to
        the whole globe."""
        view = self.session.view
        self.camera.fly()
        if row is None:
            view.whole_globe()
            return
        close_up_km = self.nodes.span_km(row) * CLOSE_UP if view.target_row == row else None
        gmst_rad = 0.0 if self._drawn is None else self._drawn.sky.gmst_rad
        view.update(**node_view(view, row, self.node_state(row).position_km, gmst_rad, close_up_km))

    def turn_to(self, row: int, t_s: float) -> None:
        """Turns the globe so that a node is on the near side at an instant; the distance stays."""
        if self._states is None or self._document is None:
            return
        gmst_rad = Sky.at(self._document.epoch, t_s).gmst_rad
        turned = turned_view(self.session.view, self._states.at(row, t_s).position_km, gmst_rad)
        if turned:
            self.camera.fly()
            self.session.view.update(**turned)

    def ride(self, row: int, where: str) -> None:
        """With a node: looking "ahead" along its velocity, "back" or "down"."""
        self.camera.fly()
        self.session.view.update(**ride_view(self.session.view, row, where, self.nodes.span_km(row)))

    def shown(self) -> Shown | None:
        """What the picture shows, for work on another thread; None while nothing is drawn."""
        document = self._document
        if document is None or self._places is None or self._drawn is None:
            return None
        player, kept = self.player, self._drawn.bracket

        def bracket_of(metric: str, t_s: float) -> Bracket | None:
            if kept is not None and kept.before.metric == metric:
                return kept
            return player.wait_for(t_s, metric) if player is not None and metric in player.metrics else None

        return Shown(
            document.fleet,
            document.metrics,
            self._drawn,
            self.nodes.placed(self._drawn),
            (self.nodes.close_rows, self.nodes.close_position_km),
            self._places,
            bracket_of,
        )

    def _shaped(self, shape: Shape) -> None:
        for listener in self.on_shape:
            listener(shape)

    def _clicked(self, x_px: float, y_px: float, twice: bool, how: How) -> None:
        row = self.pick(x_px, y_px)
        if how != "replace":
            if row is not None and self.session.document is not None:
                self.session.selection.select_rows(np.array([row]), self.session.document.fleet.label(row), how)
            return
        if not twice or row is not None:
            self.session.selection.row = row
        if twice and row is not None:
            self.fly_to(row)

    def close(self) -> None:
        """Lets go of the GPU's memory and threads."""
        self.canvas.set_current()
        for layer in self.layers:
            layer.open(None)
        self.heat.close()
