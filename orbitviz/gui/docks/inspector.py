"""NODE: the clicked node. Who it is, where it is, what it does now, how that came about, what it is made of."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from orbitviz.core.document import Document
from orbitviz.core.frame import MetricInfo
from orbitviz.core.rules import origin_of
from orbitviz.core.units import EARTH_RADIUS_KM
from orbitviz.gui.bind import Bindings
from orbitviz.gui.fields import field_words, value_words
from orbitviz.gui.gangs import Gang, GangIndex, gang_tip, gang_words, is_running
from orbitviz.gui.icons import icon
from orbitviz.gui.numbers import amount, duration_text
from orbitviz.gui.origin import ASSUMED_MARK, origin_words, quantity_tip, wrapped
from orbitviz.gui.value_axis import value_axis
from orbitviz.gui.widgets import Elided, Facts, Sparkline, heading, label, tool_button
from orbitviz.player import Player
from orbitviz.session import Session

if TYPE_CHECKING:
    from orbitviz.scene.status import NodeState

READ_ON_S = 10.0
"""A node's histories are read again so often while the recording grows."""
StateOf = Callable[[int], "NodeState | None"]


class Histories:
    """All recorded metrics of one node over time, and their values now before those are there, as they arrive from the
    player; never waited for. The first metric's history is read first."""

    def __init__(self, player: Player, row: int, first: str, t_s: float, arrived: Callable[[], None]) -> None:
        self.row = row
        self.values: dict[str, NDArray[np.float32]] = {}
        self._player, self._first, self._arrived = player, first, arrived
        self._instant: dict[str, float] = {}
        self._instant_s = math.nan
        self._futures: list[Future[Any]] = []
        self._read_s = 0.0
        self._asked: Future[Any] | None = None
        self.ask(t_s)
        self.read()

    def read(self) -> None:
        """Asks for every history."""
        self._read_s = time.monotonic()
        names = [self._first] if self._first in self._player.metrics else []
        self._futures = []
        for name in [*names, *(name for name in self._player.metrics if name not in names)]:
            future = self._player.histories(name, [self.row])
            future.add_done_callback(partial(self._take, name))
            self._futures.append(future)

    def read_on(self, at_once: bool) -> None:
        """The recording has grown: asks again, now and then; what was read stays until the rest is there."""
        due = at_once or time.monotonic() - self._read_s >= READ_ON_S
        if due and all(future.done() for future in self._futures):
            self.read()

    def ask(self, t_s: float) -> None:
        """The values at an instant, while a history is missing and no older question is open."""
        frames = len(self._player.times_s)
        whole = len(self.values) == len(self._player.metrics) and all(len(v) == frames for v in self.values.values())
        if whole or t_s == self._instant_s or (self._asked is not None and not self._asked.done()):
            return
        self._asked = self._player.node_now(self.row, t_s, self._first)
        self._asked.add_done_callback(partial(self._take_instant, t_s))

    def _take_instant(self, t_s: float, future: Future[Any]) -> None:
        """Runs on the decoder's thread, as _take."""
        if not future.cancelled() and future.exception() is None:
            self._instant, self._instant_s = future.result(), t_s
            self._arrived()

    def _take(self, name: str, future: Future[Any]) -> None:
        """Runs on the decoder's thread: keeps the values and tells the window by a queued signal."""
        if not future.cancelled() and future.exception() is None:
            self.values[name] = future.result()[0]
            self._arrived()

    def now(self, name: str, t_s: float) -> float:
        """The value at an instant, mixed as the picture mixes it, or the last that is known; NaN while none is."""
        values = self.values.get(name)
        if values is None:
            return self._instant.get(name, math.nan)
        before, after, mix = self._player.place(t_s, name)
        if after >= len(values):  # the recording has grown since
            return self._instant.get(name, math.nan)
        return float(values[before]) if mix == 0.0 else float(values[before] + mix * (values[after] - values[before]))

    def cancel(self) -> None:
        """Another node is looked at."""
        for future in (*self._futures, self._asked):
            if future is not None:
                future.cancel()


class Inspector(QWidget):
    """Follows session.selection. `refresh` is called a few times a second with the shown instant."""

    _arrived = Signal()

    def __init__(self, session: Session, actions: dict[str, QAction], state_of: StateOf) -> None:
        super().__init__()
        self._session, self._state_of = session, state_of
        self.player: Player | None = None
        self._histories: Histories | None = None
        self._gangs = GangIndex(None)
        self._gang: Gang | None = None
        self._shown_s: float | None = None
        self.empty = label("Click a node to see who it is, where it is and how it fares.", "muted")
        self.empty.setWordWrap(True)
        self.name = label("", "title", selectable=True)
        self.name.setWordWrap(True)
        self.who, self.where, self.now, self.made = Facts(), Facts(), Facts(), Facts()
        self.gang = Elided()  # a name of any length must not push the panel wider
        self.history = Sparkline(56)
        self._history_words, self._history_scale = label("", "small"), label("", "small")
        self._now_title, self._history_title, self._made_title = heading("Now"), heading("History"), heading("Made of")
        self._build(actions)
        self._arrived.connect(self._take_histories, Qt.ConnectionType.QueuedConnection)
        bindings = Bindings(self)
        bindings.on(session.selection.events.row, self.refresh_node)
        bindings.on(session.document_changed, self._refresh_document)
        bindings.on(session.document_grown, self._read_on)
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
            *(self.who, heading("Where"), self.where, self._now_title, self.now, self.gang),
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
    def _refresh_document(self) -> None:
        """Who trains with whom is read before the player of the document begins to read frames, and only then."""
        document = self._session.document
        recording = None if document is None else document.recording
        if self._gangs.recording is not recording:
            self._gangs = GangIndex(recording)
        self.refresh_node()

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
        self._gang = self._gangs.of(row)
        self.gang.setVisible(self._gang is not None)
        self.gang.setToolTip("" if self._gang is None else gang_tip(self._gang))
        self._show_who(row)
        self._show_made(row)
        self._show_follow()
        shown_s = self._session.clock.t_s if self._shown_s is None else self._shown_s
        if self.player is not None:
            self._histories = Histories(self.player, row, self._session.colour.metric, shown_s, self._arrived.emit)
        self._show_history()
        self.refresh(shown_s)

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
            orbit = f"{shell.altitude_km:,.1f} km, {shell.inclination_deg:.1f}°" if shell.altitude_km else ""
            self.who.show_fact("Shell", f"{shell.name}", orbit)
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
        from orbitviz.api.telling import origin_told

        made_of = fleet.node_types[int(fleet.node_type[row])]
        for name, item in made_of.__dataclass_fields__.items():
            value = getattr(made_of, name)
            if name == "name" or value is None or isinstance(value, tuple):  # tuples speak of other fields
                continue
            kind, source = origin_told(made_of, name)
            unit, words = (str(item.metadata.get(key, "")) for key in ("unit", "text"))
            tip = "\n".join(wrapped(part) for part in (words, origin_words(kind, source)) if part)
            title = field_words(name) + (ASSUMED_MARK if kind == "assumed" else "")
            self.made.show_fact(title, value_words(value, unit), tip)

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
            self._show_now(document, self._histories, self.player, shown_s)

    def _show_now(self, document: Document, histories: Histories, player: Player, shown_s: float) -> None:
        histories.ask(shown_s)
        for name, info in player.metrics.items():
            words = _metric_words(info, histories.now(name, shown_s))
            self.now.show_fact(info.long_name, words, quantity_tip(info))
        if "chip_k" not in player.metrics and {"radiator_k", "compute_w"} <= set(player.metrics):
            self._show_chip(document, histories, shown_s)
        if self._gang is not None and document.recording is not None:
            work = next((name for name in ("compute_pf", "utilization") if name in player.metrics), "")
            frame = int(np.clip(np.searchsorted(player.times_s, shown_s, "right") - 1, 0, len(player.times_s) - 1))
            own = histories.values.get(work)
            own_work = math.nan if own is None else float(own[min(frame, len(own) - 1)])
            running = is_running(document.recording, self._gang, frame, own_work)
            words = f"Gang {gang_words(self._gang, running)}"
            if self.gang.text() != words:
                self.gang.setText(words)

    def _show_chip(self, document: Document, histories: Histories, shown_s: float) -> None:
        """The hottest chip of the node: not recorded, but a sum of what is."""
        fleet = document.fleet
        if not fleet.node_types or document.scenario is None:
            return
        made_of = fleet.node_types[int(fleet.node_type[histories.row])]
        rise_k = made_of.chip_k_per_kw * histories.now("compute_w", shown_s) * 1e-3
        value = histories.now("radiator_k", shown_s) + rise_k
        kind, source = origin_of(made_of, "chip_k_per_kw")
        tip = f"= radiator_k + chip_k_per_kw x compute power in kW; {made_of.chip_k_per_kw:g} K/kW"
        tip = f"{tip}\ncomputed: from this node's recorded values\nchip_k_per_kw is {origin_words(kind, source)}"
        self.now.show_fact("Hottest chip, computed", amount(value, "K"), tip)

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

    def _read_on(self) -> None:
        """More frames are there: the chosen node's histories follow, at the end of the recording at once."""
        document = self._session.document
        if self._histories is not None and document is not None and document.recording is not None:
            self._histories.read_on(at_once=not document.recording.live)

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
        times, axis = self.player.times_s[: len(values)], value_axis(info, values)
        self.history.set_series(times, values.astype(float), axis)
        if axis is not None and len(times) > 1:
            height = f"scale {axis.text}, " if axis.text else ""
            self._history_scale.setText(f"{height}{duration_text(float(times[-1] - times[0]))} from left to right")


def _metric_words(info: MetricInfo, value: float) -> str:
    if info.is_category:
        return info.flags.get(round(value), "–") if math.isfinite(value) else "–"
    return amount(float(value), info.unit)


def _angle(degrees: float, positive: str, negative: str) -> str:
    return f"{abs(degrees):.2f}° {positive if degrees >= 0 else negative}"


def _sunlight(lit: float) -> str:
    if lit >= 0.9995:
        return "in full Sun"
    return "in the umbra" if lit <= 0.0005 else f"penumbra, {lit * 100:.0f} %"
