"""The mouse on the canvas: a drag turns, one with the right button rolls, the wheel zooms towards the cursor, a click
selects, a double click flies to the node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orbitviz.scene.camera import Camera
from orbitviz.scene.canvas import GlobeCanvas

CLICK_PX = 4.0
"""A press and release within so many logical pixels is a click."""


class Mouse:
    """Connects a canvas's events to a camera and to what a click does: on_click(x_px, y_px, twice) in device pixels."""

    def __init__(self, canvas: GlobeCanvas, camera: Camera, on_click: Callable[[float, float, bool], None]) -> None:
        self._canvas = canvas
        self._camera = camera
        self._on_click = on_click
        self._pressed_at: tuple[float, float] | None = None
        self._rolling = False
        events = canvas.events
        events.mouse_press.connect(self._press)
        events.mouse_move.connect(self._move)
        events.mouse_release.connect(self._release)
        events.mouse_wheel.connect(self._wheel)
        events.mouse_double_click.connect(self._double)

    def _press(self, event: Any) -> None:
        if event.button in (1, 2):
            self._pressed_at = (float(event.pos[0]), float(event.pos[1]))
            self._camera.press(*self._pressed_at)
            self._rolling = event.button == 2

    def _move(self, event: Any) -> None:
        if self._camera.dragging:
            self._camera.drag(float(event.pos[0]), float(event.pos[1]), float(self._canvas.size[1]), self._rolling)

    def _release(self, event: Any) -> None:
        if event.button not in (1, 2) or self._pressed_at is None:
            return
        self._camera.release()
        if self._rolling:
            self._pressed_at, self._rolling = None, False
            return
        x, y = float(event.pos[0]), float(event.pos[1])
        moved = max(abs(x - self._pressed_at[0]), abs(y - self._pressed_at[1]))
        self._pressed_at = None
        if moved <= CLICK_PX:
            self._on_click(x * self._canvas.scale, y * self._canvas.scale, False)

    def _wheel(self, event: Any) -> None:
        width, height = self._canvas.size
        at = (float(event.pos[0]), float(event.pos[1]), (int(width), int(height)))
        self._camera.wheel(float(event.delta[1]), at)

    def _double(self, event: Any) -> None:
        if event.button == 1:
            self._on_click(float(event.pos[0]) * self._canvas.scale, float(event.pos[1]) * self._canvas.scale, True)
