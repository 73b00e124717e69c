"""What the legend of the ground says, in the window and in pictures; and that legend in a picture."""

from __future__ import annotations

from orbitviz.core.numerals import display_scale, plain
from orbitviz.core.units import with_unit
from orbitviz.scene.ground_heat import HeatGrid
from orbitviz.scene.layers.surface_heat import heat_colours
from orbitviz.scene.pen import Pen
from orbitviz.scene.picture_legend import BAR_HEIGHT, BAR_WIDTH, MARGIN, PAD
from orbitviz.scene.resolve import SceneState

PER_AREA = "per million km²"
ABOVE_PX = 58.0
"""Room for the instant, which stands below it in pictures."""


def heat_texts(heat: HeatGrid) -> tuple[str, str, str, str, str]:
    """(title, low, middle, high with unit, note) of a grid."""
    ends = (heat.low, 0.5 * (heat.low + heat.high), heat.high)
    cell = f"cells of {plain(heat.cell_deg)}°"
    if not heat.per_area:
        scale = display_scale(heat.unit, max(abs(heat.low), abs(heat.high)))
        low, middle, high = (plain(value / scale.factor) for value in ends)
        title = f"{heat.title}, mean of the nodes above"
        return title, low, middle, f"{high} {scale.unit}".rstrip(), cell
    count = heat.unit in ("1", "")
    scale = display_scale("" if count else heat.unit, abs(heat.high))
    low, middle, high = (plain(value / scale.factor) for value in ends)
    unit = "nodes" if count else scale.unit
    total = f"{heat.total:,.0f}" if count else with_unit(heat.total, heat.unit)
    return f"{heat.title} {PER_AREA}", low, middle, f"{high} {unit}", f"{total} in all, {cell}"


def picture_heat(pen: Pen, state: SceneState) -> None:
    """Bottom right, above the instant: what the colours of the ground mean, when there is heat."""
    settings = state.layers.get("surface_heat")
    if state.heat is None or settings is None or not settings.visible:
        return
    title, low, middle, high, note = heat_texts(state.heat)
    colours = heat_colours(settings.colours, state.theme)
    left, bottom = -MARGIN - float(BAR_WIDTH), -MARGIN - ABOVE_PX
    width = max(float(BAR_WIDTH), pen.width(title, 18, "Medium"))
    left -= width - BAR_WIDTH
    bar = bottom - 35.0 - BAR_HEIGHT
    pen.plate((left - PAD, bar - 28.0 - PAD), (width + 2 * PAD, bottom + PAD - (bar - 28.0 - PAD)))
    pen.text((left, bar - 10.0), title, 18, "Medium")
    x0, y0 = pen.at((left, bar))
    across, down = round(BAR_WIDTH * pen.scale), max(2, round(BAR_HEIGHT * pen.scale))
    for x in range(across):
        row = colours[round(x * (len(colours) - 1) / max(across - 1, 1))]
        pen.draw.line((x0 + x, y0, x0 + x, y0 + down - 1), fill=tuple(int(v) for v in row))
    for share, text, anchor in ((0.0, low, "ls"), (0.5, middle, "ms"), (1.0, high, "rs")):
        pen.text((left + share * BAR_WIDTH, bottom - 18.0), text, 14, anchor=anchor)
    pen.text((left, bottom), note, 13, muted=True)
