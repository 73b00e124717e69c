"""Recording: node-steps a second of a two-hour run, against the numpy + sgp4 SatrecArray script a user would write.

The baseline does less (position, lit share, array, battery, a constant load; nothing written); it runs on two processes
at once, each with its own nodes. The table scales the flagship fleet from 10,000 to 2,000,000 nodes.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import preset_of
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.node_type import NodeType
from orbitviz.files.recipe import recipe_text
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme

GOAL_NODE_STEPS_S = 6_000_000.0
GOAL_RSS_MB = 3072.0
FLAGSHIP = "starmind-1m"
TABLE = (10_000, 100_000, 1_000_000, 2_000_000)


def script_rate(document: Document, nodes: int = 20_000, steps: int = 20) -> float:
    """Node-steps a second of the plain script, after its set-up."""
    fleet = document.fleet
    nodes = min(nodes, len(fleet))
    kind: NodeType = fleet.node_types[0]
    propagator = Propagator(fleet.elements.rows(slice(0, nodes)), engine="sgp4")
    soc_j = np.full(nodes, kind.battery_kwh * 3.6e6)
    full_j = soc_j.copy()
    load_w = (kind.compute_average_kw + kind.bus_kw) * 1e3
    begin = time.perf_counter()
    for step in range(steps):
        t_s = 60.0 * step
        position_km, _ = propagator.states(np.array([t_s]))
        unit, distance_km = sun_teme(fleet.epoch, t_s)
        lit = lit_fraction(position_km[0], unit * distance_km)
        spare_w = lit * kind.array_area_m2 * kind.array_w_per_m2 - load_w
        gained_w = np.where(spare_w > 0, spare_w * kind.charge_efficiency, spare_w / kind.discharge_efficiency)
        soc_j = np.clip(soc_j + gained_w * 60.0, 0.0, full_j)
    return nodes * steps / (time.perf_counter() - begin)


def _script_of(name: str) -> float:
    return script_rate(api.open(name))


def _two_processes(name: str) -> float:
    """Node-steps a second of two such scripts side by side."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return float(sum(pool.map(_script_of, [name, name], chunksize=1)))


def scaled_recipe(nodes: int, folder: Path) -> Path:
    """The flagship's recipe with its planes filled more or less, to about so many nodes."""
    scenario = api.open(FLAGSHIP).scenario
    assert scenario is not None
    share = nodes / scenario.nodes
    shells = tuple(
        replace(shell, nodes_per_plane=max(1, round(shell.nodes_per_plane * share))) for shell in scenario.shells
    )
    loads = tuple(
        replace(load, demand_pflops=load.demand_pflops * share, gang_size=min(load.gang_size, max(2, nodes // 1000)))
        if load.kind == "training"
        else replace(load, demand_pflops=load.demand_pflops * share)
        for load in scenario.workloads
    )
    path = folder / f"{nodes}.toml"
    path.write_text(recipe_text(replace(scenario, name=f"s{nodes}", shells=shells, workloads=loads)), encoding="utf-8")
    return path


def recorded(what: str, out: Path, duration: str) -> dict[str, Any]:
    """What `orbitviz record --json` says of a run in a child, as the window starts it."""
    command = [sys.executable, "-m", "orbitviz", "record", what, "-o", str(out), "--duration", duration]
    done = subprocess.run([*command, "--step", "60s", "--json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OrbitvizError(f"the recording must succeed, it ended with: {done.stderr.strip()[-300:]}")
    return dict(json.loads(done.stdout))


def run(nodes: int) -> dict[str, Figure]:
    """Records two hours of the preset nearest to `nodes` at 60 s with all metrics; with the flagship also the table."""
    name = preset_of(nodes)
    with tempfile.TemporaryDirectory() as folder:
        result = recorded(name, Path(folder) / "run.h5", "2h")
        table = _table(Path(folder)) if name == FLAGSHIP else {}
    rate = float(result["node_steps_per_s"])
    script = _two_processes(name)
    whole = name == FLAGSHIP
    rss_mb = float(result["peak_rss_mb"])
    figures = {
        "node-steps written a second": Figure(
            rate,
            "1/s",
            f"numpy + SatrecArray, two processes ({script:,.0f}/s)",
            rate / script,
            f">= {GOAL_NODE_STEPS_S:,.0f}/s" if whole else "",
            rate >= GOAL_NODE_STEPS_S if whole else None,
        ),
        "peak memory, all processes": Figure(rss_mb, "MB", "", None, "<= 3072 MB", rss_mb <= GOAL_RSS_MB),
        "file": Figure(float(result["bytes"]) / 1e6, "MB"),
        "frames": Figure(float(result["frames"]), "1"),
    }
    return figures | table


def _table(folder: Path) -> dict[str, Figure]:
    """Milliseconds a frame against the number of nodes, beside the straight line through all of them; memory."""
    sizes, frame_ms, memory_mb = [], [], []
    for nodes in TABLE:
        out = folder / f"{nodes}.h5"
        result = recorded(str(scaled_recipe(nodes, folder)), out, "1h" if nodes >= 1_000_000 else "4h")
        out.unlink()
        sizes.append(int(result["nodes"]))
        frame_ms.append(float(result["wall_s"]) / result["frames"] * 1e3)
        memory_mb.append(float(result["peak_rss_mb"]))
    slope, fixed = np.polyfit(sizes, frame_ms, 1, w=1.0 / np.array(frame_ms))
    line = f"{fixed:.0f} ms + {slope * 1e6:.0f} ms a million nodes"
    figures = {}
    for nodes, ms, mb in zip(sizes, frame_ms, memory_mb, strict=True):
        figures[f"a frame of {nodes:,} nodes"] = Figure(ms, "ms", line, ms / (fixed + slope * nodes))
        figures[f"memory with {nodes:,} nodes"] = Figure(mb, "MB")
    return figures
