"""Looks at a recording that is being written, now and then, on the thread that reads it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from orbitviz.core.document import Recording
from orbitviz.core.frame import FrameSource
from orbitviz.player.decoder import Decoder
from orbitviz.player.player import Player


class LiveFeed:
    """One look at a time at a recording that `player` plays; `found` is called, on the reading thread, when there is
    more of it, or it ended.

    player None: the recording has no frame yet; the feed then has a thread of its own and closes the recording.
    """

    def __init__(self, recording: Recording, player: Player | None, found: Callable[[], None]) -> None:
        self._player, self._found = player, found
        self._decoder = Decoder(recording, lambda frame: None) if player is None else None
        self._under_way: Future[Any] | None = None

    def look(self) -> None:
        """Asks for a look; nothing while one is under way. Never waits."""
        if self._under_way is not None and not self._under_way.done():
            return
        ask = self._player.on_thread if self._player is not None else self._decoder.submit  # type: ignore[union-attr]
        self._under_way = ask(self._look)

    def _look(self, source: FrameSource) -> None:
        refresh: Callable[[], bool] = source.refresh  # type: ignore[attr-defined]
        if refresh():
            if self._player is not None:
                self._player.set_times(source.times_s)
            self._found()

    def close(self) -> None:
        """No more looks; a recording without a player is closed."""
        self._found = lambda: None
        if self._decoder is not None:
            self._decoder.close()
