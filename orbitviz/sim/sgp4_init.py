"""The part of near-earth SGP4 that is done once for each orbit, for all orbits at once.

Formulas: Hoots and Roehrich, Spacetrack Report 3 (1980), with the corrections of Vallado, Crawford, Hujsak and Kelso,
"Revisiting Spacetrack Report 3" (AIAA 2006-6753), mode "improved", WGS72. Lengths in Earth radii of 6378.135 km, times
in minutes, angles in radians; every argument and result is (N,) float64.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import WGS72_J2, WGS72_J3, WGS72_J4, WGS72_RADIUS_KM, WGS72_XKE

F64 = NDArray[np.float64]
J3_OVER_J2 = WGS72_J3 / WGS72_J2
SIMPLE_DRAG_PERIGEE_KM = 220.0
"""Below this perigee SGP4 leaves out the higher drag terms."""
SMALL_ECCENTRICITY = 1.0e-4
"""At or below it SGP4 leaves out the drag terms that divide by the eccentricity."""


@dataclass(frozen=True)
class Base:
    """What several steps share: Brouwer mean motion n, semi-major axis a, eccentricity, inclination's cosine."""

    n: F64
    a: F64
    e: F64
    cos_i: F64
    sin_i: F64
    argp: F64
    mean_anomaly: F64

    @property
    def con41(self) -> F64:
        """3 cos^2 i - 1."""
        return np.asarray(3.0 * self.cos_i**2 - 1.0)


def brouwer_mean_motion(n_kozai: F64, e: F64, cos_i: F64) -> F64:
    """Kozai's mean motion (that of element sets) to Brouwer's, rad/min."""
    a1 = (WGS72_XKE / n_kozai) ** (2.0 / 3.0)
    d1 = 0.75 * WGS72_J2 * (3.0 * cos_i**2 - 1.0) / (1.0 - e * e) ** 1.5
    delta = d1 / a1**2
    a_delta = a1 * (1.0 - delta**2 - delta * (1.0 / 3.0 + 134.0 * delta**2 / 81.0))
    return np.asarray(n_kozai / (1.0 + d1 / a_delta**2))


def secular_rates(base: Base) -> tuple[F64, F64, F64]:
    """Rates of mean anomaly, argument of perigee and RAAN from J2, J2^2 and J4, rad/min."""
    c2, c4 = base.cos_i**2, base.cos_i**4
    beta2 = 1.0 - base.e**2
    p2_inverse = 1.0 / (base.a * beta2) ** 2
    k1 = 1.5 * WGS72_J2 * p2_inverse * base.n
    k2 = 0.5 * k1 * WGS72_J2 * p2_inverse
    k4 = -0.46875 * WGS72_J4 * p2_inverse**2 * base.n
    root = np.sqrt(beta2)
    mean_anomaly = base.n + 0.5 * k1 * root * base.con41 + 0.0625 * k2 * root * (13.0 - 78.0 * c2 + 137.0 * c4)
    argp = -0.5 * k1 * (1.0 - 5.0 * c2) + 0.0625 * k2 * (7.0 - 114.0 * c2 + 395.0 * c4)
    argp += k4 * (3.0 - 36.0 * c2 + 49.0 * c4)
    raan = (-k1 + 0.5 * k2 * (4.0 - 19.0 * c2) + 2.0 * k4 * (3.0 - 7.0 * c2)) * base.cos_i
    return mean_anomaly, argp, raan


def long_period_coefficient(cos_i: F64, sin_i: F64) -> F64:
    """`xlcof` of SGP4: the J3 term of the longitude; guarded where the inclination is 180 degrees."""
    below = 1.0 + cos_i
    below = np.where(np.abs(below) > 1.5e-12, below, 1.5e-12)
    return np.asarray(-0.25 * J3_OVER_J2 * sin_i * (3.0 + 5.0 * cos_i) / below)


@dataclass(frozen=True)
class Drag:
    """SGP4's drag coefficients, each (N,), zero where bstar is; names as in Spacetrack Report 3, `b_` times bstar."""

    c1: F64
    d2: F64
    d3: F64
    d4: F64
    b_c4: F64
    b_c5: F64
    t2: F64
    t3: F64
    t4: F64
    t5: F64
    node: F64
    omega: F64
    xm: F64
    eta: F64
    del_m0: F64
    sin_m0: F64


DRAG_NAMES = tuple(Drag.__dataclass_fields__)


def no_drag(count: int) -> Drag:
    """All zeros, in no memory."""
    return Drag(*(np.broadcast_to(np.float64(0.0), count) for _ in DRAG_NAMES))


def _atmosphere(base: Base) -> tuple[F64, F64]:
    """The height parameter s (Earth radii) and (q0 - s)^4 of the power-law atmosphere, by perigee height."""
    perigee_km = (base.a * (1.0 - base.e) - 1.0) * WGS72_RADIUS_KM
    s_km = np.where(perigee_km < 98.0, 20.0, np.where(perigee_km < 156.0, perigee_km - 78.0, 78.0))
    return s_km / WGS72_RADIUS_KM + 1.0, ((120.0 - s_km) / WGS72_RADIUS_KM) ** 4


def drag_coefficients(base: Base, bstar: F64) -> Drag:
    """All drag coefficients; the higher ones are zero where the perigee is below 220 km, as in SGP4."""
    s, q4 = _atmosphere(base)
    e, a, n = base.e, base.a, base.n
    tsi = 1.0 / (a - s)
    eta = a * e * tsi
    eta2, e_eta = eta**2, e * eta
    psi2 = np.abs(1.0 - eta2)
    coef = q4 * tsi**4
    coef1 = coef / psi2**3.5
    c2 = a * (1.0 + 1.5 * eta2 + e_eta * (4.0 + eta2))
    c2 += 0.375 * WGS72_J2 * tsi / psi2 * base.con41 * (8.0 + 3.0 * eta2 * (8.0 + eta2))
    c1 = bstar * coef1 * n * c2
    c5 = 2.0 * coef1 * a * (1.0 - e * e) * (1.0 + 2.75 * (eta2 + e_eta) + e_eta * eta2)
    full = a * (1.0 - e) >= SIMPLE_DRAG_PERIGEE_KM / WGS72_RADIUS_KM + 1.0
    eccentric = full & (e > SMALL_ECCENTRICITY)
    safe_e = np.where(eccentric, e, 1.0)
    omega = -2.0 * coef * tsi * J3_OVER_J2 * n * base.sin_i / safe_e * bstar * np.cos(base.argp)
    xm = -2.0 / 3.0 * coef * bstar / np.where(eccentric, e_eta, 1.0)
    p2_inverse = 1.0 / (a * (1.0 - e * e)) ** 2
    node = 3.5 * (1.0 - e * e) * (-1.5 * WGS72_J2 * p2_inverse * n * base.cos_i) * c1
    return Drag(
        c1,
        **_powers(a, tsi, s, c1, full),
        b_c4=bstar * _c4(base, coef1, tsi, eta, psi2),
        b_c5=np.where(full, bstar * c5, 0.0),
        t2=1.5 * c1,
        node=node,
        omega=np.where(eccentric, omega, 0.0),
        xm=np.where(eccentric, xm, 0.0),
        eta=eta,
        del_m0=(1.0 + eta * np.cos(base.mean_anomaly)) ** 3,
        sin_m0=np.sin(base.mean_anomaly),
    )


def _c4(base: Base, coef1: F64, tsi: F64, eta: F64, psi2: F64) -> F64:
    """C4: the secular fall of the eccentricity."""
    e, a, n = base.e, base.a, base.n
    eta2, e_eta = eta**2, e * eta
    beta2 = 1.0 - e * e
    inner = -3.0 * base.con41 * (1.0 - 2.0 * e_eta + eta2 * (1.5 - 0.5 * e_eta))
    inner += 0.75 * (1.0 - base.cos_i**2) * (2.0 * eta2 - e_eta * (1.0 + eta2)) * np.cos(2.0 * base.argp)
    outer = eta * (2.0 + 0.5 * eta2) + e * (0.5 + 2.0 * eta2) - WGS72_J2 * tsi / (a * psi2) * inner
    return np.asarray(2.0 * n * coef1 * a * beta2 * outer)


def _powers(a: F64, tsi: F64, s: F64, c1: F64, full: NDArray[np.bool_]) -> dict[str, F64]:
    """D2..D4 (semi-major axis) and the t^3..t^5 coefficients of the mean longitude."""
    c1_2 = c1 * c1
    d2 = 4.0 * a * tsi * c1_2
    k = d2 * tsi * c1 / 3.0
    d3 = (17.0 * a + s) * k
    d4 = 0.5 * k * a * tsi * (221.0 * a + 31.0 * s) * c1
    values = {
        "d2": d2,
        "d3": d3,
        "d4": d4,
        "t3": d2 + 2.0 * c1_2,
        "t4": 0.25 * (3.0 * d3 + c1 * (12.0 * d2 + 10.0 * c1_2)),
        "t5": 0.2 * (3.0 * d4 + 12.0 * c1 * d3 + 6.0 * d2**2 + 15.0 * c1_2 * (2.0 * d2 + c1_2)),
    }
    return {name: np.where(full, value, 0.0) for name, value in values.items()}
