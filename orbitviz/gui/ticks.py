"""Round instants of UTC along a span of seconds to decades, with words that always say which day it is."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from orbitviz.core.epoch import Epoch

TICK_STEPS_S = (
    *(1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200),
    *(86400, 172800, 604800, 2592000),
)
MONTH_S = 2_592_000
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
TICK_PX = 84


def tick_step_s(span_s: float, width_px: float) -> float:
    """The finest round step whose labels are at least TICK_PX apart; whole MONTH_S stand for calendar months."""
    for step in TICK_STEPS_S:
        if span_s <= 0 or step / span_s * width_px >= TICK_PX:
            return float(step)
    for months in MONTH_STEPS:
        if months * MONTH_S / span_s * width_px >= TICK_PX:
            return float(months * MONTH_S)
    return float(MONTH_STEPS[-1] * MONTH_S)


def tick_times(epoch: Epoch, start_s: float, end_s: float, step_s: float) -> list[tuple[float, str]]:
    """(t_s, label) of each tick: round instants of UTC; midnight says the date, others hours and minutes."""
    if step_s >= MONTH_S:
        return _months(epoch, start_s, end_s, round(step_s / MONTH_S))
    midnight = Epoch(epoch.jd, 0.0)
    offset_s = epoch.seconds_since(midnight)
    first = np.ceil((start_s + offset_s - 1e-6) / step_s) * step_s - offset_s
    ticks = []
    for t_s in np.arange(first, end_s + 1e-6, step_s):
        when = epoch.plus(float(t_s) + 0.0005).to_datetime()
        day = when.hour == when.minute == when.second == 0
        text = f"{when.day} {when:%b}" if day else f"{when:%H:%M:%S}" if step_s < 60 else f"{when:%H:%M}"
        ticks.append((float(t_s), text))
    return ticks


def _months(epoch: Epoch, start_s: float, end_s: float, step: int) -> list[tuple[float, str]]:
    """The first day of every `step`-th month; January says the year."""
    first = epoch.plus(start_s).to_datetime()
    count = first.year * 12 + first.month - 1
    count -= count % step
    ticks: list[tuple[float, str]] = []
    while True:
        month = datetime(count // 12, count % 12 + 1, 1, tzinfo=first.tzinfo)
        t_s = Epoch.from_datetime(month).seconds_since(epoch)
        if t_s > end_s:
            return ticks
        if t_s >= start_s - 1e-6:
            ticks.append((t_s, f"{month.year}" if month.month == 1 else f"{month:%b}"))
        count += step


def day_text(epoch: Epoch, t_s: float) -> str:
    """20 Mar 2026: the day of an instant."""
    when = epoch.plus(t_s).to_datetime()
    return f"{when.day} {when:%b %Y}"
