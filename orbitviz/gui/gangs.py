"""Which training gang a node belongs to, and whether that gang trains at an instant."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Recording
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.event import Job
from orbitviz.gui.numbers import amount, duration_text
from orbitviz.gui.origin import wrapped

MOST_JOBS = 4096
"""More jobs than this are not looked through: reading their members would hold the window up."""


@dataclass(frozen=True)
class Gang:
    """A job that a node is a member of, and how many members it has."""

    job: Job
    size: int


class GangIndex:
    """Finds the gang of a row. The members are read once, when the recording is opened and nothing else reads it yet.

    Of members that are consecutive rows, as those of our own recordings are, only the first and the last are kept.
    """

    def __init__(self, recording: Recording | None) -> None:
        self.recording = recording
        self._spans: list[tuple[int, int, NDArray[np.uint32] | None, Gang]] = []
        if recording is None or len(recording.jobs) > MOST_JOBS:
            return
        for index, job in enumerate(recording.jobs):
            if job.kind != "training":
                continue
            try:
                rows = np.sort(recording.job_members(index))
            except OrbitvizError:
                continue  # damaged members: the job is of no node, the rest of the recording is whole
            if len(rows):
                first, last = int(rows[0]), int(rows[-1])
                kept = None if last - first + 1 == len(rows) else rows
                self._spans.append((first, last, kept, Gang(job, len(rows))))
        self._spans.sort(key=lambda span: span[0])
        self._firsts = np.array([span[0] for span in self._spans], np.int64)

    def of(self, row: int) -> Gang | None:
        """The gang that a node is in, the one with the nearest first member where it is in several; else None."""
        if not self._spans:
            return None
        for place in range(int(np.searchsorted(self._firsts, row, side="right")) - 1, -1, -1):
            first, last, rows, gang = self._spans[place]
            if rows is None and first <= row <= last:
                return gang
            if rows is not None and row <= last and rows[int(np.searchsorted(rows, row))] == row:
                return gang
        return None


def members_of(recording: Recording | None, row: int) -> tuple[str, NDArray[np.uint32]] | None:
    """(name, rows) of the gang that a node is in; None where it is in none, or where they cannot be read."""
    for index, job in enumerate(recording.jobs if recording is not None and len(recording.jobs) <= MOST_JOBS else ()):
        if job.kind != "training" or recording is None:
            continue
        try:
            rows = recording.job_members(index)
        except OrbitvizError:
            continue
        if np.any(rows == row):
            return job.name, rows
    return None


def is_running(recording: Recording, gang: Gang, frame: int, own_work: float) -> bool | None:
    """Whether a gang trains in a frame; None where nothing recorded tells.

    A gang that never stalled trains; where all gangs stand still or none does, so does this one or not; else own_work
    tells, what the node itself delivers then (NaN: not known yet): members of a stalled gang wait at idle power.
    """
    job = gang.job
    if not job.first_frame <= frame <= job.last_frame:
        return False
    if job.stalled_s == 0.0:
        return True
    counts = [recording.totals.get(name) for name in ("gangs_running", "gangs_stalled")]
    if all(values is not None and np.ndim(values) == 1 and frame < len(values) for values in counts):
        running, stalled = (float(values[frame]) for values in counts if values is not None)
        if running == 0.0 or stalled == 0.0:
            return stalled == 0.0
    return own_work > 0.0 if math.isfinite(own_work) else None


def gang_words(gang: Gang, running: bool | None) -> str:
    """ "pretraining/17 of 1,024: running"."""
    state = {True: ": running", False: ": stalled", None: ""}[running]
    return f"{gang.job.name} of {gang.size:,}{state}"


def gang_tip(gang: Gang) -> str:
    """What the gang did over the whole recording."""
    job = gang.job
    stalled = f"stood still for {duration_text(job.stalled_s)}" if job.stalled_s else "never stood still"
    text = (
        f"{gang.size:,} nodes train together, the slowest sets the pace. In the whole recording it did "
        f"{amount(job.done_pf_s, 'PFLOP')} that count, lost {amount(job.lost_pf_s, 'PFLOP')} by stalls and {stalled}."
    )
    return f"{wrapped(text)}\ncomputed: training workload '{job.workload}' of the scenario"
