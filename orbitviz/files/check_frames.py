"""What is wrong with the frames of a recording: shapes, packing, quantisation, and every value of every frame."""

from __future__ import annotations

from collections import Counter
from typing import Any

import h5py
import numpy as np

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo
from orbitviz.files.findings import Report, Told
from orbitviz.files.proof import Checksums, FrameProof
from orbitviz.files.schema import MAX_TEMPERATURE_ERROR_K
from orbitviz.files.states_reader import POSITION, VELOCITY
from orbitviz.files.tracks import open_track

MOST_SENTENCES = 20
"""Frames of one metric that are told one by one; of the others how many they are."""
MOST_ERROR = 0.0025
"""Of a metric's range: half a step of 200 and more steps. Temperatures: 0.35 K."""


def node_count(file: h5py.File) -> int | None:
    """N, as the reader takes it; None where nothing says it."""
    for name, axis in (("/fleet/elements/eccentricity", 0), (POSITION, 1)):
        if isinstance(file.get(name), h5py.Dataset):
            return int(file[name].shape[axis])
    return None


def check_frames(file: h5py.File, report: Report, frames: int, told: Told) -> bool:
    """Every dataset of /frames; returns whether each of their frames has a checksum."""
    sums = Checksums(file, report.path, frames)
    if sums.problem:
        report.add(sums.problem)
    watches = []
    group = file.get("frames")
    for name, dataset in group.items() if isinstance(group, h5py.Group) else ():
        if not isinstance(dataset, h5py.Dataset):
            report.note(f"'/frames/{name}' is no dataset and is ignored")
        elif _shape_fits(dataset, node_count(file), frames, report):
            watches.append(_Watch(dataset, sums, frames, report))
    for name in sums.metrics:
        if not isinstance(file.get(f"/frames/{name}"), h5py.Dataset):
            report.add(f"'/integrity/crc32' has sums of '{name}', which is not under /frames")
    for frame in range(frames):
        for watch in watches:
            watch.frame(frame)
        told(frame + 1, frames, "checked")
    for watch in watches:
        watch.end()
    names = {watch.name for watch in watches}
    return bool(names) and names <= set(sums.metrics)


def _shape_fits(dataset: h5py.Dataset, nodes: int | None, frames: int, report: Report) -> bool:
    state = dataset.name in (POSITION, VELOCITY)
    wanted = (nodes, 3) if state else (nodes,)
    if nodes is not None and dataset.shape[1:] != wanted:
        sides = ", ".join(str(side) for side in (frames, *wanted))
        report.add(f"'{dataset.name}' must have the shape ({sides}), one row a frame, got {dataset.shape}")
        return False
    if dataset.shape[0] < frames:
        report.add(f"'{dataset.name}' must have {frames:,} frames, as many as are committed, got {dataset.shape[0]:,}")
        return False
    if dataset.shape[0] > frames:
        report.note(f"{dataset.shape[0] - frames:,} frames of '{dataset.name}' lie beyond the counter and are not used")
    return True


class _Watch:
    """One dataset of /frames, frame by frame."""

    def __init__(self, dataset: h5py.Dataset, sums: Checksums, frames: int, report: Report) -> None:
        self.name = dataset.name.rpartition("/")[2]
        self._report = report
        self._proof = FrameProof(dataset, sums)
        self._told: Counter[str] = Counter()
        self._info: MetricInfo | None = None
        self._outside = 0
        self._missing = 0
        if dataset.ndim == 2:
            self._open(dataset, frames)

    def _open(self, dataset: h5py.Dataset, frames: int) -> None:
        try:
            self._info = open_track(dataset, frames, self._report.path).info
        except (OrbitvizError, OSError, RuntimeError, ValueError) as error:
            self._report.add(error.message if isinstance(error, OrbitvizError) else f"'{dataset.name}': {error}")
            return
        if self._info.dtype == dataset.dtype.newbyteorder("=").name:
            coarse = coarseness(self._info)
            if coarse:
                self._report.add(coarse)

    def frame(self, frame: int) -> None:
        """One frame: readable, as summed, each value possible."""
        proved = self._proof.read(frame)
        if proved.problem:
            self._say("damage", f"frame {frame} of {self.name} is damaged: {proved.problem}")
            return
        values = proved.values
        if values.dtype.kind == "f":
            self._fractions(frame, values)
        elif self._info is not None and values.dtype.name == self._info.dtype and len(values):
            self._stored(frame, values, self._info)

    def _fractions(self, frame: int, values: Any) -> None:
        if np.isfinite(values).all():
            return
        if np.isinf(values).any():
            self._say("infinite", f"frame {frame} of {self.name} must hold finite numbers or NaN, some are infinite")
        self._missing += int(np.count_nonzero(np.isnan(values)))

    def _stored(self, frame: int, values: Any, info: MetricInfo) -> None:
        """Stored numbers: names that there are, amounts within the valid range."""
        if info.is_category:
            there = np.flatnonzero(np.bincount(values, minlength=1))
            odd = [int(number) for number in there if number not in info.flags and number != info.fill]
            if odd:
                words = ", ".join(map(str, odd[:5]))
                self._say("flags", f"frame {frame} of {self.name} must hold flag_values only, it holds {words}")
            return
        ends = sorted(((info.low - info.offset) / info.scale, (info.high - info.offset) / info.scale))
        if values.min() >= ends[0] - 0.5 and values.max() <= ends[1] + 0.5:
            return
        outside = (values < ends[0] - 0.5) | (values > ends[1] + 0.5)
        if info.fill is not None:
            outside &= values != info.fill
        self._outside += int(np.count_nonzero(outside))

    def _say(self, kind: str, sentence: str) -> None:
        self._told[kind] += 1
        if self._told[kind] <= MOST_SENTENCES:
            self._report.add(sentence)

    def end(self) -> None:
        """What is told once of all frames."""
        for count in self._told.values():
            if count > MOST_SENTENCES:
                self._report.add(f"{count - MOST_SENTENCES:,} more frames of {self.name} are as wrong")
        if self._outside:
            self._report.add(f"{self._outside:,} values of {self.name} lie outside its valid_min and valid_max")
        if self._missing:
            self._report.note(f"{self._missing:,} values of {self.name} are NaN and shown as no value")


def coarseness(info: MetricInfo) -> str:
    """Why a packed metric's steps are too wide, empty where they are not."""
    if info.is_category:
        return ""
    error = abs(info.scale) / 2.0
    if info.unit == "K" and error > MAX_TEMPERATURE_ERROR_K:
        return f"'{info.name}' must be stored to {MAX_TEMPERATURE_ERROR_K} K, its steps of {info.scale:g} K are wider"
    span = abs(info.high - info.low)
    if span > 0.0 and error > MOST_ERROR * span * 1.0001:
        share = error / span
        return f"'{info.name}' must be stored to {MOST_ERROR:.2%} of its range, half a step of it is {share:.2%}"
    return ""
