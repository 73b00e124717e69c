"""Charts of the whole fleet from a recording's totals: what belongs on one axis, spreads, shells; found by name, and
what has an unknown name by its unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from orbitviz.core.document import Document, Recording
from orbitviz.core.frame import QuantityInfo
from orbitviz.files.quantities import total_words
from orbitviz.gui.docks.chart_series import F64, Band, Chart, Series
from orbitviz.gui.origin import quantity_tip
from orbitviz.gui.shells import shell_lines, together

MOST_SHELLS = 12
"""Shells that have a line each; more are drawn by their groups."""
_PERCENTILE = re.compile(r"(.+)_p(\d\d)")
_BY_SHELL = re.compile(r"(.+)_(sum|mean)_by_shell")


@dataclass(frozen=True)
class _Line:
    total: str
    label: str
    complement: bool = False


@dataclass(frozen=True)
class _Group:
    name: str
    title: str
    lines: tuple[_Line, ...]
    counts: bool = False


def _lines(*pairs: tuple[str, str]) -> tuple[_Line, ...]:
    return tuple(_Line(*pair) for pair in pairs)


_GROUPS = (
    _Group("power", "Power of all nodes", _lines(("array_w_sum", "generated"), ("compute_w_sum", "computing"))),
    _Group(
        "compute",
        "Compute of all nodes",
        _lines(
            ("compute_pf_sum", "throughput"),
            ("training_pf", "training"),
            ("inference_demand_pf", "inference asked for"),
            ("inference_served_pf", "inference served"),
            ("batch_served_pf", "batch work done"),
            ("batch_demand_pf", "batch work arriving"),
        ),
    ),
    _Group("eclipse", "Share in eclipse, partial shadow by its part", (_Line("sunlit_mean", "in eclipse", True),)),
    _Group(
        "lost",
        "Compute that is missed",
        _lines(("inference_unserved_pf", "inference not served"), ("training_lost_pf", "training lost")),
    ),
    _Group("queue", "Batch work queued", _lines(("batch_queued_pf_s", "queued"))),
    _Group(
        "charge", "Battery charge of all nodes", _lines(("battery_soc_mean", "mean"), ("battery_soc_min", "lowest"))
    ),
    _Group(
        "heat",
        "Temperatures",
        _lines(
            ("radiator_k_mean", "radiators, mean"),
            ("radiator_k_max", "radiators, hottest"),
            ("chip_k_max", "chips, hottest"),
        ),
    ),
    _Group("use", "How much is used", _lines(("utilization_mean", "compute, mean"), ("link_load_mean", "links, mean"))),
    _Group(
        "trouble",
        "Nodes without sun, nodes without charge",
        _lines(("eclipsed_nodes", "in eclipse"), ("battery_empty_nodes", "battery empty")),
        counts=True,
    ),
    _Group("gangs", "Training gangs", _lines(("gangs_running", "train"), ("gangs_stalled", "stand still")), True),
)
_OVERVIEW = ("power", "compute", "eclipse", "status", "spread battery_soc", "spread radiator_k")
OVERVIEW = "overview"


@dataclass(frozen=True)
class Topic:
    """What can be chosen: one chart, or several under each other; made when asked for."""

    name: str
    title: str
    make: Callable[[], list[Chart]]


def fleet_topics(document: Document | None) -> list[Topic]:
    """Every chart that the recording's totals give, an overview of several first; none without totals. Of one run less
    another, what is left of all is the opposite, and percentiles enclose nothing."""
    recording = None if document is None else document.recording
    if document is None or recording is None or not document.is_recorded:
        return []
    plain = {name for name, values in recording.totals.items() if np.ndim(values) == 1}
    topics = [
        Topic(group.name, group.title, partial(_group_chart, document, group))
        for group in _GROUPS
        if any(line.total in plain for line in group.lines)
    ]
    status = document.metrics.get("status")
    if status is not None and np.ndim(recording.totals.get("status_counts", 0)) == 2:
        topics.insert(min(3, len(topics)), Topic("status", "Nodes by status", partial(_status_chart, document)))
    spread = dict.fromkeys(found.group(1) for name in sorted(plain) if (found := _PERCENTILE.fullmatch(name)))
    for metric in spread:
        title = (
            f"{_metric_words(document, metric)}, {'percentiles' if document.is_difference else 'spread over the nodes'}"
        )
        topics.append(Topic(f"spread {metric}", title, partial(_spread_chart, document, metric, title)))
    topics += _other_topics(document, recording, plain)
    for name in recording.totals:
        found = _BY_SHELL.fullmatch(name)
        if found and np.shape(recording.totals[name])[1:] == (len(document.fleet.shells),):
            title = f"{_metric_words(document, found.group(1))} by shell, {found.group(2)}"
            topics.append(Topic(name, title, partial(_shell_chart, document, name, title)))
    chosen = [topic for name in _OVERVIEW for topic in topics if topic.name == name]
    if len(chosen) > 1:
        topics.insert(0, Topic(OVERVIEW, "Overview", lambda: [chart for topic in chosen for chart in topic.make()]))
    return topics


def _other_topics(document: Document, recording: Recording, plain: set[str]) -> list[Topic]:
    """Totals of other programs: those of a unit share an axis."""
    known = {line.total for group in _GROUPS for line in group.lines}
    units: dict[str, list[_Line]] = {}
    for name in sorted(plain - known):
        if not _PERCENTILE.fullmatch(name):
            info = _info(document, name)
            units.setdefault(info.unit, []).append(_Line(name, info.long_name))
    topics = []
    for unit, lines in units.items():
        title = "Other totals" if unit == "1" else f"Other totals in {unit}"
        group = _Group(f"other {unit}", title, tuple(lines))
        topics.append(Topic(group.name, title, partial(_group_chart, document, group)))
    return topics


# -- Making charts -----------------------------------------------------------------------------------------------------


def _recorded(document: Document) -> tuple[Recording, F64]:
    assert document.recording is not None
    return document.recording, np.asarray(document.recording.times_s, float)


def _info(document: Document, name: str) -> QuantityInfo:
    """What a total is: as the file says, else as its name says."""
    recording = document.recording
    told: Mapping[str, QuantityInfo] = {} if recording is None else recording.total_infos
    return told.get(name) or total_words(name, document.metrics)


def _metric_words(document: Document, metric: str) -> str:
    info = document.metrics.get(metric)
    return metric.replace("_", " ") if info is None else info.long_name.removesuffix(", A − B")


def _series(document: Document, line: _Line, values: Any = None, unit: str | None = None) -> Series:
    """A total as a line; of a recording that is still written, as far as both times and values have come."""
    recording, times = _recorded(document)
    info = _info(document, line.total)
    found = np.asarray(recording.totals[line.total] if values is None else values, np.float64)
    count = min(len(times), len(found))
    whole = 0.0 if document.is_difference else 1.0  # 1 - A less 1 - B is B less A
    found = whole - found[:count] if line.complement else found[:count]
    tip = quantity_tip(info)
    tip = tip.replace("= ", "= 1 - ", 1) if line.complement and whole else tip
    unit = info.unit if unit is None else unit
    return Series(line.total, line.label, unit, times[:count], found, mean=info.mean, tip=tip)


def _chart(document: Document, name: str, title: str, series: list[Series], bands: tuple[Band, ...] = ()) -> Chart:
    chart = Chart(name, title, series[0].unit, tuple(series), bands)
    kinds = dict.fromkeys(_info(document, part.name).kind for part in chart.everything)
    tips = dict.fromkeys(f"{part.label}\n{part.tip}" for part in series)
    return replace(chart, kind=", ".join(kinds), tip="\n\n".join(list(tips)[:8]))


def _group_chart(document: Document, group: _Group) -> list[Chart]:
    recording, _ = _recorded(document)
    here = [line for line in group.lines if np.ndim(recording.totals.get(line.total, 0)) == 1]
    series = [_series(document, line, unit="" if group.counts else None) for line in here]
    return [_chart(document, group.name, group.title, series)]


def _status_chart(document: Document) -> list[Chart]:
    """One line a state that some node is ever in, in the colours of the states."""
    recording, _ = _recorded(document)
    counts = np.asarray(recording.totals["status_counts"], np.float64)
    flags = document.metrics["status"].flags
    series = []
    for place, (number, word) in enumerate(sorted(flags.items())):
        if place < counts.shape[1] and np.any(counts[:, place] > 0):
            one = _series(document, _Line("status_counts", word), counts[:, place], "")
            series.append(replace(one, name=f"status_counts {word}", colour=number))
    if not series:
        return []
    chart = _chart(document, "status", "Nodes by status", series)
    info = _info(document, "status_counts")
    return [replace(chart, kind=info.kind, tip=quantity_tip(info))]


def _spread_chart(document: Document, metric: str, title: str) -> list[Chart]:
    """The median as a line, and what lies between percentiles as far from both ends as bands, the widest first; of a
    difference, lines alone."""
    recording, _ = _recorded(document)
    shares = sorted(
        int(found.group(2))
        for name in recording.totals
        if (found := _PERCENTILE.fullmatch(name)) and found.group(1) == metric
    )
    ends = {share: _series(document, _Line(f"{metric}_p{share:02d}", f"{share} %")) for share in shares}
    bands = tuple(
        Band(f"{share} to {100 - share} %", ends[share], ends[100 - share])
        for share in shares
        if share < 50 and 100 - share in ends and not document.is_difference
    )
    paired = {end.name for band in bands for end in (band.low, band.high)}
    lines = [replace(one, label="median") if share == 50 else one for share, one in ends.items()]
    lines = [one for one in lines if one.name not in paired] or [bands[0].low]
    chart = _chart(document, f"spread {metric}", title, lines, bands)
    if not bands:
        return [chart]
    return [replace(chart, tip=f"{chart.tip}\n\nThe bands lie between percentiles of the nodes' stored values.")]


def _shell_chart(document: Document, name: str, title: str) -> list[Chart]:
    """One line a shell, or a group of shells where they are many."""
    recording, _ = _recorded(document)
    values = np.asarray(recording.totals[name], np.float64)
    fleet = document.fleet
    weights = None if "_sum_" in name else np.bincount(fleet.shell, minlength=values.shape[1]).astype(float)
    if len(fleet.shells) <= MOST_SHELLS:
        named = [(shell.name, values[:, number]) for number, shell in enumerate(fleet.shells)]
    else:
        lines = shell_lines(fleet)
        title += f": {len(fleet.shells)} shells in {len(lines)} groups"
        named = [(line.name, together(values, line, weights)) for line in lines]
    series = []
    for label, part in named:
        one = _series(document, _Line(name, label), part)
        series.append(replace(one, name=f"{name} {label}"))
    chart = _chart(document, name, title, series)
    info = _info(document, name)
    return [replace(chart, kind=info.kind, tip=quantity_tip(info))]
