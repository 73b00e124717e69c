"""A Document that can be asked: any metric at any instant, recorded or computed from the elements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.document import Document, Recording
from orbitviz.core.epoch import Epoch
from orbitviz.core.errors import OrbitvizError
from orbitviz.core.keyframes import Keyframe, Keyframes, StateSource
from orbitviz.metrics import METRICS, OrbitFrame, metric_infos
from orbitviz.sim.propagation import Propagator
from orbitviz.sim.sunlight import lit_fraction, sun_teme

Instant = str | float | None
"""UTC text, seconds from the epoch, or the beginning."""


@dataclass(frozen=True)
class OpenDocument(Document):
    """A Document whose metrics can be asked for at any instant."""

    def t_s(self, at: Instant) -> float:
        """Seconds from the epoch: of UTC text, of a number of seconds, or of the beginning."""
        if at is None:
            return self.span_s[0]
        return Epoch.parse(at).seconds_since(self.epoch) if isinstance(at, str) else float(at)

    def metric(self, name: str, at: Instant = None) -> NDArray[np.float32]:
        """(N,) float32 values in the unit of metrics[name], NaN where there is none. `at`: UTC text or seconds.

        A recorded quantity is mixed between the frames round the instant; a category is that of the frame before, and
        so is the mean of a step. Raises OrbitvizError for an unknown name or an instant outside the recording.
        """
        if name not in self.metrics:
            raise OrbitvizError(f"a metric must be one of {', '.join(self.metrics)}, got '{name}'", "name one of these")
        t_s = self.t_s(at)
        if self.recording is not None and name in self.recording.metrics:
            return self._recorded(self.recording, name, t_s)
        return METRICS[name].compute(self.orbit_frame(t_s))

    def _recorded(self, recording: Recording, name: str, t_s: float) -> NDArray[np.float32]:
        times_s, info = recording.times_s, recording.metrics[name]
        if not len(times_s) or not times_s[0] <= t_s <= times_s[-1]:
            span = " to ".join(self.epoch.plus(float(t)).iso() for t in self.span_s)
            raise OrbitvizError(
                f"the time must be within the recording ({span}), got {self.epoch.plus(t_s).iso()}", "choose another"
            )
        before = int(np.searchsorted(times_s, t_s, side="right")) - 1
        values = self.frame(name, before)
        if info.is_category or info.mean or times_s[before] == t_s:
            return values
        mix = np.float32((t_s - times_s[before]) / (times_s[before + 1] - times_s[before]))
        return np.asarray(values + mix * (self.frame(name, before + 1) - values))

    def frame(self, name: str, index: int) -> NDArray[np.float32]:
        """(N,) physical values of one recorded frame."""
        if self.recording is None:
            raise OrbitvizError(
                f"'{self.title}' must be a recording to have frames, it is a scenario", "record it first"
            )
        info = self.recording.metrics[name]
        stored = np.empty(len(self.fleet), dtype=info.dtype)
        self.recording.read(name, index, stored)
        return info.values(stored)

    @cached_property
    def propagator(self) -> Propagator:
        """Mean elements -> TEME states; made when first needed."""
        return Propagator.of(self.fleet)

    def orbit_frame(self, t_s: float) -> OrbitFrame:
        """Positions, Sun and light at one instant, computed from the elements."""
        position_km = self._filled(np.asarray(self.propagator.states(t_s, velocity=False)[0][0], np.float64), t_s)
        unit, distance_km = sun_teme(self.epoch, t_s)
        sun_km = np.asarray(unit * distance_km)
        lit = np.asarray(lit_fraction(position_km, sun_km), dtype=np.float64)
        return OrbitFrame(self.fleet, t_s, position_km, sun_km, lit)

    def _filled(self, position_km: NDArray[np.float64], t_s: float) -> NDArray[np.float64]:
        """Nodes without elements are where the recording's positions say, within its span."""
        source = self.recording
        if not isinstance(source, StateSource) or not source.has_positions or not self.is_recorded:
            return position_km
        times_s = self.recording.times_s if self.recording is not None else np.zeros(1)
        if not times_s[0] <= t_s <= times_s[-1] or not np.isnan(position_km[:, 0]).any():
            return position_km
        before = min(int(np.searchsorted(times_s, t_s, side="right")) - 1, max(len(times_s) - 2, 0))
        pair = [
            Keyframe.of(index, float(times_s[index]), *source.read_state(index))
            for index in (before, min(before + 1, len(times_s) - 1))
        ]
        return Keyframes(*pair).fill(position_km, t_s)

    def part(self, rows: NDArray[np.intp]) -> OpenDocument:
        """The same for some rows of the fleet, by its elements: without recorded frames, names and links."""
        part = self.fleet.part(rows)
        return replace(self, kind="scenario", fleet=part, recording=None, metrics=metric_infos(self.fleet))
