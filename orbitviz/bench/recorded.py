"""The recording that playback is measured on: made anew, or the one that ORBITVIZ_BENCH_RECORDING names."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orbitviz.bench.stage import preset_of
from orbitviz.core.errors import OrbitvizError

VARIABLE = "ORBITVIZ_BENCH_RECORDING"


@contextmanager
def recorded_run(nodes: int) -> Iterator[Path]:
    """A recording file: two hours of the preset of so many nodes at 60 s, or any other, say a day, by its name."""
    named = os.environ.get(VARIABLE)
    if named:
        yield Path(named)
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run.h5"
        command = [sys.executable, "-m", "orbitviz", "record", preset_of(nodes), "-o", str(out)]
        command += ["--duration", "2h", "--step", "60s"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OrbitvizError(f"the recording must succeed, it ended with: {done.stderr.strip()[-300:]}")
        yield out
