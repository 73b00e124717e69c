"""One layer alone on black, and where places are in the picture, for the tests of the line layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

SIZE = (480, 360)


def state_of(renderer: Any, size: tuple[int, int] = SIZE) -> Any:
    """What the session asks for now, without inertia and flights."""
    renderer.canvas.set_current()
    return renderer._resolve(None, size, 1.0, 5, None)


def layer_of(renderer: Any, name: str) -> Any:
    """A layer by its name."""
    return next(layer for layer in renderer.layers if name == layer.NAME)


def change(renderer: Any, name: str, **values: Any) -> None:
    """Other settings for a layer."""
    session = renderer.session
    session.set_layer(name, replace(session.layers[name], **values))


def alone(renderer: Any, name: str, state: Any = None) -> np.ndarray:
    """(H, W) float brightness 0..255 (highest of r, g, b) of one layer drawn on black."""
    from orbitviz.scene.passes import Target

    state = state_of(renderer) if state is None else state
    layer = layer_of(renderer, name)
    layer.apply(None, state)
    target = Target(state.size)
    target.draw(lambda: layer.draw(state), (0.0, 0.0, 0.0, 1.0))
    pixels = target.read()[..., :3].astype(float).max(axis=2)
    target.delete()
    return pixels


def pixels_at(state: Any, place_km: np.ndarray) -> np.ndarray:
    """(..., 2) x, y of places TEME km (..., 3)."""
    x, y, _ = state.pose.project(place_km - state.pose.eye, state.size)
    return np.stack((x, y), axis=-1)


def brightest_near(pixels: np.ndarray, xy: np.ndarray, reach: int = 1) -> float:
    """Highest brightness within `reach` pixels of a place in the picture."""
    x, y = int(np.floor(xy[0])), int(np.floor(xy[1]))
    return float(pixels[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1].max())
