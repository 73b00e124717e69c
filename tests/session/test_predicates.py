"""Conditions against the same asked node by node, in floating point."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from ring_documents import EPOCH, fleet

from orbitviz.core.fleet import ShellInfo
from orbitviz.core.frame import Bracket, Frame, MetricInfo
from orbitviz.core.frames import itrf_from_geodetic, rotation_z
from orbitviz.session.predicates import (
    Both,
    Either,
    InBox,
    InCategory,
    InCircle,
    InPlanes,
    InRange,
    InShells,
    Instant,
    Named,
    Not,
    WithIds,
)

COUNT = 3000
GMST = 1.1
FLAGS = {0: "planned", 1: "active", 4: "failed"}
INFOS = {
    "soc": MetricInfo("soc", "1", "Battery charge", 0.0, 1.0, 1 / 250, 0.0, fill=255),
    "power": MetricInfo("power", "W", "Power", 0.0, 1e5, 2.0, 100.0, "uint16", fill=65535),
    "fallen": MetricInfo("fallen", "K", "Heat lost", 0.0, 1e3, -0.5, 400.0),
    "status": MetricInfo("status", "1", "Status", 0.0, 4.0, flags=FLAGS),
    "height": MetricInfo("height", "km", "Altitude", 0.0, 2e3),
}


def now(mix: float = 0.0, seed: int = 3) -> Instant:
    rng = np.random.default_rng(seed)
    shells = (ShellInfo("a 550", "a", 550, 53, 1, 1), ShellInfo("a 560", "a", 560, 53, 1, 1))
    shells += (ShellInfo("b", "b", 700, 97, 1, 1), ShellInfo("c", "", 900, 97, 1, 1))
    names = np.array([f"STARMIND-{k}" if k % 3 else f"Moon {k}" for k in range(COUNT)], "S16")
    nodes = replace(
        fleet(COUNT),
        shells=shells,
        shell=rng.integers(0, 4, COUNT).astype(np.uint16),
        plane=rng.integers(0, 40, COUNT).astype(np.uint32),
        node_id=(np.arange(COUNT) + 1000).astype(np.uint32),
        catalog_number=(np.arange(COUNT) + 44000).astype(np.uint32),
        name=names,
    )
    frames = {}
    for name, info in INFOS.items():
        high = 5 if info.flags else info.full_scale + 1
        before, after = (Frame(name, k, 0.0, rng.integers(0, high, COUNT).astype(info.dtype)) for k in range(2))
        frames[name] = Bracket(before, after if mix else before, mix, 0.0, 0.0)
    frames.pop("height")
    heights = rng.uniform(0, 2000, COUNT).astype(np.float32)
    heights[:9] = np.nan
    latitude, longitude = np.arcsin(rng.uniform(-1, 1, COUNT)), rng.uniform(-math.pi, math.pi, COUNT)
    places = itrf_from_geodetic(latitude, longitude, np.full(COUNT, 600.0)) @ rotation_z(GMST)
    instant = Instant(nodes, INFOS, frames.get, lambda name: heights, lambda: (places, GMST))
    object.__setattr__(instant, "ground", (np.degrees(latitude), np.degrees(longitude)))
    return instant


def shown(instant: Instant, name: str) -> np.ndarray:
    """What the picture shows, in float64."""
    bracket, info = instant.bracket(name), INFOS[name]
    before, after = (f.stored.astype(float) for f in (bracket.before, bracket.after))
    values = (before + bracket.mix * (after - before)) * info.scale + info.offset
    if info.fill is not None:
        values[(before == info.fill) | (after == info.fill)] = np.nan
    return values


@pytest.mark.parametrize("mix", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("name", ["soc", "power", "fallen"])
@pytest.mark.parametrize("span", [(None, 0.3), (0.3, None), (0.2, 0.7), (None, None), (-0.5, -0.1), (1.2, 2.0)])
def test_a_range_is_that_of_the_values_shown(mix, name, span) -> None:
    instant, info = now(mix), INFOS[name]
    stretch = abs(info.scale) * info.full_scale
    start = min(info.offset, info.offset + info.scale * info.full_scale)
    # A hair off any stored number, so that rounding decides nothing.
    low, high = (None if end is None else start + (end + 1e-5) * stretch for end in span)
    values = shown(instant, name)
    expected = np.isfinite(values)
    expected &= (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
    assert np.array_equal(InRange(name, low, high).mask(instant), expected)


def test_a_mix_between_the_steps_is_right_to_a_five_hundredth_of_the_change() -> None:
    instant = now(0.3337)
    values, bracket = shown(instant, "soc"), instant.bracket("soc")
    found = InRange("soc", None, 0.4).mask(instant)
    change = np.abs(bracket.after.stored.astype(float) - bracket.before.stored) / 250
    wrong = found != (values <= 0.4)
    assert np.all(np.abs(values[wrong] - 0.4) <= change[wrong] / 500)


def test_a_range_ends_count_in_and_computed_metrics_are_asked_by_value() -> None:
    instant = now()
    stored = instant.bracket("soc").before.stored
    assert np.array_equal(InRange("soc", 0.4, 0.4).mask(instant), stored == 100)
    heights = instant.values("height")
    assert np.array_equal(InRange("height", 500.0, None).mask(instant), heights >= 500.0)
    assert InRange("height").mask(instant).sum() == COUNT - 9


@pytest.mark.parametrize(("mix", "which"), [(0.0, "before"), (1.0, "after")])
def test_categories_are_those_of_the_frame_shown(mix, which) -> None:
    instant = now(mix)
    stored = getattr(instant.bracket("status"), which).stored
    assert np.array_equal(InCategory("status", (0, 4)).mask(instant), np.isin(stored, [0, 4]))


def test_shells_planes_and_numbers() -> None:
    instant = now()
    nodes = instant.fleet
    assert np.array_equal(InShells(("a",)).mask(instant), np.isin(nodes.shell, [0, 1]))
    assert np.array_equal(InShells(("b", "c")).mask(instant), np.isin(nodes.shell, [2, 3]))
    assert np.array_equal(InPlanes(3, 5).mask(instant), np.isin(nodes.plane, [3, 4, 5]))
    ids = WithIds(((1000, 1002), (1500, 1500)))
    assert np.flatnonzero(ids.mask(instant)).tolist() == [0, 1, 2, 500]
    assert np.flatnonzero(WithIds(((44007, 44007),), catalogue=True).mask(instant)).tolist() == [7]
    nameless = replace(instant, fleet=replace(nodes, catalog_number=None, name=None))
    assert not WithIds(((0, 99999),), catalogue=True).mask(nameless).any()
    assert not Named("star").mask(nameless).any()


@pytest.mark.parametrize(
    ("text", "meets"),
    [
        ("star", lambda name: "star" in name.lower()),
        ("D-1", lambda name: "d-1" in name.lower()),
        ("starmind-1?", lambda name: name.lower().startswith("starmind-1") and len(name) == 11),
        ("*-29*", lambda name: "-29" in name),
        ("moon*7", lambda name: name.startswith("Moon") and name.endswith("7")),
        ("m?on 3", lambda name: name == "Moon 3"),
        ("a.c", lambda name: False),
        ("[", lambda name: False),
        ("5\nM", lambda name: False),
    ],
)
def test_names_by_part_and_by_pattern(text, meets) -> None:
    instant = now()
    expected = [meets(name.decode()) for name in instant.fleet.name]
    assert Named(text).mask(instant).tolist() == expected


@pytest.mark.parametrize("west_east", [(-20.0, 40.0), (170.0, -160.0), (-180.0, 180.0)])
def test_a_box_on_the_ground(west_east) -> None:
    instant = now()
    latitude, longitude = instant.ground
    west, east = west_east
    inside = (latitude >= -12.0) & (latitude <= 55.0)
    across = (longitude >= west) & (longitude <= east) if west < east else (longitude >= west) | (longitude <= east)
    assert np.array_equal(InBox(-12.0, 55.0, west, east).mask(instant), inside & across)


@pytest.mark.parametrize(("place", "radius_km"), [((52.5, 13.4), 800.0), ((-89.0, 0.0), 1500.0), ((0.0, 179.9), 15000)])
def test_a_circle_round_a_place(place, radius_km) -> None:
    instant = now()
    latitude, longitude = (np.radians(angle) for angle in instant.ground)
    here = [math.radians(angle) for angle in place]
    cosine = np.sin(here[0]) * np.sin(latitude) + np.cos(here[0]) * np.cos(latitude) * np.cos(longitude - here[1])
    away_km = 6371.0088 * np.arccos(np.clip(cosine, -1, 1))
    found = InCircle(*place, radius_km).mask(instant)
    assert found.any() and np.array_equal(found, away_km <= radius_km)


def test_conditions_combine_and_speak() -> None:
    instant = now()
    a, b = InShells(("a",)), InRange("soc", None, 0.3)
    both, either = Both((a, b)), Either((a, Not(b)))
    assert np.array_equal(both.mask(instant), a.mask(instant) & b.mask(instant))
    assert np.array_equal(either.mask(instant), a.mask(instant) | ~b.mask(instant))
    assert both.words(instant) == "shell a and battery charge below 30.0 %"
    assert either.words(instant) == "shell a or not battery charge below 30.0 %"
    assert Both((either, b)).words(instant).startswith("(shell a or not")
    assert both.timed and not a.timed and not Both((a,)).timed
    assert Both(()).mask(instant).all() and not Either(()).mask(instant).any()


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (InShells(("a", "b", "c")), "shell a, b or c"),
        (InPlanes(2, 2), "plane 3"),
        (InPlanes(2, 9), "planes 3 to 10"),
        (InCategory("status", (1, 4)), "status active or failed"),
        (InRange("power", 1000.0, 2000.0), "power from 1.00 kW to 2.00 kW"),
        (InRange("soc", 0.5), "battery charge above 50.0 %"),
        (WithIds(((17, 17), (40, 50))), "node 17 or 40 to 50"),
        (InBox(-10.0, 20.0, -30.0, 40.0), "over 10° S to 20° N, 30° W to 40° E"),
        (InCircle(52.5, 13.4, 500.0, "Berlin"), "within 500 km of Berlin"),
        (InCircle(-33.0, -70.5, 500.0), "within 500 km of 33° S, 70.5° W"),
        (Named("moon*"), "name like “moon*”"),
    ],
)
def test_words(condition, words) -> None:
    assert condition.words(now()) == words
    assert EPOCH is now().fleet.epoch
