"""Instants as people type them: 2026-03-20T06:14Z, 06:14, +2h, T+06:14, now, start, end."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError

EXAMPLES = "as 2026-03-20T06:14Z, 06:14, +2h, T+06:14, start, end or now"
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_ELAPSED = re.compile(r"T\s*([+-])\s*(?:(\d+)\s*d\s*)?(\d{1,3}):(\d{2})(?::(\d{2}))?", re.IGNORECASE)
_BY = re.compile(r"([+-])\s*((?:\d+(?:\.\d+)?\s*(?:d|h|min|m|s)\s*)+)", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECONDS = {"d": 86400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0}


def parse_instant(
    text: str, epoch: Epoch, shown_s: float, span_s: tuple[float, float], now: datetime | None = None
) -> float:
    """Seconds from the epoch. Times of day are of the shown day, UTC; +2h counts from the shown instant; T+ from the
    epoch. OrbitvizError where it is none of these."""
    typed = text.strip().replace("−", "-")
    word = typed.lower()
    if word in ("start", "end"):
        return span_s[word == "end"]
    if word == "now":
        return Epoch.from_datetime(now or datetime.now(UTC)).seconds_since(epoch)
    clock, elapsed, by = _CLOCK.fullmatch(typed), _ELAPSED.fullmatch(typed), _BY.fullmatch(typed)
    if clock:
        return _of_day(clock, epoch, shown_s)
    if elapsed:
        sign, days, hours, minutes, seconds = elapsed.groups()
        length_s = int(days or 0) * 86400.0 + int(hours) * 3600.0 + int(minutes) * 60.0 + int(seconds or 0)
        return -length_s if sign == "-" else length_s
    if by:
        parts = _PART.findall(by[2])
        length_s = sum(float(number) * _SECONDS[unit.lower()] for number, unit in parts)
        return shown_s + (-length_s if by[1] == "-" else length_s)
    if _DATE.fullmatch(typed):
        typed += "T00:00:00Z"
    try:
        return Epoch.parse(typed).seconds_since(epoch)
    except OrbitvizError as error:
        raise OrbitvizError(f"a time must be written {EXAMPLES}, got '{text.strip()[:40]}'", "type another") from error


def _of_day(clock: re.Match[str], epoch: Epoch, shown_s: float) -> float:
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    if hours > 23 or minutes > 59 or seconds > 59:
        raise OrbitvizError(f"a time of day must be from 00:00 to 23:59:59, got '{clock[0]}'", "type another")
    day = epoch.plus(shown_s).to_datetime().replace(hour=0, minute=0, second=0, microsecond=0)
    return Epoch.from_datetime(day).seconds_since(epoch) + hours * 3600.0 + minutes * 60.0 + seconds
