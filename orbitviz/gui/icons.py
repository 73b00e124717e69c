"""Icons: one-stroke SVG files, tinted with a colour of the theme. A missing file gives an empty icon, no error."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from orbitviz.core.assets import asset_path
from orbitviz.core.errors import OrbitvizError
from orbitviz.gui.theme import tokens


def icon(name: str, token: str = "text", px: int = 16) -> QIcon:
    """The icon `name` in the colour of a token; disabled ones are faint."""
    theme = tokens()
    result = QIcon(_pixmap(name, getattr(theme, token), px))
    result.addPixmap(_pixmap(name, theme.faint, px), QIcon.Mode.Disabled)
    return result


def app_icon() -> QIcon:
    """The program's own icon in all its sizes."""
    result = QIcon()
    for px in (16, 24, 32, 48, 64, 128, 256):
        try:
            result.addFile(str(asset_path(f"icons/app/orbitviz-{px}.png")))
        except OrbitvizError:
            continue
    return result


def pixmap(name: str, token: str = "text", px: int = 16) -> QPixmap:
    """The same as a picture, drawn at twice the size so that dense screens stay sharp."""
    return _pixmap(name, getattr(tokens(), token), px)


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, px: int) -> QPixmap:
    scale = 2
    result = QPixmap(px * scale, px * scale)
    result.fill(Qt.GlobalColor.transparent)
    try:
        text = asset_path(f"icons/{name}.svg").read_text(encoding="utf-8")
    except (OrbitvizError, OSError):
        return result
    # "currentColor" is the stroke of every icon of the set.
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, px * scale, px * scale))
    painter.end()
    result.setDevicePixelRatio(scale)
    return result
