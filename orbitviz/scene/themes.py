"""The scene's themes: dark (space as it is), light (a pale ground beside a light window), print (ink on paper)."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[float, float, float]
Rgba = tuple[float, float, float, float]


@dataclass(frozen=True)
class SceneTheme:
    """space: what is behind everything. sky: whether stars, Sun and air are drawn. paper: 0 the Earth as it looks, else
    a pale map of it, 1 in colour, 2 in grey. Lines: coasts, borders, graticule, between
    day and night (with opacity), links, the selected
    node's orbit and ground track, its ring. All sRGB 0..1."""

    space: Rgba
    sky: bool
    paper: float
    coast: Rgba
    border: Rgba
    graticule: Rgba
    night_line: Rgba
    link: Rgb
    orbit: Rgb
    track: Rgb
    accent: Rgb


THEMES = {
    "dark": SceneTheme(
        space=(0.012, 0.014, 0.022, 1.0),
        sky=True,
        paper=0.0,
        coast=(0.80, 0.88, 0.96, 0.44),
        border=(0.88, 0.88, 0.84, 0.40),
        graticule=(0.70, 0.82, 0.95, 0.17),
        night_line=(1.0, 0.72, 0.42, 0.60),
        link=(0.34, 0.66, 0.96),
        orbit=(0.42, 0.80, 1.0),
        track=(1.0, 0.83, 0.55),
        accent=(0x4C / 255.0, 0xC2 / 255.0, 1.0),
    ),
    "light": SceneTheme(
        space=(0.933, 0.945, 0.965, 1.0),
        sky=False,
        paper=1.0,
        coast=(0.20, 0.27, 0.36, 0.50),
        border=(0.30, 0.30, 0.34, 0.42),
        graticule=(0.25, 0.33, 0.43, 0.20),
        night_line=(0.72, 0.38, 0.05, 0.75),
        link=(0.10, 0.40, 0.70),
        orbit=(0.04, 0.36, 0.68),
        track=(0.66, 0.36, 0.02),
        accent=(0x0B / 255.0, 0x6F / 255.0, 0xB3 / 255.0),
    ),
    "print": SceneTheme(
        space=(1.0, 1.0, 1.0, 1.0),
        sky=False,
        paper=2.0,
        coast=(0.15, 0.15, 0.15, 0.50),
        border=(0.25, 0.25, 0.25, 0.42),
        graticule=(0.25, 0.25, 0.25, 0.20),
        night_line=(0.0, 0.0, 0.0, 0.70),
        link=(0.25, 0.25, 0.25),
        orbit=(0.0, 0.0, 0.0),
        track=(0.45, 0.25, 0.0),
        accent=(0.0, 0.0, 0.0),
    ),
}
