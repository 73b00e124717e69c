"""Every dataset once: name, dtype, shape, unit, frame; every recorded metric once: range, quantisation, words about it.

Shapes use letters: N nodes, T frames, K columns, L links, R rows of a table, E events, J jobs, M members of jobs.
Writer, reader and gate loop over them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import MetricInfo, Stored
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario
from orbitviz.core.units import EARTH_ALBEDO, EARTH_IR_W_M2, SOLAR_CONSTANT_W_M2, STEFAN_BOLTZMANN_W_M2_K4

SCENARIO_FORMAT = "orbitviz-scenario"
RECORDING_FORMAT = "orbitviz-recording"
FORMAT_VERSION = "1.1"
MAX_FILE_NODES = 4_200_000
MAX_FRAMES = 4_000_000
MAX_RECIPE_BYTES = 1 << 20
MAX_LIST_BYTES = 20_000
"""Longest text of a table's cell that is a list."""
STATUS = {0: "planned", 1: "active", 2: "hibernating", 3: "throttled", 4: "failed", 5: "retired"}


@dataclass(frozen=True)
class Column:
    """One dataset of a file. `kinds` are the numpy dtype kinds a reader accepts; `dtype` is what is written."""

    path: str
    dtype: str
    shape: tuple[str, ...]
    unit: str
    long_name: str
    frame: str = ""
    optional: bool = True
    kinds: str = "f"
    since: str = "1.0"


def _element(name: str, unit: str, long_name: str, frame: str = "teme") -> Column:
    return Column(f"/fleet/elements/{name}", "f8", ("N",), unit, long_name, frame)


ELEMENTS = (
    _element("epoch_jd", "day", "whole part of the Julian date (UTC) the elements are given for", ""),
    _element("epoch_fraction", "day", "fraction of the Julian date (UTC) the elements are given for", ""),
    _element("mean_motion_rad_min", "rad/min", "mean motion (Kozai, WGS72)"),
    _element("eccentricity", "1", "eccentricity"),
    _element("inclination_rad", "rad", "inclination"),
    _element("raan_rad", "rad", "right ascension of the ascending node"),
    _element("argp_rad", "rad", "argument of perigee"),
    _element("mean_anomaly_rad", "rad", "mean anomaly"),
    _element("bstar", "1/earth_radius", "SGP4 drag term B*", ""),
)
FLEET = (
    Column("/fleet/node_id", "u4", ("N",), "1", "node number of our own", kinds="ui"),
    Column("/fleet/name", "S", ("N",), "1", "name", kinds="S"),
    Column("/fleet/catalog_number", "u4", ("N",), "1", "catalogue number, 0 when there is none", kinds="ui"),
    Column("/fleet/shell", "u2", ("N",), "1", "row of /shells", kinds="ui"),
    Column("/fleet/plane", "u4", ("N",), "1", "plane in the shell, from 0", kinds="ui"),
    Column("/fleet/slot", "u4", ("N",), "1", "slot in the plane, from 0", kinds="ui"),
    Column("/fleet/node_type", "u2", ("N",), "1", "row of /node_types", kinds="ui"),
    Column("/fleet/on_s", "f8", ("N",), "s", "in service from, seconds from the epoch"),
    Column("/fleet/off_s", "f8", ("N",), "s", "in service until, seconds from the epoch"),
    *ELEMENTS,
    Column("/links/pairs", "u4", ("L", "2"), "1", "rows of the two nodes each fixed link joins", kinds="ui"),
    Column("/links/capacity_gbps", "f4", ("L",), "Gbit/s", "capacity of each fixed link"),
)
SHELLS = (
    Column("/shells/name", "S", ("R",), "1", "shell", kinds="S"),
    Column("/shells/group", "S", ("R",), "1", "name of the recipe's [[shell]] it is of", kinds="S"),
    Column("/shells/altitude_km", "f8", ("R",), "km", "semi-major axis less 6378.137 km", kinds="fui"),
    Column("/shells/inclination_deg", "f8", ("R",), "deg", "inclination", "teme", kinds="fui"),
    Column("/shells/planes", "u4", ("R",), "1", "planes of the shell", kinds="ui"),
    Column("/shells/nodes_per_plane", "u4", ("R",), "1", "nodes of each plane", kinds="ui"),
)
RECORDING = (
    Column(
        "/time/t_s",
        "f8",
        ("T",),
        "s",
        "instant of each frame, seconds from the epoch (UTC)",
        optional=False,
        kinds="fui",
    ),
    Column("/time/committed", "u8", ("1",), "1", "frames that are safely in the file", kinds="ui"),
    Column("/frames/position_km", "f4", ("T", "N", "3"), "km", "position", "teme"),
    Column("/frames/velocity_km_s", "f4", ("T", "N", "3"), "km/s", "velocity", "teme"),
)
EVENTS = (
    Column("/events/t_s", "f8", ("E",), "s", "instant of each event, seconds from the epoch (UTC)", kinds="fui"),
    Column("/events/kind", "S32", ("E",), "1", "what begins or ends", kinds="S"),
    Column("/events/node", "i8", ("E",), "1", "row of the node it happens to, -1 for no single node", kinds="ui"),
    Column("/events/text", "S200", ("E",), "1", "the event in a sentence", kinds="S"),
)
EVENT_COUNT = Column("/time/events", "u8", ("T",), "1", "rows of /events up to and with each frame", kinds="ui")
JOBS = (
    Column("/jobs/name", "S48", ("J",), "1", "gang or batch", kinds="S"),
    Column("/jobs/kind", "S16", ("J",), "1", "kind of its workload", kinds="S"),
    Column("/jobs/workload", "S48", ("J",), "1", "workload of the scenario it is of", kinds="S"),
    Column("/jobs/first_frame", "u4", ("J",), "1", "first frame it is there", kinds="ui"),
    Column("/jobs/last_frame", "u4", ("J",), "1", "last frame it is there", kinds="ui"),
    Column("/jobs/first_member", "u4", ("J",), "1", "where its members begin in /jobs/members", kinds="ui"),
    Column("/jobs/member_count", "u4", ("J",), "1", "how many members it has", kinds="ui"),
    Column("/jobs/done_pf_s", "f8", ("J",), "PFLOP", "work done that counts", kinds="fui"),
    Column("/jobs/lost_pf_s", "f8", ("J",), "PFLOP", "work thrown away by stalls", kinds="fui"),
    Column("/jobs/stalled_s", "f8", ("J",), "s", "time it stood still", kinds="fui"),
)
JOB_MEMBERS = Column("/jobs/members", "u4", ("M",), "1", "rows of the fleet, one job's after another's", kinds="ui")
CHECKSUMS = Column(
    "/integrity/crc32",
    "u4",
    ("T", "K"),
    "1",
    "CRC-32 of each frame's stored numbers as little-endian bytes, one column a metric as in the attribute metrics",
    kinds="ui",
    since="1.1",
)
SURFACE_SHAPE = (90, 180)
"""Cells of 2 x 2 degrees: rows of latitude from the south (-90 to -88 first), columns of longitude from -180 east."""
RECIPE = Column("/scenario", "S", (), "1", "recipe this file was made from, TOML", kinds="SO")
COLUMNS = {
    column.path: column
    for column in (*FLEET, *SHELLS, *RECORDING, *EVENTS, EVENT_COUNT, *JOBS, JOB_MEMBERS, CHECKSUMS, RECIPE)
}

Range = Callable[[Sequence[NodeType]], tuple[float, float]]


@dataclass(frozen=True)
class Recorded:
    """One recorded metric: the range follows from the node types that fly. `optional`: only where it is asked for."""

    unit: str
    long_name: str
    span: Range
    colormap: str
    formula: str
    source: str
    mean: bool = False
    flags: Mapping[int, str] = field(default_factory=dict)
    kind: str = "computed"
    optional: bool = False


def _share(_: Sequence[NodeType]) -> tuple[float, float]:
    return 0.0, 1.0


def _up_to(value: Callable[[NodeType], float]) -> Range:
    """0 to a round number at or above the largest of the fleet."""

    def span(types: Sequence[NodeType]) -> tuple[float, float]:
        return 0.0, round_up(max((value(kind) for kind in types), default=0.0) or 1.0)

    return span


def round_up(value: float) -> float:
    """The next number with two significant digits: a legend people can read."""
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step - 1e-9) * step:.6g}")


# The Sun's light is strongest at perihelion: (1 / 0.9833 AU)^2 = 1.0343 of that at 1 AU, in early January.
_PERIHELION = 1.0343


def _utilization(types: Sequence[NodeType]) -> tuple[float, float]:
    ratios = [kind.compute_peak_kw / kind.compute_average_kw for kind in types if kind.compute_average_kw > 0.0]
    return 0.0, max([1.0, *ratios])


# Bounds of what surrounds a radiator, K: edge-on at 2,000 km over the night side (149 K, Earth infrared alone), and
# facing a sunlit Earth with albedo on both sides, with margin.
_COLD_SINK_K, _HOT_SINK_K = 145.0, 260.0
# The longest eclipse of a low orbit, h (36.1 min at 500 km in the plane of the Sun).
_LONGEST_ECLIPSE_H = 0.61


def _balance_k(kind: NodeType, load_kw: float, sink_k: float) -> float:
    """Temperature at which the radiator gives off `load_kw`: (Q / (eps sigma A n) + T_sink^4)^(1/4)."""
    area_m2 = kind.radiator_area_m2 * kind.radiator_sides
    emitted = load_kw * 1e3 / (kind.emissivity * STEFAN_BOLTZMANN_W_M2_K4 * area_m2)
    return float((emitted + sink_k**4) ** 0.25)


def _least_load_kw(kind: NodeType) -> float:
    """Least power a node turns to heat by its eclipse policy; a battery that cannot ride through drops the compute."""
    idle_kw = kind.compute_idle_kw * kind.availability
    if kind.eclipse_policy == "reduced":
        return kind.bus_kw + min(idle_kw, kind.eclipse_power_fraction * kind.compute_average_kw * kind.availability)
    usable_kwh = kind.battery_kwh * (min(kind.initial_soc, 1.0) - kind.min_soc) * kind.discharge_efficiency
    rides = usable_kwh >= (kind.compute_average_kw + kind.bus_kw) * _LONGEST_ECLIPSE_H
    if kind.eclipse_policy == "ride-through" and rides:
        return kind.bus_kw + idle_kw
    return kind.bus_kw


def _radiator(types: Sequence[NodeType]) -> tuple[float, float]:
    """From the coldest to the hottest balance any node type can reach, 5 K beyond, to whole 5 K."""
    if not types:
        return 200.0, 400.0
    coldest_k, hottest_k = min(map(_coldest_k, types)), max(map(_hottest_k, types))
    return 5.0 * math.floor(coldest_k / 5.0 - 1.0), 5.0 * math.ceil(hottest_k / 5.0 + 1.0)


def _coldest_k(kind: NodeType) -> float:
    sink_k = _COLD_SINK_K if kind.sink_k is None else kind.sink_k
    return min(kind.initial_radiator_k, _balance_k(kind, _least_load_kw(kind), sink_k))


def _hottest_k(kind: NodeType) -> float:
    """Compute is shut down at shutdown_k, the bus and the Sun are not."""
    sink_k = _hot_sink_k(kind)
    at_peak_k = _balance_k(kind, kind.compute_peak_kw * kind.availability + kind.bus_kw, sink_k)
    return max(kind.initial_radiator_k, min(kind.shutdown_k, at_peak_k), _balance_k(kind, kind.bus_kw, sink_k))


def _hot_sink_k(kind: NodeType) -> float:
    """Where a radiator over the day side settles without load, with margin; warmer where the Sun shines on it."""
    if kind.sink_k is not None:
        return kind.sink_k
    sun_w = SOLAR_CONSTANT_W_M2 * _PERIHELION * kind.radiator_absorptance
    around_w = kind.emissivity * EARTH_IR_W_M2 + EARTH_ALBEDO * sun_w
    on_panel_w = sun_w * math.sin(math.radians(kind.radiator_sun_deg))
    radiated = kind.emissivity * STEFAN_BOLTZMANN_W_M2_K4 * kind.radiator_sides
    return max(_HOT_SINK_K, float(((around_w + on_panel_w) / radiated) ** 0.25))


def _chip(types: Sequence[NodeType]) -> tuple[float, float]:
    """From the coldest radiator to 5 K above the hottest chip allowed."""
    low, high = _radiator(types)
    limit_k = max((kind.chip_limit_k for kind in types), default=high)
    return low, max(5.0 * math.ceil(limit_k / 5.0 + 1.0), low + 5.0)


RECORDED: dict[str, Recorded] = {
    "sunlit": Recorded(
        "1",
        "Sunlight",
        _share,
        "two-tone",
        "visible share of the Sun's disk behind an opaque sphere of 6378.137 km; 0 umbra, 1 full Sun",
        "cone shadow with disk overlap, Montenbruck and Gill 2000, section 3.4.2",
    ),
    "array_w": Recorded(
        "W",
        "Array power",
        _up_to(lambda kind: kind.array_area_m2 * kind.array_w_per_m2 * _PERIHELION),
        "crameri:lajolla",
        "area x power per area x cos(off-pointing) x temperature factor x distribution_efficiency "
        "x (1 AU / distance)^2 x sunlit x (1 - degradation)^years, before anything is curtailed",
        "node type of the scenario",
        mean=True,
    ),
    "compute_w": Recorded(
        "W",
        "Compute power",
        _up_to(lambda kind: kind.compute_peak_kw * 1e3),
        "crameri:lajolla",
        "power asked for by the workloads, at most what arrays and battery give and what the temperatures of radiator "
        "and chip allow",
        "node type and workload of the scenario",
        mean=True,
    ),
    "battery_soc": Recorded(
        "1",
        "Battery charge",
        _share,
        "crameri:batlow",
        "energy in the battery / its capacity left after age_years and battery_cycles; charged and discharged with "
        "their efficiencies and C-rate limits",
        "node type of the scenario",
    ),
    "radiator_k": Recorded(
        "K",
        "Radiator temperature",
        _radiator,
        "inferno",
        "C dT/dt = heat of all served load + Earth infrared, albedo and sunlight on the panel - eps sigma A n T^4",
        "lumped radiator; sigma CODATA 2018",
    ),
    "chip_k": Recorded(
        "K",
        "Chip temperature",
        _chip,
        "inferno",
        "radiator_k + chip_k_per_kw x compute power; the hottest chip of the node",
        "node type of the scenario",
        optional=True,
    ),
    "utilization": Recorded(
        "1",
        "Utilisation",
        _utilization,
        "crameri:batlow",
        "compute_w / (compute_average_kw x availability): 1 is what the node is built for, its peak may be more",
        "workloads of the scenario",
        mean=True,
    ),
    "compute_pf": Recorded(
        "PFLOP/s",
        "Compute",
        _up_to(lambda kind: kind.peak_pflops),
        "crameri:batlow",
        "peak_pflops x availability x speed at the power cap x share of the time that work runs; "
        "speed = ((P - idle) / (peak - idle))^0.4",
        "node type of the scenario, dense BF16; exponent of accelerators under a power cap, 0.4 to 0.5",
        mean=True,
    ),
    "link_load": Recorded(
        "1",
        "Link load",
        _share,
        "crameri:batlowW",
        "own traffic (served work x bit_per_flop) / (link_count x link_gbps); transit through the mesh is not modelled",
        "workloads and node type of the scenario",
        mean=True,
    ),
    "status": Recorded(
        "1",
        "Status",
        lambda _: (0.0, float(max(STATUS))),
        "okabeito:okabeito",
        "planned before on_s; retired from off_s on, or once SGP4 gives the orbit up; throttled where heat holds "
        "compute back or has shut it down; hibernating where less than 1 % of what is asked runs; else active",
        "state of the simulated node at the instant; failures are not modelled",
        flags=STATUS,
    ),
}

# Steps of a uint8 metric: 0..254 are values, 255 says that there is none.
_LEVELS = {"uint8": 254, "uint16": 65534}
MAX_TEMPERATURE_ERROR_K = 0.35


def quantised(name: str, unit: str, long_name: str, low: float, high: float, **more: Any) -> MetricInfo:
    """A MetricInfo stored in one byte over low..high, or two where a byte is too coarse for a temperature."""
    narrow = unit == "K" and (high - low) / _LEVELS["uint8"] / 2.0 > MAX_TEMPERATURE_ERROR_K
    dtype = "uint16" if narrow else "uint8"
    scale = (high - low) / _LEVELS[dtype]
    return MetricInfo(
        name=name,
        unit=unit,
        long_name=long_name,
        low=low,
        high=high,
        scale=scale,
        offset=low,
        dtype=dtype,
        fill=int(np.iinfo(dtype).max),
        max_error=scale / 2.0,
        **more,
    )


def category(name: str, long_name: str, flags: Mapping[int, str], **more: Any) -> MetricInfo:
    """A MetricInfo whose numbers are names: stored as they are, 255 for no value."""
    return MetricInfo(
        name=name,
        unit="1",
        long_name=long_name,
        low=float(min(flags)),
        high=float(max(flags)),
        fill=255,
        flags=dict(flags),
        **more,
    )


def recorded_metrics(scenario: Scenario | None, fleet: Any, optional: bool = False) -> dict[str, MetricInfo]:
    """Every metric of RECORDED with the range that this scenario's node types can reach.

    `fleet` (core.fleet.Fleet) says which node types fly; the scenario stands in where the fleet carries none.
    optional: with those too that are recorded only where they are asked for.
    """
    types = tuple(fleet.node_types) or (scenario.node_types if scenario is not None else ())
    return {name: _metric(name, row, types) for name, row in RECORDED.items() if optional or not row.optional}


def _metric(name: str, row: Recorded, types: Sequence[NodeType]) -> MetricInfo:
    words = {"colormap": row.colormap, "kind": row.kind, "formula": row.formula, "source": row.source, "mean": row.mean}
    if row.flags:
        return category(name, row.long_name, row.flags, **words)
    low, high = row.span(types)
    return quantised(name, row.unit, row.long_name, low, high, **words)


def with_words(info: MetricInfo) -> MetricInfo:
    """The same metric with colour map, formula and source filled in from RECORDED where a file left them out."""
    row = RECORDED.get(info.name)
    if row is None:
        return info
    blank = not info.formula
    return replace(
        info,
        colormap=row.colormap if info.colormap == "viridis" else info.colormap,
        formula=row.formula if blank else info.formula,
        source=row.source if blank and not info.source else info.source,
    )


def quantise(info: MetricInfo, values: NDArray[Any], out: Stored | None = None) -> tuple[Stored, int]:
    """Physical values (n,) -> (stored (n,) in info.dtype, how many lay outside the range and were clipped).

    NaN becomes the fill value and counts as clipped only where the metric has none.
    """
    top = info.full_scale if info.fill is None else info.full_scale - 1
    exact = np.float64 if info.dtype == "uint16" else np.float32
    steps: NDArray[Any] = np.multiply(values, 1.0 / info.scale, dtype=exact)
    steps += 0.5 - info.offset / info.scale
    if len(steps) == 0:
        return (np.empty(0, info.dtype) if out is None else out), 0
    least, most = float(steps.min()), float(steps.max())
    if least >= 0.0 and most < top + 1.0:  # NaN compares false
        stored = steps.astype(info.dtype)
        clipped = 0
    else:
        stored, clipped = _quantise_wild(info, steps, top)
    if out is None:
        return stored, clipped
    out[:] = stored
    return out, clipped


def _quantise_wild(info: MetricInfo, steps: NDArray[Any], top: int) -> tuple[Stored, int]:
    """The slow way: something is NaN or outside. Half a step beyond an end is rounding, not clipping."""
    missing = np.isnan(steps)
    outside = (steps < 0.0) | (steps >= top + 1.0)
    clipped = int(np.count_nonzero(outside))
    stored = np.clip(np.where(missing, 0.0, steps), 0.0, top).astype(info.dtype)
    if info.fill is None:
        return stored, clipped + int(np.count_nonzero(missing))
    stored[missing] = info.fill
    return stored, clipped
