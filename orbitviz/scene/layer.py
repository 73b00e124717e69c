"""Layer: one thing in the picture. Its Settings are a frozen dataclass; their metadata make the panel in the GUI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, ClassVar

from orbitviz.core.document import Document
from orbitviz.scene.gpu_store import GpuStore
from orbitviz.scene.resolve import SceneState

STAGES = ("background", "nodes", "overlay", "top")
"""background: under the nodes, kept while camera and time stand still; nodes: accumulated; overlay: drawn over them,
below those that the processor places; top: over all."""


def setting(default: Any, label: str, text: str = "", **meta: Any) -> Any:
    """A field of a layer's Settings. meta: unit, low, high, step (a slider), choices (a combo box)."""
    return field(default=default, metadata={"label": label, "text": text, **meta})


class Layer:
    """Base of the layers. open() when another document is shown, apply() before a draw when the state differs, draw().

    apply() and draw() run with the context current. A layer that shows nothing returns at once.
    """

    NAME: ClassVar[str] = ""
    TITLE: ClassVar[str] = ""
    STAGE: ClassVar[str] = "overlay"
    Settings: ClassVar[Any] = None

    def __init__(self, store: GpuStore) -> None:
        self.store = store
        self.note = ""
        """What it does not draw, and why; said in the status bar."""

    def open(self, document: Document | None) -> None:
        """Another document: forget what belongs to the old one."""

    def join(self, layers: Sequence[Layer]) -> None:
        """All layers exist: one that draws with another's places keeps it."""

    def apply(self, old: SceneState | None, new: SceneState) -> None:
        """Bring uniforms and uploads to `new`; `old` is what was applied last."""

    def draw(self, state: SceneState) -> None:
        """Issue the draw calls into the target that is active."""
