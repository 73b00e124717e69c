"""Recording: node-steps a second of a two-hour run, against the numpy + sgp4 SatrecArray script a user would write.

The baseline does less (position, lit share, array, battery, a constant load; nothing written) on one process;
two processes of it are taken as twice as fast, which flatters it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from orbitviz import api
from orbitviz.bench.figure import Figure
from orbitviz.bench.stage import preset_of
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.node_type import NodeType
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme

GOAL_NODE_STEPS_S = 2_000_000.0
GOAL_RSS_MB = 3072.0


def _script_rate(document: Document, nodes: int = 20_000, steps: int = 20) -> float:
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


def run(nodes: int) -> dict[str, Figure]:
    """Records two hours of starmind-1m at 60 s with all metrics, in a child as the window does."""
    name = preset_of(nodes)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.h5"
        command = [sys.executable, "-m", "orbitviz", "record", name, "-o", str(out)]
        done = subprocess.run(
            [*command, "--duration", "2h", "--step", "60s", "--json"], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise OrbitvizError(f"the recording must succeed, it ended with: {done.stderr.strip()[-300:]}")
        result = json.loads(done.stdout)
    rate = float(result["node_steps_per_s"])
    script = 2.0 * _script_rate(api.open(name))
    whole = name == "starmind-1m"
    rss_mb = float(result["peak_rss_mb"])
    return {
        "node-steps written a second": Figure(
            rate,
            "1/s",
            f"numpy + SatrecArray, two processes ({script:,.0f}/s)",
            rate / script,
            ">= 2,000,000/s" if whole else "",
            rate >= GOAL_NODE_STEPS_S if whole else None,
        ),
        "peak memory, all processes": Figure(rss_mb, "MB", "", None, "<= 3072 MB", rss_mb <= GOAL_RSS_MB),
        "file": Figure(float(result["bytes"]) / 1e6, "MB"),
        "frames": Figure(float(result["frames"]), "1"),
    }
