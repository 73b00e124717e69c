"""Puts the heat on the ground into states of the scene, of whichever document is open."""

from __future__ import annotations

from dataclasses import replace

from orbitviz.core.document import Document
from orbitviz.player import FleetPositions, Player
from orbitviz.scene.ground_heat import GroundHeat, HeatGrid
from orbitviz.scene.resolve import SceneState


class HeatSource:
    """`grid`: what the last state shows on the ground; None: nothing, or nothing yet."""

    def __init__(self) -> None:
        self.grid: HeatGrid | None = None
        self._heat: GroundHeat | None = None
        self._own: FleetPositions | None = None

    def open(
        self, document: Document | None, player: Player | None, positions: FleetPositions | None, by_states: bool
    ) -> None:
        """Another document. positions: the caller's to close; None: its own are made. by_states: some nodes are where
        the recording says, not where elements do."""
        self.close()
        if document is None:
            return
        if positions is None:
            positions = self._own = FleetPositions(document.fleet)
        if player is not None and by_states:
            positions.recorded = player.states
        self._heat = GroundHeat(document, player, positions)

    def into(self, state: SceneState) -> SceneState:
        """The state with what is on the ground, when that is shown. Never waits."""
        settings = state.settings("surface_heat")
        if self._heat is None or not settings.visible:
            self.grid = None
            return state
        colour = state.colour
        self.grid = self._heat.at(settings, colour.metric, (colour.low, colour.high), state.bracket, state.t_s)
        key = () if self.grid is None else self.grid.key
        return replace(state, heat=self.grid, heat_key=key, heat_note=self._heat.note)

    def settled(self, state: SceneState) -> SceneState:
        """As into(), waiting for the grid of the very instant: for pictures."""
        if self._heat is not None and state.settings("surface_heat").visible:
            self._heat.wait(lambda: self.into(state).heat)
        return self.into(state)

    def close(self) -> None:
        """Ends its own thread, if there is one."""
        if self._own is not None:
            self._own.close()
        self.grid = self._heat = self._own = None
