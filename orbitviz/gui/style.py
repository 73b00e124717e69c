"""The style sheet, written with the tokens of the theme. No gradients, no boxes inside boxes."""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from orbitviz.gui.theme import BODY_PX, CAPTION_PX, RADIUS_PX, TILE_PX, Tokens

_SHEET = Template("""
QMainWindow, QDialog { background: $panel; }
QWidget { color: $text; font-size: ${body}px; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }

QMainWindow::separator { background: $line; width: 3px; height: 3px; }
QMainWindow::separator:hover { background: $accent; }
QMainWindow > QTabBar { qproperty-elideMode: ElideNone; background: $panel; }
QMainWindow > QTabBar::tab { padding: 8px 4px; margin: 0 10px; }
QDockWidget { color: $muted; font-size: ${caption}px; font-weight: 500; }
QDockWidget::title { background: $panel; padding: 8px 12px; text-align: left; border-bottom: 1px solid $line; }
QDockWidget > QWidget { background: $panel; }
#TopBar, #CompareBar, #Timeline, #StatusBar, #LeftPanel, #RightPanel { background: $panel; }
#TopBar, #CompareBar { border-bottom: 1px solid $line; }
#Timeline { border-top: 1px solid $line; }
#StatusBar { border-top: 1px solid $line; }
#LeftPanel { border-right: 1px solid $line; }
#RightPanel { border-left: 1px solid $line; }
#Stage { background: $space; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }

QLabel { background: transparent; }
QLabel[role="heading"] { color: $muted; font-size: ${caption}px; font-weight: 500; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${caption}px; }
QLabel[role="tile"] { font-size: ${tile}px; font-weight: 500; }
QLabel[role="title"] { font-weight: 600; }
QLabel[role="accent"] { color: $accent; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="smallwarn"] { color: $warn; font-size: ${caption}px; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="chip"] { background: $raised; color: $muted; border-radius: 4px; padding: 2px 7px;
    font-size: ${caption}px; }
QLabel[role="chip"][kind="recording"] { color: $accent; }
QLabel[role="chip"][kind="busy"] { color: $warn; }

QPushButton { background: $raised; border: 1px solid $line; border-radius: ${radius}px; padding: 5px 12px; }
QPushButton:hover { border-color: $faint; }
QPushButton:pressed { background: $line; }
QPushButton:disabled { color: $faint; }
QPushButton[role="segment"] { padding: 3px 10px; color: $muted; }
QPushButton[role="segment"]:checked { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton:default { background: $accent; color: $on_accent; border-color: $accent; font-weight: 500; }
QPushButton:default:disabled { background: $raised; color: $faint; border-color: $line; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${radius}px; padding: 4px; }
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $line; }
QToolButton:disabled { color: $faint; }
QToolButton:checked { background: $raised; color: $accent; }
QToolButton[role="arrow"]:checked { background: transparent; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolButton::menu-indicator { image: none; }
QPushButton:focus, QToolButton:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:focus { border-color: $accent; }

QComboBox, QLineEdit { background: $background; border: 1px solid $line; border-radius: ${radius}px;
    padding: 4px 8px; min-height: 18px; selection-background-color: $accent; selection-color: $on_accent; }
QComboBox:hover, QLineEdit:hover { border-color: $faint; }
QComboBox:disabled, QLineEdit:disabled { color: $faint; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px; outline: none;
    selection-background-color: $raised; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 4px; }
QComboBox QAbstractItemView::item:selected { background: $raised; color: $text; }

QCheckBox { spacing: 8px; min-height: 20px; }
QCheckBox::indicator { width: 12px; height: 12px; border: 1px solid $faint; border-radius: 3px;
    background: $background; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:hover { border-color: $accent; }

#Found { background: $panel; border: 1px solid $line; border-radius: ${radius}px; padding: 4px; outline: none; }
#Found::item { min-height: 24px; padding: 0 6px; border-radius: 4px; }
#Found::item:selected, #Found::item:hover { background: $raised; color: $text; }

QSlider::groove:horizontal { height: 3px; background: $line; border-radius: 1px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 1px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -5px 0; border-radius: 6px; background: $text; }
QSlider::handle:horizontal:hover { background: $accent; }
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: $faint; }

QTabBar { qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 8px 2px; margin-right: 18px;
    border-bottom: 2px solid transparent; font-size: ${caption}px; font-weight: 500; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:disabled { color: $faint; }

QTreeWidget#CompareTable { background: transparent; border: none; outline: none; font-size: ${caption}px; }
QTreeWidget#CompareTable::item { min-height: 20px; padding: 0 3px; }
QTreeWidget#CompareTable::item:selected { background: $raised; color: $text; }
#CompareTable QHeaderView { background: transparent; }
#CompareTable QHeaderView::section { background: transparent; color: $muted; border: none;
    border-bottom: 1px solid $line; padding: 4px; font-size: ${caption}px; }

QProgressBar { background: $line; border: none; border-radius: 1px; max-height: 3px; min-height: 3px; }
QProgressBar::chunk { background: $accent; border-radius: 1px; }

QScrollBar:vertical { background: transparent; width: 8px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; min-height: 32px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { background: transparent; height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollBar:horizontal { height: 0; }

QMenu { background: $panel; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 10px; border-radius: 4px; }
QMenu::item:selected { background: $raised; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QMenu::icon { padding-left: 8px; }

#Legend, #Caption { background: $overlay; border-radius: ${radius}px; }
#Caption { font-size: ${tile}px; font-weight: 600; }
#Banner { background: $raised; border: 1px solid $line; border-radius: ${radius}px; }
QPlainTextEdit { background: $background; border: 1px solid $line; border-radius: ${radius}px;
    font-family: monospace; font-size: 12px; }
""")


def style_sheet(theme: Tokens) -> str:
    """The sheet for a theme."""
    values = asdict(theme)
    overlay = theme.colour("background", 190)
    values["overlay"] = f"rgba({overlay.red()}, {overlay.green()}, {overlay.blue()}, {overlay.alpha()})"
    return _SHEET.substitute(values, body=BODY_PX, caption=CAPTION_PX, tile=TILE_PX, radius=RADIUS_PX)
