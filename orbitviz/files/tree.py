"""The rules for the tree of an HDF5 file from others: every link, dataset and type is looked at, no value is read.

Refused: whatever can point outside the file (external links and storage, virtual datasets, references), types and
filters our data never need, sizes no fleet has, trees without end, data that were never written.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py

from orbitviz.core.errors import FileRefusedError
from orbitviz.files import schema

SHUFFLE = 2
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
MAX_NAME_BYTES = 255
MAX_ATTRIBUTES = 512
"""Of one group or dataset."""
MAX_FILTERS = 4
MAX_FRAME_CHUNKS = 65_536
"""Chunks that one frame lies in: each costs a look-up."""
MAX_CHUNKS = 1 << 24
DEFLATE_RATIO = 1032
"""What deflate makes of one byte at most (zlib's technical details)."""
MAX_EMPTY_BYTES = 256 << 20
"""Of columns that a reader would make room for and that were never written, all together."""
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
_GROUPS = ("/fleet", "/fleet/elements", "/frames", "/time")
_CLASSES = {
    h5py.h5t.COMPOUND: "compound",
    h5py.h5t.OPAQUE: "opaque",
    h5py.h5t.REFERENCE: "reference",
    h5py.h5t.VLEN: "variable-length",
    h5py.h5t.ARRAY: "array",
    h5py.h5t.BITFIELD: "bit field",
    h5py.h5t.TIME: "time",
}


Visit = Callable[[Any], None]


class Tree:
    """Once through every link of a file, without following any that is not a plain member.

    path: for the refusals' last words, None where the file is no local one; visit: is handed each group and dataset
    (h5py's low-level identifier) that has passed.
    """

    def __init__(self, path: Path | None, visit: Visit | None = None) -> None:
        self.path, self.visit = path, visit
        self.objects = 0
        self.empty_bytes = 0
        self.groups: set[int] = set()

    def refuse(
        self, what: str, hint: str = "it cannot come from a program that follows the format"
    ) -> FileRefusedError:
        """A refusal of this file."""
        return FileRefusedError(what, hint, self.path)

    def group(self, group: Any, name: str, depth: int) -> None:
        """One group; each may be met once, else the tree has no end."""
        address = int(h5py.h5o.get_info(group).addr)
        if address in self.groups:
            raise self.refuse(f"each group must have one place, '{name}' leads back to one met before")
        if depth > MAX_DEPTH:
            raise self.refuse(f"groups must be at most {MAX_DEPTH} deep, '{name}' is deeper")
        self.groups.add(address)
        self.attributes(group, name or "/")
        if self.visit is not None:
            self.visit(group)
        self.objects += int(group.get_num_objs())
        if self.objects > MAX_OBJECTS:
            raise self.refuse(f"a file must hold at most {MAX_OBJECTS:,} objects, this one has more")
        for member in group:
            self.link(group, member, f"{name}/{self.name(member)}", depth)

    def name(self, member: bytes) -> str:
        """A link's name, which is UTF-8 that prints."""
        text = member.decode("utf-8", "replace")
        if len(member) > MAX_NAME_BYTES or not text.isprintable() or "\ufffd" in text:
            raise self.refuse(
                f"names must be printable UTF-8 of at most {MAX_NAME_BYTES} bytes, got {ascii(text)[:60]}"
            )
        return text

    def attributes(self, thing: Any, label: str) -> None:
        """How many there are; each is looked at when it is read (files/attributes.py)."""
        count = int(h5py.h5a.get_num_attrs(thing))
        if count > MAX_ATTRIBUTES:
            raise self.refuse(f"'{label}' must have at most {MAX_ATTRIBUTES} attributes, it has {count:,}")

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
        if isinstance(thing, h5py.h5d.DatasetID):
            if label in _GROUPS:
                raise self.refuse(f"'{label}' must be a group, it is a dataset", "write it so")
            self.attributes(thing, label)
            self.dataset(thing, label)
            if self.visit is not None:
                self.visit(thing)
        elif not isinstance(thing, h5py.h5g.GroupID):
            raise self.refuse(f"'{label}' must be a group or a dataset, it is a datatype", "leave it out")
        elif label in schema.COLUMNS:
            raise self.refuse(f"'{label}' must be a dataset, it is a group", "write it so")
        else:
            self.group(thing, label, depth + 1)

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
        kind = dataset.get_type()
        self.type(kind, label, dataset.shape)
        self.shape(dataset.shape, kind.get_size(), label)
        if layout == h5py.h5d.CHUNKED:
            self.chunks(dataset.shape, properties.get_chunk(), kind.get_size(), label)
            self.filters(properties, kind.get_size(), label)
        self.written(dataset, label)

    def chunks(self, shape: tuple[int, ...], chunk: tuple[int, ...], size: int, label: str) -> None:
        """Bytes of one chunk, and how many there can be."""
        bytes_of_one = _product(chunk) * size
        if bytes_of_one > MAX_CHUNK_BYTES:
            raise self.refuse(f"chunks must be at most 64 MB, those of '{label}' are {bytes_of_one / 2**20:,.0f} MB")
        counts = [-(-int(side) // max(1, int(step))) for side, step in zip(shape, chunk, strict=True)]
        if label.startswith("/frames/") and _product(counts[1:]) > MAX_FRAME_CHUNKS:
            raise self.refuse(
                f"one frame of '{label}' must lie in at most {MAX_FRAME_CHUNKS:,} chunks, "
                f"it lies in {_product(counts[1:]):,}",
                "write it in chunks of one frame and many nodes",
            )
        if not label.startswith("/frames/") and _product(counts) > MAX_CHUNKS:
            raise self.refuse(f"'{label}' must have at most {MAX_CHUNKS:,} chunks, it has {_product(counts):,}")

    def written(self, dataset: Any, label: str) -> None:
        """A reader makes room for a whole column: what is not in the file must not be much. Counting what is stored
        goes once through the index of the chunks."""
        stored = int(dataset.get_storage_size())
        if label.startswith(("/frames/", "/surface/")):
            return
        nominal = _product(dataset.shape) * dataset.get_type().get_size()
        self.empty_bytes += max(0, nominal - stored * DEFLATE_RATIO)
        if self.empty_bytes > MAX_EMPTY_BYTES:
            raise self.refuse(
                f"'{label}' must be written, of its {nominal / 2**20:,.0f} MB {stored:,} bytes are in the file",
                "write it, or leave it out",
            )

    def type(self, kind: Any, label: str, shape: tuple[int, ...]) -> None:
        """Plain numbers and fixed-length text; variable-length text for the recipe alone."""
        number = kind.get_class()
        if kind.committed():
            raise self.refuse(
                f"'{label}' must have a type of its own, it has a named one", "write it with a plain type"
            )
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
        total = _product(shape) * size
        if len(shape) > 4 or size > longest or total > limit:
            raise self.refuse(f"'{label}' must be of a reasonable size, got {shape} of {size} bytes each")

    def filters(self, properties: Any, size: int, label: str) -> None:
        """Only filters on the list, with parameters of theirs, and only where they can be undone here."""
        if properties.get_nfilters() > MAX_FILTERS:
            raise self.refuse(f"'{label}' must be packed by at most {MAX_FILTERS} filters, it is by more")
        for index in range(properties.get_nfilters()):
            number, _, parameters = properties.get_filter(index)[:3]
            if number not in FILTERS:
                allowed = ", ".join(FILTERS.values())
                raise self.refuse(
                    f"'{label}' must be packed with one of {allowed} or not at all, it needs filter {number}",
                    "write it with gzip",
                )
            wrong = any(not 0 <= value <= MAX_CHUNK_BYTES for value in parameters) or len(parameters) > 8
            if wrong or (number == SHUFFLE and tuple(parameters) not in ((), (size,))):
                shown = ", ".join(str(value) for value in parameters[:8])
                raise self.refuse(f"'{label}' must be packed with possible parameters, {FILTERS[number]} has {shown}")
            if not _available(number):
                raise self.refuse(
                    f"'{label}' is packed with {FILTERS[number]} ({number}), which is not installed here",
                    "pip install hdf5plugin, or write it with gzip",
                )


def _product(sides: Sequence[int]) -> int:
    """Of whole numbers, however large."""
    return math.prod(int(side) for side in sides)


def _available(number: int) -> bool:
    """Whether the library can undo a filter; the wheel hdf5plugin registers more, where a person installed it."""
    if not h5py.h5z.filter_avail(number):
        try:
            importlib.import_module("hdf5plugin")
        except ImportError:
            return False
    return bool(h5py.h5z.filter_avail(number))
