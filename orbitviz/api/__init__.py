"""What `import orbitviz` offers, and where sim and files meet: open, build, import, record, export, describe."""

from __future__ import annotations

from orbitviz.api.document import OpenDocument
from orbitviz.api.opening import build, catalogue_fleet, import_files, open, open_file, record
from orbitviz.api.presets import Preset, preset_path, presets
from orbitviz.api.table import export, node_rows
from orbitviz.api.telling import describe

__all__ = [
    "OpenDocument",
    "Preset",
    "build",
    "catalogue_fleet",
    "describe",
    "export",
    "import_files",
    "node_rows",
    "open",
    "open_file",
    "preset_path",
    "presets",
    "record",
]
