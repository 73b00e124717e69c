"""The mouse on the canvas: a drag turns, one with the right button rolls, the wheel zooms towards the cursor, a click
selects, a double click flies to the node. Shift and drag draws a rectangle, Alt and drag a lasso, or a tool says which;
Ctrl adds what is inside to the set, Ctrl and Alt take it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from orbitviz.scene.camera import Camera
from orbitviz.scene.canvas import GlobeCanvas
from orbitviz.session.selection import How

CLICK_PX = 4.0
"""A press and release within so many logical pixels is a click."""
STEP_PX = 3.0
"""A lasso gets a corner each so many logical pixels."""
Tool = Literal["", "rectangle", "lasso"]


@dataclass
class Shape:
    """A shape being drawn: logical pixels from the top left; of a rectangle the first and the last corner. `state`:
    whether the hand still draws, has let go, or has given up."""

    kind: Tool
    points: list[tuple[float, float]]
    how: How
    state: Literal["drawing", "done", "given up"] = "drawing"

    def reach(self, x: float, y: float) -> None:
        """The hand is there now."""
        last = self.points[-1]
        if self.kind == "rectangle":
            self.points = [self.points[0], (x, y)]
        elif max(abs(x - last[0]), abs(y - last[1])) >= STEP_PX:
            self.points.append((x, y))

    @property
    def extent_px(self) -> float:
        """The longer side of the box round it: a lasso may end where it began."""
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        return max(max(xs) - min(xs), max(ys) - min(ys))


def how_of(modifiers: set[str]) -> How:
    """What the keys held say is done with what is found."""
    if "Control" not in modifiers:
        return "replace"
    return "remove" if "Alt" in modifiers else "add"


class Mouse:
    """Connects a canvas's events to a camera, to what a click does: on_click(x_px, y_px, twice, how) in device pixels,
    and to shapes: on_shape(shape) at each change. `tool`: what the next drag draws without a key held."""

    def __init__(
        self,
        canvas: GlobeCanvas,
        camera: Camera,
        on_click: Callable[[float, float, bool, How], None],
        on_shape: Callable[[Shape], None],
    ) -> None:
        self._canvas = canvas
        self._camera = camera
        self._on_click = on_click
        self._on_shape = on_shape
        self._pressed_at: tuple[float, float] | None = None
        self._rolling = False
        self._shape: Shape | None = None
        self.tool: Tool = ""
        events = canvas.events
        events.mouse_press.connect(self._press)
        events.mouse_move.connect(self._move)
        events.mouse_release.connect(self._release)
        events.mouse_wheel.connect(self._wheel)
        events.mouse_double_click.connect(self._double)

    def _press(self, event: Any) -> None:
        if event.button not in (1, 2):
            return
        self._pressed_at = (float(event.pos[0]), float(event.pos[1]))
        held = _names(event)
        kind: Tool = "rectangle" if "Shift" in held else "lasso" if "Alt" in held else self.tool
        if kind and event.button == 1:
            self._shape = Shape(kind, [self._pressed_at], how_of(held))
        else:
            self._camera.press(*self._pressed_at)
            self._rolling = event.button == 2

    def _move(self, event: Any) -> None:
        x, y = float(event.pos[0]), float(event.pos[1])
        if self._shape is not None:
            self._shape.reach(x, y)
            self._on_shape(self._shape)
        elif self._camera.dragging:
            self._camera.drag(x, y, float(self._canvas.size[1]), self._rolling)

    def give_up(self) -> bool:
        """Ends a shape that is being drawn, and the tool; True when there was one."""
        shape, tool = self._shape, self.tool
        self._shape, self.tool = None, ""
        if shape is not None:
            shape.state = "given up"
            self._on_shape(shape)
        return shape is not None or bool(tool)

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
        shape, self._shape = self._shape, None
        if shape is not None:
            shape.reach(x, y)  # vispy leaves out moves that follow each other quickly, so perhaps the last one
        if shape is not None and shape.extent_px > CLICK_PX:
            shape.state, self.tool = "done", ""
            self._on_shape(shape)
        elif moved <= CLICK_PX:
            self._on_click(x * self._canvas.scale, y * self._canvas.scale, False, how_of(_names(event)))

    def _wheel(self, event: Any) -> None:
        width, height = self._canvas.size
        at = (float(event.pos[0]), float(event.pos[1]), (int(width), int(height)))
        self._camera.wheel(float(event.delta[1]), at)

    def _double(self, event: Any) -> None:
        if event.button == 1:
            x, y = float(event.pos[0]) * self._canvas.scale, float(event.pos[1]) * self._canvas.scale
            self._on_click(x, y, True, "replace")


def _names(event: Any) -> set[str]:
    return {str(getattr(key, "name", key)) for key in event.modifiers or ()}
