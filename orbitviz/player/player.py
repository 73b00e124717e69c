"""Player: brackets of recorded frames for any instant, never waiting; prefetch by movement; values of single nodes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import Bracket, Frame, FrameSource, MetricInfo, QuantityInfo
from orbitviz.core.gaps import held_s, longest_step_s
from orbitviz.core.keyframes import StateSource
from orbitviz.player.cache import FrameCache, Key
from orbitviz.player.decoder import Decoder
from orbitviz.player.motion import Motion, coarse_frames, exact_frames, grid_ahead, grid_spacing
from orbitviz.player.node_reads import HistoryRead, NodeRead
from orbitviz.player.states import RecordedStates
from orbitviz.player.surface import SurfaceBracket, SurfaceFrames

T = TypeVar("T")
DEFAULT_BUDGET_BYTES = 192_000_000
KEEPING_UP = 0.7
"""Share of the time between two pictures that decoding their frames may take; above it, frames of a coarse grid."""
ROOM_FOR_A_GRID = 8
"""Frames; where there is no room for them, only the bracket is decoded."""


def place_of(
    times_s: NDArray[np.float64], t_s: float, mean: bool, category: bool = False, longest_s: float = np.inf
) -> tuple[int, int, float]:
    """(before, after, mix) of an instant among frames. A step's mean stands at its middle; categories are not mixed,
    nor are frames more than longest_s apart: within such a gap all is as at the last frame before it."""
    if len(times_s) == 1:
        return 0, 0, 0.0
    t_s = held_s(times_s, t_s, longest_s)
    if mean:
        first_s = float(times_s[np.clip(np.searchsorted(times_s, t_s, side="right") - 1, 0, len(times_s) - 1)])
        t_s -= 0.5 * float(times_s[1] - times_s[0])
        if held_s(times_s, t_s, longest_s) != t_s:  # the first half step after a gap
            t_s = first_s
    before = int(np.clip(np.searchsorted(times_s, t_s, side="right") - 1, 0, len(times_s) - 2))
    after = before + 1
    mix = float(np.clip((t_s - times_s[before]) / (times_s[after] - times_s[before]), 0.0, 1.0))
    if category:
        mix = float(mix >= 0.5)
    if mix == 0.0:
        return before, before, 0.0
    return (after, after, 0.0) if mix == 1.0 else (before, after, mix)


class Player:
    """Plays a FrameSource. After construction only its decoder thread touches the source.

    on_frame is called (on the decoder's thread) whenever a frame has been decoded: mark the picture dirty there.
    states: the recorded positions, None where none are recorded. budget_bytes: of all that is kept decoded, frames,
    positions and sums over the ground together; two frames and three instants of positions stay whatever they take.
    """

    def __init__(self, source: FrameSource, budget_bytes: int = DEFAULT_BUDGET_BYTES) -> None:
        self.times_s: NDArray[np.float64] = np.array(source.times_s)
        self._longest_s = longest_step_s(self.times_s)
        self.metrics: Mapping[str, MetricInfo] = dict(source.metrics)
        self.on_frame: Callable[[], None] = lambda: None
        self._lock = threading.Condition()
        self.budget_bytes = budget_bytes
        self._cache = FrameCache(budget_bytes)
        self._nodes = source.node_count
        self._motion = Motion()
        self._needed: list[Key] = []
        self._wanted: list[Key] = []
        self._failed: dict[Key, Exception] = {}
        self._decoder = Decoder(source, self._take, self._give_up)
        recorded = isinstance(source, StateSource) and source.has_positions and len(self.times_s) > 0
        self.states: RecordedStates | None = None
        if recorded:
            self.states = RecordedStates(self.times_s, self._decoder, lambda: self.on_frame(), budget_bytes // 2)
        self._surface = SurfaceFrames(source, self._decoder, lambda: self.on_frame())

    # -- frames ------------------------------------------------------------------------------------
    def place(self, t_s: float, metric: str) -> tuple[int, int, float]:
        """(before, after, mix) for an instant. A step's mean stands at its middle; categories are never mixed."""
        info = self.metrics[metric]
        return place_of(self.times_s, t_s, info.mean, info.is_category, self._longest_s)

    def bracket_at(self, t_s: float, metric: str, direction: int = 1) -> Bracket | None:
        """The two frames round t_s. Never waits: stale frames, or None when nothing of the metric is decoded yet.
        direction: of play, 1 or -1; how fast the instant moves is seen from one call to the next."""
        with self._lock:
            self._motion.note(t_s, time.monotonic())
            return self._bracket(t_s, metric, self._worth_decoding(metric, t_s, direction))

    def _bracket(self, t_s: float, metric: str, indices: list[int]) -> Bracket | None:
        before, after, mix = self.place(t_s, metric)
        first, second = self._cache.get((metric, before)), self._cache.get((metric, after))
        self._ask(metric, indices)
        if first is not None and second is not None:
            return Bracket(first, second, mix, t_s, held_s(self.times_s, t_s, self._longest_s))
        near = first or second or self._cache.nearest(metric, before)
        return None if near is None else Bracket(near, near, 0.0, t_s, near.t_s, stale=True)

    def wait_for(self, t_s: float, metric: str, timeout_s: float = 30.0) -> Bracket | None:
        """As bracket_at, waiting until both frames are there: for pictures made without a window."""
        deadline = time.monotonic() + timeout_s
        # Held from the look to the wait: a frame that came between the two would not be heard of.
        with self._lock:
            while True:
                indices = exact_frames(lambda at_s: self.place(at_s, metric)[:2], t_s, 0.0, 1.0, 1)
                bracket = self._bracket(t_s, metric, indices)
                left_s = deadline - time.monotonic()
                before, after, _ = self.place(t_s, metric)
                damaged = (metric, before) in self._failed or (metric, after) in self._failed
                if (bracket is not None and not bracket.stale) or left_s <= 0.0 or damaged:
                    return bracket
                self._lock.wait(min(left_s, 0.05))

    def _ask(self, metric: str, indices: list[int]) -> None:
        keys = dict.fromkeys((metric, i) for i in indices if 0 <= i < len(self.times_s))
        # What lies ahead is of no use where it would push out the bracket.
        self._needed = list(keys)[: max(2, self._room(metric))]
        wanted = [key for key in self._needed if key not in self._cache and key not in self._failed]
        if wanted != self._wanted:
            self._wanted = wanted
            self._decoder.want(wanted)

    def _worth_decoding(self, metric: str, t_s: float, direction: int) -> list[int]:
        times_s, motion = self.times_s, self._motion
        frame_s = float(times_s[-1] - times_s[0]) / max(len(times_s) - 1, 1) or 1.0
        fast = abs(motion.step_s) > frame_s

        def bracketed(at_s: float) -> tuple[int, int]:
            return self.place(at_s, metric)[:2]

        behind = 2.0 * self._decoder.frame_s > KEEPING_UP * motion.interval_s
        room = self._room(metric) >= ROOM_FOR_A_GRID
        if fast and behind and room:
            indices = coarse_frames(bracketed, t_s, motion, frame_s, self._decoder.frame_s, self._spacing(metric))
        else:
            indices = exact_frames(bracketed, t_s, motion.step_s, frame_s, direction)
        if room and abs(motion.roves_s) > 2.0 * frame_s:
            # Dragged: once these are decoded, wherever it goes next there is a frame near.
            indices += grid_ahead(indices[0], motion.roves_s, self._spacing(metric), len(times_s))
        return indices

    def _spacing(self, metric: str) -> int:
        """Of the coarse grid, whose frames stay when others go."""
        spacing = grid_spacing(len(self.times_s), self._frame_bytes(metric), self._cache.budget_bytes)
        self._cache.spacing = spacing
        return spacing

    def _room(self, metric: str) -> int:
        """Frames of a metric that the cache has room for."""
        return self._cache.budget_bytes // max(self._frame_bytes(metric), 1)

    def _frame_bytes(self, metric: str) -> int:
        return self._nodes * np.dtype(self.metrics[metric].dtype).itemsize

    def _take(self, frame: Frame) -> None:
        with self._lock:
            # What the others hold is the first to be counted: they cannot do with less.
            self._cache.budget_bytes = max(0, self.budget_bytes - self._bytes_beside())
            self._cache.put(frame, self._needed)
            self._done((frame.metric, frame.index))
        self.on_frame()

    def _bytes_beside(self) -> int:
        return self._surface.bytes + (0 if self.states is None else self.states.bytes)

    def _give_up(self, key: Key, error: Exception) -> None:
        """A damaged frame is not asked for again; the ones round it still play."""
        with self._lock:
            self._failed[key] = error
            self._done(key)
        self.on_frame()

    def _done(self, key: Key) -> None:
        self._wanted = [wanted for wanted in self._wanted if wanted != key]
        self._lock.notify_all()

    # -- the ground ---------------------------------------------------------------------------------
    @property
    def surface(self) -> Mapping[str, QuantityInfo]:
        """What is summed over cells of the ground, by name."""
        return self._surface.infos

    def surface_at(self, t_s: float, name: str) -> SurfaceBracket | None:
        """The sums of the two frames round t_s. Never waits: the nearest read ones, or None when there are none yet."""
        mean = self.surface[name].mean
        return self._surface.at(*place_of(self.times_s, t_s, mean, longest_s=self._longest_s), name)

    # -- one node ----------------------------------------------------------------------------------
    def histories(self, metric: str, rows: Sequence[int]) -> Future[NDArray[np.float32]]:
        """(R, T) physical values of some nodes over the whole recording, read in parts between frames."""
        return self._decoder.submit_parts(HistoryRead(metric, np.array(rows, np.intp), len(self.times_s)))

    def node_now(self, row: int, t_s: float, first: str = "") -> Future[dict[str, float]]:
        """The values of one node at an instant by metric, mixed as the picture mixes them, `first` read first: a chunk
        or two of each, long before whole histories are there. NaN: none, or damaged."""
        names = sorted(self.metrics, key=lambda name: name != first)
        places = {name: self.place(t_s, name) for name in names if len(self.times_s)}
        return self._decoder.submit_parts(NodeRead(row, places), first=True)

    # -- what is held --------------------------------------------------------------------------------
    def on_thread(self, job: Callable[[FrameSource], T]) -> Future[T]:
        """Runs job(source) on the decoder's thread before the next frame: for work of milliseconds."""
        return self._decoder.submit(job, quick=True)

    def set_times(self, times_s: NDArray[np.float64]) -> None:
        """The recording has other, mostly more, frames: (T,) increasing seconds. Called on the decoder's thread, from
        a job, once the source has them. Frames that were decoded stay; damaged ones beyond the old end are forgotten.
        """
        times_s = np.array(times_s, np.float64)
        with self._lock:
            self._failed = {key: error for key, error in self._failed.items() if key[1] < len(self.times_s) - 1}
            self.times_s, self._longest_s = times_s, longest_step_s(times_s)
            if self.states is not None:
                self.states.set_times(times_s)
        self.on_frame()

    @property
    def cached_bytes(self) -> int:
        """Bytes held decoded now: frames, positions and sums over the ground."""
        return self._cache.bytes + self._bytes_beside()

    def cached_frames(self, metric: str) -> NDArray[np.intp]:
        """(K,) frames of a metric that are decoded and held now, in order."""
        with self._lock:
            return np.array(self._cache.indices(metric), np.intp)

    @property
    def error(self) -> Exception | None:
        """Of the first frame that could not be decoded, if any."""
        first = next(iter(self._failed.values()), None)
        return first if first is not None or self.states is None else self.states.error

    def close(self) -> None:
        """Ends the decoder thread and closes the source."""
        self.on_frame = lambda: None
        self._decoder.close()
