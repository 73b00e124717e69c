"""The legend of a picture that leaves the program: spread, colours, ticks with unit, what lies outside the range."""

from __future__ import annotations

import numpy as np

from orbitviz.core.distribution import Distribution
from orbitviz.core.frame import MetricInfo
from orbitviz.scene import legend_words as words
from orbitviz.scene.pen import Pen
from orbitviz.scene.resolve import SceneState

MARGIN, PAD, BAR_WIDTH, BAR_HEIGHT, SPREAD_HEIGHT = 40, 14, 320, 10, 34
MOST_CATEGORIES = 12


def picture_legend(pen: Pen, state: SceneState, spread: Distribution | None, nodes: int) -> None:
    """Bottom left: what the colours mean, when nodes are drawn. nodes: of the fleet."""
    if not getattr(state.layers.get("nodes"), "visible", True):
        return
    crowded = words.crowded_of(state.layers)
    info = state.colour.metric
    if crowded == "count":
        texts = ("1", f"{round(words.most_counted(nodes) ** 0.5):,}", f"{words.most_counted(nodes):,.0f}")
        colours = state.colour.count_ramp()
        _bar(pen, words.COUNT_TITLE, colours, texts, [words.note(crowded, nodes)])
    elif info is not None and info.is_category:
        _categories(pen, state, info, spread)
    elif info is not None:
        colour = state.colour
        texts = words.tick_texts(info, colour.low, colour.high, colour.scale)
        notes = [part for part in (words.note(crowded, nodes), words.scale_text(colour.scale)) if part]
        unknown = words.unknown_text(spread)
        lines = [", ".join(notes), *([unknown] if unknown else [])]
        clips = words.clip_texts(spread, colour.low, colour.high)
        heights = _heights(spread, colour.low, colour.high, colour.scale)
        _bar(pen, _capital(info.long_name), colour.ramp(), texts, lines, clips, heights)


def _heights(spread: Distribution | None, low: float, high: float, scale: str) -> np.ndarray | None:
    """(B,) heights 0..1 of the spread along the bar."""
    if spread is None or not low < high:
        return None
    places = np.linspace(0.0, 1.0, BAR_WIDTH // 2 + 1)
    edges = low * (high / low) ** places if scale == "log" else low + places * (high - low)
    counts = spread.histogram(edges)
    return counts / counts.max() if counts.max() > 0.0 else None


def _bar(
    pen: Pen,
    title: str,
    colours: np.ndarray,
    ticks: tuple[str, str, str],
    notes: list[str],
    clips: tuple[str, str] = ("", ""),
    heights: np.ndarray | None = None,
) -> None:
    """Title, spread, bar, ticks, clip marks, notes, from the bottom up."""
    y = -MARGIN + 2.0
    lines = []
    for note in reversed(notes):
        lines.append((y, note))
        y -= 18.0
    clip_y = y
    y -= 18.0 if any(clips) else 0.0
    tick_y = y
    bar_y = tick_y - 17.0 - BAR_HEIGHT
    spread_y = bar_y - 2.0
    title_y = spread_y - (SPREAD_HEIGHT + 10.0 if heights is not None else 10.0)
    width = max(BAR_WIDTH, pen.width(title, 18, "Medium"), *(pen.width(note, 13) for note in notes))
    top = title_y - 18.0 - PAD
    pen.plate((MARGIN - PAD, top), (width + 2 * PAD, -MARGIN + 8.0 + PAD - top))
    pen.text((MARGIN, title_y), title, 18, "Medium")
    if heights is not None:
        _spread(pen, spread_y, colours, heights)
    _colours(pen, bar_y, colours)
    for share, text, anchor in zip((0.0, 0.5, 1.0), ticks, ("ls", "ms", "rs"), strict=True):
        pen.text((MARGIN + share * BAR_WIDTH, tick_y), text, 14, anchor=anchor)
    for side, text in zip((-1, 1), clips, strict=True):
        if text:
            x = MARGIN if side < 0 else MARGIN + BAR_WIDTH
            pen.arrow((x, clip_y - 5.0), side)
            pen.text((x - side * 11, clip_y), text, 13, muted=True, anchor="ls" if side < 0 else "rs")
    for line_y, note in lines:
        pen.text((MARGIN, line_y), note, 13, muted=True)


def _colours(pen: Pen, y: float, colours: np.ndarray) -> None:
    x0, y0 = pen.at((MARGIN, y))
    width, height = round(BAR_WIDTH * pen.scale), max(2, round(BAR_HEIGHT * pen.scale))
    for x in range(width):
        row = colours[round(x * (len(colours) - 1) / max(width - 1, 1))]
        pen.draw.line((x0 + x, y0, x0 + x, y0 + height - 1), fill=tuple(int(v) for v in row))


def _spread(pen: Pen, y: float, colours: np.ndarray, heights: np.ndarray) -> None:
    step = BAR_WIDTH / len(heights)
    for k in np.flatnonzero(heights > 0.0):
        row = colours[round((k + 0.5) / len(heights) * (len(colours) - 1))]
        height = max(1.0, SPREAD_HEIGHT * float(heights[k]))
        pen.box((MARGIN + k * step, y - height), (step, height), tuple(int(v) for v in row))


def _categories(pen: Pen, state: SceneState, info: MetricInfo, spread: Distribution | None) -> None:
    """Swatches with their words and how many nodes wear each."""
    flags = sorted(info.flags.items())
    more = len(flags) - MOST_CATEGORIES
    flags = flags[:MOST_CATEGORIES] if more > 1 else flags
    colours = state.colour.ramp()
    counts = ["" if spread is None else f"{spread.count_of(number):,}" for number, _ in flags]
    lines = [text for _, text in flags] + ([f"and {more} more"] if more > 1 else [])
    title = _capital(info.long_name)
    top = -MARGIN - 24.0 * len(lines)
    room = max((pen.width(text, 15) for text in counts), default=0.0)
    width = max(pen.width(title, 18, "Medium"), 48 + max(pen.width(text, 15) for text in lines) + room)
    pen.plate((MARGIN - PAD, top - 17 - PAD), (width + 2 * PAD, 24 * len(lines) + 22 + 2 * PAD))
    pen.text((MARGIN, top), title, 18, "Medium")
    if more > 1:
        pen.text((MARGIN + 24, -MARGIN), lines[-1], 15, muted=True)
    for index, (number, text) in enumerate(flags):
        y = top + 24 * (index + 1)
        pen.box((MARGIN, y - 12), (14, 12), tuple(int(v) for v in colours[4 * (number % 256)]))
        pen.text((MARGIN + 24, y), text, 15)
        pen.text((MARGIN + width, y), counts[index], 15, muted=True, anchor="rs")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
