"""Every fleet total and every sum over the ground's cells once: unit, name, formula, source; one row each.

A total of a metric is called after it and how it was taken (_PARTS): compute_w_sum, radiator_k_p99,
array_w_sum_by_shell. The others have names of their own (_FREE). A sum over cells is called after the metric, or the
free name, that it sums.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.files.schema import RECORDED, STATUS

NODES = "values of the simulated nodes before they are quantised"
DISPATCH = "dispatcher and workloads of the scenario"
GANGS = "training workloads of the scenario"
BY_SHELL = "one column a row of /shells"
BY_CELL = "the cells of 2 x 2 degrees (WGS84) that the nodes' ground points lie in"


@dataclass(frozen=True)
class _Part:
    """What stands behind a metric's name in a total. unit: its own, else the metric's."""

    words: str
    formula: str
    unit: str = ""
    columns: str = ""


_PARTS = {
    "sum": _Part("sum of {}", "sum of {} over the nodes in service"),
    "mean": _Part("mean of {}", "mean of {} over the nodes in service"),
    "min": _Part("least {}", "least {} of the nodes in service"),
    "max": _Part("greatest {}", "greatest {} of the nodes in service"),
    "sum_by_shell": _Part("sum of {} by shell", "sum of {} over the shell's nodes in service", columns=BY_SHELL),
    "mean_by_shell": _Part("mean of {} by shell", "mean of {} over the shell's nodes in service", columns=BY_SHELL),
    "count": _Part("nodes by {}", "number of nodes of each {}", "1"),
    "counts": _Part("nodes by {}", "number of nodes of each {}", "1", "one column a flag value of the metric"),
}
_PERCENTILE = re.compile(r"p(\d\d?)")


@dataclass(frozen=True)
class _Free:
    """A total, or a sum over cells, that is of no metric."""

    unit: str
    long_name: str
    formula: str
    source: str
    mean: bool = False


_FREE = {
    "inference_demand_pf": _Free(
        "PFLOP/s",
        "Inference asked for",
        "sum over inference workloads of demand_pflops x the users' weights x their day curve at local solar time",
        DISPATCH,
        mean=True,
    ),
    "inference_served_pf": _Free(
        "PFLOP/s",
        "Inference served",
        "part of the inference asked for that nodes within reach of the users and max_rtt_ms have power for",
        DISPATCH,
        mean=True,
    ),
    "inference_unserved_pf": _Free(
        "PFLOP/s", "Inference not served", "inference asked for - inference served", DISPATCH, mean=True
    ),
    "inference_unplaced_pf": _Free(
        "PFLOP/s",
        "Inference that finds no node",
        "part of the inference asked for that the dispatcher could place on no node within reach",
        DISPATCH,
        mean=True,
    ),
    "training_pf": _Free(
        "PFLOP/s",
        "Training",
        "sum over gangs that train of members x pace of the slowest, what is lost later included",
        GANGS,
        mean=True,
    ),
    "training_lost_pf": _Free(
        "PFLOP/s",
        "Training lost",
        "work since the last checkpoint of gangs that stall / length of the step",
        GANGS,
        mean=True,
    ),
    "batch_demand_pf": _Free(
        "PFLOP/s", "Batch work that arrives", "sum over batch workloads of demand_pflops", DISPATCH, mean=True
    ),
    "batch_served_pf": _Free(
        "PFLOP/s", "Batch work done", "compute that the other workloads leave, as far as work is queued", DISPATCH, True
    ),
    "batch_queued_pf_s": _Free(
        "PFLOP", "Batch work queued", "batch work that has arrived - batch work done, since the start", DISPATCH
    ),
    "gangs_running": _Free("1", "Gangs that train", "gangs that train, at whatever pace", GANGS),
    "gangs_stalled": _Free("1", "Gangs that stand still", "gangs that wait for a member or start again", GANGS),
    "chip_k_max": _Free(
        "K", "Greatest chip temperature", "greatest of radiator_k + chip_k_per_kw x compute power", NODES
    ),
    "battery_empty_nodes": _Free(
        "1", "Nodes with an empty battery", "number of nodes whose charge is at min_soc of their node type", NODES
    ),
    "eclipsed_nodes": _Free("1", "Nodes in eclipse", "number of nodes that see less than half of the Sun", NODES),
    "nodes": _Free("1", "Nodes", "number of nodes in service", NODES),
}


def total_words(name: str, metrics: Mapping[str, MetricInfo]) -> QuantityInfo:
    """What /totals/<name> is; `metrics`: what is recorded beside it, by name. An unknown name speaks for itself."""
    if name in _FREE:
        return _free(name)
    for split in range(len(name) - 1, 0, -1):
        if name[split] != "_":
            continue
        metric, part = name[:split], _part(name[split + 1 :])
        about = _metric(metric, metrics)
        if about is not None and part is not None:
            return _of_metric(name, about, part)
    return QuantityInfo(name, "1", name.replace("_", " "))


def surface_words(name: str, metrics: Mapping[str, MetricInfo]) -> QuantityInfo:
    """What /surface/<name> is: a metric or a free name, summed over the nodes or users of each cell of the ground."""
    if name in _FREE:
        free = _free(name)
        place = "its users are in" if "_demand" in name or "unplaced" in name else ""
        by_cell = f"by cell of 2 x 2 degrees {place}".rstrip() if place else f"by {BY_CELL}"
        return replace(free, long_name=f"{free.long_name}, by cell", formula=f"{free.formula}; {by_cell}")
    about = _metric(name, metrics)
    if about is None:
        return QuantityInfo(name, "1", name.replace("_", " "))
    long_name = f"{about.long_name} of the nodes above a cell"
    return replace(about, name=name, long_name=long_name, formula=f"sum of {name} by {BY_CELL}", source=NODES)


def _free(name: str) -> QuantityInfo:
    row = _FREE[name]
    return QuantityInfo(name, row.unit, row.long_name, "computed", row.formula, row.source, mean=row.mean)


def _metric(name: str, metrics: Mapping[str, MetricInfo]) -> QuantityInfo | None:
    """Unit and name of a metric: as recorded beside, else as it would be recorded."""
    found = metrics.get(name) or RECORDED.get(name)
    if found is None:
        return None
    return QuantityInfo(name, found.unit, found.long_name, mean=found.mean)


def _part(text: str) -> _Part | None:
    percentile = _PERCENTILE.fullmatch(text)
    if percentile is None:
        return _PARTS.get(text)
    number = int(percentile.group(1))
    return _Part(f"{_ordinal(number)} percentile of {{}}", f"value that {number} % of the nodes do not exceed in {{}}")


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number // 10 != 1 else "th"
    return f"{number}{ending}"


def _of_metric(name: str, about: QuantityInfo, part: _Part) -> QuantityInfo:
    columns = part.columns
    if about.name == "status" and columns.startswith("one column a flag"):
        columns += ": " + ", ".join(f"{number} {word}" for number, word in STATUS.items())
    return replace(
        about,
        name=name,
        unit=part.unit or about.unit,
        long_name=part.words.format(about.long_name.lower()),
        formula=part.formula.format(about.name),
        source=NODES,
        columns=columns,
    )
