"""Charts of some nodes' recorded metrics over the whole recording: which nodes, and their values as they arrive."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from orbitviz.core.document import Document
from orbitviz.gui.docks.chart_series import Chart, Series
from orbitviz.gui.origin import quantity_tip
from orbitviz.player import Player
from orbitviz.session.selection import Selection

MOST_NODES = 16
"""Lines that can still be told apart."""


def chosen_rows(selection: Selection) -> tuple[list[int], str]:
    """Rows to draw, the node looked at first, and in words how many of how many they are. Of a large set, nodes evenly
    spread over its rows; the node looked at comes on top of them."""
    rows = selection.rows
    drawn = rows if len(rows) <= MOST_NODES else rows[np.linspace(0, len(rows) - 1, MOST_NODES).round().astype(int)]
    chosen = [int(row) for row in drawn]
    if selection.row is not None:
        chosen = [selection.row, *(row for row in chosen if row != selection.row)]
    if len(rows) == 0:
        return chosen, ""
    words = f"{len(drawn):,} of {len(rows):,} nodes" if len(drawn) < len(rows) else f"{len(rows):,} nodes"
    beside = selection.row is not None and selection.row not in drawn
    return chosen, f"{words} and the one looked at" if beside else words


class NodeHistories(QObject):
    """Values of some nodes by metric, (R, T) each, as the player reads them; never waited for. `arrived` comes on the
    window's thread whenever there is something new."""

    arrived = Signal()
    _taken = Signal(object, str, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[int] = []
        self.values: dict[str, NDArray[np.float32]] = {}
        self.error: BaseException | None = None
        self._player: Player | None = None
        self._key: tuple[Any, ...] = ()
        self._pending: dict[str, Future[NDArray[np.float32]]] = {}
        self._taken.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    @property
    def reading(self) -> bool:
        """Whether something asked for has not come yet."""
        return bool(self._pending)

    def want(self, player: Player | None, rows: Sequence[int], names: Sequence[str], frames: int) -> None:
        """Asks for metrics of rows over `frames` frames. What was asked for before is given up; what has come stays
        while the nodes are the same ones, until its longer self comes."""
        key = (player, tuple(rows), tuple(names), frames)
        if key == self._key:
            return
        known = self.values if (player, list(rows)) == (self._player, self.rows) else {}
        self.forget()
        self._key, self._player, self.rows = key, player, list(rows)
        self.values = {name: values for name, values in known.items() if name in names}
        if player is None or not rows:
            return
        for name in names:
            if name not in self.values or self.values[name].shape[1] < frames:
                self._pending[name] = player.histories(name, list(rows))
        for name, future in list(self._pending.items()):
            future.add_done_callback(partial(self._done, key, name))

    def forget(self) -> None:
        """Nothing is wanted any more."""
        pending, self._pending = self._pending, {}
        self._key, self._player, self.values, self.rows, self.error = (), None, {}, [], None
        for future in pending.values():
            future.cancel()

    def _done(self, key: tuple[Any, ...], name: str, future: Future[NDArray[np.float32]]) -> None:
        """On the decoder's thread."""
        if not future.cancelled():
            self._taken.emit(key, name, future)

    def _keep(self, key: tuple[Any, ...], name: str, future: Future[NDArray[np.float32]]) -> None:
        if key is not self._key:
            return
        self._pending.pop(name, None)
        self.error = future.exception() or self.error
        if future.exception() is None:
            self.values[name] = future.result()
        self.arrived.emit()


def node_words(document: Document, row: int) -> str:
    """A short name: a catalogue's, else the node's id."""
    fleet = document.fleet
    return fleet.label(row) if fleet.name is not None and fleet.name[row] else f"node {int(fleet.node_id[row])}"


def node_charts(document: Document, histories: NodeHistories, names: Sequence[str]) -> list[Chart]:
    """One chart a metric that has arrived, one line a node."""
    if document.recording is None:
        return []
    times = np.asarray(document.recording.times_s, float)
    charts = []
    for name in names:
        info, values = document.metrics.get(name), histories.values.get(name)
        if info is None or values is None:
            continue
        count = min(len(times), values.shape[1])
        tip = quantity_tip(info)
        series = tuple(
            Series(
                f"{name} {document.fleet.node_id[row]}",
                node_words(document, row),
                info.unit,
                times[:count],
                values[place, :count].astype(np.float64),
                mean=info.mean and not info.is_category,
                tip=tip,
            )
            for place, row in enumerate(histories.rows)
        )
        charts.append(Chart(f"nodes {name}", info.long_name, info.unit, series, (), info.kind, tip, info.flags))
    return charts
