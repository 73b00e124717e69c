from __future__ import annotations

import numpy as np

from orbitviz.core.frame import MetricInfo


def test_stored_numbers_become_values_and_fill_becomes_nan():
    info = MetricInfo("radiator_k", "K", "Radiator", 200.0, 400.0, scale=200 / 254, offset=200.0, fill=255)
    values = info.values(np.array([0, 127, 254, 255], np.uint8))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values[:3], [200.0, 300.0, 400.0], rtol=1e-6)
    assert np.isnan(values[3])


def test_full_scale_follows_the_stored_type():
    assert MetricInfo("a", "1", "A", 0, 1).full_scale == 255
    assert MetricInfo("a", "1", "A", 0, 1, dtype="uint16").full_scale == 65535


def test_a_metric_with_flags_is_a_category():
    assert MetricInfo("status", "1", "Status", 0, 5, flags={0: "planned"}).is_category
    assert not MetricInfo("soc", "1", "Charge", 0, 1).is_category
