"""Decoded frames under a byte budget; the least recently used go first."""

from __future__ import annotations

from collections import OrderedDict

from orbitviz.core.frame import Frame

Key = tuple[str, int]


class FrameCache:
    """Frames by (metric, index). Not locked: the player locks."""

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self.bytes = 0
        self._frames: OrderedDict[Key, Frame] = OrderedDict()

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

    def put(self, frame: Frame) -> None:
        """Takes the frame in and lets the oldest go; two frames always stay, or nothing could be shown."""
        key = (frame.metric, frame.index)
        if key in self._frames:
            return
        self._frames[key] = frame
        self.bytes += frame.stored.nbytes
        while self.bytes > self.budget_bytes and len(self._frames) > 2:
            _, old = self._frames.popitem(last=False)
            self.bytes -= old.stored.nbytes

    def indices(self, metric: str) -> list[int]:
        """Which frames of a metric are held, in order."""
        return sorted(index for name, index in self._frames if name == metric)

    def nearest(self, metric: str, index: int) -> Frame | None:
        """The decoded frame of that metric nearest to `index`."""
        indices = [i for name, i in self._frames if name == metric]
        if not indices:
            return None
        return self._frames[(metric, min(indices, key=lambda i: abs(i - index)))]
