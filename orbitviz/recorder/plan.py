"""Before a recording begins: how large it will be, whether the disk has room, whether it is cut into segments."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.scenario import Scenario
from orbitviz.core.units import with_unit
from orbitviz.files.recording_writer import KEEP_FREE_BYTES, RecordingWriter
from orbitviz.files.segments_writer import SegmentsWriter
from orbitviz.recorder.shards import MOST_FRAMES, Span

ONE_FILE_BYTES = 4 << 30
"""A run that is expected to be larger is cut into segments, where nothing else is said."""
SEGMENT_BYTES = 1 << 30
"""About the size of a segment then."""
PACKED = 0.12
"""Part that deflate leaves of a stored number; 0.084 were measured over a day of the flagship's nine metrics."""
SURFACE_BYTES = 64 << 10
"""Sums over the ground and totals of a frame, packed, at most."""
FLEET_BYTES = 80
"""A node's elements and numbers."""


def expected_bytes(metrics: Sequence[MetricInfo], nodes: int, frames: int) -> int:
    """About the size of a recording; generous, as others' constellations may pack worse than those measured."""
    stored = sum(np.dtype(info.dtype).itemsize for info in metrics) * nodes
    frame = stored * PACKED + min(SURFACE_BYTES, 1024 + 100 * nodes)
    return int(frames * frame) + nodes * FLEET_BYTES


def check_disk(path: Path, wanted: int, frames: int, nodes: int) -> None:
    """Refuses a run that will hardly fit, before hours are spent on it. A folder that is not there is told later."""
    folder = path.resolve().parent
    if not folder.is_dir():
        return
    free = shutil.disk_usage(folder).free
    if wanted + KEEP_FREE_BYTES > free:
        raise OrbitvizError(
            f"the disk of {path.name} must have about {with_unit(float(wanted + KEEP_FREE_BYTES), 'B')} free for "
            f"{frames:,} frames of {nodes:,} nodes, {with_unit(float(free), 'B')} are free",
            "free some space, record elsewhere, or take fewer frames or metrics",
            path,
        )


def segment_frames(path: Path, asked: int | None, wanted: int, frames: int) -> int | None:
    """Frames of a segment; None: one file. asked: as told by the user, 0 for one file whatever its size; segments that
    are chosen here end with a batch."""
    if asked is not None:
        return asked or None
    if path.suffix != ".segments" and wanted <= ONE_FILE_BYTES:
        return None
    fitting = int(frames * SEGMENT_BYTES / max(wanted, 1)) // MOST_FRAMES * MOST_FRAMES
    return min(max(fitting, MOST_FRAMES), frames)


def writer_of(
    path: Path,
    scenario: Scenario | None,
    fleet: Fleet,
    metrics: Sequence[MetricInfo],
    span: Span,
    segment: int | None,
) -> RecordingWriter | SegmentsWriter:
    """The writer of a run, with room for it: one file at `path`, or segments in a folder named after it."""
    wanted = expected_bytes(metrics, len(fleet), span.frames)
    check_disk(path, wanted, span.frames, len(fleet))
    length = segment_frames(path, segment, wanted, span.frames)
    if length is None:
        return RecordingWriter(path, scenario, fleet, metrics, span.step_s, span.frames)
    return SegmentsWriter(path, scenario, fleet, metrics, span.step_s, span.frames, length)


def size_of(path: Path) -> int:
    """Bytes of a recording, one file or a folder of segments."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return path.stat().st_size
