"""Bytes <-> nouns: recipes, scenarios, recordings, catalogues. HDF5 and deflate live here and nowhere else."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import Literal

# A file from others must not make the HDF5 library load code: no filter plugin is looked for on disk. It must be set
# before h5py is first imported, and every module that imports h5py is below this package.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"

Kind = Literal["recipe", "scenario", "recording", "catalogue"]


def kind_of(path: str | Path) -> Kind:
    """What a file is, by its content, as the process that looks at files from others finds (recognise.py).

    FileRefusedError when it is none of them.
    """
    path = Path(path)
    safety = import_module("orbitviz.files.safety")  # h5py is loaded when a file is opened, not before
    safety.has_signature(path)
    kind: Kind = import_module("orbitviz.files.vetting").vet(path).kind
    return kind
