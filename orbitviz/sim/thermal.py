"""Two temperatures a node, radiator and hottest chip: what is rejected, what Earth and Sun add, what heat allows.

C dT/dt = P_heat + Q_env - N eps sigma A T^4, and T_chip = T + R P_compute (the loop follows within seconds). Sources:
facts.md section 5. One temperature stands for the whole panel and the loop behind it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_ALBEDO, EARTH_IR_W_M2, SOLAR_CONSTANT_W_M2
from orbitviz.sim.node_constants import NodeConstants, Values

F = NDArray[np.floating]


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


class Outlook(NamedTuple):
    """Where a stretch leads at full demand, each (N,): free_k, the radiator at its end; k_per_w, how much cooler it
    ends for each W less."""

    free_k: F
    k_per_w: F


def outlook(constants: NodeConstants, radiator_k: F, heat_w: F, duration_s: F | float) -> Outlook:
    """The end of a stretch with `heat_w`, all heat at full demand, to be asked what heat allows in it."""
    goal_k = equilibrium_k(constants, heat_w)
    rate = constants.radiating_w_k4 * (np.square(radiator_k) + np.square(goal_k)) * (radiator_k + goal_k)
    reached = -np.expm1(-rate / constants.heat_capacity_j_k * duration_s)
    return Outlook(radiator_k + (goal_k - radiator_k) * reached, reached / np.maximum(rate, np.finfo(rate.dtype).tiny))


def throttle(constants: NodeConstants, radiator_k: F, heat_w: F, slack_w: F, duration_s: F | float) -> F:
    """How far compute must be throttled over the next `duration_s`: (N,) 0 (free) .. 1 (idle).

    Rises straight from throttle_start_k to throttle_full_k. heat_w: all heat at full demand; slack_w: what throttling
    to idle takes away of it.
    """
    return throttle_by(constants, outlook(constants, radiator_k, heat_w, duration_s), slack_w)


def throttle_by(constants: NodeConstants, ahead: Outlook, slack_w: F) -> F:
    """As `throttle`, from the outlook: at the end of the stretch, where T = T_free - (K per W) x slack x throttle:
    solved for both together, so that it settles at any duration instead of swinging.
    """
    width_k: Values = constants.throttle_full_k - constants.throttle_start_k
    above_k = ahead.free_k - constants.throttle_start_k
    return np.asarray(np.clip(above_k / (width_k + slack_w * ahead.k_per_w), 0, 1))


def is_shut_down(constants: NodeConstants, radiator_k: F, was: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Off above shutdown_k, on again below restart_k, in between as it was: (N,) bool."""
    return np.asarray((radiator_k > constants.shutdown_k) | (was & (radiator_k >= constants.restart_k)))


# -- The hottest chip ------------------------------------------------------------------------------


def chip_k(constants: NodeConstants, radiator_k: F, compute_w: F) -> F:
    """Temperature of the hottest chip, K, while compute draws `compute_w`."""
    return np.asarray(radiator_k + constants.chip_k_per_w * compute_w)


def chip_cap_w(constants: NodeConstants, radiator_k: F) -> F:
    """Most compute power, W, at which no chip is above chip_limit_k with the radiator at `radiator_k`; zero or more."""
    return np.asarray(np.maximum(constants.chip_limit_k - radiator_k, 0) * constants.chip_w_per_k)


def chip_cap_by(constants: NodeConstants, ahead: Outlook, asked_w: F) -> F:
    """As `chip_cap_w`, at the end of a stretch whose outlook was taken with `asked_w` of compute in its heat.

    There T + R P = limit with T = T_free - (K per W) (asked - P), solved for P: settles at any duration. May exceed
    `asked_w`, where the limit does not bite.
    """
    margin_k = constants.chip_limit_k - ahead.free_k + ahead.k_per_w * asked_w
    per_k = constants.chip_w_per_k / (1 + constants.chip_w_per_k * ahead.k_per_w)
    return np.asarray(np.maximum(margin_k, 0) * per_k)
