"""The sky: stars in their true places, magnitudes and colours; the Sun and the Moon where they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.assets import asset_path
from orbitviz.core.frames import teme_from_gcrs
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES
from orbitviz.sim.moon import MOON_RADIUS_KM, moon_teme

SUN_RADIUS_RAD = 0.00465
"""Mean angular radius of the Sun, 695,700 km / 1 au."""
GLOW_RAD = 0.16
CORNERS = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], np.float32)


@dataclass(frozen=True)
class Settings:
    """What is shown of the sky."""

    visible: bool = setting(True, "Sky")
    stars: bool = setting(True, "Stars", "The 5,044 stars a naked eye can see")
    sun: bool = setting(True, "Sun", "Disc in its true direction and size, with a glow")
    moon: bool = setting(True, "Moon", "In its true direction, size and phase as seen from the camera")
    brightness: float = setting(0.9, "Star brightness", unit="1", low=0.0, high=2.0, step=0.05)


class SkyLayer(Layer):
    """Stars, the Sun and the Moon. `moon_km` (3,): where the Moon was drawn last, TEME from the Earth's centre."""

    NAME, TITLE, STAGE, Settings = "sky", "Sky", "background", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        with np.load(asset_path("stars.npz"), allow_pickle=False) as stars:
            ra, dec = np.radians(stars["ra_deg"].astype(float)), np.radians(stars["dec_deg"].astype(float))
            colour = np.column_stack((stars["rgb"] / 255.0, stars["magnitude"])).astype(np.float32)
        direction = np.column_stack((np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)))
        self._stars = program("layers/sky/stars.vert", "layers/sky/stars.frag")
        self._stars["a_direction"] = store.vertices(direction.astype(np.float32))
        self._stars["a_colour"] = store.vertices(colour)
        self._moon = program("layers/sky/moon.vert", "layers/sky/moon.frag")
        self._moon["a_corner"] = store.vertices(CORNERS)
        self.moon_km = np.zeros(3)
        self._sun = program("layers/sky/sun.vert", "layers/sky/sun.frag")
        self._sun["a_corner"] = store.vertices(CORNERS)
        self._sun["u_tan_radius"] = float(np.tan(GLOW_RAD))
        self._sun["u_disc"] = SUN_RADIUS_RAD / GLOW_RAD

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Stars turn with precession only: their matrix follows the epoch and the camera."""
        settings: Settings = new.settings(self.NAME)
        clip = new.pose.clip_from_direction(new.size)
        turned = np.eye(4)
        turned[:3, :3] = teme_from_gcrs(new.epoch, new.t_s)
        self._stars["u_clip_from_gcrs"] = (clip @ turned).T.astype(np.float32)
        self._stars["u_scale"] = new.scale * max(1.0, new.size[1] / new.scale / 1000.0)
        self._stars["u_brightness"] = settings.brightness
        self._sun["u_clip_from_relative"] = clip.T.astype(np.float32)
        self._sun["u_sun"] = new.sky.sun
        self._sun["u_right"], self._sun["u_up"] = new.pose.axes[0], new.pose.axes[1]

        if settings.visible and settings.moon:
            self._place_moon(new, clip)

    def _place_moon(self, state: SceneState, clip: NDArray[np.float64]) -> None:
        """From the eye, not from the Earth's centre: the parallax is up to a degree in low orbit."""
        self.moon_km = moon_teme(state.epoch, state.t_s)
        relative = self.moon_km - state.pose.eye
        away_km = float(np.linalg.norm(relative))
        moon = relative / away_km
        right = np.cross(moon, state.pose.rotation[1])
        right = right / max(float(np.linalg.norm(right)), 1e-9)
        tan_radius = MOON_RADIUS_KM / away_km
        pixel = state.pose.pixel_rad(state.size[1]) / tan_radius
        margin = 1.0 + 1.5 * pixel
        values = {"u_moon": moon, "u_right": right, "u_up": np.cross(right, moon), "u_sun": np.array(state.sky.sun)}
        for name, value in values.items():
            self._moon[name] = value.astype(np.float32)
        self._moon["u_clip_from_direction"] = clip.T.astype(np.float32)
        self._moon["u_tan_radius"], self._moon["u_margin"], self._moon["u_pixel"] = margin * tan_radius, margin, pixel

    def draw(self, state: SceneState) -> None:
        """Stars, then the Sun over them."""
        settings: Settings = state.settings(self.NAME)
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one"))
        gloo.set_blend_equation("func_add")
        if not settings.visible or not THEMES[state.theme].sky:
            return
        if settings.stars:
            self._stars.draw("points")
        if settings.sun:
            self._sun.draw("triangle_strip")
        if settings.moon:
            gloo.set_state(blend_func=("one", "one_minus_src_alpha"))
            self._moon.draw("triangle_strip")
