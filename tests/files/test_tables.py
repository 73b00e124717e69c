"""Totals, surface sums, events and jobs of a recording: round trips, interruptions, and what strangers get wrong."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.core.event import Event, Job
from orbitviz.files import schema, tables_reader
from orbitviz.files.attributes import text_attribute
from orbitviz.files.codec import chunk_nodes, deflate_chunk
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recording_writer import RecordingWriter, partial_path
from orbitviz.files.scenario_file import write_scenario

FRAMES = 4
SHELLS = 2


def cells_of(frame: int) -> np.ndarray:
    """Sums by cell as they come: mostly nothing, some hundred cells with values."""
    cells = np.zeros(schema.SURFACE_SHAPE, np.float32)
    rng = np.random.default_rng(frame)
    cells[rng.integers(0, 90, 500), rng.integers(0, 180, 500)] = rng.uniform(0.0, 1e8, 500)
    return cells


def events_of(frame: int) -> list[Event]:
    """One of a node and one of none in every second frame."""
    if frame % 2:
        return []
    return [
        Event(frame * 60.0, "battery_empty_begins", frame, f"batteries run empty, frame {frame}"),
        Event(frame * 60.0 + 30.0, "eclipse_season_begins", -1, "in shell 'låg'"),
    ]


def totals_of(frame: int) -> dict[str, object]:
    return {
        "compute_w_sum_by_shell": np.arange(SHELLS) + 10.0 * frame,
        "radiator_k_p99": 340.0 + frame,
        "inference_served_pf": 5.0 * frame,
        "status_counts": np.full(6, float(frame)),
    }


def write(writer: RecordingWriter, frame: int) -> None:
    length = chunk_nodes(writer.nodes)
    for name in writer.metrics:
        data = deflate_chunk(np.full(min(length, writer.nodes), frame, "u1"), length, 255)
        for chunk in range(-(-writer.nodes // length)):
            writer.write_chunk(name, frame, chunk, data)
    surface = {"compute_w": cells_of(frame), "inference_demand_pf": cells_of(frame + 100)}
    writer.commit(frame, frame * 60.0, totals_of(frame), surface=surface, events=events_of(frame))


JOBS = [
    Job("gang 0", "training", "pre-training", 0, 3, np.array([0, 1, 2], "u4"), 12.5, 0.5, 60.0),
    Job("gang 1", "training", "pre-training", 2, 9, np.array([4, 5], "u4"), 7.0),
    Job("gang 2", "training", "pre-training", 4, 5, np.array([6], "u4")),
]


@pytest.fixture
def run(kit: SimpleNamespace, tmp_path: Path) -> Path:
    """A recording of 12 nodes with all that it can hold."""
    fleet, path = kit.fleet(), tmp_path / "run.h5"
    with RecordingWriter(path, None, fleet, kit.infos(fleet, ("sunlit", "battery_soc")), 60.0, FRAMES) as writer:
        for frame in range(FRAMES):
            write(writer, frame)
        writer.write_jobs(JOBS)
        writer.close(complete=True)
    return path


# -- Round trips -----------------------------------------------------------------------------------------------------


def test_totals_come_back_and_say_what_they_are(run: Path) -> None:
    with open_recording(run) as reader:
        assert reader.totals["compute_w_sum_by_shell"].tolist() == [[10.0 * f, 10.0 * f + 1.0] for f in range(FRAMES)]
        assert reader.totals["radiator_k_p99"].tolist() == [340.0, 341.0, 342.0, 343.0]
        assert reader.total_infos.keys() == reader.totals.keys() == totals_of(0).keys()
        info = reader.total_infos["compute_w_sum_by_shell"]
        assert (info.unit, info.columns, info.mean) == ("W", "one column a row of /shells", True)
        assert reader.notes == []


def test_surface_sums_come_back_to_the_bit_and_say_what_they_are(run: Path) -> None:
    with open_recording(run) as reader:
        assert list(reader.surface) == ["compute_w", "inference_demand_pf"]
        for frame in range(FRAMES):
            assert np.array_equal(reader.read_surface("compute_w", frame), cells_of(frame))
            assert np.array_equal(reader.read_surface("inference_demand_pf", frame), cells_of(frame + 100))
        info = reader.surface["inference_demand_pf"]
        assert (info.unit, info.kind) == ("PFLOP/s", "computed")


def test_any_hdf5_tool_reads_the_surface_sums_and_knows_where_they_lie(run: Path) -> None:
    with h5py.File(run) as file:
        dataset = file["surface/compute_w"]
        assert (dataset.chunks, dataset.compression) == ((1, 90, 180), "gzip")
        assert np.array_equal(dataset[2], cells_of(2))
        assert dataset.attrs["cell_size_deg"] == 2.0
        assert text_attribute(dataset, "frame") == "itrf"
        assert "south to north; row 0 is -90" in text_attribute(dataset, "cell_rows")
        assert "column 0 is -180" in text_attribute(dataset, "cell_columns")


def test_everything_beside_the_frames_carries_its_provenance(run: Path) -> None:
    with h5py.File(run) as file:
        for dataset in (*file["totals"].values(), *file["surface"].values(), *file["frames"].values()):
            for name in ("units", "long_name", "kind", "formula", "source"):
                assert dataset.attrs[name].strip(), (dataset.name, name)
        for dataset in (*file["events"].values(), *file["jobs"].values(), *file["time"].values()):
            assert dataset.attrs["units"].strip() and dataset.attrs["long_name"].strip(), dataset.name


def test_events_come_back(run: Path) -> None:
    with open_recording(run) as reader:
        assert reader.events == (*events_of(0), *events_of(2))


def test_jobs_come_back_as_far_as_frames_are_committed(run: Path) -> None:
    with open_recording(run) as reader:
        assert reader.jobs == (JOBS[0], Job("gang 1", "training", "pre-training", 2, 3, JOBS[1].members, 7.0))
        assert len(reader.jobs[0].members) == 0
        assert reader.job_members(0).tolist() == [0, 1, 2]
        assert reader.job_members(1).tolist() == [4, 5]
        with pytest.raises(IndexError):
            reader.job_members(2)


def test_a_recording_without_them_has_none(recording: Path) -> None:
    with open_recording(recording) as reader:
        assert (reader.events, reader.jobs, dict(reader.surface)) == ((), (), {})
        with pytest.raises(OrbitvizError, match="a surface sum must be one of none, got 'compute_w'"):
            reader.read_surface("compute_w", 0)


def test_reading_refuses_what_is_not_there(run: Path) -> None:
    with open_recording(run) as reader:
        with pytest.raises(OrbitvizError, match="one of compute_w, inference_demand_pf, got 'heat'"):
            reader.read_surface("heat", 0)
        with pytest.raises(IndexError, match="from 0 to 3, got 4"):
            reader.read_surface("compute_w", FRAMES)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"events": [Event(0.0, "boredom", 0, "x")]}, "known kind"),
        ({"events": [Event(0.0, "gang_stalled", 12, "x")]}, "row of the fleet or -1"),
        ({"events": [Event(np.nan, "gang_stalled", 0, "x")]}, "known kind"),
        ({"surface": {"compute_w": np.zeros((180, 90), "f4")}}, "must be \\(90, 180\\) finite numbers"),
        ({"surface": {"compute_w": np.full((90, 180), np.nan, "f4")}}, "must be \\(90, 180\\) finite numbers"),
    ],
)
def test_what_must_not_reach_a_file(kit: SimpleNamespace, tmp_path: Path, more: dict[str, object], said: str) -> None:
    fleet, path = kit.fleet(), tmp_path / "a.h5"
    with RecordingWriter(path, None, fleet, kit.infos(fleet, ("sunlit",)), 60.0) as writer:
        write(writer, 0)
        writer.write_chunk("sunlit", 1, 0, deflate_chunk(np.zeros(12, "u1"), 12, 255))
        with pytest.raises(ValueError, match=said):
            writer.commit(1, 60.0, **more)
    with open_recording(path) as reader:
        assert len(reader.times_s) == 1
        assert reader.events == tuple(events_of(0))


def test_long_texts_are_cut_at_a_whole_letter(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet, path = kit.fleet(), tmp_path / "a.h5"
    with RecordingWriter(path, None, fleet, kit.infos(fleet, ("sunlit",)), 60.0) as writer:
        writer.write_chunk("sunlit", 0, 0, deflate_chunk(np.zeros(12, "u1"), 12, 255))
        writer.commit(0, 0.0, events=[Event(0.0, "gang_stalled", 0, "x" + "ø" * 300)])
        writer.write_jobs([Job("ø" * 60, "training", "w", 0, 0, np.array([0], "u4"))])
        writer.close(complete=True)
    with open_recording(path) as reader:
        assert reader.events[0].text == "x" + "ø" * 99
        assert reader.jobs[0].name == "ø" * 24


# -- Interrupted -----------------------------------------------------------------------------------------------------


def assert_first(reader: object, frames: int) -> None:
    """Exactly what belongs to the first frames."""
    assert len(reader.times_s) == frames
    assert reader.events == tuple(event for frame in range(frames) for event in events_of(frame))
    for name in ("radiator_k_p99", "inference_served_pf"):
        assert reader.totals[name].tolist() == [totals_of(frame)[name] for frame in range(frames)]
    for frame in range(frames):
        assert np.array_equal(reader.read_surface("compute_w", frame), cells_of(frame))
    with pytest.raises(IndexError):
        reader.read_surface("compute_w", frames)


def test_a_frame_that_fails_before_the_counter_is_dropped(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet, path = kit.fleet(), tmp_path / "a.h5"
    with (
        pytest.raises(KeyboardInterrupt),
        RecordingWriter(path, None, fleet, kit.infos(fleet, ("sunlit",)), 60.0) as writer,
    ):
        for frame in range(2):
            write(writer, frame)

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(writer, "_commit", stop)
        write(writer, 2)
    with open_recording(path) as reader:
        assert_first(reader, 2)
    with h5py.File(path) as file:
        assert file["surface/compute_w"].shape[0] == file["totals/radiator_k_p99"].shape[0] == 2
        assert file["time/events"].shape[0] == 2
        assert file["events/text"].shape[0] == 2


KILLED = textwrap.dedent(
    """
    import importlib.util, os, sys
    spec = importlib.util.spec_from_file_location("tables", sys.argv[1])
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    from orbitviz.files import schema
    from orbitviz.files.recording_writer import RecordingWriter
    from orbitviz.files.scenario_file import read_scenario
    fleet = read_scenario(sys.argv[2])[1]
    writer = RecordingWriter(sys.argv[3], None, fleet, [schema.recorded_metrics(None, fleet)["sunlit"]], 60.0)
    for frame in range(int(sys.argv[4])):
        tables.write(writer, frame)

    def die(*_):
        # Surface sums and events of this frame are on the disk, the counter does not know.
        writer._file.flush()
        os.kill(os.getpid(), 9)

    writer._commit = die
    tables.write(writer, int(sys.argv[4]))
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_recording_killed_before_the_counter_keeps_what_was_committed(
    kit: SimpleNamespace, tmp_path: Path, frames: int
) -> None:
    write_scenario(tmp_path / "s.h5", None, kit.fleet())
    path = tmp_path / "run.h5"
    command = [sys.executable, "-c", KILLED, __file__, str(tmp_path / "s.h5"), str(path), str(frames)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr
    with h5py.File(partial_path(path), locking=False) as file:
        assert file["surface/compute_w"].shape[0] == frames + 1
        assert file["time/committed"][0] == frames
    with open_recording(partial_path(path)) as reader:
        assert_first(reader, frames)
        assert reader.jobs == ()
        assert not reader.complete


# -- Written by others, or damaged -----------------------------------------------------------------------------------


def table(file: h5py.File, name: str, **columns: np.ndarray) -> None:
    if name in file:
        del file[name]
    for column, values in columns.items():
        file[f"{name}/{column}"] = values


def strange_events(file: h5py.File, **more: np.ndarray) -> None:
    columns = {
        "t_s": np.array([0.0, 60.0, 1e9]),
        "kind": np.array([b"coffee"] * 3),
        "node": np.array([3, -1, 2]),
        "text": np.array([b"a", b"b", b"c"]),
    }
    table(file, "events", **{**columns, **more})
    if "time/events" in file:
        del file["time/events"]


def test_a_strangers_events_are_trusted_by_their_time(run: Path) -> None:
    with h5py.File(run, "a") as file:
        strange_events(file)
    with open_recording(run) as reader:
        assert reader.events == (Event(0.0, "coffee", 3, "a"), Event(60.0, "coffee", -1, "b"))
        assert reader.notes == []


LEFT_ASIDE: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "events of no node": (
        lambda f: strange_events(f, node=np.array([12, -2, 2])),
        "2 of the events are at no time or of no node",
    ),
    "uneven events": (lambda f: strange_events(f, node=np.array([1])), "'/events' is not a table of equally long"),
    "events without text": (lambda f: f.__delitem__("events/text"), "'/events' is not a table of equally long t_s"),
    "events that are a column": (
        lambda f: (f.__delitem__("events"), f.create_dataset("events", data=np.zeros(3))),
        "'/events' is not a table",
    ),
    "jobs beyond their members": (
        lambda f: f["jobs/first_member"].__setitem__(0, 4_000_000_000),
        "1 of the jobs name members or frames that are not there",
    ),
    "jobs larger than the fleet": (lambda f: f["jobs/member_count"].__setitem__(1, 13), "1 of the jobs name members"),
    "jobs that end before they begin": (lambda f: f["jobs/last_frame"].__setitem__(1, 0), "1 of the jobs name"),
    "jobs without members": (lambda f: f.__delitem__("jobs/members"), "2 of the jobs name members"),
    "surface of another grid": (
        lambda f: f.create_dataset("surface/odd", data=np.zeros((FRAMES, 180, 360), "f4")),
        "'/surface/odd' is not (frames, 90, 180) numbers",
    ),
    "surface too short": (
        lambda f: f.create_dataset("surface/short", data=np.zeros((FRAMES - 1, 90, 180), "f4")),
        "'/surface/short' is not (frames, 90, 180) numbers",
    ),
    "a group among surfaces": (lambda f: f.create_group("surface/group"), "'/surface/group' is not"),
    "a total of text": (lambda f: f.create_dataset("totals/t", data=np.array([b"x"] * 4)), "'/totals/t' is not"),
}


@pytest.mark.parametrize("name", LEFT_ASIDE)
def test_what_is_left_aside_is_said(run: Path, name: str) -> None:
    spoil, said = LEFT_ASIDE[name]
    with h5py.File(run, "a") as file:
        spoil(file)
    with open_recording(run) as reader:
        assert len(reader.notes) == 1
        assert said in reader.notes[0]
        assert len(reader.times_s) == FRAMES
        assert np.array_equal(reader.read_surface("compute_w", 1), cells_of(1))


REFUSED: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "times of events that are text": (
        lambda f: strange_events(f, t_s=np.array([b"now"] * 3)),
        "'/events/t_s' must hold",
    ),
    "words of events that are numbers": (
        lambda f: strange_events(f, text=np.zeros(3)),
        "'/events/text' must hold text",
    ),
    "events of two dimensions": (
        lambda f: strange_events(f, node=np.zeros((3, 2), int)),
        "'/events/node' must have the shape (E), got (3, 2)",
    ),
    "events without end": (
        lambda f: (f.__delitem__("events/t_s"), f.create_dataset("events/t_s", (20_000_000,), "f8", chunks=(1000,))),
        "'/events/t_s' must have at most 10,000,000 rows, got 20,000,000",
    ),
    "texts of a megabyte": (
        lambda f: (f.__delitem__("events/text"), f.create_dataset("events/text", (4,), "S1000000")),
        "'/events/text' must be of a reasonable size",
    ),
    "members that are fractions": (
        lambda f: (f.__delitem__("jobs/members"), f.create_dataset("jobs/members", data=np.zeros(5))),
        "'/jobs/members' must hold whole numbers",
    ),
    "a surface elsewhere": (
        lambda f: f.__setitem__("surface/far", h5py.ExternalLink("/etc/passwd", "/x")),
        "'/surface/far' must lie in this file",
    ),
    "a surface by another name": (
        lambda f: f.__setitem__("surface/soft", h5py.SoftLink("/surface/compute_w")),
        "it is a soft link",
    ),
    "a unit that is a reference": (
        lambda f: f["totals/radiator_k_p99"].attrs.__setitem__("units", f["fleet"].ref),
        "'units' of '/totals/radiator_k_p99' must be a number or text",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_file_must_not_hold(run: Path, name: str) -> None:
    spoil, said = REFUSED[name]
    with h5py.File(run, "a") as file:
        spoil(file)
    with pytest.raises(FileRefusedError) as caught:
        open_recording(run)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_surface_stored_in_another_way_reads_the_same(run: Path) -> None:
    stored = np.stack([cells_of(frame) for frame in range(FRAMES)])
    with h5py.File(run, "a") as file:
        file["surface/plain"] = stored.astype("f8")
        file.create_dataset("surface/shuffled", data=stored, chunks=(2, 30, 60), compression="gzip", shuffle=True)
    with open_recording(run) as reader:
        for name in ("plain", "shuffled"):
            assert np.array_equal(reader.read_surface(name, 3), cells_of(3))
        assert reader.surface["plain"].unit == "1"


def test_a_damaged_surface_is_a_sentence_when_it_is_read(run: Path) -> None:
    with h5py.File(run) as file:
        place = file["surface/compute_w"].id.get_chunk_info_by_coord((1, 0, 0))
    data = bytearray(run.read_bytes())
    data[place.byte_offset + 50] ^= 0xFF
    run.write_bytes(data)
    with open_recording(run) as reader:
        reader.read_surface("compute_w", 0)
        with pytest.raises(FileRefusedError, match="frame 1 of '/surface/compute_w' must be readable"):
            reader.read_surface("compute_w", 1)


def test_a_member_of_no_node_is_a_sentence_when_it_is_read(run: Path) -> None:
    with h5py.File(run, "a") as file:
        file["jobs/members"][4] = 99
    with open_recording(run) as reader:
        reader.job_members(0)
        with pytest.raises(FileRefusedError, match="members of job 'gang 1' must be readable, they must be rows"):
            reader.job_members(1)


def test_a_flood_of_events_is_read_in_part(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_reader, "MAX_ROWS", 3)
    with open_recording(run) as reader:
        assert len(reader.events) == 3
        assert reader.notes == ["'/events' has 4 rows, the first 3 are shown"]


def test_a_flood_of_totals_is_read_in_part(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables_reader, "MAX_TOTALS_BYTES", FRAMES * 8 * (SHELLS + 1))
    with open_recording(run) as reader:
        assert list(reader.totals) == ["compute_w_sum_by_shell", "inference_served_pf"]
        assert "'/totals/radiator_k_p99' and what follows are more than" in reader.notes[0]
