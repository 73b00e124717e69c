"""The simulated node against references of another make: erfa, sgp4 and scipy with formulas and constants of their own.

Sun: planets of Simon et al. 1994 with the Moon of ELP 2000-82 and the IAU 1976/1980 precession and nutation, where the
program has VSOP 2000 and IAU 2000B. Orbits: the sgp4 package each second, where it has keyframes minutes apart. Shadow:
two overlapping disks (lens formula) each second. Node: an event-driven integration of battery and radiator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import erfa
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad, solve_ivp
from sgp4.api import WGS72, Satrec, SatrecArray

from orbitviz.core.epoch import Epoch
from orbitviz.core.fleet import Fleet
from orbitviz.core.frames import itrf_from_teme
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Scenario, Shell
from orbitviz.core.workload import Workload
from orbitviz.sim.constellation import build_fleet
from orbitviz.sim.node_constants import node_constants
from orbitviz.sim.power import array_output_w, balance
from orbitviz.sim.simulation import NodeModel
from orbitviz.sim.sunlight import beta_angle_rad, sun_teme

F64 = NDArray[np.float64]
DAY_S, STEP_S = 86_400.0, 60.0
AU_KM, EARTH_KM, SUN_KM = 149_597_870.7, 6378.137, 695_700.0
DEGREE_OF_SUN, AU_OF_SUN = 0.02, 2e-4
HALF_A_SECOND, HALF_A_PERCENT, ONE_KELVIN, THIRTY_METRES_KM = 0.5, 0.005, 1.0, 0.030
ONE_MILLIONTH = 1e-6

# -- The Sun ---------------------------------------------------------------------------------------


def reference_sun(epoch: Epoch, t_s: F64) -> tuple[F64, F64]:
    """Unit vectors (T, 3) TEME and distances (T,) km: Earth from the Earth-Moon barycentre of Simon et al. and the Moon
    of ELP, aberration from its velocity, IAU 1976/1980 to the true equator, minus the equation of the equinoxes."""
    day = epoch.fraction + (t_s + 69.184) / DAY_S
    barycentre, moon = erfa.plan94(epoch.jd, day, 3), erfa.moon98(epoch.jd, day)
    earth_au = barycentre["p"] - moon["p"] / (1.0 + 81.300569)
    velocity_c = barycentre["v"] * AU_KM / DAY_S / 299_792.458
    distance_au = np.linalg.norm(earth_au, axis=-1)
    shift = np.sqrt(1.0 - np.sum(velocity_c**2, axis=-1))
    apparent = erfa.ab(-earth_au / distance_au[:, None], velocity_c, distance_au, shift)
    true = np.einsum("tij,tj->ti", erfa.pnm80(epoch.jd, day), apparent)
    angle = erfa.eqeq94(epoch.jd, day)
    x = np.cos(angle) * true[:, 0] + np.sin(angle) * true[:, 1]
    y = np.cos(angle) * true[:, 1] - np.sin(angle) * true[:, 0]
    return np.stack((x, y, true[:, 2]), axis=1), distance_au * AU_KM


def almanac_sun(epoch: Epoch, t_s: F64) -> tuple[F64, F64]:
    """The low-precision formula of the Astronomical Almanac: within 0.015 degree and 1e-4 AU of DE421 until 2041."""
    n = epoch.jd - 2451545.0 + epoch.fraction + (t_s + 69.184) / DAY_S
    g, ecliptic = np.radians(357.528 + 0.9856003 * n), np.radians(23.439 - 4e-7 * n)
    longitude = np.radians(280.460 + 0.9856474 * n + 1.915 * np.sin(g) + 0.020 * np.sin(2 * g))
    east = np.sin(longitude)
    unit = np.stack((np.cos(longitude), np.cos(ecliptic) * east, np.sin(ecliptic) * east), axis=1)
    return unit, (1.00014 - 0.01671 * np.cos(g) - 0.00014 * np.cos(2 * g)) * AU_KM


@pytest.mark.parametrize(
    ("reference", "degrees", "au"), [(reference_sun, 0.003, 2e-5), (almanac_sun, DEGREE_OF_SUN, AU_OF_SUN)]
)
def test_the_sun_from_2026_to_2041(reference, degrees: float, au: float) -> None:
    epoch = Epoch.parse("2026-01-01T00:00:00Z")
    t_s = np.arange(0.0, 15.0 * 365.25, 0.73) * DAY_S
    unit, distance_km = sun_teme(epoch, t_s)
    expected, expected_km = reference(epoch, t_s)
    off = np.degrees(2.0 * np.arcsin(0.5 * np.linalg.norm(unit - expected, axis=1)))
    assert off.max() <= degrees
    assert np.abs(distance_km - expected_km).max() <= au * AU_KM


# -- Frames ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["2026-03-20T00:00:00Z", "2027-12-21T07:30:00Z", "2033-06-21T13:00:00Z", "2040-10-05"])
def test_teme_to_itrf_is_within_thirty_metres(when: str) -> None:
    """TEME -> true equator -> GCRS by IAU 1976/1980, GCRS -> ITRF by IAU 2006/2000A; UT1 = UTC, no polar motion."""
    epoch = Epoch.parse(when)
    rng = np.random.default_rng(1)
    direction = rng.normal(size=(50, 3))
    teme_km = direction / np.linalg.norm(direction, axis=1)[:, None] * rng.uniform(6878.0, 8378.0, (50, 1))
    for t_s in (0.0, 40_000.0, 20 * DAY_S):
        utc, tt = epoch.fraction + t_s / DAY_S, epoch.fraction + (t_s + 69.184) / DAY_S
        true_from_teme = erfa.rz(-float(erfa.eqeq94(epoch.jd, tt)), np.eye(3))
        gcrs_km = teme_km @ true_from_teme.T @ erfa.pnm80(epoch.jd, tt)
        expected_km = gcrs_km @ erfa.c2t06a(epoch.jd, tt, epoch.jd, utc, 0.0, 0.0).T
        off_km = np.linalg.norm(teme_km @ itrf_from_teme(epoch, t_s).T - expected_km, axis=1)
        assert off_km.max() <= THIRTY_METRES_KM


# -- Orbits and light, each second -----------------------------------------------------------------

SHELLS = ("dawn-dusk 576 km", "dawn-dusk 725 km", "dawn-dusk 985 km", "30 degrees 700 km")
EPOCHS = ("2026-03-20T00:00:00Z", "2026-06-21T00:00:00Z", "2026-12-21T00:00:00Z")


def scenario_at(epoch: str, **node: object) -> Scenario:
    """A dawn and a dusk node at each of three altitudes, and two at 30 degrees: 8 nodes, asked for average power."""
    low = Shell(SHELLS[3], "ai1", 700.0, inclination_deg=30.0, planes=2)
    shells = [
        replace(
            low, name=name, altitude_km=altitude_km, inclination_deg="sun-synchronous", pattern="ltan", ltan_h=(6, 18)
        )
        for name, altitude_km in zip(SHELLS[:3], (576.0, 725.0, 985.0), strict=True)
    ]
    return Scenario(
        "reference",
        epoch_utc=epoch,
        node_types=(NodeType("ai1", **node),),  # type: ignore[arg-type]
        shells=(*shells, low),
        workloads=(Workload("steady", kind="constant", utilization=1.0),),
    )


def reference_positions(fleet: Fleet, t_s: F64) -> F64:
    """(N, T, 3) km TEME by the sgp4 package."""
    satellites, e = [], fleet.elements
    for row in range(len(fleet)):
        satellite = Satrec()
        angles = (e.argp_rad[row], e.inclination_rad[row], e.mean_anomaly_rad[row])
        days = fleet.epoch.jd - 2433281.5 + fleet.epoch.fraction
        satellite.sgp4init(
            WGS72, "i", 0, days, e.bstar[row], 0.0, 0.0, e.eccentricity[row], *angles, e.mean_motion_rad_min[row],
            e.raan_rad[row],
        )  # fmt: skip
        satellites.append(satellite)
    fraction = fleet.epoch.fraction + t_s / DAY_S
    code, position_km, _ = SatrecArray(satellites).sgp4(np.full(len(t_s), fleet.epoch.jd), fraction)
    assert not code.any()
    return position_km


def reference_lit(position_km: F64, sun_km: F64) -> F64:
    """(N, T) visible share of the Sun's disk: area of the lens two disks in the sky share."""
    to_sun = sun_km - position_km
    far, near = np.linalg.norm(to_sun, axis=-1), np.linalg.norm(position_km, axis=-1)
    r, big = np.arcsin(SUN_KM / far), np.arcsin(EARTH_KM / near)
    d = np.arccos(np.clip(-np.sum(to_sun * position_km, axis=-1) / (far * near), -1.0, 1.0))
    lit = np.where(d < big, 0.0, 1.0)
    some = np.abs(d - big) < r
    r, big, d = r[some], big[some], d[some]
    lens = r**2 * np.arccos((d**2 + r**2 - big**2) / (2 * d * r))
    lens += big**2 * np.arccos((d**2 + big**2 - r**2) / (2 * d * big))
    lens -= 0.5 * np.sqrt((r + big - d) * (d + r - big) * (d - r + big) * (d + r + big))
    lit[some] = 1.0 - lens / (np.pi * r**2)
    return lit


@dataclass(frozen=True)
class Day:
    """A day of the 8 nodes: the reference each second, and what the program makes of it at 60 s steps.

    lit, overhead, radius_km: (N, 86401) each second. flux: (1440,) (1 AU / distance)^2. simulated: metric -> (1440, N).
    """

    scenario: Scenario
    lit: F64
    overhead: F64
    radius_km: F64
    flux: F64
    simulated: dict[str, NDArray[np.float32]]

    def shell_rows(self, name: str) -> range:
        """The two nodes of a shell."""
        return range(2 * SHELLS.index(name), 2 * SHELLS.index(name) + 2)


def simulated_day(scenario: Scenario) -> dict[str, NDArray[np.float32]]:
    """Metric -> (1440, N), as recorded at 60 s."""
    model = NodeModel(scenario, build_fleet(scenario))
    frames = [model.step(t_s, STEP_S) for t_s in np.arange(0.0, DAY_S, STEP_S).tolist()]
    return {name: np.stack([frame[name] for frame in frames]) for name in ("array_w", "battery_soc", "radiator_k")}


_DAYS: dict[str, Day] = {}


def day_at(epoch: str) -> Day:
    """Made once for all tests that look at it."""
    if epoch not in _DAYS:
        scenario = scenario_at(epoch)
        fleet = build_fleet(scenario)
        t_s = np.arange(DAY_S + 1.0)
        position_km = reference_positions(fleet, t_s)
        minutes, minutes_km = reference_sun(fleet.epoch, np.arange(0.0, DAY_S + STEP_S, STEP_S) + STEP_S / 2)
        unit, distance_km = np.repeat(minutes, 60, axis=0)[: len(t_s)], np.repeat(minutes_km, 60)[: len(t_s)]
        lit = reference_lit(position_km, unit * distance_km[:, None])
        radius_km = np.linalg.norm(position_km, axis=-1)
        overhead = np.maximum(np.sum(position_km * unit, axis=-1) / radius_km, 0.0)
        flux = (AU_KM / minutes_km[:-1]) ** 2
        _DAYS[epoch] = Day(scenario, lit, overhead, radius_km, flux, simulated_day(scenario))
    return _DAYS[epoch]


# -- Eclipses --------------------------------------------------------------------------------------


class Crossing(NamedTuple):
    """Passing from light into dark (entry) or out of it, seconds."""

    t_s: float
    is_entry: bool


def reference_crossings(lit: F64) -> list[Crossing]:
    """Where half of the Sun's disk is seen, straight between the seconds."""
    first = np.flatnonzero((lit[:-1] >= 0.5) != (lit[1:] >= 0.5))
    return [Crossing(i + (lit[i] - 0.5) / (lit[i] - lit[i + 1]), bool(lit[i] >= 0.5)) for i in first]


def simulated_crossings(lit_s: F64, step_s: float) -> Iterator[Crossing]:
    """From the lit seconds of each step: what the array's energy says about when light ended and began."""
    partial = (lit_s > 0.01) & (lit_s < step_s - 0.01)
    step = 1
    while step < len(lit_s) - 1:
        if not partial[step]:
            step += 1
            continue
        end = step
        while end < len(lit_s) - 1 and partial[end]:
            end += 1
        total_s = float(lit_s[step:end].sum())
        if lit_s[step - 1] > lit_s[end]:
            yield Crossing(step * step_s + total_s, True)
        elif lit_s[step - 1] < lit_s[end]:
            yield Crossing(end * step_s - total_s, False)
        step = end


def lit_seconds(day: Day, row: int) -> F64:
    """Of each step: array energy over the output in full Sun, the published array at its distance and age."""
    years = np.arange(0.0, DAY_S, STEP_S) / DAY_S / 365.25
    return day.simulated["array_w"][:, row] / (150e3 * day.flux * 0.975**years) * STEP_S


@pytest.mark.parametrize("epoch", EPOCHS)
def test_eclipses_begin_and_end_within_half_a_second(epoch: str) -> None:
    day = day_at(epoch)
    seen = 0
    for row in range(8):
        expected = [c for c in reference_crossings(day.lit[row]) if STEP_S < c.t_s < DAY_S - 2 * STEP_S]
        found = [c for c in simulated_crossings(lit_seconds(day, row), STEP_S) if STEP_S < c.t_s < DAY_S - 2 * STEP_S]
        assert [c.is_entry for c in found] == [c.is_entry for c in expected]
        assert all(abs(a.t_s - b.t_s) <= HALF_A_SECOND for a, b in zip(found, expected, strict=True))
        seen += len(expected)
    # 30 degrees: two nodes, 14.6 orbits; at the solstices one of the two dawn-dusk nodes of each altitude as well.
    assert seen > (55 if epoch == EPOCHS[0] else 55 + 75)


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("dawn-dusk 576 km", 21.2), ("dawn-dusk 725 km", 18.3), ("dawn-dusk 985 km", 13.3), ("30 degrees 700 km", 35.3)],
)
def test_longest_eclipses_are_those_published(name: str, minutes: float) -> None:
    """facts.md section 4; of dawn-dusk orbits at a solstice, at 30 degrees whenever the Sun is in the plane."""
    longest_s = 0.0
    for epoch in EPOCHS:
        for row in day_at(epoch).shell_rows(name):
            times = reference_crossings(day_at(epoch).lit[row])
            lasted = [b.t_s - a.t_s for a, b in pairwise(times) if a.is_entry]
            longest_s = max(longest_s, *lasted) if lasted else longest_s
    assert longest_s / 60.0 == pytest.approx(minutes, rel=0.03)


SEASONS = (
    # facts.md section 4: altitude km, days with eclipses a year (at 18 h), longest min, sunlit share of it.
    (500.0, 106, 22.7, 0.944), (576.0, 98, 21.2, 0.953), (725.0, 83, 18.3, 0.967), (850.0, 71, 16.0, 0.976),
    (985.0, 59, 13.3, 0.984), (1200.0, 37, 8.7, 0.994),
)  # fmt: skip


def eclipsed_share(beta_rad: F64, altitude_km: float) -> F64:
    """Share of a circular orbit in the shadow of a cylinder."""
    radius_km = EARTH_KM + altitude_km
    cosine = np.sqrt(radius_km**2 - EARTH_KM**2) / (radius_km * np.cos(beta_rad))
    return np.arccos(np.clip(cosine, -1.0, 1.0)) / np.pi


def year_of_beta(fleet: Fleet) -> F64:
    """(1461, N) every six hours."""
    return beta_angle_rad(fleet.elements, fleet.epoch, np.arange(0.0, 365.25, 0.25) * DAY_S)


@pytest.mark.parametrize(("altitude_km", "days", "longest_min", "sunlit"), SEASONS)
def test_eclipse_seasons_of_dawn_dusk_orbits(altitude_km: float, days: int, longest_min: float, sunlit: float) -> None:
    base = scenario_at(EPOCHS[0])
    shell = replace(base.shells[0], altitude_km=altitude_km)
    share = eclipsed_share(year_of_beta(build_fleet(replace(base, shells=(shell,)))), altitude_km)
    period_min = 2.0 * np.pi * np.sqrt((EARTH_KM + altitude_km) ** 3 / 398_600.4418) / 60.0
    dawn_days, dusk_days = (share > 0).mean(axis=0) * 365.25
    assert dusk_days == pytest.approx(days, abs=1.0)
    # The orbit that crosses the equator northwards in the morning has its season in December, when the Sun goes faster.
    assert 0.94 < dawn_days / dusk_days < 0.98
    assert share.max() * period_min == pytest.approx(longest_min, rel=0.03)
    assert 1.0 - share.mean() == pytest.approx(sunlit, abs=0.002)


@pytest.mark.parametrize(("altitude_km", "sunlit"), [(560.0, 0.647), (700.0, 0.663), (960.0, 0.690)])
def test_orbits_at_thirty_degrees_are_in_the_sun_two_thirds_of_the_time(altitude_km: float, sunlit: float) -> None:
    base = scenario_at(EPOCHS[0])
    shell = replace(base.shells[3], altitude_km=altitude_km)
    beta_rad = year_of_beta(build_fleet(replace(base, shells=(shell,))))
    assert 1.0 - eclipsed_share(beta_rad, altitude_km).mean() == pytest.approx(sunlit, abs=0.003)
    assert np.degrees(np.abs(beta_rad).max()) == pytest.approx(53.4, abs=0.5)


# -- Battery and radiator --------------------------------------------------------------------------


_SECONDS = np.arange(DAY_S + 1.0)
RUNNING, FULL, EMPTY = 0, 1, -1


@dataclass(frozen=True)
class Plant:
    """One node as differential equations, in SI: its own reading of the published figures.

    The state is the battery's content J and the radiator's temperature K; a FULL battery stands still, an EMPTY one (at
    its floor or below) gives to the bus alone. lit, overhead, view: each second of the day; sun_w: on the panel in full
    Sun at 1 AU.
    """

    lit: F64
    overhead: F64
    view: F64
    flux: float
    dark_share: float
    absorptance: float = 0.10
    sun_w: float = 0.0
    battery_j: float = 200.0 * 3.6e6
    floor_j: float = 0.2 * 200.0 * 3.6e6

    def array_w(self, t_s: float) -> float:
        """600 m2 of 250 W/m2, 2.5 % a year less."""
        return 600.0 * 250.0 * self.flux * 0.975 ** (t_s / DAY_S / 365.25) * float(np.interp(t_s, _SECONDS, self.lit))

    def net_w(self, t_s: float, is_dark: bool) -> float:
        """Array output less 5 kW of bus and 120 kW of compute."""
        return self.array_w(t_s) - (5e3 + 120e3 * (self.dark_share if is_dark else 1.0))

    def rates(self, t_s: float, state: F64, mode: int, is_dark: bool) -> list[float]:
        """d/dt of battery and temperature."""
        array_w, net_w = self.array_w(t_s), self.net_w(t_s, is_dark)
        into_w = min(max(net_w, 0.0), 0.5 * 200e3) if mode == RUNNING else 0.0
        out_w = min(max(-net_w, 0.0), 1.0 * 200e3) if mode == RUNNING else 0.0
        if mode == EMPTY:
            out_w = max(5e3 - array_w, 0.0)
        served_w = min(array_w + out_w, array_w - net_w)
        view, overhead, lit = (float(np.interp(t_s, _SECONDS, x)) for x in (self.view, self.overhead, self.lit))
        infrared_w = 0.9 * 220.0 * view * 237.0
        albedo_w = self.absorptance * 220.0 * view * 0.30 * 1361.0 * self.flux * overhead
        emitted_w = 0.9 * 220.0 * 5.670374419e-8 * state[1] ** 4
        heat_w = served_w + infrared_w + albedo_w + self.sun_w * self.flux * lit
        return [into_w * 0.95 - out_w / 0.95, (heat_w - emitted_w) / 1.35e6]

    def mode_at(self, t_s: float, stored_j: float, is_dark: bool) -> int:
        """Whether the battery is full or for the bus alone from here."""
        net_w = self.net_w(t_s + 1e-3, is_dark)
        if stored_j >= self.battery_j * (1.0 - 1e-9) and net_w > 0.0:
            return FULL
        return EMPTY if stored_j <= self.floor_j * (1.0 + 1e-9) and net_w < 0.0 else RUNNING

    def ends(self, mode: int, is_dark: bool) -> list[Any]:
        """What ends a mode, for solve_ivp: the battery reaches a limit, or the power turns round."""
        full = _terminal(lambda _, y: y[0] - self.battery_j, 1)
        empty = _terminal(lambda _, y: y[0] - self.floor_j, -1)
        turn = _terminal(lambda t, _: self.net_w(t, is_dark), -mode)
        return [full, empty] if mode == RUNNING else [turn]


def _terminal(event: Any, direction: int) -> Any:
    event.terminal, event.direction = True, direction
    return event


def borders_of(lit: F64) -> F64:
    """Begin and end of the day, of every penumbra, and where half of the disk is seen."""
    changing = np.concatenate(([False], np.diff(lit) != 0, [False]))
    edges = np.flatnonzero(changing[1:] != changing[:-1]).astype(float)
    return np.unique(np.concatenate(([0.0, DAY_S], edges, [c.t_s for c in reference_crossings(lit)])))


def integrate(plant: Plant) -> tuple[F64, F64]:
    """Battery J and radiator K at the minutes, (1440,) each; begun anew where light or the battery's mode changes."""
    minutes = np.arange(0.0, DAY_S, STEP_S)
    state, out = np.array([plant.battery_j, 330.0]), np.empty((2, len(minutes)))
    for start, end in pairwise(borders_of(plant.lit)):
        middle_lit = float(np.interp((start + end) / 2, _SECONDS, plant.lit))
        is_dark, t_s = middle_lit < 0.5, float(start)
        while t_s < end - 1e-9:
            mode = plant.mode_at(t_s, float(state[0]), is_dark)
            done = solve_ivp(
                lambda t, y, mode=mode, is_dark=is_dark: plant.rates(t, y, mode, is_dark),
                (t_s, end), state, events=plant.ends(mode, is_dark), rtol=1e-7, atol=(1.0, 1e-5), dense_output=True,
                max_step=2.0 if 0.0 < middle_lit < 1.0 else 120.0,
            )  # fmt: skip
            inside = (minutes >= t_s) & (minutes < done.t[-1])
            if inside.any():
                out[:, inside] = done.sol(minutes[inside])
            t_s, state = float(done.t[-1]), done.y[:, -1]
    return out[0], out[1]


def view_by_quadrature(radius_km: F64, is_nadir: bool) -> F64:
    """Share of a panel's view that the Earth fills, mean of both sides: cosine over the solid angle of its cone, for a
    plate that has the Earth in its plane (each side sees half of the cone) or faces it (one side sees it all)."""

    def ring(angle: float) -> float:
        return float(np.sin(angle) * np.cos(angle) if is_nadir else 2.0 * np.sin(angle) ** 2 / np.pi)

    grid_km = np.linspace(radius_km.min(), radius_km.max(), 9)
    return np.interp(radius_km, grid_km, [quad(ring, 0.0, np.arcsin(EARTH_KM / km))[0] for km in grid_km])


EXPOSED = {"radiator_attitude": "nadir", "radiator_sun_deg": 30.0, "radiator_absorptance": 0.2}
CASES: list[tuple[str, dict[str, object], float]] = [
    *((name, {}, 1.0) for name in SHELLS),
    (SHELLS[0], {"eclipse_policy": "hibernate"}, 0.0),
    (SHELLS[3], {"eclipse_policy": "reduced"}, 0.15),
    (SHELLS[3], EXPOSED, 1.0),
]


@pytest.mark.parametrize(("name", "node", "dark_share"), CASES)
def test_battery_and_radiator_follow_the_differential_equations(
    name: str, node: dict[str, object], dark_share: float
) -> None:
    """24 h at 60 s steps, at the June solstice, when dusk orbits have their longest eclipses."""
    day = day_at(EPOCHS[1])
    row = day.shell_rows(name)[1]
    view = view_by_quadrature(day.radius_km[row], is_nadir=node is EXPOSED)
    exposed = {"absorptance": 0.2, "sun_w": 0.2 * 1361.0 * 110.0 * np.sin(np.radians(30.0))} if node is EXPOSED else {}
    plant = Plant(day.lit[row], day.overhead[row], view, float(day.flux.mean()), dark_share, **exposed)
    stored_j, radiator_k = integrate(plant)
    simulated = simulated_day(scenario_at(EPOCHS[1], **node)) if node else day.simulated
    assert np.ptp(stored_j) > 0.005 * plant.battery_j and np.ptp(radiator_k) > 1.0
    assert np.abs(simulated["battery_soc"][:, row] - stored_j / plant.battery_j).max() <= HALF_A_PERCENT
    assert np.abs(simulated["radiator_k"][:, row] - radiator_k).max() <= ONE_KELVIN


# -- Energy ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["ride-through", "reduced", "hibernate"])
@pytest.mark.parametrize(
    "node", [{}, {"array_area_m2": 900.0}, {"battery_kwh": 0.0}], ids=["published", "large", "bare"]
)
def test_energy_of_a_day_is_conserved(policy: str, node: dict[str, float]) -> None:
    """Every node, in light of the reference at 60 s: generated = served + stored + lost + curtailed."""
    day = day_at(EPOCHS[1])
    kind = NodeType("ai1", eclipse_policy=policy, **node)  # type: ignore[arg-type]
    c = node_constants([kind], np.zeros(8, np.uint16), np.float64)
    stored_j = begin_j = np.full(8, c.initial_j)
    totals = np.zeros((6, 8))
    for lit in day.lit[:, :-1:60].T:
        asked_w = c.average_w * np.where(lit < 0.5, c.eclipse_share, 1.0)
        stored_j, ledger = balance(c, stored_j, array_output_w(c, AU_KM, 0.0) * lit, asked_w, STEP_S)
        totals += np.array([np.broadcast_to(part, 8) for part in ledger])
    generated, bus, compute, stored, lost, curtailed = totals
    np.testing.assert_allclose(generated, bus + compute + stored + lost + curtailed, rtol=ONE_MILLIONTH)
    np.testing.assert_allclose(stored_j - begin_j, stored, atol=ONE_MILLIONTH * generated.max())
    assert np.all(lost >= 0.0) and np.all(curtailed >= 0.0) and np.all(bus <= c.bus_w * DAY_S * (1 + 1e-12))
