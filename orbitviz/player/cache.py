"""Decoded frames under a byte budget; the least recently used go first, those of the coarse grid last."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Collection

from orbitviz.core.frame import Frame

Key = tuple[str, int]


class FrameCache:
    """Frames by (metric, index). Not locked: the player locks.

    spacing: frames from one to the next of the coarse grid, which is let go only when nothing else is left to.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.spacing = 1
        self.bytes = 0
        self._frames: OrderedDict[Key, Frame] = OrderedDict()
        self._indices: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def get(self, key: Key) -> Frame | None:
        """The frame, marked as used just now."""
        frame = self._frames.get(key)
        if frame is not None:
            self._frames.move_to_end(key)
        return frame

    def __contains__(self, key: object) -> bool:
        return key in self._frames

    def put(self, frame: Frame, needed: Collection[Key] = ()) -> None:
        """Takes the frame in and lets others go, never one of `needed`; two frames always stay, or nothing could be
        shown."""
        key = (frame.metric, frame.index)
        if key in self._frames:
            return
        self._frames[key] = frame
        insort(self._indices.setdefault(frame.metric, []), frame.index)
        self.bytes += frame.stored.nbytes
        self.shrink((*needed, key), frame.metric)

    def shrink(self, needed: Collection[Key], metric: str) -> None:
        """Lets frames go until the budget is kept; `metric`: whose coarse grid is worth keeping."""
        for level in range(3):
            for key in list(self._frames):
                if self.bytes <= self.budget_bytes or len(self._frames) <= 2:
                    return
                if self._worth(key, needed, metric) <= level:
                    self._drop(key)

    def _worth(self, key: Key, needed: Collection[Key], metric: str) -> int:
        """2: needed now, 1: of the coarse grid, 0: neither."""
        coarse = self.spacing > 1 and key[0] == metric and key[1] % self.spacing == 0
        return 2 if key in needed else int(coarse)

    def _drop(self, key: Key) -> None:
        self.bytes -= self._frames.pop(key).stored.nbytes
        self._indices[key[0]].remove(key[1])

    def indices(self, metric: str) -> list[int]:
        """Which frames of a metric are held, in order."""
        return sorted(index for name, index in self._frames if name == metric)

    def nearest(self, metric: str, index: int) -> Frame | None:
        """The decoded frame of that metric nearest to `index`."""
        indices = self._indices.get(metric)
        if not indices:
            return None
        at = bisect_left(indices, index)
        return self._frames[metric, min(indices[max(at - 1, 0) : at + 1], key=lambda i: abs(i - index))]
