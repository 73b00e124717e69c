"""Bytes <-> nouns: recipes, scenarios, recordings, catalogues. HDF5 and deflate live here and nowhere else."""

from __future__ import annotations

import os
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Literal

from orbitviz.core.errors import FileRefusedError

# A file from others must not make the HDF5 library load code: no filter plugin is looked for on disk. It must be set
# before h5py is first imported, and every module that imports h5py is below this package.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"

Kind = Literal["recipe", "scenario", "recording", "catalogue"]
HEAD_BYTES = 64 << 10


def kind_of(path: str | Path) -> Kind:
    """What a file is, by its content: HDF5 by its root attribute, a recipe by being TOML, a catalogue by its importers.

    FileRefusedError when it is none of them.
    """
    path = Path(path)
    safety = import_module("orbitviz.files.safety")  # h5py is loaded when a file is opened, not before
    if safety.has_signature(path):
        kind: Kind = safety.format_of(path)
        return kind
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    if path.suffix.lower() == ".toml":
        return "recipe"
    importers = import_module("orbitviz.files.importers").IMPORTERS
    if any(importer.claims(path, head) for importer in importers):
        return "catalogue"
    if _is_recipe(path, head):
        return "recipe"
    patterns = " ".join(pattern for importer in importers for pattern in importer.PATTERNS)
    raise FileRefusedError(
        f"{path.name} must be a recipe, a scenario, a recording or a catalogue, its content is none of them",
        f"open a .toml, .h5 or one of {patterns}",
        path,
    )


def _is_recipe(path: Path, head: bytes) -> bool:
    """TOML with a table [scenario], whatever its name is."""
    if b"[scenario]" not in head or path.stat().st_size > (1 << 20):
        return False
    try:
        return "scenario" in tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
