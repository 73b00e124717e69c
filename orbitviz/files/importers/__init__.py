"""Other people's catalogues: one module a format. Add a format by adding its module to IMPORTERS."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.fleet import CatalogueRows
from orbitviz.files.importers import omm_csv, omm_json, tle
from orbitviz.files.importers.rows import MAX_BYTES, check_plain, joined, read_bytes
from orbitviz.files.vetting import vet

__all__ = ["IMPORTERS", "Importer", "importer_for", "importer_named", "joined", "read_catalogue"]

HEAD_BYTES = 8192
"""How much of a file `claims` is shown."""


class Importer(Protocol):
    """What each module of IMPORTERS offers."""

    NAME: str
    TITLE: str
    PATTERNS: tuple[str, ...]

    def claims(self, path: Path, head: bytes) -> bool:
        """Whether the first bytes look like this format; the file's ending is not trusted."""

    def read(self, path: Path) -> CatalogueRows:
        """The objects of the file, with a sentence for each line refused. Raises FileRefusedError when none is left."""


IMPORTERS: tuple[Importer, ...] = (omm_json, omm_csv, tle)


def importer_for(path: Path) -> Importer | None:
    """The importer that recognises the file by its content, or None."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise FileRefusedError(
            f"the file must be readable, {error.strerror or error}", "check the path", path
        ) from None
    return next((importer for importer in IMPORTERS if importer.claims(path, head)), None)


def importer_named(name: str) -> Importer:
    """The importer of that NAME; raises FileRefusedError that lists the names."""
    for importer in IMPORTERS:
        if name.lower() == importer.NAME:
            return importer
    known = ", ".join(importer.NAME for importer in IMPORTERS)
    raise FileRefusedError(f"the format must be one of {known}, got '{name}'", "name one of these")


def read_catalogue(path: Path, name: str | None = None) -> CatalogueRows:
    """Read a catalogue of any known format, or of the one named, once it has been looked at in another process."""
    importer = importer_named(name) if name else None
    check_plain(path)
    vet(path, (importer.NAME if importer else "catalogue",))
    rows = read_here(path, name)
    assert rows is not None
    return rows


def read_here(path: Path, name: str | None = None, largest: int = MAX_BYTES) -> CatalogueRows | None:
    """As read_catalogue, in the process that looks; None for a file of more than `largest` bytes, whose counts only
    were looked at."""
    importer = importer_named(name) if name else importer_for(path)
    if importer is None:
        titles = ", ".join(importer.TITLE for importer in IMPORTERS)
        raise FileRefusedError(
            f"the file must be a catalogue ({titles}), its content is none of these", "check the file", path
        )
    if path.stat().st_size > largest:
        read_bytes(path)
        return None
    return importer.read(path)
