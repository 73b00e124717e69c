"""What is wrong with a file beside its frames: words, the fleet, totals, sums over the ground, events, jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import EVENT_KINDS
from orbitviz.core.frame import MetricInfo
from orbitviz.files import schema
from orbitviz.files.attributes import text_attribute
from orbitviz.files.check_frames import MOST_SENTENCES, node_count
from orbitviz.files.findings import Report
from orbitviz.files.fleet_reader import FleetReader
from orbitviz.files.proof import FrameProof, reason
from orbitviz.files.tables_reader import TablesReader
from orbitviz.files.tracks import open_track

NAMED = ("/frames/", "/totals/", "/surface/")
"""Groups whose datasets have names of their own."""


def datasets(group: Any, name: str = "") -> Iterator[tuple[str, h5py.Dataset]]:
    """Every dataset of a vetted file with its path."""
    for member in group:
        thing = group.get(member)
        path = f"{name}/{member}"
        if isinstance(thing, h5py.Group):
            yield from datasets(thing, path)
        elif isinstance(thing, h5py.Dataset):
            yield path, thing


def check_words(file: h5py.File, report: Report) -> None:
    """Each dataset says its unit and its name; those of the format say the format's unit."""
    for path, dataset in datasets(file):
        column = schema.COLUMNS.get(path)
        if column is None and not path.startswith((*NAMED, "/node_types/")):
            report.note(f"'{path}' is not of the format and is ignored")
            continue
        try:
            unit = text_attribute(dataset, "units", report.path)
            name = text_attribute(dataset, "long_name", report.path)
        except OrbitvizError as error:
            report.add(error.message)
            continue
        if not unit:
            wanted = f"units = '{column.unit}'" if column is not None else "units"
            report.add(f"'{path}' must carry the attribute {wanted}, it has none")
        elif column is not None and unit != column.unit:
            report.add(f"'{path}' must be in {column.unit}, its attribute units says '{unit[:40]}'")
        if not name:
            report.add(f"'{path}' must carry the attribute long_name, it has none")


# -- The fleet ---------------------------------------------------------------------------------------------------------


def check_fleet(file: h5py.File, path: Path, report: Report) -> None:
    """Columns one by one, so that all faults are told and not the first alone."""
    try:
        reader = FleetReader(file, path)
    except OrbitvizError as error:
        report.add(error.message)
        return
    for column in schema.FLEET:
        if column.shape == ("N",):
            _told(report, reader.column, column.path)
    for look in (reader.elements, reader.scenario, reader.fleet):
        _told(report, look)
    for path_of, table in (("/fleet/shell", reader.shells), ("/fleet/node_type", reader.node_types)):
        _told(report, _check_rows, reader, path_of, table)


def _check_rows(reader: FleetReader, path: str, table: Callable[[], Sequence[Any]]) -> None:
    """A column of row numbers against the table they are of; a file without that table has its rows made up."""
    rows, values = len(table()), reader.column(path)
    if values is not None and rows:
        reader.check_index(path, values, rows)


def _told(report: Report, look: Any, *arguments: Any) -> None:
    try:
        look(*arguments)
    except OrbitvizError as error:
        report.add(error.message)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        report.add(f"the fleet must be readable, {reason(error)}")


# -- Beside the frames -------------------------------------------------------------------------------------------------


def check_beside(file: h5py.File, report: Report, times_s: NDArray[np.float64]) -> None:
    """Totals, sums over the ground, events and jobs of the committed frames."""
    nodes = node_count(file)
    if nodes is None or not len(times_s):
        return
    step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 60.0
    try:
        tables = TablesReader(file, report.path, times_s, _infos(file, len(times_s), report), nodes, step_s)
    except (OrbitvizError, OSError, RuntimeError, ValueError, KeyError, IndexError) as error:
        report.add(f"totals, events and jobs must be readable, {reason(error)}")
        return
    for sentence in tables.notes:
        report.add(sentence)
    for name, values in tables.totals.items():
        missing = int(np.count_nonzero(~np.isfinite(values)))
        if missing:
            report.note(f"{missing:,} values of '/totals/{name}' are no numbers")
    for name in tables.surface:
        _check_surface(file["surface"][name], len(times_s), report)
    _check_events(file, report, tables, times_s)
    for index, job in enumerate(tables.jobs):
        try:
            tables.job_members(index)
        except (OSError, RuntimeError, ValueError) as error:
            report.add(f"the members of job '{job.name}' must be rows of the fleet, {reason(error)}")


def _infos(file: h5py.File, frames: int, report: Report) -> dict[str, MetricInfo]:
    """What is recorded, as far as it can be told: units of totals follow from it."""
    infos = {}
    group = file.get("frames")
    for name, dataset in group.items() if isinstance(group, h5py.Group) else ():
        if isinstance(dataset, h5py.Dataset) and dataset.ndim == 2 and dataset.shape[0] >= frames:
            try:
                infos[name] = open_track(dataset, frames, report.path).info
            except (OrbitvizError, OSError, RuntimeError, ValueError):
                continue
    return infos


def _check_surface(dataset: h5py.Dataset, frames: int, report: Report) -> None:
    proof, told, without = FrameProof(dataset), 0, 0
    for frame in range(frames):
        proved = proof.read(frame)
        if proved.problem:
            told += 1
            if told <= MOST_SENTENCES:
                report.add(f"frame {frame} of '{dataset.name}' is damaged: {proved.problem}")
        elif not np.isfinite(proved.values).all():
            without += 1
    if told > MOST_SENTENCES:
        report.add(f"{told - MOST_SENTENCES:,} more frames of '{dataset.name}' are damaged")
    if without:
        report.add(f"'{dataset.name}' must hold finite numbers, {without:,} of its frames do not")


def _check_events(file: h5py.File, report: Report, tables: TablesReader, times_s: NDArray[np.float64]) -> None:
    counts = file.get(schema.EVENT_COUNT.path)
    if isinstance(counts, h5py.Dataset) and counts.shape[0] >= len(times_s):
        rows = counts[: len(times_s)].astype(np.int64)
        listed = file.get("/events/t_s")
        most = listed.shape[0] if isinstance(listed, h5py.Dataset) else 0
        if np.any(np.diff(rows, prepend=0) < 0) or rows[-1] > most:
            report.add(f"'/time/events' must grow to at most the {most:,} rows of /events, it does not")
    elif counts is not None:
        report.add(f"'/time/events' must have a row for each of {len(times_s):,} frames")
    strange = sorted({event.kind for event in tables.events} - set(EVENT_KINDS))
    if strange:
        report.note(f"events of other kinds than orbitviz's own: {', '.join(strange[:10])[:200]}")
