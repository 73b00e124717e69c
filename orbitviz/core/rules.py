"""Fields of a recipe that carry their unit, their rule and where they come from, and the checks that name all three.

Where a value comes from is said by `origin`, a list of texts "key: kind, source" ("mass_kg: filed, [ROSS]"), or, where
nobody has published it, by its key in `assumed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import field, fields
from typing import Any

from orbitviz.core.errors import RecipeError

Rule = tuple[str, Callable[[Any], bool]]
POSITIVE: Rule = ("above zero", lambda v: v > 0)
NOT_NEGATIVE: Rule = ("zero or more", lambda v: v >= 0)
SHARE: Rule = ("from 0 to 1", lambda v: 0 <= v <= 1)
EFFICIENCY: Rule = ("above 0 and at most 1", lambda v: 0 < v <= 1)

KINDS = ("filed", "claimed", "measured", "computed", "assumed")
"""What a value can be: in a filing, said by its maker, measured by somebody, worked out from others, or chosen here."""
NO_FIGURES = ("name", "assumed", "origin")
"""Fields that say what a thing is called and where its values come from, and are no values themselves."""


def setting(default: Any, unit: str, rule: Rule | None = None, text: str = "") -> Any:
    """A field with its unit, its rule and one phrase of explanation in the metadata."""
    meta = {"unit": unit, "rule": rule, "text": text}
    if isinstance(default, list | dict):
        return field(default_factory=lambda: type(default)(default), metadata=meta)
    return field(default=default, metadata=meta)


def check_fields(thing: Any, where: str) -> None:
    """Every number finite and within its field's rule; raises RecipeError that names field, rule and value."""
    for item in fields(thing):
        value = getattr(thing, item.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not math.isfinite(value):
            raise RecipeError(f"{where}, {item.name}: must be a finite number, got {value}", "correct the recipe")
        rule = item.metadata.get("rule")
        if rule is not None and not rule[1](value):
            unit = item.metadata.get("unit", "")
            unit = "" if unit in ("", "1") else f" {unit}"
            raise RecipeError(f"{where}, {item.name}: must be {rule[0]}{unit}, got {value}", "correct the recipe")


def one_of(where: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuses a word that is not in the list."""
    if value not in allowed:
        raise RecipeError(f"{where}: must be one of {', '.join(allowed)}, got '{value}'", "correct the recipe")


def check_origin(thing: Any, where: str) -> None:
    """Refuses entries of `assumed` and `origin` that name no field, no known kind or no source, or a field twice."""
    known = {item.name for item in fields(thing)}
    for key in thing.assumed:
        if key not in known:
            raise RecipeError(f"{where}, assumed: must name keys of it, got '{key}'", "correct it")
    seen: set[str] = set()
    for text in thing.origin:
        key, kind, source = _parted(text)
        if key not in known or key in NO_FIGURES:
            raise RecipeError(
                f"{where}, origin: must name keys of it, got '{key}' in '{text}'", 'write "key: kind, source"'
            )
        one_of(f"{where}, origin of {key}", kind, KINDS)
        if not source and kind != "assumed":
            raise RecipeError(
                f"{where}, origin of {key}: must say a source after its kind, got '{text}'",
                f'write "{key}: {kind}, source"',
            )
        if key in seen or key in thing.assumed:
            place = "in assumed too" if key in thing.assumed else "twice"
            raise RecipeError(f"{where}, origin: must name each key once, '{key}' is there {place}", "leave one out")
        seen.add(key)


def origin_of(thing: Any, key: str) -> tuple[str, str]:
    """(kind, source) of a field's value; what is said nowhere is assumed, by orbitviz."""
    if key in thing.assumed:
        return "assumed", ""
    for text in thing.origin:
        parts = _parted(text)
        if parts[0] == key:
            return parts[1], parts[2]
    return "assumed", "default of orbitviz"


def _parted(text: str) -> tuple[str, str, str]:
    """ "mass_kg: filed, [ROSS] page 3" -> ("mass_kg", "filed", "[ROSS] page 3")."""
    key, _, rest = text.partition(":")
    kind, _, source = rest.partition(",")
    return key.strip(), kind.strip(), source.strip()
