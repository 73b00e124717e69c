"""Two temperatures a node, radiator and hottest chip: what is rejected, what Earth and Sun add, what heat allows.

C dT/dt = P_heat + Q_env - N eps sigma A T^4, and T_chip = T + R P_compute (the loop follows within seconds). Sources:
facts.md section 5. One temperature stands for the whole panel and the loop behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_ALBEDO, EARTH_IR_W_M2, SOLAR_CONSTANT_W_M2
from orbitviz.sim.node_constants import NodeConstants, Values

F = NDArray[np.floating]
_MOST_TRIALS = 20
"""Ten halvings leave a thousandth."""


def edge_on_view(radius_ratio: F) -> F:
    """Share of a face's view that the Earth fills when the face holds the nadir in its plane; radius_ratio = r / Re.

    F = [atan(1 / sqrt(H^2 - 1)) - sqrt(H^2 - 1) / H^2] / pi for each side: the attitude of a radiator kept edge-on to
    both the Sun and the Earth (facts.md section 5, checked there by Monte Carlo).
    """
    square = np.maximum(np.square(np.asarray(radius_ratio)), 1.0 + 1e-6)
    height = np.sqrt(square - 1.0)
    return np.asarray((np.arctan2(1.0, height) - height / square) / np.pi)


def view_of(constants: NodeConstants, radius_ratio: F) -> F:
    """Share of the radiator's view that the Earth fills, mean of its sides, at r / Re, by the type's attitude.

    Earth in the panel's plane: `edge_on_view` on each side; facing it: 1 / H^2 on one side, nothing on the other.
    """
    edge_on = edge_on_view(radius_ratio)
    if not constants.nadir_share.any():
        return edge_on
    facing = constants.nadir_share / np.maximum(np.square(np.asarray(radius_ratio)), 1.0)
    return np.asarray(np.where(constants.nadir_share > 0, facing, edge_on))


def infrared_w(constants: NodeConstants, view: F) -> F:
    """Earth infrared that all sides of the radiator take up, W; where sink_k is set, what the sink radiates."""
    earth = constants.emissivity * constants.panel_m2 * EARTH_IR_W_M2 * view
    sink = constants.radiating_w_k4 * np.square(np.square(constants.sink_k))
    return np.asarray(np.where(np.isnan(constants.sink_k), earth, sink))


def albedo_w(constants: NodeConstants, view: F) -> F:
    """Sunlight thrown back by an Earth with the Sun overhead that the radiator takes up, W; zero where sink_k is set.

    To be multiplied by max(0, cos of the Sun's zenith angle below the node). Bond albedo 0.30, the Sun at 1 AU.
    """
    earth = constants.absorptance * EARTH_ALBEDO * SOLAR_CONSTANT_W_M2 * constants.panel_m2 * view
    return np.asarray(np.where(np.isnan(constants.sink_k), earth, 0.0))


def sun_on_panel_w(constants: NodeConstants, lit: F, flux_ratio: float) -> F:
    """Sunlight the radiator takes up, W, () or (N,): 0-d zero where no type's panel is shone on.

    lit (N,) or (): visible share of the Sun's disk; flux_ratio: (1 AU / distance of the Sun)^2.
    """
    if not constants.panel_sun_w.any():
        return np.zeros((), constants.panel_sun_w.dtype)
    return np.asarray(constants.panel_sun_w * constants.panel_sun_w.dtype.type(flux_ratio) * lit)


def equilibrium_k(constants: NodeConstants, heat_w: F) -> F:
    """Temperature at which the radiator rejects `heat_w` (served load and environment), K."""
    return np.asarray(np.sqrt(np.sqrt(np.maximum(heat_w, np.zeros_like(heat_w)) / constants.radiating_w_k4)))


def advance_k(constants: NodeConstants, radiator_k: F, heat_w: F, duration_s: F | float) -> F:
    """Temperature (N,) after `duration_s` of constant `heat_w`, stable and free of overshoot at any duration.

    With T_e the equilibrium, T^4 - T_e^4 = (T^2 + T_e^2)(T + T_e)(T - T_e) exactly, so T decays towards T_e at a rate
    that varies slowly: take it at the start for half the time, then at that midpoint for all of it (second order).
    Against the differential equation at 60 s steps: below 0.02 K for the published node.
    """
    goal_k = equilibrium_k(constants, heat_w)
    goal2 = np.square(goal_k)
    scale = constants.radiating_w_k4 / -constants.heat_capacity_j_k * duration_s
    away_k = radiator_k - goal_k

    def decayed(rate_at_k: F, scale: F) -> F:
        rate = (np.square(rate_at_k) + goal2) * (rate_at_k + goal_k) * scale
        return np.asarray(goal_k + away_k * np.exp(rate))

    return decayed(decayed(radiator_k, scale * radiator_k.dtype.type(0.5)), scale)


def is_shut_down(constants: NodeConstants, radiator_k: F, was: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Off above shutdown_k, on again below restart_k, in between as it was: (N,) bool."""
    return np.asarray((radiator_k > constants.shutdown_k) | (was & (radiator_k >= constants.restart_k)))


def chip_k(constants: NodeConstants, radiator_k: F, compute_w: F) -> F:
    """Temperature of the hottest chip, K, while compute draws `compute_w`."""
    return np.asarray(radiator_k + constants.chip_k_per_w * compute_w)


def chip_cap_w(constants: NodeConstants, radiator_k: F) -> F:
    """Most compute power, W, at which no chip is above chip_limit_k with the radiator at `radiator_k`; zero or more."""
    return np.asarray(np.maximum(constants.chip_limit_k - radiator_k, 0) * constants.chip_w_per_k)


def limited_w(constants: NodeConstants, radiator_k: F, asked_w: F) -> F:
    """Compute power, W, that a radiator at `radiator_k` allows of `asked_w`, where no chip gets above its limit.

    Falls straight from all that is asked at throttle_start_k to idle at throttle_full_k.
    """
    width_k: Values = constants.throttle_full_k - constants.throttle_start_k
    over = np.clip((radiator_k - constants.throttle_start_k) / width_k, 0, 1)
    throttled_w = asked_w - over * np.maximum(asked_w - constants.idle_w, 0)
    return np.minimum(throttled_w, chip_cap_w(constants, radiator_k))


def allowed_w(constants: NodeConstants, radiator_k: F, asked_w: F, other_w: F, duration_s: F | float) -> F:
    """Compute power (N,) W that heat allows over the next `duration_s` of `asked_w`; other_w: bus and surroundings.

    `limited_w` at the temperature the radiator has at the end of the stretch under that very power: solved for both
    together. More power and a warmer start both make a warmer end, and the limit falls with it, so there is one answer,
    and from stretch to stretch the temperature moves one way until it rests: no swinging at any duration.
    To a thousandth of what is asked; only rows that are limited at all are sought.
    """
    asked = np.broadcast_to(np.asarray(asked_w, radiator_k.dtype), radiator_k.shape)
    free_k = advance_k(constants, radiator_k, asked + other_w, duration_s)
    rows = np.flatnonzero(limited_w(constants, free_k, asked) < asked)
    if len(rows) == 0:
        return asked
    c = constants.rows(rows)
    start_k, around_w, length_s = radiator_k[rows], _at(other_w, rows), _at(duration_s, rows)
    allowed = asked.copy()
    allowed[rows] = _settled_w(c, lambda w: advance_k(c, start_k, w + around_w, length_s), asked[rows], free_k[rows])
    return allowed


def _settled_w(c: NodeConstants, end_k: Callable[[F], F], asked_w: F, free_k: F) -> F:
    """Power that is `limited_w` at the temperature `end_k` it leads to; free_k: where all that is asked leads to."""
    close, half = asked_w * asked_w.dtype.type(1e-3), asked_w.dtype.type(0.5)
    low, high = np.zeros_like(asked_w), asked_w
    low_k, high_k = end_k(low), free_k
    answer, done = low, np.zeros(asked_w.shape, np.bool_)
    for trial in range(_MOST_TRIALS):
        # The first trial all but always answers; halving in turn makes sure of the others.
        power = (low + high) * half if trial % 2 else _crossing(c, asked_w, (low, low_k), (high, high_k))
        power_k = end_k(power)
        excess = power - limited_w(c, power_k, asked_w)
        # A row's answer is its own: it stays while others are still sought, or it would depend on who is beside it.
        answer = np.where(done, answer, power)
        done |= (np.abs(excess) <= close) | (high - low <= close)
        if done.all():
            break
        over = excess > 0
        low, low_k = np.where(over, low, power), np.where(over, low_k, power_k)
        high, high_k = np.where(over, power, high), np.where(over, power_k, high_k)
    return answer


def _crossing(c: NodeConstants, asked_w: F, low: tuple[F, F], high: tuple[F, F]) -> F:
    """Power at which a temperature that rises straight from `low` to `high` (power, temperature) meets its limit."""
    k_per_w = (high[1] - low[1]) / np.maximum(high[0] - low[0], np.finfo(asked_w.dtype).tiny)
    bare_k = low[1] - k_per_w * low[0]
    slack = np.maximum(asked_w - c.idle_w, 0)
    over = (bare_k + k_per_w * asked_w - c.throttle_start_k) / (
        c.throttle_full_k - c.throttle_start_k + k_per_w * slack
    )
    chip = np.maximum(c.chip_limit_k - bare_k, 0) * (c.chip_w_per_k / (1 + c.chip_w_per_k * k_per_w))
    return np.clip(np.minimum(asked_w - np.clip(over, 0, 1) * slack, chip), low[0], high[0])


def _at(values: Any, rows: NDArray[np.intp]) -> Any:
    """Values of some rows, where there is one a row."""
    return values if np.ndim(values) == 0 else values[rows]
