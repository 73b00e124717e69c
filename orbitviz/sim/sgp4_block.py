"""Near-earth SGP4 at one instant for one block of nodes, in place, in float64.

A block is small enough for all its arrays to stay in the processor's cache; nothing is allocated while it runs. Two
things make it quick and change no digit above 1e-12 rad: the short-period corrections (below 1e-3 rad) turn sines and
cosines by a short series instead of new ones, and Kepler's equation takes one sine and cosine and then such turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import WGS72_J2, WGS72_RADIUS_KM, WGS72_XKE
from orbitviz.sim.sgp4_init import J3_OVER_J2, Drag

F64 = NDArray[np.float64]
BLOCK = 8192
LEAST_ECCENTRICITY = 1.0e-6
"""SGP4 takes no mean eccentricity below it."""
_SMALL_TURN_RAD = 0.03
_KEPLER_RAD = 1.0e-12
_KEPLER_STEPS = 12
_WORK_NAMES = (
    *("m", "argp", "node", "a", "e", "p", "u", "d", "s", "c", "sin_node", "cos_node", "axn", "ayn"),
    *("t1", "t2", "t3", "t4", "r", "pl", "sin_u", "cos_u", "sin_2u", "cos_2u", "k1", "k2"),
)


@dataclass(frozen=True)
class Constants:
    """One block's views of NearEarth's columns, each (B,) float64; `drag` is None where every bstar is zero."""

    mean_anomaly_rad: F64
    mean_anomaly_rate: F64
    argp_rad: F64
    argp_rate: F64
    raan_rad: F64
    raan_rate: F64
    brouwer_motion: F64
    semi_major: F64
    eccentricity: F64
    cos_i: F64
    sin_i: F64
    long_period: F64
    drag: Drag | None


class Work:
    """The arrays a block of `size` nodes needs in between, by name."""

    m: F64
    argp: F64
    node: F64
    a: F64
    e: F64
    p: F64
    u: F64
    d: F64
    s: F64
    c: F64
    sin_node: F64
    cos_node: F64
    axn: F64
    ayn: F64
    t1: F64
    t2: F64
    t3: F64
    t4: F64
    r: F64
    pl: F64
    sin_u: F64
    cos_u: F64
    sin_2u: F64
    cos_2u: F64
    k1: F64
    k2: F64

    def __init__(self, size: int) -> None:
        for name, row in zip(_WORK_NAMES, np.empty((len(_WORK_NAMES), size)), strict=True):
            setattr(self, name, row)
        self.bad = np.zeros(size, bool)


def evaluate(
    c: Constants,
    minutes: float | F64,
    w: Work,
    position_km: NDArray[np.floating],
    velocity_km_s: NDArray[np.floating] | None,
) -> None:
    """Positions (B, 3) km TEME and velocities km/s, `minutes` after each row's epoch; NaN where SGP4 has no answer."""
    _mean_elements(c, minutes, w)
    _long_period(c, w)
    solve_kepler(w)
    _in_plane(w)
    _short_period(c, w)
    if velocity_km_s is not None:
        _plane_velocity(c, w)
    _orient(c, w)
    _write_position(w, position_km)
    if velocity_km_s is not None:
        _write_velocity(w, velocity_km_s)
    if w.bad.any():
        position_km[w.bad] = np.nan
        if velocity_km_s is not None:
            velocity_km_s[w.bad] = np.nan


def _mean_elements(c: Constants, minutes: float | F64, w: Work) -> None:
    """Secular motion: m, argp, node, a and e at the instant."""
    for out, start, rate in (
        (w.m, c.mean_anomaly_rad, c.mean_anomaly_rate),
        (w.argp, c.argp_rad, c.argp_rate),
        (w.node, c.raan_rad, c.raan_rate),
    ):
        np.multiply(rate, minutes, out=out)
        out += start
    w.bad[:] = False
    w.a[:] = c.semi_major
    w.e[:] = c.eccentricity
    if c.drag is not None:
        _apply_drag(c, c.drag, np.asarray(minutes, dtype=np.float64), w)
    np.maximum(w.e, LEAST_ECCENTRICITY, out=w.e)


def _apply_drag(c: Constants, drag: Drag, t: F64, w: Work) -> None:
    """Drag's part of the mean elements; marks rows whose eccentricity leaves 0..1 or whose orbit shrank to nothing."""
    np.cos(w.m, out=w.t1)
    w.t1 *= drag.eta
    w.t1 += 1.0
    np.multiply(w.t1, w.t1, out=w.t2)
    w.t1 *= w.t2
    w.t1 -= drag.del_m0
    w.t1 *= drag.xm
    w.t1 += drag.omega * t
    w.m += w.t1
    w.argp -= w.t1
    w.node += drag.node * t * t
    np.sin(w.m, out=w.t1)
    w.t1 -= drag.sin_m0
    w.t1 *= drag.b_c5
    w.t1 += drag.b_c4 * t
    w.e -= w.t1
    np.multiply(c.brouwer_motion, t * t * (drag.t2 + t * (drag.t3 + t * (drag.t4 + t * drag.t5))), out=w.t1)
    w.m += w.t1
    shrink = 1.0 - t * (drag.c1 + t * (drag.d2 + t * (drag.d3 + t * drag.d4)))
    # Beyond the point where this polynomial falls through zero its square would give a large orbit again.
    w.bad |= ~((w.e < 1.0) & (w.e > -1.0e-3) & (shrink > 0.0))
    shrink[w.bad] = 1.0
    w.e[w.bad] = 0.0
    w.m[w.bad] = 0.0
    w.a *= shrink * shrink


def _long_period(c: Constants, w: Work) -> None:
    """J3: the eccentricity vector (axn, ayn) and the mean argument of latitude u (xl less the node)."""
    np.multiply(w.e, w.e, out=w.p)
    np.subtract(1.0, w.p, out=w.p)
    w.p *= w.a
    np.divide(1.0, w.p, out=w.p)
    np.cos(w.argp, out=w.axn)
    w.axn *= w.e
    np.sin(w.argp, out=w.ayn)
    w.ayn *= w.e
    np.multiply(c.sin_i, -0.5 * J3_OVER_J2, out=w.t1)
    w.t1 *= w.p
    w.ayn += w.t1
    np.multiply(c.long_period, w.axn, out=w.u)
    w.u *= w.p
    w.u += w.m
    w.u += w.argp


def solve_kepler(w: Work) -> None:
    """Newton's steps on E - axn sin E + ayn cos E = u; leaves s = sin E, c = cos E."""
    np.sin(w.u, out=w.s)
    np.cos(w.u, out=w.c)
    w.d[:] = 0.0
    e_max = float(w.e.max()) + 2.0e-3
    for _ in range(_KEPLER_STEPS):
        np.multiply(w.axn, w.s, out=w.t1)
        np.multiply(w.ayn, w.c, out=w.t2)
        w.t1 -= w.t2
        w.t1 -= w.d
        np.multiply(w.axn, w.c, out=w.t3)
        np.multiply(w.ayn, w.s, out=w.t2)
        w.t3 += w.t2
        np.subtract(1.0, w.t3, out=w.t3)
        w.t1 /= w.t3
        np.clip(w.t1, -0.95, 0.95, out=w.t1)
        w.d += w.t1
        largest = max(float(w.t1.max()), -float(w.t1.min()))
        _advance_eccentric_anomaly(w, largest)
        # What a Newton step leaves is its square times e / 2 (1 - e) at most.
        if largest * largest * e_max < _KEPLER_RAD * max(1.0 - e_max, 0.01):
            return


def _advance_eccentric_anomaly(w: Work, largest: float) -> None:
    if largest < _SMALL_TURN_RAD:
        turn(w.s, w.c, w.t1, w.t2, w.t3, w.t4)
    else:
        np.add(w.u, w.d, out=w.t1)
        np.sin(w.t1, out=w.s)
        np.cos(w.t1, out=w.c)


def turn(s: F64, c: F64, by: F64, t2: F64, t3: F64, t4: F64) -> None:
    """(sin x, cos x) -> (sin(x + by), cos(x + by)) in place for |by| < 0.03 rad (error < 1e-14). Spoils by, t2..t4."""
    np.multiply(by, by, out=t2)
    np.multiply(t2, 1.0 / 20.0, out=t3)
    np.subtract(1.0, t3, out=t3)
    t3 *= t2
    t3 *= -1.0 / 6.0
    t3 += 1.0
    by *= t3
    np.multiply(t2, 1.0 / 30.0, out=t3)
    np.subtract(1.0, t3, out=t3)
    t3 *= t2
    t3 *= -1.0 / 12.0
    t3 += 1.0
    t3 *= t2
    t3 *= -0.5
    t3 += 1.0
    _rotate(s, c, by, t3, t2, t4)


def _turn_little(s: F64, c: F64, by: F64, t2: F64, t3: F64, t4: F64) -> None:
    """As `turn`, for |by| < 1e-3 rad."""
    np.multiply(by, by, out=t2)
    np.multiply(t2, -1.0 / 6.0, out=t3)
    t3 += 1.0
    by *= t3
    t2 *= -0.5
    np.add(t2, 1.0, out=t3)
    _rotate(s, c, by, t3, t2, t4)


def _rotate(s: F64, c: F64, sin_d: F64, cos_d: F64, t2: F64, t4: F64) -> None:
    np.multiply(s, sin_d, out=t2)
    np.multiply(c, sin_d, out=t4)
    s *= cos_d
    s += t4
    c *= cos_d
    c -= t2


def _in_plane(w: Work) -> None:
    """From E: radius r, parameter pl, sin u, cos u and those of 2u; t1 = e sin E, t2 = sqrt(1 - e^2) stay for later."""
    np.multiply(w.axn, w.s, out=w.t1)
    np.multiply(w.ayn, w.c, out=w.t2)
    w.t1 -= w.t2
    np.multiply(w.axn, w.c, out=w.r)
    np.multiply(w.ayn, w.s, out=w.t2)
    w.r += w.t2
    np.subtract(1.0, w.r, out=w.r)
    np.divide(1.0, w.r, out=w.t3)
    w.r *= w.a
    np.multiply(w.axn, w.axn, out=w.t2)
    np.multiply(w.ayn, w.ayn, out=w.t4)
    w.t2 += w.t4
    np.subtract(1.0, w.t2, out=w.t2)
    np.less_equal(w.t2, 0.0, out=w.bad, where=~w.bad)
    np.maximum(w.t2, 1.0e-6, out=w.t2)
    np.multiply(w.a, w.t2, out=w.pl)
    np.sqrt(w.t2, out=w.t2)
    np.add(w.t2, 1.0, out=w.t4)
    np.divide(w.t1, w.t4, out=w.t4)
    np.multiply(w.axn, w.t4, out=w.sin_u)
    np.subtract(w.s, w.sin_u, out=w.sin_u)
    w.sin_u -= w.ayn
    w.sin_u *= w.t3
    np.multiply(w.ayn, w.t4, out=w.cos_u)
    w.cos_u += w.c
    w.cos_u -= w.axn
    w.cos_u *= w.t3
    np.multiply(w.cos_u, w.sin_u, out=w.sin_2u)
    w.sin_2u *= 2.0
    np.multiply(w.sin_u, w.sin_u, out=w.cos_2u)
    w.cos_2u *= -2.0
    w.cos_2u += 1.0


def _short_period(c: Constants, w: Work) -> None:
    """J2's short-period terms of radius and argument of latitude; u and d become the ones of RAAN and inclination."""
    np.divide(0.5 * WGS72_J2, w.pl, out=w.k1)
    np.divide(w.k1, w.pl, out=w.k2)
    np.multiply(c.cos_i, c.cos_i, out=w.t3)
    # radius before the correction is still needed by the velocity: it goes on in `p`
    w.p[:] = w.r
    np.multiply(w.t3, 3.0, out=w.t4)
    w.t4 -= 1.0
    w.t4 *= w.k2
    w.t4 *= w.t2
    w.t4 *= -1.5
    w.t4 += 1.0
    w.r *= w.t4
    np.subtract(1.0, w.t3, out=w.t4)
    w.t4 *= w.cos_2u
    w.t4 *= w.k1
    np.multiply(w.t4, 0.5, out=w.u)
    w.r += w.u
    w.bad |= ~(w.r >= 1.0)
    w.t3 *= 7.0
    w.t3 -= 1.0
    w.t3 *= w.k2
    w.t3 *= w.sin_2u
    np.multiply(w.t3, -0.25, out=w.m)
    np.multiply(w.k2, c.cos_i, out=w.u)
    w.u *= 1.5
    np.multiply(w.u, c.sin_i, out=w.d)
    w.d *= w.cos_2u
    w.u *= w.sin_2u


def _plane_velocity(c: Constants, w: Work) -> None:
    """Velocity along the radius (axn) and across it (ayn), in units of sqrt(mu / Earth radius)."""
    np.sqrt(w.a, out=w.t3)
    np.multiply(w.t3, w.t1, out=w.axn)
    w.axn /= w.p
    np.sqrt(w.pl, out=w.ayn)
    w.ayn /= w.p
    w.t3 *= w.a
    np.divide(w.k1, w.t3, out=w.k1)
    np.multiply(c.cos_i, c.cos_i, out=w.t3)
    np.subtract(1.0, w.t3, out=w.t4)
    w.t3 *= 4.5
    w.t3 -= 1.5
    np.multiply(w.t4, w.cos_2u, out=w.t1)
    w.t1 += w.t3
    w.t1 *= w.k1
    w.ayn += w.t1
    w.t4 *= w.sin_2u
    w.t4 *= w.k1
    w.axn -= w.t4


def _orient(c: Constants, w: Work) -> None:
    """Sines and cosines of the corrected argument of latitude, RAAN and inclination (s, c)."""
    np.sin(w.node, out=w.sin_node)
    np.cos(w.node, out=w.cos_node)
    w.s[:] = c.sin_i
    w.c[:] = c.cos_i
    _turn_little(w.sin_u, w.cos_u, w.m, w.t2, w.t3, w.t4)
    _turn_little(w.sin_node, w.cos_node, w.u, w.t2, w.t3, w.t4)
    _turn_little(w.s, w.c, w.d, w.t2, w.t3, w.t4)


def _write_position(w: Work, out: NDArray[np.floating]) -> None:
    w.r *= WGS72_RADIUS_KM
    np.multiply(w.c, w.sin_u, out=w.t1)
    for axis, (along, across, sign) in enumerate(((w.cos_node, w.sin_node, -1.0), (w.sin_node, w.cos_node, 1.0))):
        np.multiply(across, w.t1, out=w.t2)
        w.t2 *= sign
        np.multiply(along, w.cos_u, out=w.t3)
        w.t2 += w.t3
        np.multiply(w.t2, w.r, out=out[:, axis], casting="same_kind")
    np.multiply(w.s, w.sin_u, out=w.t2)
    np.multiply(w.t2, w.r, out=out[:, 2], casting="same_kind")


def _write_velocity(w: Work, out: NDArray[np.floating]) -> None:
    """v = axn U + ayn V with U along the radius and V across it; t1 and t2 are its parts along the node and across."""
    scale = WGS72_RADIUS_KM * WGS72_XKE / 60.0
    w.axn *= scale
    w.ayn *= scale
    np.multiply(w.axn, w.cos_u, out=w.t1)
    np.multiply(w.ayn, w.sin_u, out=w.t2)
    w.t1 -= w.t2
    np.multiply(w.axn, w.sin_u, out=w.t2)
    np.multiply(w.ayn, w.cos_u, out=w.t3)
    w.t2 += w.t3
    np.multiply(w.t2, w.s, out=out[:, 2], casting="same_kind")
    w.t2 *= w.c
    for axis, (along, across, sign) in enumerate(((w.cos_node, w.sin_node, -1.0), (w.sin_node, w.cos_node, 1.0))):
        np.multiply(across, w.t2, out=w.t3)
        w.t3 *= sign
        np.multiply(along, w.t1, out=w.t4)
        w.t3 += w.t4
        out[:, axis] = w.t3
