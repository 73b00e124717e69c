"""The unrolled fleet: every node has one pixel, planes and slots are where they should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet, MeanElements, ShellInfo
from orbitviz.core.node_type import NodeType
from orbitviz.metrics.unrolled import unroll


def fleet_of(shells: list[tuple[str, int, int]]) -> Fleet:
    """(group, planes, nodes per plane) each a shell."""
    columns = [
        (number, plane, slot)
        for number, (_, planes, slots) in enumerate(shells)
        for plane in range(planes)
        for slot in range(slots)
    ]
    shell, plane, slot = (np.array(column) for column in zip(*columns, strict=True))
    count = len(columns)
    some = np.full(count, 0.06)
    infos = tuple(ShellInfo(f"{g} {k}", g, 550.0, 53.0, p, s) for k, (g, p, s) in enumerate(shells))
    return Fleet(
        Epoch.parse("2026-03-20"),
        MeanElements(some, some * 0, some, some, some, some, some * 0, some * 0),
        np.arange(count, dtype=np.uint32),
        shell.astype(np.uint16),
        plane.astype(np.uint32),
        slot.astype(np.uint32),
        np.zeros(count, np.uint16),
        infos,
        (NodeType("node"),),
    )


FLEETS = [
    [("A", 1, 1)],
    [("A", 3, 4)],
    [("A", 2, 3000), ("A", 2, 3000), ("B", 90, 20), ("C", 1, 7)],
    [("A", 72, 22), ("B", 4, 43)],
]


@pytest.mark.parametrize("shells", FLEETS)
@pytest.mark.parametrize("aspect", [0.3, 1.0, 5.0])
def test_every_node_has_one_pixel_and_every_pixel_at_most_one_node(shells, aspect):
    fleet = fleet_of(shells)
    layout = unroll(fleet, aspect)
    shown = layout.node[layout.node < len(fleet)]
    assert np.array_equal(np.sort(shown), np.arange(len(fleet)))
    assert np.array_equal(layout.node[layout.y, layout.x], np.arange(len(fleet)))
    assert sum(group.nodes for group in layout.groups) == len(fleet)
    for group, (above, below) in zip(
        layout.groups[1:], zip(layout.groups, layout.groups[1:], strict=False), strict=True
    ):
        assert group is below and below.top > above.bottom


def test_planes_are_rows_and_slots_are_columns():
    fleet = fleet_of([("A", 6, 40)])
    layout = unroll(fleet, 8.0)
    # 40 slots fit beside each other; the next slot is one to the right, the next plane one below.
    row = 40 * 1 + 5
    assert (layout.x[row + 1] - layout.x[row], layout.y[row + 1] - layout.y[row]) == (1, 0)
    assert (layout.x[row + 40] - layout.x[row], layout.y[row + 40] - layout.y[row]) == (0, 1)


def test_a_long_plane_goes_on_in_the_next_row():
    layout = unroll(fleet_of([("A", 2, 3000)]), 1.0)
    width, height = layout.size
    assert 50 < width < 120 and 50 < height < 120
    assert (layout.x[width], layout.y[width]) == (0, 1)


def test_a_fleet_in_another_order_or_with_planes_of_unlike_length_still_has_all_its_nodes():
    fleet = fleet_of([("A", 5, 9), ("B", 2, 4)])
    mixed = np.random.default_rng(3).permutation(len(fleet))
    shuffled = replace(fleet, shell=fleet.shell[mixed], plane=fleet.plane[mixed], slot=fleet.slot[mixed])
    first, second = unroll(fleet), unroll(shuffled)
    assert np.array_equal(second.x, first.x[mixed]) and np.array_equal(second.y, first.y[mixed])
    ragged = replace(fleet, plane=np.where(np.arange(len(fleet)) < 40, 0, np.arange(len(fleet))).astype(np.uint32))
    layout = unroll(ragged)
    assert np.array_equal(np.sort(layout.node[layout.node < 53]), np.arange(53))


def test_a_fleet_without_shells_is_one_group():
    fleet = replace(fleet_of([("A", 4, 4)]), shells=())
    assert [group.name for group in unroll(fleet).groups] == ["All nodes"]
