"""What is wrong with a file, all of it, in sentences. The gate says what is dangerous; here is said what does not
follow the format, what is damaged, and what is missing."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.files import schema
from orbitviz.files.attributes import number_attribute, text_attribute
from orbitviz.files.check_frames import check_frames
from orbitviz.files.check_tables import check_beside, check_fleet, check_words
from orbitviz.files.findings import Report, Told
from orbitviz.files.proof import reason
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recover_segments import read_index
from orbitviz.files.safety import HDF5_KINDS, open_checked
from orbitviz.files.scenario_file import read_scenario
from orbitviz.files.segments_writer import INDEX
from orbitviz.files.vetting import vet


def check(path: str | Path, progress: Told | None = None) -> Report:
    """Everything that is wrong with a recording, a folder of segments or a scenario file. Raises only where the path
    leads to nothing."""
    path = Path(path)
    if not path.exists():
        raise OrbitvizError(f"what is checked must be a file or a folder of segments, there is no '{path}'", "", path)
    report = Report(path)
    if path.is_dir():
        _check_folder(path, report, progress or (lambda *_: None))
        return report
    try:
        kind = vet(path, HDF5_KINDS).kind
        file = open_checked(path, (kind,))
    except OrbitvizError as error:
        report.add(error.message)
        return report
    with file:
        _check_root(file, report)
        check_words(file, report)
        check_fleet(file, path, report)
        if kind == "recording":
            _check_recording(file, report, progress or (lambda *_: None))
    _check_opens(path, kind, report)
    return report


def _check_root(file: h5py.File, report: Report) -> None:
    epoch = text_attribute(file, "epoch_utc", report.path)
    if not epoch:
        report.add("the root attribute epoch_utc must say when t_s = 0 is, it is missing")
        return
    try:
        told = Epoch.parse(epoch)
        jd = number_attribute(file, "epoch_jd", report.path)
        fraction = number_attribute(file, "epoch_fraction", report.path)
        if jd is not None and fraction is not None:
            apart_s = abs(Epoch.from_jd(jd, fraction).seconds_since(told))
            if apart_s >= 1e-3:
                report.add(f"epoch_jd and epoch_fraction must be the instant epoch_utc, they are {apart_s:,.3f} s off")
    except OrbitvizError as error:
        report.add(f"the root attribute epoch_utc: {error.message}")
    version = text_attribute(file, "format_version", report.path)
    if _numbers(version) > _numbers(schema.FORMAT_VERSION):
        report.note(
            f"the file is of format version {version}, newer than {schema.FORMAT_VERSION}: what is new is ignored"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


# -- Recordings --------------------------------------------------------------------------------------------------------


def _check_recording(file: h5py.File, report: Report, told: Told) -> None:
    times_s = _check_times(file, report)
    if times_s is None:
        return
    report.frames = len(times_s)
    said = number_attribute(file, "complete", report.path)
    if said == 0.0 or (said is None and "/time/committed" in file):
        meant = number_attribute(file, "frames_intended", report.path)
        of = f" of {meant:,.0f}" if meant else ""
        report.add(f"the recording is not complete: it was stopped or is under way, with {len(times_s):,}{of} frames")
    report.summed = check_frames(file, report, len(times_s), told)
    check_beside(file, report, times_s)


def _check_times(file: h5py.File, report: Report) -> NDArray[np.float64] | None:
    """The committed instants; None where there are none to speak of."""
    times = file.get("/time/t_s")
    if not isinstance(times, h5py.Dataset):
        report.add("'/time/t_s' must be in a recording, it is missing")
        return None
    try:
        times_s: NDArray[np.float64] = times[()].astype(np.float64)
        committed = int(file["/time/committed"][0]) if "/time/committed" in file else len(times_s)
    except (OSError, RuntimeError, ValueError) as error:
        report.add(f"'/time' must be readable, {reason(error)}")
        return None
    if committed > len(times_s):
        report.add(f"'/time/committed' must be at most the {len(times_s):,} frames of '/time/t_s', it is {committed:,}")
    elif committed < len(times_s):
        report.note(f"{len(times_s) - committed:,} frames lie beyond the counter and are not used")
    times_s = times_s[:committed]
    if not len(times_s):
        report.add("a recording must have at least one committed frame, it has none")
    steps = np.diff(times_s, prepend=-np.inf)
    wrong = np.flatnonzero(~(np.isfinite(times_s) & (steps > 0.0)))
    for frame in wrong[:3]:
        report.add(
            f"'/time/t_s' must be finite and increase each frame, got {times_s[frame]:g} at frame {frame}"
            + (f" after {times_s[frame - 1]:g}" if frame else "")
        )
    if len(wrong) > 3:
        report.add(f"'/time/t_s' does not increase at {len(wrong) - 3:,} more frames")
    return times_s


def _check_opens(path: Path, kind: str, report: Report) -> None:
    """Whatever is left for the ordinary reader to stumble over."""
    try:
        if kind == "recording":
            with open_recording(path) as reader:
                for sentence in reader.notes:
                    report.add(sentence)
        else:
            read_scenario(path)
    except OrbitvizError as error:
        if not any(_same(error.message, sentence) for sentence in report.wrong):
            report.add(error.message)


def _same(one: str, other: str) -> bool:
    """Whether two sentences speak of the same dataset's same fault."""
    return one == other or one.partition(", got")[0] == other.partition(", got")[0]


# -- Segments ----------------------------------------------------------------------------------------------------------


def _check_folder(folder: Path, report: Report, told: Told) -> None:
    files = sorted(path for path in folder.glob("*.h5") if path.is_file())
    if not files:
        report.add("a folder of segments must hold recordings (.h5), it holds none")
    report.summed = True
    for path in files:
        one = check(path, told)
        report.frames += one.frames
        report.summed &= one.summed
        for sentence in one.wrong:
            report.add(f"{path.name}: {sentence}")
        for sentence in one.notes:
            report.note(f"{path.name}: {sentence}")
    _check_index(folder, {path.name for path in files}, report)


def _check_index(folder: Path, there: set[str], report: Report) -> None:
    told = read_index(folder)
    if not told:
        report.note(f"there is no readable {INDEX}: the files are taken in order of time")
        return
    listed = told.get("segments")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    names = {str(row.get("file")) for row in rows}
    for name in sorted(names - there):
        report.add(f"{INDEX} names {name[:80]!r}, which is not in the folder")
    for name in sorted(there - names):
        report.add(f"{name} is not named in {INDEX}: it was not closed")
    if told.get("complete") != 1:
        report.add("the recording is not complete: it was stopped or is under way")
