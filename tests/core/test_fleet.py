from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.node_type import NodeType


def elements(motion_rev_per_day: list[float]) -> MeanElements:
    count = len(motion_rev_per_day)
    zeros = [np.arange(count, dtype=np.float64) * (k + 1) * 1e-3 for k in range(7)]
    return MeanElements(np.array(motion_rev_per_day) * 2 * np.pi / 1440.0, *zeros)


def test_rows_keeps_every_column_together():
    some = elements([15.0, 14.0, 13.0, 2.0]).rows(np.array([3, 1]))
    assert len(some) == 2
    np.testing.assert_allclose(some.inclination_rad, [3 * 2e-3, 2e-3])
    np.testing.assert_allclose(some.epoch_s, [3 * 7e-3, 7e-3])


def test_deep_space_begins_at_225_minutes():
    assert elements([1440 / 224.0, 1440 / 226.0, 1.0027]).is_deep_space.tolist() == [False, True, True]


def test_a_geostationary_orbit_is_35786_km_high():
    assert elements([1.00273790935]).altitude_km[0] == pytest.approx(35786.0, abs=1.0)


def test_a_node_is_called_by_its_name_else_by_its_place():
    fleet = Fleet(
        Epoch.parse("2026-01-01"),
        elements([15.0, 15.0]),
        np.arange(2, dtype=np.uint32),
        np.zeros(2, np.uint16),
        np.array([0, 4], np.uint32),
        np.array([7, 9], np.uint32),
        np.zeros(2, np.uint16),
        (ShellInfo("low", "low", 550.0, 53.0, 5, 10),),
        (NodeType("ai"),),
        name=np.array([b"STARLINK-1 ", b""], "S24"),
    )
    assert len(fleet) == 2
    assert fleet.label(0) == "STARLINK-1"
    assert fleet.label(1) == "low · plane 5 · slot 10"
