"""Where the user's own files go: recordings made by the window, settings, logs."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_NAME = "orbitviz"


def recordings_folder() -> Path:
    """The folder of recordings made by the window; ORBITVIZ_RECORDINGS names another. It may not exist yet."""
    own = os.environ.get("ORBITVIZ_RECORDINGS")
    return Path(own) if own else Path(platformdirs.user_data_dir(_NAME, appauthor=False)) / "recordings"


def settings_file() -> Path:
    """Window geometry and recent files; ORBITVIZ_SETTINGS names another file. It may not exist yet."""
    own = os.environ.get("ORBITVIZ_SETTINGS")
    return Path(own) if own else Path(platformdirs.user_config_dir(_NAME, appauthor=False)) / "window.ini"


def log_file() -> Path:
    """Crash traces of the window. It may not exist yet."""
    return Path(platformdirs.user_log_dir(_NAME, appauthor=False)) / "orbitviz.log"


def cache_folder() -> Path:
    """What can be fetched again; ORBITVIZ_CACHE names another folder. It may not exist yet."""
    own = os.environ.get("ORBITVIZ_CACHE")
    return Path(own) if own else Path(platformdirs.user_cache_dir(_NAME, appauthor=False))
