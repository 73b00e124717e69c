"""Where the camera is and what it turns with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.session.evented import Evented

NEAREST_KM = 0.05
FARTHEST_KM = 50.0 * EARTH_RADIUS_KM


@dataclass
class Viewpoint(Evented):
    """An orbiting camera that looks at `target_row` (a node it follows) or at the Earth's centre, north up.

    frame "inertial": angles are right ascension and declination, the Earth turns below the orbits.
    frame "earth": angles are longitude and latitude, the Earth stands still.
    lon_deg (-180..180) and lat_deg (-90..90) say where the camera is as seen from the target; distance_km is
    from the target. whole_km is the distance at which the whole fleet is in the picture.
    """

    lon_deg: float = 20.0
    lat_deg: float = 18.0
    distance_km: float = 24000.0
    whole_km: float = 24000.0
    fov_deg: float = 40.0
    frame: Literal["inertial", "earth"] = "inertial"
    target_row: int | None = None

    def orbit(self, d_lon_deg: float, d_lat_deg: float) -> None:
        """Turns round the target; latitude stops short of the poles so that north stays up."""
        self.lon_deg = (self.lon_deg + d_lon_deg + 180.0) % 360.0 - 180.0
        self.lat_deg = min(max(self.lat_deg + d_lat_deg, -89.5), 89.5)

    def zoom(self, factor: float) -> None:
        """Distance times `factor`; round the Earth it is the height above the ground that scales."""
        if self.target_row is None:
            height_km = max(self.distance_km - EARTH_RADIUS_KM, 100.0) * factor
            self.distance_km = min(max(height_km, 150.0) + EARTH_RADIUS_KM, FARTHEST_KM)
        else:
            self.distance_km = min(max(self.distance_km * factor, NEAREST_KM), FARTHEST_KM)

    def whole_globe(self) -> None:
        """Back to the whole fleet, angles kept."""
        self.update(target_row=None, distance_km=self.whole_km)

    def turn_with(self, frame: Literal["inertial", "earth"], gmst_rad: float) -> None:
        """The camera turns with the orbits' frame or with the Earth from now on, and stays where it is."""
        if frame != self.frame:
            turned_deg = math.degrees(gmst_rad) * (1.0 if frame == "inertial" else -1.0)
            self.frame = frame
            self.lon_deg = (self.lon_deg + turned_deg + 180.0) % 360.0 - 180.0
