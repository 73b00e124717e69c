"""The vertex shader's SGP4, read back from the GPU, against sgp4 itself."""

from __future__ import annotations

import numpy as np
import pytest
from scene_tools import EPOCH, document_of, elements, fleet_of
from sgp4.api import WGS72, Satrec, SatrecArray

from orbitviz.core.assets import scenarios_folder
from orbitviz.core.fleet import MeanElements
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.files.scenario_file import read_recipe
from orbitviz.sim.constellation import build_fleet

pytestmark = pytest.mark.gl
PRESETS = ("starmind-1m", "starmind-dawn-dusk", "starcloud-88k", "sunrise-51k", "starlink-gen1", "suncatcher-81")


def oracle(orbits: MeanElements, t_s: float) -> np.ndarray:
    """(N, 3) km TEME by the sgp4 package."""
    days_1949 = EPOCH.jd - 2433281.5 + EPOCH.fraction
    satellites = []
    for row in range(len(orbits)):
        satellite = Satrec()
        satellite.sgp4init(
            WGS72, "i", row, days_1949 + orbits.epoch_s[row] / 86400.0, orbits.bstar[row], 0.0, 0.0,
            orbits.eccentricity[row], orbits.argp_rad[row], orbits.inclination_rad[row], orbits.mean_anomaly_rad[row],
            orbits.mean_motion_rad_min[row], orbits.raan_rad[row],
        )  # fmt: skip
        satellites.append(satellite)
    at = EPOCH.plus(t_s)
    error, position, _ = SatrecArray(satellites).sgp4(np.array([at.jd]), np.array([at.fraction]))
    assert not error.any()
    return position[:, 0]


def probe(renderer, t_s: float) -> np.ndarray:
    """(N, 3) km as the shader has them, NaN for rows that it does not draw."""
    from orbitviz.scene.passes import Target
    from orbitviz.scene.resolve import Sky

    renderer.session.clock.open_ended = True
    renderer.session.clock.seek(t_s)
    state = renderer._resolve(None, (64, 64), 1.0, 5, None)
    assert state.sky == Sky.at(EPOCH, t_s)
    renderer.nodes.apply(None, state)
    fleet = renderer.nodes.fleet
    shader = renderer.nodes.prepare(state, "PROBE")
    target = Target((fleet.columns, fleet.rows), floating=True)

    def body() -> None:
        from vispy import gloo

        gloo.set_state(blend=False, depth_test=False)
        fleet.draw(shader, 5)

    target.draw(body)
    pixels = target.read(floating=True)[::-1].reshape(-1, 4)[: fleet.total]
    target.delete()
    return np.where(pixels[:, 3:] > 0.5, pixels[:, :3].astype(float) * EARTH_RADIUS_KM, np.nan)


def errors_m(renderer, orbits: MeanElements, t_s: float, rows: np.ndarray) -> np.ndarray:
    found = probe(renderer, t_s)[rows]
    assert np.all(np.isfinite(found))
    return np.linalg.norm(found - oracle(orbits.rows(rows), t_s), axis=1) * 1000.0


@pytest.fixture(autouse=True)
def always_on_gpu(monkeypatch):
    from orbitviz.scene.layers.nodes import elements as module

    monkeypatch.setattr(module, "SMALL_FLEET", 0)


@pytest.mark.parametrize("days", [0.0, 0.31, 1.0, 7.77, 30.0])
def test_random_orbits_without_drag_stay_within_50_m_for_30_days(renderer_of, days):
    orbits = elements(1000)
    renderer = renderer_of(document_of(fleet_of(orbits)))
    before = renderer.store.uploaded_bytes
    assert errors_m(renderer, orbits, days * 86400.0 + 12.345, np.arange(1000)).max() <= 50.0
    assert renderer.store.uploaded_bytes == before


def test_eccentric_and_any_inclination_stay_within_50_m(renderer_of):
    rng = np.random.default_rng(5)
    orbits = elements(1000, 5, inclination_rad=np.radians(rng.uniform(0.0, 170.0, 1000)))
    eccentricity = rng.uniform(0.0, 0.1, 1000)
    motion = orbits.mean_motion_rad_min * (1.0 - eccentricity) ** 1.5
    orbits = elements(
        1000, 5, inclination_rad=orbits.inclination_rad, eccentricity=eccentricity, mean_motion_rad_min=motion
    )
    renderer = renderer_of(document_of(fleet_of(orbits)))
    for days in (0.0, 30.0):
        assert errors_m(renderer, orbits, days * 86400.0, np.arange(1000)).max() <= 50.0


@pytest.mark.parametrize("hours", [-6.0, 0.0, 3.3, 6.0])
def test_drag_stays_within_100_m_for_6_hours(renderer_of, hours):
    rng = np.random.default_rng(7)
    orbits = elements(1000, 7, bstar=rng.uniform(1e-5, 4e-4, 1000))
    renderer = renderer_of(document_of(fleet_of(orbits)))
    rows = np.setdiff1d(np.arange(1000), renderer.nodes.fleet.close_rows)
    assert len(rows) > 700
    assert errors_m(renderer, orbits, hours * 3600.0, rows).max() <= 100.0


def test_far_from_the_reference_a_fleet_with_drag_is_referenced_anew(renderer_of):
    orbits = elements(1000, 9, bstar=5e-5)
    renderer = renderer_of(document_of(fleet_of(orbits)))
    rows = np.setdiff1d(np.arange(1000), renderer.nodes.fleet.close_rows)
    assert errors_m(renderer, orbits, 3.0 * 86400.0, rows).max() <= 100.0
    assert renderer.nodes.fleet.t_ref_s == pytest.approx(3.0 * 86400.0)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_stay_within_50_m_for_30_days(renderer_of, preset):
    fleet = build_fleet(read_recipe(scenarios_folder() / f"{preset}.toml"))
    rows = np.unique(np.linspace(0, len(fleet) - 1, 1000).astype(int))
    orbits = fleet.elements.rows(rows)
    assert not orbits.bstar.any()
    renderer = renderer_of(document_of(fleet_of(orbits)))
    for days in (0.0, 30.0):
        assert errors_m(renderer, orbits, days * 86400.0, np.arange(len(rows))).max() <= 50.0


def test_the_next_reference_is_computed_on_a_thread_before_it_is_needed(renderer_of):
    fleet = renderer_of(document_of(fleet_of(elements(1000, 9, bstar=5e-5)))).nodes.fleet
    fleet.advance(5.0 * 3600.0)
    assert fleet.t_ref_s == 0.0  # nothing was waited for
    fleet._renewal.result(timeout=30.0)
    fleet.advance(5.1 * 3600.0)
    assert fleet.t_ref_s == pytest.approx(7.0 * 3600.0)
