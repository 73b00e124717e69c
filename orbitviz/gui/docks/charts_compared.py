"""Charts of two runs: A's lines solid and B's dashed on the same axes, or A less B."""

from __future__ import annotations

from dataclasses import replace

from orbitviz.api import Comparison
from orbitviz.core.epoch import Epoch
from orbitviz.gui.docks.chart_series import Chart, Series
from orbitviz.gui.docks.charts_fleet import Topic, fleet_topics


def topics_of_both(runs: Comparison, epoch: Epoch) -> list[Topic]:
    """What A's totals give, with B's beside them where it has the same; seconds from `epoch`."""
    theirs = {topic.name: topic for topic in fleet_topics(runs.b)}
    shifts = runs.a.epoch.seconds_since(epoch), runs.b.epoch.seconds_since(epoch)
    return [_both(own, theirs.get(own.name), shifts) for own in fleet_topics(runs.a)]


def topics_of_difference(runs: Comparison, epoch: Epoch) -> list[Topic]:
    """What the totals of A less those of B give."""
    shift_s = runs.difference.epoch.seconds_since(epoch)

    def told(topic: Topic) -> Topic:
        return Topic(
            topic.name,
            topic.title,
            lambda: [replace(_moved(chart, shift_s), title=f"A − B: {chart.title}") for chart in topic.make()],
        )

    return [told(topic) for topic in fleet_topics(runs.difference)]


def _both(own: Topic, other: Topic | None, shifts: tuple[float, float]) -> Topic:
    def make() -> list[Chart]:
        charts = [_moved(chart, shifts[0]) for chart in own.make()]
        beside = {} if other is None else {chart.name: _moved(chart, shifts[1]) for chart in other.make()}
        return [paired(chart, beside.get(chart.name)) for chart in charts]

    return Topic(own.name, own.title, make)


def paired(a: Chart, b: Chart | None) -> Chart:
    """A's chart with B's lines dashed, in A's colours; B's bands are left away: they would hide A's."""
    if b is None:
        return replace(a, title=f"{a.title}: A alone")
    colours = {one.name: place if one.colour is None else one.colour for place, one in enumerate(a.series)}
    ours = [replace(one, label=f"{one.label}, A", colour=colours[one.name]) for one in a.series]
    theirs = [
        replace(one, label=f"{one.label}, B", dash=True, colour=colours.get(one.name, len(a.series) + place))
        for place, one in enumerate(b.series)
    ]
    bands = tuple(replace(band, label=f"{band.label}, A") for band in a.bands)
    return replace(a, series=(*ours, *theirs), bands=bands)


def _moved(chart: Chart, shift_s: float) -> Chart:
    """The same instants in seconds from another epoch."""
    if shift_s == 0.0:
        return chart

    def at(one: Series) -> Series:
        return replace(one, times_s=one.times_s + shift_s)

    bands = tuple(replace(band, low=at(band.low), high=at(band.high)) for band in chart.bands)
    return replace(chart, series=tuple(at(one) for one in chart.series), bands=bands)
