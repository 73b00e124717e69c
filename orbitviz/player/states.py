"""The two keyframes of position and velocity round an instant, read or computed on a thread; nothing ever waits."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import FrameSource
from orbitviz.core.gaps import held_s, longest_step_s
from orbitviz.core.keyframes import Keyframe, Keyframes, StateSource
from orbitviz.player.decoder import Decoder

BUDGET_BYTES = 256 * 1024 * 1024
LEAST_KEPT = 3
"""Two round the instant and the next one."""
Index = int
Place = tuple[Index | None, Index, Index, Index | None]
"""Of an instant: the keyframe earlier than the two round it, these two, the one later."""


class StateStore(ABC):
    """Keyframes by index under a byte budget. One at a time is under way, so the newest wish is always the next."""

    def __init__(self, on_keyframe: Callable[[], None], budget_bytes: int = BUDGET_BYTES) -> None:
        self.on_keyframe = on_keyframe
        self._budget_bytes = budget_bytes
        self._lock = threading.Condition()
        self._kept: OrderedDict[Index, Keyframe] = OrderedDict()
        self._failed: dict[Index, Exception] = {}
        self._wanted: list[Index] = []
        self._under_way: Index | None = None

    @abstractmethod
    def _place(self, t_s: float) -> Place:
        """Which keyframes stand round an instant."""

    @abstractmethod
    def _begin(self, index: Index) -> Future[Keyframe]:
        """Starts to get one."""

    def at(self, t_s: float, direction: int = 1) -> Keyframes | None:
        """The two round t_s. Never waits: the nearest that is there when these are not, None when none is."""
        earlier, before, after, later = self._place(t_s)
        with self._lock:
            self._ask([before, after, later if direction > 0 else earlier])
            first, second = self._get(before), self._get(after)
            if first is not None and second is not None:
                return Keyframes(first, second)
            if not self._kept:
                return None
            near = min(self._kept.values(), key=lambda keyframe: abs(keyframe.t_s - t_s))
            return Keyframes(near, near, stale=True)

    def wait_for(self, t_s: float, timeout_s: float = 30.0) -> Keyframes | None:
        """As `at`, waiting until both are there: for pictures made without a window."""
        deadline = time.monotonic() + timeout_s
        while True:
            keyframes = self.at(t_s)
            damaged = any(index in self._failed for index in self._place(t_s)[1:3])
            left_s = deadline - time.monotonic()
            if (keyframes is not None and not keyframes.stale) or damaged or left_s <= 0.0:
                return keyframes
            with self._lock:
                self._lock.wait(min(left_s, 0.05))

    def _get(self, index: Index) -> Keyframe | None:
        keyframe = self._kept.get(index)
        if keyframe is not None:
            self._kept.move_to_end(index)
        return keyframe

    def _ask(self, indices: list[Index | None]) -> None:
        self._wanted = [i for i in indices if i is not None and i not in self._kept and i not in self._failed]
        if self._under_way is None:
            self._begin_next()

    def _begin_next(self) -> None:
        wanted = [i for i in self._wanted if i not in self._kept and i not in self._failed]
        self._under_way = wanted[0] if wanted else None
        if self._under_way is not None:
            index = self._under_way
            self._begin(index).add_done_callback(lambda future: self._done(index, future))

    def _done(self, index: Index, future: Future[Keyframe]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        with self._lock:
            if error is None:
                self._keep(index, future.result())
            else:  # a damaged frame must not end playback of the rest
                self._failed[index] = error if isinstance(error, Exception) else RuntimeError(str(error))
            self._begin_next()
            self._lock.notify_all()
        self.on_keyframe()

    def _keep(self, index: Index, keyframe: Keyframe) -> None:
        self._kept[index] = keyframe
        most = max(LEAST_KEPT, self._budget_bytes // max(keyframe.nbytes, 1))
        while len(self._kept) > most:
            self._kept.popitem(last=False)

    @property
    def bytes(self) -> int:
        """Bytes of the keyframes held now."""
        return sum(keyframe.nbytes for keyframe in tuple(self._kept.values()))

    @property
    def error(self) -> Exception | None:
        """Of the first keyframe that could not be had, if any."""
        return next(iter(self._failed.values()), None)


class RecordedStates(StateStore):
    """What a recording holds of positions, read on its decoder's thread."""

    def __init__(
        self, times_s: NDArray[np.float64], decoder: Decoder, on_keyframe: Callable[[], None], budget_bytes: int
    ) -> None:
        super().__init__(on_keyframe, budget_bytes)
        self._times_s, self._decoder = times_s, decoder
        self._longest_s = longest_step_s(times_s)

    def set_times(self, times_s: NDArray[np.float64]) -> None:
        """More frames are there."""
        self._times_s, self._longest_s = times_s, longest_step_s(times_s)

    def _place(self, t_s: float) -> Place:
        times_s = self._times_s  # one and the same, should more frames come in between
        last = len(times_s) - 1
        before = int(np.clip(np.searchsorted(times_s, t_s, side="right") - 1, 0, max(last - 1, 0)))
        # Across a gap no place is made up: all stand at the last state before it.
        gap = held_s(times_s, t_s, self._longest_s) != t_s
        after = before if gap else min(before + 1, last)
        return before - 1 if before else None, before, after, after + 1 if after < last else None

    def _begin(self, index: Index) -> Future[Keyframe]:
        def read(source: FrameSource) -> Keyframe:
            assert isinstance(source, StateSource)
            return Keyframe.of(index, float(self._times_s[index]), *source.read_state(index))

        future: Future[Keyframe] = self._decoder.submit(read)
        return future
