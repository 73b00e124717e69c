"""Pose: where the camera is and how it looks, in TEME, float64 on the CPU; what a Viewpoint comes to at an instant."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frames import rotation_z
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.session.viewpoint import Viewpoint

F64 = NDArray[np.float64]
Triple = tuple[float, float, float]
FAR = 128.0
"""Earth radii: parallel rays begin at the eye's plane and end here, so that what lies behind the eye is not drawn."""
LOWEST = 1.01
"""Earth radii: the eye is never lower."""


@dataclass(frozen=True)
class Pose:
    """The camera at one instant. eye_km (3,) TEME; axes: rows right, up, back (3 x 3, TEME); tan_half: of the field of
    view's half height; half_km: half the picture's height where its rays are parallel (orthographic), 0 in perspective.
    Tuples, so that poses compare by value."""

    eye_km: Triple
    axes: tuple[Triple, ...]
    tan_half: float
    half_km: float = 0.0

    @property
    def eye(self) -> F64:
        """(3,) km."""
        return np.array(self.eye_km)

    @property
    def rotation(self) -> F64:
        """(3, 3): camera axes from TEME, v_camera = R v."""
        return np.array(self.axes)

    @property
    def parallel(self) -> Triple:
        """For shaders (u_parallel): the direction towards the eye where rays are parallel, else zeros."""
        return self.axes[2] if self.half_km > 0.0 else (0.0, 0.0, 0.0)

    def pixel_rad(self, height_px: int) -> float:
        """Angle of one pixel at the middle of the picture; orthographic: of the perspective picture in its place."""
        return 2.0 * self.tan_half / height_px

    def pixels_per_km(self, depth_km: F64, height_px: int) -> F64:
        """Device pixels of a km across, at depths in front of the eye (NaN behind it)."""
        if self.half_km > 0.0:
            return np.where(depth_km > 0.0, height_px / (2.0 * self.half_km), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(depth_km > 0.0, height_px / (2.0 * self.tan_half * depth_km), np.nan)

    def project(self, relative_km: F64, size: tuple[int, int]) -> tuple[F64, F64, F64]:
        """Points relative to the eye (..., 3) -> x_px, y_px (from the top left) and depth km (behind the eye: <= 0)."""
        inside = relative_km @ self.rotation.T
        depth = -inside[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = size[1] / (2.0 * (self.half_km or self.tan_half * depth))
        return size[0] / 2.0 + inside[..., 0] * scale, size[1] / 2.0 - inside[..., 1] * scale, depth

    def hides(self, relative_km: F64) -> NDArray[np.bool_]:
        """Points relative to the eye (..., 3) -> whether the Earth stands before them: glsl/horizon.glsl in float64."""
        if self.half_km > 0.0:
            place = self.eye + relative_km
            above = place @ np.array(self.axes[2])
            return np.asarray((above < 0.0) & (np.sum(place**2, axis=-1) - above**2 < EARTH_RADIUS_KM**2))
        along = -relative_km @ self.eye
        square = np.sum(relative_km**2, axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            closest = self.eye + relative_km * (along / square)[..., None]
            inside = np.sum(closest**2, axis=-1) < EARTH_RADIUS_KM**2
        return np.asarray((along > 0.0) & (along < square) & inside)

    def ray(self, x_px: float, y_px: float, size: tuple[int, int]) -> tuple[F64, F64]:
        """Of a pixel: where its ray begins (3,) km and its direction (3,), a unit vector."""
        across, up = (x_px - size[0] / 2.0) * 2.0 / size[1], (size[1] / 2.0 - y_px) * 2.0 / size[1]
        right, upwards, back = self.rotation
        if self.half_km > 0.0:
            return self.eye + self.half_km * (across * right + up * upwards), -back
        direction = self.tan_half * (across * right + up * upwards) - back
        return self.eye, direction / np.linalg.norm(direction)

    def ground(self, x_px: float, y_px: float, size: tuple[int, int]) -> F64 | None:
        """(3,) km TEME: the ground seen at a pixel (a sphere of 6378.137 km), or None."""
        origin, direction = self.ray(x_px, y_px, size)
        along = -float(origin @ direction)
        square = along * along - float(origin @ origin) + EARTH_RADIUS_KM**2
        if square < 0.0 or along - math.sqrt(square) < 0.0:
            return None
        return origin + (along - math.sqrt(square)) * direction

    def clip_from_relative(self, size: tuple[int, int]) -> F64:
        """(4, 4) for column vectors relative to the eye in Earth radii. Perspective: near plane at 0, depth is never
        tested. Orthographic: depth runs from the eye's plane to FAR."""
        if self.half_km <= 0.0:
            return self.clip_from_direction(size)
        projection = np.diag([0.0, EARTH_RADIUS_KM / self.half_km, -2.0 / FAR, 1.0])
        projection[0, 0] = projection[1, 1] * size[1] / size[0]
        projection[2, 3] = -1.0
        return projection @ self._turned()

    def clip_from_direction(self, size: tuple[int, int]) -> F64:
        """(4, 4) in perspective always: for what is so far that parallel rays would show one point of it, the sky."""
        projection = np.zeros((4, 4))
        projection[0, 0] = size[1] / (size[0] * self.tan_half)
        projection[1, 1] = 1.0 / self.tan_half
        projection[3, 2] = -1.0
        return projection @ self._turned()

    def _turned(self) -> F64:
        turned = np.eye(4)
        turned[:3, :3] = self.rotation
        return turned


def looking(lon_rad: float, lat_rad: float) -> tuple[F64, F64]:
    """(direction from the target to the camera (3,), axes (3, 3): rows right, up, back), the frame's z axis up."""
    c, s = math.cos(lat_rad), math.sin(lat_rad)
    back = np.array([c * math.cos(lon_rad), c * math.sin(lon_rad), s])
    right = np.array([-math.sin(lon_rad), math.cos(lon_rad), 0.0])
    return back, np.stack((right, np.cross(back, right), back))


def frame_axes(view: Viewpoint, gmst_rad: float, target_km: F64, velocity_km_s: F64 | None) -> F64:
    """(3, 3) rows: the axes in which a view's angles are counted, TEME. Of a node: x backwards along its path, z up."""
    if view.frame == "earth":
        return rotation_z(gmst_rad)
    if view.frame == "node" and velocity_km_s is not None and np.all(np.isfinite(velocity_km_s)):
        side = np.cross(target_km, velocity_km_s)
        if float(np.linalg.norm(side)) > 1e-6:
            up, y = target_km / np.linalg.norm(target_km), -side / np.linalg.norm(side)
            return np.stack((np.cross(y, up), y, up))
    return np.eye(3)


def pose_of(
    view: Viewpoint,
    gmst_rad: float,
    target_km: F64,
    distance_km: float | None = None,
    velocity_km_s: F64 | None = None,
) -> Pose:
    """The view as a pose. gmst_rad turns an Earth-fixed view; target_km (3,) TEME is what it looks at, and moves with
    velocity_km_s (3,)."""
    distance_km = view.distance_km if distance_km is None else distance_km
    back, axes = looking(math.radians(view.lon_deg), math.radians(view.lat_deg))
    frame = frame_axes(view, gmst_rad, target_km, velocity_km_s)
    axes = rolled(axes @ frame, math.radians(view.roll_deg))
    eye = target_km + distance_km * (back @ frame)
    radius = float(np.linalg.norm(eye))
    if radius < LOWEST * EARTH_RADIUS_KM:  # a low node must not put the eye inside the ground
        eye = eye * (LOWEST * EARTH_RADIUS_KM / max(radius, 1.0))
    tan_half = math.tan(math.radians(view.fov_deg) / 2.0)
    half_km = tan_half * distance_km if view.projection == "orthographic" else 0.0
    return pose_from(eye, axes, tan_half, half_km)


def rolled(axes: F64, angle_rad: float) -> F64:
    """Axes (3, 3) turned about their third; the picture turns clockwise for positive angles."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    return np.stack((c * axes[0] + s * axes[1], c * axes[1] - s * axes[0], axes[2]))


def pose_from(eye_km: F64, axes: F64, tan_half: float, half_km: float) -> Pose:
    """A Pose of arrays."""
    return Pose(_triple(eye_km), tuple(_triple(row) for row in axes), tan_half, half_km)


def _triple(vector: F64) -> Triple:
    return float(vector[0]), float(vector[1]), float(vector[2])
