from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import EARTH_RADIUS_KM, TWO_PI, WGS72_MU_KM3_S2

Interval = tuple[float, float]


@pytest.fixture
def random_elements() -> Callable[..., MeanElements]:
    """Random orbits: perigee altitude, eccentricity and bstar within intervals, every inclination below 175 degrees."""

    def make(
        count: int,
        perigee_km: Interval = (500, 2000),
        e: Interval = (1e-4, 2e-3),
        bstar: Interval = (0, 0),
        seed: int = 1,
    ) -> MeanElements:
        rng = np.random.default_rng(seed)
        eccentricity = rng.uniform(*e, count)
        a_km = (EARTH_RADIUS_KM + rng.uniform(*perigee_km, count)) / (1.0 - eccentricity)
        return MeanElements(
            60.0 * np.sqrt(WGS72_MU_KM3_S2 / a_km**3),
            eccentricity,
            rng.uniform(0.0, np.radians(175.0), count),
            *(rng.uniform(0.0, TWO_PI, count) for _ in range(3)),
            rng.uniform(*bstar, count),
            np.zeros(count),
        )

    return make
