"""Nodes alone: time moves and they are drawn anew, against pyvista and VisPy's Markers moving the same places, in the
same order and size, seen from the same place. Their places are computed ahead and cost them nothing.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.stage import SCREEN, stage
from orbitviz.bench.synthetic import METRIC, recorded
from orbitviz.core.document import Document
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.layers.globe import sphere_box
from orbitviz.scene.passes import Passes, Target
from orbitviz.scene.renderer import Renderer
from orbitviz.scene.themes import THEMES
from orbitviz.sim.propagation import Propagator

INSTANTS_S = (0.0, 10.0, 20.0)
GOALS = {"pyvista": 2.5, "VisPy Markers": 3.0}
Places = NDArray[np.float32]


def nodes_alone(renderer: Renderer) -> Callable[[], None]:
    """Places by SGP4 in the shader, values of two recorded frames, accumulated; then resolved over black."""
    passes, nodes, clock = Passes(renderer.store), renderer.nodes, renderer.session.clock
    passes.resize(SCREEN)
    passes.background.draw(lambda: None, THEMES["dark"].space)

    def program() -> None:
        clock.seek((clock.t_s + 0.25) % 50.0)
        state = renderer.state_now()
        nodes.apply(None, state)
        passes.compact = nodes.compact(state)
        passes.nodes.draw(lambda: nodes.draw(state))
        nodes.set_resolve(state, passes.resolve)
        passes.picture.draw(lambda: passes.run_resolve(sphere_box(state, nodes.reach)), None)
        gloo.finish()

    return program


def markers(renderer: Renderer, places: list[Places], size: float) -> Callable[[], None]:
    """VisPy's own points, into a target of the same size."""
    from vispy.visuals import MarkersVisual
    from vispy.visuals.transforms import MatrixTransform

    state = renderer.state_now()
    visual = MarkersVisual()
    visual.transforms.configure(canvas=renderer.canvas, viewport=(0, 0, *SCREEN), fbo_size=SCREEN)
    width, height = SCREEN
    # Clip space to the canvas's pixels, y downwards, as its transforms expect it.
    pixels = np.array(
        [[width / 2, 0, 0, width / 2], [0, -height / 2, 0, height / 2], [0, 0, 1, 0], [0, 0, 0, 1]], np.float64
    )
    shift = np.eye(4)
    shift[:3, 3] = -state.pose.eye / EARTH_RADIUS_KM
    clip = np.array(state.pose.clip_from_relative(SCREEN), np.float64)
    clip[2] = [0.0, 0.0, 0.0, 0.1]  # ours needs no depth; its transform must have an inverse
    visual.transform = MatrixTransform((pixels @ clip @ shift).T)
    target = Target(SCREEN, depth=True)
    turn = cycle(places)

    def program() -> None:
        visual.set_data(next(turn), size=size, edge_width=0, face_color=(1.0, 0.8, 0.4, 1.0), symbol="square")
        target.draw(visual.draw)
        gloo.finish()

    return program


def pyvista_points(renderer: Renderer, places: list[Places], size: float) -> Callable[[], None]:
    """pyvista's plain points in an off-screen plotter."""
    import pyvista

    pose = renderer.state_now().pose
    plotter = pyvista.Plotter(off_screen=True, window_size=list(SCREEN))
    cloud = pyvista.PolyData(places[0].copy())
    plotter.add_points(cloud, color="orange", point_size=size, render_points_as_spheres=False, lighting=False)
    eye = pose.eye / EARTH_RADIUS_KM
    plotter.camera.position = tuple(eye)
    plotter.camera.focal_point = tuple(eye - pose.rotation[2])
    plotter.camera.up = tuple(pose.rotation[1])
    plotter.camera.view_angle = float(np.degrees(2.0 * np.arctan(pose.tan_half)))
    plotter.reset_camera_clipping_range()
    plotter.show(auto_close=False, interactive=False)
    window: Any = plotter.render_window
    turn = cycle(places)

    def program() -> None:
        cloud.points = next(turn)
        plotter.render()
        window.WaitForCompletion()

    return program


def _floats(document: Document) -> list[Places]:
    propagator = Propagator.of(document.fleet)
    instants: Any = np.array(INSTANTS_S)
    states = propagator.states(instants, velocity=False)[0]
    return [np.ascontiguousarray(place / EARTH_RADIUS_KM, np.float32) for place in states]


def run(document: Document) -> dict[str, Figure]:
    """All three take turns in one process; pyvista is left out, and that is said, where it is not installed."""
    places = _floats(document)
    with stage(recorded(document)) as renderer:
        assert renderer.player is not None
        renderer.player.wait_for(0.0, METRIC.name)
        renderer.draw_now()
        size = renderer.nodes.look(renderer.state_now()).point
        programs = {"ours": nodes_alone(renderer), "VisPy Markers": markers(renderer, places, size)}
        if importlib.util.find_spec("pyvista") is not None:
            logging.getLogger("pyvista").setLevel(logging.ERROR)
            programs["pyvista"] = pyvista_points(renderer, places, size)
        ms = medians_ms({name: _current(renderer, program) for name, program in programs.items()}, repeats=5)
    figures = {"nodes alone, moving": Figure(ms["ours"], "ms")}
    for name, goal in GOALS.items():
        if name not in ms:
            figures[f"nodes alone, {name}"] = Figure(float("nan"), "ms", "not installed: pip install orbitviz[bench]")
            continue
        ratio = ms[name] / ms["ours"]
        figures[f"nodes alone, {name}"] = Figure(ms[name], "ms", "ours", ratio, f">= {goal} x", ratio >= goal)
    return figures


def _current(renderer: Renderer, program: Callable[[], None]) -> Callable[[], None]:
    """With our context current: pyvista makes its own so."""

    def run_it() -> None:
        renderer.canvas.set_current()
        program()

    return run_it
