"""Where every node of a fleet is, on the processor and off the window's thread: for shapes drawn on the globe, regions
of the ground, and values that only positions give. The very sums of the vertex shader (sim.shader_elements), so what is
selected is what is seen; rows that the shader does not draw by SGP4 in float64, or by their keyframes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.core.keyframes import Keyframes
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.metrics import METRICS, OrbitFrame
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.shapes import inside_shape
from orbitviz.session.predicates import Instant
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.shader_elements import ShaderElements, emulate_shader, split_time
from orbitviz.sim.sunlight import lit_fraction, sun_teme

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Places = NDArray[np.floating[Any]]
_BLOCK = 16384


@dataclass(frozen=True)
class Placed:
    """How the picture places its nodes. elements: by the vertex shader; odd_rows: by the processor, in float64; keyed:
    by keyframes, (rows of the fleet, keyframes, their rows in these)."""

    elements: ShaderElements | None
    odd_rows: NDArray[np.integer]
    keyed: tuple[tuple[NDArray[np.integer], Keyframes, NDArray[np.integer]], ...] = ()

    def same(self, other: Placed) -> bool:
        """Whether places of one instant are the same."""
        keys = [[(id(keyframes.before), id(keyframes.after)) for _, keyframes, _ in one.keyed] for one in (self, other)]
        return self.elements is other.elements and self.odd_rows is other.odd_rows and keys[0] == keys[1]


class FleetPlaces:
    """Places of a fleet; those of the last instant are kept (12 bytes a node). May be asked from any thread."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._lock = threading.Lock()
        self._kept: tuple[Placed, float, Places] | None = None
        self._odd: tuple[object, Propagator] | None = None

    def at(self, t_s: float, how: Placed) -> Places:
        """(N, 3) km TEME, NaN where there is none: float32 with the shader's elements, else float64."""
        with self._lock:
            if self._kept is None or self._kept[1] != t_s or not self._kept[0].same(how):
                self._kept = (how, t_s, self._compute(t_s, how))
            return self._kept[2]

    def _compute(self, t_s: float, how: Placed) -> Places:
        places: Places = np.full((len(self._fleet), 3), np.nan)
        if how.elements is not None:
            places = shader_places_km(how.elements, t_s)
        if len(how.odd_rows):
            places[how.odd_rows] = self._exact(how.odd_rows, t_s)
        for rows, keyframes, inside in how.keyed:
            gaps = np.isnan(places[rows, 0])
            places[rows[gaps]] = keyframes.states(t_s, inside[gaps])[0]
        return places

    def _exact(self, rows: NDArray[np.integer], t_s: float) -> F64:
        if self._odd is None or self._odd[0] is not rows:
            self._odd = (rows, Propagator(self._fleet.elements.rows(rows), "numpy", self._fleet.epoch))
        return np.asarray(self._odd[1].states(t_s, velocity=False)[0][0], np.float64)


def shader_places_km(elements: ShaderElements, t_s: float) -> F32:
    """(N, 3) km TEME as the vertex shader has them; NaN for rows that it does not draw."""
    places = np.full((len(elements), 3), np.nan, np.float32)
    for start in range(0, len(elements), _BLOCK):
        rows = slice(start, min(start + _BLOCK, len(elements)))
        fine = elements.rows_ok[rows]
        part = ShaderElements(elements.t_ref_s, elements.texels[:, rows], fine, elements.has_drag)
        block = emulate_shader(part, *split_time(t_s, elements.t_ref_s)) * np.float32(EARTH_RADIUS_KM)
        block[~fine] = np.nan
        places[rows] = block
    return places


@dataclass(frozen=True)
class Shown:
    """What the picture shows, kept for a thread. near: rows and exact places (km TEME) of the nodes that the processor
    placed. bracket_of(metric, t_s) may wait for a frame."""

    fleet: Fleet
    metrics: Mapping[str, MetricInfo]
    state: SceneState
    how: Placed
    near: tuple[NDArray[np.integer], F64]
    places: FleetPlaces
    bracket_of: Callable[[str, float], Bracket | None]

    def places_km(self) -> Places:
        """(N, 3) km TEME."""
        return self.places.at(self.state.t_s, self.how)

    def inside(self, corners_px: F64) -> NDArray[np.bool_]:
        """(N,) nodes that are seen inside a polygon (K, 2), device pixels; none that the filter hides."""
        pose, size = self.state.pose, self.state.size
        result = inside_shape(self.places_km(), pose, size, corners_px)
        rows, position_km = self.near
        if self.how.elements is not None and len(rows):
            result[rows] = inside_shape(position_km, pose, size, corners_px)
        if self.state.filtering and self.state.mask is not None:
            result &= self.state.mask > 0
        return result

    def values(self, metric: str) -> F32:
        """(N,) of a metric that is computed from positions or elements."""
        t_s = self.state.t_s
        position_km = np.asarray(self.places_km(), np.float64)
        unit, distance_km = sun_teme(self.fleet.epoch, t_s)
        sun_km = np.ravel(unit) * float(np.ravel(distance_km)[0])
        frame = OrbitFrame(self.fleet, t_s, position_km, sun_km, lit_fraction(position_km, sun_km))
        return METRICS[metric].compute(frame)

    def instant(self) -> Instant:
        """As conditions ask for it."""
        return Instant(
            self.fleet,
            self.metrics,
            lambda metric: self.bracket_of(metric, self.state.t_s),
            self.values,
            lambda: (self.places_km(), self.state.sky.gmst_rad),
        )
