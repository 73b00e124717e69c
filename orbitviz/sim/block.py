"""One block of nodes through one frame: its state (battery, temperature, heat switch), the order of physics in a step.

Within a frame: what the nodes are asked to do (service.py). Within a step of it: how far heat throttles compute; then
for each of the step's parts of constant light (one, or two where the node enters or leaves the shadow) the power
balance and the radiator's temperature under the load that was served.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import AU_KM, EARTH_RADIUS_KM
from orbitviz.sim import compute, power, thermal
from orbitviz.sim.light_track import Light, Split, Sun
from orbitviz.sim.node_constants import NodeConstants
from orbitviz.sim.service import GangNews, Served, Service, Work

F = NDArray[np.floating]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
ROUND_ORBIT = 0.01
"""Below this eccentricity the Earth's view factor is that of the mean altitude (off by less than 1 %)."""
_A_MOMENT_S = np.float32(1e-4)
_LEAST_BUSY = np.float32(1e-3)
_STRONGEST_SUN = np.float32(1.035)
"""At perihelion, over that at 1 AU."""


class FrameOrders(NamedTuple):
    """What is asked of a block in a frame: share of each node's offer for users (n,) or None, and of the rest for
    batch work."""

    users: F32 | None = None
    batch: float = 0.0


class BlockFrame(NamedTuple):
    """A frame of a block: metric -> (n,); sums of work by kind; gangs that stalled or resumed."""

    columns: dict[str, NDArray[Any]]
    served: Served
    news: list[GangNews]


class Block:
    """State of n nodes: battery content J, radiator K, heat switch; and what they did so far in the frame."""

    def __init__(
        self,
        constants: NodeConstants,
        work: Work,
        elements: MeanElements,
        on_s: F64 | None = None,
        off_s: F64 | None = None,
    ) -> None:
        self.constants = constants
        self.dtype = constants.bus_w.dtype
        self._n = len(elements)
        self._on_s, self._off_s = on_s, off_s
        self._full_w = compute.demand_w(constants, 1.0 if work.utilization is None else work.utilization)
        self._full_speed = compute.performance(constants, self._full_w)
        full_pf = constants.peak_pf * self._full_speed
        self.service = Service(work, full_pf, constants.link_gbps, self._n)
        self._busy: F = np.asarray(1, self.dtype)
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
        view = thermal.view_of(self.constants, radius_ratio).astype(self.dtype)
        self._infrared_w = thermal.infrared_w(self.constants, view)
        self._albedo_w = thermal.albedo_w(self.constants, view)
        self._has_albedo = bool(np.any(self._albedo_w > 0))
        c = self.constants
        warmest = self._full_w + c.bus_w + self._infrared_w + self._albedo_w + _STRONGEST_SUN * c.panel_sun_w
        settles_k = thermal.equilibrium_k(c, warmest)
        self._warm_k = np.minimum(c.throttle_start_k, c.chip_limit_k - c.chip_k_per_w * self._full_w)
        self._may_throttle = bool(np.any(settles_k > self._warm_k))

    # -- One frame ---------------------------------------------------------------------------------------------------

    def offer(self, t_s: float, lit: F32, sun: Sun, horizon_s: float) -> tuple[F, F]:
        """What each node can give to users, and to batch work, over the coming interval, PFLOP/s (n,), by its state and
        light now."""
        able = self._able(t_s, lit, power.array_output_w(self.constants, sun.distance_km, self._age_s(t_s)), horizon_s)
        return self.service.offer(able)

    def _age_s(self, t_s: float) -> F64 | float:
        return t_s if self._on_s is None else t_s - self._on_s

    def _able(self, t_s: float, lit: F, full_w: F, horizon_s: float) -> F:
        """Share of full load (n,) that array, battery, heat and policy allow through `horizon_s` of the light there is
        now, idle servers switched off; 0 for nodes out of service."""
        c = self.constants
        usable_w = np.maximum(self.stored_j - c.floor_j, 0) * (c.discharge_efficiency / self.dtype.type(horizon_s))
        able = lit * full_w + np.minimum(usable_w, c.discharge_w) - c.bus_w
        able /= np.maximum(self._full_w, 1)
        able = np.clip(np.nan_to_num(able, copy=False, nan=0.0), 0, 1).astype(self.dtype, copy=False)
        if not self._rides_through:
            able = np.where(lit < 0.5, np.minimum(able, c.eclipse_share), able)
        if self._is_warm():
            ramp = (c.throttle_full_k - self.radiator_k) / (c.throttle_full_k - c.throttle_start_k)
            able *= np.clip(ramp, 0, 1)
            able[self._off] = 0
        for rows in self._out_of_service(t_s):
            able[rows] = 0
        return able

    def frame(
        self,
        t_s: float,
        step_s: float,
        steps: Iterable[tuple[Light, Light, Split]],
        short_s: float,
        sun: Sun,
        orders: FrameOrders = FrameOrders(),  # noqa: B008 (a tuple)
    ) -> BlockFrame:
        """The frame's metrics and the state moved on by `step_s`, in steps of `short_s`."""
        self._generated_j = np.zeros(self._n, self.dtype)
        self._compute_j = np.zeros(self._n, self.dtype)
        self._work_s = np.zeros(self._n, self.dtype)
        self._status: NDArray[np.uint8] | None = None
        full_w = power.array_output_w(self.constants, sun.distance_km, self._age_s(t_s))
        self._sun_flux = (AU_KM / sun.distance_km) ** 2 if self.constants.panel_sun_w.any() else 0.0
        columns: dict[str, Any] = {
            "battery_soc": power.state_of_charge(self.constants, self.stored_j),
            "radiator_k": self.radiator_k.copy(),
        }
        rest = iter(steps)
        first = next(rest)
        lit = columns["sunlit"] = first[0].lit
        self._busy, news = self.service.ask(
            orders.users, orders.batch, lambda: self._able(t_s, lit, full_w, step_s), step_s
        )
        for before, after, split in chain((first,), rest):
            self._advance(before, after, split, full_w, self.dtype.type(short_s))
        served = self._serve(step_s)
        return BlockFrame(self._columns(t_s, step_s, columns, served), served, news)

    def _serve(self, step_s: float) -> Served:
        """Work of the frame over that of full load, and for whom it was; what SGP4 gave up does nothing."""
        done = self._work_s * (self.dtype.type(1.0 / step_s) / np.maximum(self._full_speed, self.dtype.type(1e-9)))
        return self.service.settle(np.nan_to_num(done, copy=False, nan=0.0), step_s)

    def _columns(self, t_s: float, step_s: float, columns: dict[str, Any], served: Served) -> dict[str, NDArray[Any]]:
        per_s = self.dtype.type(1.0 / step_s)
        compute_w = self._compute_j * per_s
        columns["array_w"] = self._generated_j * per_s
        columns["compute_w"] = compute_w
        columns["utilization"] = compute_w / np.maximum(self.constants.average_w, 1)
        columns["compute_pf"] = served.work_pf
        columns["link_load"] = np.minimum(served.traffic_gbps / np.maximum(self.constants.link_gbps, 1), 1)
        columns["chip_k"] = thermal.chip_k(self.constants, columns["radiator_k"], compute_w)
        columns = {name: values.astype(np.float32, copy=False) for name, values in columns.items()}
        columns["status"] = self._status
        self._leave_out(t_s, columns)
        return columns

    def _out_of_service(self, t_s: float) -> list[NDArray[np.bool_]]:
        """Rows planned, and rows retired, where there are any."""
        rows = []
        if self._on_s is not None:
            rows.append(t_s < self._on_s)
        if self._off_s is not None:
            rows.append(t_s >= self._off_s)
        return rows

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
        sunny_w = around_w
        if self._sun_flux:
            sunny_w = around_w + thermal.sun_on_panel_w(self.constants, before.lit, self._sun_flux)
        heat = self._heat_limit(sunny_w, short_s)
        lit, duration_s = before.lit.astype(self.dtype), np.full(self._n, short_s, self.dtype)
        dark = before.lit < 0.5
        rows = split.rows
        lit[rows], dark[rows] = split.first_lit, split.first_dark
        duration_s[rows] *= split.first_share
        self._part(slice(None), lit, dark, duration_s, around_w, full_w, heat)
        if len(rows):
            rest_s = short_s * (1 - split.first_share)
            self._part(rows, split.second_lit, ~split.first_dark, rest_s, around_w, full_w, heat)

    def _is_warm(self) -> bool:
        """Whether heat may limit anybody."""
        if self._may_throttle or self._any_off:
            return True
        return bool(np.any(self.radiator_k > self._warm_k))

    def _heat_limit(self, around_w: F, short_s: Any) -> Heat:
        c = self.constants
        asked_w = compute.asked_w(c, self._full_w, self._busy)
        if not self._is_warm():
            return Heat(asked_w, self._full_w, self._busy, self._full_speed)
        self._off = thermal.is_shut_down(c, self.radiator_k, self._off)
        self._any_off = bool(self._off.any())
        allowed_w = thermal.allowed_w(c, self.radiator_k, asked_w, c.bus_w + around_w, short_s)
        # The limit holds for the mean of the step; what is busy for a share of it may draw more meanwhile.
        cap_w = c.idle_w + (allowed_w - c.idle_w) / np.maximum(self._busy, _LEAST_BUSY)
        cap_w = np.where(
            allowed_w < asked_w, np.clip(cap_w, np.minimum(self._full_w, c.idle_w), self._full_w), self._full_w
        )
        asked_w, busy = compute.asked_w(c, cap_w, self._busy), np.broadcast_to(self._busy, cap_w.shape)
        if self._any_off:
            asked_w, busy = np.where(self._off, 0, asked_w), np.where(self._off, 0, busy)
        held_back = (self._full_w - cap_w) / np.maximum(self._full_w, 1)
        return Heat(asked_w, cap_w, busy, compute.performance(c, cap_w), held_back)

    def _part(
        self, rows: Any, lit: F, dark: NDArray[np.bool_], duration_s: F, around_w: F, full_w: F, heat: Heat
    ) -> None:
        """Some rows through a stretch of constant light; adds to the frame's sums and sets the state."""
        c = self.constants if isinstance(rows, slice) else self.constants.rows(rows)
        heat = heat if isinstance(rows, slice) else heat.rows(rows)
        wanted_w = heat.asked_w if self._rides_through else np.where(dark, heat.asked_w * c.eclipse_share, heat.asked_w)
        array_w = lit * _at(full_w, rows)
        stored_j, ledger = power.balance(c, self.stored_j[rows], array_w, wanted_w, duration_s)
        self.stored_j[rows] = stored_j
        heat_w = (ledger.bus + ledger.compute) / np.maximum(duration_s, _A_MOMENT_S) + _at(around_w, rows)
        if self._sun_flux:
            heat_w = heat_w + thermal.sun_on_panel_w(c, lit, self._sun_flux)
        self.radiator_k[rows] = thermal.advance_k(c, self.radiator_k[rows], heat_w, duration_s)
        self._generated_j[rows] += ledger.generated
        self._compute_j[rows] += ledger.compute
        # Idle servers go off before work is dropped: the energy served runs work at the power of full load.
        busy_s = np.minimum(heat.busy * duration_s, ledger.compute / np.maximum(heat.cap_w, self.dtype.type(1)))
        self._work_s[rows] += heat.speed * busy_s
        if self._status is None:
            # A node that is asked for nothing, or for no time, does all it is asked for.
            served_s = ledger.compute / np.maximum(heat.asked_w, self.dtype.type(1))
            share = np.where(heat.asked_w > 0, (served_s + _A_MOMENT_S) / (duration_s + _A_MOMENT_S), 1)
            throttle = np.zeros(1, self.dtype) if heat.throttle is None else heat.throttle
            self._status = compute.status_of(share, throttle, self._off if self._any_off else None)


class Heat(NamedTuple):
    """A step's compute under its heat limit, each () or (n,): power asked for W, power at full load W, share of the
    time servers are busy, speed at full load; how much of full power heat takes, None when it limits nobody."""

    asked_w: F
    cap_w: F
    busy: F
    speed: F
    throttle: F | None = None

    def rows(self, rows: NDArray[np.intp]) -> Heat:
        """Of some rows."""
        return Heat(*(None if value is None else _at(value, rows) for value in self))  # type: ignore[arg-type]


def _at(values: F, rows: Any) -> F:
    """Values of some rows, where there is one a row."""
    return values if values.ndim == 0 else values[rows]
