"""Making sets of nodes without holding the window up: conditions and shapes are worked out on a thread, the set follows
the shown instant when what made it depends on time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from orbitviz.core.frame import Bracket
from orbitviz.gui.background import Background
from orbitviz.gui.instants import Now
from orbitviz.session import Session
from orbitviz.session.predicates import Instant, Predicate
from orbitviz.session.selection import How, Show

if TYPE_CHECKING:
    from orbitviz.scene.fleet_places import Shown

PATIENCE_MS = 150
"""What is quicker needs no word."""
FOLLOW_S = 0.2


class Selecting(QObject):
    """choose() and shape() change session.selection soon. `waiting`: a sentence while it takes long, empty when not."""

    waiting = Signal(str)

    def __init__(self, session: Session, now: Now, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._now = session, now
        self.work = Background("selecting", self)
        self._rules: dict[str, Predicate] = {}
        self._followed: tuple[float, object] = (0.0, None)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(lambda: self.waiting.emit("selecting…"))
        self.work.failed.connect(lambda error: self._settled())

    # -- asking -----------------------------------------------------------------------------------
    def choose(self, predicate: Predicate, how: How = "replace", show: Show | None = None) -> str:
        """The nodes that meet a condition at the shown instant; returns the words that will be the set's."""
        now = self._now()
        if now is None:
            return ""
        words = predicate.words(now)
        if how == "replace":
            self._rules = {**dict(list(self._rules.items())[-50:]), words: predicate}
        elif predicate.timed:  # a combination does not follow time, so it says of when it is
            words = f"{words} at {self._clock()}"
        self._start(lambda: predicate.mask(now), words, how, show)
        return words

    def shape(self, shown: Shown, corners_px: NDArray[np.float64], kind: str, how: How) -> None:
        """The nodes seen inside a polygon on the picture, (K, 2) device pixels."""
        words = f"{kind} at {self._clock()}"
        self._start(lambda: shown.inside(corners_px), words, how, None)

    def _clock(self) -> str:
        document = self._session.document
        return "" if document is None else document.epoch.plus(self._session.clock.t_s).iso()[11:19]

    def _start(self, job: Callable[[], Any], words: str, how: How, show: Show | None) -> None:
        document = self._session.document
        self._timer.start()

        def done(mask: NDArray[np.bool_]) -> None:
            self._settled()
            if self._session.document is document:
                self._session.selection.combine(mask, words, how, show)

        self.work.run(job, done)

    def _settled(self) -> None:
        self._timer.stop()
        self.waiting.emit("")

    # -- following time ---------------------------------------------------------------------------
    @property
    def rule(self) -> Predicate | None:
        """The condition that made the set, when it is one that time changes."""
        rule = self._rules.get(self._session.selection.words)
        return rule if self._session.selection.mask is not None and rule is not None and rule.timed else None

    def follow(self, t_s: float) -> None:
        """Called at each drawn frame: the condition is asked again when another instant is shown, five times a second
        at most and never while another answer is awaited."""
        due_s, last = self._followed
        rule = self.rule
        if rule is None or self.work.busy or t_s == last or time.monotonic() < due_s:
            return
        now = self._now()
        if now is None:
            return
        self._followed = (time.monotonic() + FOLLOW_S, t_s)
        words = self._session.selection.words

        def done(mask: NDArray[np.bool_]) -> None:
            if self._session.selection.words == words:
                self._session.selection.refresh(mask)

        self.work.run(lambda: rule.mask(now), done)

    def close(self) -> None:
        """Ends the thread."""
        self._timer.stop()
        self.work.close()


def values_now(now: Instant, metric: str, rows: NDArray[np.integer]) -> NDArray[np.float32]:
    """(n,) physical values of some rows as shown."""
    bracket: Bracket | None = now.bracket(metric)
    return now.values(metric)[rows] if bracket is None else bracket.values(now.metrics[metric], rows)
