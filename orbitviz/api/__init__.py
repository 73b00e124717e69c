"""What `import orbitviz` offers, and where sim and files meet: open, build, import, record, export, describe."""

from __future__ import annotations

from orbitviz.api.comparing import SIDES, Comparison, Side, compare, open_comparison
from orbitviz.api.comparing_table import Change, TotalRow, changes, export_comparison, total_rows
from orbitviz.api.document import OpenDocument
from orbitviz.api.opening import build, catalogue_fleet, import_files, open, open_file, record
from orbitviz.api.presets import Preset, preset_path, presets
from orbitviz.api.table import export, node_rows
from orbitviz.api.telling import describe

__all__ = [
    "SIDES",
    "Change",
    "Comparison",
    "OpenDocument",
    "Preset",
    "Side",
    "TotalRow",
    "build",
    "catalogue_fleet",
    "changes",
    "compare",
    "describe",
    "export",
    "export_comparison",
    "import_files",
    "node_rows",
    "open",
    "open_comparison",
    "open_file",
    "preset_path",
    "presets",
    "record",
    "total_rows",
]
