"""Ties a widget to the session's signals for as long as the widget lives, and no longer."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject


class Bindings:
    """Connections of one widget to its own methods; they end when Qt deletes the widget.

    Nothing here holds the widget: psygnal and this class keep weak references to its methods, and Qt keeps this object.
    """

    def __init__(self, owner: QObject) -> None:
        self._pairs: list[tuple[Any, weakref.WeakMethod[Callable[..., Any]]]] = []
        owner.destroyed.connect(lambda *_: self.close())

    def on(self, signal: Any, slot: Callable[..., Any], arguments: int = 0) -> None:
        """Calls the bound method `slot` when `signal` fires, with the first `arguments` of what it carries."""
        signal.connect(slot, max_args=arguments)
        self._pairs.append((signal, weakref.WeakMethod(slot)))

    def close(self) -> None:
        """Ends every connection."""
        for signal, reference in self._pairs:
            slot = reference()
            if slot is not None:
                signal.disconnect(slot, missing_ok=True)
        self._pairs.clear()
