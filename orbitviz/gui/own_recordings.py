"""Where the recordings lie that the window makes by itself, whether there is one of a preset, what is open by name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from orbitviz.core.assets import scenarios_folder
from orbitviz.core.document import Document
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.places import recordings_folder


def recording_path(name: str, recipe: str) -> Path:
    """Where the window keeps its own recording of a recipe: another text, another file."""
    safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in name) or "scenario"
    return recordings_folder() / f"{safe}-{hashlib.sha256(recipe.strip().encode()).hexdigest()[:8]}.h5"


def place_name(document: Document) -> str:
    """Under which name something is remembered of a document: its file's, else its title."""
    return document.title if document.path is None else str(document.path.resolve())


def recorded_preset(name: str) -> Path | None:
    """The recording the window made of a preset earlier, found without opening anything."""
    try:
        recipe = (scenarios_folder() / f"{name}.toml").read_text(encoding="utf-8")
    except (OrbitvizError, OSError):
        return None
    path = recording_path(name, recipe)
    return path if path.is_file() else None
