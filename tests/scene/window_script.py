"""Run by test_window_pixels.py in a process of its own: draws in a window, writes the picture to the file named.

Not in the tests' process: Qt (GLX) cannot make its context current in a thread that holds an EGL context.
"""

from __future__ import annotations

import sys
import time

import numpy as np
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from scene_tools import document_of, elements, fleet_of

from orbitviz.scene.canvas import open_canvas
from orbitviz.scene.renderer import Renderer
from orbitviz.session.session import Session


def main(out: str, move: bool) -> None:
    application = QApplication([])
    document = document_of(fleet_of(elements(6000)))
    window = open_canvas(size=(480, 270))
    window.native.show()
    session = Session()
    renderer = Renderer(session, window)
    session.open(document)
    renderer.open(document, None)
    draw(application, renderer)
    if move:
        # Into another window: Qt makes a new OpenGL context for it.
        made = renderer._passes
        other = QWidget()
        QHBoxLayout(other).addWidget(window.native)
        other.resize(480, 270)
        other.layout().setContentsMargins(0, 0, 0, 0)
        other.show()
        application.processEvents()
        draw(application, renderer)
        assert renderer._passes is not made, "the new context must have been noticed"
        assert renderer.canvas.pixels == (480, 270)
    window.set_current()
    np.save(out, renderer._passes.picture.read())
    renderer.close()


def draw(application: QApplication, renderer: Renderer) -> None:
    end = time.monotonic() + 60.0
    while time.monotonic() < end and not renderer.broken and renderer.tick(0.5):
        application.processEvents()
    assert not renderer.broken


main(sys.argv[1], "move" in sys.argv)
