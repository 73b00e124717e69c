"""One lumped temperature per node: what the radiator must reject, what the Earth adds, when compute must slow down.

C dT/dt = P_heat + Q_env - N eps sigma A T^4. Sources: facts.md section 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_ALBEDO, EARTH_IR_W_M2, SOLAR_CONSTANT_W_M2
from orbitviz.sim.node_constants import RADIATOR_ABSORPTANCE, NodeConstants, Values

F = NDArray[np.floating]


def edge_on_view(radius_ratio: F) -> F:
    """Share of a face's view that the Earth fills when the face holds the nadir in its plane; radius_ratio = r / Re.

    F = [atan(1 / sqrt(H^2 - 1)) - sqrt(H^2 - 1) / H^2] / pi for each side: the attitude of a radiator kept edge-on to
    both the Sun and the Earth (facts.md section 5, checked there by Monte Carlo).
    """
    square = np.maximum(np.square(np.asarray(radius_ratio)), 1.0 + 1e-6)
    height = np.sqrt(square - 1.0)
    return np.asarray((np.arctan2(1.0, height) - height / square) / np.pi)


def infrared_w(constants: NodeConstants, view: F) -> F:
    """Earth infrared that all sides of the radiator take up, W; where sink_k is set, what the sink radiates."""
    earth = constants.emissivity * constants.panel_m2 * EARTH_IR_W_M2 * view
    sink = constants.radiating_w_k4 * np.square(np.square(constants.sink_k))
    return np.asarray(np.where(np.isnan(constants.sink_k), earth, sink))


def albedo_w(constants: NodeConstants, view: F) -> F:
    """Sunlight thrown back by an Earth with the Sun overhead that the radiator takes up, W; zero where sink_k is set.

    To be multiplied by max(0, cos of the Sun's zenith angle below the node). Bond albedo 0.30, absorptance 0.10.
    """
    earth = RADIATOR_ABSORPTANCE * EARTH_ALBEDO * SOLAR_CONSTANT_W_M2 * constants.panel_m2 * view
    return np.asarray(np.where(np.isnan(constants.sink_k), earth, 0.0))


def equilibrium_k(constants: NodeConstants, heat_w: F) -> F:
    """Temperature at which the radiator rejects `heat_w` (served load and environment), K."""
    return np.asarray(np.sqrt(np.sqrt(np.maximum(heat_w, 0) / constants.radiating_w_k4)))


def advance_k(constants: NodeConstants, radiator_k: F, heat_w: F, duration_s: F | float) -> F:
    """Temperature (N,) after `duration_s` of constant `heat_w`, stable and free of overshoot at any duration.

    With T_e the equilibrium, T^4 - T_e^4 = (T^2 + T_e^2)(T + T_e)(T - T_e) exactly, so T decays towards T_e at a rate
    that varies slowly: take it at the start for half the time, then at that midpoint for all of it (second order).
    Against the differential equation at 60 s steps: below 0.02 K for the published node.
    """
    goal_k = equilibrium_k(constants, heat_w)
    scale = constants.radiating_w_k4 / constants.heat_capacity_j_k * duration_s
    middle_k = _decayed(radiator_k, goal_k, radiator_k, scale * radiator_k.dtype.type(0.5))
    return _decayed(radiator_k, goal_k, middle_k, scale)


def _decayed(from_k: F, goal_k: F, rate_at_k: F, scale: F) -> F:
    rate = (np.square(rate_at_k) + np.square(goal_k)) * (rate_at_k + goal_k) * scale
    return np.asarray(goal_k + (from_k - goal_k) * np.exp(-rate))


def throttle(constants: NodeConstants, radiator_k: F, heat_w: F, slack_w: F, duration_s: F | float) -> F:
    """How far compute must be throttled over the next `duration_s`: (N,) 0 (free) .. 1 (idle).

    Rises straight from throttle_start_k to throttle_full_k. Taken at the end of the stretch, where
    T = T_free - (K per W) x slack x throttle: solved for both together, so that it settles at any duration instead of
    swinging. heat_w: all heat at full demand; slack_w: what throttling to idle takes away of it.
    """
    goal_k = equilibrium_k(constants, heat_w)
    rate = constants.radiating_w_k4 * (np.square(radiator_k) + np.square(goal_k)) * (radiator_k + goal_k)
    reached = -np.expm1(-rate / constants.heat_capacity_j_k * duration_s)
    free_k = radiator_k + (goal_k - radiator_k) * reached
    kelvin = slack_w * reached / np.maximum(rate, np.finfo(rate.dtype).tiny)
    width_k: Values = constants.throttle_full_k - constants.throttle_start_k
    return np.asarray(np.clip((free_k - constants.throttle_start_k) / (width_k + kelvin), 0, 1))


def is_shut_down(constants: NodeConstants, radiator_k: F, was: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Off above shutdown_k, on again below throttle_start_k, in between as it was: (N,) bool."""
    return np.asarray((radiator_k > constants.shutdown_k) | (was & (radiator_k >= constants.throttle_start_k)))
