"""Where a number comes from, in words: formula, kind (filed, claimed, measured, computed, assumed) and source."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np

from orbitviz.core.document import Document
from orbitviz.core.frame import MetricInfo, QuantityInfo
from orbitviz.core.rules import NO_FIGURES, origin_of
from orbitviz.gui.fields import field_words, value_words
from orbitviz.gui.numbers import amount, sentence

ASSUMED_MARK = " ◦"
"""Stands after the name of a value that nobody has published."""
MOST_NAMES = 6
_WIDTH = 92


def quantity_tip(info: MetricInfo | QuantityInfo | None, *words: str) -> str:
    """The tooltip of a recorded number: words of one's own, formula, kind and source, what the storage costs."""
    lines = [sentence(text) for text in words if text]
    if info is not None:
        lines += [f"= {info.formula}"] if info.formula else []
        lines.append(origin_words(info.kind, info.source))
        lines += ["mean of the step"] if info.mean else []
        error = info.max_error if isinstance(info, MetricInfo) else 0.0
        lines += [f"stored to within {amount(error, info.unit)}"] if error else []
    return "\n".join(wrapped(line) for line in lines)


def origin_words(kind: str, source: str) -> str:
    """ "claimed: [AI1]"; an assumed value says that it has no source."""
    if not source:
        return "assumed: no public source" if kind == "assumed" else kind
    return f"{kind}: {source}"


def wrapped(text: str) -> str:
    """Lines short enough for a tooltip."""
    return "\n".join(textwrap.wrap(text, _WIDTH, break_on_hyphens=False)) or text


@dataclass(frozen=True)
class Assumed:
    """Inputs without a public source of one thing: what it is, its name, "bus power 5 kW" each."""

    what: str
    name: str
    lines: tuple[str, ...]


def assumed_inputs(document: Document) -> list[Assumed]:
    """Of the node types that some node is of, with the defaults that a recipe leaves to orbitviz; of shells and
    workloads what the recipe states. A catalogue says where things fly, not what they are: it has none, but what is
    recorded of it rests on a node that is assumed."""
    scenario, fleet = document.scenario, document.fleet
    used = [fleet.node_types[i] for i in np.unique(fleet.node_type) if i < len(fleet.node_types)]
    if scenario is None:
        used = used if document.is_recorded else []
        found = [Assumed("node type", kind.name, _assumed(kind)) for kind in used]
        return [inputs for inputs in found if inputs.lines]
    found = [Assumed("node type", kind.name, _assumed(kind, defaults=True)) for kind in used]
    found += [Assumed("shell", shell.name, _assumed(shell)) for shell in scenario.shells]
    found += [Assumed("workload", load.name, _assumed(load)) for load in scenario.workloads]
    return [inputs for inputs in found if inputs.lines]


def _assumed(thing: Any, defaults: bool = False) -> tuple[str, ...]:
    lines = []
    for name, item in thing.__dataclass_fields__.items():
        value = getattr(thing, name)
        if name in NO_FIGURES or value is None or origin_of(thing, name)[0] != "assumed":
            continue
        stated = name in thing.assumed or any(text.partition(":")[0].strip() == name for text in thing.origin)
        if defaults or stated:
            words = field_words(name)
            lines.append(f"{words[0].lower()}{words[1:]} {value_words(value, str(item.metadata.get('unit', '')))}")
    return tuple(lines)


def assumed_tip(inputs: list[Assumed]) -> str:
    """All of them by name, a paragraph each of what they belong to; things that assume the same share one."""
    together: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for part in inputs:
        together.setdefault((part.what, part.lines), []).append(part.name)
    paragraphs = ["Inputs without a public source"]
    for (what, lines), names in together.items():
        whose = f"{what}{'s' if len(names) > 1 else ''} {' and '.join(names)}"
        whose = f"{len(names)} {what}s" if len(names) > MOST_NAMES else whose
        # A value stays beside its name and its unit where the line breaks.
        kept = "; ".join(line.replace(" ", "\xa0") if len(line) < _WIDTH // 2 else line for line in lines)
        paragraphs.append(wrapped(f"{whose}: {kept}").replace("\xa0", " "))
    return "\n".join(paragraphs)
