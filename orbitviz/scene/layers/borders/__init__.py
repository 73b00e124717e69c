"""Borders: coast lines and country borders on the ground, and a graticule of 15 degrees. They turn with the Earth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.assets import asset_path
from orbitviz.core.frames import rotation_z
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.links.ribbons import Ribbons, line_program, pixel_scale, set_view
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

HEIGHT = 1.0003
"""Radius of the lines in Earth radii: 2 km above the sphere that is drawn."""
GRATICULE_DEG = 15.0
LOOKS = {
    "coast": ("coast", 0.9),
    "borders": ("border", 0.9),
    "graticule": ("graticule", 0.8),
    "night": ("night_line", 1.1),
}
"""The theme's colour, width in logical pixels."""
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """Lines on the ground."""

    visible: bool = setting(False, "Borders and coasts")
    graticule: bool = setting(False, "Graticule", "Meridians and parallels every 15 degrees")
    night_line: bool = setting(
        False, "Line between day and night", "Where the Sun's middle stands at the horizon, without refraction"
    )
    opacity: float = setting(1.0, "Opacity", unit="1", low=0.1, high=2.0, step=0.05)


class BordersLayer(Layer):
    """Uploaded at first sight, 7.6 MB, and never again; the Earth's turn is a matrix."""

    NAME, TITLE, STAGE, Settings = "borders", "Borders", "background", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._program = line_program("layers/borders/borders.frag")
        self._lines: dict[str, Ribbons] = {}

    @staticmethod
    def _wanted(settings: Any) -> tuple[str, ...]:
        names = ("coast", "borders") if settings.visible else ()
        names = (*names, "graticule") if settings.graticule else names
        return (*names, "night") if settings.night_line else names

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Lines that are wanted for the first time go to the GPU; the camera and the Earth's turn are uniforms."""
        names = self._wanted(new.settings(self.NAME))
        for name in names:
            if name not in self._lines:
                self._lines[name] = Ribbons(self.store)
                made = {"graticule": graticule, "night": great_circle}.get(name)
                self._lines[name].fill(*(shipped(name) if made is None else made()))

    def draw(self, state: SceneState) -> None:
        """Over the globe, under the nodes."""
        settings: Settings = state.settings(self.NAME)
        names = self._wanted(settings)
        if not names:
            return
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        for name in reversed(names):
            token, width = LOOKS[name]
            colour = getattr(THEMES[state.theme], token)
            turn = across(np.array(state.sky.sun)) if name == "night" else rotation_z(state.sky.gmst_rad).T
            set_view(self._program, state, np.zeros(3), turn)
            self._program["u_colour"] = (*colour[:3], min(colour[3] * settings.opacity, 1.0))
            self._program["u_width"] = width * pixel_scale(state)
            self._lines[name].draw(self._program)


def on_ground(lon_deg: F64, lat_deg: F64) -> F64:
    """(..., 3) ITRF, HEIGHT Earth radii long. Geographic latitude on a sphere, as the Earth's pictures are laid on."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    return HEIGHT * np.stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)), axis=-1)


def shipped(name: str) -> tuple[F64, F64]:
    """Starts and stops (M, 3) of the pieces of the shipped lines `name` ("coast" or "borders"), ITRF, Earth radii."""
    with np.load(asset_path("borders.npz"), allow_pickle=False) as data:
        degrees, starts = data[name].astype(np.float64), data[f"{name}_starts"]
    first = np.delete(np.arange(len(degrees) - 1), starts[1:-1] - 1)
    points = on_ground(degrees[:, 0], degrees[:, 1])
    return points[first], points[first + 1]


def graticule() -> tuple[F64, F64]:
    """Meridians and parallels every 15 degrees, in pieces of 2.5; only four meridians go on to the poles."""
    fine = np.arange(-180.0, 180.0, 2.5)
    parallel_lat, parallel_lon = np.meshgrid(np.arange(-75.0, 76.0, GRATICULE_DEG), fine, indexing="ij")
    lon, lat = np.meshgrid(np.arange(-180.0, 180.0, GRATICULE_DEG), np.arange(-90.0, 90.0, 2.5), indexing="ij")
    keep = (lon % 90.0 == 0.0) | ((lat >= -75.0) & (lat < 75.0))
    starts = (on_ground(parallel_lon, parallel_lat).reshape(-1, 3), on_ground(lon[keep], lat[keep]))
    stops = (on_ground(parallel_lon + 2.5, parallel_lat).reshape(-1, 3), on_ground(lon[keep], lat[keep] + 2.5))
    return np.concatenate(starts), np.concatenate(stops)


def great_circle() -> tuple[F64, F64]:
    """The great circle across the z axis, in pieces of a degree."""
    degrees = np.arange(-180.0, 180.0, 1.0)
    level = np.zeros_like(degrees)
    return on_ground(degrees, level), on_ground(degrees + 1.0, level)


def across(sun: F64) -> F64:
    """(3, 3): TEME from axes whose third points to the Sun."""
    x = np.cross([0.0, 0.0, 1.0], sun)  # the Sun is never near the pole
    x = x / np.linalg.norm(x)
    return np.stack((x, np.cross(sun, x), sun), axis=1)
