"""Where the camera is and what it turns with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.session.evented import Evented

NEAREST_KM = 0.01
FARTHEST_KM = 50.0 * EARTH_RADIUS_KM
NARROWEST_DEG, WIDEST_DEG = 5.0, 110.0
Frame = Literal["inertial", "earth", "node"]
RIDES: dict[str, tuple[float, float]] = {"ahead": (0.0, 9.0), "back": (180.0, 9.0), "down": (0.0, 89.5)}
"""Longitude and latitude in a node's own frame of a camera that looks along its velocity, backwards, and down."""


def _shown(default: Any, label: str, text: str, **meta: Any) -> Any:
    """A field with a control in the window: metadata as in a layer's settings."""
    return field(default=default, metadata={"label": label, "text": text, **meta})


@dataclass
class Viewpoint(Evented):
    """An orbiting camera that looks at `target_row` (a node it follows) or at the Earth's centre.

    frame "inertial": angles are right ascension and declination, the Earth turns below the orbits, north is up.
    frame "earth": angles are longitude and latitude, the Earth stands still, north is up.
    frame "node": the camera rides with the node; longitude counts from behind it, latitude from its horizon, and away
    from the Earth is up.
    lon_deg (-180..180) and lat_deg (-90..90) say where the camera is as seen from the target; distance_km is
    from the target; roll_deg turns the picture clockwise. whole_km is the distance at which the whole fleet is in the
    picture. orthographic: without perspective, as large as perspective has it at the target.
    """

    lon_deg: float = 20.0
    lat_deg: float = 18.0
    distance_km: float = 24000.0
    whole_km: float = 24000.0
    fov_deg: float = _shown(
        40.0,
        "Field of view",
        "Height of the picture as an angle",
        unit="deg",
        low=NARROWEST_DEG,
        high=WIDEST_DEG,
        step=1.0,
    )
    frame: Frame = "inertial"
    target_row: int | None = None
    roll_deg: float = 0.0
    projection: Literal["perspective", "orthographic"] = _shown(
        "perspective",
        "Projection",
        "Orthographic: equal lengths look equal, near and far (O)",
        choices=("perspective", "orthographic"),
    )
    reduce_motion: bool = _shown(
        False, "Reduce motion", "The camera jumps where it would fly, and stops where it would run out"
    )

    def orbit(self, d_lon_deg: float, d_lat_deg: float) -> None:
        """Turns round the target; latitude stops short of the poles so that north stays up."""
        self.lon_deg = (self.lon_deg + d_lon_deg + 180.0) % 360.0 - 180.0
        self.lat_deg = min(max(self.lat_deg + d_lat_deg, -89.5), 89.5)

    def roll(self, by_deg: float) -> None:
        """Turns the picture about its middle."""
        self.roll_deg = (self.roll_deg + by_deg + 180.0) % 360.0 - 180.0

    def zoom(self, factor: float) -> None:
        """Distance times `factor`; round the Earth it is the height above the ground that scales."""
        if self.target_row is None:
            height_km = max(self.distance_km - EARTH_RADIUS_KM, 100.0) * factor
            self.distance_km = min(max(height_km, 150.0) + EARTH_RADIUS_KM, FARTHEST_KM)
        else:
            self.distance_km = min(max(self.distance_km * factor, NEAREST_KM), FARTHEST_KM)

    def widen(self, factor: float) -> None:
        """Field of view times `factor`, within its limits."""
        self.fov_deg = min(max(round(self.fov_deg * factor, 1), NARROWEST_DEG), WIDEST_DEG)

    def whole_globe(self) -> None:
        """Back to the whole fleet with north up; angles are kept, those of a ride mean nothing out there."""
        self.update(target_row=None, distance_km=self.whole_km, roll_deg=0.0)
        if self.frame == "node":
            self.update(frame="inertial", lat_deg=18.0)

    def turn_with(self, frame: Literal["inertial", "earth"], gmst_rad: float) -> None:
        """The camera turns with the orbits' frame or with the Earth from now on, and stays where it is."""
        if frame == self.frame:
            return
        if self.frame != "node":
            turned_deg = math.degrees(gmst_rad) * (1.0 if frame == "inertial" else -1.0)
            self.lon_deg = (self.lon_deg + turned_deg + 180.0) % 360.0 - 180.0
        self.frame = frame
