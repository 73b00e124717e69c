"""Array, battery and loads over a stretch of constant light: closed form, energy conserved.

Order when energy is short: the compute load is shed first, then the bus, at each moment of the stretch. Order when
there is a surplus: charge within the C-rate limit until full, curtail the rest. Sources and choices: facts.md sections
4 and 6. The battery's capacity is that of its age and cycles on entering the scenario, and stays: within a day it fades
by 0.03 % at most, and a capacity that shrinks would have to say where the energy in it went.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import AU_KM
from orbitviz.sim.node_constants import NodeConstants, Values

F = NDArray[np.floating]


class Ledger(NamedTuple):
    """Where the energy of a stretch went, J, each (N,) or ().

    generated = bus + compute + stored + lost + curtailed. `stored` is the change of the battery's content (negative
    when it gave), `lost` what its two efficiencies cost, `curtailed` array output nobody could take.
    bus and compute are the loads that were served; both become heat in the radiator, the rest does not.
    """

    generated: F
    bus: F
    compute: F
    stored: F
    lost: F
    curtailed: F


def array_output_w(constants: NodeConstants, sun_km: float, age_s: Values | float) -> F:
    """What the array gives the main bus in full sunlight, W, () or (N,): flux by 1/r^2 from 1 AU, aged by a fixed share
    a year.

    The array tracks the Sun, at a fixed angle if need be; its temperature is that of full Sun at 1 AU. `sun_km`:
    distance of the Sun; `age_s`: time since entering the scenario (age_years before it are in the constants), seconds,
    negative counts as zero.
    """
    flux = np.asarray((AU_KM / sun_km) ** 2, dtype=constants.array_w.dtype)
    age = np.maximum(np.asarray(age_s, dtype=constants.array_w.dtype), 0)
    return np.asarray(constants.array_w * flux * np.exp(-constants.degradation_per_s * age))


def balance(constants: NodeConstants, stored_j: F, array_w: F, compute_w: F, duration_s: F | float) -> tuple[F, Ledger]:
    """One stretch with constant array output and demand -> (battery content after it (N,) J, ledger).

    stored_j (N,) battery content before, at most its capacity; array_w, compute_w (N,) or () W; duration_s (N,) or ()
    seconds, zero allowed. Within the stretch the battery's content runs straight until it is full, at its floor, or the
    stretch ends, so the totals are exact: energy taken is min(rate x time, room), energy given min(rate x time, content
    above the floor); what lies below the floor is kept for the bus.
    """
    zero = np.zeros_like(stored_j)  # numpy compares with an array three times as quickly as with one number
    generated = array_w * duration_s
    bus_wanted = constants.bus_w * duration_s
    compute_wanted = compute_w * duration_s
    surplus = generated - bus_wanted - compute_wanted
    over = np.maximum(surplus, zero)
    room = (constants.battery_j - stored_j) / constants.charge_efficiency
    taken = np.minimum(np.minimum(over, constants.charge_w * duration_s), room)
    drawn = np.minimum(over - surplus, constants.discharge_w * duration_s)
    usable = np.maximum(stored_j - constants.floor_j, zero) * constants.discharge_efficiency
    given = np.minimum(drawn, usable)
    gain, drain = taken * constants.charge_efficiency, given / constants.discharge_efficiency
    # Of each joule the battery gives, while it gives, the bus takes what the array leaves it short of; below the floor
    # it goes on alone.
    direct = np.minimum(bus_wanted, generated)
    short = bus_wanted - direct
    bus = direct + given * (short / (np.maximum(drawn, short) + np.finfo(zero.dtype).tiny))
    compute = np.minimum(compute_wanted, generated + given - bus)
    if bool(np.any(given < drawn)):
        left = (stored_j - drain) * constants.discharge_efficiency
        reserve = np.minimum(np.maximum(np.minimum(bus_wanted, direct + drawn) - bus, zero), np.maximum(left, zero))
        bus, given = bus + reserve, given + reserve
        drain = given / constants.discharge_efficiency
    ledger = Ledger(
        generated=generated,
        bus=bus,
        compute=compute,
        stored=gain - drain,
        lost=(taken - gain) + (drain - given),
        curtailed=over - taken,
    )
    return np.clip(stored_j + ledger.stored, 0, constants.battery_j), ledger


def state_of_charge(constants: NodeConstants, stored_j: F) -> F:
    """Battery content over capacity, (N,) 0..1; zero where there is no battery."""
    return np.asarray(stored_j / np.maximum(constants.battery_j, 1))
