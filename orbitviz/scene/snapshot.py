"""Pictures without a window: render() draws through the same renderer on an EGL surface and writes a PNG (or JPEG)."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from orbitviz import api
from orbitviz.core.document import Document
from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.player import Player
from orbitviz.scene.canvas import open_offscreen
from orbitviz.scene.framing import first_view
from orbitviz.scene.renderer import Renderer
from orbitviz.scene.themes import THEMES
from orbitviz.session.session import Session

MOST_PIXELS = 8192
RIDE_FROM = (35.0, 14.0)
"""Degrees beside a node's path and above its horizon from which `node` is seen."""
SUFFIXES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def render(
    what: Document | str | Path,
    out: str | Path,
    *,
    time: str | float | None = None,
    size: tuple[int, int] = (1920, 1080),
    metric: str | None = None,
    layers: Mapping[str, Mapping[str, Any]] | None = None,
    camera: tuple[float, float, float] | None = None,
    node: tuple[int, float] | None = None,
    caption: str = "",
    legend: bool = True,
    theme: str = "dark",
) -> Path:
    """Draws `what` (a document, a preset's name, a file) into `out` (.png, .jpg) and returns its path; needs no screen.

    time: ISO text in UTC or seconds from the epoch; metric: its name; layers: settings by layer, as
    {"borders": {"visible": True}}; camera: latitude and longitude (degrees) it stands over and its distance from the
    Earth's centre (km), turning with the Earth; node: a row, which is selected, and how far behind it (km) the camera
    rides, in place of `camera`; theme: dark, light or print (ink on white). Raises OrbitvizError
    (CannotDrawError without OpenGL).
    """
    out = Path(out)
    _check(out, size, theme)
    document = what if isinstance(what, Document) else api.open(what)
    session = Session()
    session.open(document)
    canvas = open_offscreen((64, 64))
    try:
        renderer = Renderer(session, canvas)
        _choose(session, document, time, metric, layers, camera)
        if node is not None:
            _ride(session, *node)
        player = Player(document.recording) if document.is_recorded and document.recording is not None else None
        renderer.open(document, player)
        pixels = renderer.picture(size, caption=caption, legend=legend, theme=theme)
        renderer.close()
        if player is not None:
            player.close()
    finally:
        canvas.close()
    save_picture(out, pixels)
    return out


def save_picture(out: Path, pixels: NDArray[np.uint8]) -> None:
    """Writes (H, W, 4) uint8 as the file's suffix says; raises OrbitvizError when it cannot be written.

    The file takes its name when it is whole: a full disk leaves the picture that was there before.
    """
    part = out.with_name(f".{out.stem}.part{out.suffix}")
    try:
        Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(part, SUFFIXES[out.suffix.lower()], quality=92)
        part.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        reason = error.strerror or str(error)
        raise OrbitvizError(f"the picture must be writable, {reason}", "choose another folder", out) from None


def _check(out: Path, size: tuple[int, int], theme: str) -> None:
    if theme not in THEMES:
        raise OrbitvizError(f"a theme must be one of {', '.join(THEMES)}, got '{theme}'", "choose one of them")
    if out.suffix.lower() not in SUFFIXES:
        raise OrbitvizError(f"a picture must end in .png or .jpg, got '{out.name}'", "rename it", out)
    if not all(16 <= side <= MOST_PIXELS for side in size):
        raise OrbitvizError(
            f"a picture's sides must be 16 to {MOST_PIXELS} pixels, got {size[0]} x {size[1]}", "resize"
        )


def _choose(
    session: Session,
    document: Document,
    time: str | float | None,
    metric: str | None,
    layers: Mapping[str, Mapping[str, Any]] | None,
    camera: tuple[float, float, float] | None,
) -> None:
    """What the caller asked for, into the session."""
    if time is not None:
        t_s = Epoch.parse(time).seconds_since(document.epoch) if isinstance(time, str) else float(time)
        session.clock.seek(t_s)
    if metric is not None:
        if metric not in document.metrics:
            known = ", ".join(document.metrics)
            raise OrbitvizError(f"the metric must be one of {known}, got '{metric}'", "choose one of them")
        session.choose_metric(metric)
    for name, values in (layers or {}).items():
        _set_layer(session, name, values)
    if camera is None:
        session.view.update(**first_view(document, session.clock.t_s, session.view))
    else:
        lat_deg, lon_deg, distance_km = camera
        session.view.update(frame="earth", lat_deg=lat_deg, lon_deg=lon_deg, distance_km=distance_km)


def _ride(session: Session, row: int, distance_km: float) -> None:
    count = 0 if session.document is None else len(session.document.fleet)
    if not 0 <= row < count:
        raise OrbitvizError(f"the node must be a row from 0 to {count - 1:,}, got {row:,}", "choose one of them")
    session.selection.row = row
    session.view.update(
        frame="node", target_row=row, lon_deg=RIDE_FROM[0], lat_deg=RIDE_FROM[1], distance_km=distance_km
    )


def _set_layer(session: Session, name: str, values: Mapping[str, Any]) -> None:
    if name not in session.layers:
        raise OrbitvizError(f"a layer must be one of {', '.join(session.layers)}, got '{name}'", "choose one of them")
    settings = session.layers[name]
    known = {item.name for item in fields(settings)}
    for key in values:
        if key not in known:
            raise OrbitvizError(f"layer '{name}' must be set by {', '.join(sorted(known))}, got '{key}'", "correct it")
    session.set_layer(name, replace(settings, **values))
