"""Fields of a recipe that carry their unit and their rule, and the checks that name field, rule and value."""

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
