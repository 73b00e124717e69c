"""The canvas that is drawn on: a Qt widget in the window, an EGL surface without a screen."""

from __future__ import annotations

import os
import sys
from typing import Any

from vispy import app, gloo
from vispy.gloo import gl

from orbitviz.core.errors import CannotDrawError

_HINT = "install or update the graphics driver, or software OpenGL (Debian, Ubuntu: libgl1-mesa-dri libegl1)"


class GlobeCanvas(app.Canvas):  # type: ignore[misc]  # vispy carries no types
    """A vispy canvas; `.native` is the QWidget in a window. The renderer connects to its events."""

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in device pixels, at least 1."""
        width, height = self.physical_size
        return max(1, int(width)), max(1, int(height))

    @property
    def scale(self) -> float:
        """Device pixels a logical pixel."""
        return float(self.pixel_scale)

    def check(self) -> None:
        """Raises CannotDrawError when the context cannot do what the picture needs."""
        self.set_current()
        gloo.flush()
        units = gl.glGetParameter(gl.GL_MAX_VERTEX_TEXTURE_IMAGE_UNITS)
        if int(units) < 4:
            raise CannotDrawError(f"OpenGL must read 4 textures in a vertex shader, this one reads {units}", _HINT)


def open_canvas(parent: Any = None, size: tuple[int, int] = (1280, 720)) -> GlobeCanvas:
    """A canvas in a Qt widget (PySide6). Raises CannotDrawError when there is no usable OpenGL."""
    _probe()
    return _open("pyside6", keys=None, parent=parent, size=size, show=False, vsync=True, title="orbitviz")


def open_offscreen(size: tuple[int, int] = (1280, 720)) -> GlobeCanvas:
    """A canvas without a window, by EGL. Raises CannotDrawError when there is no usable OpenGL."""
    if sys.platform.startswith("linux"):
        # Without this Mesa asks the X server; "surfaceless" needs none. A driver that lacks it ignores it.
        os.environ.setdefault("EGL_PLATFORM", "surfaceless")
    canvas = _open("egl", size=size, show=False)
    canvas.check()
    return canvas


def _probe() -> None:
    """Raises CannotDrawError when Qt cannot make an OpenGL context: QOpenGLWidget would only warn and stay black.

    Qt is at home in gui: the one that the caller has loaded is asked.
    """
    qt = sys.modules.get("PySide6.QtGui")
    if qt is None:
        raise CannotDrawError("a window must exist to draw in, Qt is not loaded", "open it by the window")
    if not qt.QOpenGLContext().create():
        raise CannotDrawError("a usable OpenGL must be there, this screen offers none", _HINT)


def _open(backend: str, **options: Any) -> GlobeCanvas:
    # Nothing is multisampled or depth-tested in the window itself: the picture is made in off-screen targets.
    config = {"depth_size": 0, "stencil_size": 0, "samples": 0}
    try:
        return GlobeCanvas(app=app.Application(backend), config=config, **options)
    except Exception as error:  # vispy raises whatever the backend raises
        raise CannotDrawError(f"a usable OpenGL must be there, it could not be opened ({error})", _HINT) from error
