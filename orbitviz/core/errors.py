"""Errors a person can act on: what must hold and what was got, what to do next, where."""

from __future__ import annotations

from pathlib import Path


class OrbitvizError(Exception):
    """A refusal or failure that is shown to the user as a sentence, never as a traceback.

    message: what must hold and what was got; hint: what to do next; path: the file concerned, if any.
    """

    def __init__(self, message: str, hint: str = "", path: str | Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = None if path is None else Path(path)

    def __str__(self) -> str:
        text = self.message
        if self.hint:
            text += f"; {self.hint}"
        if self.path is not None:
            text += f" ({self.path})"
        return text


class RecipeError(OrbitvizError):
    """A recipe or scenario that cannot be: unknown key, impossible shell, contradictory node type."""


class FileRefusedError(OrbitvizError):
    """A file that is not ours, is damaged, or holds something a file from others must not hold."""


class CannotDrawError(OrbitvizError):
    """There is no usable OpenGL on this machine."""
