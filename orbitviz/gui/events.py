"""Events in the window: their words and colours, and which of them share a mark of the timeline."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orbitviz.core.document import Document
from orbitviz.core.epoch import Epoch
from orbitviz.core.event import EVENT_KINDS, Event
from orbitviz.gui.numbers import sentence, utc_text
from orbitviz.gui.origin import wrapped

WARNS = frozenset(
    ("throttling_begins", "battery_empty_begins", "hibernation_begins", "gang_stalled", "demand_unserved_begins")
)
"""Kinds that cost something: their marks are in the warn colour, all others in the accent."""
TIP_EVENTS, APART_PX = 5, 8
GLYPHS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "heat": ((0.0, -1.0), (1.0, 1.0), (-1.0, 1.0)),
    "power": ((-1.0, -1.0), (1.0, -1.0), (0.0, 1.0)),
    "work": ((0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)),
    "eclipse": ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)),
    "other": ((-0.4, -1.0), (0.4, -1.0), (0.4, 1.0), (-0.4, 1.0)),
}
"""Corners of a mark by what its first event is about, -1 to 1 from its middle."""
_ABOUT = (("throttling", "heat"), ("battery", "power"), ("hibernation", "power"), ("gang", "work"), ("demand", "work"))
ABOUT_WORDS = {
    "heat": "Heat",
    "power": "Batteries and sleep",
    "work": "Gangs and demand",
    "eclipse": "Eclipse seasons",
    "other": "Others",
}


def events_of(document: Document | None) -> list[Event]:
    """The events of a recording within its span, in the order of time."""
    if document is None or document.recording is None or not document.is_recorded:
        return []
    first_s, last_s = document.span_s
    # What happens within the last frame's step is shown at its instant.
    step_s = float(document.recording.times_s[1] - first_s) if len(document.recording.times_s) > 1 else 0.0
    found = [event for event in document.recording.events if first_s <= event.t_s <= last_s + step_s]
    return sorted(found, key=lambda event: event.t_s)


def kind_words(event: Event) -> str:
    """ "Heat begins to hold compute back"; a word of another program as it is."""
    return sentence(EVENT_KINDS.get(event.kind, event.kind.replace("_", " "))).rstrip(".")


def token_of(events: Sequence[Event]) -> str:
    """The colour of a mark: warn where one of its events costs something."""
    return "warn" if any(event.kind in WARNS for event in events) else "accent"


def about(event: Event) -> str:
    """heat, power, work, eclipse or other."""
    if event.kind.startswith("eclipse"):
        return "eclipse"
    return next((name for start, name in _ABOUT if event.kind.startswith(start)), "other")


def glyph_of(events: Sequence[Event]) -> tuple[tuple[float, float], ...]:
    """Corners of a mark: of what costs something where one of its events does, else of the first."""
    first = next((event for event in events if event.kind in WARNS), events[0])
    return GLYPHS[about(first)]


def event_tip(events: Sequence[Event], epoch: Epoch) -> str:
    """Time and text of the events of a mark: the first few, and how many more."""
    parts = []
    for event in events[:TIP_EVENTS]:
        parts.append(f"{utc_text(epoch, event.t_s)} UTC: {kind_words(event).lower()}")
        parts += [wrapped(sentence(event.text))] if event.text else []
    if len(events) > TIP_EVENTS:
        parts.append(f"and {len(events) - TIP_EVENTS:,} more here")
    return "\n".join(parts)


@dataclass(frozen=True)
class Mark:
    """What stands at one place of the timeline."""

    x_px: int
    events: tuple[Event, ...]


def marks_of(events: Sequence[Event], x_of: Callable[[float], float]) -> list[Mark]:
    """Events in the order of time -> marks at least APART_PX apart: what falls closer joins the mark before it."""
    found: list[tuple[int, list[Event]]] = []
    for event in events:
        x_px = round(x_of(event.t_s))
        if found and x_px - found[-1][0] < APART_PX:
            found[-1][1].append(event)
        else:
            found.append((x_px, [event]))
    return [Mark(x_px, tuple(some)) for x_px, some in found]


def nearest(marks: Sequence[Mark], x_px: float, reach_px: float) -> Mark | None:
    """The mark under the pointer; None where none is within reach. marks: from left to right."""
    near = [mark for mark in marks if abs(mark.x_px - x_px) <= reach_px]
    return min(near, key=lambda mark: abs(mark.x_px - x_px), default=None)


def until(events: Sequence[Event], t_s: float) -> int:
    """How many of the events, in the order of time, have happened by an instant."""
    return bisect.bisect_right(events, t_s, key=lambda event: event.t_s)
