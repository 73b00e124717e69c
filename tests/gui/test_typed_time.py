from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui.typed_time import parse_instant

pytestmark = pytest.mark.gui

EPOCH = Epoch.parse("2026-03-20T00:00:00Z")
HOUR = 3600.0


@pytest.mark.parametrize(
    ("text", "t_s"),
    [
        ("2026-03-20T06:14:00Z", 6 * HOUR + 14 * 60),
        ("2026-03-21", 24 * HOUR),
        ("06:14", 30 * HOUR + 14 * 60 - 24 * HOUR + 24 * HOUR),
        ("23:59:59", 48 * HOUR - 1),
        ("+2h", 32 * HOUR),
        ("-90min", 28.5 * HOUR),
        ("−90 min", 28.5 * HOUR),
        ("+1d 2h 30m", 56.5 * HOUR),
        ("T+06:14", 6 * HOUR + 14 * 60),
        ("t+2 d 06:14:05", 54 * HOUR + 14 * 60 + 5),
        ("T-00:10", -600.0),
        ("start", 0.0),
        ("END", 86400.0),
        ("now", 12 * HOUR),
    ],
)
def test_what_people_type(text: str, t_s: float) -> None:
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    assert parse_instant(text, EPOCH, 30 * HOUR, (0.0, 86400.0), noon) == pytest.approx(t_s, abs=1e-4)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "06:61", "+2 weeks", "T+", "2026-13-40", "+", "1:2:3:4"])
def test_what_is_not_understood_is_said(text: str) -> None:
    with pytest.raises(OrbitvizError, match="must be"):
        parse_instant(text, EPOCH, 0.0, (0.0, 86400.0))
