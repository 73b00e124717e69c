"""NODE: the clicked node. Who it is, where it is, what it does now, how that came about, what it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from orbitviz.core.frame import MetricInfo
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.gui.bind import Bindings
from orbitviz.gui.icons import icon
from orbitviz.gui.numbers import amount, duration_text
from orbitviz.gui.value_axis import value_axis
from orbitviz.gui.widgets import Sparkline, heading, label, number_label, tool_button
from orbitviz.player import Player
from orbitviz.session import Session

if TYPE_CHECKING:
    from orbitviz.scene.status import NodeState

StateOf = Callable[[int], "NodeState | None"]
_UNIT_WORDS = {"m2": "m²", "W/m2": "W/m²", "1": "", "1/h": "C", "deg": "°", "a": "years"}


class Facts(QWidget):
    """Names left, values right; lines are made once and rewritten."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(5)
        self._grid.setHorizontalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        self._lines: dict[str, tuple[QLabel, QLabel]] = {}

    def clear(self) -> None:
        """No lines."""
        for pair in self._lines.values():
            for widget in pair:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._lines.clear()

    def show_fact(self, name: str, value: str, tip: str = "") -> None:
        """One line."""
        if name not in self._lines:
            pair = (label(name, "muted", tip), number_label())
            place = len(self._lines)
            self._grid.addWidget(pair[0], place, 0)
            self._grid.addWidget(pair[1], place, 1)
            self._lines[name] = pair
        part = self._lines[name][1]
        if part.text() != value:
            part.setText(value)
        if tip and part.toolTip() != tip:
            part.setToolTip(tip)

    @property
    def texts(self) -> dict[str, str]:
        """Name to value, as shown."""
        return {name: pair[1].text() for name, pair in self._lines.items()}


class Histories:
    """All recorded metrics of one node over time, as they arrive from the player; never waited for."""

    def __init__(self, player: Player, row: int, first: str, arrived: Callable[[], None]) -> None:
        self.row = row
        self.values: dict[str, NDArray[np.float32]] = {}
        self._player = player
        names = [first] if first in player.metrics else []
        self._futures = []
        for name in [*names, *(name for name in player.metrics if name not in names)]:
            future = player.history(name, row)
            future.add_done_callback(partial(self._take, name, arrived))
            self._futures.append(future)

    def _take(self, name: str, arrived: Callable[[], None], future: Future[Any]) -> None:
        """Runs on the decoder's thread: keeps the values and tells the window by a queued signal."""
        if not future.cancelled() and future.exception() is None:
            self.values[name] = future.result()
            arrived()

    def now(self, name: str, t_s: float) -> float:
        """The value at an instant, mixed as the picture mixes it; NaN while it has not arrived."""
        values = self.values.get(name)
        if values is None:
            return math.nan
        before, after, mix = self._player.place(t_s, name)
        return float(values[before]) if mix == 0.0 else float(values[before] + mix * (values[after] - values[before]))

    def cancel(self) -> None:
        """Another node is looked at."""
        for future in self._futures:
            future.cancel()


class Inspector(QWidget):
    """Follows session.selection. `refresh` is called a few times a second with the shown instant."""

    _arrived = Signal()

    def __init__(self, session: Session, actions: dict[str, QAction], state_of: StateOf) -> None:
        super().__init__()
        self._session, self._state_of = session, state_of
        self.player: Player | None = None
        self._histories: Histories | None = None
        self._shown_s: float | None = None
        self.empty = label("Click a node to see who it is, where it is and how it fares.", "muted")
        self.empty.setWordWrap(True)
        self.name = label("", "title", selectable=True)
        self.name.setWordWrap(True)
        self.who, self.where, self.now, self.made = Facts(), Facts(), Facts(), Facts()
        self.history = Sparkline(56)
        self._history_words, self._history_scale = label("", "small"), label("", "small")
        self._now_title, self._history_title, self._made_title = heading("Now"), heading("History"), heading("Made of")
        self._build(actions)
        self._arrived.connect(self._take_histories, Qt.ConnectionType.QueuedConnection)
        bindings = Bindings(self)
        bindings.on(session.selection.events.row, self.refresh_node)
        bindings.on(session.document_changed, self.refresh_node)
        bindings.on(session.colour.events.metric, self._show_history)
        bindings.on(session.view.events.target_row, self._show_follow)
        self.refresh_node()

    def _build(self, actions: dict[str, QAction]) -> None:
        self.follow = QPushButton("Follow")
        self.follow.setCheckable(True)
        self.follow.clicked.connect(actions["follow"].trigger)
        fly = QPushButton(icon("crosshair", "muted"), "Fly to")
        fly.clicked.connect(actions["fly"].trigger)
        clear = tool_button("x", "Clear the selection (Esc)", "muted", 14)
        clear.clicked.connect(lambda: setattr(self._session.selection, "row", None))
        for button, key in ((self.follow, "follow"), (fly, "fly")):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setToolTip(actions[key].toolTip())
        head, buttons = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(clear, 0, Qt.AlignmentFlag.AlignTop)
        buttons.setSpacing(8)
        buttons.addWidget(fly)
        buttons.addWidget(self.follow)
        buttons.addStretch(1)
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(8)
        body.addLayout(head)
        body.addLayout(buttons)
        for widget in (
            *(self.who, heading("Where"), self.where, self._now_title, self.now),
            *(self._history_title, self._history_words, self.history, self._history_scale, self._made_title, self.made),
        ):
            if widget.property("role") == "heading":
                body.addSpacing(8)
            body.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.empty)
        layout.addWidget(self._body)
        layout.addStretch(1)

    # -- another node -----------------------------------------------------------------------------
    def set_player(self, player: Player | None) -> None:
        """Another recording, or none."""
        self.player = player
        self.refresh_node()

    def refresh_node(self) -> None:
        """Who, what it is made of, and a request for its histories."""
        document, row = self._session.document, self._session.selection.row
        if self._histories is not None:
            self._histories.cancel()
            self._histories = None
        chosen = document is not None and row is not None and row < len(document.fleet)
        self.empty.setVisible(not chosen)
        self._body.setVisible(chosen)
        recorded = self.player is not None
        for widget in (
            self._now_title,
            self.now,
            self._history_title,
            self._history_words,
            self.history,
            self._history_scale,
        ):
            widget.setVisible(recorded)
        if not chosen or document is None or row is None:
            return
        self.name.setText(document.fleet.label(row))
        self.now.clear()
        self._show_who(row)
        self._show_made(row)
        self._show_follow()
        if self.player is not None:
            self._histories = Histories(self.player, row, self._session.colour.metric, self._arrived.emit)
        self._show_history()
        self.refresh(self._session.clock.t_s if self._shown_s is None else self._shown_s)

    def _show_who(self, row: int) -> None:
        assert self._session.document is not None
        fleet = self._session.document.fleet
        self.who.clear()
        self.who.show_fact("Node id", f"{int(fleet.node_id[row])}")
        if fleet.catalog_number is not None and fleet.catalog_number[row]:
            self.who.show_fact("Catalogue number", f"{int(fleet.catalog_number[row])}")
        built = self._session.document.scenario is not None  # a catalogue has no planes and slots of its own
        if fleet.shells:
            shell = fleet.shells[int(fleet.shell[row])]
            self.who.show_fact("Shell", f"{shell.name}", f"{shell.altitude_km:,.1f} km, {shell.inclination_deg:.1f}°")
        if fleet.shells and built:
            self.who.show_fact("Plane", f"{int(fleet.plane[row]) + 1:,} of {shell.planes:,}")
            self.who.show_fact("Slot", f"{int(fleet.slot[row]) + 1:,} of {shell.nodes_per_plane:,}")
        if fleet.node_types and built:
            self.who.show_fact("Type", fleet.node_types[int(fleet.node_type[row])].name)

    def _show_made(self, row: int) -> None:
        assert self._session.document is not None
        fleet = self._session.document.fleet
        self.made.clear()
        known = bool(fleet.node_types) and self._session.document.scenario is not None
        self._made_title.setVisible(known)
        if not known:
            return
        kind = fleet.node_types[int(fleet.node_type[row])]
        for name, item in kind.__dataclass_fields__.items():
            value = getattr(kind, name)
            if name == "name" or value is None or isinstance(value, tuple):  # tuples speak of other fields
                continue
            assumed = name in kind.assumed
            unit = str(item.metadata.get("unit", ""))
            words = str(item.metadata.get("text", ""))
            tip = f"{'assumed: no public source' if assumed else 'from the sources of the scenario'}\n{words}".strip()
            title = _field_words(name) + (" ◦" if assumed else "")
            self.made.show_fact(title, _value_words(value, unit), tip)

    def _show_follow(self) -> None:
        row = self._session.selection.row
        on = row is not None and self._session.view.target_row == row
        self.follow.setChecked(on)
        self.follow.setText("Following" if on else "Follow")

    # -- now --------------------------------------------------------------------------------------
    def refresh(self, shown_s: float) -> None:
        """Where it is and what it does at the shown instant."""
        self._shown_s = shown_s
        document, row = self._session.document, self._session.selection.row
        if document is None or row is None or row >= len(document.fleet):
            return
        self._show_where(row)
        self.history.set_now(shown_s)
        if self._histories is not None and self.player is not None:
            for name, info in self.player.metrics.items():
                self.now.show_fact(info.long_name, _metric_words(info, self._histories.now(name, shown_s)), _tip(info))

    def _show_where(self, row: int) -> None:
        state = self._state_of(row)
        if state is None:
            return
        if not math.isfinite(state.height_km):
            self.where.show_fact("Position", "none: its orbit has decayed")
            return
        speed = float(np.linalg.norm(state.velocity_km_s))
        radius = float(np.linalg.norm(state.position_km))
        self.where.show_fact("Latitude", _angle(math.degrees(state.latitude_rad), "N", "S"))
        self.where.show_fact("Longitude", _angle(math.degrees(state.longitude_rad), "E", "W"))
        self.where.show_fact("Height", f"{state.height_km:,.1f} km", "Above the WGS84 ellipsoid")
        self.where.show_fact(
            "Speed", f"{speed:.3f} km/s", f"In TEME; {radius - EARTH_RADIUS_KM:,.1f} km above the equator's radius"
        )
        self.where.show_fact("Sunlight", _sunlight(state.lit), "Share of the Sun's disk that is visible")

    def _take_histories(self) -> None:
        self._show_history()
        if self._shown_s is not None:
            self.refresh(self._shown_s)

    def _show_history(self) -> None:
        self._history_scale.setText("")
        if self._histories is None or self.player is None:
            self.history.set_series(np.zeros(0), np.zeros(0))
            return
        name = self._session.colour.metric
        name = name if name in self.player.metrics else next(iter(self.player.metrics), "")
        info, values = self.player.metrics.get(name), self._histories.values.get(name)
        if info is None or values is None:
            self._history_words.setText("reading…")
            self.history.set_series(np.zeros(0), np.zeros(0))
            return
        good = values[np.isfinite(values)]
        ends = dict.fromkeys(_metric_words(info, end) for end in (good.min(), good.max())) if len(good) else {}
        span = " to ".join(ends) or "no values"
        self._history_words.setText(info.long_name if info.is_category else f"{info.long_name}: {span}")
        times, axis = self.player.times_s, value_axis(info, values)
        self.history.set_series(times, values.astype(float), axis)
        if axis is not None and len(times) > 1:
            height = f"scale {axis.text}, " if axis.text else ""
            self._history_scale.setText(f"{height}{duration_text(float(times[-1] - times[0]))} from left to right")


def _metric_words(info: MetricInfo, value: float) -> str:
    if info.is_category:
        return info.flags.get(round(value), "–") if math.isfinite(value) else "–"
    return amount(float(value), info.unit)


def _tip(info: MetricInfo) -> str:
    error = f"stored to within {amount(info.max_error, info.unit)}" if info.max_error else ""
    origin = f"{info.kind}{': ' + info.source if info.source else ''}"
    return "\n".join(part for part in (info.formula, origin, error) if part)


def _angle(degrees: float, positive: str, negative: str) -> str:
    return f"{abs(degrees):.2f}° {positive if degrees >= 0 else negative}"


def _sunlight(lit: float) -> str:
    if lit >= 0.9995:
        return "in full Sun"
    return "in the umbra" if lit <= 0.0005 else f"penumbra, {lit * 100:.0f} %"


_ENDINGS = (
    "_per_m2",
    "_per_year",
    "_years",
    "_deg",
    "_area_m2",
    "_kg",
    "_kwh",
    "_kw",
    "_c",
    "_j_per_k",
    "_per_k",
    "_k",
    "_gbps",
    "_pflops",
    "_m2",
)
_NAMES = {
    "peak_pflops": "Peak throughput",
    "bus_kw": "Bus power",
    "battery_kwh": "Battery",
    "link_gbps": "Link rate",
    "sink_k": "Sink temperature",
}
_KEEP = {"_area_m2": " area", "_per_year": " per year", "_per_m2": " per m²"}


def _field_words(name: str) -> str:
    """compute_average_kw -> Compute average: the unit stands with the value."""
    if name in _NAMES:
        return _NAMES[name]
    for ending in _ENDINGS:
        if name.endswith(ending):
            name = name[: -len(ending)] + _KEEP.get(ending, "")
            break
    name = name.replace("array_w", "array power").replace("_", " ")
    return name[:1].upper() + name[1:]


def _value_words(value: Any, unit: str) -> str:
    if isinstance(value, str):
        return value
    if unit == "J/K":
        return f"{value / 1e6:.3g} MJ/K" if value >= 1e6 else f"{value / 1e3:.3g} kJ/K"
    if unit == "PFLOP/s":
        return amount(float(value), unit)
    return f"{value:,.6g} {_UNIT_WORDS.get(unit, unit)}".rstrip()
