"""What the window remembers between runs: geometry, panels, theme, motion, recent files. A damaged file is none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from orbitviz.core.places import settings_file

RECENT = 8
MAX_BOOKMARKS_TEXT = 8192


class Memory:
    """A small INI file; every read checks what it gets."""

    def __init__(self, path: Path | None = None) -> None:
        self._settings = QSettings(str(path or settings_file()), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow) -> None:
        """The window's last place, when that is on a screen that exists; Qt checks it."""
        saved = self._settings.value("geometry")
        if isinstance(saved, QByteArray) and not saved.isEmpty():
            window.restoreGeometry(saved)
        if window.isFullScreen():
            window.showNormal()

    @property
    def views(self) -> QByteArray:
        """Which views were open beside the globe, and where; empty when that was never kept."""
        saved = self._settings.value("views")
        return saved if isinstance(saved, QByteArray) else QByteArray()

    def keep(self, window: QMainWindow) -> None:
        """Where the window is now."""
        if not window.isFullScreen():
            self._settings.setValue("geometry", window.saveGeometry())
            self._settings.setValue("views", window.saveState())
        self._settings.sync()

    @property
    def theme(self) -> str:
        """dark or light."""
        saved = self._settings.value("theme")
        return saved if isinstance(saved, str) else "dark"

    @theme.setter
    def theme(self, name: str) -> None:
        self._settings.setValue("theme", name)

    @property
    def reduce_motion(self) -> bool:
        """Whether the camera goes without inertia and flights."""
        return self._settings.value("reduce_motion") in (True, "true")

    @reduce_motion.setter
    def reduce_motion(self, on: bool) -> None:
        self._settings.setValue("reduce_motion", on)

    @property
    def time_display(self) -> str:
        """utc, local or elapsed."""
        saved = self._settings.value("time_display")
        return saved if saved in ("utc", "local", "elapsed") else "utc"

    @time_display.setter
    def time_display(self, name: str) -> None:
        self._settings.setValue("time_display", name)

    def bookmarks(self, path: str) -> object:
        """What keep_bookmarks was given for that file; None where there is nothing, or nothing that can be read."""
        saved = self._settings.value(_bookmarks_key(path))
        try:
            return json.loads(saved) if isinstance(saved, str) and len(saved) < MAX_BOOKMARKS_TEXT else None
        except ValueError:
            return None

    def keep_bookmarks(self, path: str, plain: list[list[Any]]) -> None:
        """Of one file; an empty list is not kept."""
        if plain:
            self._settings.setValue(_bookmarks_key(path), json.dumps(plain))
        else:
            self._settings.remove(_bookmarks_key(path))

    @property
    def recent(self) -> list[str]:
        """Files opened last, the newest first."""
        saved = self._settings.value("recent")
        saved = [saved] if isinstance(saved, str) else saved
        return [str(item) for item in saved if item][:RECENT] if isinstance(saved, list) else []

    def remember(self, path: str) -> None:
        """A file was opened."""
        self._settings.setValue("recent", [path, *(item for item in self.recent if item != path)][:RECENT])


def _bookmarks_key(path: str) -> str:
    return f"bookmarks/{hashlib.sha256(path.encode()).hexdigest()[:16]}"
