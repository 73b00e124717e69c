"""The camera's motion over a Viewpoint: the hand, keys, inertia, zoom towards the cursor, flights. Poses: pose.py."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.flight import Flight
from orbitviz.scene.pose import Pose, pose_of
from orbitviz.session.viewpoint import Viewpoint

F64 = NDArray[np.float64]
INERTIA_S = 0.16
ZOOM_S = 0.09
Cursor = tuple[float, float, tuple[int, int]]
"""x and y from the top left, and the picture's size they are counted in."""


class Camera:
    """Mouse, keys, inertia and flights over a Viewpoint; `moving` says whether the next tick will move it."""

    def __init__(self, view: Viewpoint) -> None:
        self.view = view
        self._spin = np.zeros(2)
        self._zoom_left = 0.0
        self._zoom_at: Cursor | None = None
        self._push_left = np.zeros(2)
        self._drag_from: tuple[float, float] | None = None
        self._drag_step = np.zeros(2)
        self._take_off = False
        self._flight: Flight | None = None
        self._key: object = None
        self._shown: tuple[Pose, F64] | None = None

    @property
    def dragging(self) -> bool:
        """Whether a button is held."""
        return self._drag_from is not None

    @property
    def moving(self) -> bool:
        """Whether the camera is under way by itself or by the hand."""
        gliding = bool(np.any(np.abs(self._spin) > 0.4) or np.any(np.abs(self._push_left) > 1e-3))
        flying = self._flight is not None or self._take_off
        return self.dragging or gliding or abs(self._zoom_left) > 1e-3 or flying

    # -- the hand -----------------------------------------------------------------------------------------------------
    def press(self, x_px: float, y_px: float) -> None:
        """A drag begins."""
        self._drag_from = (x_px, y_px)
        self._spin[:] = 0.0

    def drag(self, x_px: float, y_px: float, height_px: float, roll: bool = False) -> None:
        """The hand moved to x, y; what lies under it should follow. `roll`: the picture turns about its middle."""
        if self._drag_from is None:
            return
        step = np.array([x_px - self._drag_from[0], y_px - self._drag_from[1]])
        self._drag_from = (x_px, y_px)
        if roll:
            self.view.roll(float(step[0]) * 180.0 / height_px)
            return
        step = self._unrolled(step) * self._deg_per_px(height_px)
        self._drag_step += step
        self.view.orbit(-float(step[0]), float(step[1]))

    def release(self) -> None:
        """The drag ends; what speed it had carries on a little."""
        self._drag_from = None

    def wheel(self, notches: float, at: Cursor | None = None) -> None:
        """Zooms in for positive notches, smoothly; `at`: the ground there stays where it is in the picture."""
        self._zoom_left += -0.18 * notches
        self._zoom_at = at

    def push(self, right_deg: float, up_deg: float) -> None:
        """Keys: the camera goes so far round its target, smoothly; nearer to the ground it goes less."""
        share = 1.0 if self.view.target_row is not None else min(1.0, self._deg_per_px(1.0) / self.view.fov_deg)
        self._push_left += self._unrolled(np.array([right_deg, -up_deg])) * (share, -share)

    def _unrolled(self, step: F64) -> F64:
        """A step on the screen (x, y down) as it would be without roll."""
        c, s = math.cos(math.radians(self.view.roll_deg)), math.sin(math.radians(self.view.roll_deg))
        return np.array([c * step[0] + s * step[1], c * step[1] - s * step[0]])

    def _deg_per_px(self, height_px: float) -> float:
        if self.view.target_row is not None:
            return 180.0 / height_px
        ratio = max(self.view.distance_km - EARTH_RADIUS_KM, 150.0) / EARTH_RADIUS_KM
        return min(self.view.fov_deg * ratio / height_px, 0.35 * 720.0 / height_px)

    # -- time ---------------------------------------------------------------------------------------------------------
    def advance(self, dt_s: float) -> None:
        """Inertia, zoom and what keys began, over dt_s of wall time."""
        if self.dragging:
            blend = min(1.0, dt_s / 0.05)
            self._spin += blend * (self._drag_step / max(dt_s, 1e-3) - self._spin)
            self._drag_step[:] = 0.0
        elif np.any(np.abs(self._spin) > 0.4) and not self.view.reduce_motion:
            self.view.orbit(-float(self._spin[0]) * dt_s, float(self._spin[1]) * dt_s)
            self._spin *= math.exp(-dt_s / INERTIA_S)
        else:
            self._spin[:] = 0.0
        share = 1.0 if self.view.reduce_motion else 1.0 - math.exp(-dt_s / ZOOM_S)
        if np.any(np.abs(self._push_left) > 1e-3):
            part = self._push_left * (share if np.any(np.abs(self._push_left) > 0.05) else 1.0)
            self._push_left -= part
            self.view.orbit(float(part[0]), float(part[1]))
        if abs(self._zoom_left) > 1e-3:
            step = self._zoom_left * (share if abs(self._zoom_left) > 5e-3 else 1.0)
            self._zoom_left -= step
            self._zoom(math.exp(step))

    def _zoom(self, factor: float) -> None:
        """By a factor; round the Earth, what was under the cursor comes back under it."""
        view = self.view
        before = self._under_cursor()
        view.zoom(factor)
        for _ in range(2):  # longitude and latitude are not quite even under the cursor
            after = self._under_cursor()
            if before is not None and after is not None:
                view.orbit((before[0] - after[0] + 180.0) % 360.0 - 180.0, before[1] - after[1])

    def _under_cursor(self) -> tuple[float, float] | None:
        """Longitude and latitude (degrees, in the view's own frame) of the ground under the cursor."""
        if self._zoom_at is None or self.view.target_row is not None:
            return None
        x, y, size = self._zoom_at
        # At angle 0 the Earth's axes are the inertial ones: the view's own frame is all that is needed.
        place = pose_of(self.view, 0.0, np.zeros(3)).ground(x, y, size)
        if place is None:
            return None
        return math.degrees(math.atan2(place[1], place[0])), math.degrees(math.asin(place[2] / EARTH_RADIUS_KM))

    def fly(self) -> None:
        """The view is about to be given another place: go there from what is shown now."""
        self._take_off = not self.view.reduce_motion

    def settle(self) -> None:
        """Another document: no flight from the old one's places."""
        self._flight, self._shown, self._key, self._take_off = None, None, None, False

    def north_up(self) -> None:
        """North upwards in the picture, the camera where it is; a ride ends in the orbits' frame."""
        self.fly()
        self.view.roll_deg = 0.0
        if self.view.frame == "node" and self._shown is not None:
            x, y, z = self._shown[0].eye - self._shown[1]
            lat_deg = math.degrees(math.atan2(z, math.hypot(x, y)))
            self.view.update(frame="inertial", lon_deg=math.degrees(math.atan2(y, x)), lat_deg=0.0)
            self.view.orbit(0.0, lat_deg)

    def pose(self, gmst_rad: float, target_km: F64, dt_s: float, velocity_km_s: F64 | None = None) -> Pose:
        """The pose to draw; carries a flight on by dt_s. Another target or a ride begun or left is flown to."""
        goal = pose_of(self.view, gmst_rad, target_km, velocity_km_s=velocity_km_s)
        key = (self.view.target_row, self.view.frame == "node")
        if self._key is not None and key != self._key:
            self.fly()
        self._key = key
        if self._take_off and self._shown is not None:
            self._flight = Flight.between(*self._shown, goal, target_km)
        self._take_off = False
        if self._flight is not None:
            self._flight = self._flight.later(dt_s)
        pose = goal if self._flight is None else self._flight.pose(goal, target_km)
        self._shown = (pose, np.array(target_km, dtype=np.float64))
        return pose
