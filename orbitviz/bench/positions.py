"""Places as the vertex shader computes them, read back from the GPU, against sgp4: 1,000 nodes of each preset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import stage
from orbitviz.core.fleet import Fleet
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.passes import Target
from orbitviz.scene.renderer import Renderer
from orbitviz.sim.propagation import Propagator

PRESETS = ("starmind-1m", "starmind-dawn-dusk", "starcloud-88k", "sunrise-51k", "starlink-gen1")
NODES = 5000
"""Above the size up to which a fleet is computed on the processor; 1,000 of them are compared."""
DAYS = (0.0, 1.0, 30.0)
GOAL_M = 50.0
GOAL_DRAG_M = 100.0


def shader_positions_km(renderer: Renderer, t_s: float) -> NDArray[np.float64]:
    """(N, 3) TEME km as the shader has them, NaN for rows that it does not draw."""
    renderer.session.clock.open_ended = True
    renderer.session.clock.seek(t_s)
    state = renderer.state_exact()
    renderer.nodes.apply(None, state)
    renderer.nodes.prepare_all(state, "PROBE")
    fleet = renderer.nodes.fleet
    assert fleet is not None
    target = Target((fleet.columns, fleet.rows), floating=True)

    def body() -> None:
        gloo.set_state(blend=False, depth_test=False)
        renderer.nodes.draw_all(state, state.level, "PROBE")

    target.draw(body)
    pixels = target.read(floating=True).astype(np.float64)[::-1].reshape(-1, 4)[: fleet.total]
    target.delete()
    return np.where(pixels[:, 3:] > 0.5, pixels[:, :3] * EARTH_RADIUS_KM, np.nan)


def _sample(fleet: Fleet, count: int) -> Fleet:
    rows = np.unique(np.linspace(0, len(fleet) - 1, count).astype(int))
    columns = ("node_id", "shell", "plane", "slot", "node_type")
    picked = {name: getattr(fleet, name)[rows] for name in columns}
    return replace(fleet, elements=fleet.elements.rows(rows), name=None, catalog_number=None, pairs=None, **picked)


def _errors_m(renderer: Renderer, fleet: Fleet, t_s: float) -> NDArray[np.float64]:
    found = shader_positions_km(renderer, t_s)
    rows = np.flatnonzero(np.isfinite(found[:, 0]))
    rows = rows[np.linspace(0, len(rows) - 1, 1000).astype(int)]
    truth = Propagator(fleet.elements.rows(rows), engine="sgp4").states(t_s)[0][0]
    return np.asarray(np.linalg.norm(found[rows] - truth, axis=1) * 1e3)


def run(nodes: int) -> dict[str, Figure]:
    """The largest error of 1,000 nodes of each preset at once, after a day and after 30, without any upload; and
    with drag within 6 h."""
    figures = {}
    for preset in PRESETS:
        fleet = _sample(api.open(preset).fleet, NODES)
        figures[f"{preset}, 0, 1 and 30 days"] = _worst(fleet, [day * 86400.0 for day in DAYS], GOAL_M)
    drag = replace(fleet.elements, bstar=np.full(len(fleet), 1.0e-4))
    figures["the last with drag 1e-4, within 6 h"] = _worst(
        replace(fleet, elements=drag), [-21600.0, 10800.0, 21600.0], GOAL_DRAG_M
    )
    return figures


def _worst(fleet: Fleet, instants_s: list[float], goal_m: float) -> Figure:
    document = replace(api.open("three-body-12"), fleet=fleet)
    with stage(document) as renderer:
        worst = max(float(_errors_m(renderer, fleet, t_s).max()) for t_s in instants_s)
    return Figure(worst, "m", "", None, f"<= {goal_m:.0f} m", worst <= goal_m)
