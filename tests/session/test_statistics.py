from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from ring_documents import fleet

from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.core.frames import itrf_from_geodetic, rotation_z
from orbitviz.session.statistics import by_group, centre_of, spreads, spreads_of_values

COUNT = 5000
RNG = np.random.default_rng(5)
MASK = (RNG.random(COUNT) < 0.2).astype(np.uint8)
INFOS = (
    MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, 1 / 250, fill=255),
    MetricInfo("power", "W", "Power", 0.0, 1e5, 2.0, 100.0, "uint16", fill=65535),
    MetricInfo("fallen", "K", "Heat lost", 200.0, 400.0, -0.5, 400.0),
)


def bracket(info: MetricInfo, mix: float) -> Bracket:
    frames = [Frame(info.name, k, 0.0, RNG.integers(0, info.full_scale + 1, COUNT).astype(info.dtype)) for k in (0, 1)]
    return Bracket(frames[0], frames[1] if mix else frames[0], mix, 0.0, 0.0)


@pytest.mark.parametrize("mix", [0.0, 0.25, 0.7])
@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.name)
def test_numbers_are_those_of_the_values_shown(info, mix) -> None:
    shown = bracket(info, mix)
    values = shown.values(info, slice(None)).astype(float)
    for spread, rows in zip(spreads(info, shown, MASK), (MASK > 0, np.ones(COUNT, bool)), strict=True):
        known = values[rows][np.isfinite(values[rows])]
        step = abs(info.scale) * (1.0 if mix == 0.0 else 0.5 + info.full_scale / 512)
        assert (spread.count, spread.known) == (int(rows.sum()), len(known))
        assert spread.mean == pytest.approx(known.mean(), abs=step)
        assert spread.low == pytest.approx(known.min(), abs=step) and spread.high == pytest.approx(
            known.max(), abs=step
        )
        expected = np.quantile(known, [0.05, 0.5, 0.95], method="inverted_cdf")
        assert np.allclose((spread.p05, spread.median, spread.p95), expected, atol=1.01 * step)
        assert spread.shares.sum() == pytest.approx(1.0)


def test_shares_lie_where_the_values_do() -> None:
    info = INFOS[0]
    frame = Frame("soc", 0, 0.0, np.where(MASK, 50, 200).astype(np.uint8))
    ours, everyone = spreads(info, Bracket(frame, frame, 0.0, 0.0, 0.0), MASK)
    assert np.flatnonzero(ours.shares).tolist() == [12] and ours.mean == pytest.approx(0.2)
    assert everyone.shares[12] == pytest.approx(MASK.mean()) and everyone.shares[51] == pytest.approx(1 - MASK.mean())


def test_a_set_without_values_has_no_numbers() -> None:
    frame = Frame("soc", 0, 0.0, np.full(COUNT, 255, np.uint8))
    ours, _ = spreads(INFOS[0], Bracket(frame, frame, 0.0, 0.0, 0.0), MASK)
    assert ours.known == 0 and math.isnan(ours.mean) and not ours.shares.any() and ours.count == MASK.sum()


def test_categories_are_counted_and_not_mixed() -> None:
    info = MetricInfo("status", "1", "Status", 0, 2, flags={0: "planned", 1: "active", 2: "failed"})
    before, after = (Frame("status", k, 0.0, RNG.integers(0, 3, COUNT).astype(np.uint8)) for k in (0, 1))
    for mix, frame in ((0.0, before), (1.0, after)):
        ours, everyone = spreads(info, Bracket(before, after, mix, 0.0, 0.0), MASK)
        assert ours.flags == {k: int((frame.stored[MASK > 0] == k).sum()) for k in range(3)}
        assert everyone.flags == {k: int((frame.stored == k).sum()) for k in range(3)}


def test_computed_metrics() -> None:
    info = MetricInfo("altitude_km", "km", "Altitude", 500.0, 600.0)
    values = RNG.uniform(500.0, 600.0, COUNT).astype(np.float32)
    values[:100] = np.nan
    ours, everyone = spreads_of_values(info, values, MASK)
    assert everyone.known == COUNT - 100
    assert ours.mean == pytest.approx(float(np.nanmean(values[MASK > 0])), abs=0.03)
    known = values[(MASK > 0) & np.isfinite(values)]
    assert ours.median == pytest.approx(float(np.quantile(known, 0.5, method="inverted_cdf")), abs=0.03)
    nothing, _ = spreads_of_values(info, np.full(COUNT, np.nan, np.float32), MASK)
    assert nothing.known == 0


def test_shells_of_the_set() -> None:
    nodes = fleet(COUNT)
    shells = tuple(replace(nodes.shells[0], name=name, group=group) for name, group in ("aA", "bA", "cC", "dD"))
    nodes = replace(nodes, shells=shells, shell=(np.arange(COUNT) % 4).astype(np.uint16))
    mask = (np.arange(COUNT) % 4 == 1) | (np.arange(COUNT) == 2)
    assert by_group(nodes, mask.view(np.uint8)) == [("A", COUNT // 4, COUNT // 2), ("C", 1, COUNT // 4)]


@pytest.mark.parametrize("place", [(40.0, 170.0), (-89.0, 10.0), (0.0, -179.5)])
def test_the_centre_is_below_the_middle(place) -> None:
    gmst = 2.0
    turn = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)
    north, east = np.radians(place[0]), np.radians(place[1])
    up = itrf_from_geodetic(np.array(north), np.array(east), np.array(0.0))
    up = up / np.linalg.norm(up)
    side = np.cross(up, [0.3, 0.2, 0.9])
    side /= np.linalg.norm(side)
    ring = up + 0.1 * (np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(up, side))
    centre = centre_of(7000.0 * ring @ rotation_z(gmst), gmst)
    assert centre is not None and not centre.spread
    assert centre.latitude_deg == pytest.approx(place[0], abs=0.02)
    assert (centre.longitude_deg - place[1] + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=0.05)
    assert centre.half_km == pytest.approx(6371.0 * math.atan(0.1), rel=1e-3)


def test_nodes_all_round_have_no_centre() -> None:
    turn = np.linspace(0.0, 2.0 * np.pi, 100, endpoint=False)
    ring = 7000.0 * np.stack((np.cos(turn), np.sin(turn), 0 * turn), 1)
    centre = centre_of(ring, 0.0)
    assert centre is not None and centre.spread
    assert centre_of(np.full((3, 3), np.nan), 0.0) is None
