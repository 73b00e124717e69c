"""One block of nodes through one frame: its state (battery, temperature, heat switch), the order of physics in a step.

Within a step: how far heat throttles compute; then for each of the step's parts of constant light (one, or two where
the node enters or leaves the shadow) the power balance and the radiator's temperature under the load that was served.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.sim import compute, power, thermal
from orbitviz.sim.light_track import Light, Split, Sun
from orbitviz.sim.node_constants import NodeConstants

F = NDArray[np.floating]
F64 = NDArray[np.float64]
ROUND_ORBIT = 0.01
"""Below this eccentricity the Earth's view factor is that of the mean altitude (off by less than 1 %)."""
_A_MOMENT_S = np.float32(1e-4)


class Block:
    """State of n nodes: battery content J, radiator K, heat switch; and what they did so far in the frame."""

    def __init__(
        self,
        constants: NodeConstants,
        utilization: float,
        elements: MeanElements,
        on_s: F64 | None = None,
        off_s: F64 | None = None,
    ) -> None:
        self.constants = constants
        self.dtype = constants.bus_w.dtype
        self._n = len(elements)
        self._on_s, self._off_s = on_s, off_s
        self._asked_w = compute.demand_w(constants, utilization)
        self._full_speed = compute.performance(constants, self._asked_w)
        self.is_eccentric = bool(np.any(elements.eccentricity > ROUND_ORBIT))
        self._see(1.0 + elements.altitude_km / EARTH_RADIUS_KM)
        self.stored_j = self._column(constants.initial_j)
        self.radiator_k = self._column(constants.initial_k)
        self._rides_through = bool(np.all(constants.eclipse_share == 1))
        self._off: NDArray[np.bool_] = np.zeros(self._n, np.bool_)
        self._any_off = False

    def _column(self, value: Any) -> F:
        return np.array(np.broadcast_to(value, self._n), dtype=self.dtype)

    def _see(self, radius_ratio: F) -> None:
        view = thermal.edge_on_view(radius_ratio).astype(self.dtype)
        self._infrared_w = thermal.infrared_w(self.constants, view)
        self._albedo_w = thermal.albedo_w(self.constants, view)
        self._has_albedo = bool(np.any(self._albedo_w > 0))
        warmest = self._asked_w + self.constants.bus_w + self._infrared_w + self._albedo_w
        settles_k = thermal.equilibrium_k(self.constants, warmest)
        self._may_throttle = bool(np.any(settles_k > self.constants.throttle_start_k))

    # -- One frame ---------------------------------------------------------------------------------------------------

    def frame(
        self, t_s: float, step_s: float, steps: Iterable[tuple[Light, Light, Split]], short_s: float, sun: Sun
    ) -> dict[str, NDArray[Any]]:
        """The frame's metrics, each (n,), and the state moved on by `step_s`, in steps of `short_s`."""
        self._generated_j = np.zeros(self._n, self.dtype)
        self._compute_j = np.zeros(self._n, self.dtype)
        self._work_pf_s = np.zeros(self._n, self.dtype)
        self._status: NDArray[np.uint8] | None = None
        age_s = t_s if self._on_s is None else t_s - self._on_s
        full_w = power.array_output_w(self.constants, sun.distance_km, age_s)
        soc = power.state_of_charge(self.constants, self.stored_j)
        radiator_k = self.radiator_k.copy()
        lit = None
        for before, after, split in steps:
            lit = before.lit if lit is None else lit
            self._advance(before, after, split, full_w, self.dtype.type(short_s))
        return self._columns(t_s, step_s, {"sunlit": lit, "battery_soc": soc, "radiator_k": radiator_k})

    def _columns(self, t_s: float, step_s: float, columns: dict[str, Any]) -> dict[str, NDArray[Any]]:
        per_s = self.dtype.type(1.0 / step_s)
        compute_w = self._compute_j * per_s
        columns["array_w"] = self._generated_j * per_s
        columns["compute_w"] = compute_w
        columns["utilization"] = compute_w / np.maximum(self.constants.average_w, 1)
        columns["compute_pf"] = self._work_pf_s * per_s
        columns = {name: values.astype(np.float32, copy=False) for name, values in columns.items()}
        columns["status"] = self._status
        self._leave_out(t_s, columns)
        return columns

    def _leave_out(self, t_s: float, columns: dict[str, NDArray[Any]]) -> None:
        """No value for nodes that are not in service, or whose orbit SGP4 gave up; they keep their first state."""
        planned = np.zeros(self._n, np.bool_) if self._on_s is None else t_s < self._on_s
        retired = np.isnan(columns["sunlit"])
        if self._off_s is not None:
            retired |= t_s >= self._off_s
        for rows, status in ((retired, compute.Status.RETIRED), (planned, compute.Status.PLANNED)):
            if not rows.any():
                continue
            for name, values in columns.items():
                values[rows] = status if name == "status" else np.nan
            self.stored_j[rows] = self._column(self.constants.initial_j)[rows]
            self.radiator_k[rows] = self._column(self.constants.initial_k)[rows]

    # -- One step ----------------------------------------------------------------------------------------------------

    def _advance(self, before: Light, after: Light, split: Split, full_w: F, short_s: Any) -> None:
        if self.is_eccentric and before.radius_km is not None:
            self._see(np.nan_to_num(before.radius_km, nan=7000.0) / EARTH_RADIUS_KM)
        around_w = self._infrared_w
        if self._has_albedo:
            around_w = around_w + self._albedo_w * (before.overhead + after.overhead) * self.dtype.type(0.5)
        heat = self._heat_limit(around_w, short_s)
        lit, duration_s = before.lit.astype(self.dtype), np.full(self._n, short_s, self.dtype)
        dark = before.lit < 0.5
        rows = split.rows
        lit[rows], dark[rows] = split.first_lit, split.first_dark
        duration_s[rows] *= split.first_share
        self._part(slice(None), lit, dark, duration_s, around_w, full_w, heat)
        if len(rows):
            rest_s = short_s * (1 - split.first_share)
            self._part(rows, split.second_lit, ~split.first_dark, rest_s, around_w, full_w, heat)

    def _heat_limit(self, around_w: F, short_s: Any) -> tuple[F, F, F | None]:
        """(power asked for after throttling, speed, throttle or None when heat limits nobody)."""
        warm = self._may_throttle or self._any_off or bool(np.any(self.radiator_k > self.constants.throttle_start_k))
        if not warm:
            return self._asked_w, self._full_speed, None
        c = self.constants
        heat_w = self._asked_w + c.bus_w + around_w
        throttle = thermal.throttle(c, self.radiator_k, heat_w, self._asked_w - c.idle_w, short_s)
        self._off = thermal.is_shut_down(c, self.radiator_k, self._off)
        self._any_off = bool(self._off.any())
        asked_w = compute.throttled_w(c, self._asked_w, throttle)
        speed = compute.performance(c, asked_w)
        if self._any_off:
            asked_w, speed = np.where(self._off, 0, asked_w), np.where(self._off, 0, speed)
        return asked_w, speed, throttle

    def _part(
        self, rows: Any, lit: F, dark: NDArray[np.bool_], duration_s: F, around_w: F, full_w: F, heat: Any
    ) -> None:
        """Some rows through a stretch of constant light; adds to the frame's sums and sets the state."""
        c = self.constants if isinstance(rows, slice) else self.constants.rows(rows)
        asked_w, speed, throttle = heat
        if throttle is not None:
            asked_w, speed, throttle = asked_w[rows], speed[rows], throttle[rows]
        elif speed.ndim:
            asked_w, speed = asked_w[rows], speed[rows]
        wanted_w = asked_w if self._rides_through else np.where(dark, asked_w * c.eclipse_share, asked_w)
        array_w = lit * _at(full_w, rows)
        stored_j, ledger = power.balance(c, self.stored_j[rows], array_w, wanted_w, duration_s)
        self.stored_j[rows] = stored_j
        heat_w = (ledger.bus + ledger.compute) / np.maximum(duration_s, _A_MOMENT_S) + _at(around_w, rows)
        self.radiator_k[rows] = thermal.advance_k(c, self.radiator_k[rows], heat_w, duration_s)
        self._generated_j[rows] += ledger.generated
        self._compute_j[rows] += ledger.compute
        share_s = ledger.compute / np.maximum(asked_w, self.dtype.type(1))
        self._work_pf_s[rows] += compute.work_pf(c, speed, share_s)
        if self._status is None:
            # A node that is asked for nothing, or for no time, does all it is asked for.
            share = np.where(asked_w > 0, (share_s + _A_MOMENT_S) / (duration_s + _A_MOMENT_S), 1)
            self._status = compute.status_of(share, np.zeros(1) if throttle is None else throttle, self._hot())

    def _hot(self) -> NDArray[np.bool_] | None:
        return self._off if self._any_off else None


def _at(values: F, rows: Any) -> F:
    """Values of some rows, where there is one a row."""
    return values if values.ndim == 0 else values[rows]
