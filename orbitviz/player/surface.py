"""Recorded sums over cells of the ground, read by the decoder's thread between metric frames."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.frame import FrameSource, QuantityInfo
from orbitviz.player.decoder import Decoder

KEPT = 64
"""Grids kept, 65 kB each."""
AT_ONCE = 4
Grid = NDArray[np.float32]
Key = tuple[str, int]


@dataclass(frozen=True)
class SurfaceBracket:
    """(90, 180) sums of the frames `before` and `after` an instant; `key` says which, and their mix."""

    key: tuple[str, int, int, float]
    before: Grid
    after: Grid
    stale: bool = False

    @property
    def sums(self) -> NDArray[np.float64]:
        """Mixed at the instant, float64: the sum over all cells is the mix of the two frames' sums."""
        mix = self.key[3]
        return self.before.astype(np.float64) * (1.0 - mix) + self.after.astype(np.float64) * mix


class SurfaceFrames:
    """Grids of a recording by (name, frame): asked for, read on the decoder's thread, kept. Never waits.

    `arrived` is called on the decoder's thread. All other methods belong to one thread, the window's.
    """

    def __init__(self, source: FrameSource, decoder: Decoder, arrived: Callable[[], None]) -> None:
        # A source in memory need not have any.
        self.infos: Mapping[str, QuantityInfo] = dict(getattr(source, "surface", {}))
        self._decoder, self._arrived = decoder, arrived
        self._grids: OrderedDict[Key, Grid] = OrderedDict()
        self._reading: dict[Key, Future[Grid]] = {}
        self._failed: set[Key] = set()

    @property
    def bytes(self) -> int:
        """Bytes of the grids held now."""
        return sum(grid.nbytes for grid in tuple(self._grids.values()))

    def at(self, before: int, after: int, mix: float, name: str) -> SurfaceBracket | None:
        """The frames of a place; the nearest one that is there while they are read; None when there is none."""
        self._collect()
        self._ask((name, before), (name, after))
        first, second = self._grids.get((name, before)), self._grids.get((name, after))
        if first is not None and second is not None:
            for key in ((name, before), (name, after)):
                self._grids.move_to_end(key)
            return SurfaceBracket((name, before, after, mix), first, second)
        near = [index for kept, index in self._grids if kept == name]
        if not near:
            return None
        index = min(near, key=lambda i: abs(i - before))
        grid = self._grids[name, index]
        return SurfaceBracket((name, index, index, 0.0), grid, grid, stale=True)

    def _ask(self, *keys: Key) -> None:
        for key in dict.fromkeys(keys):
            known = key in self._grids or key in self._reading or key in self._failed
            if not known and len(self._reading) < AT_ONCE:
                self._reading[key] = self._decoder.submit(partial(_read, key), quick=True)
                self._reading[key].add_done_callback(lambda _: self._arrived())

    def _collect(self) -> None:
        for key, future in list(self._reading.items()):
            if not future.done():
                continue
            del self._reading[key]
            if future.cancelled() or future.exception() is not None:
                self._failed.add(key)  # damaged: the frames round it still show
            else:
                self._grids[key] = future.result()
        while len(self._grids) > KEPT:
            self._grids.popitem(last=False)


def _read(key: Key, source: Any) -> Grid:
    grid = np.array(source.read_surface(*key), np.float32)
    grid.flags.writeable = False
    return grid
