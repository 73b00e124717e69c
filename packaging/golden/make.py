"""Makes the golden files of the format version that this checkout writes: tests/files/golden/.

Run once for each version of the format, never again for an old one: `python packaging/golden/make.py`. A recording of
ours and a scenario of six nodes, gzipped (tables that grow have room for more rows than six nodes need), and what plain
h5py finds in them, which the tests compare with what orbitviz reads.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np

from orbitviz import api
from orbitviz.files.schema import FORMAT_VERSION

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "files" / "golden"
RECIPE = """
[scenario]
name = "golden"
title = "Golden six"
description = "Six nodes with work of every kind, kept to open files of every version of the format."
epoch = "2026-03-20T06:00:00Z"
duration = "4min"
step = "60s"
seed = 7
sources = ["made for the tests"]

[[node_type]]
name = "ai"
compute_average_kw = 100.0
compute_peak_kw = 120.0
eclipse_policy = "reduced"

[[shell]]
name = "low"
node_type = "ai"
altitude_km = 600.0
inclination_deg = 53.0
planes = 2
nodes_per_plane = 3

[[workload]]
name = "chat"
kind = "inference"
demand_pflops = 200.0
max_rtt_ms = 300.0

[[workload]]
name = "training"
kind = "training"
demand_pflops = 300.0
gang_size = 3

[[workload]]
name = "batch"
kind = "batch"
demand_pflops = 100.0

[[ground]]
file = "cities"
"""


def found(path: Path) -> dict[str, object]:
    """What is stored, by plain h5py."""
    with h5py.File(path, "r") as file:
        told: dict[str, object] = {
            "raan_rad": file["fleet/elements/raan_rad"][()].tolist(),
            "node_type": [name.decode().strip() for name in file["node_types/name"][()]],
        }
        if "time" in file:
            told["t_s"] = file["time/t_s"][()].tolist()
            told["frames"] = {
                name: {
                    "units": dataset.attrs["units"].decode(),
                    "scale_factor": float(dataset.attrs["scale_factor"]),
                    "add_offset": float(dataset.attrs["add_offset"]),
                    "stored": dataset[()].tolist(),
                }
                for name, dataset in file["frames"].items()
            }
            told["totals"] = {name: np.asarray(values[()]).tolist() for name, values in file["totals"].items()}
            told["surface"] = {name: float(values[()].sum()) for name, values in file["surface"].items()}
            told["events"] = [text.decode().strip() for text in file["events/kind"][()]]
            told["jobs"] = [text.decode().strip() for text in file["jobs/name"][()]] if "jobs" in file else []
        return told


def main() -> int:
    """Writes scenario and recording of this version, and their contents."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "golden.toml").write_text(RECIPE, encoding="utf-8")
        api.build(folder / "golden.toml", folder / "scenario.h5")
        api.record(folder / "golden.toml", folder / "recording.h5")
        for kind in ("scenario", "recording"):
            stem = f"{kind}-{FORMAT_VERSION}"
            data = (folder / f"{kind}.h5").read_bytes()
            (GOLDEN / f"{stem}.h5.gz").write_bytes(gzip.compress(data, 9, mtime=0))
            told = json.dumps(found(folder / f"{kind}.h5"), allow_nan=True)
            (GOLDEN / f"{stem}.json").write_text(told + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
