from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ring_documents import fleet

from orbitviz.core.fleet import Fleet, ShellInfo
from orbitviz.session.finding import find


def made(named: bool = False) -> Fleet:
    """Two shells of 3 planes and 4 slots; ids from 100."""
    rows = np.arange(24)
    shells = (ShellInfo("30 deg, 550-568 km · 550.0 km", "30 deg, 550-568 km", 550, 30, 3, 4),)
    shells += (ShellInfo("Dawn-dusk · 700 km", "Dawn-dusk", 700, 98, 3, 4),)
    return replace(
        fleet(24),
        shells=shells,
        shell=(rows // 12).astype(np.uint16),
        plane=(rows % 12 // 4).astype(np.uint32),
        slot=(rows % 4).astype(np.uint32),
        node_id=(rows + 100).astype(np.uint32),
        catalog_number=(rows + 44000).astype(np.uint32) if named else None,
        name=np.array([f"STARMIND-{k}" for k in rows], "S12") if named else None,
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("107", [7]),
        ("node 107", [7]),
        ("99", []),
        ("Dawn-dusk · 700 km · plane 3 · slot 4   #107", [7]),
        ("1 2 3", [6]),
        ("2 3 4", [23]),
        ("dawn 3 4", [23]),
        ("Dawn-dusk · 700 km · plane 3 · slot 4", [23]),
        ("30 deg 550-568 km, plane 2, slot 1", [4]),
        ("dawn 2", [16, 17, 18, 19]),
        ("3 1 1", []),
        ("dawn 0 1", []),
        ("dawn", []),
        ("", []),
        ("  ", []),
    ],
)
def test_by_number_and_by_place(text, rows) -> None:
    assert find(made(), text) == rows


def test_the_label_of_every_node_finds_it_first() -> None:
    nodes = made()
    assert [find(nodes, nodes.label(row))[0] for row in range(len(nodes))] == list(range(24))
    named = made(named=True)
    assert [named.label(find(named, named.label(row))[0]) for row in range(24)] == [named.label(r) for r in range(24)]


def test_catalogue_numbers_and_names() -> None:
    nodes = made(named=True)
    assert find(nodes, "44005") == [5]
    assert find(nodes, "starmind-2") == [2, 20, 21, 22, 23]
    assert find(nodes, "starmind-1?") == list(range(10, 20))
    assert find(nodes, "starmind", most=3) == [0, 1, 2]
