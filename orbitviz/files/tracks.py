"""How one recorded metric is read: its stored numbers as they are, or quantised while reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.frame import MetricInfo, Stored
from orbitviz.files import schema
from orbitviz.files.attributes import number_attribute, numbers_attribute, text_attribute
from orbitviz.files.raw_file import RawFile
from orbitviz.files.rows import Rows, open_rows

SAMPLED_FRAMES = 8
LARGEST = 1e30


class Track(Protocol):
    """One metric of an open recording. as_stored: what is read are the numbers in the file."""

    info: MetricInfo
    as_stored: bool

    def read(self, index: int, out: Stored) -> None:
        """Frame `index` as stored, (N,), into `out`."""

    def histories(self, rows: NDArray[np.intp], frames: range) -> Stored:
        """(R, F) stored numbers of some nodes over some frames."""

    def reopened(self, rows: Rows) -> Track:
        """The same metric in the same file opened anew, when it has more frames."""


class StoredTrack:
    """One or two bytes a node, used as they are."""

    as_stored = True

    def __init__(self, rows: Rows, info: MetricInfo) -> None:
        self.info = info
        self._rows = rows

    def read(self, index: int, out: Stored) -> None:
        """Frame `index` as stored, (N,), into `out`."""
        self._rows.frame(index, out)

    def histories(self, rows: NDArray[np.intp], frames: range) -> Stored:
        """(R, F) stored numbers of some nodes over some frames."""
        return self._rows.columns(rows, frames).astype(self.info.dtype, copy=False)

    def reopened(self, rows: Rows) -> Track:
        """The same metric in the same file opened anew."""
        return StoredTrack(rows, self.info)


class QuantisedTrack:
    """Any other number a node: brought to one byte (two for wide temperatures) frame by frame."""

    as_stored = False

    def __init__(self, rows: Rows, dtype: np.dtype[Any], nodes: int, info: MetricInfo, packing: Packing) -> None:
        self.info = info
        self._rows = rows
        self._packing = packing
        self._raw = np.empty(nodes, dtype)

    def read(self, index: int, out: Stored) -> None:
        """Frame `index`, (N,), quantised into `out`."""
        self._rows.frame(index, self._raw)
        self._quantise(self._raw, out)

    def histories(self, rows: NDArray[np.intp], frames: range) -> Stored:
        """(R, F) quantised numbers of some nodes over some frames."""
        raw = self._rows.columns(rows, frames)
        return self._quantise(raw, np.empty(raw.shape, self.info.dtype))

    def reopened(self, rows: Rows) -> Track:
        """The same metric in the same file opened anew: its range stays as it was found at first."""
        return QuantisedTrack(rows, self._raw.dtype, len(self._raw), self.info, self._packing)

    def _quantise(self, raw: NDArray[Any], out: Stored) -> Stored:
        values = self._packing.values(raw)
        if self.info.is_category:
            # A number that is none of the names is "no value", never a neighbour's name.
            values[~np.isin(values, list(self.info.flags))] = np.nan
        schema.quantise(self.info, values, out)
        return out


class Packing:
    """CF packing of a dataset: value = stored x scale_factor + add_offset, _FillValue stands for none."""

    def __init__(self, dataset: h5py.Dataset, path: Path) -> None:
        scale, offset = number_attribute(dataset, "scale_factor", path), number_attribute(dataset, "add_offset", path)
        if scale == 0.0:
            raise FileRefusedError(f"scale_factor of '{dataset.name}' must not be zero", "correct the file", path)
        self.scale = 1.0 if scale is None else scale
        self.offset = 0.0 if offset is None else offset
        # A fill value of NaN needs no mark: NaN is "no value" already.
        fills = [fill for fill in numbers_attribute(dataset, "_FillValue", path)[:1] if np.isfinite(fill)]
        self.fill = fills[0] if fills else None

    def values(self, raw: NDArray[Any]) -> NDArray[np.float64]:
        """Physical values, NaN where there is none."""
        values = raw.astype(np.float64) * self.scale + self.offset
        if self.fill is not None:
            values[raw == self.fill] = np.nan
        values[np.isinf(values)] = np.nan
        return values


def open_track(
    dataset: h5py.Dataset, frames: int, path: Path, raw: RawFile | None = None, whole: bool = False
) -> Track:
    """The way to read one vetted dataset (T, N) under /frames, and what it is; raw, whole: as open_rows."""
    rows = open_rows(dataset, raw, whole)
    packing = Packing(dataset, path)
    flags = _flags(dataset, path)
    whole = dataset.dtype.kind == "u" and dataset.dtype.itemsize <= 2 and not dataset.dtype.metadata
    if not whole:
        info = _drawable(_quantised_info(dataset, packing, flags, frames, path), path)
        return QuantisedTrack(rows, dataset.dtype, int(dataset.shape[1]), info, packing)
    return StoredTrack(rows, _drawable(_stored_info(dataset, packing, flags, path), path))


def _drawable(info: MetricInfo, path: Path) -> MetricInfo:
    """Its range and packing are numbers that single precision, which a graphics card has, can hold."""
    numbers = (info.low, info.high, info.scale, info.offset, info.max_error)
    if not all(abs(number) <= LARGEST for number in numbers):
        shown = ", ".join(f"{number:g}" for number in numbers)
        raise FileRefusedError(
            f"range, scale_factor, add_offset and max_error of '/frames/{info.name}' must be at most {LARGEST:g}, got "
            f"{shown}",
            "choose a larger unit",
            path,
        )
    return info


def _words(dataset: h5py.Dataset, path: Path) -> dict[str, Any]:
    """What a file says of a metric in words."""
    name = dataset.name.rpartition("/")[2]
    return {
        "name": name,
        "unit": text_attribute(dataset, "units", path)[:40],
        "long_name": text_attribute(dataset, "long_name", path)[:120],
        "mean": "mean" in text_attribute(dataset, "cell_methods", path),
        "colormap": text_attribute(dataset, "colormap", path, "viridis")[:60],
        "kind": text_attribute(dataset, "kind", path, "computed")[:40],
        "formula": text_attribute(dataset, "formula", path)[:500],
        "source": text_attribute(dataset, "source", path)[:500],
    }


def _flags(dataset: h5py.Dataset, path: Path) -> dict[int, str]:
    """CF flag_values and flag_meanings: number -> word."""
    numbers = numbers_attribute(dataset, "flag_values", path)
    words = text_attribute(dataset, "flag_meanings", path).split()
    if len(numbers) != len(words) or any(not 0 <= number < 255 or number % 1 for number in numbers):
        raise FileRefusedError(
            f"flag_values of '{dataset.name}' must be numbers from 0 to 254, one for each word of flag_meanings, "
            f"got {len(numbers)} for {len(words)} words",
            "correct the file",
            path,
        )
    return {int(number): word.replace("_", " ") for number, word in zip(numbers, words, strict=True)}


def _declared_range(dataset: h5py.Dataset, packing: Packing, path: Path) -> tuple[float, float] | None:
    """valid_min and valid_max (or valid_range), which CF gives in stored numbers -> physical."""
    ends: list[float | None] = list(numbers_attribute(dataset, "valid_range", path)[:2])
    if len(ends) != 2:
        ends = [number_attribute(dataset, "valid_min", path), number_attribute(dataset, "valid_max", path)]
    if ends[0] is None or ends[1] is None or ends[0] == ends[1]:
        return None
    low, high = sorted(end * packing.scale + packing.offset for end in ends if end is not None)
    return low, high


def _stored_info(dataset: h5py.Dataset, packing: Packing, flags: dict[int, str], path: Path) -> MetricInfo:
    """A metric whose numbers are used as they are."""
    top = int(np.iinfo(dataset.dtype).max)
    fill = None if packing.fill is None else int(packing.fill)
    whole_range = sorted(step * packing.scale + packing.offset for step in (0, top - (fill == top)))
    low, high = _declared_range(dataset, packing, path) or whole_range
    error = number_attribute(dataset, "max_error", path)
    if flags:
        low, high = float(min(flags)), float(max(flags))
    return schema.with_words(
        MetricInfo(
            low=low,
            high=high,
            scale=packing.scale,
            offset=packing.offset,
            dtype=dataset.dtype.newbyteorder("=").name,
            fill=fill,
            flags=flags,
            max_error=(0.0 if flags else abs(packing.scale) / 2.0) if error is None else error,
            **_words(dataset, path),
        )
    )


def _quantised_info(
    dataset: h5py.Dataset, packing: Packing, flags: dict[int, str], frames: int, path: Path
) -> MetricInfo:
    """A metric that is brought to one or two bytes: range as declared, else as found in up to eight frames."""
    words = _words(dataset, path)
    if flags:
        return schema.with_words(
            schema.category(words.pop("name"), words.pop("long_name"), flags, **_without_unit(words))
        )
    low, high = _declared_range(dataset, packing, path) or _sampled_range(dataset, packing, frames)
    if words["unit"] == "1" and low >= 0.0 and high <= 1.0:
        low, high = 0.0, 1.0
    names = (words.pop("name"), words.pop("unit"), words.pop("long_name"))
    return schema.with_words(schema.quantised(*names, low, high, **words))


def _without_unit(words: dict[str, Any]) -> dict[str, Any]:
    return {name: word for name, word in words.items() if name != "unit"}


def _sampled_range(dataset: h5py.Dataset, packing: Packing, frames: int) -> tuple[float, float]:
    """Least and greatest value of up to eight frames spread over the run, and 5 % beyond: what later lies outside is
    shown at the end of the scale."""
    low, high = np.inf, -np.inf
    for index in np.unique(np.linspace(0, max(0, frames - 1), min(frames, SAMPLED_FRAMES)).astype(int)):
        values = packing.values(dataset[int(index), :])
        if not np.isnan(values).all():
            low, high = min(low, float(np.nanmin(values))), max(high, float(np.nanmax(values)))
    if not np.isfinite(low):
        return 0.0, 1.0
    margin = 0.05 * (high - low) or max(abs(high) * 0.05, 0.5)
    # An amount that is never negative in the sample starts at zero rather than below it.
    return (0.0 if 0.0 <= low < margin else low - margin), high + margin
