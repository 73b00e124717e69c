"""What the fleet does for those who ask: the lines of WORK, from the totals of a recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from orbitviz.core.document import Recording
from orbitviz.gui.numbers import amount, count_text, part_text
from orbitviz.gui.origin import quantity_tip
from orbitviz.gui.totals import value_at

Words = Callable[..., str]


@dataclass(frozen=True)
class WorkLine:
    """A name, its value in words and where both come from."""

    name: str
    value: str
    tip: str


@dataclass(frozen=True)
class _Line:
    """totals: what the words are made of, in this order. rare: left out where it is zero all the time."""

    name: str
    totals: tuple[str, ...]
    words: Words
    rare: bool = False


def _flow(value: float) -> str:
    return amount(value, "PFLOP/s")


def _part(part: float, whole: float) -> str:
    return part_text(part, whole, "PFLOP/s")


def _gangs(running: float, stalled: float) -> str:
    return f"{count_text(running)} running, {count_text(stalled)} stalled"


@dataclass(frozen=True)
class _Kind:
    """The lines of one kind of work; there is any of it where one of `needs` is ever above zero, and `unless` never."""

    needs: tuple[str, ...]
    lines: tuple[_Line, ...]
    unless: str = ""


_KINDS = (
    _Kind(
        ("inference_demand_pf",),
        (
            _Line("Users served", ("inference_served_pf", "inference_demand_pf"), _part),
            _Line("Unserved", ("inference_unserved_pf",), _flow),
        ),
    ),
    _Kind(
        ("gangs_running", "gangs_stalled"),
        (
            _Line("Training", ("training_pf",), _flow),
            _Line("Training lost", ("training_lost_pf",), _flow, rare=True),
            _Line("Gangs", ("gangs_running", "gangs_stalled"), _gangs),
        ),
    ),
    _Kind(
        ("batch_demand_pf",),
        (
            _Line("Batch done", ("batch_served_pf", "batch_demand_pf"), _part),
            _Line("Batch queued", ("batch_queued_pf_s",), lambda value: amount(value, "PFLOP"), rare=True),
        ),
    ),
    _Kind(("batch_served_pf",), (_Line("Batch done", ("batch_served_pf",), _flow),), unless="batch_demand_pf"),
)


def work_lines(recording: Recording, t_s: float) -> list[WorkLine]:
    """The lines at an instant; [] for a recording without work. The same names at every instant."""
    lines = [
        line
        for kind in _KINDS
        if any(_ever(recording, name) for name in kind.needs) and not _ever(recording, kind.unless)
        for line in kind.lines
        if all(_is_series(recording, name) for name in line.totals)
        if not line.rare or _ever(recording, line.totals[0])
    ]
    return [WorkLine(line.name, _words(line, recording, t_s), _tip(line, recording)) for line in lines]


def _is_series(recording: Recording, name: str) -> bool:
    values = recording.totals.get(name)
    return values is not None and np.ndim(values) == 1 and len(values) >= len(recording.times_s) > 0


def _ever(recording: Recording, name: str) -> bool:
    return _is_series(recording, name) and bool(np.any(np.asarray(recording.totals[name], float) > 0.0))


def _words(line: _Line, recording: Recording, t_s: float) -> str:
    return line.words(*(_value(recording, name, t_s) for name in line.totals))


def _value(recording: Recording, name: str, t_s: float) -> float:
    times, info = np.asarray(recording.times_s, float), recording.total_infos.get(name)
    if info is None or info.unit != "1":
        mean = info is not None and info.mean
        return value_at(times, np.asarray(recording.totals[name], float)[: len(times)], t_s, mean)
    # Of things that are counted there is no half: the frame's own number.
    frame = int(np.clip(np.searchsorted(times, t_s, side="right") - 1, 0, len(times) - 1))
    return float(recording.totals[name][frame])


def _tip(line: _Line, recording: Recording) -> str:
    infos = recording.total_infos
    return "\n\n".join(quantity_tip(infos[name], infos[name].long_name) for name in line.totals if name in infos)
