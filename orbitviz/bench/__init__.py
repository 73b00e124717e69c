"""Benchmarks: each figure is a value, and a ratio against a named baseline measured in the same run.

Machines are shared and noisy: quote ratios. `orbitviz bench` prints a table; `--json` the same as
`{bench: {figure: {"value", "unit", "baseline", "ratio", "goal", "met"}}}`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from orbitviz.bench.figure import Figure, table
from orbitviz.core.errors import OrbitvizError

BENCHES = ("draw", "pick", "select", "positions", "scrub", "history", "compare", "record", "crash", "gate", "load")
"""Names of the modules here that have `run(nodes: int) -> dict[str, Figure]`, in the order they are run."""

DEFAULT_NODES = 1_000_000


def run(names: list[str], nodes: int | None = None) -> dict[str, dict[str, Figure]]:
    """Runs the named benches (all when none is named). Raises OrbitvizError for an unknown name."""
    for name in names:
        if name not in BENCHES:
            raise OrbitvizError(f"a bench must be one of {', '.join(BENCHES)}, got '{name}'", "correct the name")
    results = {}
    for name in names or BENCHES:
        results[name] = import_module(f"orbitviz.bench.{name}").run(nodes or DEFAULT_NODES)
    return results


def as_json(results: dict[str, dict[str, Figure]]) -> dict[str, dict[str, dict[str, Any]]]:
    """The promise of the command line's --json."""
    return {bench: {name: figure.as_dict() for name, figure in figures.items()} for bench, figures in results.items()}


__all__ = ["BENCHES", "Figure", "as_json", "run", "table"]
