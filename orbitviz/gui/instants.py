"""What conditions and numbers are asked of when there is no picture: the same, from the document and the player."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document
from orbitviz.core.epoch import gmst_rad
from orbitviz.core.frame import Bracket
from orbitviz.player import Player
from orbitviz.session.predicates import Instant


class PlainInstants:
    """Instants of a document without a picture; positions by SGP4 in float64, those of the last instant are kept."""

    def __init__(self, document: Document, player: Player | None) -> None:
        self._document, self._player = document, player
        self._propagator: Any = None
        self._kept: tuple[float, NDArray[np.float64]] | None = None

    def at(self, t_s: float) -> Instant:
        """For work on a thread."""
        document = self._document
        return Instant(
            document.fleet,
            document.metrics,
            lambda metric: self._bracket(metric, t_s),
            lambda metric: self._values(metric, t_s),
            lambda: (self._places_km(t_s), float(gmst_rad(document.epoch, t_s))),
        )

    def _bracket(self, metric: str, t_s: float) -> Bracket | None:
        player = self._player
        return player.wait_for(t_s, metric) if player is not None and metric in player.metrics else None

    def _places_km(self, t_s: float) -> NDArray[np.float64]:
        from orbitviz.sim.propagation import Propagator

        if self._propagator is None:
            self._propagator = Propagator.of(self._document.fleet)
        if self._kept is None or self._kept[0] != t_s:
            self._kept = (t_s, np.asarray(self._propagator.states(t_s, velocity=False)[0][0], np.float64))
        return self._kept[1]

    def _values(self, metric: str, t_s: float) -> NDArray[np.float32]:
        from orbitviz.metrics import METRICS, OrbitFrame
        from orbitviz.sim.sunlight import lit_fraction, sun_teme

        position_km = self._places_km(t_s)
        unit, distance_km = sun_teme(self._document.epoch, t_s)
        sun_km = np.ravel(unit) * float(np.ravel(distance_km)[0])
        frame = OrbitFrame(self._document.fleet, t_s, position_km, sun_km, lit_fraction(position_km, sun_km))
        return METRICS[metric].compute(frame)


Now = Callable[[], Instant | None]
"""What is shown, for work on a thread; None while nothing is."""
