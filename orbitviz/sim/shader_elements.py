"""ShaderElements: what a float32 vertex shader needs to evaluate SGP4, and `emulate_shader`, the same sums in numpy.

Why it is precise enough in 24 bits: angles and rates are in turns, and each rate is split into a high part of 12 bits
and the rest. The time comes as whole days, whole minutes and seconds (`split_time`), so high part x minutes and (high
part x 1440, its whole turns dropped) x days are exact, and only the small rest is rounded. Nothing is uploaded as time
goes on.

Texels, RGBA32F, `ShaderElements.texels[k]` is (N, 4) float32, one texel a node in each of K textures:

    k  r                 g                  b                      a
    0  mean anomaly      argument of        RAAN                   inclination
       turns             perigee, turns     turns                  rad
    1  M rate, high      M rate, rest       argp rate, high        argp rate, rest        turns / min
    2  RAAN rate, high   RAAN rate, rest    semi-major axis        eccentricity
       turns / min       turns / min        Earth radii 6378.135   1
    3  M acceleration/2  M third order /6   da / dt                de / dt                (only when `has_drag`)
       turns / min^2     turns / min^3      Earth radii / min      1 / min

K is 3 without drag, 4 with it. Angles are in [-0.5, 0.5) turns. Everything else SGP4 uses (aycof, xlcof, con41, x1mth2,
x7thm1) follows from the inclination. Uniforms: days, minutes (0..1439), rest_s (0..60), all relative to t_ref_s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_RADIUS_KM, SECONDS_PER_DAY, TWO_PI, WGS72_J2, WGS72_RADIUS_KM
from orbitviz.sim.sgp4_elements import NearEarth
from orbitviz.sim.sgp4_init import DRAG_NAMES, J3_OVER_J2, Drag

F32 = NDArray[Any]
"""float32 throughout; numpy's stubs lose the width in arithmetic."""
F64 = NDArray[np.float64]

ECCENTRICITY_LIMIT = 0.15
"""Above it two Newton steps on Kepler's equation leave more than the rounding does (measured: tests/sim)."""
INCLINATION_LIMIT_RAD = np.radians(175.0)
"""Towards 180 degrees one of SGP4's terms grows without bound, and its rounding with it."""
LEAST_PERIGEE_KM = 120.0
DRAG_SPAN_MIN = 360.0
"""With drag the shader's polynomial is meant for this long before and after the reference instant."""
DRAG_LIMIT_M = 80.0
"""Most that the terms left out may amount to within DRAG_SPAN_MIN; rows beyond are drawn from the processor."""
_HIGH_BITS = 12
_CHUNK = 65536


@dataclass(frozen=True)
class ShaderElements:
    """Elements at `t_ref_s` (seconds from the fleet's epoch) packed for the shader; see the module's text.

    texels: (K, N, 4) float32, C-contiguous, K = 4 when `has_drag` else 3. rows_ok: (N,) bool, rows that the shader
    draws right; the others (deep space, eccentricity above 0.15, inclination above 175 degrees, perigee below 120 km,
    strong drag, refused) are not, and their texels are zero with a semi-major axis of 1.
    """

    t_ref_s: float
    texels: F32
    rows_ok: NDArray[np.bool_]
    has_drag: bool

    def __len__(self) -> int:
        return int(self.texels.shape[1])


def split_time(t_s: float, t_ref_s: float = 0.0) -> tuple[float, float, float]:
    """Seconds since the epoch -> the shader's uniforms: whole days, whole minutes 0..1439, seconds 0..60."""
    since = float(t_s) - t_ref_s
    days = np.floor(since / SECONDS_PER_DAY)
    rest = since - days * SECONDS_PER_DAY
    minutes = min(np.floor(rest / 60.0), 1439.0)
    return float(days), float(minutes), float(rest - minutes * 60.0)


def shader_elements(near: NearEarth, t_ref_s: float = 0.0) -> ShaderElements:
    """The elements of `near` at `t_ref_s`. Without drag take the epoch (0) once and for all; with drag choose an
    instant within 6 h of what is shown, and make new ones (about 0.1 s for 100,000 nodes) when it is left."""
    count = len(near)
    texels = np.zeros((4 if near.has_drag else 3, count, 4), np.float32)
    rows_ok = np.zeros(count, bool)
    for start in range(0, count, _CHUNK):
        rows = slice(start, min(start + _CHUNK, count))
        reference = _at_reference(near, rows, t_ref_s)
        _pack(texels[:, rows], reference)
        rows_ok[rows] = (near.error[rows] == 0) & reference.drawable
        refused = ~rows_ok[rows]
        texels[:, rows][:, refused] = 0.0
        texels[2, rows, 2][refused] = 1.0
    return ShaderElements(t_ref_s, texels, rows_ok, near.has_drag)


@dataclass(frozen=True)
class _Reference:
    """Mean elements at the reference instant and their derivatives, float64: turns, minutes, Earth radii."""

    angles: tuple[F64, F64, F64]
    rates: tuple[F64, F64, F64]
    inclination: F64
    a: F64
    e: F64
    m2: F64
    m3: F64
    a_rate: F64
    e_rate: F64
    drawable: NDArray[np.bool_]


def _at_reference(near: NearEarth, rows: slice, t_ref_s: float) -> _Reference:
    t = t_ref_s / 60.0 - near.epoch_min[rows]
    drag = Drag(*(getattr(near.drag, name)[rows] for name in DRAG_NAMES))
    a0, n = near.semi_major[rows], near.brouwer_motion[rows]
    with np.errstate(over="ignore", invalid="ignore"):
        shrink, shrink_rate, shrink_2 = _shrink(drag, t)
        longitude = _longitude(drag, t)
        m = near.mean_anomaly_rad[rows] + near.mean_anomaly_rate[rows] * t + n * longitude[0] + drag.omega * t
        argp = near.argp_rad[rows] + (near.argp_rate[rows] - drag.omega) * t
        raan = near.raan_rad[rows] + near.raan_rate[rows] * t + drag.node * t * t
        a = a0 * shrink**2
        e = near.eccentricity[rows] - drag.b_c4 * t + drag.b_c5 * drag.sin_m0
        m_rate = near.mean_anomaly_rate[rows] + n * longitude[1] + drag.omega
        left_out_m = _left_out_m(a, e, n, drag, longitude, 2.0 * a0 * (shrink_rate**2 + shrink * shrink_2))
    drawable = (shrink > 0.0) & (e > -1.0e-3) & (e <= ECCENTRICITY_LIMIT) & (left_out_m <= DRAG_LIMIT_M)
    drawable &= (a * (1.0 - e) - 1.0) * WGS72_RADIUS_KM >= LEAST_PERIGEE_KM
    inclination = np.arctan2(near.sin_i[rows], near.cos_i[rows])
    drawable &= inclination <= INCLINATION_LIMIT_RAD
    return _Reference(
        (m / TWO_PI, argp / TWO_PI, raan / TWO_PI),
        (
            m_rate / TWO_PI,
            (near.argp_rate[rows] - drag.omega) / TWO_PI,
            (near.raan_rate[rows] + 2.0 * drag.node * t) / TWO_PI,
        ),
        inclination,
        a,
        e,
        n * longitude[2] / (2.0 * TWO_PI),
        n * longitude[3] / (6.0 * TWO_PI),
        2.0 * a0 * shrink * shrink_rate,
        -np.asarray(drag.b_c4),
        drawable,
    )


def _shrink(drag: Drag, t: F64) -> tuple[F64, F64, F64]:
    """SGP4's tempa (the root of the shrinking of a) and its first two derivatives by minutes."""
    value = 1.0 - t * (drag.c1 + t * (drag.d2 + t * (drag.d3 + t * drag.d4)))
    rate = -(drag.c1 + t * (2.0 * drag.d2 + t * (3.0 * drag.d3 + t * 4.0 * drag.d4)))
    return value, rate, -(2.0 * drag.d2 + t * (6.0 * drag.d3 + t * 12.0 * drag.d4))


def _longitude(drag: Drag, t: F64) -> tuple[F64, F64, F64, F64, F64]:
    """SGP4's templ (drag's part of the mean longitude over n) and its first four derivatives by minutes."""
    k2, k3, k4, k5 = drag.t2, drag.t3, drag.t4, drag.t5
    return (
        t * t * (k2 + t * (k3 + t * (k4 + t * k5))),
        t * (2.0 * k2 + t * (3.0 * k3 + t * (4.0 * k4 + t * 5.0 * k5))),
        2.0 * k2 + t * (6.0 * k3 + t * (12.0 * k4 + t * 20.0 * k5)),
        6.0 * k3 + t * (24.0 * k4 + t * 60.0 * k5),
        24.0 * k4 + t * 120.0 * k5,
    )


def _left_out_m(a: F64, e: F64, n: F64, drag: Drag, longitude: tuple[F64, ...], a_acceleration: F64) -> F64:
    """Upper bound of what the shader leaves out within DRAG_SPAN_MIN, m: the fourth derivative of the longitude, the
    second ones of a and of the node, and drag's terms of once an orbit."""
    span = DRAG_SPAN_MIN
    angle = np.abs(n * longitude[4]) * span**4 / 24.0 + np.abs(drag.node) * span**2
    once_an_orbit = 2.0 * np.abs(drag.b_c5) + 6.0 * np.abs(drag.xm * drag.eta * e)
    total = a * (angle + once_an_orbit) + np.abs(a_acceleration) * span**2 / 2.0
    return np.asarray(np.where(np.isfinite(total), total, np.inf) * WGS72_RADIUS_KM * 1000.0)


def _pack(out: F32, reference: _Reference) -> None:
    """Fills the (K, n, 4) texels."""
    for column, angle in enumerate(reference.angles):
        out[0, :, column] = angle - np.floor(angle + 0.5)
    out[0, :, 3] = reference.inclination
    for column, rate in enumerate(reference.rates):
        high = _high_part(rate)
        texel, place = divmod(2 * column, 4)
        out[1 + texel, :, place] = high
        out[1 + texel, :, place + 1] = rate - high
    out[2, :, 2] = reference.a
    out[2, :, 3] = reference.e
    if len(out) == 4:
        for column, value in enumerate((reference.m2, reference.m3, reference.a_rate, reference.e_rate)):
            out[3, :, column] = value


def _high_part(value: F64) -> F64:
    """The nearest number of 12 significant bits."""
    mantissa, exponent = np.frexp(value)
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, _HIGH_BITS)), exponent - _HIGH_BITS))


# -- the same sums as glsl/sgp4.glsl, in the same order and under the same names; every number is float32 --------------
_f = np.float32
_TWO_PI = _f(TWO_PI)
_AYCOF = _f(-0.5 * J3_OVER_J2)
_XLCOF = _f(-0.25 * J3_OVER_J2)
_HALF_J2 = _f(0.5 * WGS72_J2)
_TO_EARTH_RADII = _f(WGS72_RADIUS_KM / EARTH_RADIUS_KM)


def centred(turns: F32) -> F32:
    """Drops whole turns: the result is in [-0.5, 0.5)."""
    return np.asarray(turns - np.floor(turns + _f(0.5)))


def sincos_turns(turns: F32) -> tuple[F32, F32]:
    """Sine and cosine of an angle in turns, by quadrant and Taylor's series up to x^9 and x^8 (|x| <= pi / 4).

    Error below 1.2e-7: drivers' own sin and cos may be off by 4e-7 and more, which would be metres.
    """
    quarters = turns * _f(4.0)
    quadrant = np.floor(quarters + _f(0.5))
    x = (quarters - quadrant) * _f(np.pi / 2.0)
    x2 = x * x
    s = x + x * x2 * (_f(-1 / 6) + x2 * (_f(1 / 120) + x2 * (_f(-1 / 5040) + x2 * _f(1 / 362880))))
    c = _f(1) + x2 * (_f(-0.5) + x2 * (_f(1 / 24) + x2 * (_f(-1 / 720) + x2 * _f(1 / 40320))))
    odd = quadrant - _f(2.0) * np.floor(quadrant * _f(0.5))
    half = np.floor(quadrant * _f(0.5))
    sign = _f(1.0) - _f(2.0) * (half - _f(2.0) * np.floor(half * _f(0.5)))
    return sign * np.where(odd > _f(0.5), c, s), sign * np.where(odd > _f(0.5), -s, c)


def sincos_small(x: F32) -> tuple[F32, F32]:
    """Sine and cosine of an angle of at most 0.3 rad by Taylor's series."""
    x2 = x * x
    s = x + x * x2 * (_f(-1 / 6) + x2 * _f(1 / 120))
    return s, _f(1) + x2 * (_f(-0.5) + x2 * (_f(1 / 24) + x2 * _f(-1 / 720)))


def turned(s: F32, c: F32, by: F32) -> tuple[F32, F32]:
    """(sin x, cos x) -> (sin(x + by), cos(x + by)), |by| <= 0.3 rad."""
    sin_d, cos_d = sincos_small(by)
    return s * cos_d + c * sin_d, c * cos_d - s * sin_d


def angle_at(at_reference: F32, high: F32, rest: F32, days: np.float32, minutes: np.float32, rest_s: np.float32) -> F32:
    """An angle in turns after the uniforms' time: the exact parts first, the small ones together, then the sum."""
    exact = centred(centred(high * minutes) + centred(centred(high * _f(1440.0)) * days))
    small = rest * minutes + (rest * _f(1440.0)) * days + (high + rest) * (rest_s * _f(1.0 / 60.0))
    return centred(centred(exact + at_reference) + small)


def kepler(u_turns: F32, axn: F32, ayn: F32) -> tuple[F32, F32]:
    """sin E and cos E of E - axn sin E + ayn cos E = u: two Newton steps on d = E - u, which is small."""
    s, c = sincos_turns(u_turns)
    sin_e, cos_e = s, c
    d = np.zeros_like(u_turns)
    for _ in range(2):
        d = d + (axn * sin_e - ayn * cos_e - d) / (_f(1) - axn * cos_e - ayn * sin_e)
        sin_e, cos_e = turned(s, c, d)
    return sin_e, cos_e


def emulate_shader(elements: ShaderElements, days: float, minutes: float, rest_s: float) -> F32:
    """(N, 3) float32 TEME in units of 6378.137 km (EARTH_RADIUS_KM), as the vertex shader computes it, line by line.

    Measured against sgp4: without drag at most 8 m from the epoch to 30 days, median 1.3 m, 65 m after a year; with
    drag within 6 h of the reference instant at most 100 m where `rows_ok` (Starlink of May 2026: median 1.9 m).
    """
    days_, minutes_, rest_ = _f(days), _f(minutes), _f(rest_s)
    t0, t1, t2 = (np.moveaxis(texel, 1, 0) for texel in elements.texels[:3])
    m = angle_at(t0[0], t1[0], t1[1], days_, minutes_, rest_)
    argp = angle_at(t0[1], t1[2], t1[3], days_, minutes_, rest_)
    node = angle_at(t0[2], t2[0], t2[1], days_, minutes_, rest_)
    a, e = t2[2], t2[3]
    if elements.has_drag:
        t3 = np.moveaxis(elements.texels[3], 1, 0)
        dt = days_ * _f(1440.0) + minutes_ + rest_ * _f(1.0 / 60.0)
        m = centred(m + dt * dt * (t3[0] + dt * t3[1]))
        a = a + dt * t3[2]
        e = e + dt * t3[3]
    return position(m, argp, node, t0[3], a, np.maximum(e, _f(1.0e-6)))


def position(m: F32, argp: F32, node: F32, inclination: F32, a: F32, e: F32) -> F32:
    """Mean elements (angles in turns, inclination rad, a in radii of 6378.135 km) -> (N, 3): SGP4's periodic terms."""
    sin_i, cos_i = sincos_turns(inclination * _f(1.0 / TWO_PI))
    sin_w, cos_w = sincos_turns(argp)
    p_inverse = _f(1) / (a * (_f(1) - e * e))
    axn = e * cos_w
    ayn = e * sin_w + p_inverse * (_AYCOF * sin_i)
    # tan(i / 2) in the form that does not cancel; rows above 175 degrees are not in rows_ok
    half = np.where(cos_i < _f(0), (_f(1) - cos_i) / np.maximum(sin_i, _f(1e-6)), sin_i / (_f(1) + np.abs(cos_i)))
    xlcof = _XLCOF * (_f(3) + _f(5) * cos_i) * half
    u = centred(centred(m + argp) + p_inverse * xlcof * axn * _f(1.0 / TWO_PI))
    sin_e, cos_e = kepler(u, axn, ayn)
    esine = axn * sin_e - ayn * cos_e
    el2 = axn * axn + ayn * ayn
    r_over_a = _f(1) - (axn * cos_e + ayn * sin_e)
    beta = np.sqrt(_f(1) - el2)
    k = esine / (_f(1) + beta)
    sin_u = (sin_e - ayn - axn * k) / r_over_a
    cos_u = (cos_e - axn + ayn * k) / r_over_a
    sin_2u = _f(2) * sin_u * cos_u
    cos_2u = _f(1) - _f(2) * sin_u * sin_u
    pl = a * (_f(1) - el2)
    k1 = _HALF_J2 / pl
    k2 = k1 / pl
    c2 = cos_i * cos_i
    r = a * r_over_a * (_f(1) - _f(1.5) * k2 * beta * (_f(3) * c2 - _f(1))) + _f(0.5) * k1 * (_f(1) - c2) * cos_2u
    sin_u, cos_u = turned(sin_u, cos_u, _f(-0.25) * k2 * (_f(7) * c2 - _f(1)) * sin_2u)
    sin_n, cos_n = sincos_turns(node)
    sin_n, cos_n = turned(sin_n, cos_n, _f(1.5) * k2 * cos_i * sin_2u)
    sin_j, cos_j = turned(sin_i, cos_i, _f(1.5) * k2 * cos_i * sin_i * cos_2u)
    r = r * _TO_EARTH_RADII
    across = cos_j * sin_u
    return np.stack(
        (r * (cos_n * cos_u - sin_n * across), r * (sin_n * cos_u + cos_n * across), r * sin_j * sin_u), axis=1
    )
