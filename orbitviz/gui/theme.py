"""The one table of colours and sizes. It feeds the Qt palette, the style sheet, the icons and everything painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from orbitviz.core.assets import asset_path
from orbitviz.core.errors import OrbitvizError

BODY_PX, CAPTION_PX, TILE_PX = 13, 11, 20
RADIUS_PX = 6
TOP_PX, STATUS_PX, TIMELINE_PX, LEFT_PX, RIGHT_PX = 40, 24, 96, 280, 320
FONT_FAMILY = "Inter"
_FONT_FILES = ("Inter-Regular.ttf", "Inter-Medium.ttf", "Inter-SemiBold.ttf")


@dataclass(frozen=True)
class Tokens:
    """Colours by what they are for; every text colour has at least 4.5:1 on `panel`."""

    name: str
    space: str
    background: str
    panel: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str

    def colour(self, token: str, alpha: int = 255) -> QColor:
        """The colour of a token, with an alpha of 0..255."""
        result = QColor(getattr(self, token))
        result.setAlpha(alpha)
        return result


DARK = Tokens(
    name="dark",
    space="#000000",
    background="#0b0e14",
    panel="#12161f",
    raised="#1a2030",
    line="#232b3b",
    text="#dbe2ee",
    muted="#8d98ab",
    faint="#566176",
    accent="#4cc2ff",
    on_accent="#06131c",
    good="#7bd88f",
    warn="#ffb454",
    bad="#ff6b6b",
)
LIGHT = Tokens(
    name="light",
    space="#eef1f6",
    background="#eef1f6",
    panel="#ffffff",
    raised="#e9edf4",
    line="#d2d9e4",
    text="#18202e",
    muted="#566176",
    faint="#98a3b5",
    accent="#0b6fb3",
    on_accent="#ffffff",
    good="#1c7a37",
    warn="#915500",
    bad="#c02626",
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
_current = DARK


def tokens() -> Tokens:
    """The theme in use."""
    return _current


def apply_theme(app: QApplication, theme: Tokens = DARK) -> None:
    """Fusion, palette, font and the one style sheet."""
    global _current
    from orbitviz.gui.style import style_sheet

    _current = theme
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setFont(_load_font())
    app.setStyleSheet(style_sheet(theme))


def _palette(theme: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: "panel",
        role.WindowText: "text",
        role.Base: "background",
        role.AlternateBase: "raised",
        role.Text: "text",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "bad",
        role.Highlight: "accent",
        role.HighlightedText: "on_accent",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.PlaceholderText: "muted",
        role.Link: "accent",
        role.Mid: "line",
        role.Dark: "line",
        role.Light: "raised",
    }
    for which, token in colours.items():
        palette.setColor(which, theme.colour(token))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, theme.colour("faint"))
    return palette


def _load_font() -> QFont:
    """Inter from the shipped files; the system's own font when they are missing."""
    for name in _FONT_FILES:
        try:
            QFontDatabase.addApplicationFont(str(asset_path(f"fonts/{name}")))
        except OrbitvizError:
            break
    font = QFont(FONT_FAMILY) if FONT_FAMILY in QFontDatabase.families() else QFont()
    font.setPixelSize(BODY_PX)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font


def font(px: int = BODY_PX, weight: QFont.Weight = QFont.Weight.Normal, tabular: bool = False) -> QFont:
    """The window's font in another size; `tabular` gives every digit the same width."""
    result = QFont(QApplication.font())
    result.setPixelSize(px)
    result.setWeight(weight)
    if tabular and hasattr(result, "setFeature"):  # Qt 6.7 and later
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


def caption_font() -> QFont:
    """11 px, letter-spaced: for headings written in capitals."""
    result = font(CAPTION_PX, QFont.Weight.Medium)
    result.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.8)
    return result
