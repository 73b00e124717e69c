"""Recordings in segments: each a recording of its own, the index always whole, a run cut short keeps its frames."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from orbitviz.core.errors import OrbitvizError
from orbitviz.files import recording_writer
from orbitviz.files.recording_reader import open_recording
from orbitviz.recorder import Progress, plan, record


def index_of(folder: Path) -> dict[str, object]:
    return dict(json.loads((folder / "index.json").read_text("utf-8")))


def frames_of(path: Path) -> dict[str, np.ndarray]:
    with open_recording(path) as reader:
        found: dict[str, np.ndarray] = {"t_s": reader.times_s}
        for name, info in reader.metrics.items():
            found[name] = np.empty((len(reader.times_s), reader.node_count), info.dtype)
            for frame in range(len(reader.times_s)):
                reader.read(name, frame, found[name][frame])
        return found | {f"total {name}": np.asarray(values) for name, values in reader.totals.items()}


def test_segments_hold_together_what_one_file_holds(kit: SimpleNamespace, tmp_path: Path) -> None:
    whole = record(kit.scenario(), kit.fleet(), tmp_path / "one.h5", duration_s=1500, start_s=60.0)
    cut = record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=1500, start_s=60.0, segment=10)
    assert cut.path == tmp_path / "run.segments" and cut.complete and cut.frames == 25
    assert cut.bytes == sum(path.stat().st_size for path in cut.path.iterdir())
    assert sorted(path.name for path in cut.path.iterdir()) == ["000.h5", "001.h5", "002.h5", "index.json"]
    told = index_of(cut.path)
    assert told == {
        "format": "orbitviz-segments",
        "format_version": "1.0",
        "title": "Test fleet",
        "complete": 1,
        "segments": [
            {"file": "000.h5", "first_t_s": 60.0, "frames": 10},
            {"file": "001.h5", "first_t_s": 660.0, "frames": 10},
            {"file": "002.h5", "first_t_s": 1260.0, "frames": 5},
        ],
    }
    wanted = frames_of(whole.path)
    parts = [frames_of(cut.path / f"00{number}.h5") for number in range(3)]
    for name, values in wanted.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values, err_msg=name)
    with open_recording(cut.path / "001.h5") as reader:
        assert reader.complete and reader.fleet.title == "Test fleet" and reader.scenario == kit.scenario()


def test_a_run_cut_short_keeps_its_segments(kit: SimpleNamespace, tmp_path: Path) -> None:
    done: list[Progress] = []
    result = record(
        kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=86400 * 10, segment=12,
        progress=done.append, cancelled=lambda: bool(done) and done[-1].frames_done > 30,
    )  # fmt: skip
    told = index_of(result.path)
    assert not result.complete and told["complete"] == 0
    counts = [segment["frames"] for segment in told["segments"]]  # type: ignore[attr-defined]
    assert sum(counts) == result.frames and set(counts[:-1]) == {12}
    assert not list(result.path.glob("*.partial*"))


def test_nothing_committed_leaves_no_folder(kit: SimpleNamespace, tmp_path: Path) -> None:
    result = record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", segment=5, cancelled=lambda: True)
    assert (result.frames, result.bytes) == (0, 0) and list(tmp_path.iterdir()) == []


def test_an_earlier_run_of_that_name_is_not_touched(kit: SimpleNamespace, tmp_path: Path) -> None:
    record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=300, segment=5)
    before = (tmp_path / "run.segments" / "000.h5").read_bytes()
    with pytest.raises(OrbitvizError, match=r"run\.segments must not be there yet"):
        record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=300, segment=5)
    assert (tmp_path / "run.segments" / "000.h5").read_bytes() == before


def test_a_disk_that_fills_up_keeps_the_segments(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [1 << 40]
    usage = lambda _: SimpleNamespace(total=1 << 41, used=0, free=free[0])  # noqa: E731
    monkeypatch.setattr(recording_writer.shutil, "disk_usage", usage)

    def fill(progress: Progress) -> None:
        free[0] = 1 << 20

    with pytest.raises(OrbitvizError, match="must keep 32 MB free while recording"):
        record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=86400 * 10, segment=20, progress=fill)
    told = index_of(tmp_path / "run.segments")
    segments = told["segments"]
    assert told["complete"] == 0 and segments
    for segment in segments:  # type: ignore[attr-defined]
        with open_recording(tmp_path / "run.segments" / segment["file"]) as reader:
            assert len(reader.times_s) == segment["frames"]


def test_a_run_that_will_not_fit_is_refused_before_it_begins(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = lambda _: SimpleNamespace(total=1 << 40, used=0, free=60 << 20)  # noqa: E731
    monkeypatch.setattr(plan.shutil, "disk_usage", usage)
    with pytest.raises(OrbitvizError, match=r"must have about .* free for 14,400 frames of 12 nodes") as caught:
        record(kit.scenario(), kit.fleet(), tmp_path / "run.h5", duration_s=86400 * 10)
    assert "62.9 MB are free" in str(caught.value) and caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "asked", "wanted", "frames", "length"),
    [
        ("a.h5", None, 1 << 30, 1440, None),
        ("a.h5", None, 8 << 30, 10_080, 1256),
        ("a.h5", 0, 8 << 30, 10_080, None),
        ("a.h5", 100, 1 << 20, 1440, 100),
        ("a.segments", None, 1 << 20, 5, 5),
        ("a.h5", None, 1 << 40, 20, 8),
    ],
)
def test_how_a_run_is_cut(name: str, asked: int | None, wanted: int, frames: int, length: int | None) -> None:
    assert plan.segment_frames(Path(name), asked, wanted, frames) == length
