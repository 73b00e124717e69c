"""What the camera's actions do: the session's view is changed, the renderer flies where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orbitviz.core.epoch import gmst_rad

if TYPE_CHECKING:
    from orbitviz.gui.main_window import MainWindow

STEP_DEG = 10.0
ROLL_DEG = 5.0


class Pilot:
    """The camera as keys and menus steer it."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def push(self, right: float, up: float) -> None:
        """W, A, S, D: round what the camera looks at, in steps of ten degrees."""
        renderer, view = self._window.renderer, self._window.session.view
        if renderer is not None:
            renderer.camera.push(STEP_DEG * right, STEP_DEG * up)
        else:
            view.orbit(STEP_DEG * right, STEP_DEG * up)

    def zoom(self, notches: float) -> None:
        """Plus and minus."""
        renderer = self._window.renderer
        if renderer is not None:
            renderer.camera.wheel(1.25 * notches)
        else:
            self._window.session.view.zoom(0.8**notches)

    def roll(self, steps: float) -> None:
        """Comma and full stop: the picture turns about its middle."""
        self._window.session.view.roll(ROLL_DEG * steps)

    def toggle_projection(self) -> None:
        """O."""
        view = self._window.session.view
        view.projection = "orthographic" if view.projection == "perspective" else "perspective"

    def north_up(self) -> None:
        """N: without roll; a ride ends where it is."""
        renderer = self._window.renderer
        if renderer is not None:
            renderer.camera.north_up()
        else:
            self._window.session.view.roll_deg = 0.0

    def toggle_frame(self) -> None:
        """E: the orbits stand, or the Earth does; the camera stays where it is."""
        self.turn_with("earth" if self._window.session.view.frame == "inertial" else "inertial")

    def turn_with(self, frame: str) -> None:
        """With the orbits ("inertial") or the Earth ("earth"); a ride ends where it is."""
        document, view = self._window.session.document, self._window.session.view
        if document is None:
            return
        if view.frame == "node":
            self.north_up()
        gmst = float(gmst_rad(document.epoch, self._window.session.clock.t_s))
        view.turn_with("earth" if frame == "earth" else "inertial", gmst)

    def ride(self, where: str) -> None:
        """With the selected node, else with the one that is followed: looking ahead, back or down."""
        session, renderer = self._window.session, self._window.renderer
        row = session.selection.row if session.selection.row is not None else session.view.target_row
        if row is None:
            self._window.stage.banner.say("Select a node to ride with: click one.", "warn")
        elif renderer is not None and session.document is not None:
            renderer.ride(row, where)
