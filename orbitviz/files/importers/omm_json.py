"""OMM as JSON: a list of objects of keywords, or one such object (CelesTrak FORMAT=json, Space-Track gp in json)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import CatalogueRows
from orbitviz.files.importers.omm_fields import KEYWORDS, catalogue, missing_keywords
from orbitviz.files.importers.rows import Refusals, read_bytes

NAME = "omm-json"
TITLE = "Orbit mean elements (OMM) as JSON"
PATTERNS: tuple[str, ...] = ("*.json",)

_KEY = re.compile(rb'"mean_motion"\s*:', re.IGNORECASE)


def claims(path: Path, head: bytes) -> bool:
    """Whether it opens as JSON and an object of it has a mean motion."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start[:1] in (b"[", b"{") and _KEY.search(start) is not None


def read(path: Path) -> CatalogueRows:
    """All objects of the file; one that cannot be read is refused with its number (from 1) and the reason."""
    try:
        content = json.loads(read_bytes(path).decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise FileRefusedError(f"an OMM file must be proper JSON, {error}", "export it again", path) from None
    objects = content if isinstance(content, list) else [content]
    refusals = Refusals("object")
    for index, item in enumerate(objects):
        if not isinstance(item, dict):
            refusals.add(index + 1, "must be an object of keywords, it is not")
    whole = [index for index, item in enumerate(objects) if isinstance(item, dict)]
    folded = [{key.upper(): value for key, value in objects[index].items()} for index in whole]
    missing_keywords(sorted({key for item in folded for key in item}), path)
    columns = {name: [_text(item.get(name)) for item in folded] for name in KEYWORDS}
    return catalogue(columns, np.array(whole, dtype=np.int64) + 1, refusals, path)


def _text(value: Any) -> str:
    """A value as it would stand in a table: numbers by their shortest form, nothing for null, lists and objects."""
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
