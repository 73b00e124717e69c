"""Shader text: the package's .vert, .frag and .glsl files, `#include "name.glsl"` resolved from scene/glsl/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from vispy import gloo

from orbitviz.core.errors import OrbitvizError

_HERE = Path(__file__).resolve().parent
_INCLUDE = re.compile(r'^[ \t]*#include[ \t]+"([\w./-]+)"[ \t]*$', re.MULTILINE)
_VERSION = re.compile(r"^#version.*$", re.MULTILINE)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise OrbitvizError(
            f"the shader '{path.name}' must be readable ({error})", "reinstall orbitviz", path
        ) from None


@cache
def shader(name: str) -> str:
    """Text of the shader `name` (relative to scene/, as "layers/globe/globe.frag"), each include once."""
    seen: set[str] = set()

    def insert(match: re.Match[str]) -> str:
        included = match.group(1)
        if included in seen:
            return ""
        seen.add(included)
        return _INCLUDE.sub(insert, _read(_HERE / "glsl" / included))

    return _INCLUDE.sub(insert, _read(_HERE / name))


def program(vertex: str, fragment: str, defines: Mapping[str, Any] | None = None) -> gloo.Program:
    """A program of two shader files; `defines` go in front of both as `#define NAME value` (after any #version)."""
    head = "".join(f"#define {name} {value}\n" for name, value in (defines or {}).items())
    return gloo.Program(_with(head, shader(vertex)), _with(head, shader(fragment)))


def _with(head: str, text: str) -> str:
    """#version must come first of all, before the summary comment and the defines."""
    return f"#version 120\n{head}{_VERSION.sub('', text)}"
