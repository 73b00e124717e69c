"""A renderer without a window at the size of a screen, for the benches of the picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orbitviz import api
from orbitviz.core.document import Document
from orbitviz.player import Player
from orbitviz.scene.canvas import open_offscreen
from orbitviz.scene.framing import first_view
from orbitviz.scene.renderer import Renderer
from orbitviz.session import Session

SCREEN = (1920, 1080)


def preset_of(nodes: int) -> str:
    """The shipped fleet nearest to so many nodes."""
    sizes = {"starlink-gen1": 4_408, "sunrise-51k": 51_600, "starcloud-88k": 88_000}
    sizes |= {"starmind-dawn-dusk": 500_000, "starmind-1m": 1_000_000}
    return min(sizes, key=lambda name: abs(sizes[name] - nodes))


def document_of(nodes: int) -> Document:
    """The shipped scenario nearest to so many nodes."""
    return api.open(preset_of(nodes))


@contextmanager
def stage(document: Document, size: tuple[int, int] = SCREEN) -> Iterator[Renderer]:
    """A renderer of the document on an off-screen canvas, seen as the window first shows it."""
    session = Session()
    canvas = open_offscreen(size)
    renderer = Renderer(session, canvas)
    player = Player(document.recording) if document.recording is not None else None
    session.open(document)
    renderer.open(document, player)
    session.view.update(**first_view(document, session.clock.t_s, session.view))
    try:
        yield renderer
    finally:
        renderer.close()
        if player is not None:
            player.close()
        canvas.close()
