"""The camera: where it stands, what it sees where, how the hand moves it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scene_tools import elements, fleet_of

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.camera import Camera
from orbitviz.scene.flight import Flight
from orbitviz.scene.pose import pose_of
from orbitviz.scene.status import NodeStates
from orbitviz.session.viewpoint import Viewpoint
from orbitviz.sim.propagation import Propagator

SIZE = (1600, 900)


def view(**values) -> Viewpoint:
    made = Viewpoint()
    made.update(**values)
    return made


def test_the_camera_stands_over_its_longitude_and_looks_at_the_centre():
    pose = pose_of(view(lon_deg=90.0, lat_deg=0.0, distance_km=20000.0), 0.0, np.zeros(3))
    assert np.allclose(pose.eye, [0.0, 20000.0, 0.0])
    x, y, depth = pose.project(-pose.eye[None], SIZE)
    assert np.allclose((x[0], y[0], depth[0]), (800.0, 450.0, 20000.0))


def test_an_earth_fixed_view_turns_with_the_earth():
    still = pose_of(view(lon_deg=10.0), 0.0, np.zeros(3))
    later = pose_of(view(lon_deg=10.0, frame="earth"), math.radians(30.0), np.zeros(3))
    assert math.degrees(math.atan2(later.eye[1], later.eye[0])) == pytest.approx(40.0)
    assert math.degrees(math.atan2(still.eye[1], still.eye[0])) == pytest.approx(10.0)


def test_north_is_up_and_east_is_right():
    pose = pose_of(view(lon_deg=0.0, lat_deg=0.0), 0.0, np.zeros(3))
    points = np.array([[0.0, 0.0, 6000.0], [0.0, 6000.0, 0.0]]) - pose.eye
    x, y, _ = pose.project(points, SIZE)
    assert y[0] < 450.0
    assert x[1] > 800.0


def test_the_matrix_and_project_agree():
    pose = pose_of(view(lon_deg=33.0, lat_deg=-41.0), 0.3, np.zeros(3))
    relative = np.array([1234.0, -4321.0, 987.0]) - pose.eye
    clip = pose.clip_from_relative(SIZE) @ np.append(relative / EARTH_RADIUS_KM, 1.0)
    x, y, _ = pose.project(relative[None], SIZE)
    assert (clip[0] / clip[3] + 1.0) * 800.0 == pytest.approx(x[0])
    assert (1.0 - clip[1] / clip[3]) * 450.0 == pytest.approx(y[0])


def test_a_drag_turns_the_globe_with_the_hand_and_runs_out():
    camera = Camera(view(lon_deg=0.0, lat_deg=0.0))
    camera.press(100.0, 100.0)
    camera.drag(140.0, 100.0, 900.0)
    assert camera.view.lon_deg < 0.0
    camera.advance(0.016)
    camera.release()
    assert camera.moving
    after_release = camera.view.lon_deg
    for _ in range(200):
        camera.advance(0.016)
    assert camera.view.lon_deg < after_release
    assert not camera.moving


def test_the_wheel_zooms_smoothly_and_never_into_the_ground():
    camera = Camera(view(distance_km=20000.0))
    camera.wheel(3.0)
    camera.advance(0.016)
    first = camera.view.distance_km
    assert EARTH_RADIUS_KM < first < 20000.0
    camera.wheel(200.0)
    for _ in range(100):
        camera.advance(0.05)
    assert camera.view.distance_km >= EARTH_RADIUS_KM + 100.0
    assert not camera.moving


def test_a_flight_ends_exactly_at_the_view():
    camera = Camera(view(distance_km=20000.0))
    camera.pose(0.0, np.zeros(3), 0.016)
    target = np.array([7000.0, 0.0, 0.0])
    camera.view.distance_km = 500.0
    camera.fly()
    first = camera.pose(0.0, target, 0.016)
    assert camera.moving
    assert np.linalg.norm(first.eye) > 15000.0
    for _ in range(100):
        last = camera.pose(0.0, target, 0.05)
    assert not camera.moving
    assert last == pose_of(camera.view, 0.0, target)


def test_a_flight_never_passes_through_the_earth():
    rng = np.random.default_rng(5)
    for _ in range(60):
        ends = []
        for _ in range(2):
            place = rng.normal(size=3)
            place *= EARTH_RADIUS_KM * rng.uniform(1.03, 1.3) / np.linalg.norm(place)
            x, y, z = place / np.linalg.norm(place)
            over = view(lon_deg=math.degrees(math.atan2(y, x)), lat_deg=math.degrees(math.asin(z)))
            over.distance_km = float(10.0 ** rng.uniform(-2.0, 4.0))
            ends.append((pose_of(over, 0.0, place), place))
        (start, left), (goal, target) = ends
        flight = Flight.between(start, left, goal, target)
        lowest = min(np.linalg.norm(start.eye), np.linalg.norm(goal.eye))
        now, radii = flight, []
        while now is not None:
            pose = now.pose(goal, target)
            assert np.isfinite(pose.eye).all() and np.isfinite(pose.rotation).all()
            assert np.allclose(pose.rotation @ pose.rotation.T, np.eye(3), atol=1e-9)
            radii.append(float(np.linalg.norm(pose.eye)))
            now = now.later(0.02)
        assert min(radii) > 0.999 * lowest > EARTH_RADIUS_KM
        assert 0.6 <= flight.duration_s <= 1.5


def test_a_flight_begins_and_ends_at_its_ends():
    start = pose_of(view(lon_deg=10.0, lat_deg=20.0, distance_km=24000.0), 0.0, np.zeros(3))
    target = np.array([0.0, -7000.0, 500.0])
    goal = pose_of(view(lon_deg=-80.0, lat_deg=10.0, distance_km=0.2), 0.0, target)
    flight = Flight.between(start, np.zeros(3), goal, target)
    first, last = flight.pose(goal, target), Flight(start, np.zeros(3), 1.0, 1.0).pose(goal, target)
    assert np.allclose(first.eye, start.eye) and np.allclose(first.rotation, start.rotation)
    assert np.allclose(last.eye, goal.eye, atol=1e-6) and np.allclose(last.rotation, goal.rotation, atol=1e-6)


def test_reduced_motion_flies_and_runs_out_nowhere():
    camera = Camera(view(distance_km=20000.0, reduce_motion=True))
    camera.pose(0.0, np.zeros(3), 0.016)
    camera.view.update(target_row=3, distance_km=500.0)
    target = np.array([7000.0, 0.0, 0.0])
    assert camera.pose(0.0, target, 0.016) == pose_of(camera.view, 0.0, target)
    camera.wheel(2.0)
    camera.advance(0.016)
    assert not camera.moving and camera.view.distance_km == pytest.approx(500.0 * math.exp(-0.36))


def test_orthographic_keeps_sizes_and_perspective_agrees_at_the_target():
    flat = pose_of(view(projection="orthographic", distance_km=20000.0), 0.0, np.zeros(3))
    deep = pose_of(view(distance_km=20000.0), 0.0, np.zeros(3))
    right, back = flat.rotation[0], flat.rotation[2]
    widths = []
    for away in (-5000.0, 0.0, 5000.0):
        ends = np.array([away * back, away * back + 100.0 * right]) - flat.eye
        x, _, _ = flat.project(ends, SIZE)
        widths.append(x[1] - x[0])
        clip = flat.clip_from_relative(SIZE) @ np.append(ends[1] / EARTH_RADIUS_KM, 1.0)
        assert (clip[0] / clip[3] + 1.0) * 800.0 == pytest.approx(x[1])
        assert -1.0 < clip[2] / clip[3] < 1.0
    assert widths == pytest.approx([widths[1]] * 3)
    x, _, _ = deep.project(np.array([np.zeros(3), 100.0 * right]) - deep.eye, SIZE)
    assert x[1] - x[0] == pytest.approx(widths[1])
    behind = flat.clip_from_relative(SIZE) @ np.append(3000.0 * back / EARTH_RADIUS_KM, 1.0)
    assert behind[2] / behind[3] < -1.0  # clipped away


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_rays_and_the_ground_agree_with_project(projection):
    pose = pose_of(view(lon_deg=20.0, lat_deg=30.0, projection=projection), 0.0, np.zeros(3))
    place = pose.ground(700.0, 500.0, SIZE)
    assert np.linalg.norm(place) == pytest.approx(EARTH_RADIUS_KM)
    x, y, _ = pose.project(place - pose.eye, SIZE)
    assert (x, y) == (pytest.approx(700.0), pytest.approx(500.0))
    assert pose.ground(2.0, 2.0, SIZE) is None
    seen = np.array([place * 1.001, -place])
    assert pose.hides(seen - pose.eye).tolist() == [False, True]


@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_the_wheel_keeps_the_ground_under_the_cursor(projection):
    camera = Camera(view(lon_deg=15.0, lat_deg=25.0, distance_km=20000.0, projection=projection))
    at = (950.0, 380.0, SIZE)
    before = pose_of(camera.view, 0.0, np.zeros(3)).ground(*at)
    camera.wheel(4.0, at)
    for _ in range(100):
        camera.advance(0.016)
    after = pose_of(camera.view, 0.0, np.zeros(3))
    assert camera.view.distance_km < 15000.0
    x, y, _ = after.project(before - after.eye, SIZE)
    assert math.hypot(x - 950.0, y - 380.0) < 4.0


def test_a_ride_looks_along_the_velocity_with_the_earth_below():
    place, velocity = np.array([7000.0, 0.0, 0.0]), np.array([0.0, 6.0, 4.0])
    ride = view(frame="node", lon_deg=0.0, lat_deg=0.0, distance_km=0.01)
    pose = pose_of(ride, 1.0, place, velocity_km_s=velocity)
    assert np.allclose(pose.eye, place - 0.01 * velocity / np.linalg.norm(velocity), atol=1e-9)
    assert np.allclose(-pose.rotation[2], velocity / np.linalg.norm(velocity))
    assert np.allclose(pose.rotation[1], [1.0, 0.0, 0.0])
    ride.lon_deg = 180.0
    assert np.allclose(
        pose_of(ride, 1.0, place, velocity_km_s=velocity).rotation[2], velocity / np.linalg.norm(velocity)
    )


def test_north_up_ends_a_ride_where_it_is():
    camera = Camera(view(frame="node", lon_deg=30.0, lat_deg=20.0, distance_km=1.0, roll_deg=25.0, reduce_motion=True))
    place, velocity = np.array([7000.0, 0.0, 0.0]), np.array([0.0, 6.0, 4.0])
    before = camera.pose(0.0, place, 0.016, velocity)
    camera.north_up()
    after = camera.pose(0.0, place, 0.016, velocity)
    assert np.allclose(before.eye, after.eye, atol=1e-6)
    assert (camera.view.frame, camera.view.roll_deg) == ("inertial", 0.0)
    assert after.rotation[0][2] == pytest.approx(0.0)  # right is level: north is up


def test_roll_turns_the_picture_clockwise():
    straight = pose_of(view(lon_deg=0.0, lat_deg=0.0), 0.0, np.zeros(3))
    turned = pose_of(view(lon_deg=0.0, lat_deg=0.0, roll_deg=90.0), 0.0, np.zeros(3))
    north = np.array([0.0, 0.0, 6000.0])
    x, y, _ = turned.project(north - turned.eye, SIZE)
    assert x > 1000.0 and y == pytest.approx(450.0)
    assert np.allclose(straight.eye, turned.eye)


def test_a_node_followed_from_ten_metres_does_not_jitter():
    fleet = fleet_of(elements(3))
    states = NodeStates(fleet)
    ride = view(frame="node", lon_deg=20.0, lat_deg=15.0, distance_km=0.01)
    for step in range(100):
        t_s = 40_000.0 + step / 60.0
        node = states.at(1, t_s)
        pose = pose_of(ride, 0.1, node.position_km, velocity_km_s=node.velocity_km_s)
        # The place as the layers have it: from another propagator, less the eye in float64, handed over as float32.
        place = Propagator(fleet.elements, "numpy", fleet.epoch).states(t_s, velocity=False)[0][0, 1]
        relative = ((place - pose.eye) / EARTH_RADIUS_KM).astype(np.float32)
        clip = pose.clip_from_relative(SIZE).astype(np.float32) @ np.append(relative, np.float32(1.0))
        x, y = (clip[0] / clip[3] + 1.0) * 800.0, (1.0 - clip[1] / clip[3]) * 450.0
        assert math.hypot(x - 800.0, y - 450.0) < 0.5
