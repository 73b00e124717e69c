"""A lost context: everything on the GPU is made anew, with time, camera and selection kept; a driver that cannot draw
is told once."""

from __future__ import annotations

import numpy as np
import pytest
from scene_tools import document_of, elements, fleet_of

from orbitviz.scene.compose import Composer
from orbitviz.scene.recovery import AGAIN_S, Attempts

pytestmark = pytest.mark.gl
COUNT = 5000


@pytest.fixture
def renderer(renderer_of):
    made = renderer_of(document_of(fleet_of(elements(COUNT))))
    made.session.clock.seek(1234.5)
    made.session.view.orbit(30.0, 10.0)
    made.session.selection.row = 77
    return made


def picture(renderer) -> np.ndarray:
    renderer.draw_now()
    return renderer._passes.picture.read().astype(int)


def lose_everything(renderer) -> None:
    """Deletes every GL object behind the program's back, as a lost context does."""
    for thing in renderer.canvas.context.shared.parser._objects.values():
        if hasattr(thing, "delete"):
            thing.delete()


def test_a_rebuilt_picture_is_the_same(renderer):
    before = picture(renderer)
    assert before[..., :3].max() > 60
    lose_everything(renderer)
    renderer.rebuild(same_context=False)
    assert np.array_equal(picture(renderer), before)
    assert renderer.session.clock.t_s == 1234.5
    assert renderer.session.selection.row == 77
    assert renderer.status.drawn == COUNT


def test_a_failing_draw_is_tried_once_more_on_new_objects(renderer, monkeypatch):
    before = picture(renderer)
    failures = []
    renderer.on_error.append(failures.append)
    old = renderer._passes
    real = Composer.draw

    def failing(self, passes, *rest):
        if passes is old:
            raise RuntimeError("the driver was reset")
        return real(self, passes, *rest)

    monkeypatch.setattr(Composer, "draw", failing)
    renderer._wanted = None
    renderer._drawn = None
    renderer._on_draw(None)
    assert not renderer.broken
    assert not failures
    assert renderer._passes is not old
    assert np.array_equal(picture(renderer), before)


def test_a_driver_that_cannot_draw_is_said_once_and_not_tried_for_ever(renderer, monkeypatch):
    failures, tries = [], []
    renderer.on_error.append(failures.append)

    def failing(self, *_):
        tries.append(1)
        raise RuntimeError("no such extension")

    monkeypatch.setattr(Composer, "draw", failing)
    for _ in range(5):
        renderer._on_draw(None)
    assert renderer.broken
    assert len(failures) == 1
    assert "no such extension" in failures[0].message
    assert len(tries) == 2


def test_a_context_that_says_it_is_lost_is_noticed(renderer, monkeypatch):
    from orbitviz.scene import recovery

    picture(renderer)
    answers = iter([recovery.CONTEXT_LOST])
    monkeypatch.setattr(recovery.gl, "glGetError", lambda: next(answers, 0))
    first = renderer._passes
    renderer._drawn = renderer._wanted = None
    renderer._on_draw(None)
    assert not renderer.broken
    assert renderer._passes is not first


def test_a_new_context_of_the_canvas_is_noticed(renderer):
    before = picture(renderer)
    first = renderer._passes
    renderer.canvas.events.initialize()
    assert renderer._passes is not first
    assert np.array_equal(picture(renderer), before)


def test_attempts_are_not_repeated_at_once():
    attempts = Attempts()
    assert attempts.allowed(100.0)
    assert not attempts.allowed(100.0 + 0.5 * AGAIN_S)
    assert attempts.allowed(101.0 + AGAIN_S)
