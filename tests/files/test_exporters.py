"""Tables out: read back with the csv module and compared."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.files.exporters import Column, Instant, csv_table, exporter_for

EPOCH = Epoch.parse("2026-03-20T00:00:00Z")


def write(path: Path, columns, instants, nodes=(0, 17)) -> list[dict[str, str]]:
    csv_table.write(path, EPOCH, np.array(nodes), columns, instants)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_one_row_a_node_and_instant_in_physical_units(tmp_path: Path) -> None:
    values = [{"array_w": np.array([150_000.25, 1 / 3])}, {"array_w": np.array([0.0, np.nan])}]
    instants = (Instant(t_s, column) for t_s, column in zip((60.0, 120.5), values, strict=True))
    rows = write(tmp_path / "out.csv", [Column("array_w", "W")], instants)
    assert list(rows[0]) == ["node", "t_s", "utc", "array_w"]
    assert [row["node"] for row in rows] == ["0", "17", "0", "17"]
    assert [row["t_s"] for row in rows] == ["60", "60", "120.5", "120.5"]
    assert rows[0]["utc"] == "2026-03-20T00:01:00Z"
    assert rows[2]["utc"] == "2026-03-20T00:02:00.500Z"
    assert [row["array_w"] for row in rows] == ["150000.25", "0.33333334", "0", ""]


def test_categories_are_words_and_words_are_safe(tmp_path: Path) -> None:
    flags = {0: "planned", 1: 'a, "b"', 2: "=1+1"}
    instants = [Instant(0.0, {"status": np.array([0.0, 1.0, 2.0, 9.0, np.nan])})]
    rows = write(tmp_path / "out.csv", [Column("status", flags=flags)], instants, range(5))
    assert [row["status"] for row in rows] == ["planned", 'a, "b"', "'=1+1", "9", ""]


def test_every_stored_byte_comes_back(tmp_path: Path) -> None:
    stored = np.arange(256)
    value = stored * (1.05 / 254.0) - 0.02
    instants = [Instant(0.0, {"x": value})]
    rows = write(tmp_path / "out.csv", [Column("x")], instants, range(256))
    got = np.array([float(row["x"]) for row in rows])
    np.testing.assert_array_equal(np.rint((got + 0.02) * 254.0 / 1.05), stored)


def test_nothing_is_left_when_it_fails(tmp_path: Path) -> None:
    def broken():
        yield Instant(0.0, {"x": np.zeros(2)})
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write(tmp_path / "out.csv", [Column("x")], broken())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OrbitvizError, match="must be writable"):
        write(tmp_path / "absent" / "out.csv", [Column("x")], [])


def test_the_ending_picks_the_format() -> None:
    assert exporter_for(Path("a/b.CSV" if Path("x.CSV").match("*.csv") else "a/b.csv")) is csv_table
    with pytest.raises(OrbitvizError, match=r"must end in \.csv, got 'x\.parquet'"):
        exporter_for(Path("x.parquet"))
