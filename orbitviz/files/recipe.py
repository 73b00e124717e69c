"""The recipe a person writes: strict TOML <-> Scenario. A misspelt key is an error that names the nearest known one."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from orbitviz.core.errors import RecipeError
from orbitviz.core.node_type import NodeType
from orbitviz.core.scenario import Catalogue, ElementSet, Links, Scenario, Shell
from orbitviz.core.workload import GroundSite, Workload
from orbitviz.files.schema import MAX_RECIPE_BYTES
from orbitviz.files.vetting import vet

# TOML table -> (field of Scenario, class of its rows)
_LISTS: dict[str, tuple[str, type]] = {
    "node_type": ("node_types", NodeType),
    "shell": ("shells", Shell),
    "elements": ("elements", ElementSet),
    "tle": ("catalogues", Catalogue),
    "workload": ("workloads", Workload),
    "ground": ("ground", GroundSite),
}
_TABLES = ("scenario", *_LISTS, "links")
# Recipe key of [scenario] -> field of Scenario
_SCENARIO_KEYS = {
    "name": "name",
    "title": "title",
    "description": "description",
    "epoch": "epoch_utc",
    "duration": "duration",
    "step": "step",
    "seed": "seed",
    "sources": "sources",
}
_WORDS = {float: "a number", int: "a whole number", str: "text", NoneType: "nothing", bool: "true or false"}


def read_recipe(path: str | Path) -> Scenario:
    """Reads and checks the recipe at `path`; every refusal is a RecipeError."""
    return parse_recipe(read_recipe_text(path), path)


def read_recipe_text(path: str | Path) -> str:
    """The recipe's text, once it has been looked at in another process: UTF-8, at most 1 MB."""
    text = recipe_text_here(Path(path))
    vet(path, ("recipe",))
    return text


def beside(recipe: Path, name: str) -> Path:
    """The file of that name in the recipe's folder; RecipeError where it lies elsewhere, through a symbolic link."""
    path = recipe.parent / name
    if path.resolve().parent != recipe.resolve().parent and path.resolve().parent != recipe.parent.resolve():
        raise RecipeError(
            f"tle, file: '{name}' must lie beside the recipe, it is a link that leads elsewhere",
            "move it there",
            recipe,
        )
    return path


def recipe_text_here(path: Path) -> str:
    """The recipe's text, not looked at: UTF-8, at most 1 MB."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise RecipeError("a recipe must be a file, it is a pipe or a device", "check its name", path)
        with path.open("rb") as handle:
            data = handle.read(MAX_RECIPE_BYTES + 1)
    except OSError as error:
        raise RecipeError(f"the recipe must be readable, {error.strerror or error}", "check its name", path) from None
    if len(data) > MAX_RECIPE_BYTES:
        raise RecipeError("a recipe must be at most 1 MB of text, this file is larger", "is it a recipe?", path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"a recipe must be UTF-8 text, byte {error.start} is not", "save it as UTF-8 in your editor", path
        ) from None


def parse_recipe(text: str, path: str | Path | None = None) -> Scenario:
    """Text -> validated Scenario. `path` is only for the error's last words."""
    try:
        scenario = _scenario(_toml(text))
        scenario.validate()
    except RecipeError as error:
        raise RecipeError(_with_line(error.message, text), error.hint, error.path or path) from None
    except Exception as error:
        # Epochs and durations refuse in their own words; anything else is ours to fix.
        message, hint = getattr(error, "message", None), getattr(error, "hint", "correct the recipe")
        if message is None:
            raise
        raise RecipeError(f"[scenario]: {message}", hint, path) from None
    return scenario


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error)
        if "overwrite" in reason or "twice" in reason or "immutable" in reason:
            reason += " (the same key or table twice)"
        raise RecipeError(f"a recipe must be valid TOML: {reason}", "correct that line") from None


def _scenario(tables: Mapping[str, Any]) -> Scenario:
    for name in tables:
        if name not in _TABLES:
            raise RecipeError(
                f"a recipe's tables must be among {', '.join(_TABLES)}, got '{name}'", nearest(name, _TABLES, "table")
            )
    if not isinstance(tables.get("scenario"), dict):
        raise RecipeError("a recipe must have a table [scenario] with at least a name, it has none", "add one")
    values = _scenario_table(tables["scenario"])
    for table, (target, row_class) in _LISTS.items():
        if table in tables:
            values[target] = _rows(table, tables[table], row_class)
    if "links" in tables:
        if not isinstance(tables["links"], dict):
            raise RecipeError("[links] must be one table, got a list of them", "write [links], not [[links]]")
        values["links"] = Links(**_checked("[links]", tables["links"], Links))
    return Scenario(**values)


def _scenario_table(table: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(Scenario)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _SCENARIO_KEYS:
            raise _unknown("[scenario]", key, tuple(_SCENARIO_KEYS))
        target = _SCENARIO_KEYS[key]
        if key == "epoch":
            value = _utc_text(value)
        values[target] = _typed("[scenario]", key, value, hints[target])
    if not values.get("name"):
        raise RecipeError("[scenario], name: must be there, it is missing", 'add name = "my-fleet"')
    return values


def _utc_text(value: Any) -> Any:
    """TOML's own dates and times become text; without an offset they are UTC."""
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value


def _rows(table: str, rows: Any, row_class: type) -> tuple[Any, ...]:
    """[[table]] -> one object a row; names of one table must differ."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RecipeError(
            f"[[{table}]] must be a list of tables, got a single one", f"write [[{table}]], not [{table}]"
        )
    built = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        label = row.get("name") or row.get("file")
        where = f"[[{table}]] '{label}'" if isinstance(label, str) else f"[[{table}]] number {number}"
        if table != "ground" and isinstance(label, str):
            if label in seen:
                raise RecipeError(f"{where}: names of one table must differ, this one is there twice", "rename one")
            seen.add(label)
        built.append(row_class(**_checked(where, row, row_class)))
    return tuple(built)


def _checked(where: str, row: Mapping[str, Any], row_class: type) -> dict[str, Any]:
    """Keys known, types right, nothing required left out."""
    known: dict[str, Field[Any]] = {item.name: item for item in fields(row_class)}
    hints = get_type_hints(row_class)
    values = {}
    for key, value in row.items():
        if key not in known:
            raise _unknown(where, key, tuple(known))
        if row_class is ElementSet and key == "epoch":
            value = _utc_text(value)
        values[key] = _typed(where, key, value, hints[key])
    for name, item in known.items():
        if item.default is MISSING and item.default_factory is MISSING and name not in values:
            raise RecipeError(f"{where}, {name}: must be there, it is missing", f"add {name} = ...")
    return values


def _unknown(where: str, key: str, known: tuple[str, ...]) -> RecipeError:
    """Names the nearest key of this table, or the table the key belongs to."""
    hint = nearest(key, known, "key")
    for table, (_, row_class) in _LISTS.items():
        if key in {item.name for item in fields(row_class)} and "did you mean" not in hint:
            hint = f"'{key}' belongs in [[{table}]]"
            break
    return RecipeError(f"{where}: must have only known keys, got '{key}'", hint)


def nearest(word: str, known: tuple[str, ...], what: str) -> str:
    """ "did you mean the key 'altitude_km'?", or the list of what there is."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5) or [name for name in known if word in name][:1]
    if close:
        return f"did you mean the {what} '{close[0]}'?"
    return f"known: {', '.join(known)}"


def _typed(where: str, key: str, value: Any, expected: Any) -> Any:
    """The value as the field wants it; a whole number may stand for a number, nothing else is converted."""
    options = get_args(expected) if get_origin(expected) is UnionType else (expected,)
    for option in options:
        if get_origin(option) is tuple:
            inner = get_args(option)[0]
            if isinstance(value, list):
                return tuple(_typed(where, f"{key}[{index}]", cell, inner) for index, cell in enumerate(value))
        elif option is float and isinstance(value, int | float) and not isinstance(value, bool):
            return _number(where, key, value)
        elif isinstance(value, option) and not isinstance(value, bool):
            return value
    wanted = " or ".join(_word(option) for option in options if option is not NoneType)
    raise RecipeError(f"{where}, {key}: must be {wanted}, got {_shown(value)}", "correct the recipe")


def _number(where: str, key: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # TOML's whole numbers have no end
        raise RecipeError(f"{where}, {key}: must be a number below 1e308, it is larger", "correct the recipe") from None


def _word(option: Any) -> str:
    if get_origin(option) is tuple:
        return f"a list of {'texts' if get_args(option)[0] is str else 'numbers'}"
    return _WORDS.get(option, str(option))


def _shown(value: Any) -> str:
    kind = {str: "the text", bool: "", int: "the number", float: "the number", list: "a list", dict: "a table"}
    text = repr(value) if not isinstance(value, list | dict) else ""
    text = {"True": "true", "False": "false"}.get(text, text)
    return f"{kind.get(type(value), type(value).__name__)} {text[:60]}".strip()


def _with_line(message: str, text: str) -> str:
    """Adds the line the message speaks of, where a key is named and the recipe has it once."""
    match = re.search(r"(?:, (\w+)(?:\[\d+\])?: must|got '(\w+)'$)", message)
    if match is None:
        return message
    key = match.group(1) or match.group(2)
    lines = [
        n for n, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*(\[+\s*)?{re.escape(key)}\s*[=\].]", line)
    ]
    return f"{message} (line {lines[0]})" if len(lines) == 1 else message


# -- The other way: for scenarios that were made by a program and have no recipe of their own --------


def recipe_text(scenario: Scenario) -> str:
    """A recipe that parses to the same Scenario: values that differ from the defaults."""
    lines = ["[scenario]"]
    for key, name in _SCENARIO_KEYS.items():
        value = getattr(scenario, name)
        if value or key == "seed":
            lines.append(f"{key} = {_toml_value(value)}")
    for table, (target, _) in _LISTS.items():
        for row in getattr(scenario, target):
            lines += ["", f"[[{table}]]", *_toml_row(row)]
    if scenario.links != Links():
        lines += ["", "[links]", *_toml_row(scenario.links)]
    return "\n".join(lines) + "\n"


def _toml_row(row: Any) -> list[str]:
    cells = ((item, getattr(row, item.name)) for item in fields(row))
    return [
        f"{item.name} = {_toml_value(value)}" for item, value in cells if value is not None and value != item.default
    ]


def _toml_value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml_value(cell) for cell in value) + "]"
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)
