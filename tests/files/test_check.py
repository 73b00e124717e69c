"""`check` says everything that is wrong with a file, each in a sentence, and nothing of a sound one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import OrbitvizError
from orbitviz.files.check import check
from orbitviz.files.scenario_file import write_scenario
from orbitviz.recorder import record

FRAMES = 12


@pytest.fixture(scope="module")
def sound(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(kit.scenario(), kit.fleet(), tmp_path_factory.mktemp("sound") / "run.h5", duration_s=720.0).path


@pytest.fixture
def bad(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "bad.h5"))


def replaced(file: h5py.File, name: str, values: np.ndarray) -> None:
    words = dict(file[name].attrs)
    del file[name]
    file[name] = values
    file[name].attrs.update(words)


def times(values: list[float]) -> Callable[[h5py.File], None]:
    def spoil(file: h5py.File) -> None:
        file["time/t_s"][: len(values)] = values

    return spoil


def word(name: str, attribute: str, value: object) -> Callable[[h5py.File], None]:
    def spoil(file: h5py.File) -> None:
        thing = file[name]
        if value is None:
            del thing.attrs[attribute]
        else:
            thing.attrs[attribute] = value

    return spoil


def chunk(name: str, place: tuple[int, ...], data: bytes | tuple[int, ...]) -> Callable[[h5py.File], None]:
    def spoil(file: h5py.File) -> None:
        packed = data if isinstance(data, bytes) else file[name].id.read_direct_chunk(data)[1]
        file[name].id.write_direct_chunk(place, packed)

    return spoil


def value(name: str, place: object, number: object) -> Callable[[h5py.File], None]:
    def spoil(file: h5py.File) -> None:
        file[name][place] = number

    return spoil


WRONG: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "no epoch": (word("/", "epoch_utc", None), "epoch_utc must say when t_s = 0 is, it is missing"),
    "no date": (word("/", "epoch_utc", "yesterday"), "the root attribute epoch_utc"),
    "two epochs": (word("/", "epoch_jd", 2461000.5), "must be the instant epoch_utc"),
    "not complete": (word("/", "complete", np.uint8(0)), "not complete: it was stopped or is under way, with 12 of 12"),
    "no unit": (word("frames/radiator_k", "units", None), "'/frames/radiator_k' must carry the attribute units"),
    "no name": (word("frames/sunlit", "long_name", None), "'/frames/sunlit' must carry the attribute long_name"),
    "another unit": (word("fleet/elements/raan_rad", "units", "deg"), "'/fleet/elements/raan_rad' must be in rad"),
    "times back": (times([0.0, 120.0, 60.0]), "increase each frame, got 60 at frame 2 after 120"),
    "time is NaN": (times([0.0, np.nan]), "increase each frame, got nan at frame 1"),
    "counter": (value("time/committed", 0, 13), "'/time/committed' must be at most the 12 frames"),
    "no frames": (value("time/committed", 0, 0), "at least one committed frame"),
    "scale": (word("frames/sunlit", "scale_factor", 0.0), "must not be zero"),
    "flags": (word("frames/status", "flag_meanings", "one two"), "flag_values of '/frames/status'"),
    "coarse kelvin": (word("frames/radiator_k", "scale_factor", 2.0), "'radiator_k' must be stored to 0.35 K"),
    "coarse": (word("frames/sunlit", "valid_max", np.uint8(25)), "'sunlit' must be stored to 0.25% of its range"),
    "range": (word("frames/battery_soc", "valid_max", np.uint8(2)), "values of battery_soc lie outside its valid_min"),
    "swapped": (chunk("frames/battery_soc", (5, 0), (0, 0)), "frame 5 of battery_soc is damaged: its checksum"),
    "not packed": (chunk("frames/array_w", (3, 0), b"no"), "frame 3 of array_w is damaged"),
    "surface": (chunk("surface/compute_w", (2, 0, 0), b"no"), "frame 2 of '/surface/compute_w' is damaged"),
    "no state": (value("frames/status", (4, slice(None)), 77), "frame 4 of status"),
    "sums": (word("integrity/crc32", "metrics", "sunlit"), "a column for each of the 1 words"),
    "shell": (value("fleet/shell", 3, 9), "'/fleet/shell' must be a row below"),
    "node type": (value("fleet/node_type", 0, 5), "'/fleet/node_type' must be a row below"),
    "eccentricity": (value("fleet/elements/eccentricity", 1, 1.5), "eccentricity' must be at least 0 and below 1"),
    "links": (value("links/pairs", (0, 0), 12), "'/links/pairs' must be a row below 12, got 12"),
    "recipe": (lambda file: replaced(file, "scenario", np.bytes_(b"[scenario]\nodd = 1")), "odd"),
    "events": (value("time/events", 11, 10_000_000), "'/time/events' must grow to at most"),
    "totals": (
        lambda file: replaced(file, "totals/battery_soc_mean", np.zeros(3)),
        "'/totals/battery_soc_mean' is not",
    ),
    "nodes": (lambda file: replaced(file, "frames/sunlit", np.zeros((12, 11), "u1")), "the shape (12, 12), one row a"),
    "few frames": (lambda file: replaced(file, "frames/sunlit", np.zeros((5, 12), "u1")), "must have 12 frames"),
    "outside": (lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")), "must lie in this file"),
}


def test_nothing_is_wrong_with_a_sound_recording(sound: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    report = check(sound, lambda *told: seen.append(told))
    assert (report.wrong, report.notes, report.sound) == ([], [], True)
    assert report.verdict == "nothing is wrong, 12 frames match their checksums"
    assert seen[-1] == (FRAMES, FRAMES, "checked")


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(bad: Path, name: str) -> None:
    spoil, said = WRONG[name]
    with h5py.File(bad, "r+") as file:
        spoil(file)
    report = check(bad)
    assert not report.sound and any(said in sentence for sentence in report.wrong), report.wrong
    assert all(len(sentence) < 400 for sentence in report.wrong)


def test_everything_wrong_is_said_at_once(bad: Path) -> None:
    names = [
        "not complete",
        "no unit",
        "another unit",
        "times back",
        "swapped",
        "surface",
        "shell",
        "eccentricity",
        "events",
    ]
    with h5py.File(bad, "r+") as file:
        for name in names:
            WRONG[name][0](file)
    wrong = check(bad).wrong
    for name in names:
        assert any(WRONG[name][1] in sentence for sentence in wrong), (name, wrong)


def test_many_damaged_frames_are_counted(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = kit.recording(tmp_path / "a.h5", kit.fleet(), frames=40)
    with h5py.File(path, "r+") as file:
        for frame in range(40):
            file["frames/sunlit"].id.write_direct_chunk((frame, 0), b"no")
    wrong = [sentence for sentence in check(path).wrong if "sunlit" in sentence]
    assert len(wrong) == 21 and wrong[-1] == "20 more frames of sunlit are as wrong"


def test_what_is_only_worth_knowing_is_a_note(bad: Path) -> None:
    with h5py.File(bad, "r+") as file:
        file["mine"] = np.arange(3)
        file.attrs["format_version"] = "1.9"
        file["totals/battery_soc_mean"][3] = np.nan
    report = check(bad)
    assert report.wrong == []
    assert any("'/mine' is not of the format and is ignored" in note for note in report.notes)
    assert any("format version 1.9, newer" in note for note in report.notes)
    assert any("1 values of '/totals/battery_soc_mean' are no numbers" in note for note in report.notes)


def test_other_files_are_checked_too(kit: SimpleNamespace, tmp_path: Path) -> None:
    write_scenario(tmp_path / "s.h5", kit.scenario(), kit.fleet())
    assert check(tmp_path / "s.h5").verdict == "nothing is wrong"
    with h5py.File(tmp_path / "s.h5", "r+") as file:
        file["fleet/elements/inclination_rad"][2] = 9.0
    assert any("from 0 to pi" in sentence for sentence in check(tmp_path / "s.h5").wrong)
    (tmp_path / "text.h5").write_text("hello")
    assert not check(tmp_path / "text.h5").sound
    with pytest.raises(OrbitvizError, match="there is no"):
        check(tmp_path / "nothing.h5")


def test_a_folder_of_segments(kit: SimpleNamespace, tmp_path: Path) -> None:
    run = record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=720.0, segment=5).path
    report = check(run)
    assert (report.wrong, report.frames, report.summed) == ([], 12, True)
    (run / "001.h5").rename(run / "001.partial.h5")
    wrong = check(run).wrong
    assert "index.json names '001.h5', which is not in the folder" in wrong
    assert "001.partial.h5 is not named in index.json: it was not closed" in wrong


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orbitviz", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_verbs(sound: Path, bad: Path, tmp_path: Path) -> None:
    done = run("check", str(sound))
    assert done.returncode == 0 and done.stdout == f"{sound}: nothing is wrong, 12 frames match their checksums\n"
    with h5py.File(bad, "r+") as file:
        file["frames/array_w"].id.write_direct_chunk((3, 0), b"no")
    done = run("check", str(bad), "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and not told["sound"] and "frame 3 of array_w" in told["wrong"][0]
    done = run("recover", str(bad), "-o", str(tmp_path / "out.h5"))
    assert done.returncode == 0 and "note: frame 3 of array_w is damaged and holds no values" in done.stdout
    assert "12 of 12 committed frames, checked by their checksums; complete" in done.stdout
    told = json.loads(run("recover", str(bad), "-o", str(tmp_path / "out.h5"), "--json").stdout)
    assert (told["frames"], told["complete"], len(told["sentences"])) == (12, True, 1)
    done = run("recover", str(tmp_path / "nothing.h5"), "-o", str(tmp_path / "out.h5"))
    assert done.returncode == 1 and done.stderr.startswith("orbitviz: ") and "Traceback" not in done.stderr
