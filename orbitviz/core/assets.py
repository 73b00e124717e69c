"""Where the data files are: textures, fonts, icons and the preset recipes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from orbitviz.core.errors import OrbitvizError


def _roots(folder: str) -> list[Path]:
    """Places that may hold `folder`: an explicit one, a packaged bundle's, an installed wheel's, the checkout's."""
    roots = []
    if "ORBITVIZ_DATA" in os.environ:
        roots.append(Path(os.environ["ORBITVIZ_DATA"]) / folder)
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle:
        roots.append(Path(bundle) / folder)
    package = Path(__file__).resolve().parent.parent
    roots += [package.parent / folder, Path(sys.prefix) / "share" / "orbitviz" / folder]
    return roots


def _folder(folder: str) -> Path:
    for root in _roots(folder):
        if root.is_dir():
            return root
    raise OrbitvizError(
        f"the folder '{folder}' of orbitviz must be installed, none was found",
        "reinstall orbitviz, or set ORBITVIZ_DATA to the folder that holds it",
    )


def asset_path(name: str) -> Path:
    """Path of the shipped file `name` (relative to assets/); raises OrbitvizError when it is missing."""
    path = _folder("assets") / name
    if not path.is_file():
        raise OrbitvizError(f"the shipped file '{name}' must exist, it was not found", "reinstall orbitviz", path)
    return path


def scenarios_folder() -> Path:
    """The folder of preset recipes (name.toml) and of the scenario files built from them (name.h5)."""
    return _folder("scenarios")
