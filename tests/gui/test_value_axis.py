from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ring_documents import METRICS

from orbitviz.gui.value_axis import value_axis

pytestmark = pytest.mark.gui
POWER = dataclasses.replace(METRICS["compute_w"], low=0.0, high=150e3, max_error=300.0)
SHARE = dataclasses.replace(METRICS["battery_soc"], low=0.0, high=1.0, max_error=0.002)


def height(values: np.ndarray, low: float, high: float) -> float:
    return float((values.max() - values.min()) / (high - low))


def test_rounding_of_a_constant_total_stays_small() -> None:
    values = 120e9 + np.array([0.0, 1.3e8, 0.0, -2e7, 1.3e8])
    axis = value_axis(POWER, values, is_sum=True)
    assert axis is not None
    assert height(values, axis.low, axis.high) < 0.15
    assert axis.low < values.min() and values.max() < axis.high
    assert axis.text == "119.4 to 120.7 GW"


def test_the_storage_error_of_a_node_stays_small() -> None:
    values = np.array([0.500, 0.504, 0.500, 0.504])
    axis = value_axis(SHARE, values)
    assert axis is not None and height(values, axis.low, axis.high) <= 0.25


def test_a_real_change_fills_the_height() -> None:
    values = np.linspace(0.637, 1.0, 50)
    axis = value_axis(SHARE, values)
    assert axis is not None and height(values, axis.low, axis.high) > 0.9
    assert axis.text == "62 to 100 %"


@pytest.mark.parametrize(("value", "text"), [(0.0, "0 to 2 %"), (1.0, "98 to 100 %")])
def test_a_share_stays_between_none_and_all(value: float, text: str) -> None:
    axis = value_axis(SHARE, np.full(5, value))
    assert axis is not None and axis.text == text and axis.low <= value <= axis.high


def test_nothing_at_all_has_a_height_too() -> None:
    axis = value_axis(POWER, np.zeros(5), is_sum=True)
    assert axis is not None and axis.low == 0.0 < axis.high


def test_no_value_has_no_axis_and_words_need_no_numbers() -> None:
    assert value_axis(POWER, np.full(3, np.nan)) is None
    axis = value_axis(METRICS["status"], np.array([0.0, 1.0]))
    assert axis is not None and axis.text == "" and axis.low < 0 and axis.high > 1
