"""The Moon in TEME: the series of erfa.moon98 (Meeus 1998; 10 km and 20 arcseconds at most, by its own notes)."""

from __future__ import annotations

import erfa
import numpy as np
from numpy.typing import NDArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.frames import teme_from_gcrs
from orbitviz.core.units import AU_KM, SECONDS_PER_DAY
from orbitviz.sim.sunlight import TT_MINUS_UTC_S

MOON_RADIUS_KM = 1737.4
"""Mean radius, IAU 2015."""


def moon_teme(epoch: Epoch, t_s: float) -> NDArray[np.float64]:
    """(3,) km: the Moon's centre from the Earth's at epoch + t_s, TEME of date."""
    days = epoch.fraction + (t_s + TT_MINUS_UTC_S) / SECONDS_PER_DAY
    gcrs_km = np.asarray(erfa.moon98(epoch.jd, days)["p"], np.float64) * AU_KM
    return np.asarray(teme_from_gcrs(epoch, t_s) @ gcrs_km, np.float64)
