"""Where every node of a fleet is, on the processor and off the window's thread: for shapes drawn on the globe, regions
of the ground, and values that only positions give. The very sums of the vertex shader (sim.shader_elements), so what is
selected is what is seen; rows that the shader does not draw by SGP4 in float64."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import Bracket, MetricInfo
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
_BLOCK = 16384


class FleetPlaces:
    """Places of a fleet; those of the last instant are kept (12 bytes a node). May be asked from any thread."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._lock = threading.Lock()
        self._kept: tuple[object, float, NDArray[np.floating[Any]]] | None = None
        self._odd: tuple[object, Propagator] | None = None

    def at(
        self, t_s: float, elements: ShaderElements | None, odd_rows: NDArray[np.integer]
    ) -> NDArray[np.floating[Any]]:
        """(N, 3) km TEME, NaN where there is none: float32 with the shader's elements, float64 for a fleet that the
        processor places altogether. odd_rows: those that the shader leaves to the processor."""
        with self._lock:
            if self._kept is None or self._kept[0] is not elements or self._kept[1] != t_s:
                self._kept = (elements, t_s, self._compute(t_s, elements, odd_rows))
            return self._kept[2]

    def _compute(
        self, t_s: float, elements: ShaderElements | None, odd_rows: NDArray[np.integer]
    ) -> NDArray[np.floating[Any]]:
        if elements is None:
            return self._exact(odd_rows, t_s)
        places = shader_places_km(elements, t_s)
        if len(odd_rows):
            places[odd_rows] = self._exact(odd_rows, t_s)
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
    """What the picture shows, kept for a thread. odd_rows: those that the shader leaves to the processor; near: rows
    and exact places (km TEME) of the nodes that the processor placed. bracket_of(metric, t_s) may wait for a frame."""

    fleet: Fleet
    metrics: Mapping[str, MetricInfo]
    state: SceneState
    elements: ShaderElements | None
    odd_rows: NDArray[np.integer]
    near: tuple[NDArray[np.integer], F64]
    places: FleetPlaces
    bracket_of: Callable[[str, float], Bracket | None]

    def places_km(self) -> NDArray[np.floating[Any]]:
        """(N, 3) km TEME."""
        return self.places.at(self.state.t_s, self.elements, self.odd_rows)

    def inside(self, corners_px: F64) -> NDArray[np.bool_]:
        """(N,) nodes that are seen inside a polygon (K, 2), device pixels; none that the filter hides."""
        pose, size = self.state.pose, self.state.size
        result = inside_shape(self.places_km(), pose, size, corners_px)
        rows, position_km = self.near
        if self.elements is not None and len(rows):
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
