"""The nodes: SGP4 in the vertex shader, accumulated and resolved. Nodes without elements that it can use, and many odd
orbits: by the cubic between two states (states.py). From the processor in float64: small fleets, a few odd orbits and,
when the camera is close, the nodes near it (close.py draws these, near.py finds the last)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.document import Document
from orbitviz.core.fleet import MeanElements
from orbitviz.core.frame import Bracket
from orbitviz.core.keyframes import Keyframes
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.body import span_m
from orbitviz.scene.detail import FULL
from orbitviz.scene.fleet_places import Placed
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer
from orbitviz.scene.layers.nodes import crowded
from orbitviz.scene.layers.nodes.chosen import ChosenNodes
from orbitviz.scene.layers.nodes.close import CloseNodes, Places, few_point, near_looks, odd_sizes, plain_sizes
from orbitviz.scene.layers.nodes.computed import ComputedValues
from orbitviz.scene.layers.nodes.elements import FEW_ODD, FleetOnGpu
from orbitviz.scene.layers.nodes.fade import NearLook, shape_share, spans_px
from orbitviz.scene.layers.nodes.near import NearNodes, near_radius_km
from orbitviz.scene.layers.nodes.odd_states import OddStates
from orbitviz.scene.layers.nodes.ramps import Ramps
from orbitviz.scene.layers.nodes.settings import Look, Settings
from orbitviz.scene.layers.nodes.states import StatesOnGpu
from orbitviz.scene.layers.nodes.values import FrameTextures, ValueScale, close_values, source_of
from orbitviz.scene.resolve import SceneState
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction


class NodesLayer(Layer):
    """Draws into the accumulating target (`draw`) and over the resolved picture (`draw_close`)."""

    NAME, TITLE, STAGE, Settings = "nodes", "Nodes", "nodes", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self.fleet: FleetOnGpu | None = None
        self._programs: dict[tuple[tuple[str, int], ...], gloo.Program] = {}
        self.close = CloseNodes(store)
        self.near_look = NearLook.none()
        self._spans_km = np.zeros(1)
        self._kinds: NDArray[np.integer] = np.zeros(0, np.int64)
        self.chosen = ChosenNodes(store)
        self.near: NearNodes | None = None
        self._ramps = Ramps(store)
        self._frames: FrameTextures | None = None
        self._propagator: Propagator | None = None
        self._computed: ComputedValues | None = None
        self._shown: Bracket | None = None
        self._radius = self.reach = 1.1
        self._odd_rows: NDArray[np.integer] = np.zeros(0, np.int64)
        self._odd_of: NDArray[np.integer] | None = None
        self._odd_known = self._odd_chosen = 0
        self.since = 0
        """Level of detail that lies in the accumulating target already: `draw` adds what the state's has more."""
        self.has_positions = False
        """Whether the recording holds positions; set before open()."""
        self.recorded: StatesOnGpu | None = None
        self.odd: StatesOnGpu | None = None
        self.odd_source: OddStates | None = None

    @property
    def on_gpu(self) -> bool:
        """Whether the GPU places any node."""
        return self.fleet is not None and (bool(self.fleet.buffers) or bool(self._by_state))

    @property
    def engine(self) -> str:
        """Who computes the places."""
        by_state = "recorded positions" if self.wants_recorded else ""
        if self.fleet is None or (by_state and bool(self.fleet.unusable.all())):
            return by_state
        first = "SGP4 on the GPU" if self.fleet.buffers else "SGP4, float64"
        if self.odd is not None:
            first += f", {len(self.odd.rows):,} odd orbits by keyframes"
        return f"{first}, {by_state}" if by_state else first

    @property
    def close_rows(self) -> NDArray[np.integer]:
        """(n,) rows that the processor placed in the last draw; those near the camera are the last `near.rows`."""
        return self.close.places.rows

    @property
    def close_position_km(self) -> NDArray[np.float64]:
        """(n, 3) their places, TEME."""
        return self.close.places.position_km

    # -- documents ----------------------------------------------------------------------------------------------------
    def open(self, document: Document | None) -> None:
        """Uploads the elements, once; of the same fleet with other frames, as when two runs are compared, nothing."""
        if document is not None and self._holds(document):
            self._open_frames(document)
            return
        for old in (self.fleet, self._frames, self.near, self._computed, self.recorded, self.odd, self.odd_source):
            if old is not None:
                old.close()
        self.fleet = self._frames = self._propagator = self._computed = self.near = None
        self.recorded = self.odd = self.odd_source = self._odd_of = None
        self.close.clear()
        self.near_look = NearLook.none()
        self.chosen.close()
        self._odd_known = self._odd_chosen = 0
        if document is None:
            return
        self.fleet = FleetOnGpu(self.store, document.fleet, document.span_s[0])
        self._open_frames(document)
        self._computed = ComputedValues(document.fleet)
        self._elements, self._epoch = document.fleet.elements, document.fleet.epoch
        if self.fleet.buffers:
            self.near = NearNodes(self._elements, self._epoch)
        stateless = np.flatnonzero(self.fleet.unusable)
        if self.has_positions and len(stateless) and not self.fleet.is_small:
            self.recorded = StatesOnGpu(self.store, stateless, len(document.fleet), compact=False)
        self._refresh_odd()
        radius = 1.0 + self._elements.altitude_km / EARTH_RADIUS_KM
        known = np.isfinite(radius)
        self._radius_known = bool(known.any())
        self._radius = max(float(np.median(radius[known])), 1.02) if known.any() else 1.1
        farthest = radius * (1.0 + self._elements.eccentricity)
        self.reach = float(np.max(farthest[known])) * 1.01 if known.any() else 1.1

    def _holds(self, document: Document) -> bool:
        """Whether the elements of a document are the very ones that lie on the GPU; recorded positions never are."""
        if self.fleet is None or self.has_positions or self.recorded is not None:
            return False
        return document.fleet.elements is self._elements and document.fleet.epoch == self._epoch

    def _open_frames(self, document: Document) -> None:
        """Everything but the elements."""
        if self._frames is not None:
            self._frames.close()
        self._frames = FrameTextures(self.store, len(document.fleet))
        self._shown = None
        self._kinds = document.fleet.node_type
        self._spans_km = np.array([span_m(kind) / 1000.0 for kind in document.fleet.node_types] or [0.07])

    def _refresh_odd(self) -> None:
        """Few odd rows go to the processor, many to the thread that makes keyframes of them."""
        assert self.fleet is not None
        for old in (self.odd, self.odd_source):
            if old is not None:
                old.close()
        self.odd = self.odd_source = self._propagator = None
        self._odd_of = rows = self.fleet.close_rows
        if self.recorded is not None:
            rows = rows[~self.fleet.unusable[rows]]
        if not self.fleet.is_small and len(rows) > FEW_ODD:
            self.odd = StatesOnGpu(self.store, rows, self.fleet.total, compact=True)
            self.odd_source = OddStates(self._elements.rows(rows), self._epoch)
            rows = rows[:0]
        self._odd_rows = rows
        self._propagator = Propagator(self._elements.rows(rows), "numpy", self._epoch) if len(rows) else None

    @property
    def wants_recorded(self) -> bool:
        """Whether any node is placed by recorded positions: one whose elements say nothing."""
        return self.has_positions and self.fleet is not None and bool(self.fleet.unusable.any())

    def odd_at(self, t_s: float, speed: float, waits: bool) -> Keyframes | None:
        """Keyframes of the odd rows where they are many; speed: shown seconds a second."""
        if self.odd_source is None:
            return None
        self.odd_source.follow(speed)
        return self.odd_source.wait_for(t_s) if waits else self.odd_source.at(t_s, 1 if speed >= 0.0 else -1)

    @property
    def _by_state(self) -> list[StatesOnGpu]:
        return [states for states in (self.recorded, self.odd) if states is not None]

    def span_km(self, row: int) -> float:
        """Largest extent of a node's shape."""
        return float(self._spans_km[self._kinds[row]]) if row < len(self._kinds) else 0.07

    @property
    def fleet_elements(self) -> MeanElements:
        """Elements of every node of the open document."""
        return self._elements

    def drawn(self, level: int, filtering: bool = False) -> int:
        """Nodes in the picture at a level of detail (behind the Earth counts as in it), of the selected set when the
        others are hidden. Near ones are among those that the shader would draw; that they all are drawn even when the
        others are thinned is not counted."""
        if self.fleet is None:
            return 0
        if filtering:
            return self.chosen.drawn(level) + self._odd_chosen
        return self._accumulated(level) + self._odd_known

    def sample_scale(self, level: int) -> float:
        """How many nodes each accumulated one stands for at a level of detail: all / drawn."""
        return max(self._accumulated(FULL), 1) / max(self._accumulated(level), 1)

    def _accumulated(self, level: int) -> int:
        by_state = sum(states.drawn(level) for states in self._by_state)
        return by_state if self.fleet is None else self.fleet.drawn(level) + by_state

    # -- state --------------------------------------------------------------------------------------------------------
    def bracket(self, state: SceneState) -> Bracket | None:
        """What is shown as stored numbers: recorded frames, or a metric that only the processor computes."""
        if state.bracket is not None:
            return state.bracket
        if self._computed is None or source_of(state.colour, False) != "NONE":
            return None
        return self._computed.bracket(state)

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Uploads what is new: a frame, a re-referenced fleet, places of the processor's nodes."""
        if self.fleet is None or self._frames is None or not new.settings(self.NAME).visible:
            return
        self.fleet.advance(new.t_s)
        if self.fleet.close_rows is not self._odd_of:
            self._refresh_odd()
        self._shown = self.bracket(new)
        dealt = [self.fleet.part_rows, *(states.part_rows for states in self._by_state)]
        self.chosen.apply(new, self.fleet.total, [shares for shares in dealt if len(shares)])
        if self.near is not None and self.fleet.elements is not None:
            self.near.apply(new, self.fleet.elements, self.fleet.error_km(new.t_s))
        self._show_states(new)
        self.prepare_all(new)
        self._apply_close(new)

    def _show_states(self, state: SceneState) -> None:
        for states, keyframes in ((self.recorded, state.recorded), (self.odd, state.odd)):
            if states is not None:
                states.show(keyframes)
        pairs = [pair for pair in (state.recorded, state.odd) if pair is not None]
        farthest_km = max((frame.farthest_km for pair in pairs for frame in (pair.before, pair.after)), default=0.0)
        self.reach = max(self.reach, farthest_km / EARTH_RADIUS_KM * 1.01)
        if state.recorded is not None and not self._radius_known:
            middle_km = np.nanmedian(
                np.linalg.norm(state.recorded.before.places[:: 1 + len(self._elements) // 10_000, :3], axis=1)
            )
            self._radius = max(float(middle_km) / EARTH_RADIUS_KM, 1.02) if np.isfinite(middle_km) else 1.1

    def _variant(self, state: SceneState, extra: str = "", by_state: bool = False) -> gloo.Program:
        """The program for what is shown, compiled at first use."""
        assert self.fleet is not None
        defines = {source_of(state.colour, self._shown is not None): 1}
        if by_state:
            defines["STATES"] = 1
        elif self.fleet.has_drag:
            defines["DRAG"] = 1
        if crowded.takes_one(state):
            defines["HIGHEST"] = 1
        if crowded.mode_of(state) == "ranked":
            defines["KEYED"] = 1
        elif self.compact(state):
            defines["COMPACT"] = 1
        self.chosen.define(state, defines)
        if self.grows(state):
            defines["GROW"] = 1
        elif self.look(state).point < 2.5 and not state.highlighting:
            defines["SMALL"] = 1
        if extra:
            defines[extra] = 1
        key = tuple(sorted(defines.items()))
        if key not in self._programs:
            self._programs[key] = program("layers/nodes/nodes.vert", "layers/nodes/nodes.frag", defines)
        return self._programs[key]

    def compact(self, state: SceneState) -> bool:
        """Whether every node has a value and pixels show means, or counts: two channels accumulate in place of four."""
        if state.highlighting or crowded.takes_one(state):
            return False
        if crowded.mode_of(state) == "count":
            return True
        if source_of(state.colour, self._shown is not None) == "NONE":
            return False
        return self._shown is None or self._frames is None or not self._frames.gaps(self._shown, state.colour.metric)

    def prepare_all(self, state: SceneState, extra: str = "") -> None:
        """Every program that `draw_all` uses, at `state`; extra: PICK for ids."""
        if self.fleet is not None and self.fleet.buffers:
            self.prepare(state, extra)
        for states in self._by_state:
            if states.shown is not None:
                self.prepare(state, extra, states)

    def draw_all(self, state: SceneState, level: int, extra: str = "", since: int = 0, **uniforms: Any) -> None:
        """Every node that the GPU places, with programs that prepare_all has set up; `since`: only those that `level`
        has more than that one; uniforms: others than those of the look."""
        assert self.fleet is not None
        kinds: list[StatesOnGpu | FleetOnGpu] = [*self._by_state]
        for kind in [self.fleet, *kinds] if self.fleet.buffers else kinds:
            by_state = kind is not self.fleet
            if isinstance(kind, StatesOnGpu) and kind.shown is None:
                continue
            shader = self._variant(state, extra, by_state)
            if isinstance(kind, StatesOnGpu):
                kind.prepare(shader, state.t_s)  # both sets share the program
            for name, value in uniforms.items():
                shader[name] = value
            kind.draw(shader, level, since)

    def prepare(self, state: SceneState, extra: str = "", states: StatesOnGpu | None = None) -> gloo.Program:
        """A variant of the program with every uniform at `state`; also for the id pass and for tests."""
        assert self.fleet is not None and self._frames is not None
        shader = self._variant(state, extra, states is not None)
        shader["u_grid"] = (self.fleet.columns, self.fleet.rows)
        if states is not None:
            states.prepare(shader, state.t_s)
        else:
            for index, texture in enumerate(self.fleet.textures):
                shader[f"u_elements_{index}"] = texture
            shader["u_time"] = self.fleet.time_uniform(state.t_s)
        shader["u_eye"] = (state.pose.eye / EARTH_RADIUS_KM).astype(np.float32)
        shader["u_parallel"] = state.pose.parallel
        shader["u_clip_from_relative"] = state.pose.clip_from_relative(state.size).T.astype(np.float32)
        look = self.look(state)
        shader["u_point"], shader["u_plain"] = look.point, look.plain
        rest = self.look(state, self.fleet.total).point if state.highlighting else 0.0
        self.chosen.set_uniforms(shader, state, rest)
        # States are exact to half a metre: near.py takes none of them over.
        near = 0.0 if self.near is None or states is not None else self.near.radius_km / EARTH_RADIUS_KM
        shader["u_near_square"] = near * near
        shader["u_turn"] = crowded.turn_of(state)
        if crowded.mode_of(state) == "ranked" and state.colour.metric is not None:
            shader["u_rank"] = (state.colour.metric.full_scale, *crowded.rank_of(state.colour.metric))
        if self.grows(state):
            shader["u_scale"] = self._value_place(state)
        source = source_of(state.colour, self._shown is not None)
        info = state.colour.metric
        if source == "RECORDED" and self._shown is not None and info is not None:
            shader["u_before"], shader["u_after"] = self._frames.show(self._shown)
            shader["u_mix"] = float(self._shown.mix)
            shader["u_fill"] = -1.0 if info.fill is None else info.fill / info.full_scale
        elif source == "SUNLIT":
            shader["u_sun"] = state.sky.sun
        elif source == "ALTITUDE_KM" and info is not None:
            shader["u_altitude"] = (info.low / EARTH_RADIUS_KM, EARTH_RADIUS_KM / max(info.high - info.low, 1e-9))
        elif source == "LATITUDE_RAD" and info is not None:
            shader["u_latitude"] = (info.low, 1.0 / max(info.high - info.low, 1e-9))
        return shader

    def _apply_close(self, state: SceneState) -> None:
        places = self._odd_places(state)
        if self.near is not None and len(self.near.rows):
            plain = self.look(state).point
            looks = near_looks(self.near.position_km, state, self._near_radius_km(state), plain)
            places = places.and_(Places(self.near.rows, self.near.position_km, *looks))
        places = self.chosen.dim(state, places)
        if not len(places.rows):
            self.close.clear()
            self.near_look = NearLook.none()
            return
        lit = lit_fraction(places.position_km, np.array(state.sky.sun) * state.sky.sun_distance_km)
        values = close_values(state.colour, self._shown, places.rows, places.position_km, lit)
        self.chosen.grey(state, places, values)
        shapes = state.settings("shapes")
        span_px = spans_px(places.position_km, self._spans_km[self._kinds[places.rows]], state)
        share = shape_share(span_px, state.scale) if shapes.visible else np.zeros(len(span_px))
        last = crowded.painted_last(state, values)
        places = self._grown(state, places, values)
        if crowded.mode_of(state) == "count":
            values = crowded.crowd_places(state, places.position_km, places.point_px, len(self._kinds))
        self.near_look = NearLook(share, span_px, values, lit)
        self.close.fill(places.fading(share), state.pose.eye, values, last)

    def grows(self, state: SceneState) -> bool:
        """Whether the size of a node shows its value."""
        amounts = state.colour.metric is not None and state.colour.categories is None
        return bool(state.settings(self.NAME).by_value) and amounts and crowded.mode_of(state) != "count"

    def _grown(self, state: SceneState, places: Places, values: NDArray[np.float32]) -> Places:
        if not self.grows(state):
            return places
        start, gain = self._value_place(state)
        times = crowded.grown(start + gain * values[:, 0].astype(np.float64), values[:, 1])
        return replace(places, point_px=places.point_px * times)

    def _near_radius_km(self, state: SceneState) -> float:
        assert self.fleet is not None
        return near_radius_km(state, self.fleet.error_km(state.t_s))

    def _odd_places(self, state: SceneState) -> Places:
        """Of small fleets, and of the orbits that the shader cannot draw."""
        if self._propagator is None:
            self._odd_known = self._odd_chosen = 0
            return Places.none()
        position_km = np.asarray(self._propagator.states(state.t_s, velocity=False)[0][0], np.float64)
        if state.recorded is not None:
            position_km = state.recorded.fill(position_km, state.t_s, self._odd_rows)
        known = np.isfinite(position_km[:, 0])
        self._odd_known = int(np.count_nonzero(known))
        if state.mask is not None:
            self._odd_chosen = int(np.count_nonzero(state.mask[self._odd_rows[known]]))
        if self.near is None:
            sizes = plain_sizes(position_km, state, self.close_point(state))
        else:
            radius_km, plain_km = self._near_radius_km(state), self.look(state).plain * EARTH_RADIUS_KM
            sizes = odd_sizes(position_km, state, radius_km, self.close_point(state), plain_km)
        return Places(self._odd_rows, position_km, sizes, np.ones(len(sizes)))

    def placed(self, state: SceneState) -> Placed:
        """How the picture of `state` places the nodes, for work on another thread."""
        assert self.fleet is not None
        keyed: list[tuple[NDArray[np.integer], Keyframes, NDArray[np.integer]]] = []
        if state.recorded is not None:
            rows = np.flatnonzero(self.fleet.unusable)
            keyed.append((rows, state.recorded, rows))
        if state.odd is not None and self.odd is not None:
            keyed.append((self.odd.rows, state.odd, np.arange(len(self.odd.rows))))
        return Placed(self.fleet.elements, self._odd_rows, tuple(keyed))

    # -- look ---------------------------------------------------------------------------------------------------------
    def look(self, state: SceneState, of: int = 0) -> Look:
        """Size and density from how many nodes share how many pixels at this distance; of: so many nodes, 0: the
        fleet's, with a set between its number and the fleet's: few are larger, a dense corner is not painted solid."""
        settings: Settings = state.settings(self.NAME)
        total = self.fleet.total if self.fleet is not None else 1
        count = max(of or (total if state.chosen is None else math.sqrt(total * state.chosen[2])), 1)
        distance = float(np.linalg.norm(state.pose.eye)) / EARTH_RADIUS_KM
        # Nodes in mid-picture are as near as the shell's nearest point, those at the limb at the tangent's end.
        tangent = math.sqrt(max(distance * distance - self._radius**2, 0.04))
        away = 0.8 * max(distance - self._radius, 0.06) + 0.2 * tangent
        radius_px = self._radius / away * state.size[1] / (2.0 * state.pose.tan_half)
        spacing = math.sqrt(4.0 * math.pi * radius_px**2 / count)
        point = min(max(0.30 * spacing / state.scale, 2.0), 5.5) * settings.size
        point = 2.0 if point * state.scale < 2.5 else point * state.scale
        cover = (1.0 if point < 2.5 else 0.785 * point * point) / max(spacing * spacing, 1e-6)
        alone = 4.0 if point >= 2.5 else min(max(0.6 / (cover + 0.15), 0.8), 2.6)
        return Look(point, alone * settings.opacity, away)

    def close_point(self, state: SceneState) -> float:
        """Diameter in device pixels of a node of a small fleet or odd orbit, at the middle of the picture."""
        settings: Settings = state.settings(self.NAME)
        if self.on_gpu:
            return max(self.look(state).point, 3.0 * state.scale)
        enlarged = state.scale * max(1.0, state.size[1] / state.scale / 1080.0)
        return few_point(len(self._odd_rows)) * settings.size * enlarged

    def ramp(self, state: SceneState) -> gloo.Texture2D:
        """The colours of the range as a texture, 4 kB: a plain one is uploaded once and serves any range; a warped one
        (log, percentile, about zero) again whenever its warp changes."""
        return self._ramps.of(state.colour, counts=crowded.mode_of(state) == "count")

    def place(self, state: SceneState) -> tuple[float, float]:
        """(offset, gain) of the place on the ramp, of the values of nodes that are drawn each for itself."""
        return (0.0, 1.0) if crowded.mode_of(state) == "count" else self._value_place(state)

    def _value_place(self, state: SceneState) -> tuple[float, float]:
        return ValueScale.of(state.colour.metric, self._shown is not None).place(state.colour)

    def glow(self, state: SceneState) -> float:
        """Strength of the shine of bright values: none on a pale ground, nor of categories."""
        shines = state.theme == "dark" and state.colour.categories is None
        return float(state.settings(self.NAME).glow) if shines else 0.0

    # -- drawing ------------------------------------------------------------------------------------------------------
    def draw(self, state: SceneState) -> None:
        """Accumulates the shader's nodes."""
        if not self.on_gpu or not state.settings(self.NAME).visible:
            return
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one"))
        gloo.set_blend_equation("max" if crowded.takes_one(state) else "func_add", "func_add")
        self.draw_all(state, state.level, since=self.since)
        gloo.set_blend_equation("func_add")

    def set_resolve(self, state: SceneState, resolve: gloo.Program) -> None:
        """The resolve pass's uniforms."""
        look = self.look(state)
        resolve["u_ramp"] = self.ramp(state)
        resolve["u_scale"] = self._value_place(state)
        resolve["u_turn"] = crowded.turn_of(state)
        resolve["u_mean"] = 0.0 if crowded.takes_one(state) else 1.0
        resolve["u_keyed"] = float(crowded.mode_of(state) == "ranked")
        # A sample stands for all: fewer nodes a pixel must make neither the picture darker nor the counts smaller.
        stand_for = self.sample_scale(state.level)
        counting = crowded.mode_of(state) == "count" and self.fleet is not None
        resolve["u_count"] = crowded.count_scale(len(self._kinds), stand_for) if counting else (1.0, 0.0)
        glow = self.glow(state)
        if glow > 0.0:
            resolve["u_glow"] = (state.scale / state.size[0], state.scale / state.size[1], glow)
        scale_up = math.sqrt(stand_for)
        resolve["u_density"] = look.density * scale_up
        if state.highlighting and self.fleet is not None:
            resolve["u_rest_density"] = self.look(state, self.fleet.total).density * scale_up
        resolve["u_most"] = 0.93

    def draw_close(self, state: SceneState) -> None:
        """The processor's nodes, over the resolved picture."""
        if state.settings(self.NAME).visible:
            self.close.draw(state, self.ramp(state), self.place(state), self.glow(state))
