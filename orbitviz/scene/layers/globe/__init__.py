"""The Earth: day and night sides, twilight, city lights, Sun glint, air. Turns under the orbits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.globe.textures import earth_pictures
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

AIR_TOP = 1.22
"""Earth radii up to which the shader's glow reaches: much higher than the air, or it would be a hair's breadth."""
CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.float32)


@dataclass(frozen=True)
class Settings:
    """How the Earth looks."""

    visible: bool = setting(True, "Earth")
    city_lights: float = setting(1.0, "City lights", "On the night side", unit="1", low=0.0, high=2.0, step=0.05)
    night: float = setting(
        1.0, "Night side", "How much of the dark Earth is seen", unit="1", low=0.0, high=4.0, step=0.1
    )
    atmosphere: bool = setting(True, "Atmosphere")


class GlobeLayer(Layer):
    """A sphere of 6,378.137 km, cast by rays within its box on the screen."""

    NAME, TITLE, STAGE, Settings = "globe", "Earth", "background", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._corners = store.vertices(CORNERS)
        self._programs: dict[tuple[bool, bool], gloo.Program] = {}
        self._pictures: tuple[gloo.Texture2D, gloo.Texture2D] | None = None
        self._rows = 1

    def _load(self) -> tuple[gloo.Texture2D, gloo.Texture2D]:
        day, night = earth_pictures().result()
        self._rows = day.shape[0]
        return self.store.picture(day), self.store.picture(night)

    def _program(self, state: SceneState) -> gloo.Program:
        """The program of perspective or of parallel rays, of the Earth or of a map of it, compiled at first use."""
        parallel, paper = state.pose.half_km > 0.0, THEMES[state.theme].paper > 0.0
        if self._pictures is None:
            self._pictures = self._load()
        if (parallel, paper) not in self._programs:
            defines = {"PARALLEL": parallel, "PAPER": paper}
            wanted = {name: 1 for name, on in defines.items() if on}
            shader = program("layers/globe/globe.vert", "layers/globe/globe.frag", wanted)
            shader["a_corner"] = self._corners
            shader["u_day"], shader["u_night"] = self._pictures
            self._programs[parallel, paper] = shader
        return self._programs[parallel, paper]

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Camera and Sun in the Earth's own axes, so that the shader looks the map up without turning anything."""
        parallel = new.pose.half_km > 0.0
        shader = self._program(new)
        settings: Settings = new.settings(self.NAME)
        itrf = rotation_z(new.sky.gmst_rad)
        right, up, back = (itrf @ np.array(axis) for axis in new.pose.axes)
        reach = new.pose.half_km / EARTH_RADIUS_KM if parallel else new.pose.tan_half
        pixel = 2.0 * reach / new.size[1]
        values = {
            "u_eye": itrf @ new.pose.eye / EARTH_RADIUS_KM,
            "u_sun": itrf @ np.array(new.sky.sun),
            "u_right": right,
            "u_up": up,
            "u_forward": -back,
        }
        for name, value in values.items():
            shader[name] = value.astype(np.float32)
        shader["u_tan"] = (reach * new.size[0] / new.size[1], reach)
        shader["u_pixel"] = pixel
        shader["u_lod"] = math.log2(pixel * self._rows / math.pi)
        shader["u_lights"] = settings.city_lights
        shader["u_night_level"] = settings.night
        shader["u_air"] = float(settings.atmosphere)
        shader["u_paper"] = THEMES[new.theme].paper
        shader["u_box"] = sphere_box(new, AIR_TOP)

    def draw(self, state: SceneState) -> None:
        """One quad; premultiplied over the stars."""
        if state.settings(self.NAME).visible:
            gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
            gloo.set_blend_equation("func_add")
            self._program(state).draw("triangle_strip")


def sphere_box(state: SceneState, radius: float) -> tuple[float, float, float, float]:
    """Clip coordinates x0, y0, x1, y1 of the box round a sphere at the Earth's centre, `radius` in Earth radii.

    Bounds of a sphere in perspective, an axis at a time (Mara and McGuire 2013); the whole picture from inside it.
    """
    centre = state.pose.rotation @ (-state.pose.eye / EARTH_RADIUS_KM)
    if state.pose.half_km > 0.0:
        return _parallel_box(state, centre, radius)
    if float(centre @ centre) <= radius * radius * 1.0001:
        return -1.0, -1.0, 1.0, 1.0
    tangents = (state.pose.tan_half * state.size[0] / state.size[1], state.pose.tan_half)
    low, high = [], []
    for axis in (0, 1):
        across, depth = centre[axis], -centre[2]
        square = across * across + depth * depth - radius * radius
        if square <= 0.0 or depth * depth <= radius * radius:
            low.append(-1.0)
            high.append(1.0)
            continue
        reach = radius * math.sqrt(square)
        bottom = depth * depth - radius * radius
        ends = ((across * depth - reach) / bottom, (across * depth + reach) / bottom)
        low.append(min(1.0, max(-1.0, ends[0] / tangents[axis] - 0.01)))
        high.append(min(1.0, max(-1.0, ends[1] / tangents[axis] + 0.01)))
    return low[0], low[1], high[0], high[1]


def _parallel_box(state: SceneState, centre: NDArray[np.float64], radius: float) -> tuple[float, float, float, float]:
    """sphere_box for parallel rays; centre (3,): of the Earth, camera axes, Earth radii."""
    half = state.pose.half_km / EARTH_RADIUS_KM
    halves = np.array([half * state.size[0] / state.size[1], half])
    low, high = ((centre[:2] + side * radius) / halves + 0.01 * side for side in (-1.0, 1.0))
    (x0, y0), (x1, y1) = np.clip(low, -1.0, 1.0), np.clip(high, -1.0, 1.0)
    return float(x0), float(y0), float(x1), float(y1)
