"""Near view: the nodes round the camera, in float64. The shader's places are some 15 m off, which shows from 100 km.

Three circles round the eye:

    near radius      where the shader's error would pass 0.3 pixels; these nodes are computed here at each drawn frame,
                     and the vertex shader leaves out what is nearer than this (one uniform, nothing to upload)
    what can come    + as far as nodes and eye can move towards each other before the next search
    candidates       the rows within both at the instant of the search, found by plain orbit geometry, some 30 ms a
                     million nodes; the next search runs on a thread before this one's reach is used up
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import EARTH_RADIUS_KM, TWO_PI, WGS72_RADIUS_KM
from orbitviz.scene.resolve import SceneState
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.shader_elements import ShaderElements

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
Rows = NDArray[np.intp]
MOST_NEAR = 4096
"""Nodes computed at each drawn frame; where more are near, the near radius shrinks to the nearest of them."""
MOST_CANDIDATES = 16384
"""Of one search: 7 ms a frame to propagate. Where more are about, the reach shrinks."""
ERROR_PX = 0.3
FARTHEST_KM = 600.0
MARGIN_KM = 300.0
"""How far nodes and eye may move towards each other until the next search: some 20 s for crossing orbits."""
COARSE_KM = 35.0
"""Most that `coarse_km` is off: SGP4's short- and long-period terms up to 20 km, and e^4 (tests/scene/test_near.py)."""
BAND_KM = 0.12
"""Nodes so little beyond the near radius are computed here too: the shader, a few metres off, may take them for nearer
and leave them out. Those it does not leave out are drawn twice, for the few frames that they stay in the band."""
_BLOCK = 32768


def near_radius_km(state: SceneState, error_km: float) -> float:
    """Distance within which an error of a place shows."""
    return min(error_km / (ERROR_PX * state.pose.pixel_rad(state.size[1])), FARTHEST_KM)


def coarse_km(elements: ShaderElements, rows: slice, t_s: float, eye_km: F64, reach_km: float) -> tuple[Rows, F64]:
    """Rows (n,) whose coarse place (mean elements, Kepler to e^3) is within reach of the eye, and how far they are
    (n,) km. A node is no nearer than its orbit's plane: most rows are done with after one angle of three."""
    minutes = (t_s - elements.t_ref_s) / 60.0
    t0, t1, t2 = elements.texels[:3, rows]
    tilt = t0[:, 3]
    node = _turned(t0[:, 2], t2[:, 0], t2[:, 1], minutes)
    sin_node, cos_node, sin_i, cos_i = np.sin(node), np.cos(node), np.sin(tilt), np.cos(tilt)
    x, y, z = (np.float32(part) for part in eye_km)
    off_plane = sin_i * (sin_node * x - cos_node * y) + cos_i * z
    maybe = np.flatnonzero(elements.rows_ok[rows] & (np.abs(off_plane) < reach_km))
    t0, t1, t2, sin_node, cos_node = t0[maybe], t1[maybe], t2[maybe], sin_node[maybe], cos_node[maybe]
    m = _turned(t0[:, 0], t1[:, 0], t1[:, 1], minutes)
    if elements.has_drag:
        drag = elements.texels[3, rows][maybe]
        m += np.float32(TWO_PI) * (minutes * minutes * (drag[:, 0] + minutes * drag[:, 1])).astype(np.float32)
    e, s, c = t2[:, 3], np.sin(m), np.cos(m)
    # Smart's series of the true anomaly and of r / a in the mean anomaly.
    true = m + e * s * (2.0 - 0.25 * e * e + e * (2.5 * c + e * (13.0 / 12.0) * (3.0 - 4.0 * s * s)))
    ratio = 1.0 + 0.5 * e * e - e * c * (1.0 - 0.375 * e * e + e * (c + e * 0.375 * (4.0 * c * c - 3.0)))
    ratio += 0.5 * e * e  # cos 2M = 2 c^2 - 1: its constant
    u = true + _turned(t0[:, 1], t1[:, 2], t1[:, 3], minutes)
    r = np.float32(WGS72_RADIUS_KM) * t2[:, 2] * ratio
    along, across = r * np.cos(u), r * np.sin(u)
    level = across * cos_i[maybe]
    away = np.sqrt(
        (cos_node * along - sin_node * level - x) ** 2
        + (sin_node * along + cos_node * level - y) ** 2
        + (across * sin_i[maybe] - z) ** 2
    )
    inside = np.flatnonzero(away < reach_km)
    return maybe[inside] + rows.start, away[inside].astype(np.float64)


def _turned(turns: F32, high: F32, rest: F32, minutes: float) -> F32:
    """An angle in float32 radians at minutes from the reference, whole turns dropped in float64."""
    whole = turns + (high.astype(np.float64) + rest) * minutes
    whole -= np.rint(whole)
    return np.asarray(whole, np.float32) * np.float32(TWO_PI)


@dataclass(frozen=True)
class Found:
    """A search: every row within covered_km of eye_km at t_s is in `rows`, and `propagator` is theirs."""

    eye_km: F64
    t_s: float
    covered_km: float
    rows: Rows
    propagator: Propagator | None

    def reach_km(self, eye_km: F64, t_s: float, fastest_km_s: float) -> float:
        """Distance from another eye at another instant within which no row can be missing."""
        moved_km = float(np.linalg.norm(eye_km - self.eye_km)) + fastest_km_s * abs(t_s - self.t_s)
        return self.covered_km - moved_km


def search(
    elements: ShaderElements, columns: MeanElements, epoch: Epoch, eye_km: F64, t_s: float, radius_km: float
) -> Found:
    """All rows that are within radius_km + MARGIN_KM of the eye; fewer, covering less, where they are too many."""
    reach_km = radius_km + MARGIN_KM + COARSE_KM
    parts = [
        coarse_km(elements, slice(start, min(start + _BLOCK, len(elements))), t_s, eye_km, reach_km)
        for start in range(0, len(elements), _BLOCK)
    ]
    rows = np.concatenate([part[0] for part in parts])
    if len(rows) > MOST_CANDIDATES:
        away_km = np.concatenate([part[1] for part in parts])
        reach_km = float(np.partition(away_km, MOST_CANDIDATES)[MOST_CANDIDATES])
        rows = rows[away_km < reach_km]
    propagator = Propagator(columns.rows(rows), "numpy", epoch) if len(rows) else None
    return Found(eye_km, t_s, reach_km - COARSE_KM, rows, propagator)


class NearNodes:
    """The near nodes of a fleet that the shader draws: `rows` (n,), `position_km` (n, 3) float64 TEME, and `radius_km`,
    within which the shader is to draw none; 0 when the camera is far from all orbits, which costs nothing."""

    def __init__(self, columns: MeanElements, epoch: Epoch) -> None:
        self._columns, self._epoch = columns, epoch
        a_km = EARTH_RADIUS_KM + columns.altitude_km
        e = columns.eccentricity
        usable = np.isfinite(a_km) & (e < 0.2) & (a_km > 0.0)
        a_km, e = a_km[usable], e[usable]
        self._farthest_km = float(np.max(a_km * (1.0 + e))) + COARSE_KM if len(a_km) else 0.0
        # Vis-viva at perigee, and a little for what J2 does
        speed = np.sqrt(398600.0 / a_km * (1.0 + e) / (1.0 - e)) if len(a_km) else np.zeros(1)
        self._fastest_km_s = 1.01 * float(np.max(speed))
        self._found: Found | None = None
        self._coming: Future[Found] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="orbitviz near")
        self._key: object = None
        self._elements: ShaderElements | None = None
        self._one: tuple[int, Propagator] | None = None
        self.searches = 0
        self._leave()

    def _leave(self) -> None:
        self.rows: Rows = np.zeros(0, np.intp)
        self.position_km: F64 = np.zeros((0, 3))
        self.radius_km = 0.0

    def apply(self, state: SceneState, elements: ShaderElements, error_km: float) -> None:
        """Brings rows, places and radius to the state; error_km: of the shader's places at its instant. An equal
        camera and instant keep what there is: the picture of the other nodes may not be drawn again either."""
        if elements is not self._elements:  # other rows may be the shader's now
            self._elements, self._found, self._coming = elements, None, None
        elif self._key == (state.pose, state.t_s, state.size, state.selected):
            return
        self._key = (state.pose, state.t_s, state.size, state.selected)
        wanted_km = near_radius_km(state, error_km)
        eye_km = state.pose.eye
        if float(np.linalg.norm(eye_km)) - wanted_km > self._farthest_km:
            self._leave()
            return
        found = self._candidates(elements, eye_km, state.t_s, wanted_km)
        self._select(found, eye_km, state.t_s, wanted_km)
        self._add_selected(state, elements)

    def _candidates(self, elements: ShaderElements, eye_km: F64, t_s: float, wanted_km: float) -> Found:
        """What was found last while that reaches; searched for ahead of time on the thread, here after a jump."""
        if self._coming is not None and self._coming.done():
            self._found, self._coming = self._coming.result(), None
        reach_km = self._reach_km(eye_km, t_s)
        enough_km = wanted_km if self._found is None else min(wanted_km, 0.5 * self._found.covered_km)
        request = (elements, self._columns, self._epoch, eye_km, t_s, wanted_km)
        if self._found is None or reach_km < enough_km:
            self._found = search(*request)
            self.searches += 1
        elif self._coming is None and reach_km < 0.5 * (enough_km + self._found.covered_km):
            self._coming = self._pool.submit(search, *request)
            self.searches += 1
        return self._found

    def _reach_km(self, eye_km: F64, t_s: float) -> float:
        return 0.0 if self._found is None else self._found.reach_km(eye_km, t_s, self._fastest_km_s)

    def _select(self, found: Found, eye_km: F64, t_s: float, wanted_km: float) -> None:
        if found.propagator is None:
            self._leave()
            return
        position_km = np.asarray(found.propagator.states(t_s, velocity=False)[0][0], np.float64)
        away_km = np.linalg.norm(position_km - eye_km, axis=1)
        away_km[~np.isfinite(away_km)] = np.inf
        radius_km = min(wanted_km, self._reach_km(eye_km, t_s) - BAND_KM)
        if np.count_nonzero(away_km < radius_km) > MOST_NEAR:
            radius_km = float(np.partition(away_km, MOST_NEAR - 1)[MOST_NEAR - 1]) - BAND_KM
        radius_km = max(radius_km, 0.0)
        some = np.flatnonzero(away_km < radius_km + BAND_KM)
        self.rows, self.position_km, self.radius_km = found.rows[some], position_km[some], radius_km

    def _add_selected(self, state: SceneState, elements: ShaderElements) -> None:
        """Among the orbits, the selected node is here however far it is: a thinned picture must not lose it. Where the
        shader draws it too, this disc covers that point."""
        row = state.selected
        if row is None or not 0 <= row < len(elements) or not elements.rows_ok[row] or np.any(self.rows == row):
            return
        if self._one is None or self._one[0] != row:
            self._one = (row, Propagator(self._columns.rows(np.array([row])), "numpy", self._epoch))
        place_km = np.asarray(self._one[1].states(state.t_s, velocity=False)[0][0], np.float64)
        self.rows = np.append(self.rows, row)
        self.position_km = np.concatenate((self.position_km, place_km))

    def close(self) -> None:
        """Ends the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._leave()
