"""Drawing: a moving frame of the whole picture, against bare points of the same order, size and count + the globe.

Then nodes alone against other programs' points (rivals.py), dragging (drag.py), odd orbits (odd.py), and from 10,000 to
4,000,000 nodes (sizes.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from vispy import gloo
from vispy.gloo.glir import GlirProgram

from orbitviz.bench import drag, odd, rivals, sizes
from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import SCREEN, document_of, stage
from orbitviz.bench.synthetic import METRIC, recorded
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.passes import Target
from orbitviz.scene.renderer import Renderer
from orbitviz.scene.themes import THEMES
from orbitviz.sim.propagation import Propagator

GOAL = 1.6
MOST_FULL_SCREEN = 2.0
_HERE = Path(__file__).parent


def moving_frame(renderer: Renderer) -> Callable[[], None]:
    """A program that moves time by a quarter of a second and draws everything, as the window would at full detail."""

    def program() -> None:
        clock = renderer.session.clock
        clock.seek(clock.t_s + 0.25)
        renderer.draw_now()
        renderer.present()
        gloo.finish()

    return program


def bare_points(renderer: Renderer) -> Callable[[], None]:
    """The same nodes as plain GL points: places uploaded once, one colour, nothing hidden."""
    state, document = renderer.state_now(), renderer.session.document
    assert document is not None
    place_km = Propagator.of(document.fleet).states(state.t_s)[0][0]
    program = gloo.Program((_HERE / "points.vert").read_text(), (_HERE / "points.frag").read_text())
    program["a_place"] = gloo.VertexBuffer((place_km / EARTH_RADIUS_KM).astype(np.float32))
    program["u_clip"] = state.pose.clip_from_relative(SCREEN).T.astype(np.float32)
    program["u_eye"] = (state.pose.eye / EARTH_RADIUS_KM).astype(np.float32)
    program["u_point"] = renderer.nodes.look(state).point
    target = Target(SCREEN)

    def body() -> None:
        gloo.set_state(blend=False, depth_test=False)
        program.draw("points")

    def draw() -> None:
        target.draw(body)
        gloo.finish()

    return draw


def bare_globe(renderer: Renderer) -> Callable[[], None]:
    """The globe alone."""
    state = renderer.state_now()
    target = Target(SCREEN)
    globe = next(layer for layer in renderer.layers if layer.NAME == "globe")

    def draw() -> None:
        target.draw(lambda: globe.draw(state), THEMES[state.theme].space)
        gloo.finish()

    return draw


@contextmanager
def draw_calls() -> Iterator[list[str]]:
    """Every draw call that vispy issues meanwhile, by its primitive."""
    calls: list[str] = []
    real = GlirProgram.draw

    def counting(self: GlirProgram, mode: str, *rest: object) -> None:
        calls.append(str(mode))
        real(self, mode, *rest)

    GlirProgram.draw = counting
    try:
        yield calls
    finally:
        GlirProgram.draw = real


def run(nodes: int) -> dict[str, Figure]:
    """The shipped fleet nearest to `nodes` with a recorded metric, globe and stars at 1920 x 1080; then the rest."""
    document = document_of(nodes)
    figures = _frame(nodes)
    figures |= rivals.run(document)
    figures |= drag.run(document)
    figures |= odd.run()
    return figures | sizes.run()


def _frame(nodes: int) -> dict[str, Figure]:
    with stage(recorded(document_of(nodes))) as renderer:
        assert renderer.player is not None
        renderer.player.wait_for(0.0, METRIC.name)
        renderer.player.wait_for(60.0, METRIC.name)
        frame = moving_frame(renderer)
        frame()
        before = renderer.store.uploaded_bytes
        programs = {"frame": frame, "points": bare_points(renderer), "globe": bare_globe(renderer)}
        ms = medians_ms(programs, repeats=9)
        # Vertex buffers of the small layers aside, time that moves within two frames uploads nothing.
        uploaded = renderer.store.uploaded_bytes - before
        drawn = renderer.status.drawn
        filled = renderer.filled_pixels
        with draw_calls() as calls:
            frame()
        passes = (renderer.filled_pixels - filled) / (SCREEN[0] * SCREEN[1])
    floor_ms = ms["points"] + ms["globe"]
    ratio = ms["frame"] / floor_ms
    floor = f"bare points {ms['points']:.0f} ms + bare globe {ms['globe']:.0f} ms"
    return {
        f"moving frame, {drawn:,} nodes": Figure(ms["frame"], "ms", floor, ratio, f"<= {GOAL} x", ratio <= GOAL),
        "uploaded by those frames": Figure(float(uploaded), "bytes", "", None, "0 bytes", uploaded == 0),
        "full-screen passes of one": Figure(
            passes, "1", "", None, f"<= {MOST_FULL_SCREEN:.0f}", passes <= MOST_FULL_SCREEN
        ),
        "draw calls of one": Figure(float(len(calls)), "1"),
    }
