"""How much of a fleet is in shadow now, from its elements alone."""

from __future__ import annotations

import numpy as np

from orbitviz.core.fleet import Fleet

SAMPLE = 2048


class EclipseEstimate:
    """Share of nodes in the Earth's shadow, from all nodes of a small fleet or from SAMPLE rows spread evenly."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        rows = (
            np.arange(len(fleet)) if len(fleet) <= SAMPLE else np.linspace(0, len(fleet) - 1, SAMPLE).astype(np.int64)
        )
        self._rows = rows
        self._propagator: object | None = None
        self._last: tuple[float, float | None] = (np.nan, None)

    @property
    def exact(self) -> bool:
        """Whether every node is counted."""
        return len(self._rows) == len(self._fleet)

    @property
    def count(self) -> int:
        """Nodes looked at."""
        return len(self._rows)

    def share_at(self, t_s: float) -> float | None:
        """0..1 at an instant, None when no node has a position there."""
        if self._last[0] == t_s:
            return self._last[1]
        from orbitviz.sim.propagation import Propagator
        from orbitviz.sim.sunlight import lit_fraction, sun_teme

        if self._propagator is None:
            self._propagator = Propagator(self._fleet.elements.rows(self._rows), "numpy", self._fleet.epoch)
        position_km = np.asarray(self._propagator.states(t_s)[0]).reshape(-1, 3)  # type: ignore[attr-defined]
        unit, distance_km = sun_teme(self._fleet.epoch, t_s)
        far_km = float(np.reshape(distance_km, -1)[0])
        lit = lit_fraction(position_km, np.reshape(unit, 3) * far_km)
        lit = lit[np.isfinite(position_km[:, 0])]
        share = float(1.0 - lit.mean()) if len(lit) else None
        self._last = (t_s, share)
        return share
