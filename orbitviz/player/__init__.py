"""The right frame at the right moment. All playback threads live here."""

from orbitviz.player.player import Player
from orbitviz.player.positions import FleetPositions

__all__ = ["FleetPositions", "Player"]
