from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orbitviz.core.frame import MetricInfo
from orbitviz.core.node_type import NodeType
from orbitviz.files import schema


def infos(*node_types: NodeType, optional: bool = True) -> dict[str, MetricInfo]:
    return schema.recorded_metrics(None, SimpleNamespace(node_types=node_types), optional)


def test_every_recorded_metric_says_what_it_is() -> None:
    names = "sunlit array_w compute_w battery_soc radiator_k utilization compute_pf link_load status"
    assert " ".join(infos(optional=False)) == names
    assert set(infos()) - set(infos(optional=False)) == {"chip_k"}
    for info in infos(NodeType("a")).values():
        assert info.unit and info.long_name and info.formula and info.source and info.kind and info.colormap
        assert info.low < info.high
        assert info.fill == np.iinfo(info.dtype).max


def test_means_and_points_as_the_format_says() -> None:
    means = {name for name, info in infos().items() if info.mean}
    assert means == {"array_w", "compute_w", "utilization", "compute_pf", "link_load"}


kilowatts = st.floats(0.1, 5000.0)


@given(
    kilowatts, st.floats(1.0, 5000.0), st.floats(1.0, 3000.0), st.sampled_from(["ride-through", "reduced", "hibernate"])
)
def test_quantisation_error_is_within_the_promise(peak_kw: float, area: float, radiator: float, policy: str) -> None:
    kind = NodeType(
        "x", compute_idle_kw=0.0, compute_average_kw=peak_kw * 0.8, compute_peak_kw=peak_kw, array_area_m2=area,
        radiator_area_m2=radiator, eclipse_policy=policy,
    )  # fmt: skip
    for info in infos(kind).values():
        if not info.is_category:
            assert info.max_error <= 0.0025 * (info.high - info.low)
            assert info.unit != "K" or info.max_error <= 0.35
            values = np.linspace(info.low, info.high, 1001).astype("f4")
            stored, clipped = schema.quantise(info, values)
            assert clipped == 0
            # float32 adds half a unit in the last place of the value itself
            assert np.abs(info.values(stored) - values).max() <= info.max_error * 1.01 + 1e-6 * abs(info.high)


def test_power_range_holds_the_sun_at_perihelion() -> None:
    info = infos(NodeType("a", array_area_m2=600.0, array_w_per_m2=250.0), NodeType("b", array_area_m2=100.0))[
        "array_w"
    ]
    at_perihelion_w = 600.0 * 250.0 / 0.98329**2
    assert at_perihelion_w <= info.high <= 1.1 * at_perihelion_w


def test_chips_are_shown_from_the_coldest_radiator_to_above_their_limit() -> None:
    kinds = NodeType("a", chip_limit_k=360.0), NodeType("b", chip_limit_k=371.0, eclipse_policy="hibernate")
    assert infos(*kinds)["chip_k"].low == infos(*kinds)["radiator_k"].low
    assert infos(*kinds)["chip_k"].high == 380.0


def test_a_radiator_in_the_sun_or_without_accelerators_widens_the_range() -> None:
    plain = infos(NodeType("a"))["radiator_k"]
    lit = NodeType("a", radiator_attitude="velocity", radiator_sun_deg=90.0, radiator_absorptance=1.0, shutdown_k=450.0)
    assert infos(lit)["radiator_k"].high > plain.high
    assert infos(NodeType("a", availability=0.1))["radiator_k"].low < plain.low
    assert infos(NodeType("a", sink_k=0.0))["radiator_k"].low < plain.low


def test_wide_temperatures_take_two_bytes() -> None:
    assert infos(NodeType("a"))["radiator_k"].dtype == "uint8"
    assert infos(NodeType("a", eclipse_policy="hibernate"))["radiator_k"].dtype == "uint16"


def test_nan_becomes_fill_and_what_lies_outside_is_counted() -> None:
    info = infos()["battery_soc"]
    stored, clipped = schema.quantise(info, np.array([np.nan, -1.0, 0.0, 0.5, 1.0, 9.0, np.inf], "f4"))
    assert clipped == 3
    assert stored.tolist() == [255, 0, 0, 127, 254, 254, 254]
    assert np.isnan(info.values(stored)[0])


def test_rounding_at_the_ends_is_not_clipping() -> None:
    info = infos()["battery_soc"]
    assert schema.quantise(info, np.array([-1e-7, 1.0 + 1e-7], "f4"))[1] == 0


def test_quantise_fills_an_array_of_the_caller() -> None:
    info = infos()["status"]
    out = np.empty(3, "u1")
    stored, _ = schema.quantise(info, np.array([0.0, 4.0, 5.0], "f4"), out)
    assert stored is out
    assert out.tolist() == [0, 4, 5]


def test_empty_columns_quantise_to_nothing() -> None:
    assert len(schema.quantise(infos()["sunlit"], np.empty(0, "f4"))[0]) == 0


@pytest.mark.parametrize(
    ("value", "wanted"), [(155.1, 160.0), (180.0, 180.0), (1.0, 1.0), (0.0123, 0.013), (99.5, 100.0)]
)
def test_legends_end_on_round_numbers(value: float, wanted: float) -> None:
    assert schema.round_up(value) == pytest.approx(wanted)
