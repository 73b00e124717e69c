"""The gate: every HDF5 file, from wherever it comes, is opened here. It is looked at in another process first
(files/vetting.py), then its whole tree here (files/tree.py); nothing of its content is read before that has passed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import h5py

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files import schema, vetting
from orbitviz.files.attributes import number_attribute, text_attribute
from orbitviz.files.identity import Identity
from orbitviz.files.tree import Tree, Visit

SIGNATURE = b"\x89HDF\r\n\x1a\n"
LOOKS = 4
"""How often a file that changes meanwhile is looked at anew."""
READING_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What the library and numpy raise over a damaged file."""
HDF5_KINDS = ("scenario", "recording")
_KINDS = {schema.SCENARIO_FORMAT: "scenario", schema.RECORDING_FORMAT: "recording"}


def open_checked(path: str | Path, kinds: Sequence[str]) -> h5py.File:
    """Opens an HDF5 file of ours for reading once everything in it has been looked at; FileRefusedError otherwise.

    kinds: what the caller can use: "scenario", "recording".
    """
    path = Path(path)
    has_signature(path, required=True)
    for _ in range(LOOKS):
        vetted = vetting.vet(path, kinds)
        file = open_here(path)
        try:
            opened = _identity(file, path)
            growing = not vetted.complete and vetted.identity.same_file(opened)
            if opened == vetted.identity or growing:
                check_open(file, kinds, path.name, path)
                return file
        except BaseException:
            file.close()
            raise
        file.close()
    raise FileRefusedError(
        f"{path.name} must stay as it is while it is opened, it was changed {LOOKS} times", "open it again later", path
    )


def open_here(path: Path) -> h5py.File:
    """The file in this process, nothing of it looked at yet: only where it has been, or is being, vetted."""
    try:
        return h5py.File(path, "r", locking=False)
    except (OSError, RuntimeError) as error:
        raise damaged(path.name, error, path) from None


def check_open(
    file: h5py.File, kinds: Sequence[str], name: str, path: Path | None = None, visit: Visit | None = None
) -> str:
    """Looks at everything in an open file and returns its kind; FileRefusedError when it holds what it must not.

    name: of the file, for sentences; path: where it lies, None for a file that is no local one; visit: as Tree's.
    """
    try:
        kind = _check_format(file, kinds, name, path)
        Tree(path, visit).group(file.id, "", 0)
        return kind
    except OrbitvizError:
        raise
    except Exception as error:
        # The library stumbles in many ways over a damaged file; each of them is this one verdict.
        raise damaged(name, error, path) from None


def is_complete(file: h5py.File, path: Path | None = None) -> bool:
    """Whether nothing more will be written to it, as far as it says."""
    said = number_attribute(file, "complete", path)
    return "/time/committed" not in file if said is None else said == 1.0


def _identity(file: h5py.File, path: Path) -> Identity:
    """Of the file that is open. On Windows the library's handle is none of Python's: of what lies at the path."""
    return Identity.of(path if sys.platform == "win32" else int(file.id.get_vfd_handle()))


def has_signature(path: Path, required: bool = False) -> bool:
    """Whether the file begins as HDF5 does (a header of the user's own, 512 bytes and more, may come before).

    FileRefusedError where there is no plain file, or, with `required`, no such beginning.
    """
    try:
        if path.is_dir():
            raise FileRefusedError(f"{path.name} must be a readable file, it is a folder", "check its name", path)
        # A pipe or a device is never opened: that alone could wait for ever.
        if path.exists() and not path.is_file():
            raise FileRefusedError(f"{path.name} must be a file, it is a pipe or a device", "check its name", path)
        with path.open("rb") as handle:
            for offset in (0, 512, 1024, 2048, 4096):
                handle.seek(offset)
                if handle.read(8) == SIGNATURE:
                    return True
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileRefusedError(f"{path.name} must be a readable file, {reason}", "check its name", path) from None
    if required:
        raise FileRefusedError(
            f"{path.name} must be an HDF5 file, its first bytes are not HDF5's",
            "open a recipe (.toml), a scenario or recording (.h5), or a catalogue (.tle, .csv, .json)",
            path,
        )
    return False


def damaged(name: str, error: BaseException, path: Path | None) -> FileRefusedError:
    """The one sentence for whatever the library says of a damaged file."""
    reason = str(error).splitlines()[0][:160] if str(error) else type(error).__name__
    cut = "truncated" in reason
    return FileRefusedError(
        f"{name} must be a whole HDF5 file, {'its end is missing' if cut else f'it is damaged: {reason}'}",
        "copy it again from where it came from",
        path,
    )


def _check_format(file: h5py.File, kinds: Sequence[str], name: str, path: Path | None) -> str:
    """The root attributes `format` and `format_version`: ours, wanted, and not newer than this program."""
    kind = _KINDS.get(text_attribute(file, "format", path))
    if kind is None:
        got = text_attribute(file, "format", path)
        raise FileRefusedError(
            f"{name} must carry the root attribute format = 'orbitviz-scenario' or 'orbitviz-recording', "
            + (f"got '{got[:60]}'" if got else "it has none"),
            "it is an HDF5 file of another program",
            path,
        )
    version = text_attribute(file, "format_version", path)
    major = version.partition(".")[0]
    if not major.isdigit():
        raise FileRefusedError(f"format_version must look like 1.0, got '{version[:20]}'", "correct it", path)
    if int(major) > int(schema.FORMAT_VERSION.partition(".")[0]):
        raise FileRefusedError(
            f"{name} must be of format version {schema.FORMAT_VERSION} or older, it is of {version}",
            "update orbitviz",
            path,
        )
    if kind not in kinds:
        raise FileRefusedError(f"{name} must be a {' or '.join(kinds)}, it is a {kind}", "open another file", path)
    return kind
