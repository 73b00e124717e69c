"""Computed metrics against hand-worked cases."""

from __future__ import annotations

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.node_type import NodeType
from orbitviz.core.units import WGS72_RADIUS_KM, WGS72_XKE
from orbitviz.metrics import METRICS, OrbitFrame, metric_infos


def fleet(altitude_km=(550.0, 550.0, 1000.0), eccentricity=0.0, shells=None) -> Fleet:
    count = len(altitude_km)
    a = (np.array(altitude_km) + 6378.137) / WGS72_RADIUS_KM
    zero = np.zeros(count)
    elements = MeanElements(WGS72_XKE / a**1.5, zero + eccentricity, zero, zero, zero, zero, zero, zero)
    shells = shells or (
        ShellInfo("low 1", "low", 550.0, 53.0, 1, 1),
        ShellInfo("low 2", "low", 560.0, 53.0, 1, 1),
        ShellInfo("high", "high", 1000.0, 97.0, 1, 1),
    )
    index = np.arange(count)
    return Fleet(
        Epoch.parse("2026-03-20"),
        elements,
        index.astype(np.uint32),
        np.minimum(index, len(shells) - 1).astype(np.uint16),
        index.astype(np.uint32),
        index.astype(np.uint32),
        np.zeros(count, np.uint16),
        shells,
        (NodeType("a"),),
    )


def frame(fleet: Fleet, position_km, lit=0.0) -> OrbitFrame:
    return OrbitFrame(fleet, 0.0, np.array(position_km, float), np.array([1.5e8, 0, 0]), np.full(len(fleet), lit))


def test_altitude_is_above_the_ellipsoid() -> None:
    equator, pole = [6378.137 + 550.0, 0.0, 0.0], [0.0, 0.0, -(6356.752314245 + 600.0)]
    values = METRICS["altitude_km"].compute(frame(fleet(), [equator, pole, [np.nan] * 3]))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values[:2], [550.0, 600.0], atol=1e-3)
    assert np.isnan(values[2])


def test_altitude_legend_holds_every_orbit() -> None:
    info = metric_infos(fleet())["altitude_km"]
    assert (info.low, info.high) == (540.0, 1040.0)
    info = metric_infos(fleet(eccentricity=0.05))["altitude_km"]
    # The lowest perigee is of the 550 km orbit, the highest apogee of the 1,000 km orbit.
    assert info.low <= 550.0 - 0.05 * 6928.0
    assert info.high >= 1000.0 + 0.05 * 7378.0 + 21.4


def test_shell_is_the_recipes_group() -> None:
    small = fleet()
    info = metric_infos(small)["shell"]
    assert info.is_category
    assert dict(info.flags) == {0: "low", 1: "high"}
    values = METRICS["shell"].compute(frame(small, np.ones((3, 3)) * 5000.0))
    np.testing.assert_array_equal(values, [0, 0, 1])


def test_shells_of_one_group_keep_their_own_names() -> None:
    shells = tuple(ShellInfo(name, "catalogue", 550.0, 53.0, 1, 1) for name in ("LEO", "GEO"))
    small = fleet(shells=shells)
    assert dict(metric_infos(small)["shell"].flags) == {0: "LEO", 1: "GEO"}
    np.testing.assert_array_equal(METRICS["shell"].compute(frame(small, np.ones((3, 3)))), [0, 1, 1])


def test_sunlit_is_the_share_handed_in() -> None:
    values = METRICS["sunlit"].compute(frame(fleet(), np.ones((3, 3)), lit=0.25))
    np.testing.assert_array_equal(values, np.float32(0.25))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_says_what_it_is(name: str) -> None:
    info = metric_infos(fleet())[name]
    assert info.name == name
    assert info.long_name
    assert info.formula
    assert info.kind == "computed"
    assert info.low < info.high
    values = METRICS[name].compute(frame(fleet(), [[7000.0, 0, 0]] * 3))
    assert values.shape == (3,)
    assert values.dtype == np.float32
