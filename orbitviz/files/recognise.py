"""What a file is, by its content. It is asked in the process that looks at files from others, never in the window's."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from orbitviz.core.errors import FileRefusedError
from orbitviz.files.importers import IMPORTERS
from orbitviz.files.safety import HDF5_KINDS, has_signature
from orbitviz.files.schema import MAX_RECIPE_BYTES

HDF5 = "HDF5"
"""A scenario or a recording: its root attribute says which."""
HEAD_BYTES = 64 << 10


def kind_here(path: Path) -> str:
    """HDF5, or recipe, by being TOML, or catalogue, by its importers. FileRefusedError when it is none of them."""
    if has_signature(path):
        return HDF5
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    if path.suffix.lower() == ".toml":
        return "recipe"
    if any(importer.claims(path, head) for importer in IMPORTERS):
        return "catalogue"
    if _is_recipe(path, head):
        return "recipe"
    patterns = " ".join(pattern for importer in IMPORTERS for pattern in importer.PATTERNS)
    raise FileRefusedError(
        f"{path.name} must be a recipe, a scenario, a recording or a catalogue, its content is none of them",
        f"open a .toml, .h5 or one of {patterns}",
        path,
    )


def kind_among(path: Path, kinds: Sequence[str]) -> str:
    """As kind_here, where the caller knows already what it wants: one kind of text, or HDF5."""
    if len(kinds) == 1 and kinds[0] not in HDF5_KINDS:
        return kinds[0]
    if all(kind in HDF5_KINDS for kind in kinds):
        has_signature(path, required=True)
        return HDF5
    return kind_here(path)


def _is_recipe(path: Path, head: bytes) -> bool:
    """TOML with a table [scenario], whatever its name is."""
    if b"[scenario]" not in head or path.stat().st_size > MAX_RECIPE_BYTES:
        return False
    try:
        return "scenario" in tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return False
