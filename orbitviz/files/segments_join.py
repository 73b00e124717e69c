"""What several segments tell, brought together: which frames are shown, metrics, totals. No file is read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.event import Event, Job
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.files.recording_reader import RecordingReader

SAME_S = 1e-6
"""Instants of two segments that are no farther apart are one: epochs are split Julian dates, exact to about this."""

Piece = tuple["Segment", NDArray[np.intp], NDArray[np.intp]]
"""A segment, the places of its shown frames among all frames, and which of its own frames those are."""


@dataclass(frozen=True)
class Segment:
    """What one segment says of itself, kept after its file is closed. times_s and events in seconds from the epoch of
    the whole."""

    name: str
    times_s: NDArray[np.float64]
    step_s: float
    complete: bool
    live: bool
    size_bytes: int
    has_positions: bool
    metrics: Mapping[str, MetricInfo]
    clipped: Mapping[str, int]
    totals: Mapping[str, Any]
    total_infos: Mapping[str, QuantityInfo]
    surface: Mapping[str, QuantityInfo]
    events: tuple[Event, ...]
    jobs: tuple[Job, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, name: str, reader: RecordingReader, fleet: Fleet) -> Segment:
        """Of an open segment, by UTC in time with the fleet's epoch."""
        apart_s = apart(reader, fleet)
        events = tuple(Event(event.t_s + apart_s, event.kind, event.node, event.text) for event in reader.events)
        return cls(
            name=name,
            times_s=moved(reader, fleet),
            step_s=reader.step_s,
            complete=reader.complete,
            live=reader.live,
            size_bytes=reader.size_bytes,
            has_positions=reader.has_positions,
            metrics=dict(reader.metrics),
            clipped=dict(reader.clipped),
            totals=dict(reader.totals),
            total_infos=dict(reader.total_infos),
            surface=dict(reader.surface),
            events=events if apart_s else reader.events,
            jobs=reader.jobs,
            notes=tuple(f"segment {name}: {note}" for note in reader.notes),
        )


def apart(reader: RecordingReader, fleet: Fleet) -> float:
    """Seconds from the fleet's epoch to the segment's; 0 where they are the same to the precision of an epoch."""
    apart_s = reader.epoch.seconds_since(fleet.epoch)
    return round(apart_s, 4) if abs(apart_s) > 1e-3 else 0.0


def moved(reader: RecordingReader, fleet: Fleet) -> NDArray[np.float64]:
    """(T,) a segment's instants in seconds from the fleet's epoch."""
    return np.asarray(reader.times_s + apart(reader, fleet))


def kept_frames(segments: Sequence[Segment]) -> tuple[list[NDArray[np.intp]], list[str]]:
    """Of each segment the frames that are shown, and in sentences where some are not.

    A frame is not shown where a segment that goes before (complete ones first, then by name) covers its instant.
    """
    kept: list[NDArray[np.intp]] = [np.empty(0, np.intp) for _ in segments]
    notes: list[str] = []
    taken: list[Segment] = []
    for k in sorted(range(len(segments)), key=lambda k: (not segments[k].complete, segments[k].name)):
        times_s = segments[k].times_s
        if not len(times_s):
            continue
        free = np.ones(len(times_s), bool)
        covering = []
        for other in taken:
            begin, end = np.searchsorted(times_s, [other.times_s[0] - SAME_S, other.times_s[-1] + SAME_S])
            if free[begin:end].any():
                covering.append(other.name)
            free[begin:end] = False
        kept[k] = np.flatnonzero(free)
        if not free.all():
            notes.append(
                f"segment {segments[k].name} shows {len(kept[k]):,} of its {len(times_s):,} frames, "
                f"the others are those of {', '.join(covering)}"
            )
        taken.append(segments[k])
    return kept, notes


def joined_metrics(segments: Sequence[Segment]) -> tuple[dict[str, MetricInfo], list[str]]:
    """Metrics that every segment has in one unit; those of different steps are brought to steps of two bytes over the
    range of all."""
    found: dict[str, MetricInfo] = {}
    notes: list[str] = []
    for name in dict.fromkeys(name for segment in segments for name in segment.metrics):
        infos = [segment.metrics[name] for segment in segments if name in segment.metrics]
        first = infos[0]
        if len(infos) < len(segments):
            without = next(segment.name for segment in segments if name not in segment.metrics)
            notes.append(f"'{name}' is not shown: segment {without} does not have it")
        elif any(_sense(info) != _sense(first) for info in infos):
            notes.append(f"'{name}' is not shown: its unit, its names or its kind of mean differ between segments")
        else:
            found[name] = first if all(_steps(info) == _steps(first) for info in infos) else _widened(infos)
    return found, notes


def _sense(info: MetricInfo) -> tuple[Any, ...]:
    return info.unit, info.mean, tuple(sorted(info.flags.items())), _steps(info) if info.flags else None


def _steps(info: MetricInfo) -> tuple[Any, ...]:
    return info.scale, info.offset, info.fill, info.dtype, info.low, info.high


def _widened(infos: Sequence[MetricInfo]) -> MetricInfo:
    ends = [end for info in infos for end in _storable(info)]
    low, high = min(ends), max(ends)
    scale = (high - low) / 65534.0
    return replace(
        infos[0],
        low=min(info.low for info in infos),
        high=max(info.high for info in infos),
        scale=scale,
        offset=low,
        dtype="uint16",
        fill=65535,
        max_error=max(info.max_error for info in infos) + scale / 2.0,
    )


def _storable(info: MetricInfo) -> tuple[float, float]:
    """The least and the greatest value that can be stored."""
    top = info.full_scale - (info.fill == info.full_scale)
    return info.offset, info.offset + info.scale * top


def joined_totals(
    pieces: Sequence[Piece], frames: int
) -> tuple[dict[str, NDArray[np.float64]], dict[str, QuantityInfo], list[str]]:
    """Totals over all frames, NaN where a segment does not have one; those whose columns differ are left aside."""
    totals: dict[str, NDArray[np.float64]] = {}
    infos: dict[str, QuantityInfo] = {}
    notes: list[str] = []
    for name in dict.fromkeys(name for segment, _, _ in pieces for name in segment.totals):
        having = [piece for piece in pieces if name in piece[0].totals]
        shapes = {piece[0].totals[name].shape[1:] for piece in having}
        units = {piece[0].total_infos[name].unit for piece in having}
        if len(shapes) > 1 or len(units) > 1:
            notes.append(f"'/totals/{name}' is not shown: its columns or its unit differ between segments")
            continue
        values = np.full((frames, *shapes.pop()), np.nan)
        for segment, here, own in having:
            values[here] = segment.totals[name][own]
        totals[name], infos[name] = values, having[0][0].total_infos[name]
    return totals, infos, notes
