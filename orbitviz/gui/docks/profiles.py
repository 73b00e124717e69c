"""PROFILES: the shown metric by altitude and latitude, and by shell."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from orbitviz.core.distribution import Distribution
from orbitviz.core.document import Document
from orbitviz.core.frame import Bracket, MetricInfo
from orbitviz.gui.altitude_plot import AltitudeHeat, AltitudePlot, grid_for
from orbitviz.gui.bind import Bindings
from orbitviz.gui.docks.fleet_map import scene_tokens
from orbitviz.gui.legend import range_colours
from orbitviz.gui.shell_plot import ShellPlot, ShellValues
from orbitviz.gui.shown_values import Shown, ShownValues
from orbitviz.gui.theme import tokens
from orbitviz.gui.widgets import Choice, Elided, heading, row
from orbitviz.metrics.binning import AltitudeLatitude, bin_values
from orbitviz.player import FleetPositions, Player
from orbitviz.player.values import node_values
from orbitviz.scene.ground_heat import round_up
from orbitviz.session import Session

EVERY_S = 0.3
"""Positions are binned no more often, profiles by shell not either."""
MEAN, NODES = "mean", "nodes"
NODES_MAP = "inferno"


def bin_altitudes(
    key: tuple[Any, ...],
    document: Document,
    grid: AltitudeLatitude,
    info: MetricInfo | None,
    bracket: Bracket | None,
    t_s: float,
    position_km: NDArray[np.float32],
    gmst_rad: float,
) -> AltitudeHeat:
    """On the positions' thread. info None: the nodes are counted."""
    cell = grid.cells(position_km)
    values = None if info is None else node_values(document.fleet, info, bracket, position_km, t_s)
    binned = bin_values(cell, values, grid.shape)
    outside = len(cell) - int(np.count_nonzero(cell >= 0))
    lost = int(np.count_nonzero(np.isnan(position_km[0])))
    words = [f"{outside - lost:,} nodes are outside of these altitudes"] if outside > lost else []
    words += [f"{lost:,} have no position"] if lost else []
    ends = (0.0, round_up(float(binned.counts.max(initial=0)))) if info is None else (info.low, info.high)
    return AltitudeHeat(key, grid, binned, info, ends, "; ".join(words))


class Profiles(QWidget):
    """Two plots, one under the other or beside each other as there is room."""

    def __init__(self, session: Session, spread: Callable[[], Distribution | None] = lambda: None) -> None:
        super().__init__()
        self._session, self._spread = session, spread
        self._values = ShownValues(session)
        self._positions: FleetPositions | None = None
        self._grid: AltitudeLatitude | None = None
        self._pending: Future[AltitudeHeat] | None = None
        self._heat: AltitudeHeat | None = None
        self._began_s = self._shells_s = -math.inf
        self._painted: tuple[Any, ...] = ()
        self.title = Elided("", "title")
        self.of = Choice("Colour stands for")
        self.of.setMinimumWidth(124)
        self.of.setToolTip("What the colours of the cells stand for: the metric's mean, or how many nodes there are")
        for word, value in (("Mean value", MEAN), ("Nodes", NODES)):
            self.of.addItem(word, value)
        self.altitudes, self.shells = AltitudePlot(), ShellPlot()
        self._plots = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.first, self.second = heading("Altitude by latitude"), heading("By shell")
        for words, plot in ((self.first, self.altitudes), (self.second, self.shells)):
            part = QVBoxLayout()
            part.setSpacing(4)
            part.addWidget(words)
            part.addWidget(plot, 1)
            self._plots.addLayout(part, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 8)
        layout.setSpacing(8)
        top = row(self.title, self.of)
        top.setStretch(0, 1)
        layout.addLayout(top)
        layout.addLayout(self._plots, 1)
        Bindings(self).on(session.document_changed, self._forget)

    def _forget(self) -> None:
        self._painted = ()

    def set_source(self, player: Player | None, positions: FleetPositions | None) -> None:
        """Another document."""
        self._values.set_source(player, positions)
        self._positions, self._pending, self._heat, self._painted = positions, None, None, ()
        self._began_s = self._shells_s = -math.inf
        document = self._session.document
        self._grid = None if document is None else grid_for(document.fleet)
        self.altitudes.show_heat(None, np.zeros((256, 4), np.uint8), tokens())
        self.shells.show_values(None, np.zeros((256, 4), np.uint8))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside each other when wide."""
        wide = self.width() > 1.6 * self.height()
        self._plots.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    @property
    def counts(self) -> bool:
        """Whether the first plot counts nodes: asked for, or the metric has no mean."""
        info = self._session.metric
        return info is None or info.is_category or self.of.currentData() == NODES

    # -- ten times a second -----------------------------------------------------------------------
    def refresh(self) -> None:
        """Bins anew at most every 0.3 s, and paints when something differs."""
        info, document = self._session.metric, self._session.document
        if document is None or info is None:
            self.title.setText("Nothing to show")
            return
        shown = self._values.now()
        self.title.setText(info.long_name)
        self.of.setEnabled(not info.is_category)
        self.first.setText(f"Altitude by latitude: {'nodes' if self.counts else 'mean'}".upper())
        self.second.setText(f"By shell: {'shares of nodes' if info.is_category else 'mean, 5 to 95 %'}".upper())
        self._bin(document, info, shown)
        self._paint(document, shown)

    def _bin(self, document: Document, info: MetricInfo, shown: Shown | None) -> None:
        if self._pending is not None and self._pending.done():
            done, self._pending = self._pending, None
            self._heat = None if done.cancelled() else done.result()
        t_s = self._session.clock.t_s
        bracket = None if shown is None else shown.bracket
        if bracket is not None:
            t_s = bracket.t_shown_s
        of = None if self.counts else info
        if of is not None and bracket is None and (shown is None or shown.bracket is not None):
            return  # the recorded frames are not there yet
        key = (id(document), None if of is None else of.name, t_s, of is not None and shown is not None and shown.key)
        now = time.monotonic()
        due = self._pending is None and now - self._began_s >= EVERY_S
        if due and self._positions is not None and self._grid is not None and (not self._heat or self._heat.key != key):
            self._began_s = now
            job = partial(bin_altitudes, key, document, self._grid, of, bracket, t_s)
            self._pending = self._positions.submit(t_s, job)

    def _paint(self, document: Document, shown: Shown | None) -> None:
        session, now = self._session, time.monotonic()
        spread = self._spread() if session.colour_scale == "percentile" else None
        colour = session.colour
        looks: tuple[Any, ...] = (
            colour.metric,
            session.colour_range,
            colour.colormap,
            colour.scale,
            colour.reverse,
            spread,
        )
        looks = (*looks, session.stage.theme, tokens().name)
        heat = self._heat if self._heat is not None and (self._heat.info is None) == self.counts else None
        if heat is not None and heat.info is not None and heat.info.name != colour.metric:
            heat = None
        shells = self.shells.values
        fresh = shown is not None and (shells is None or shells.key != shown.key) and now - self._shells_s >= EVERY_S
        painted = (None if heat is None else heat.key, *looks)
        if painted == self._painted and not fresh:
            return
        colours = range_colours(session, spread)
        if painted != self._painted:
            self._paint_altitudes(heat, colours)
        if shown is not None and (fresh or painted != self._painted):
            self._shells_s = now
            ends = session.colour_range
            self.shells.show_values(ShellValues.of(shown.key, document.fleet, shown.info, shown.codes, ends), colours)
        self._painted = painted

    def _paint_altitudes(self, heat: AltitudeHeat | None, colours: NDArray[np.uint8]) -> None:
        from orbitviz.scene.layers.surface_heat import heat_colours  # OpenGL comes with the first picture

        theme = self._session.stage.theme
        if heat is not None and heat.info is not None:
            heat = replace(heat, ends=self._session.colour_range)
        elif heat is not None:
            colours = heat_colours(NODES_MAP, theme)
        self.altitudes.show_heat(heat, colours, scene_tokens(self._session))
