"""Instants: split Julian dates (UTC), UTC text, and the sidereal angle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import erfa
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.errors import OrbitvizError
from orbitviz.core.units import SECONDS_PER_DAY

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_J2000_JD = 2451545.0
LONGEST_S = 200 * 365.25 * SECONDS_PER_DAY
"""How far from its epoch anything may be."""
FIRST_YEAR, LAST_YEAR = 500, 9500
"""Of an epoch: 200 years from it there are still dates."""
_FORMAT = re.compile(r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*(Z|UTC|\+00:00)?$")


@dataclass(frozen=True, order=True)
class Epoch:
    """An instant in UTC as a split Julian date: `jd` ends in .5 (midnight), `fraction` is in [0, 1) days."""

    jd: float
    fraction: float

    @classmethod
    def parse(cls, text: str) -> Epoch:
        """From ISO text in UTC: 2026-03-20, 2026-03-20T06:14, 2026-03-20 06:14:00.5Z. Raises OrbitvizError."""
        cleaned = text.strip()
        if not _FORMAT.match(cleaned):
            raise OrbitvizError(
                f"a time must look like 2026-03-20T06:14:00Z, got '{text}'", "write it in UTC, ISO order"
            )
        cleaned = re.sub(r"\s*(Z|UTC|\+00:00)$", "", cleaned)
        try:
            when = datetime.fromisoformat(cleaned).replace(tzinfo=UTC)
        except ValueError as error:
            raise OrbitvizError(f"a time must be a real date, got '{text}' ({error})", "correct it") from None
        if not FIRST_YEAR <= when.year <= LAST_YEAR:
            raise OrbitvizError(f"a time must be from the year {FIRST_YEAR} to {LAST_YEAR}, got '{text}'", "correct it")
        return cls.from_datetime(when)

    @classmethod
    def from_datetime(cls, when: datetime) -> Epoch:
        """From an aware datetime."""
        delta = when.astimezone(UTC) - _J2000
        return cls.from_jd(_J2000_JD + delta.days, (delta.seconds + delta.microseconds * 1e-6) / SECONDS_PER_DAY)

    @classmethod
    def from_jd(cls, jd: float, fraction: float = 0.0) -> Epoch:
        """Any split of a Julian date, brought to the normal form."""
        whole = np.floor(jd - 0.5) + 0.5
        rest = (jd - whole) + fraction
        carry = np.floor(rest)
        return cls(float(whole + carry), float(rest - carry))

    def plus(self, seconds: float) -> Epoch:
        """The instant `seconds` later."""
        days = np.floor(seconds / SECONDS_PER_DAY)
        return Epoch.from_jd(self.jd + days, self.fraction + (seconds - days * SECONDS_PER_DAY) / SECONDS_PER_DAY)

    def seconds_since(self, other: Epoch) -> float:
        """Seconds from `other` to this instant."""
        return (self.jd - other.jd) * SECONDS_PER_DAY + (self.fraction - other.fraction) * SECONDS_PER_DAY

    def to_datetime(self) -> datetime:
        """As an aware datetime in UTC, to the microsecond."""
        seconds = (self.jd - _J2000_JD) * SECONDS_PER_DAY + self.fraction * SECONDS_PER_DAY
        return _J2000 + timedelta(seconds=round(seconds, 6))

    def iso(self, timespec: str = "seconds") -> str:
        """ISO text with a Z: 2026-03-20T06:14:00Z (rounded to `timespec`)."""
        when = self.to_datetime()
        if timespec == "seconds":
            when += timedelta(microseconds=500_000)
        return when.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def gmst_rad(epoch: Epoch, t_s: float | NDArray[np.float64] = 0.0) -> NDArray[np.float64]:
    """Greenwich mean sidereal time (IAU 1982, the one TEME goes with), radians in 0..2 pi, at epoch + t_s.

    UT1 is taken as UTC: at most 0.9 s, 0.4 km on the ground (facts.md section 3). Shape follows `t_s`.
    """
    return np.asarray(erfa.gmst82(epoch.jd, epoch.fraction + np.asarray(t_s) / SECONDS_PER_DAY))


def parse_duration_s(text: str) -> float:
    """Seconds from "90", "60s", "5min", "24h", "7d" or a sum such as "1h30min". Raises OrbitvizError."""
    units = {"s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "": 1.0}
    cleaned = text.strip().lower().replace(" ", "")
    if not re.fullmatch(r"(\d+(\.\d+)?(min|sec|s|m|h|d)?)+", cleaned):
        raise OrbitvizError(f"a duration must look like 60s, 5min, 2h or 1d, got '{text}'", "write a number and a unit")
    parts = re.findall(r"(\d+(?:\.\d+)?)(min|sec|s|m|h|d)?", cleaned)
    total = sum(float(number) * units[unit] for number, unit in parts)
    if total > LONGEST_S:
        raise OrbitvizError(f"a duration must be at most 200 years, got '{text[:40]}'", "write a shorter one")
    if total <= 0.0:
        raise OrbitvizError(f"a duration must be above zero, got '{text}'", "write a number and a unit, as 60s")
    return float(total)
