"""Writing what scenarios and recordings share: root attributes, recipe, fleet, shells, node types, fixed links."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

import orbitviz
from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.fleet import ELEMENT_NAMES, Fleet, ShellInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario
from orbitviz.core.units import SECONDS_PER_DAY
from orbitviz.files import schema
from orbitviz.files.codec import write_column
from orbitviz.files.recipe import recipe_text

MAX_TEXT_BYTES = 60_000
"""An attribute's header holds 64 kB in all."""


def fixed_text(text: str, limit: int = MAX_TEXT_BYTES) -> bytes:
    """UTF-8, cut at a whole character; HDF5 has no empty fixed-length text, a blank stands for it."""
    return text.encode()[:limit].decode(errors="ignore").encode() or b" "


def set_text(thing: Any, name: str, text: str, limit: int = MAX_TEXT_BYTES) -> None:
    """A text attribute of fixed length, marked as UTF-8."""
    data = fixed_text(text, limit)
    thing.attrs.create(name, data, dtype=h5py.string_dtype("utf-8", len(data)))


def describe(dataset: Any, unit: str, long_name: str, frame: str = "") -> None:
    """The attributes every dataset carries."""
    set_text(dataset, "units", unit)
    set_text(dataset, "long_name", long_name)
    if frame:
        set_text(dataset, "frame", frame)


def write_declared(file: h5py.File, path: str, values: NDArray[Any]) -> None:
    """One dataset of the schema's table, in the dtype and with the words written there."""
    column = schema.COLUMNS[path]
    values = np.asarray(values, None if column.dtype == "S" else column.dtype)
    group, name = file.require_group(path.rpartition("/")[0]), path.rpartition("/")[2]
    if values.ndim == 1:
        dataset = write_column(group, name, values)
    else:
        dataset = group.create_dataset(name, data=values, compression="gzip", compression_opts=1)
    describe(dataset, column.unit, column.long_name, column.frame)


def write_root(file: h5py.File, kind: str, fleet: Fleet, scenario: Scenario | None) -> None:
    """Root attributes and, where there is one, the recipe: the fleet's own text, else one made from the scenario."""
    title = fleet.title or (scenario.title if scenario is not None else "")
    description = fleet.description or (scenario.description if scenario is not None else "")
    sources = fleet.sources or (scenario.sources if scenario is not None else ())
    words = {
        "format": kind,
        "format_version": schema.FORMAT_VERSION,
        "created_utc": Epoch.from_datetime(datetime.now(UTC)).iso(),
        "orbitviz_version": orbitviz.__version__,
        "title": title,
        "description": description,
        "epoch_utc": fleet.epoch.iso("microseconds"),
    }
    for name, text in words.items():
        set_text(file, name, text, 20_000)
    listed = np.array([fixed_text(text, 1_000) for text in sources[:20]] or [b" "], "S")
    file.attrs.create("sources", listed, dtype=h5py.string_dtype("utf-8", listed.dtype.itemsize))
    file.attrs["epoch_jd"] = fleet.epoch.jd
    file.attrs["epoch_fraction"] = fleet.epoch.fraction
    text = fleet.recipe or (recipe_text(scenario) if scenario is not None else "")
    if text:
        data = fixed_text(text, 1 << 20)
        dataset = file.create_dataset("scenario", data=data, dtype=h5py.string_dtype("utf-8", len(data)))
        describe(dataset, schema.RECIPE.unit, schema.RECIPE.long_name)
        dataset.attrs["nodes"] = len(fleet)


def write_fleet(file: h5py.File, fleet: Fleet) -> None:
    """/fleet, /shells, /node_types and /links."""
    for name in ("node_id", "shell", "plane", "slot", "node_type", "name", "catalog_number", "on_s", "off_s"):
        values = getattr(fleet, name)
        if values is not None:
            write_declared(file, f"/fleet/{name}", values)
    elements = fleet.elements
    jd, fraction = _split_epochs(fleet.epoch, elements.epoch_s)
    write_declared(file, "/fleet/elements/epoch_jd", jd)
    write_declared(file, "/fleet/elements/epoch_fraction", fraction)
    for name in ELEMENT_NAMES:
        write_declared(file, f"/fleet/elements/{name}", getattr(elements, name))
    if fleet.pairs is not None and len(fleet.pairs):
        write_declared(file, "/links/pairs", fleet.pairs)
    for item in fields(ShellInfo):
        cells = [getattr(shell, item.name) for shell in fleet.shells]
        if cells:
            write_declared(file, f"/shells/{item.name}", _cells(cells))
    _write_node_types(file, fleet.node_types)


def _split_epochs(epoch: Epoch, epoch_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    days = np.floor(epoch.fraction + epoch_s / SECONDS_PER_DAY)
    return epoch.jd + days, (epoch.fraction - days) + epoch_s / SECONDS_PER_DAY


def _cells(values: Sequence[Any], joint: str = ", ") -> NDArray[Any]:
    """A table's column: text as fixed-length UTF-8, a list of words joined by commas, None as NaN."""
    first = next((value for value in values if value is not None), 0.0)
    if isinstance(first, tuple):
        return np.array([_list_text(value, joint) for value in values], "S")
    if isinstance(first, str):
        return np.array([fixed_text(value, 1_000) for value in values], "S")
    return np.array([np.nan if value is None else value for value in values])


def _list_text(words: Sequence[str], joint: str) -> bytes:
    """Words in one text; those that no longer fit are left out whole."""
    ends = itertools.accumulate(len(word.encode()) + len(joint) for word in words)
    return fixed_text(joint.join(word for word, end in zip(words, ends, strict=True) if end <= schema.MAX_LIST_BYTES))


def _write_node_types(file: h5py.File, node_types: Sequence[NodeType]) -> None:
    """One column a field of NodeType: numbers as float64, words as text."""
    if not node_types:
        return
    group = file.require_group("node_types")
    for item in fields(NodeType):
        # Sources hold commas: origins are lines.
        cells = _cells([getattr(kind, item.name) for kind in node_types], "\n" if item.name == "origin" else ", ")
        dataset = write_column(group, item.name, cells if cells.dtype.kind == "S" else cells.astype("f8"))
        words = item.metadata.get("text") or item.name.replace("_", " ")
        describe(dataset, item.metadata.get("unit", "1"), words)


def check_writable(path: Path) -> None:
    """Refuses a place where no file can be made, before any work is done for it."""
    folder = path.resolve().parent
    if not folder.is_dir():
        raise OrbitvizError(f"the folder of {path.name} must exist, {folder} does not", "make it first", path)
    if path.is_dir():
        raise OrbitvizError(f"{path.name} must be a file, it is a folder", "choose another name", path)
    probe = folder / f".{path.name}.{os.getpid()}.probe"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise OrbitvizError(
            f"the folder of {path.name} must be writable, {error.strerror or error}",
            "choose a folder you may write to",
            path,
        ) from error


_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def disk_sentence(error: BaseException, path: Path, kept: str = "") -> OrbitvizError:
    """What the HDF5 library or the system said about writing `path`, as a sentence. `kept`: what was not lost."""
    number = getattr(error, "errno", None)
    text = str(error)
    if number in _FULL or "No space left" in text or "File too large" in text or "quota" in text.lower():
        message, hint = "there is no room left", "free some space, or choose another disk"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS) or "ermission denied" in text:
        message, hint = "it may not be written", "choose a folder you may write to"
    else:
        message, hint = f"the system refused it ({text.splitlines()[0][:200] if text else error!r})", "check the disk"
    return OrbitvizError(f"{path.name} must be writable, {message}{kept}", hint, path)
