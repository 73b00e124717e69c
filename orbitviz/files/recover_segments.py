"""A folder of segments recovered to a new one: each segment by itself, so that what one has lost is its own alone."""

from __future__ import annotations

import json
from pathlib import Path

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files.fleet_file import disk_sentence
from orbitviz.files.recover import Recovery, Told, recover
from orbitviz.files.safety import open_checked
from orbitviz.files.segments_writer import INDEX, write_index

MAX_INDEX_BYTES = 4 << 20


def recover_segments(source: Path, out: Path, progress: Told | None = None) -> Recovery:
    """Every recording in the folder `source`, closed or partial, to the new folder `out` (NAME.segments)."""
    if out.suffix != ".segments":
        raise OrbitvizError(
            f"segments are recovered to a folder whose name ends in .segments, got '{out.name}'", "name it so", out
        )
    files = sorted(path for path in source.glob("*.h5") if path.is_file())
    if not files:
        raise FileRefusedError(
            "a folder of segments must hold recordings (.h5), it holds none", "check its name", source
        )
    try:
        out.mkdir()
    except OSError as error:
        raise disk_sentence(error, out) from error
    result = Recovery(out, complete=_said_complete(source), summed=True)
    done: list[tuple[float, str, Recovery]] = []
    for path in files:
        name = f"{path.name.partition('.')[0]}.h5"
        try:
            one = recover(path, out / name, progress)
        except FileRefusedError as error:
            result.sentences.append(f"{path.name}: nothing is recovered, {error.message}")
            # The segment begun last may hold nothing yet.
            continue
        done.append((_first_s(one.path), name, one))
        result.sentences += [f"{path.name}: {sentence}" for sentence in one.sentences]
    if not done:
        out.rmdir()
        raise FileRefusedError("at least one segment must be readable, none is", "; ".join(result.sentences), source)
    done.sort(key=lambda item: item[0])
    result.frames, result.committed = (sum(getattr(one, key) for *_, one in done) for key in ("frames", "committed"))
    result.complete &= len(done) == len(files) and all(one.complete for *_, one in done)
    result.summed = all(one.summed for *_, one in done)
    told = [{"file": name, "first_t_s": first_s, "frames": one.frames} for first_s, name, one in done]
    try:
        write_index(out, _title(source), result.complete, told)
    except OSError as error:
        raise disk_sentence(error, out / INDEX) from error
    return result


def _first_s(path: Path) -> float:
    with open_checked(path, ("recording",)) as file:
        return float(file["/time/t_s"][0])


def read_index(folder: Path) -> dict[str, object]:
    """What index.json says; {} where it is missing or is none."""
    path = folder / INDEX
    try:
        if path.stat().st_size > MAX_INDEX_BYTES:
            return {}
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _said_complete(folder: Path) -> bool:
    return read_index(folder).get("complete") == 1


def _title(folder: Path) -> str:
    return str(read_index(folder).get("title", ""))[:1000]
