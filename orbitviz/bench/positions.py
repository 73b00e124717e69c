"""Places as the vertex shader computes them, read back from the GPU, against sgp4: 1,000 nodes of each preset by
elements; recorded states and odd orbits by the cubic between keyframes."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from vispy import gloo

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import stage
from orbitviz.core.fleet import Fleet, MeanElements
from orbitviz.core.units import EARTH_RADIUS_KM, TWO_PI
from orbitviz.scene.passes import Target
from orbitviz.scene.renderer import Renderer
from orbitviz.sim.propagation import Propagator

PRESETS = ("starmind-1m", "starmind-dawn-dusk", "starcloud-88k", "sunrise-51k", "starlink-gen1")
NODES = 5000
"""Above the size up to which a fleet is computed on the processor; 1,000 of them are compared."""
DAYS = (0.0, 1.0, 30.0)
GOAL_M = 50.0
GOAL_DRAG_M = 100.0
GOAL_STATES_M, GOAL_DIFFERENCES_M, GOAL_ODD_M = 3.0, 8.0, 20.0


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


def sample(fleet: Fleet, count: int) -> Fleet:
    """So many nodes of a fleet, evenly over its rows."""
    rows = np.unique(np.linspace(0, len(fleet) - 1, count).astype(int))
    columns = ("node_id", "shell", "plane", "slot", "node_type")
    picked = {name: getattr(fleet, name)[rows] for name in columns}
    return replace(fleet, elements=fleet.elements.rows(rows), name=None, catalog_number=None, pairs=None, **picked)


def _errors_m(renderer: Renderer, fleet: Fleet, t_s: float) -> NDArray[np.float64]:
    found = shader_positions_km(renderer, t_s)
    rows = np.flatnonzero(np.isfinite(found[:, 0]))
    rows = rows[np.linspace(0, len(rows) - 1, 1000).astype(int)]
    truth = Propagator(fleet.elements.rows(rows), engine="sgp4", epoch=fleet.epoch).states(t_s)[0][0]
    return np.asarray(np.linalg.norm(found[rows] - truth, axis=1) * 1e3)


def run(nodes: int) -> dict[str, Figure]:
    """The largest error of 1,000 nodes of each preset at once, after a day and after 30, without any upload; and
    with drag within 6 h."""
    figures = {}
    for preset in PRESETS:
        fleet = sample(api.open(preset).fleet, NODES)
        figures[f"{preset}, 0, 1 and 30 days"] = _worst(fleet, [day * 86400.0 for day in DAYS], GOAL_M)
    drag = replace(fleet, elements=replace(fleet.elements, bstar=np.full(len(fleet), 1.0e-4)))
    figures["the last with drag 1e-4, within 6 h"] = _worst(drag, [-21600.0, 10800.0, 21600.0], GOAL_DRAG_M)
    figures["with drag, referenced anew after 9 days"] = _worst(drag, [9.0 * 86400.0], GOAL_DRAG_M)
    figures["recorded positions and velocities, 60 s"] = _recorded(fleet, 60.0, True, GOAL_STATES_M)
    figures["recorded positions alone, 60 s"] = _recorded(fleet, 60.0, False, GOAL_DIFFERENCES_M)
    for name, orbits in _odd_fleets(fleet).items():
        figures[name] = _worst(replace(fleet, elements=orbits), [33.3, 86400.0 + 7.0], GOAL_ODD_M)
    return figures


def _odd_fleets(fleet: Fleet) -> dict[str, MeanElements]:
    """Every node of the fleet on an orbit that its elements are not enough for in float32."""
    ones, orbits = np.ones(len(fleet)), fleet.elements
    day, half_day = TWO_PI / 1436.07, TWO_PI / 717.9
    return {
        "geostationary orbits, keyframes of 60 s": replace(
            orbits, mean_motion_rad_min=day * ones, eccentricity=2e-4 * ones, inclination_rad=0.05 * ones
        ),
        "half-day orbits of e = 0.72, keyframes of 60 s": replace(
            orbits, mean_motion_rad_min=half_day * ones, eccentricity=0.72 * ones
        ),
        "near-earth orbits of e = 0.2, keyframes of 60 s": replace(
            orbits, mean_motion_rad_min=0.045 * ones, eccentricity=0.2 * ones
        ),
    }


def _recorded(fleet: Fleet, step_s: float, velocity: bool, goal_m: float) -> Figure:
    """A recording of states, as another program writes it, of the orbits of a fleet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states.h5"
        times_s = step_s * np.arange(8, dtype=np.float64)
        position_km, velocity_km_s = Propagator(fleet.elements, "sgp4", fleet.epoch).states(times_s)
        with h5py.File(path, "w") as file:
            file.attrs["format"], file.attrs["format_version"] = "orbitviz-recording", "1.0"
            file.attrs["epoch_utc"] = fleet.epoch.iso()
            file["time/t_s"] = times_s
            file["frames/position_km"] = np.asarray(position_km, np.float32)
            if velocity:
                file["frames/velocity_km_s"] = np.asarray(velocity_km_s, np.float32)
        with stage(api.open(path)) as renderer:
            worst = max(float(_errors_m(renderer, fleet, t_s).max()) for t_s in (0.0, 0.5 * step_s, 4.3 * step_s))
    return Figure(worst, "m", "", None, f"<= {goal_m:.0f} m", worst <= goal_m)


def _worst(fleet: Fleet, instants_s: list[float], goal_m: float) -> Figure:
    document = replace(api.open("three-body-12"), fleet=fleet)
    with stage(document) as renderer:
        worst = max(float(_errors_m(renderer, fleet, t_s).max()) for t_s in instants_s)
    return Figure(worst, "m", "", None, f"<= {goal_m:.0f} m", worst <= goal_m)
