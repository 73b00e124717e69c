"""When the OpenGL context is lost: forgetting what lay in it, so that everything can be made anew."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from vispy.gloo import gl

from orbitviz.core.errors import CannotDrawError

CONTEXT_LOST = 0x0507
"""GL_CONTEXT_LOST, of glGetError."""
AGAIN_S = 10.0
"""A second failure so soon after a new start is not a lost context but a driver that cannot draw."""


class _Gone:
    """Stands for a GL object that is no more: takes every command, among them its own deletion."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def check_context() -> None:
    """Raises CannotDrawError when the context was lost: without this the picture would only stay black."""
    if gl.glGetError() == CONTEXT_LOST:
        raise CannotDrawError("the OpenGL context must stay, the driver took it away", "the picture is made anew")


def cannot_draw(error: Exception) -> CannotDrawError:
    """What the person is told, once."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return CannotDrawError(
        f"OpenGL must be able to draw the picture, it failed ({reason})",
        "update the graphics driver, or use software drawing (LIBGL_ALWAYS_SOFTWARE=1)",
    )


def has_objects(canvas: Any) -> bool:
    """Whether anything was ever made in the canvas's context."""
    return bool(canvas.context.shared.parser._objects)


def forget_objects(canvas: Any, delete: bool) -> None:
    """Makes vispy forget every object of the canvas's context. delete: they are there still, give their memory back; in
    a new context their numbers may be somebody else's."""
    objects = canvas.context.shared.parser._objects
    for number, thing in list(objects.items()):
        if delete:
            with contextlib.suppress(Exception):
                thing.delete()
        objects[number] = _Gone()
    canvas.context.glir.clear()


class Attempts:
    """Whether to try once more: one new start, unless the last was moments ago."""

    def __init__(self) -> None:
        self._last_s = -AGAIN_S

    def allowed(self, now_s: float | None = None) -> bool:
        """Takes the attempt when there is one."""
        now_s = time.monotonic() if now_s is None else now_s
        if now_s - self._last_s < AGAIN_S:
            return False
        self._last_s = now_s
        return True
