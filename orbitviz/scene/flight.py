"""Flight: from the pose that is shown to the one that is wanted, round the Earth and never through it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.scene.pose import Pose, pose_from

F64 = NDArray[np.float64]
SHORTEST_S, LONGEST_S = 0.6, 1.5
HOP = 0.5
"""Earth radii that a flight to the other side of the Earth rises above both its ends."""


@dataclass(frozen=True)
class Flight:
    """start: the pose it left; start_target_km (3,) TEME: what was looked at; duration_s; gone: share of it, 0..1."""

    start: Pose
    start_target_km: F64
    duration_s: float
    gone: float = 0.0

    @classmethod
    def between(cls, start: Pose, start_target_km: F64, goal: Pose, target_km: F64) -> Flight:
        """As long as there is to see: the angle flown round the Earth, and how many times nearer it comes or leaves."""
        angle = _angle(start.eye, goal.eye)
        near_km = max(float(np.linalg.norm(goal.eye - target_km)), 1e-3)
        far_km = max(float(np.linalg.norm(start.eye - target_km)), 1e-3)
        share = min(1.0, angle / math.pi + abs(math.log(far_km / near_km)) / 8.0)
        return cls(start, start_target_km, SHORTEST_S + (LONGEST_S - SHORTEST_S) * share)

    def later(self, dt_s: float) -> Flight | None:
        """The flight dt_s on; None when it has arrived."""
        gone = self.gone + dt_s / self.duration_s
        return Flight(self.start, self.start_target_km, self.duration_s, gone) if gone < 1.0 else None

    def pose(self, goal: Pose, target_km: F64) -> Pose:
        """Where it is; the goal, which looks at target_km, may be moving."""
        s = self.gone * self.gone * (3.0 - 2.0 * self.gone)
        eye0, eye1 = self.start.eye, goal.eye
        # Distances to what is looked at change by equal factors in equal times: the last metres take as long as the
        # first thousand kilometres. Leaving counts from the old target, arriving to the new one.
        leave, arrive = _share(eye0, eye1, self.start_target_km, s), _share(eye0, eye1, target_km, s)
        u = leave + (arrive - leave) * s
        eye = _on_arc(eye0, eye1, u)
        carried = self.start.rotation @ _turn(eye0, eye1, u).T
        towards = target_km - eye
        towards = towards / max(float(np.linalg.norm(towards)), 1e-9)
        look = min(1.0, 1.6 * s)
        look = look * look * (3.0 - 2.0 * look)
        back = _mixed(carried[2], -towards if s > 0.0 else carried[2], look)
        back = _mixed(back, goal.rotation[2], max(0.0, 4.0 * s - 3.0) ** 2)
        axes = _with_up(back, _mixed(carried[1], goal.rotation[1], s), carried[0])
        half_km = goal.half_km
        if half_km > 0.0 and self.start.half_km > 0.0:
            half_km = math.exp((1.0 - s) * math.log(self.start.half_km) + s * math.log(half_km))
        return pose_from(eye, axes, self.start.tan_half + (goal.tan_half - self.start.tan_half) * s, half_km)


def _angle(a: F64, b: F64) -> float:
    return math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


def _share(eye0: F64, eye1: F64, target: F64, s: float) -> float:
    """Share of the way done when the distance to `target` has changed by the power s of its whole factor."""
    first, last = (max(float(np.linalg.norm(eye - target)), 1e-4) for eye in (eye0, eye1))
    if abs(math.log(last / first)) < 1e-3:
        return s
    return (first * math.exp(s * math.log(last / first)) - first) / (last - first)


def _on_arc(eye0: F64, eye1: F64, u: float) -> F64:
    """A place between two, both directions and heights in between, and higher where the way is long."""
    r0, r1 = float(np.linalg.norm(eye0)), float(np.linalg.norm(eye1))
    angle = _angle(eye0, eye1)
    r = r0 + (r1 - r0) * u + HOP * EARTH_RADIUS_KM * (angle / math.pi) * math.sin(math.pi * u) ** 2
    if angle * max(r0, r1) < 100.0:  # so short an arc is a straight line, and exact at both its ends
        return eye0 + (eye1 - eye0) * u
    return _turn(eye0, eye1, u) @ (eye0 / r0) * r


def _turn(a: F64, b: F64, u: float) -> F64:
    """(3, 3) the share u of the shortest rotation that takes the direction of a to that of b."""
    axis = np.cross(a, b)
    length = float(np.linalg.norm(axis))
    if length < 1e-9 * float(np.linalg.norm(a)) * float(np.linalg.norm(b)):
        if float(a @ b) >= 0.0:
            return np.eye(3)
        axis = np.cross(a, [0.0, 0.0, 1.0] if abs(a[2]) < 0.9 * np.linalg.norm(a) else [1.0, 0.0, 0.0])
        length = float(np.linalg.norm(axis))
    x, y, z = axis / length
    angle = u * _angle(a, b)
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + math.sin(angle) * k + (1.0 - math.cos(angle)) * (k @ k))


def _mixed(a: F64, b: F64, u: float) -> F64:
    """A unit vector between two."""
    return _turn(a, b, u) @ a


def _with_up(back: F64, up: F64, right: F64) -> F64:
    """Axes (3, 3) that look along -back with `up` upwards; `right` serves where the two are parallel."""
    across = np.cross(up, back)
    across = right - back * float(right @ back) if float(np.linalg.norm(across)) < 1e-6 else across
    across = across / np.linalg.norm(across)
    return np.stack((across, np.cross(back, across), back))
