"""Session: the one place that holds what is open and what the user has chosen to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psygnal import Signal

from orbitviz.core.document import Document
from orbitviz.core.frame import MetricInfo
from orbitviz.session.bookmarks import Bookmarks
from orbitviz.session.clock import Clock
from orbitviz.session.colouring import Colouring, range_of, scale_of
from orbitviz.session.evented import Evented
from orbitviz.session.selection import Selection
from orbitviz.session.viewpoint import Viewpoint


@dataclass
class Stage(Evented):
    """What an audience sees beside the globe; the scene's theme: dark, light or print; how instants are written: utc,
    local (of this computer) or elapsed (since the epoch)."""

    caption: str = ""
    legend: bool = True
    theme: str = "dark"
    time_display: str = "utc"


class Session:
    """Everything that may change the picture. `changed` fires without payload on any change; `document_changed` when
    another document is open, `document_grown` when the open recording has more frames than before. Layers' settings
    are frozen values by layer name; the scene registers their defaults."""

    changed = Signal()
    document_changed = Signal()
    document_grown = Signal()
    layers_changed = Signal(str)

    def __init__(self) -> None:
        self.document: Document | None = None
        self.clock = Clock()
        self.view = Viewpoint()
        self.colour = Colouring()
        self.selection = Selection()
        self.stage = Stage()
        self.bookmarks = Bookmarks()
        self._layers: dict[str, Any] = {}
        for part in (self.clock, self.view, self.colour, self.selection, self.stage):
            part.events.connect(self._touch)

    def _touch(self, *_: object) -> None:
        self.changed.emit()

    def open(self, document: Document) -> bool:
        """Another document: span, metric and selection follow; the time and the view stay where they make sense.

        Returns whether it holds another fleet, so that the view should begin anew.
        """
        same_fleet = self.document is not None and len(self.document.fleet) == len(document.fleet)
        self.document = document
        self.clock.set_span(*document.span_s, open_ended=not document.is_recorded)
        if not same_fleet:
            self.selection.begin(len(document.fleet))
            self.view.target_row = None
        if self.colour.metric not in document.metrics:
            self.colour.metric = next(iter(document.metrics), "")
            self.colour.to_default()
        self.document_changed.emit()
        self.changed.emit()
        return not same_fleet

    def grow(self) -> None:
        """The open recording has more frames: its span is longer."""
        if self.document is not None:
            self.clock.set_span(*self.document.span_s, open_ended=not self.document.is_recorded)
            self.document_grown.emit()
            self.changed.emit()

    def moved(self, path: Path) -> None:
        """The open file has another name."""
        if self.document is not None:
            self.document = replace(self.document, path=path)
            self.document_grown.emit()

    def choose_metric(self, name: str) -> None:
        """Colour by another metric, with its own range and map."""
        if self.document is not None and name in self.document.metrics:
            self.colour.to_default()
            self.colour.metric = name

    def next_metric(self, by: int = 1) -> None:
        """C and Shift+C."""
        if self.document is not None and self.document.metrics:
            names = list(self.document.metrics)
            here = names.index(self.colour.metric) if self.colour.metric in names else 0
            self.choose_metric(names[(here + by) % len(names)])

    @property
    def metric(self) -> MetricInfo | None:
        """What colours the nodes."""
        return None if self.document is None else self.document.metrics.get(self.colour.metric)

    @property
    def colour_range(self) -> tuple[float, float]:
        """The legend's range in the metric's unit; above zero on a log scale."""
        return range_of(self.metric, self.colour)

    @property
    def colour_scale(self) -> str:
        """linear, log or percentile: the chosen scale, linear where that has no meaning."""
        return scale_of(self.metric, self.colour.scale)

    # -- layers ------------------------------------------------------------------------------------
    def register_layers(self, defaults: Mapping[str, Any]) -> None:
        """The scene's layers and their default settings, once at start."""
        for name, settings in defaults.items():
            self._layers.setdefault(name, settings)

    @property
    def layers(self) -> Mapping[str, Any]:
        """Settings of every layer by its name, in draw order; frozen values."""
        return self._layers

    def set_layer(self, name: str, settings: Any) -> None:
        """Other settings for a layer; equal ones emit nothing."""
        if self._layers.get(name) != settings:
            self._layers[name] = settings
            self.layers_changed.emit(name)
            self.changed.emit()
