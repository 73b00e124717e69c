"""The right frame at the right moment. All playback threads live here."""

from orbitviz.player.player import Player

__all__ = ["Player"]
