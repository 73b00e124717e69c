from __future__ import annotations

import math

import pytest
from sgp4.api import WGS72, Satrec

from orbitviz.core import units
from orbitviz.core.units import with_unit, wrap_two_pi


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (87.4e9, "W", "87.4 GW"),
        (120_000.0, "W", "120 kW"),
        (999_700.0, "W", "1.00 MW"),
        (0.0, "W", "0 W"),
        (-2500.0, "W", "-2.50 kW"),
        (0.873, "1", "87.3 %"),
        (1.0, "1", "100 %"),
        (180.0, "PFLOP/s", "180 PFLOP/s"),
        (180e6, "PFLOP/s", "180 ZFLOP/s"),
        (331.25, "K", "331 K"),
        (12_345.0, "km", "12,345 km"),
        (5.0, "", "5.00"),
        (math.nan, "W", "no value"),
        (math.inf, "K", "no value"),
    ],
)
def test_values_read_with_a_prefix_and_three_digits(value, unit, text):
    assert with_unit(value, unit) == text


def test_the_constants_of_sgp4_are_those_of_the_reference():
    satellite = Satrec()
    satellite.sgp4init(WGS72, "i", 0, 27000.0, 0.0, 0.0, 0.0, 0.001, 0.0, 1.0, 0.0, 0.06, 0.0)
    for mine, reference in (
        (units.WGS72_MU_KM3_S2, satellite.mu),
        (units.WGS72_RADIUS_KM, satellite.radiusearthkm),
        (units.WGS72_XKE, satellite.xke),
        (units.WGS72_J2, satellite.j2),
        (units.WGS72_J3, satellite.j3),
        (units.WGS72_J4, satellite.j4),
    ):
        assert mine == pytest.approx(reference, rel=1e-15)


def test_angles_wrap_into_a_turn():
    assert wrap_two_pi(-0.5) == pytest.approx(2 * math.pi - 0.5)
    assert wrap_two_pi(7.0) == pytest.approx(7.0 - 2 * math.pi)
