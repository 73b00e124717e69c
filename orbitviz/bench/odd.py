"""A catalogue of 12,000, a third of it deep-space and eccentric orbits: a playing frame, against the same number of low
circular orbits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from vispy import gloo

from orbitviz import api
from orbitviz.bench.figure import Figure, medians_ms
from orbitviz.bench.positions import sample
from orbitviz.bench.stage import stage
from orbitviz.core.document import Document
from orbitviz.core.units import TWO_PI
from orbitviz.scene.renderer import Renderer

NODES, ODD = 12_000, 4_000
SPEED, FRAME_S = 60.0, 1.0 / 30.0
GOAL = 1.25


def _documents() -> tuple[Document, Document]:
    document = api.open("three-body-12")
    plain = sample(api.open("starmind-1m").fleet, NODES)
    odd = np.arange(NODES) % (NODES // ODD) == 0
    orbits = plain.elements
    motion = np.where(odd, TWO_PI / 717.9, orbits.mean_motion_rad_min)
    eccentricity = np.where(odd, np.where(np.arange(NODES) % 2 == 0, 0.72, 0.001), orbits.eccentricity)
    mixed = replace(plain, elements=replace(orbits, mean_motion_rad_min=motion, eccentricity=eccentricity))
    return replace(document, fleet=plain, scenario=None), replace(document, fleet=mixed, scenario=None)


def _playing(renderer: Renderer) -> Callable[[], None]:
    """Display frames as the window makes them, while time runs at SPEED: the thread works beside them."""
    renderer.session.clock.update(open_ended=True, playing=True, speed=SPEED)

    def program() -> None:
        renderer.canvas.set_current()
        if renderer.tick(FRAME_S):
            renderer.draw_wanted()
            gloo.finish()

    return program


def run() -> dict[str, Figure]:
    """Both play in turns for two seconds of frames, two minutes of their time: two keyframes and more are made."""
    plain, mixed = _documents()
    with stage(plain) as first, stage(mixed) as second:
        second.session.view.update(distance_km=first.session.view.distance_km)
        for renderer in (first, second):
            renderer.draw_now()
        ms = medians_ms({"plain": _playing(first), "odd": _playing(second)}, repeats=60, warm_up=3)
        drawn = second.status.drawn
    ratio = ms["odd"] / ms["plain"]
    name = f"playing frame, {drawn:,} nodes, {ODD:,} of them deep or eccentric"
    return {name: Figure(ms["odd"], "ms", f"none of them {ms['plain']:.0f} ms", ratio, f"<= {GOAL} x", ratio <= GOAL)}
