"""Makes the pictures of README and docs with `orbitviz render`: python packaging/pictures/build.py [NAME ...]"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent.parent / "docs" / "pictures"
RECORDED = "recorded"
"""Stands for a two-hour recording of starmind-1m, made when a picture needs it."""

PICTURES = {
    "starmind-sunlit": ["starmind-1m", "--time", "2026-03-20T00:10Z"],
    "starmind-battery": [RECORDED, "--metric", "battery_soc", "--time", "2026-03-20T01:20Z"],
    "starmind-heat": [RECORDED, "--metric", "radiator_k", "--time", "2026-03-20T00:50Z", "--camera", "62,-60,26000"],
    "starmind-ground": [
        RECORDED,
        "--metric",
        "compute_pf",
        "--time",
        "2026-03-20T01:30Z",
        "--layers",
        "sky,globe,surface_heat",
    ],
    "node": [RECORDED, "--metric", "radiator_k", "--time", "2026-03-20T00:25Z", "--node", "298669,0.16"],
    "starlink": ["starlink-gen1"],
    "suncatcher": ["suncatcher-81", "--node", "40,0.55"],
}


def orbitviz(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "orbitviz", *arguments], check=True)


def main(names: list[str]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run.h5"
        for name in names or PICTURES:
            arguments = list(PICTURES[name])
            if arguments[0] == RECORDED:
                if not run.exists():
                    orbitviz("record", "starmind-1m", "-o", str(run), "--duration", "2h", "--step", "60s")
                arguments[0] = str(run)
            orbitviz("render", *arguments, "--size", "1600x900", "-o", str(OUT / f"{name}.jpg"))


if __name__ == "__main__":
    main(sys.argv[1:])
