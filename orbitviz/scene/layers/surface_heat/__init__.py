"""Heat on the ground: values of cells below the nodes, drawn on the globe under the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.core.cells import CELL_RAD
from orbitviz.core.document import Document
from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.colours import lut
from orbitviz.scene.glsl import program
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.ground_heat import AMOUNTS, COLOURED, QUANTITIES, HeatGrid
from orbitviz.scene.layer import Layer, setting
from orbitviz.scene.layers.globe import CORNERS, sphere_box
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES

COLOURS = ("inferno", "viridis", "cividis", "crameri:batlow", "crameri:lajolla")
LOOKS = ("by distance", "smooth", "cells")
CELL_PX = 26.0
"""Logical pixels of 2 degrees from which cells are shown as such, "by distance"."""


@dataclass(frozen=True)
class Settings:
    """What is shown on the ground, and how."""

    visible: bool = setting(False, "Heat on the ground")
    quantity: str = setting(
        COLOURED, "Of", "What the colours stand for; inference is counted where its users are", choices=(*QUANTITIES,)
    )
    amount: str = setting(
        AMOUNTS[0], "As", "Shares and temperatures do not add up: they are always shown as means", choices=AMOUNTS
    )
    look: str = setting(LOOKS[0], "Cells", "By distance: smooth from afar, cells from near", choices=LOOKS)
    colours: str = setting(COLOURS[0], "Colours", "All read well with any kind of colour vision", choices=COLOURS)
    opacity: float = setting(0.85, "Opacity", "Over the ground", unit="1", low=0.1, high=1.0, step=0.05)


class SurfaceHeatLayer(Layer):
    """What the nodes above each part of the ground add up to, or their mean."""

    NAME, TITLE, STAGE, Settings = "surface_heat", "Heat on the ground", "background", Settings

    def __init__(self, store: GpuStore) -> None:
        super().__init__(store)
        self._corners = store.vertices(CORNERS)
        self._programs: dict[bool, gloo.Program] = {}
        self._texture: gloo.Texture2D | None = None
        self._ramps: dict[tuple[str, str], gloo.Texture2D] = {}
        self._shown: tuple[Any, ...] | None = None

    def open(self, document: Document | None) -> None:
        """Another document: nothing of the old one is shown."""
        self._shown = None

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Uploads a grid once; camera and look each time."""
        settings = new.settings(self.NAME)
        self.note = new.heat_note if settings.visible else ""
        if not settings.visible or new.heat is None:
            return
        shader = self._program(new)
        shader["u_heat"] = self._uploaded(new.heat)
        itrf = rotation_z(new.sky.gmst_rad)
        right, up, back = (itrf @ np.array(axis) for axis in new.pose.axes)
        eye = itrf @ new.pose.eye / EARTH_RADIUS_KM
        parallel = new.pose.half_km > 0.0
        reach = new.pose.half_km / EARTH_RADIUS_KM if parallel else new.pose.tan_half
        for name, value in {"u_eye": eye, "u_right": right, "u_up": up, "u_forward": -back}.items():
            shader[name] = value.astype(np.float32)
        shader["u_tan"] = (reach * new.size[0] / new.size[1], reach)
        shader["u_pixel"] = 2.0 * reach / new.size[1]
        shader["u_box"] = sphere_box(new, 1.0)
        rows, columns = new.heat.values.shape
        shader["u_cells"] = (columns, rows)
        shader["u_snap"] = self._snap(settings, new)
        shader["u_opacity"] = settings.opacity
        shader["u_fade"] = float(new.heat.per_area)
        look = (settings.colours, new.theme)
        if look not in self._ramps:
            self._ramps[look] = self.store.ramp(heat_colours(*look), smooth=True)
        shader["u_ramp"] = self._ramps[look]

    @staticmethod
    def _snap(settings: Any, state: SceneState) -> float:
        """1: cells; 0: smooth."""
        if settings.look != LOOKS[0]:
            return float(settings.look == LOOKS[2])
        height = max(float(np.linalg.norm(state.pose.eye)) / EARTH_RADIUS_KM - 1.0, 0.01)
        cell_px = CELL_RAD / height / state.pose.pixel_rad(state.size[1]) / state.scale
        return float(cell_px >= CELL_PX)

    def _program(self, state: SceneState) -> gloo.Program:
        """Of perspective or of parallel rays, compiled at first use."""
        parallel = state.pose.half_km > 0.0
        if parallel not in self._programs:
            wanted = {"PARALLEL": 1} if parallel else {}
            made = program("layers/globe/globe.vert", "layers/surface_heat/surface_heat.frag", wanted)
            made["a_corner"] = self._corners
            self._programs[parallel] = made
        return self._programs[parallel]

    def _uploaded(self, heat: HeatGrid) -> gloo.Texture2D:
        """The grid as a texture; two bytes a cell go up when it is another one."""
        if heat.key == self._shown and self._texture is not None:
            return self._texture
        pixels = texels(heat)
        if self._texture is None or self._texture.shape != pixels.shape:
            if self._texture is not None:
                self._texture.delete()
            self._texture = gloo.Texture2D(
                pixels.shape, format="luminance_alpha", interpolation="linear", wrapping=("repeat", "clamp_to_edge")
            )
        self._texture.set_data(pixels)
        self.store.uploaded_bytes += pixels.nbytes
        self._shown = heat.key
        return self._texture

    def draw(self, state: SceneState) -> None:
        """One quad, premultiplied over the globe."""
        if state.heat is None or not state.settings(self.NAME).visible:
            return
        gloo.set_state(blend=True, depth_test=False, blend_func=("one", "one_minus_src_alpha"))
        gloo.set_blend_equation("func_add")
        self._program(state).draw("triangle_strip")


def heat_colours(name: str, theme: str) -> NDArray[np.uint8]:
    """(256, 4) uint8 from little to much: much is bright on the dark globe, dark on a pale one."""
    colours = np.array(lut(name, None, theme))
    return colours[::-1].copy() if THEMES[theme].paper > 0.0 else colours


def texels(heat: HeatGrid) -> NDArray[np.uint8]:
    """(rows, columns, 2): place on the scale, and 255 where there is a value (else both are 0, so that mixing cells
    with and without one keeps the value of the one that has it)."""
    span = max(heat.high - heat.low, 1e-12)
    known = ~np.isnan(heat.values)
    place = np.clip((np.where(known, heat.values, heat.low) - heat.low) / span, 0.0, 1.0)
    return np.ascontiguousarray(np.stack((np.rint(place * 255.0) * known, known * 255.0), axis=2).astype(np.uint8))
