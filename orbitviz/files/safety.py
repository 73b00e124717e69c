"""The gate: what an HDF5 file from others may contain. Nothing of its content is read before the whole tree has passed.

Refused: whatever can point outside the file (external links and storage, virtual datasets, references), types and
filters our data never need, sizes no fleet has, trees without end.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from orbitviz.core.errors import FileRefusedError
from orbitviz.files import schema
from orbitviz.files.attributes import number_attribute, text_attribute

READING_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the library and numpy raise over a damaged file."""
SIGNATURE = b"\x89HDF\r\n\x1a\n"
FILTERS = {
    1: "deflate",
    2: "shuffle",
    3: "fletcher32",
    32000: "LZF",
    32004: "LZ4",
    32008: "Bitshuffle",
    32015: "Zstandard",
}
MAX_CHUNK_BYTES = 64 << 20
MAX_DATASET_BYTES = 1 << 44
MAX_COLUMN_BYTES = 1 << 29
"""A column is read as a whole."""
MAX_TABLE_BYTES = 1 << 27
MAX_TEXT_BYTES = 1024
MAX_OBJECTS = 10_000
MAX_DEPTH = 8
_LIMITS = {
    "N": schema.MAX_FILE_NODES,
    "T": schema.MAX_FRAMES,
    "L": 40_000_000,
    "R": 65_535,
    "E": 10_000_000,
    "J": schema.MAX_FILE_NODES,
    "M": 100_000_000,
}
_OURS = ("/frames/", "/totals/", "/surface/", "/fleet/", "/events/", "/jobs/")
_KINDS = {schema.SCENARIO_FORMAT: "scenario", schema.RECORDING_FORMAT: "recording"}
_CLASSES = {
    h5py.h5t.COMPOUND: "compound",
    h5py.h5t.OPAQUE: "opaque",
    h5py.h5t.REFERENCE: "reference",
    h5py.h5t.VLEN: "variable-length",
    h5py.h5t.ARRAY: "array",
    h5py.h5t.BITFIELD: "bit field",
    h5py.h5t.TIME: "time",
}


def open_checked(path: str | Path, kinds: Sequence[str]) -> h5py.File:
    """Opens an HDF5 file of ours for reading once everything in it has been looked at; FileRefusedError otherwise.

    kinds: what the caller can use: "scenario", "recording".
    """
    path = Path(path)
    if not has_signature(path):
        raise FileRefusedError(
            f"{path.name} must be an HDF5 file, its first bytes are not HDF5's",
            "open a recipe (.toml), a scenario or recording (.h5), or a catalogue (.tle, .csv, .json)",
            path,
        )
    file = _open(path)
    try:
        check_open(file, kinds, path.name, path)
    except BaseException:
        file.close()
        raise
    return file


def check_open(file: h5py.File, kinds: Sequence[str], name: str, path: Path | None = None) -> str:
    """Looks at everything in an open file and returns its kind; FileRefusedError when it holds what it must not."""
    path = Path(name) if path is None else path
    try:
        kind = _check_format(file, kinds, path)
        _Walk(path).group(file.id, "", 0)
        return kind
    except FileRefusedError:
        raise
    except Exception as error:
        # The library stumbles in many ways over a damaged file; each of them is this one verdict.
        raise _damaged(path, error) from None


def is_complete(file: h5py.File, path: Path | None = None) -> bool:
    """Whether nothing more will be written to it, as far as it says."""
    said = number_attribute(file, "complete", path)
    return "/time/committed" not in file if said is None else said == 1.0


def has_signature(path: Path) -> bool:
    """Whether the file begins as HDF5 does (a header of the user's own, 512 bytes and more, may come before)."""
    try:
        with path.open("rb") as handle:
            for offset in (0, 512, 1024, 2048, 4096):
                handle.seek(offset)
                if handle.read(8) == SIGNATURE:
                    return True
    except OSError as error:
        reason = "it is a folder" if path.is_dir() else error.strerror or str(error)
        raise FileRefusedError(f"{path.name} must be a readable file, {reason}", "check its name", path) from None
    return False


def format_of(path: str | Path) -> str:
    """ "scenario" or "recording", from the root attribute alone; FileRefusedError when it is neither."""
    path = Path(path)
    with _open(path) as file:
        try:
            return _check_format(file, ("scenario", "recording"), path)
        except FileRefusedError:
            raise
        except Exception as error:
            raise _damaged(path, error) from None


def _open(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: BaseException) -> FileRefusedError:
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    cut = "truncated" in reason
    return FileRefusedError(
        f"{path.name} must be a whole HDF5 file, {'its end is missing' if cut else f'it is damaged: {reason}'}",
        "copy it again from where it came from",
        path,
    )


def _check_format(file: h5py.File, kinds: Sequence[str], path: Path) -> str:
    """The root attributes `format` and `format_version`: ours, wanted, and not newer than this program."""
    kind = _KINDS.get(text_attribute(file, "format", path))
    if kind is None:
        got = text_attribute(file, "format", path)
        raise FileRefusedError(
            f"{path.name} must carry the root attribute format = 'orbitviz-scenario' or 'orbitviz-recording', "
            + (f"got '{got[:60]}'" if got else "it has none"),
            "it is an HDF5 file of another program",
            path,
        )
    version = text_attribute(file, "format_version", path)
    major = version.partition(".")[0]
    if not major.isdigit():
        raise FileRefusedError(f"format_version must look like 1.0, got '{version[:20]}'", "correct it", path)
    if int(major) > int(schema.FORMAT_VERSION.partition(".")[0]):
        raise FileRefusedError(
            f"{path.name} must be of format version {schema.FORMAT_VERSION} or older, it is of {version}",
            "update orbitviz",
            path,
        )
    if kind not in kinds:
        raise FileRefusedError(f"{path.name} must be a {' or '.join(kinds)}, it is a {kind}", "open another file", path)
    return kind


class _Walk:
    """Once through every link of a file, without following any that is not a plain member."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.objects = 0
        self.groups: set[int] = set()

    def refuse(
        self, what: str, hint: str = "it cannot come from a program that follows the format"
    ) -> FileRefusedError:
        return FileRefusedError(what, hint, self.path)

    def group(self, group: Any, name: str, depth: int) -> None:
        """One group; each may be met once, else the tree has no end."""
        address = int(h5py.h5o.get_info(group).addr)
        if address in self.groups:
            raise self.refuse(f"each group must have one place, '{name}' leads back to one met before")
        if depth > MAX_DEPTH:
            raise self.refuse(f"groups must be at most {MAX_DEPTH} deep, '{name}' is deeper")
        self.groups.add(address)
        for member in group:
            label = f"{name}/{member.decode('utf-8', 'replace')}"
            self.objects += 1
            if self.objects > MAX_OBJECTS:
                raise self.refuse(f"a file must hold at most {MAX_OBJECTS:,} objects, this one has more")
            self.link(group, member, label, depth)

    def link(self, group: Any, member: bytes, label: str, depth: int) -> None:
        """One link, looked at before what it leads to is opened."""
        kind = group.links.get_info(member).type
        if kind == h5py.h5l.TYPE_SOFT:
            self.soft(group, member, label)
            return
        if kind != h5py.h5l.TYPE_HARD:
            raise self.refuse(
                f"'{label}' must lie in this file, it is a link to another", "put the data into this file"
            )
        thing = h5py.h5o.open(group, member)
        if isinstance(thing, h5py.h5g.GroupID):
            self.group(thing, label, depth + 1)
        elif isinstance(thing, h5py.h5d.DatasetID):
            self.dataset(thing, label)

    def soft(self, group: Any, member: bytes, label: str) -> None:
        """A soft link is another name inside the file. We read by our own names only, so none of those may be one."""
        target = group.links.get_val(member).decode("utf-8", "replace")
        if label in schema.COLUMNS or label.count("/") == 1 or label.startswith(_OURS):
            raise self.refuse(
                f"'{label}' must be the data themselves, it is a soft link to '{target[:80]}'",
                "store the dataset there",
            )

    def dataset(self, dataset: Any, label: str) -> None:
        """Storage, type, filters and size of one dataset; none of its values is read."""
        properties = dataset.get_create_plist()
        if properties.get_external_count() > 0:
            raise self.refuse(
                f"'{label}' must keep its data in this file, it reads them from another", "store them here"
            )
        layout = properties.get_layout()
        if layout == h5py.h5d.VIRTUAL:
            raise self.refuse(f"'{label}' must hold data, it is a virtual dataset", "store the data themselves")
        self.type(dataset.get_type(), label, dataset.shape)
        size = dataset.get_type().get_size()
        self.shape(dataset.shape, size, label)
        if layout == h5py.h5d.CHUNKED:
            chunk = int(np.prod([int(side) for side in properties.get_chunk()], dtype=object)) * size
            if chunk > MAX_CHUNK_BYTES:
                raise self.refuse(f"chunks must be at most 64 MB, those of '{label}' are {chunk / 2**20:,.0f} MB")
            self.filters(properties, label)

    def type(self, kind: Any, label: str, shape: tuple[int, ...]) -> None:
        """Plain numbers and fixed-length text; variable-length text for the recipe alone."""
        number = kind.get_class()
        if number in _CLASSES:
            raise self.refuse(
                f"'{label}' must hold plain numbers or fixed-length text, it is of the type {_CLASSES[number]}",
                "write one dataset a column",
            )
        if number == h5py.h5t.STRING and kind.is_variable_str() and not (label == "/scenario" and shape == ()):
            raise self.refuse(
                f"'{label}' must hold text of fixed length, it is variable", "write it as fixed-length text"
            )
        column = schema.COLUMNS.get(label)
        wanted = column.kinds.replace("O", "") if column else "uif" if label.startswith("/frames/") else ""
        if wanted and kind.dtype.kind not in wanted + ("O" if label == "/scenario" else ""):
            words = {"f": "fractions", "ui": "whole numbers", "S": "text"}.get(wanted, "numbers")
            raise self.refuse(f"'{label}' must hold {words}, it holds {kind.dtype}", "write it in another type")

    def shape(self, shape: tuple[int, ...], size: int, label: str) -> None:
        """Rank as declared, no side longer than any fleet or run, no more bytes than a disk."""
        column = schema.COLUMNS.get(label)
        wanted = column.shape if column else ("T", "N") if label.startswith("/frames/") else None
        if wanted is not None and len(shape) != len(wanted):
            raise self.refuse(f"'{label}' must have the shape ({', '.join(wanted)}), got {shape}", "write it so")
        for letter, side in zip(wanted or (), shape, strict=False):
            if letter.isdigit() and side != int(letter):
                raise self.refuse(
                    f"'{label}' must have the shape ({', '.join(wanted or ())}), got {shape}", "write it so"
                )
            if side > _LIMITS.get(letter, side):
                raise self.refuse(f"'{label}' must have at most {_LIMITS[letter]:,} rows, got {side:,}")
        limit, longest = MAX_COLUMN_BYTES if wanted and len(wanted) == 1 else MAX_DATASET_BYTES, MAX_TEXT_BYTES
        if label == "/scenario":
            limit = longest = schema.MAX_RECIPE_BYTES
        elif label.startswith("/node_types/"):
            # What is assumed of a node type, and where its values come from, are lists in one text.
            limit, longest = MAX_TABLE_BYTES, schema.MAX_LIST_BYTES
        total = int(np.prod([int(side) for side in shape], dtype=object)) * size
        if len(shape) > 4 or size > longest or total > limit:
            raise self.refuse(f"'{label}' must be of a reasonable size, got {shape} of {size} bytes each")

    def filters(self, properties: Any, label: str) -> None:
        """Only filters on the list, and only where they can be undone here."""
        for index in range(properties.get_nfilters()):
            number = int(properties.get_filter(index)[0])
            if number not in FILTERS:
                allowed = ", ".join(FILTERS.values())
                raise self.refuse(
                    f"'{label}' must be packed with one of {allowed} or not at all, it needs filter {number}",
                    "write it with gzip",
                )
            if not _available(number):
                raise self.refuse(
                    f"'{label}' is packed with {FILTERS[number]} ({number}), which is not installed here",
                    "pip install hdf5plugin, or write it with gzip",
                )


def _available(number: int) -> bool:
    """Whether the library can undo a filter; the wheel hdf5plugin registers more, where a person installed it."""
    if not h5py.h5z.filter_avail(number):
        try:
            importlib.import_module("hdf5plugin")
        except ImportError:
            return False
    return bool(h5py.h5z.filter_avail(number))
