"""One picture from its layers: background, nodes, resolved over it, overlays. What did not change is kept."""

from __future__ import annotations

from collections.abc import Sequence

from orbitviz.scene.layer import Layer
from orbitviz.scene.layers.globe import sphere_box
from orbitviz.scene.layers.nodes import NodesLayer
from orbitviz.scene.passes import Passes
from orbitviz.scene.resolve import SceneState
from orbitviz.scene.themes import THEMES


class Composer:
    """Draws states into targets, with the layers that lie in the context."""

    def __init__(self, layers: Sequence[Layer], nodes: NodesLayer) -> None:
        self.layers, self.nodes = layers, nodes

    def draw(self, passes: Passes, old: SceneState | None, state: SceneState) -> bool:
        """Draws `state`, of which `old` is in the targets already; whether all nodes of the level were drawn anew."""
        if passes.resize(state.size):
            old = None
        for layer in self.layers:
            layer.apply(old, state)
        if state.differs(old, "size", "pose", "sky", "theme", "hidden", "heat_key") or self._settings_differ(
            old, state, "background"
        ):
            passes.background.draw(lambda: self._stage("background", state), THEMES[state.theme].space)
        passes.compact, passes.highlight = self.nodes.compact(state), state.highlighting
        passes.glow = self.nodes.glow(state) > 0.0
        whole = state.differs(old, "size", "pose", "sky", "frames", "keys", "chosen") or self._values_differ(old, state)
        # A picture that is only refined is added to: sums and counts are what they would be drawn at once.
        self.nodes.since = 0 if whole or old is None or old.level > state.level else old.level
        if whole or state.differs(old, "level"):
            passes.nodes.draw(lambda: self._stage("nodes", state), None if self.nodes.since else (0, 0, 0, 0))
        self.nodes.set_resolve(state, passes.resolve)

        def over() -> None:
            passes.run_resolve(sphere_box(state, self.nodes.reach))
            self._stage("overlay", state)
            self.nodes.draw_close(state)
            self._stage("top", state)

        passes.picture.draw(over, None)
        return whole

    def _stage(self, stage: str, state: SceneState) -> None:
        for layer in self.layers:
            if stage == layer.STAGE:
                layer.draw(state)

    def _settings_differ(self, old: SceneState | None, new: SceneState, stage: str) -> bool:
        names = [layer.NAME for layer in self.layers if stage == layer.STAGE]
        return old is None or any(old.settings(name) != new.settings(name) for name in names)

    def _values_differ(self, old: SceneState | None, new: SceneState) -> bool:
        """A colour range or map is the resolve pass's business; another metric or another look is not."""
        return self._settings_differ(old, new, "nodes") or old is None or old.colour.metric != new.colour.metric
