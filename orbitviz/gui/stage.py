"""The middle of the window: the globe, never reparented, and the few things that lie over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from orbitviz.gui.banner import Banner
from orbitviz.gui.bind import Bindings
from orbitviz.gui.heat_legend import HeatLegend
from orbitviz.gui.icons import pixmap
from orbitviz.gui.legend import Legend
from orbitviz.gui.numbers import sentence
from orbitviz.gui.widgets import label
from orbitviz.session import Session

if TYPE_CHECKING:
    from orbitviz.scene.ground_heat import HeatGrid

EDGE_PX = 16


class Stage(QWidget):
    """Globe below, legend bottom left, caption top left as in pictures, banner and progress line at the top."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("Stage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(320, 240)
        self._session = session
        self.globe: QWidget | None = None
        self.notice = QWidget(self)
        self.legend = Legend(session, self)
        self.heat = HeatLegend(self)
        self.caption = label("")
        self.caption.setParent(self)
        self.caption.setObjectName("Caption")
        self.caption.setWordWrap(True)
        self.caption.setMargin(10)
        self.line = QProgressBar(self)
        self.line.setTextVisible(False)
        self.line.hide()
        self.line_text = label("", "small")
        self.line_text.setParent(self)
        self.line_text.hide()
        self.line_stop = QPushButton("Stop", self)
        self.line_stop.setToolTip("Do not open this file")
        self.line_stop.hide()
        self.banner = Banner(self)
        self.banner.moved.connect(self._arrange)
        self.legend.resized.connect(self._arrange)
        self.heat.resized.connect(self._arrange)
        self.notice.hide()
        bindings = Bindings(self)
        bindings.on(session.stage.events.caption, self._show_caption)
        bindings.on(session.stage.events.legend, self.legend.refresh)
        self._show_caption()

    def set_globe(self, globe: QWidget) -> None:
        """The canvas' widget, which was made with this stage as its parent and stays there."""
        self.globe = globe
        globe.lower()
        globe.setAccessibleName("Globe")
        self._arrange()

    def say_no_globe(self, reason: str, hint: str) -> None:
        """What is seen instead of the globe when there is no OpenGL."""
        layout = QVBoxLayout(self.notice)
        layout.setSpacing(8)
        picture = QLabel()
        picture.setPixmap(pixmap("globe", "faint", 48))
        for widget in (
            picture,
            label("The globe cannot be drawn here", "tile"),
            label(sentence(reason), "muted"),
            label(sentence(hint), "muted"),
        ):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            if isinstance(widget, QLabel) and widget.text():
                widget.setWordWrap(True)
            layout.addWidget(widget)
        self.notice.show()
        self._arrange()

    def show_line(self, text: str, stops: bool = False) -> None:
        """A thin line at the top while something is being read; empty text takes it away. stops: a button beside it
        (line_stop) gives up."""
        self.line.setRange(0, 0)
        self.line.setVisible(bool(text))
        self.line_text.setText(text)
        self.line_text.setVisible(bool(text))
        self.line_stop.setVisible(bool(text) and stops)
        self._arrange()

    def show_heat(self, heat: HeatGrid | None) -> None:
        """What is on the ground now, or None: its legend follows."""
        settings = self._session.layers.get("surface_heat")
        shown = heat if settings is not None and self._session.stage.legend else None
        self.heat.show_heat(shown, settings.colours if settings is not None else "", self._session.stage.theme)

    def _show_caption(self) -> None:
        self.caption.setText(self._session.stage.caption)
        self.caption.setVisible(bool(self._session.stage.caption))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything keeps its corner."""
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.width(), self.height()
        if self.globe is not None and self.globe.geometry() != self.rect():
            self.globe.setGeometry(self.rect())
        self.line.setGeometry(0, 0, width, 3)
        self.line_text.adjustSize()
        self.line_stop.adjustSize()
        # The text stands in the middle of the button's height, whether the button is there or not.
        self.line_text.move(EDGE_PX, 10 + max(0, self.line_stop.height() - self.line_text.height()) // 2)
        self.line_stop.move(self.line_text.geometry().right() + 12, 10)
        self.legend.adjustSize()
        self.legend.move(EDGE_PX, height - self.legend.height() - EDGE_PX)
        below = self.legend.y() if self.legend.isVisibleTo(self) else height - EDGE_PX + 8
        self.heat.move(EDGE_PX, below - self.heat.height() - 8)
        banner_width = min(width - 2 * EDGE_PX, 640)
        self.banner.setGeometry(
            QRect((width - banner_width) // 2, EDGE_PX, banner_width, max(self.banner.heightForWidth(banner_width), 40))
        )
        self._place_caption(width)
        notice_width = min(width - 2 * EDGE_PX, 560)
        self.notice.setGeometry((width - notice_width) // 2, height // 2 - 120, notice_width, 240)

    def _place_caption(self, width: int) -> None:
        natural = self.caption.fontMetrics().horizontalAdvance(self.caption.text()) + 2 * self.caption.margin() + 8
        caption_width = min(natural, width - 2 * EDGE_PX)
        # A banner is there for a while only: the caption makes room for it.
        top = self.banner.geometry().bottom() + EDGE_PX // 2 if self.banner.isVisibleTo(self) else EDGE_PX
        self.caption.setGeometry(EDGE_PX, top, caption_width, self.caption.heightForWidth(caption_width))
