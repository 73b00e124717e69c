"""Which picture of this view: how large, in which look, with which words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from orbitviz.core.errors import OrbitvizError
from orbitviz.gui import dialogs
from orbitviz.gui.widgets import Choice, Switch, label

if TYPE_CHECKING:
    from orbitviz.gui.main_window import MainWindow

LOOKS = {
    "As on the screen": (None, "The look of the window's globe"),
    "Dark": ("dark", "Space as it is: for screens and dark slides"),
    "Light": ("light", "A pale Earth on a pale ground: for light slides"),
    "Print": ("print", "Ink on white, without stars and glow: for paper"),
}
MOST_PIXELS = 8192


@dataclass(frozen=True)
class PictureWish:
    """Size in pixels, the scene's theme (None: as it is), whether legend and time are written in."""

    size: tuple[int, int]
    theme: str | None
    legend: bool


def sizes_of(width: int, height: int) -> dict[str, tuple[int, int]]:
    """What is offered: the view times 1, 2 and 4 as far as pictures go, and two sizes of screens."""
    offered = {}
    for times, words in ((2, "twice"), (1, "as large as"), (4, "four times")):
        size = times * width, times * height
        if max(size) <= MOST_PIXELS:
            offered[f"{size[0]:,} × {size[1]:,}, {words} the view"] = size
    offered["1,920 × 1,080"] = (1920, 1080)
    offered["3,840 × 2,160"] = (3840, 2160)
    return offered


class PictureDialog(QDialog):
    """A few choices, then the file dialog."""

    def __init__(self, width: int, height: int, legend: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Picture of this view")
        self.setMinimumWidth(380)
        self.look, self.size_box = Choice("Look"), Choice("Size")
        for words, (theme, tip) in LOOKS.items():
            self.look.addItem(words, theme)
            self.look.setItemData(self.look.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        for words, size in sizes_of(width, height).items():
            self.size_box.addItem(words, size)
        self.legend = Switch("Legend and time")
        self.legend.setToolTip("What the colours mean, with unit and range, and the instant in UTC")
        self.legend.setChecked(legend)
        grid = QGridLayout()
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label("Look", "muted"), 0, 0)
        grid.addWidget(self.look, 0, 1)
        grid.addWidget(label("Size", "muted"), 1, 0)
        grid.addWidget(self.size_box, 1, 1)
        grid.addWidget(self.legend, 2, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Save).setText("Save…")
        buttons.button(QDialogButtonBox.StandardButton.Save).setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(16)
        layout.addLayout(grid)
        layout.addWidget(buttons)

    @property
    def wish(self) -> PictureWish:
        """What is chosen now."""
        return PictureWish(tuple(self.size_box.currentData()), self.look.currentData(), self.legend.isChecked())


def ask_picture(parent: QWidget, width: int, height: int, legend: bool) -> PictureWish | None:
    """What the person wants, for a view of so many device pixels; None when nothing."""
    dialog = PictureDialog(width, height, legend, parent)
    return dialog.wish if dialog.exec() else None


def save_picture(window: MainWindow) -> None:
    """Asks which picture of this view and where, makes it and says where it is. OrbitvizError: it cannot be written."""
    renderer, document, session = window.renderer, window.session.document, window.session
    if renderer is None or document is None:
        return
    view = window.stage.size() * window.devicePixelRatioF()
    wish = ask_picture(window, view.width(), view.height(), session.stage.legend)
    if wish is None:
        return
    stamp = document.epoch.plus(session.clock.t_s).iso()[:16].replace(":", "")
    path = dialogs.ask_save(window, "Picture of this view", f"orbitviz-{stamp}.png", "Picture (*.png)")
    if not path:
        return
    pixels = renderer.picture(wish.size, caption=session.stage.caption, legend=wish.legend, theme=wish.theme)
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_RGBA8888)
    path = path if Path(path).suffix else f"{path}.png"
    if not image.save(path):
        raise OrbitvizError("the picture must be writable there", "choose another folder", path)
    window.stage.banner.say(f"Saved {path} ({width} × {height})")
