"""Evented values: a dataclass whose fields emit when they are set to something else (psygnal)."""

from __future__ import annotations

from typing import Any, ClassVar

from psygnal import SignalGroupDescriptor


class Evented:
    """Base of the session's parts. `part.events.field_name.connect(f)`, or `part.events.connect(f)` for any field.

    Setting an equal value emits nothing. Values are small (numbers, words, row numbers): no array travels in a signal.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    def update(self, **values: Any) -> None:
        """Several fields at once; each that differs emits on its own."""
        for name, value in values.items():
            setattr(self, name, value)
