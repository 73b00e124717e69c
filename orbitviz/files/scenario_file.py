"""Scenarios in HDF5: a recipe and the fleet built from it, or a fleet alone (an imported catalogue)."""

from __future__ import annotations

import os
from pathlib import Path

import h5py

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.fleet import Fleet
from orbitviz.core.scenario import Scenario
from orbitviz.files import schema
from orbitviz.files.fleet_file import check_writable, disk_sentence, write_fleet, write_root
from orbitviz.files.fleet_reader import FleetReader
from orbitviz.files.recipe import parse_recipe, read_recipe, read_recipe_text, recipe_text
from orbitviz.files.safety import READING_ERRORS, damaged, open_checked

__all__ = ["parse_recipe", "read_recipe", "read_recipe_text", "read_scenario", "recipe_text", "write_scenario"]


def write_scenario(path: str | Path, scenario: Scenario | None, fleet: Fleet) -> None:
    """Writes beside the name first and renames at the end, so that a file of that name is always whole."""
    path = Path(path)
    check_writable(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with h5py.File(partial, "w", locking=False) as file:
            write_root(file, schema.SCENARIO_FORMAT, fleet, scenario)
            write_fleet(file, fleet)
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:
        raise disk_sentence(error, path) from error
    finally:
        partial.unlink(missing_ok=True)


def read_scenario(path: str | Path) -> tuple[Scenario | None, Fleet]:
    """(recipe or None, fleet) of a scenario file; FileRefusedError when the file is not one or is damaged."""
    path = Path(path)
    with open_checked(path, ("scenario",)) as file:
        try:
            reader = FleetReader(file, path)
            return _scenario(reader), reader.fleet()
        except READING_ERRORS as error:
            raise damaged(path.name, error, path) from None


def _scenario(reader: FleetReader) -> Scenario | None:
    try:
        return reader.scenario()
    except OrbitvizError as error:
        raise FileRefusedError(
            f"'/scenario' must be a valid recipe: {error.message}", error.hint, reader.path
        ) from None
