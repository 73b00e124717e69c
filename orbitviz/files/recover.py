"""What was committed of a recording that was killed or damaged, copied to a new file and proved there.

Nothing is written into the file it comes from. A frame of a metric that cannot be proved becomes "no value"; where a
metric has no such mark the whole frame is left out. Each is told in a sentence: no byte is passed off as data.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files import salvage, schema
from orbitviz.files.attributes import number_attribute, text_attribute
from orbitviz.files.codec import DEFLATE_FILTER, chunk_nodes, filters_of, frame_crc
from orbitviz.files.copying import copy_attributes, copy_dataset, like
from orbitviz.files.durable import sync_file, sync_folder
from orbitviz.files.fleet_file import check_writable, describe, disk_sentence, set_text
from orbitviz.files.proof import Checksums, FrameProof, reason
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recording_writer import partial_path
from orbitviz.files.safety import open_checked

Told = Callable[[int, int, str], None]
"""(frames done, frames, what is being done)"""

NEEDED = ("/fleet/elements/", "/fleet/shell", "/fleet/node_type", "/shells/", "/node_types/")
"""Without these the nodes of a file cannot be told apart: where one is damaged there is nothing to be recovered."""


@dataclass
class Recovery:
    """What came of it. frames: in the new file; committed: in the old one; sentences: all that was lost or left out,
    none where everything was kept; summed: whether the old file had checksums; complete: as in the new file."""

    path: Path
    frames: int = 0
    committed: int = 0
    complete: bool = False
    summed: bool = False
    sentences: list[str] = field(default_factory=list)


def recover(source: str | Path, out: str | Path, progress: Told | None = None) -> Recovery:
    """Copies the committed frames of the recording `source` to the new file `out`, proves and opens the result.

    Raises FileRefusedError where nothing can be recovered, OrbitvizError where `out` cannot be written.
    """
    source, out = Path(source), Path(out)
    if out.exists() and os.path.samefile(source, out):
        raise OrbitvizError("a recording is never recovered in place", "name another file", out)
    check_writable(out)
    told = progress or (lambda *_: None)
    padded, missing = salvage.padded_copy(source, out)
    partial = partial_path(out)
    result = Recovery(out)
    if missing:
        result.sentences.append(f"the last {missing:,} bytes of {source.name} are missing")
    try:
        with open_checked(padded or source, ("recording",)) as old:
            sums = _copied(old, source, partial, result, told)
        _prove(partial, sums, told)
        sync_file(partial)
        os.replace(partial, out)
        sync_folder(out.resolve().parent)
    except FileRefusedError as error:
        raise FileRefusedError(error.message, error.hint, source) from None
    finally:
        partial.unlink(missing_ok=True)
        if padded is not None:
            padded.unlink(missing_ok=True)
    return result


def _copied(old: h5py.File, source: Path, partial: Path, result: Recovery, told: Told) -> dict[str, list[int]]:
    try:
        with h5py.File(partial, "w", locking=False) as new:
            return _Copy(old, new, source, result, told).run()
    except OrbitvizError:
        raise
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise FileRefusedError(f"what was committed must be readable, {reason(error)}", "", source) from None
    except OSError as error:
        raise disk_sentence(error, result.path) from error


class _Copy:
    """From one open file to another, frame by frame."""

    def __init__(self, old: h5py.File, new: h5py.File, source: Path, result: Recovery, told: Told) -> None:
        self.old, self.new, self.source, self.result, self.told = old, new, source, result, told
        self.committed = result.committed = self._committed()
        self.sums = Checksums(old, source, self.committed)
        result.summed = bool(self.sums.metrics)
        if self.sums.problem:
            result.sentences.append(f"the checksums are not used: {self.sums.problem}")
        self.written: dict[str, list[int]] = {}

    def run(self) -> dict[str, list[int]]:
        """Everything; returns the checksums of what was written, by metric."""
        copy_attributes(self.old, self.new, self.source)
        self._tables()
        kept = self._frames()
        if not len(kept):
            raise FileRefusedError("at least one committed frame must be readable, none is", "", self.source)
        self._by_frame(kept)
        self._surface(kept)
        self._events(kept)
        self._jobs(kept)
        self._integrity()
        self._end(kept)
        return self.written

    def _committed(self) -> int:
        times = self.old.get("/time/t_s")
        if not isinstance(times, h5py.Dataset):
            raise FileRefusedError("'/time/t_s' must be in a recording, it is missing", "", self.source)
        frames = int(times.shape[0])
        if "/time/committed" in self.old:
            frames = min(frames, int(self.old["/time/committed"][0]))
        if frames < 1:
            raise FileRefusedError(
                "at least one frame must have been committed, none was", "there is nothing to recover", self.source
            )
        return frames

    def lost(self, sentence: str) -> None:
        """One more thing that is not in the new file as it was meant."""
        self.result.sentences.append(sentence)

    # -- What does not grow with the frames --------------------------------------------------------------------------

    def _tables(self) -> None:
        known = ("fleet", "shells", "node_types", "links", "scenario")
        for name in self.old:
            if name in known:
                self._table(self.old[name])
            elif name not in ("time", "frames", "totals", "surface", "events", "jobs", "integrity"):
                self.lost(f"'/{name}' is not of the format and is left out")

    def _table(self, thing: Any) -> None:
        if isinstance(thing, h5py.Group):
            for name in thing:
                self._table(thing[name])
            return
        try:
            copy_dataset(thing, self.new, self.source)
        except (OSError, RuntimeError, ValueError) as error:
            if thing.name.startswith(NEEDED):
                raise FileRefusedError(
                    f"'{thing.name}' must be readable, without it the nodes are not known; {reason(error)}",
                    "the frames cannot be recovered from this file alone",
                    self.source,
                ) from None
            self.lost(f"'{thing.name}' is damaged and is left out")

    # -- Frames ------------------------------------------------------------------------------------------------------

    def _frames(self) -> NDArray[np.intp]:
        """All datasets of /frames in step; returns the frames that are kept."""
        group = self.old.get("frames")
        datasets = [thing for thing in group.values() if isinstance(thing, h5py.Dataset)] if group is not None else []
        proofs = []
        for dataset in datasets:
            if dataset.shape[0] < self.committed:
                self.lost(f"'{dataset.name}' has {dataset.shape[0]:,} of {self.committed:,} frames and is left out")
                continue
            proofs.append((FrameProof(dataset, self.sums), self._empty(dataset)))
        self.written = {new.name.rpartition("/")[2]: [] for _, new in proofs if new.ndim == 2}
        kept: list[int] = []
        for frame in range(self.committed):
            if self._frame(frame, len(kept), proofs):
                kept.append(frame)
            self.told(frame + 1, self.committed, "copied")
        for _, new in proofs:
            new.resize(len(kept), axis=0)
        return np.array(kept, np.intp)

    def _empty(self, dataset: h5py.Dataset) -> Any:
        direct = FrameProof(dataset).direct
        length = dataset.chunks[1] if direct else chunk_nodes(dataset.shape[1])
        return like(dataset, self.new, self.source, (0, *dataset.shape[1:]), (1, length, *dataset.shape[2:]))

    def _frame(self, frame: int, place: int, proofs: list[tuple[FrameProof, Any]]) -> bool:
        """Whether the frame could be kept; it is written at `place`."""
        found = [(proof, new, proof.read(frame)) for proof, new in proofs]
        for _, new, proved in found:
            if proved.problem and no_value(new, self.source) is None:
                self.lost(f"frame {frame} is left out: that of '{new.name}' is damaged ({proved.problem})")
                return False
        for _, new, proved in found:
            new.resize(place + 1, axis=0)
            values, chunks = proved.values, proved.chunks
            if proved.problem:
                name = new.name.rpartition("/")[2]
                self.lost(f"frame {frame} of {name} is damaged and holds no values ({proved.problem})")
                values, chunks = np.full(new.shape[1:], no_value(new, self.source), new.dtype), None
            if chunks is not None and filters_of(new) == [DEFLATE_FILTER]:
                for (_, start), data in chunks:
                    new.id.write_direct_chunk((place, start), data)
            else:
                new[place] = values
            if new.ndim == 2:
                self.written[new.name.rpartition("/")[2]].append(frame_crc(values))
        return True

    # -- What has a row a frame --------------------------------------------------------------------------------------

    def _by_frame(self, kept: NDArray[np.intp]) -> None:
        names = ["/time/t_s", schema.EVENT_COUNT.path]
        group = self.old.get("totals")
        names += [f"/totals/{name}" for name in group] if isinstance(group, h5py.Group) else []
        for name in names:
            dataset = self.old.get(name)
            if not isinstance(dataset, h5py.Dataset):
                continue
            try:
                values = np.asarray(dataset[: self.committed])[kept]
                chunks = (max(1, 1024 // max(1, int(np.prod(values.shape[1:])))), *values.shape[1:])
                like(dataset, self.new, self.source, values.shape, chunks, packed=False)[...] = values
            except (OSError, RuntimeError, ValueError, IndexError) as error:
                if name == "/time/t_s":
                    raise FileRefusedError(
                        f"'/time/t_s' must be readable, {reason(error)}", "without it no frame has a time", self.source
                    ) from None
                self.lost(f"'{name}' is damaged and is left out")
                self.new.pop(name, None)

    def _surface(self, kept: NDArray[np.intp]) -> None:
        group = self.old.get("surface")
        for name in group if isinstance(group, h5py.Group) else ():
            dataset = group[name]
            if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 3 or dataset.shape[0] < self.committed:
                self.lost(f"'/surface/{name}' does not have the frames that were committed and is left out")
                continue
            new = like(dataset, self.new, self.source, (len(kept), *dataset.shape[1:]), (1, *dataset.shape[1:]))
            proof = FrameProof(dataset)
            for place, frame in enumerate(kept):
                proved = proof.read(int(frame))
                if proved.problem:
                    self.lost(f"frame {frame} of '/surface/{name}' is damaged and holds no values ({proved.problem})")
                    proved_values = np.full(new.shape[1:], np.nan if new.dtype.kind == "f" else 0, new.dtype)
                else:
                    proved_values = proved.values
                new[place] = proved_values

    # -- Events and jobs ---------------------------------------------------------------------------------------------

    def _events(self, kept: NDArray[np.intp]) -> None:
        group = self.old.get("events")
        if not isinstance(group, h5py.Group):
            return
        counts = self.new.get(schema.EVENT_COUNT.path)
        rows = int(counts[-1]) if isinstance(counts, h5py.Dataset) and len(counts) else None
        for name in group:
            self._optional(group[name], rows)

    def _jobs(self, kept: NDArray[np.intp]) -> None:
        group = self.old.get("jobs")
        for name in group if isinstance(group, h5py.Group) else ():
            self._optional(group[name], None)
        if len(kept) == self.committed:
            return
        # Frames that are left out move those behind them forward.
        for name, side in (("first_frame", "left"), ("last_frame", "right")):
            column = self.new.get(f"/jobs/{name}")
            if isinstance(column, h5py.Dataset) and column.shape:
                moved = np.searchsorted(kept, column[()], side=side) - (side == "right")  # type: ignore[call-overload]
                column[...] = np.clip(moved, 0, len(kept) - 1)

    def _optional(self, thing: Any, rows: int | None) -> None:
        if not isinstance(thing, h5py.Dataset):
            return
        try:
            copy_dataset(thing, self.new, self.source, rows)
        except (OSError, RuntimeError, ValueError):
            self.lost(f"'{thing.name}' is damaged and is left out")

    # -- The end -----------------------------------------------------------------------------------------------------

    def _integrity(self) -> None:
        column = schema.CHECKSUMS
        if not self.written:
            return
        rows = np.array(list(self.written.values()), np.uint32).T
        dataset = self.new.create_dataset(column.path, data=rows, maxshape=(None, rows.shape[1]), chunks=True)
        describe(dataset, column.unit, column.long_name)
        set_text(dataset, "metrics", " ".join(self.written))

    def _end(self, kept: NDArray[np.intp]) -> None:
        column = schema.COLUMNS["/time/committed"]
        counter = self.new.create_dataset(
            column.path, data=np.array([len(kept)], np.uint64), chunks=(1,), maxshape=(1,)
        )
        describe(counter, column.unit, column.long_name)
        said = number_attribute(self.old, "complete", self.source)
        meant = number_attribute(self.old, "frames_intended", self.source)
        was = said == 1.0 or (said is None and "/time/committed" not in self.old) or meant == self.committed
        self.result.frames = len(kept)
        self.result.complete = was and len(kept) == self.committed
        self.new.attrs["complete"] = np.uint8(self.result.complete)
        set_text(self.new, "format_version", schema.FORMAT_VERSION)
        set_text(self.new, "recovered_from", self.source.name)


def no_value(dataset: Any, path: Path) -> float | None:
    """The stored number that stands for "no value" in a dataset of /frames; None where there is none."""
    if dataset.dtype.kind == "f" and not text_attribute(dataset, "flag_meanings", path):
        return float("nan")
    return number_attribute(dataset, "_FillValue", path)


def _prove(partial: Path, sums: dict[str, list[int]], told: Told) -> None:
    """The new file opens by the ordinary reader, and every frame in it is what was written."""
    with open_recording(partial) as reader:
        frames = len(reader.times_s)
        shown = set(reader.metrics)
    with open_checked(partial, ("recording",)) as file:
        proofs = {name: FrameProof(file["frames"][name]) for name in sums}
        for frame in range(frames):
            for name, proof in proofs.items():
                proved = proof.read(frame)
                if proved.problem or frame_crc(proved.values) != sums[name][frame]:
                    raise OrbitvizError(
                        f"the recovered file must read back as it was written, frame {frame} of {name} does not"
                        f"{'' if name in shown else ' (it is not shown)'}",
                        "check the disk, and recover to another one",
                        partial,
                    )
            told(frame + 1, frames, "proved")
