from __future__ import annotations

import erfa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitviz.core.epoch import Epoch
from orbitviz.core.frames import geodetic_from_itrf, itrf_from_geodetic, itrf_from_teme, rotation_z, teme_from_gcrs
from orbitviz.core.units import EARTH_FLATTENING, EARTH_RADIUS_KM, SECONDS_PER_DAY

one_metre_km = 1e-3
EPOCH = Epoch.parse("2026-03-20T00:00:00Z")


def angle_between_deg(first: np.ndarray, second: np.ndarray) -> float:
    """Of the rotation that leads from one matrix to the other."""
    product = first @ second.T
    return float(np.degrees(np.linalg.norm(product - product.T) / np.sqrt(8.0)))


@pytest.mark.parametrize("days", [0.0, 0.3, 100.0, 3000.0])
def test_teme_to_itrf_and_gcrs_together_are_erfas_earth_rotation(days):
    """GCRS -> TEME -> ITRF must be erfa's celestial-to-terrestrial matrix (UT1 = UTC, no polar motion)."""
    t_s = days * SECONDS_PER_DAY
    mine = itrf_from_teme(EPOCH, t_s) @ teme_from_gcrs(EPOCH, t_s)
    day = EPOCH.fraction + days
    expected = erfa.c2t06a(EPOCH.jd, day, EPOCH.jd, day, 0.0, 0.0)
    # 1e-4 degree is 0.4 arc seconds, 12 m on the ground: GMST 1982 against the rotation angle of IAU 2006
    assert angle_between_deg(mine, np.asarray(expected)) < 1e-4


def test_a_position_of_the_literature_turns_from_teme_to_the_earth():
    """Vallado et al. 2006 (AIAA 2006-6753), appendix C: 6 April 2004, 07:51:28.386009 UTC; UT1-UTC and polar motion
    (which are left out here) move it by 0.22 km at most."""
    epoch = Epoch.parse("2004-04-06T07:51:28.386009Z")
    teme_km = np.array([5094.18016210, 6127.64465950, 6380.34453270])
    itrf_km = np.array([-1033.4793830, 7901.2952754, 6380.3565958])
    assert np.linalg.norm(itrf_from_teme(epoch) @ teme_km - itrf_km) < 0.3


def test_rotations_are_rotations():
    for matrix in (rotation_z(1.1), itrf_from_teme(EPOCH, 12345.0), teme_from_gcrs(EPOCH, 12345.0)):
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-14)
        assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_the_earth_turns_eastward():
    """A fixed star moves west: its longitude falls with time."""
    star = np.array([1.0, 0.0, 0.0])
    east = [np.arctan2(*(itrf_from_teme(EPOCH, t_s) @ star)[1::-1]) for t_s in (0.0, 60.0)]
    assert np.degrees(east[1] - east[0]) == pytest.approx(-360.9856 / 1440.0, abs=1e-3)


@given(st.floats(-90, 90), st.floats(-179.9, 180), st.floats(-10, 40000))
def test_geodetic_coordinates_come_back(latitude_deg, longitude_deg, height_km):
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    point = itrf_from_geodetic(latitude, longitude, height_km)
    back = geodetic_from_itrf(point)
    again = itrf_from_geodetic(*back)
    assert np.linalg.norm(again - point) < one_metre_km
    assert abs(back[0] - latitude) < 2e-8 and abs(back[2] - height_km) < one_metre_km


def test_geodetic_agrees_with_erfa_for_many_points():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(500, 3))
    points *= (rng.uniform(6360.0, 43000.0, 500) / np.linalg.norm(points, axis=1))[:, None]
    longitude, latitude, height_m = erfa.gc2gd(1, points * 1000.0)
    mine = geodetic_from_itrf(points)
    np.testing.assert_allclose(mine[0], latitude, atol=1e-7)
    np.testing.assert_allclose(mine[1], longitude, atol=1e-12)
    np.testing.assert_allclose(mine[2], height_m / 1000.0, atol=one_metre_km)


def test_poles_and_equator_of_the_ellipsoid():
    np.testing.assert_allclose(itrf_from_geodetic(0.0, 0.0, 0.0), [EARTH_RADIUS_KM, 0, 0], atol=1e-9)
    polar_km = EARTH_RADIUS_KM * (1.0 - EARTH_FLATTENING)
    np.testing.assert_allclose(itrf_from_geodetic(np.pi / 2, 0.0, 10.0), [0, 0, polar_km + 10.0], atol=1e-9)
    latitude, _, height_km = geodetic_from_itrf(np.array([[0.0, 0.0, polar_km + 10.0], [0.0, 0.0, -polar_km]]))
    np.testing.assert_allclose(np.degrees(latitude), [90.0, -90.0])
    np.testing.assert_allclose(height_km, [10.0, 0.0], atol=1e-9)
