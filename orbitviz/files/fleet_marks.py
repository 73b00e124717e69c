"""Whether two files hold the same fleet, without reading a million elements of each: by the checksums they carry.

A deflated chunk ends with the Adler-32 of what it unpacks to, whoever packed it; columns stored in another way are
read and summed.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import ELEMENT_NAMES, Fleet
from orbitviz.core.units import SECONDS_PER_DAY
from orbitviz.files.codec import is_direct, read_column
from orbitviz.files.fleet_reader import FleetReader

_IDS = "/fleet/node_id"
_EPOCHS = ("/fleet/elements/epoch_jd", "/fleet/elements/epoch_fraction")
_COLUMNS = (_IDS, *(f"/fleet/elements/{name}" for name in ELEMENT_NAMES), *_EPOCHS)
SAME_EPOCH_S = 1e-3

Mark = tuple[Any, ...]


class SharedFleet:
    """The fleet of several files: that of the first one it is asked `of`, which the others must have too.

    sampled: of each column the first chunk alone is compared, where reading is dear.
    """

    def __init__(self, sampled: bool = False) -> None:
        self._sampled = sampled
        self._held: Fleet | None = None
        self._epoch: Epoch | None = None
        self._marks: dict[str, Mark] = {}

    def of(self, reader: FleetReader) -> Fleet:
        """The fleet; FileRefusedError where the file holds another than those before."""
        marks = self._marks_of(reader.file)
        if self._held is None or self._epoch is None:
            self._held, self._epoch, self._marks = reader.fleet(), reader.epoch, marks
            return self._held
        held = self._held
        if reader.nodes != len(held):
            raise _another(reader.path, f"the same {len(held):,} nodes as those before, it has {reader.nodes:,}")
        for name in _COLUMNS:
            if marks.get(name) != self._marks.get(name) and not self._equal(name, marks, reader.file):
                raise _another(reader.path, f"the same fleet as those before, its '{name}' is another")
        apart_s = abs(reader.epoch.seconds_since(self._epoch))
        timed = _EPOCHS[0] in marks or f"/fleet/elements/{ELEMENT_NAMES[0]}" not in marks
        if apart_s > SAME_EPOCH_S and not timed:
            what = f"elements given for the epoch of those before, its epoch is {apart_s:,.0f} s off"
            raise _another(reader.path, what)
        return held

    def _marks_of(self, file: h5py.File) -> dict[str, Mark]:
        return {name: self._mark(file[name]) for name in _COLUMNS if isinstance(file.get(name), h5py.Dataset)}

    def _mark(self, dataset: h5py.Dataset) -> Mark:
        if not is_direct(dataset) or not len(dataset):
            return ("crc32", dataset.dtype.str, _summed(dataset))
        length, sums = int(dataset.chunks[0]), []
        for start in range(0, 1 if self._sampled else len(dataset), length):
            try:
                _, data = dataset.id.read_direct_chunk((start,))
            except (OSError, RuntimeError, ValueError, KeyError):
                data = b""  # never written: all of it is the fill value
            sums.append(data[-4:])
        return ("adler32", dataset.dtype.str, length, *sums)

    def _equal(self, name: str, marks: dict[str, Mark], file: h5py.File) -> bool:
        """Marks of two kinds say nothing of each other, nor do epochs split in two ways: then the values do."""
        if name in _EPOCHS:
            return self._same_instants(file)
        ours = self._column(name)
        if ours is None or name not in marks or marks[name][0] == self._marks.get(name, ("",))[0]:
            return False
        return bool((read_column(file[name]) == ours).all())

    def _same_instants(self, file: h5py.File) -> bool:
        """Whether the elements are given for the same instants, whatever the file's own epoch is."""
        if self._held is None or self._epoch is None or any(name not in file for name in _EPOCHS):
            return False
        jd, fraction = (read_column(file[name]) for name in _EPOCHS)
        given_s = ((jd - self._epoch.jd) + (fraction - self._epoch.fraction)) * SECONDS_PER_DAY
        return bool((np.abs(given_s - self._held.elements.epoch_s) < SAME_EPOCH_S).all())

    def _column(self, name: str) -> Any:
        if self._held is None:
            return None
        if name == _IDS:
            return self._held.node_id
        return getattr(self._held.elements, name.rpartition("/")[2])


def _summed(dataset: h5py.Dataset) -> int:
    try:
        return zlib.crc32(read_column(dataset).tobytes())
    except (OSError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise FileRefusedError(f"'{dataset.name}' must be readable, it is damaged: {reason}", "") from None


def _another(path: Path, what: str) -> FileRefusedError:
    return FileRefusedError(f"a segment must hold {what}", "keep segments of one run alone in a folder", path)
