"""Recovery: what was committed comes back byte for byte, what is damaged is told and never passed off as data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files.check import check
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recording_writer import RecordingWriter, partial_path
from orbitviz.files.recover import recover
from orbitviz.files.recover_segments import recover_segments
from orbitviz.recorder import record

FRAMES = 20


@pytest.fixture
def whole(kit: SimpleNamespace, tmp_path: Path) -> Path:
    """A recording of ours, with checksums, totals, sums over the ground."""
    return record(kit.scenario(), kit.fleet(), tmp_path / "whole.h5", duration_s=60.0 * FRAMES).path


def stored(path: Path) -> dict[str, np.ndarray]:
    with h5py.File(path, "r") as file:
        names = [f"frames/{name}" for name in file["frames"]] + [f"totals/{name}" for name in file["totals"]]
        names += [f"surface/{name}" for name in file.get("surface", ())]
        return {name: file[name][()] for name in (*names, "time/t_s", "time/events")}


def assert_same(one: Path, other: Path, frames: int) -> None:
    left, right = stored(one), stored(other)
    assert set(left) == set(right)
    for name, values in left.items():
        assert values[:frames].tobytes() == right[name][:frames].tobytes(), name


def spoil_chunk(path: Path, name: str, frame: int, at: int = 8) -> None:
    """One byte of a chunk turned, past the library."""
    with h5py.File(path, "r") as file:
        dataset = file[name]
        place = dataset.id.get_chunk_info_by_coord((frame,) + (0,) * (dataset.ndim - 1))
    with path.open("rb+") as handle:
        handle.seek(place.byte_offset + min(at, place.size - 1))
        byte = handle.read(1)[0]
        handle.seek(-1, 1)
        handle.write(bytes([byte ^ 0x55]))


def test_a_sound_recording_comes_back_as_it_was(whole: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    before = whole.read_bytes()
    result = recover(whole, tmp_path / "out.h5", lambda *told: seen.append(told))
    assert (result.frames, result.committed, result.complete, result.summed) == (FRAMES, FRAMES, True, True)
    assert result.sentences == [] and whole.read_bytes() == before
    assert_same(tmp_path / "out.h5", whole, FRAMES)
    assert seen[0] == (1, FRAMES, "copied") and seen[-1] == (FRAMES, FRAMES, "proved")
    with open_recording(whole) as old, open_recording(tmp_path / "out.h5") as new:
        assert new.complete and new.notes == [] and new.events == old.events and new.jobs == old.jobs
        assert new.fleet.title == old.fleet.title and new.scenario == old.scenario
        assert new.metrics == old.metrics and new.total_infos == old.total_infos and new.surface == old.surface
        np.testing.assert_array_equal(new.fleet.elements.raan_rad, old.fleet.elements.raan_rad)
        assert [bytes(name) for name in new.fleet.name] == [bytes(name) for name in old.fleet.name]
    assert check(tmp_path / "out.h5").wrong == []
    assert not list(tmp_path.glob("*.partial*")) and not list(tmp_path.glob("*.salvage*"))


def test_what_lies_beyond_the_counter_is_left_behind(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet, path = kit.fleet(), tmp_path / "run.h5"
    with RecordingWriter(path, None, fleet, kit.infos(fleet), 60.0, 9) as writer:
        for frame in range(3):
            kit.write_frame(writer, kit.columns(fleet, frame), frame)
        writer.write_chunk("sunlit", 3, 0, b"begun, never committed")
        writer._file.flush()
        shutil.copy(partial_path(path), tmp_path / "killed.partial.h5")
    result = recover(tmp_path / "killed.partial.h5", tmp_path / "out.h5")
    assert (result.frames, result.complete, result.summed, result.sentences) == (3, False, False, [])
    assert_same(tmp_path / "out.h5", path, 3)


@pytest.mark.parametrize("how", ["packed bytes", "another frame's chunk", "a chunk that never came"])
def test_a_damaged_frame_holds_no_values_and_is_told(whole: Path, tmp_path: Path, how: str) -> None:
    good = stored(whole)
    bad = Path(shutil.copy(whole, tmp_path / "bad.h5"))
    if how == "packed bytes":
        spoil_chunk(bad, "frames/radiator_k", 7)
    else:
        with h5py.File(bad, "r+") as file:
            dataset = file["frames/radiator_k"]
            if how == "another frame's chunk":
                dataset.id.write_direct_chunk((7, 0), dataset.id.read_direct_chunk((3, 0))[1])
            else:
                values = dataset[()]
                dataset.resize(7, axis=0)
                dataset.resize(FRAMES, axis=0)
                dataset[8:] = values[8:]
    result = recover(bad, tmp_path / "out.h5")
    assert len(result.sentences) == 1 and "frame 7 of radiator_k is damaged and holds no values" in result.sentences[0]
    assert (result.frames, result.complete) == (FRAMES, True)
    got = stored(tmp_path / "out.h5")
    assert (got["frames/radiator_k"][7] == 255).all()
    good["frames/radiator_k"][7] = 255
    for name, values in good.items():
        assert got[name].tobytes() == values.tobytes(), name
    assert check(tmp_path / "out.h5").wrong == []


def test_a_damaged_frame_without_a_mark_for_no_value_is_left_out_whole(whole: Path, tmp_path: Path) -> None:
    good = stored(whole)
    with h5py.File(whole, "r+") as file:
        del file["frames/sunlit"].attrs["_FillValue"]
        file["frames/sunlit"].id.write_direct_chunk((5, 0), b"not deflated at all")
    result = recover(whole, tmp_path / "out.h5")
    assert "frame 5 is left out" in result.sentences[0]
    assert (result.frames, result.committed, result.complete) == (FRAMES - 1, FRAMES, False)
    got = stored(tmp_path / "out.h5")
    for name, values in good.items():
        assert got[name].tobytes() == np.delete(values, 5, axis=0).tobytes(), name


def test_a_damaged_fleet_cannot_be_recovered(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = kit.recording(tmp_path / "a.h5", kit.fleet(70_000), frames=1)
    with h5py.File(path, "r+") as file:
        file["fleet/elements/raan_rad"].id.write_direct_chunk((0,), b"nothing")
    with pytest.raises(FileRefusedError, match="without it the nodes are not known"):
        recover(path, tmp_path / "out.h5")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a.h5"]


def test_a_damaged_name_is_left_out_and_told(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = kit.recording(tmp_path / "a.h5", kit.fleet(70_000), frames=1)
    with h5py.File(path, "r+") as file:
        file["fleet/name"].id.write_direct_chunk((0,), b"nothing")
    assert recover(path, tmp_path / "out.h5").sentences == ["'/fleet/name' is damaged and is left out"]
    with open_recording(tmp_path / "out.h5") as reader:
        assert reader.fleet.name is None and len(reader.fleet) == 70_000


def test_a_file_cut_short_is_filled_up_and_gives_what_it_still_has(whole: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(FileRefusedError):
        open_recording(cut)
    result = recover(cut, tmp_path / "out.h5")
    assert result.sentences[0] == "the last 40 bytes of cut.h5 are missing"
    got, good = stored(tmp_path / "out.h5"), stored(whole)
    for name in good:
        if name.startswith("frames/"):
            told = {int(s.split()[1]) for s in result.sentences[1:] if f"of {name[7:]} is" in s}
            for frame in range(FRAMES):
                wanted = np.full(12, 255, "u1") if frame in told else good[name][frame]
                assert got[name][frame].tobytes() == wanted.tobytes(), (name, frame)


def test_half_a_file_is_a_sentence_and_leaves_nothing(whole: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(FileRefusedError) as caught:
        recover(cut, tmp_path / "out.h5")
    assert "cut.h5" in str(caught.value)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["cut.h5", "whole.h5"]


def test_never_in_place(whole: Path) -> None:
    with pytest.raises(OrbitvizError, match="never recovered in place"):
        recover(whole, whole)


def test_positions_and_other_types_are_copied(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    position = rng.uniform(-7000.0, 7000.0, (4, 5, 3)).astype("f4")
    heat = rng.uniform(0.0, 1.0, (4, 5)).astype("f8")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs.update({"format": "orbitviz-recording", "format_version": "1.0", "odd": [1, 2]})
        file.attrs["epoch_utc"] = "2026-03-20T00:00:00Z"
        file["time/t_s"] = np.arange(4) * 30.0
        file["frames/position_km"], file["frames/heat"] = position, heat
        file["frames/heat"].attrs.update({"units": "W", "long_name": "Heat"})
        file["mine/own"] = np.arange(3)
    result = recover(tmp_path / "a.h5", tmp_path / "out.h5")
    assert result.sentences == ["'/mine' is not of the format and is left out"] and result.complete
    with h5py.File(tmp_path / "out.h5") as file:
        assert file["frames/position_km"][()].tobytes() == position.tobytes()
        assert file["frames/heat"][()].tobytes() == heat.tobytes()
        assert file.attrs["odd"].tolist() == [1, 2] and file["frames/heat"].attrs["units"].decode() == "W"


def test_a_folder_of_segments_loses_only_what_is_damaged(kit: SimpleNamespace, tmp_path: Path) -> None:
    run = record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=60.0 * FRAMES, segment=8).path
    shutil.copytree(run, tmp_path / "bad.segments")
    bad = tmp_path / "bad.segments"
    (bad / "001.h5").write_bytes((bad / "001.h5").read_bytes()[:2000])
    (bad / "002.h5").rename(bad / "002.partial.h5")
    result = recover_segments(bad, tmp_path / "out.segments")
    assert (result.frames, result.complete) == (12, False)
    assert [sentence.partition(":")[0] for sentence in result.sentences] == ["001.h5"]
    told = json.loads((tmp_path / "out.segments" / "index.json").read_text("utf-8"))
    assert [segment["file"] for segment in told["segments"]] == ["000.h5", "002.h5"] and told["complete"] == 0
    for name in ("000.h5", "002.h5"):
        assert_same(tmp_path / "out.segments" / name, run / name, 8)
    whole = recover_segments(run, tmp_path / "again.segments")
    assert whole.complete and whole.sentences == [] and check(tmp_path / "again.segments").wrong == []
