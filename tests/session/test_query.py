"""Typed conditions: read as a person means them, refused in a sentence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ring_documents import document

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.frame import MetricInfo
from orbitviz.session.predicates import (
    Both,
    Either,
    InBox,
    InCategory,
    InCircle,
    InPlanes,
    InRange,
    InShells,
    Named,
    Not,
    WithIds,
)
from orbitviz.session.query import parse

FLEET = document(16).fleet
METRICS = {
    "battery_soc": MetricInfo("battery_soc", "1", "Battery charge", 0.0, 1.0),
    "array_w": MetricInfo("array_w", "W", "Array power", 0.0, 160e3),
    "radiator_k": MetricInfo("radiator_k", "K", "Radiator temperature", 200.0, 400.0),
    "compute_pf": MetricInfo("compute_pf", "PFLOP/s", "Compute", 0.0, 180.0),
    "beta_rad": MetricInfo("beta_rad", "rad", "Beta angle", -1.6, 1.6),
    "status": MetricInfo("status", "1", "Status", 0.0, 5.0, flags={1: "active", 3: "throttled"}),
}
SHELL = next(iter({shell.group or shell.name for shell in FLEET.shells}))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("plane 3-7", InPlanes(2, 6)),
        ("node 17, 40-50", WithIds(((17, 17), (40, 50)))),
        ("catalogue 25544", WithIds(((25544, 25544),), catalogue=True)),
        ("name starlink-3*", Named("starlink-3*")),
        ("battery < 30 %", InRange("battery_soc", None, 0.3)),
        ("Battery charge >= 0.3", InRange("battery_soc", 0.3, None)),
        ("array power > 100kW", InRange("array_w", 100e3, None)),
        ("array > 0.1 MW", InRange("array_w", 100e3, None)),
        ("radiator from 300 K to 320", InRange("radiator_k", 300.0, 320.0)),
        ("compute > 90 PFLOP/s", InRange("compute_pf", 90.0, None)),
        ("beta angle > 60°", InRange("beta_rad", 60.0 * math.pi / 180.0, None)),
        ("STATUS throttled", InCategory("status", (3,))),
        ("within 500 km of 52, 13", InCircle(52.0, 13.0, 500.0)),
        ("box 10 20 -30 40", InBox(10.0, 20.0, -30.0, 40.0)),
        ("plane 1 and plane 2 or not plane 3", Either((Both((InPlanes(0, 0), InPlanes(1, 1))), Not(InPlanes(2, 2))))),
        ("plane 1 and (plane 2 or plane 3)", Both((InPlanes(0, 0), Either((InPlanes(1, 1), InPlanes(2, 2)))))),
        (f"shell {SHELL[:3]} and plane 1", Both((InShells((SHELL,)), InPlanes(0, 0)))),
    ],
)
def test_a_condition_is_read_as_it_is_meant(text: str, meant: object) -> None:
    read = parse(text, FLEET, METRICS)
    assert read == meant or _close(read, meant)


def _close(read: object, meant: object) -> bool:
    """Ranges whose ends went through a unit."""
    assert isinstance(read, InRange) and isinstance(meant, InRange) and read.metric == meant.metric
    ends = [(a, b) for a, b in ((read.low, meant.low), (read.high, meant.high)) if a is not None or b is not None]
    return all(a is not None and b is not None and math.isclose(a, b) for a, b in ends)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must have words"),
        ("battery", "go on with <, > or from"),
        ("battery < 30 K", "unit must be %"),
        ("temperature < 30 K", "must begin with shell"),
        ("plane 0", "counted from 1"),
        ("plane x", "whole number"),
        ("shell nowhere", "a shell must be one of"),
        ("status asleep", "active, throttled"),
        ("(plane 1", "closing parenthesis"),
        ("plane 1 )", "must end there"),
        ("within 500 km of 95, 13", "latitude must be"),
        ("box 20 10 0 0", "south to north"),
        ("not", "go on with a condition"),
    ],
)
def test_what_is_not_understood_is_said(text: str, said: str) -> None:
    with pytest.raises(OrbitvizError, match=said) as refused:
        parse(text, FLEET, METRICS)
    assert "for example" in refused.value.hint or "part of the name" in refused.value.hint


def test_the_nodes_are_those_of_the_plane() -> None:
    class Now:
        fleet = FLEET

    mask = parse("not plane 1", FLEET, METRICS).mask(Now())  # type: ignore[arg-type]
    np.testing.assert_array_equal(mask, FLEET.plane != 0)
