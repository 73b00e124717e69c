"""A window with what belongs to it, and settings with one field of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from orbitviz.core.document import Document
from orbitviz.gui.main_window import MainWindow
from orbitviz.player import Player
from orbitviz.session import Session


@dataclass(frozen=True)
class GlobeSettings:
    visible: bool = field(default=True, metadata={"label": "Earth"})
    borders: bool = field(default=False, metadata={"label": "Borders", "text": "Coasts and borders"})
    lights: float = field(
        default=1.0, metadata={"label": "City lights", "unit": "1", "low": 0.0, "high": 2.0, "step": 0.1}
    )
    projection: str = field(default="globe", metadata={"label": "Projection", "choices": ("globe", "flat")})
    secret: int = 3


@dataclass
class Desk:
    """A window with what belongs to it."""

    session: Session
    window: MainWindow
    player: Player | None = None

    def open(self, opened: Document) -> None:
        """As the application does it."""
        old = self.player
        self.player = Player(opened.recording) if opened.recording is not None else None
        self.session.open(opened)
        self.window.show_document(self.player)
        if old is not None:
            old.close()
