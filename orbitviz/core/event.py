"""What happens in a recording beside its frames: events (something begins or ends) and jobs (gangs that train)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

EVENT_KINDS: Mapping[str, str] = {
    "eclipse_season_begins": "an eclipse season begins",
    "eclipse_season_ends": "an eclipse season ends",
    "throttling_begins": "heat begins to hold compute back",
    "throttling_ends": "heat no longer holds compute back",
    "battery_empty_begins": "batteries run empty",
    "battery_empty_ends": "batteries hold energy again",
    "hibernation_begins": "compute goes to sleep for want of power",
    "hibernation_ends": "compute wakes up",
    "gang_stalled": "a gang stops training",
    "gang_resumed": "a gang trains again",
    "demand_unserved_begins": "part of the demand goes unserved",
    "demand_unserved_ends": "all demand is served again",
}
"""What our own recordings note, each in words; files of others may hold further kinds."""


@dataclass(frozen=True)
class Event:
    """Something that begins or ends at `t_s`, seconds from the epoch.

    kind: one of EVENT_KINDS, or a word of another program; node: the row it happens to, -1 when it is no single node;
    text: one sentence with the particulars.
    """

    t_s: float
    kind: str
    node: int
    text: str


@dataclass(frozen=True)
class Job:
    """One gang or batch of a recording. first_frame, last_frame: the first and the last frame it was there.

    members: (M,) uint32 rows of the fleet (empty where they were not asked for; not compared); done_pf_s: work that
    counts, PFLOP; lost_pf_s: work thrown away by stalls, PFLOP; stalled_s: seconds it stood still.
    """

    name: str
    kind: str
    workload: str
    first_frame: int
    last_frame: int
    members: NDArray[np.uint32] = field(compare=False)
    done_pf_s: float = 0.0
    lost_pf_s: float = 0.0
    stalled_s: float = 0.0
