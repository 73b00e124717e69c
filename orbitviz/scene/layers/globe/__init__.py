"""The Earth: day and night sides, twilight, city lights, Sun glint, air. Turns under the orbits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from vispy import gloo

from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.globe.textures import earth_pictures
from orbitviz.scene.resolve import SceneState

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
        self._program = program("layers/globe/globe.vert", "layers/globe/globe.frag")
        self._program["a_corner"] = store.vertices(CORNERS)
        self._rows = 1

    def _load(self) -> None:
        day, night = earth_pictures().result()
        self._program["u_day"] = self.store.picture(day)
        self._program["u_night"] = self.store.picture(night)
        self._rows = day.shape[0]

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Camera and Sun in the Earth's own axes, so that the shader looks the map up without turning anything."""
        if self._rows == 1:
            self._load()
        settings: Settings = new.settings(self.NAME)
        itrf = rotation_z(new.sky.gmst_rad)
        right, up, back = (itrf @ np.array(axis) for axis in new.pose.axes)
        pixel = new.pose.pixel_rad(new.size[1])
        values = {
            "u_eye": itrf @ new.pose.eye / EARTH_RADIUS_KM,
            "u_sun": itrf @ np.array(new.sky.sun),
            "u_right": right,
            "u_up": up,
            "u_forward": -back,
        }
        for name, value in values.items():
            self._program[name] = value.astype(np.float32)
        self._program["u_tan"] = (new.pose.tan_half * new.size[0] / new.size[1], new.pose.tan_half)
        self._program["u_pixel"] = pixel
        self._program["u_lod"] = math.log2(pixel * self._rows / math.pi)
        self._program["u_lights"] = settings.city_lights
        self._program["u_night_level"] = settings.night
        self._program["u_air"] = float(settings.atmosphere)
        self._program["u_box"] = sphere_box(new, AIR_TOP)

    def draw(self, state: SceneState) -> None:
        """One quad; premultiplied over the stars."""
        if state.settings(self.NAME).visible:
            gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
            gloo.set_blend_equation("func_add")
            self._program.draw("triangle_strip")


def sphere_box(state: SceneState, radius: float) -> tuple[float, float, float, float]:
    """Clip coordinates x0, y0, x1, y1 of the box round a sphere at the Earth's centre, `radius` in Earth radii.

    Bounds of a sphere in perspective, an axis at a time (Mara and McGuire 2013); the whole picture from inside it.
    """
    centre = state.pose.rotation @ (-state.pose.eye / EARTH_RADIUS_KM)
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
