from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitviz.core.epoch import Epoch, gmst_rad, parse_duration_s
from orbitviz.core.errors import OrbitvizError

one_microsecond_s = 1e-6


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-20", "2026-03-20T00:00:00Z"),
        ("2026-03-20T06:14", "2026-03-20T06:14:00Z"),
        ("2026-03-20 06:14:05Z", "2026-03-20T06:14:05Z"),
        ("2026-03-20T06:14:05.4999Z", "2026-03-20T06:14:05Z"),
        ("2026-12-31T23:59:59.9Z", "2027-01-01T00:00:00Z"),
        (" 2000-02-29T12:00:00 UTC ", "2000-02-29T12:00:00Z"),
        ("2026-03-20T06:14:00+00:00", "2026-03-20T06:14:00Z"),
    ],
)
def test_utc_text_is_read_and_written(text, iso):
    assert Epoch.parse(text).iso() == iso


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-02-30", "20-03-2026", "2026-03-20T25:00", "2026-03-20T06:14:00+02:00"]
)
def test_text_that_is_no_utc_instant_is_refused_with_the_text(text):
    with pytest.raises(OrbitvizError) as refusal:
        Epoch.parse(text)
    assert f"'{text.strip()}'" in str(refusal.value)


def test_j2000_is_its_julian_date():
    epoch = Epoch.parse("2000-01-01T12:00:00Z")
    assert (epoch.jd, epoch.fraction) == (2451544.5, 0.5)


@given(st.datetimes(datetime(1960, 1, 1), datetime(2200, 1, 1)), st.floats(-1e9, 1e9))
def test_seconds_added_are_the_seconds_since(when, seconds):
    epoch = Epoch.from_datetime(when.replace(tzinfo=UTC))
    later = epoch.plus(seconds)
    assert later.jd % 1.0 == 0.5 and 0.0 <= later.fraction < 1.0
    assert abs(later.seconds_since(epoch) - seconds) < one_microsecond_s


@given(st.datetimes(datetime(1960, 1, 1), datetime(2200, 1, 1)))
def test_a_datetime_comes_back_to_the_microsecond(when):
    aware = when.replace(tzinfo=UTC)
    assert abs(Epoch.from_datetime(aware).to_datetime() - aware) <= timedelta(microseconds=1)


def test_other_time_zones_are_brought_to_utc():
    berlin = datetime(2026, 3, 20, 7, 14, tzinfo=timezone(timedelta(hours=1)))
    assert Epoch.from_datetime(berlin) == Epoch.parse("2026-03-20T06:14:00Z")


def test_epochs_are_ordered_by_time():
    first, second = Epoch.parse("2026-03-20T23:59:59"), Epoch.parse("2026-03-21")
    assert first < second and second.seconds_since(first) == pytest.approx(1.0, abs=1e-6)


def test_sidereal_time_as_published():
    """Vallado, Fundamentals of Astrodynamics, example 3-5: 1992-08-20 12:14 UT1 has GMST 152.578787810 degrees."""
    assert np.degrees(gmst_rad(Epoch.parse("1992-08-20T12:14:00Z"))) == pytest.approx(152.578787810, abs=1e-6)


def test_sidereal_time_of_many_instants_and_a_day_gains_four_minutes():
    angles = gmst_rad(Epoch.parse("2026-03-20"), np.array([0.0, 86164.0905]))
    assert angles.shape == (2,)
    assert (angles[1] - angles[0] + np.pi) % (2 * np.pi) - np.pi == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("60s", 60),
        ("5min", 300),
        ("5 min", 300),
        ("2h", 7200),
        ("1d", 86400),
        ("1h30min", 5400),
        ("0.5h", 1800),
        ("2m", 120),
    ],
)
def test_durations(text, seconds):
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5min", "0", "5 parsec", "1.2.3s"])
def test_what_is_no_duration_is_refused_with_the_text(text):
    with pytest.raises(OrbitvizError) as refusal:
        parse_duration_s(text)
    assert f"'{text}'" in str(refusal.value)
