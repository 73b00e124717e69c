"""What happened, told once: groups of nodes that enter and leave a state, gangs, seasons, demand without a node.

A million nodes must not write a million rows a step: states are told by group of shells, when the first node enters
and, after QUIET_S without any, when the last one has left; gangs by workload and frame; seasons by group and plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbitviz.core.event import Event
from orbitviz.core.fleet import Fleet
from orbitviz.recorder.shards import GangEvent
from orbitviz.recorder.totals import WATCHED, shell_count, watched_of
from orbitviz.sim.gangs import GangSet
from orbitviz.sim.seasons import Seasons

F64 = NDArray[np.float64]
QUIET_S = 600.0
UNSERVED_BEGINS, UNSERVED_ENDS = 0.01, 0.005
"""Shares of users' demand without an answer at which the event begins and ends."""
_WORDS = {
    "battery_empty": "have an empty battery",
    "hibernation": "hibernate",
    "throttling": "are throttled by heat",
}


@dataclass
class _Spell:
    """A state that a group is in: most nodes at once, last instant with any."""

    most: int
    last_s: float


class Watch:
    """Turns the sums of frames, in order, into events."""

    def __init__(self, fleet: Fleet, gangs: Sequence[GangSet]) -> None:
        self._gangs = gangs
        names = [shell.group or shell.name for shell in fleet.shells]
        names += ["the fleet"] * (shell_count(fleet) - len(names))
        self._groups = list(dict.fromkeys(names))
        self._group_of = np.array([self._groups.index(name) for name in names])
        self._sizes = np.bincount(self._group_of[fleet.shell], minlength=len(self._groups))
        self._spells: dict[tuple[int, int], _Spell] = {}
        self._unserved = False
        self._seasons = Seasons(fleet)
        self._in_season: NDArray[np.bool_] | None = None

    def frame(self, t_s: float, part: F64, demand_pf: float, unserved_pf: float) -> list[Event]:
        """Events of one frame from the sums by shell and users' demand, PFLOP/s."""
        return [*self._states(t_s, part), *self._demand(t_s, demand_pf, unserved_pf), *self._season(t_s)]

    def gangs(self, t_s: float, events: Sequence[GangEvent]) -> list[Event]:
        """Gangs of one frame that stalled or resumed, one event a workload and kind."""
        told = []
        for place, plan in enumerate(self._gangs):
            for stalled in (True, False):
                some = sorted(event.row for event in events if event.plan == place and event.stalled is stalled)
                if not some:
                    continue
                gangs = f"{len(some):,} gang{'s' if len(some) > 1 else ''} of {plan.size:,} nodes of '{plan.workload}'"
                words = "stalled: what they did since the last checkpoint is lost" if stalled else "resumed"
                told.append(Event(t_s, "gang_stalled" if stalled else "gang_resumed", some[0], f"{gangs} {words}"))
        return told

    def _states(self, t_s: float, part: F64) -> list[Event]:
        counts, first_rows = watched_of(part)
        told = []
        for group, name in enumerate(self._groups):
            shells = self._group_of == group
            for state, kind in enumerate(WATCHED):
                count, key = int(counts[shells, state].sum()), (group, state)
                spell = self._spells.get(key)
                if count and spell is None:
                    self._spells[key] = _Spell(count, t_s)
                    text = f"{count:,} of {self._sizes[group]:,} nodes of '{name}' {_WORDS[kind]}"
                    told.append(Event(t_s, f"{kind}_begins", int(first_rows[shells, state].min()), text))
                elif count and spell is not None:
                    spell.most, spell.last_s = max(spell.most, count), t_s
                elif spell is not None and t_s - spell.last_s >= QUIET_S:
                    del self._spells[key]
                    text = f"no node of '{name}' any more; {spell.most:,} of {self._sizes[group]:,} at most"
                    told.append(Event(t_s, f"{kind}_ends", -1, text))
        return told

    def _demand(self, t_s: float, demand_pf: float, unserved_pf: float) -> list[Event]:
        share = unserved_pf / demand_pf if demand_pf > 0.0 else 0.0
        if not self._unserved and share > UNSERVED_BEGINS:
            self._unserved = True
            text = f"{share:.1%} of users' demand finds no node with power in reach"
            return [Event(t_s, "demand_unserved_begins", -1, text)]
        if self._unserved and share < UNSERVED_ENDS:
            self._unserved = False
            return [Event(t_s, "demand_unserved_ends", -1, f"users' demand is served to {1.0 - share:.1%} again")]
        return []

    def _season(self, t_s: float) -> list[Event]:
        """Planes of a group that begin and end to be eclipsed: its first shell to begin, its last to end."""
        now = self._seasons.is_season(np.array([t_s]))[0]
        before, self._in_season = self._in_season, now
        if before is None or np.array_equal(before, now):
            return []
        told = []
        group = self._group_of[self._seasons.shell]
        for index in np.unique(group[before != now]):
            for plane in np.unique(self._seasons.plane[(group == index) & (before != now)]):
                some = (group == index) & (self._seasons.plane == plane)
                was, is_now = bool(before[some].any()), bool(now[some].any())
                if was == is_now:
                    continue
                beta = float(np.degrees(self._seasons.beta_rad(np.array([t_s]))[0, some].mean()))
                text = f"plane {plane + 1} of '{self._groups[index]}', beta angle {beta:.1f} degrees"
                kind = "eclipse_season_begins" if is_now else "eclipse_season_ends"
                told.append(Event(t_s, kind, int(self._seasons.rows[some][0]), text))
        return told
