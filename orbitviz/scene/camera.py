"""Where the camera stands: session.view -> Pose in TEME, float64 on the CPU; flights between targets; the mouse."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.session.viewpoint import Viewpoint

F64 = NDArray[np.float64]
FLIGHT_S = 0.9
INERTIA_S = 0.16
ZOOM_S = 0.09


@dataclass(frozen=True)
class Pose:
    """The camera at one instant. eye_km (3,) TEME; axes: rows right, up, back (3 x 3, TEME); tan_half: of the field of
    view's half height. Tuples, so that poses compare by value."""

    eye_km: tuple[float, float, float]
    axes: tuple[tuple[float, float, float], ...]
    tan_half: float

    @property
    def eye(self) -> F64:
        """(3,) km."""
        return np.array(self.eye_km)

    @property
    def rotation(self) -> F64:
        """(3, 3): camera axes from TEME, v_camera = R v."""
        return np.array(self.axes)

    def pixel_rad(self, height_px: int) -> float:
        """Angle of one pixel at the middle of the picture."""
        return 2.0 * self.tan_half / height_px

    def project(self, relative_km: F64, size: tuple[int, int]) -> tuple[F64, F64, F64]:
        """Points relative to the eye (..., 3) -> x_px, y_px (from the top left) and depth km (behind the eye: <= 0)."""
        inside = relative_km @ self.rotation.T
        depth = -inside[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = size[1] / (2.0 * self.tan_half * depth)
        return size[0] / 2.0 + inside[..., 0] * scale, size[1] / 2.0 - inside[..., 1] * scale, depth

    def clip_from_relative(self, size: tuple[int, int]) -> F64:
        """(4, 4) for column vectors relative to the eye in Earth radii, near plane at 0: depth is never tested."""
        projection = np.zeros((4, 4))
        projection[0, 0] = size[1] / (size[0] * self.tan_half)
        projection[1, 1] = 1.0 / self.tan_half
        projection[3, 2] = -1.0
        turned = np.eye(4)
        turned[:3, :3] = self.rotation
        return projection @ turned


def looking(lon_rad: float, lat_rad: float) -> tuple[F64, F64]:
    """(direction from the target to the camera (3,), axes (3, 3): rows right, up, back), north up."""
    c, s = math.cos(lat_rad), math.sin(lat_rad)
    back = np.array([c * math.cos(lon_rad), c * math.sin(lon_rad), s])
    right = np.array([-math.sin(lon_rad), math.cos(lon_rad), 0.0])
    return back, np.stack((right, np.cross(back, right), back))


def pose_of(view: Viewpoint, gmst_rad: float, target_km: F64, distance_km: float | None = None) -> Pose:
    """The view as a pose. gmst_rad turns an Earth-fixed view; target_km (3,) TEME is what it looks at."""
    lon = math.radians(view.lon_deg) + (gmst_rad if view.frame == "earth" else 0.0)
    back, axes = looking(lon, math.radians(view.lat_deg))
    eye = target_km + back * (view.distance_km if distance_km is None else distance_km)
    radius = float(np.linalg.norm(eye))
    if radius < 1.01 * EARTH_RADIUS_KM:  # a flight or a low node must not end inside the ground
        eye = eye * (1.01 * EARTH_RADIUS_KM / max(radius, 1.0))
    return Pose(_triple(eye), tuple(_triple(row) for row in axes), math.tan(math.radians(view.fov_deg) / 2.0))


def _triple(vector: F64) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])


class Camera:
    """Mouse, inertia and flights over a Viewpoint; `moving` says whether the next tick will move it."""

    def __init__(self, view: Viewpoint) -> None:
        self.view = view
        self._spin = np.zeros(2)
        self._zoom_left = 0.0
        self._drag_from: tuple[float, float] | None = None
        self._drag_step = np.zeros(2)
        self._flight: tuple[float, F64, float] | None = None
        self._shown = (np.zeros(3), view.distance_km)
        self.touched = False

    @property
    def dragging(self) -> bool:
        """Whether a button is held."""
        return self._drag_from is not None

    @property
    def moving(self) -> bool:
        """Whether the camera is under way by itself or by the hand."""
        spinning = bool(np.any(np.abs(self._spin) > 0.4))
        return self.dragging or spinning or abs(self._zoom_left) > 1e-3 or self._flight is not None

    # -- the hand -----------------------------------------------------------------------------------------------------
    def press(self, x_px: float, y_px: float) -> None:
        """A drag begins."""
        self._drag_from = (x_px, y_px)
        self._spin[:] = 0.0

    def drag(self, x_px: float, y_px: float, height_px: float) -> None:
        """The hand moved to x, y; what lies under it should follow."""
        if self._drag_from is None:
            return
        step = np.array([x_px - self._drag_from[0], y_px - self._drag_from[1]]) * self._deg_per_px(height_px)
        self._drag_from = (x_px, y_px)
        self._drag_step += step
        self.view.orbit(-float(step[0]), float(step[1]))

    def release(self) -> None:
        """The drag ends; what speed it had carries on a little."""
        self._drag_from = None

    def wheel(self, notches: float) -> None:
        """Zooms in for positive notches, smoothly."""
        self._zoom_left += -0.18 * notches

    def _deg_per_px(self, height_px: float) -> float:
        fov_deg = self.view.fov_deg
        if self.view.target_row is not None:
            return 180.0 / height_px
        ratio = max(self.view.distance_km - EARTH_RADIUS_KM, 150.0) / EARTH_RADIUS_KM
        return min(fov_deg * ratio / height_px, 0.35 * 720.0 / height_px)

    # -- time ---------------------------------------------------------------------------------------------------------
    def advance(self, dt_s: float) -> None:
        """Inertia and zoom over dt_s of wall time."""
        if self.dragging:
            blend = min(1.0, dt_s / 0.05)
            self._spin += blend * (self._drag_step / max(dt_s, 1e-3) - self._spin)
            self._drag_step[:] = 0.0
        elif np.any(np.abs(self._spin) > 0.4):
            self.view.orbit(-float(self._spin[0]) * dt_s, float(self._spin[1]) * dt_s)
            self._spin *= math.exp(-dt_s / INERTIA_S)
        else:
            self._spin[:] = 0.0
        if abs(self._zoom_left) > 1e-3:
            part = self._zoom_left * (1.0 - math.exp(-dt_s / ZOOM_S))
            part = self._zoom_left if abs(self._zoom_left) < 5e-3 else part
            self._zoom_left -= part
            self.view.zoom(math.exp(part))

    def fly(self, target_km: F64, reduce_motion: bool = False) -> None:
        """The view has just been given another target: start from what is shown now."""
        if not reduce_motion:
            self._flight = (0.0, self._shown[0] - target_km, self._shown[1])

    def pose(self, gmst_rad: float, target_km: F64, dt_s: float) -> Pose:
        """The pose to draw; carries a flight on by dt_s."""
        distance = self.view.distance_km
        if self._flight is not None:
            gone, offset, from_distance = self._flight
            gone += dt_s / FLIGHT_S
            self._flight = (gone, offset, from_distance) if gone < 1.0 else None
            s = 1.0 - (1.0 - min(gone, 1.0)) ** 3
            target_km = target_km + offset * (1.0 - s)
            distance = math.exp((1.0 - s) * math.log(max(from_distance, 0.01)) + s * math.log(distance))
        self._shown = (np.array(target_km, dtype=np.float64), distance)
        return pose_of(self.view, gmst_rad, target_km, distance)
