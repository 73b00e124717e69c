"""Latitude of the ground point and beta angle: by independent geometry."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import MeanElements
from orbitviz.core.frames import itrf_from_geodetic
from orbitviz.core.units import AU_KM
from orbitviz.metrics import METRICS, OrbitFrame
from orbitviz.sim.propagation import Propagator

EPOCH = Epoch.parse("2026-06-21T08:00:00Z")


def orbits(count=40):
    rng = np.random.default_rng(5)
    angles = (rng.uniform(0.0, 2.0 * np.pi, count) for _ in range(3))
    tilt = np.radians(rng.uniform(10.0, 99.0, count))
    zeros = np.zeros(count)
    raan, argp, anomaly = angles
    return MeanElements(np.full(count, 0.0635), zeros + 1e-4, tilt, raan, argp, anomaly, zeros, zeros)


def frame(elements, t_s, sun, position_km=None):
    count = len(elements)
    places = np.full((count, 3), np.nan) if position_km is None else position_km
    return OrbitFrame(SimpleNamespace(elements=elements), t_s, places, sun * AU_KM, np.ones(count))  # type: ignore[arg-type]


@pytest.mark.parametrize("t_s", [0.0, 86400.0])
def test_beta_is_the_suns_angle_above_the_plane_in_which_the_node_moves(t_s):
    elements = orbits()
    sun = np.array([0.3, -0.7, 0.4]) / np.linalg.norm([0.3, -0.7, 0.4])
    position, velocity = (part[0] for part in Propagator(elements, "numpy", EPOCH).states(t_s))
    normal = np.cross(position, velocity)
    wanted = np.arcsin(normal @ sun / np.linalg.norm(normal, axis=1))
    found = METRICS["beta_rad"].compute(frame(elements, t_s, sun))
    assert np.degrees(np.abs(found - wanted)).max() < 0.15  # short-period terms tilt the momentary plane


def test_latitude_is_geodetic_and_within_what_the_orbits_reach():
    lat, lon = np.radians([-80.0, -33.3, 0.0, 45.0, 89.9]), np.radians([0.0, 100.0, 200.0, 300.0, 10.0])
    places = itrf_from_geodetic(lat, lon, np.array([500.0, 550.0, 1200.0, 700.0, 600.0]))
    found = METRICS["latitude_rad"].compute(frame(orbits(5), 0.0, np.array([1.0, 0.0, 0.0]), places))
    assert np.allclose(found, lat, atol=1e-6)


def test_the_range_of_latitudes_follows_the_inclinations():
    fleet = SimpleNamespace(elements=orbits().rows(np.arange(1)))
    fleet.elements.inclination_rad[:] = np.radians(97.4)
    info = METRICS["latitude_rad"].info_for(fleet)  # type: ignore[arg-type]
    assert np.degrees([info.low, info.high]) == pytest.approx([-85.0, 85.0])
