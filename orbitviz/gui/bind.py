"""Ties a widget to the session's signals for as long as the widget lives, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject


class Bindings:
    """Connections of one widget. They end by close(), or by themselves when the widget is deleted."""

    def __init__(self, owner: QObject) -> None:
        self._pairs: list[tuple[Any, Callable[..., Any]]] = []
        owner.destroyed.connect(self.close)

    def on(self, signal: Any, slot: Callable[..., Any], arguments: int = 0) -> None:
        """Calls `slot` when `signal` fires, with the first `arguments` of what it carries."""
        signal.connect(slot, max_args=arguments)
        self._pairs.append((signal, slot))

    def close(self, *_: object) -> None:
        """Ends every connection."""
        for signal, slot in self._pairs:
            signal.disconnect(slot, missing_ok=True)
        self._pairs.clear()
