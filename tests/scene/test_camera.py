"""The camera: where it stands, what it sees where, how the hand moves it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.camera import Camera
from orbitviz.scene.pose import pose_of
from orbitviz.session.viewpoint import Viewpoint

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
