"""THE table of units, frames, axes and constants. Every suffix, convention and constant is here once.

Suffixes: _km, _km_s, _m, _s, _min, _rad, _w, _j, _k, _pf (PFLOP/s). `_deg` exists only in recipes, labels, cli and gui.
Frames (rotations are named out_from_in):
    teme  true equator, mean equinox of date: what SGP4 hands out; the frame of every position in memory and on the GPU
    itrf  turning with the Earth (WGS84 ellipsoid for latitude and longitude)
    gcrs  J2000 directions: stars, Moon, files of others
Arrays: points are (N, 3) C-contiguous, node-major; a block of instants (T, N, 3). Physics is float64, drawing float32
in Earth radii (of `EARTH_RADIUS_KM`). Time is `t_s`, float64 seconds from the scenario's epoch (UTC).
"""

from __future__ import annotations

import math

# -- SGP4 (WGS72): Spacetrack Report 3 and Vallado et al. 2006 -------------------------------------
WGS72_MU_KM3_S2 = 398600.8
WGS72_RADIUS_KM = 6378.135
WGS72_J2 = 0.001082616
WGS72_J3 = -0.00000253881
WGS72_J4 = -0.00000165597
WGS72_XKE = 60.0 / math.sqrt(WGS72_RADIUS_KM**3 / WGS72_MU_KM3_S2)
"""sqrt(mu) in Earth radii^1.5 per minute."""

# -- The Earth (WGS84, EGM96) ----------------------------------------------------------------------
EARTH_RADIUS_KM = 6378.137
"""Equatorial radius of WGS84; also the opaque sphere of the shadow model and the unit of length on the GPU."""
EARTH_FLATTENING = 1.0 / 298.257223563
EARTH_MU_KM3_S2 = 398600.4418
EARTH_J2 = 1.08262668e-3
EARTH_RATE_RAD_S = 7.2921158553e-5
TROPICAL_YEAR_DAYS = 365.2422

# -- Sun and light ---------------------------------------------------------------------------------
AU_KM = 149597870.7
"""IAU 2012 Resolution B2."""
SUN_RADIUS_KM = 695700.0
"""IAU 2015 Resolution B3, nominal."""
SOLAR_CONSTANT_W_M2 = 1361.0
"""At 1 AU; Kopp and Lean 2011, IAU 2015 Resolution B3."""
LIGHT_KM_S = 299792.458
STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8
"""CODATA 2018."""
EARTH_IR_W_M2 = 237.0
"""Mean outgoing long-wave flux at the surface, W/m2."""
EARTH_ALBEDO = 0.30

SECONDS_PER_DAY = 86400.0
TWO_PI = 2.0 * math.pi

# -- What the screen may show ----------------------------------------------------------------------
DEEP_SPACE_PERIOD_MIN = 225.0
"""Orbits with a longer period take SGP4's deep-space branch (Spacetrack Report 3)."""

SI_PREFIXES = (
    (1e24, "Y"),
    (1e21, "Z"),
    (1e18, "E"),
    (1e15, "P"),
    (1e12, "T"),
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
)
_BARE_UNITS = {"1", "%", "K", "km", "min", "h", "s", "deg", ""}


def with_unit(value: float, unit: str, digits: int = 3) -> str:
    """`value` in `unit` as text with an SI prefix and `digits` significant digits: (87.4e9, "W") -> "87.4 GW".

    "1" is a share and is shown in percent; "PFLOP/s" is scaled to FLOP/s first; "rad" is shown in degrees; K, km, min
    and angles take no prefix.
    """
    if not math.isfinite(value):
        return "no value"
    if unit == "1":
        return f"{_significant(value * 100.0, digits)} %"
    if unit == "rad":
        return f"{_significant(math.degrees(value), digits)}°"
    if unit == "PFLOP/s":
        value, unit = value * 1e15, "FLOP/s"
    if unit in _BARE_UNITS:
        return f"{_significant(value, digits)} {unit}".rstrip()
    for factor, prefix in SI_PREFIXES:
        if abs(value) >= factor * 0.9995:
            return f"{_significant(value / factor, digits)} {prefix}{unit}"
    return f"{_significant(value, digits)} {unit}"


def _significant(value: float, digits: int) -> str:
    """Rounded to `digits` significant digits, never in exponent form, thousands grouped."""
    if value == 0.0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded)) + 1e-9))
    return f"{value:,.{decimals}f}"


def wrap_two_pi(angle_rad: float) -> float:
    """The angle in 0..2 pi."""
    return angle_rad % TWO_PI
