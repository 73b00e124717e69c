"""Segments read as one recording: what is joined, what is left out, and that it is said."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitviz.core.errors import FileRefusedError
from orbitviz.core.event import Event, Job
from orbitviz.files import schema, segments_reader
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recording_writer import RecordingWriter
from orbitviz.files.segments_join import Segment, kept_frames
from orbitviz.files.segments_reader import SegmentsReader, open_segments
from orbitviz.files.segments_writer import write_index

STEP_S = 60.0


def write_segment(
    kit: SimpleNamespace, path: Path, first: int, frames: int, fleet=None, infos=None, shift_s: float = 0.0, **end
) -> Path:
    """Frames `first` and on of the run that kit.columns tells; shift_s: from the file's epoch to the run's."""
    fleet = kit.fleet() if fleet is None else fleet
    infos = kit.infos(fleet) if infos is None else infos
    with RecordingWriter(path, kit.scenario(), fleet, infos, STEP_S, frames) as writer:
        for place in range(frames):
            columns = {info.name: kit.columns(fleet, first + place)[info.name] for info in infos}
            for name, values in columns.items():
                stored, _ = schema.quantise(writer.metrics[name], values)
                data = segment_chunk(stored, writer.metrics[name].fill)
                writer.write_chunk(name, place, 0, data)
            t_s = (first + place) * STEP_S - shift_s
            events = (Event(t_s + 1.0, "gang_stalled", 3, f"frame {first + place}"),)
            writer.commit(place, t_s, {"battery_soc_mean": float(first + place)}, {}, None, events)
        writer.write_jobs([Job(f"job {first}", "gang", "train", 0, frames - 1, np.array([1, 5], np.uint32), 2.0)])
        writer.close(end.get("complete", True))
    return path


def segment_chunk(stored: np.ndarray, fill: int | None) -> bytes:
    from orbitviz.files.codec import deflate_chunk

    return deflate_chunk(stored, len(stored), fill or 0)


@pytest.fixture(scope="session")
def cut_once(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames in three segments, beside the same in one file."""
    base = tmp_path_factory.mktemp("cut")
    folder = base / "run.segments"
    folder.mkdir()
    rows = []
    for number, (first, frames) in enumerate(((0, 4), (4, 4), (8, 2))):
        write_segment(kit, folder / f"{number:03d}.h5", first, frames)
        rows.append({"file": f"{number:03d}.h5", "first_t_s": first * STEP_S, "frames": frames})
    write_index(folder, "A run in three", True, rows)
    write_segment(kit, base / "whole.h5", 0, 10)
    return base


@pytest.fixture
def cut(cut_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(cut_once / "run.segments", tmp_path / "run.segments"))


def frame_of(reader, name: str, index: int) -> np.ndarray:
    out = np.empty(reader.node_count, reader.metrics[name].dtype)
    reader.read(name, index, out)
    return out


def frames_of(kit: SimpleNamespace, reader: SegmentsReader) -> None:
    """Each frame shown holds the values of its instant."""
    for index, t_s in enumerate(reader.times_s):
        for name, values in kit.columns(reader.fleet, round(t_s / STEP_S)).items():
            info = reader.metrics[name]
            got = info.values(frame_of(reader, name, index))
            assert np.abs(got - values).max() <= info.max_error * 1.01 + 1e-6, (name, index)


def test_segments_tell_what_one_file_tells(kit: SimpleNamespace, cut: Path, cut_once: Path) -> None:
    rows = np.array([0, 7, 11])
    with open_segments(cut) as joined, open_recording(cut_once / "whole.h5") as whole:
        assert np.array_equal(joined.histories("sunlit", rows, 3, 9), whole.histories("sunlit", rows)[:, 3:9])
        assert joined.times_s.tolist() == whole.times_s.tolist()
        assert joined.complete and not joined.notes
        assert joined.title == "A run in three"
        assert dict(joined.metrics) == dict(whole.metrics)
        assert joined.scenario == whole.scenario
        assert joined.events == whole.events
        assert joined.totals["battery_soc_mean"].tolist() == whole.totals["battery_soc_mean"].tolist()
        assert joined.size_bytes == sum(path.stat().st_size for path in cut.glob("*.h5"))
        for name in whole.metrics:
            for index in range(10):
                assert np.array_equal(frame_of(joined, name, index), frame_of(whole, name, index))
            assert np.array_equal(joined.histories(name, rows), whole.histories(name, rows), equal_nan=True)


def test_jobs_count_frames_over_all_segments(cut: Path) -> None:
    with open_segments(cut) as joined:
        assert [(job.name, job.first_frame, job.last_frame) for job in joined.jobs] == [
            ("job 0", 0, 3),
            ("job 4", 4, 7),
            ("job 8", 8, 9),
        ]
        assert joined.job_members(2).tolist() == [1, 5]
        with pytest.raises(IndexError):
            joined.job_members(3)


def test_a_missing_segment_is_a_gap_and_said(kit: SimpleNamespace, cut: Path) -> None:
    (cut / "001.h5").unlink()
    with open_segments(cut) as joined:
        assert joined.times_s.tolist() == [0.0, 60.0, 120.0, 180.0, 480.0, 540.0]
        assert joined.notes == ["segment 001.h5 is left out: it is missing"]
        assert not joined.complete
        frames_of(kit, joined)
        assert joined.histories("sunlit", np.array([2])).shape == (1, 6)


def test_a_damaged_segment_loses_only_itself(kit: SimpleNamespace, cut: Path) -> None:
    path = cut / "000.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_segments(cut) as joined:
        assert joined.times_s.tolist() == [STEP_S * k for k in range(4, 10)]
        assert len(joined.notes) == 1 and joined.notes[0].startswith("segment 000.h5 is left out: ")
        frames_of(kit, joined)


def test_nothing_that_can_be_read_is_refused(cut: Path, tmp_path: Path) -> None:
    for path in cut.glob("*.h5"):
        path.write_bytes(b"no recording")
    with pytest.raises(FileRefusedError, match=r"at least one segment .* segment 000\.h5 is left out"):
        open_segments(cut)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileRefusedError, match="without a recording"):
        open_segments(tmp_path / "empty")


def test_a_folder_without_an_index_opens_in_order_of_time(kit: SimpleNamespace, tmp_path: Path) -> None:
    write_segment(kit, tmp_path / "machine-a.h5", 4, 3)
    write_segment(kit, tmp_path / "machine-b.h5", 0, 4)
    with open_segments(tmp_path) as joined:
        assert joined.times_s.tolist() == [STEP_S * k for k in range(7)]
        assert joined.complete
        frames_of(kit, joined)


def test_a_shifted_epoch_is_brought_together_by_utc(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    later = replace(
        fleet,
        epoch=fleet.epoch.plus(3600.0),
        elements=replace(fleet.elements, epoch_s=fleet.elements.epoch_s - 3600.0),
    )
    write_segment(kit, tmp_path / "a.h5", 0, 3, fleet)
    write_segment(kit, tmp_path / "b.h5", 3, 3, later, shift_s=3600.0)
    with open_segments(tmp_path) as joined:
        assert joined.times_s == pytest.approx([STEP_S * k for k in range(6)], abs=1e-4)
        assert joined.notes == []
        assert [event.t_s for event in joined.events] == pytest.approx([STEP_S * k + 1.0 for k in range(6)], abs=1e-4)
        frames_of(kit, joined)


def test_another_fleet_is_left_out(kit: SimpleNamespace, cut: Path) -> None:
    write_segment(kit, cut / "003.h5", 10, 2, kit.fleet(seed=2))
    write_segment(kit, cut / "004.h5", 12, 2, kit.fleet(nodes=13))
    with open_segments(cut) as joined:
        assert len(joined.times_s) == 10
        assert "'/fleet/elements/eccentricity' is another" in joined.notes[0]
        assert "the same 12 nodes as those before, it has 13" in joined.notes[1]


def test_a_large_fleet_is_compared_by_its_chunks(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet(nodes=5000)
    spoiled = fleet.elements.raan_rad.copy()
    spoiled[4321] += 1e-9
    for name, other in (
        ("a", fleet),
        ("b", fleet),
        ("c", replace(fleet, elements=replace(fleet.elements, raan_rad=spoiled))),
    ):
        write_segment(kit, tmp_path / f"{name}.h5", "abc".index(name) * 2, 2, other)
    with h5py.File(tmp_path / "b.h5", "r+") as file:  # stored in another way, the values are the same
        values = file["/fleet/node_id"][()]
        del file["/fleet/node_id"]
        file["/fleet/node_id"] = values
    with open_segments(tmp_path) as joined:
        assert len(joined.times_s) == 4
        assert len(joined.notes) == 1 and "segment c.h5" in joined.notes[0] and "raan_rad" in joined.notes[0]


def test_steps_that_differ_are_brought_to_common_ones(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    other = [schema.quantised("radiator_k", "K", "Radiator", 250.0, 400.0)]
    mine = [info for info in kit.infos(fleet) if info.name == "radiator_k"]
    write_segment(kit, tmp_path / "a.h5", 0, 2, infos=mine)
    write_segment(kit, tmp_path / "b.h5", 2, 2, infos=other)
    with open_segments(tmp_path) as joined:
        info = joined.metrics["radiator_k"]
        assert info.dtype == "uint16" and info.low <= 250.0 and info.high >= 400.0
        for index in range(4):
            got = info.values(frame_of(joined, "radiator_k", index))
            assert np.abs(got - kit.columns(fleet, index)["radiator_k"]).max() <= info.max_error * 1.01
            own = joined.histories("radiator_k", np.arange(12))[:, index]
            assert np.abs(own - got).max() <= info.max_error


def test_a_metric_that_one_segment_lacks_is_not_shown(kit: SimpleNamespace, tmp_path: Path) -> None:
    infos = kit.infos(kit.fleet())
    write_segment(kit, tmp_path / "a.h5", 0, 2, infos=infos)
    write_segment(kit, tmp_path / "b.h5", 2, 2, infos=infos[:2])
    with open_segments(tmp_path) as joined:
        assert list(joined.metrics) == ["sunlit", "battery_soc"]
        assert "'status' is not shown: segment b.h5 does not have it" in joined.notes


def test_a_complete_segment_goes_before_one_that_is_not(kit: SimpleNamespace, tmp_path: Path) -> None:
    write_segment(kit, tmp_path / "a.h5", 0, 5, complete=False)
    write_segment(kit, tmp_path / "b.h5", 3, 4)
    with open_segments(tmp_path) as joined:
        assert joined.times_s.tolist() == [STEP_S * k for k in range(7)]
        assert joined.notes == ["segment a.h5 shows 3 of its 5 frames, the others are those of b.h5"]
        assert [event.text for event in joined.events] == [f"frame {k}" for k in range(7)]
        assert [(job.first_frame, job.last_frame) for job in joined.jobs] == [(0, 2), (3, 6)]
        frames_of(kit, joined)


def test_files_are_held_open_in_limited_number(
    kit: SimpleNamespace, cut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments_reader, "MAX_OPEN", 2)
    with open_segments(cut) as joined:
        frames_of(kit, joined)
        assert joined.open_files == 2
        assert joined.histories("sunlit", np.array([0])).shape == (1, 10)
        assert joined.open_files == 2
    assert joined.open_files == 0


def test_a_segment_changed_since_is_an_error_of_its_frames_alone(
    kit: SimpleNamespace, cut: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments_reader, "MAX_OPEN", 1)
    with open_segments(cut) as joined:
        (cut / "000.h5").unlink()
        write_segment(kit, cut / "000.h5", 20, 4)
        with pytest.raises(FileRefusedError, match=r"segment 000\.h5 must stay as it was"):
            frame_of(joined, "sunlit", 0)
        assert len(frame_of(joined, "sunlit", 5)) == 12


@pytest.mark.parametrize(
    "name", ["../whole.h5", "/etc/passwd.h5", "..\\a.h5", "a/b.h5", ".hidden.h5", "C:a.h5", "a.txt", "", 7, None]
)
def test_an_index_that_leads_out_of_the_folder_is_not_used(cut: Path, name: object) -> None:
    told = json.loads((cut / "index.json").read_text())
    told["segments"][0]["file"] = name
    (cut / "index.json").write_text(json.dumps(told))
    with open_segments(cut) as joined:
        assert len(joined.times_s) == 10
        assert joined.notes[0].startswith("index.json is not used: a segment must be a file in the folder")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": "other"}', '{"a":' * 3000])
def test_a_damaged_index_is_said_and_the_folder_still_opens(cut: Path, text: str) -> None:
    (cut / "index.json").write_text(text)
    with open_segments(cut) as joined:
        assert len(joined.times_s) == 10
        assert joined.notes[0].startswith("index.json is not used: ")


def test_the_segment_being_written_shows_what_is_committed(kit: SimpleNamespace, cut: Path) -> None:
    fleet = kit.fleet()
    writer = RecordingWriter(cut / "003.h5", kit.scenario(), fleet, kit.infos(fleet), STEP_S, 4)
    for place in range(2):
        for name, values in kit.columns(fleet, 10 + place).items():
            stored, _ = schema.quantise(writer.metrics[name], values)
            writer.write_chunk(name, place, 0, segment_chunk(stored, writer.metrics[name].fill))
        writer.commit(place, (10 + place) * STEP_S, {}, {})
    assert (cut / "003.partial.h5").exists()
    with open_segments(cut) as joined:
        assert len(joined.times_s) == 12 and joined.live
        frames_of(kit, joined)
        assert not joined.refresh()
        for place in range(2, 4):
            for name, values in kit.columns(fleet, 10 + place).items():
                stored, _ = schema.quantise(writer.metrics[name], values)
                writer.write_chunk(name, place, 0, segment_chunk(stored, writer.metrics[name].fill))
            writer.commit(place, (10 + place) * STEP_S, {}, {})
        writer.close(True)
        write_segment(kit, cut / "004.h5", 14, 2)
        assert joined.refresh()
        assert joined.times_s.tolist() == [STEP_S * k for k in range(16)]
        frames_of(kit, joined)


# -- Which frames are shown ------------------------------------------------------------------------------------------


def bare(name: str, times_s: list[float], complete: bool) -> Segment:
    return Segment(name, np.array(times_s), 1.0, complete, False, 0, False, {}, {}, {}, {}, {}, (), (), ())


@st.composite
def stretches(draw: st.DrawFn) -> list[Segment]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        first, frames = draw(st.integers(0, 30)), draw(st.integers(0, 12))
        step = draw(st.sampled_from([1, 2, 3]))
        times = [float(first + step * k) for k in range(frames)]
        found.append(bare(f"{number:03d}.h5", times, draw(st.booleans())))
    return found


@given(stretches())
@settings(max_examples=300, deadline=None)
def test_frames_shown_never_meet_and_none_is_lost_without_a_word(segments: list[Segment]) -> None:
    kept, notes = kept_frames(segments)
    shown = np.concatenate([segment.times_s[frames] for segment, frames in zip(segments, kept, strict=True)])
    assert len(np.unique(shown)) == len(shown)
    assert (np.diff(np.sort(shown)) > 0.0).all()
    spans = [(s.times_s[0], s.times_s[-1]) for s in segments if len(s.times_s)]
    for segment, frames in zip(segments, kept, strict=True):
        hidden = np.setdiff1d(np.arange(len(segment.times_s)), frames)
        assert bool(len(hidden)) == any(note.startswith(f"segment {segment.name} shows") for note in notes)
        # What is not shown lies in a stretch that another segment has.
        for t_s in segment.times_s[hidden]:
            assert sum(low <= t_s <= high for low, high in spans) >= 2
    whole = [s for s in segments if s.complete and len(s.times_s)]
    if whole:
        assert len(kept[segments.index(whole[0])]) == len(whole[0].times_s)
