"""Recordings killed at random instants: each committed frame is recovered, and no byte of it is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orbitviz.bench.crash import differing, kill_many


def test_killed_recordings_lose_no_committed_frame(tmp_path: Path) -> None:
    """Every third is one in segments. `orbitviz bench crash` kills two hundred."""
    tally = kill_many(tmp_path, kills=12, seed=11, segmented=3)
    assert tally.kills == 12 and tally.committed > 100
    assert (tally.recovered, tally.lost, tally.wrong_bytes) == (tally.committed, 0, 0)
    assert tally.refused == []


def test_a_wrong_byte_would_be_seen() -> None:
    whole = {
        "time/t_s": np.arange(6) * 60.0,
        "time/events": np.array([0, 1, 1, 2, 2, 3], "u8"),
        "frames/a": np.arange(12, dtype="u1").reshape(6, 2),
        "events/t_s": np.array([60.0, 180.0, 300.0]),
    }
    some = {
        "time/t_s": whole["time/t_s"][2:5],
        "time/events": np.array([0, 1, 1], "u8"),
        "frames/a": whole["frames/a"][2:5].copy(),
        "events/t_s": np.array([180.0]),
    }
    assert differing(some, whole) == 0
    some["frames/a"][1, 1] ^= 3
    assert differing(some, whole) == 1
    assert differing({name: some[name] for name in ("time/t_s", "time/events", "events/t_s")}, whole) == 12
