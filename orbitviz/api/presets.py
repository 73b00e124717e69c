"""The recipes that come with the program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orbitviz.core.assets import scenarios_folder
from orbitviz.files.scenario_file import read_recipe


@dataclass(frozen=True)
class Preset:
    """A recipe that comes with the program: what a gallery shows of it."""

    name: str
    title: str
    nodes: int
    description: str
    path: Path


def presets() -> list[Preset]:
    """All presets, the largest first."""
    found = []
    for path in scenarios_folder().glob("*.toml"):
        scenario = read_recipe(path)
        found.append(Preset(path.stem, scenario.title, scenario.nodes, scenario.description, path))
    return sorted(found, key=lambda preset: (-preset.nodes, preset.name))


def preset_path(name: str) -> Path | None:
    """The recipe of the preset of that name, None when there is none."""
    if not name or Path(name).name != name:
        return None
    path = scenarios_folder() / f"{name}.toml"
    return path if path.is_file() else None
