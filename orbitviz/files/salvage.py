"""Files cut short: HDF5 opens none that ends before it says it does. A copy filled up with zeros opens where what was
cut off are data; what was there is damaged then, and found to be by its checksums."""

from __future__ import annotations

import shutil
from pathlib import Path

from orbitviz.files.fleet_file import disk_sentence

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_MISSING_BYTES = 1 << 40


def stated_size(path: Path) -> int | None:
    """The end of file that the superblock of an HDF5 file states, bytes; None where there is none to be read."""
    with path.open("rb") as handle:
        head = handle.read(64)
    if len(head) < 64 or head[:8] != SIGNATURE:
        return None
    version = head[8]
    # Format specification of HDF5, III.A: versions 0 and 1 give sizes of offsets in byte 13, 2 and 3 in byte 9.
    if version in (0, 1):
        wide, place = head[13], 24 + 4 * version + 2 * head[13]
    elif version in (2, 3):
        wide, place = head[9], 12 + 2 * head[9]
    else:
        return None
    if wide != 8:
        return None
    return int.from_bytes(head[place : place + wide], "little")


def padded_copy(source: Path, out: Path) -> tuple[Path | None, int]:
    """(a copy beside `out` filled up to its stated size, bytes that are missing); (None, 0) where none is."""
    if not source.is_file():
        return None, 0
    stated, there = stated_size(source), source.stat().st_size
    if stated is None or not 0 < stated - there < MOST_MISSING_BYTES:
        return None, 0
    copy = out.with_name(f"{out.stem}.salvage{out.suffix}")
    try:
        shutil.copyfile(source, copy)
        with copy.open("rb+") as handle:
            handle.truncate(stated)
    except OSError as error:
        copy.unlink(missing_ok=True)
        raise disk_sentence(error, copy) from error
    return copy, stated - there
