"""The Earth's pictures, decoded on a thread while the window opens."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from orbitviz.core.assets import asset_path

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def _decode() -> Pictures:
    """(day with water as alpha (H, W, 4), city lights (H, W)), uint8; north at the top, longitude -180 at the left."""
    with Image.open(asset_path("earth_day.jpg")) as picture:
        day = np.asarray(picture.convert("RGB"))
    with Image.open(asset_path("earth_water.png")) as picture:
        size = (day.shape[1], day.shape[0])
        water = np.asarray(picture.convert("L").resize(size, Image.Resampling.BILINEAR))
    with Image.open(asset_path("earth_night.jpg")) as picture:
        night = np.asarray(picture.convert("L"))
    return np.dstack((day, water)), night


@cache
def earth_pictures() -> Future[Pictures]:
    """The decoding, begun at the first call."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="orbitviz pictures")
    future = pool.submit(_decode)
    pool.shutdown(wait=False)
    return future
