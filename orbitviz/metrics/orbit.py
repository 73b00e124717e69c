"""Where a node is: in the Sun or in the Earth's shadow, how high, in which shell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.fleet import Fleet
from orbitviz.core.frame import MetricInfo
from orbitviz.core.frames import geodetic_from_itrf
from orbitviz.core.units import EARTH_FLATTENING, EARTH_RADIUS_KM
from orbitviz.metrics.registry import OrbitFrame, metric

F32 = NDArray[np.float32]

SUNLIT = MetricInfo(
    name="sunlit",
    unit="1",
    long_name="Sunlight",
    low=0.0,
    high=1.0,
    colormap="cividis",
    formula="1 - share of the Sun's disk behind the Earth's disk; sphere of 6378.137 km, no air",
    source="Montenbruck and Gill, Satellite Orbits, section 3.4.2 (conical shadow)",
)
ALTITUDE = MetricInfo(
    name="altitude_km",
    unit="km",
    long_name="Altitude above the WGS84 ellipsoid",
    low=0.0,
    high=2000.0,
    formula="geodetic height of the SGP4 position",
    source="Bowring 1976; WGS84",
)
SHELL = MetricInfo(
    name="shell",
    unit="",
    long_name="Shell",
    low=0.0,
    high=1.0,
    flags={0: "all"},
    colormap="tab20",
    formula="the [[shell]] of the recipe, or the orbit class of a catalogue",
)


@metric(SUNLIT, in_shader=True)
def sunlit(frame: OrbitFrame) -> F32:
    """(N,) 0 in the umbra, 1 in full Sun."""
    return np.asarray(frame.lit, dtype=np.float32)


def _altitude_range(fleet: Fleet) -> MetricInfo:
    """The legend from the lowest to the highest point of any orbit, to whole 10 km.

    The ellipsoid's flattening adds up to 21.4 km towards the poles, SGP4's short-period terms up to 10 km.
    """
    radius_km, eccentricity = fleet.elements.altitude_km + EARTH_RADIUS_KM, fleet.elements.eccentricity
    known = np.isfinite(radius_km * eccentricity)
    if not known.any():
        return ALTITUDE
    radius_km, eccentricity = radius_km[known], eccentricity[known]
    lowest = float(np.min(radius_km * (1.0 - eccentricity))) - EARTH_RADIUS_KM - 10.0
    highest = float(np.max(radius_km * (1.0 + eccentricity))) - EARTH_RADIUS_KM + 10.0
    highest += EARTH_RADIUS_KM * EARTH_FLATTENING
    return replace(ALTITUDE, low=float(np.floor(lowest / 10.0) * 10.0), high=float(np.ceil(highest / 10.0) * 10.0))


@metric(ALTITUDE, describe=_altitude_range, in_shader=True)
def altitude_km(frame: OrbitFrame) -> F32:
    """(N,) km above the ellipsoid. The height does not depend on the Earth's turning, so TEME serves as ITRF."""
    return np.asarray(geodetic_from_itrf(frame.position_km)[2], dtype=np.float32)


def _shell_labels(fleet: Fleet) -> list[str]:
    """A label for each shell: its [[shell]] group, as a group may hold many shells each a little higher; where all are
    of one group, its own name."""
    groups = [shell.group or shell.name for shell in fleet.shells]
    return [shell.name for shell in fleet.shells] if len(set(groups)) == 1 else groups


def _shell_names(fleet: Fleet) -> MetricInfo:
    names = list(dict.fromkeys(_shell_labels(fleet))) or ["all"]
    dtype = "uint8" if len(names) <= 256 else "uint16"
    return replace(SHELL, high=float(max(1, len(names) - 1)), flags=dict(enumerate(names)), dtype=dtype)


@metric(SHELL, describe=_shell_names, hold_s=math.inf)
def shell(frame: OrbitFrame) -> F32:
    """(N,) number of the node's label; the label itself is in the flags of info_for(fleet)."""
    labels = _shell_labels(frame.fleet)
    if not labels:
        return np.zeros(len(frame.fleet), dtype=np.float32)
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    number_of_shell = np.array([numbers[label] for label in labels], dtype=np.float32)
    return np.asarray(number_of_shell[frame.fleet.shell])
