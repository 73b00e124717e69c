"""One EGL canvas a session; renderers for the tests of the picture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orbitviz.core.document import Document
from orbitviz.core.errors import CannotDrawError

sys.path.insert(0, str(Path(__file__).parent))  # scene_tools.py: tests are imported by path, not as a package


@pytest.fixture(scope="session")
def canvas() -> Iterator[Any]:
    from orbitviz.scene.canvas import open_offscreen

    try:
        opened = open_offscreen((64, 64))
    except CannotDrawError as error:
        pytest.skip(f"no OpenGL without a screen: {error}")
    yield opened
    opened.close()


@pytest.fixture
def renderer_of(canvas: Any) -> Iterator[Callable[..., Any]]:
    """renderer_of(document, player=None) -> Renderer with its own Session, at (64, 64) until a state says otherwise."""
    from orbitviz.scene.renderer import Renderer
    from orbitviz.session.session import Session

    made = []

    def make(document: Document, player: Any = None) -> Renderer:
        session = Session()
        renderer = Renderer(session, canvas)
        made.append(renderer)
        session.open(document)
        renderer.open(document, player)
        return renderer

    yield make
    for renderer in made:
        renderer.close()
        canvas.events.draw.disconnect(renderer._on_draw)
        canvas.events.resize.disconnect(renderer._on_resize)
        canvas.events.initialize.disconnect(renderer._on_initialize)
