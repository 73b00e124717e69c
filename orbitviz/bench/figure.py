"""One measured figure, and the table they are printed in; medians of repeated, interleaved runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """value in unit; ratio against `baseline` (its name and value in words); goal in words and whether it was met."""

    value: float
    unit: str
    baseline: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


def medians_ms(programs: Mapping[str, Callable[[], object]], repeats: int = 7, warm_up: int = 1) -> dict[str, float]:
    """Median milliseconds of each program; they take turns, so that a drifting machine hurts all alike."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(warm_up + repeats):
        for name, program in programs.items():
            begin = time.perf_counter()
            program()
            if turn >= warm_up:
                times[name].append((time.perf_counter() - begin) * 1e3)
    return {name: statistics.median(values) for name, values in times.items()}


def table(results: dict[str, dict[str, Figure]]) -> str:
    """All figures as text, one line each."""
    lines = []
    for bench, figures in results.items():
        lines.append(f"{bench}")
        for name, figure in figures.items():
            line = f"  {name:<44} {figure.value:>14,.3f} {figure.unit:<14}"
            if figure.ratio is not None:
                line += f" {figure.ratio:6.2f} x {figure.baseline}"
            elif figure.baseline:
                line += f" baseline: {figure.baseline}"
            if figure.goal:
                line += f"   goal {figure.goal}: {'met' if figure.met else 'NOT MET'}"
            lines.append(line.rstrip())
    return "\n".join(lines)
