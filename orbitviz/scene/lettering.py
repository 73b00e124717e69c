"""Words on a picture that leaves the program: caption, legend with unit and range, UTC."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from orbitviz.core.distribution import Distribution
from orbitviz.scene.heat_words import picture_heat
from orbitviz.scene.pen import INKS, Pen
from orbitviz.scene.picture_legend import MARGIN, PAD, picture_legend
from orbitviz.scene.resolve import SceneState


def letter(
    pixels: NDArray[np.uint8],
    state: SceneState,
    caption: str,
    legend: bool,
    spread: Distribution | None = None,
    nodes: int = 0,
) -> NDArray[np.uint8]:
    """(H, W, 4) -> the same with the words written in. spread: of the shown values; nodes: of the fleet."""
    image = Image.fromarray(pixels, "RGBA")
    over = Image.new("RGBA", image.size, (0, 0, 0, 0))
    pen = Pen(ImageDraw.Draw(over), over.size, max(0.55, over.size[1] / 1080.0), INKS[state.theme])
    if caption:
        pen.text((MARGIN, MARGIN), caption, 30, "SemiBold")
    if legend:
        instant = state.epoch.plus(state.t_s).iso().replace("T", " ").replace("Z", " UTC")
        width = pen.width(instant, 17)
        pen.plate((-MARGIN - width - PAD, -MARGIN - 17 - PAD + 2), (width + 2 * PAD, 17 + 2 * PAD))
        pen.text((-MARGIN, -MARGIN), instant, 17, anchor="rs")
        picture_legend(pen, state, spread, nodes)
        picture_heat(pen, state)
    return np.asarray(Image.alpha_composite(image, over))
