"""Recordings read while another process writes them: every value that is seen is the one that was written."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import OrbitvizError
from orbitviz.files.live_file import final_name, is_partial
from orbitviz.files.recording_reader import RecordingReader, open_recording
from orbitviz.files.scenario_file import write_scenario

NODES = 70_000
"""Two chunks of our own layout."""

OURS = textwrap.dedent(
    """
    import sys, time, numpy as np
    from orbitviz.core.event import Event
    from orbitviz.files import schema
    from orbitviz.files.codec import chunk_count, chunk_nodes, deflate_chunk
    from orbitviz.files.recording_writer import RecordingWriter
    from orbitviz.files.scenario_file import read_scenario
    fleet = read_scenario(sys.argv[1])[1]
    infos = [schema.recorded_metrics(None, fleet)[name] for name in ("sunlit", "battery_soc", "status")]
    length, frames, ends = chunk_nodes(len(fleet)), int(sys.argv[3]), sys.argv[4]
    writer = RecordingWriter(sys.argv[2], None, fleet, infos, 60.0, frames)
    rows = np.arange(length * chunk_count(len(fleet)))
    for frame in range(frames):
        if frame == 1:
            sys.stdin.readline()
        for place, info in enumerate(infos):
            values = ((rows // 7 + 31 * frame + 77 * place) % (6 if info.flags else 251)).astype("u1")
            for chunk in range(chunk_count(len(fleet))):
                piece = values[chunk * length : min((chunk + 1) * length, len(fleet))]
                writer.write_chunk(info.name, frame, chunk, deflate_chunk(piece, length, 255))
        events = [Event(frame * 60.0, "battery_empty_begins", frame % len(fleet), str(frame))] if frame % 3 == 0 else []
        totals = {"sunlit_mean": float(frame), "status_counts": np.arange(6.0) + frame}
        surface = {"nodes": np.full((90, 180), float(frame), "f4")}
        writer.commit(frame, frame * 60.0, totals, {}, surface, events)
        print(frame, flush=True)
    if ends == "hangs":
        time.sleep(600)
    writer.close(complete=ends == "completes")
    """
)
"""Known values, written by our own writer: argv scenario, recording, frames, how it ends."""

FOREIGN = textwrap.dedent(
    """
    import os, sys, time, h5py, numpy as np
    path, frames, layout = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    nodes = 3000
    options = {
        "ours": dict(chunks=(1, 1024), compression="gzip"),
        "shuffled": dict(chunks=(1, 1000), compression="gzip", shuffle=True, fletcher32=True),
        "thick": dict(chunks=(4, 1000), compression="gzip"),
        "plain": dict(chunks=(1, nodes)),
    }[layout]
    partial = path.replace(".h5", ".partial.h5")
    file = h5py.File(partial, "w", locking=False)
    file.attrs.update(dict(format="orbitviz-recording", format_version="1.0", epoch_utc="2026-03-20T00:00:00Z"))
    file.attrs.update(dict(complete=np.uint8(0), frames_intended=frames, created_utc="2026-11-24T20:00:00Z"))
    rng = np.random.default_rng(0)
    for name in ("inclination_rad", "raan_rad", "argp_rad", "mean_anomaly_rad"):
        file[f"fleet/elements/{name}"] = rng.uniform(0.0, 3.0, nodes)
    file["fleet/elements/mean_motion_rad_min"] = np.full(nodes, 0.06)
    file["fleet/elements/eccentricity"] = np.zeros(nodes)
    t_s = file.create_dataset("time/t_s", (0,), "f8", maxshape=(None,), chunks=(64,))
    counter = file.create_dataset("time/committed", data=np.zeros(1, "u8"))
    soc = file.create_dataset("frames/soc", (0, nodes), "u1", maxshape=(None, nodes), **options)
    hull = file.create_dataset("frames/hull_k", (0, nodes), "f4", maxshape=(None, nodes), **options)
    total = file.create_dataset("totals/soc_mean", (0,), "f8", maxshape=(None,), chunks=(8,), compression="gzip")
    for name, unit in (("soc", "%"), ("hull_k", "K")):
        file[f"frames/{name}"].attrs.update(dict(units=unit, long_name=name))
    hull.attrs.update(dict(valid_min=200.0, valid_max=454.0))
    rows = np.arange(nodes)
    for frame in range(frames):
        if frame == 1:
            sys.stdin.readline()
        for dataset in (t_s, soc, hull, total):
            dataset.resize(frame + 1, axis=0)
        soc[frame] = (rows // 3 + 13 * frame) % 241
        hull[frame] = 200.0 + (rows // 5 + frame) % 255
        t_s[frame], total[frame] = frame * 30.0, frame
        file.flush()
        counter[0] = frame + 1
        file.flush()
        print(frame, flush=True)
    file.attrs["complete"] = np.uint8(1)
    file.close()
    os.replace(partial, path)
    """
)
"""A stranger's recording, by plain h5py in the documented order: data, flush, counter, flush."""


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A writer that has written its first frame, and goes on when it is told to."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def ours_at(name: str, frame: int, nodes: int = NODES) -> np.ndarray:
    place = ("sunlit", "battery_soc", "status").index(name)
    return ((np.arange(nodes) // 7 + 31 * frame + 77 * place) % (6 if name == "status" else 251)).astype("u1")


def foreign_at(name: str, frame: int) -> np.ndarray:
    rows = np.arange(3000)
    return (rows // 3 + 13 * frame) % 241 if name == "soc" else 200.0 + (rows // 5 + frame) % 255


def frame_of(reader: RecordingReader, name: str, index: int) -> np.ndarray:
    out = np.empty(reader.node_count, reader.metrics[name].dtype)
    reader.read(name, index, out)
    return out


def check_ours(reader: RecordingReader, rng: np.random.Generator) -> None:
    frames = len(reader.times_s)
    assert np.array_equal(reader.times_s, np.arange(frames) * 60.0)
    if not frames:
        return
    assert np.array_equal(reader.totals["sunlit_mean"], np.arange(frames))
    assert np.array_equal(reader.totals["status_counts"], np.arange(frames)[:, None] + np.arange(6.0))
    assert [event.text for event in reader.events] == [str(frame) for frame in range(0, frames, 3)]
    for frame in {frames - 1, *rng.integers(0, frames, 3).tolist()}:
        name = str(rng.choice(list(reader.metrics)))
        assert np.array_equal(frame_of(reader, name, frame), ours_at(name, frame)), (name, frame)
        assert (reader.read_surface("nodes", frame) == frame).all()
    row = int(rng.integers(0, NODES))
    wanted = reader.metrics["sunlit"].values(np.array([ours_at("sunlit", frame)[row] for frame in range(frames)]))
    assert np.array_equal(reader.histories("sunlit", np.array([row]))[0], wanted)


def check_foreign(reader: RecordingReader, rng: np.random.Generator) -> None:
    frames = len(reader.times_s)
    assert np.array_equal(reader.times_s, np.arange(frames) * 30.0)
    if not frames:
        return
    assert np.array_equal(reader.totals["soc_mean"], np.arange(frames))
    for frame in {frames - 1, *rng.integers(0, frames, 3).tolist()}:
        assert np.array_equal(frame_of(reader, "soc", frame), foreign_at("soc", frame)), frame
        shown = reader.metrics["hull_k"].values(frame_of(reader, "hull_k", frame))
        assert np.abs(shown - foreign_at("hull_k", frame)).max() <= reader.metrics["hull_k"].max_error * 1.01, frame


@pytest.fixture
def fleet_file(kit: SimpleNamespace, tmp_path: Path) -> Path:
    write_scenario(tmp_path / "fleet.h5", None, kit.fleet(NODES))
    return tmp_path / "fleet.h5"


@pytest.fixture
def stopped() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()


def follow(reader: RecordingReader, check: object, limit_s: float = 120.0) -> tuple[int, list[int]]:
    """Follows to the end, checking whatever is there; how often it grew, and the frames at each look."""
    rng, grew, seen = np.random.default_rng(5), 0, [len(reader.times_s)]
    until = time.monotonic() + limit_s
    while reader.live and time.monotonic() < until:
        grew += reader.refresh()
        seen.append(len(reader.times_s))
        check(reader, rng)  # type: ignore[operator]
    return grew, seen


def test_every_value_of_a_growing_file_is_as_written(
    fleet_file: Path, tmp_path: Path, stopped: list[subprocess.Popen[str]]
) -> None:
    stopped.append(start(OURS, fleet_file, tmp_path / "run.h5", 300, "completes"))
    with open_recording(tmp_path / "run.partial.h5") as reader:
        assert reader.live and not reader.complete
        assert reader.frames_intended == 300
        go_on(stopped[0])
        grew, seen = follow(reader, check_ours)
        assert grew > 3
        assert seen == sorted(seen)
        assert seen[-1] == 300
        assert reader.complete and not reader.live and reader.ended == ""
        assert reader.path == tmp_path / "run.h5"
        assert not reader.refresh()


@pytest.mark.parametrize("layout", ["ours", "shuffled", "thick", "plain"])
def test_a_strangers_file_is_followed_in_any_layout(
    layout: str, tmp_path: Path, stopped: list[subprocess.Popen[str]]
) -> None:
    stopped.append(start(FOREIGN, tmp_path / "run.h5", 400, layout))
    with open_recording(tmp_path / "run.partial.h5") as reader:
        go_on(stopped[0])
        grew, seen = follow(reader, check_foreign)
        assert grew > 3
        assert seen[-1] == 400
        assert seen == sorted(seen)
        if layout == "thick":  # packed four frames at a time: only whole ones stand still in the file
            assert all(count % 4 == 0 for count in seen)
        assert reader.complete and reader.path == tmp_path / "run.h5"


def test_a_writer_killed_in_the_middle_leaves_what_it_committed(
    fleet_file: Path, tmp_path: Path, stopped: list[subprocess.Popen[str]]
) -> None:
    process = start(OURS, fleet_file, tmp_path / "run.h5", 100_000, "completes")
    stopped.append(process)
    rng = np.random.default_rng(1)
    with open_recording(tmp_path / "run.partial.h5") as reader:
        go_on(process)
        while len(reader.times_s) < 40:
            reader.refresh()
            check_ours(reader, rng)
        process.kill()
        process.wait()
        for _ in range(5):
            reader.refresh()
            check_ours(reader, rng)
        frames = len(reader.times_s)
        assert frames >= 40
        assert not reader.refresh()
        assert reader.live and not reader.complete
        time.sleep(0.05)
        assert reader.quiet_s >= 0.05


def test_no_frame_yet_is_waited_for(kit: SimpleNamespace, tmp_path: Path, stopped: list[subprocess.Popen[str]]) -> None:
    loop = "for frame in range(frames):"
    code = FOREIGN.replace(loop, f"file.flush(); print('made', flush=True); sys.stdin.readline()\n{loop}")
    stopped.append(start(code, tmp_path / "run.h5", 3, "ours"))
    with open_recording(tmp_path / "run.partial.h5") as reader:
        assert len(reader.times_s) == 0
        assert reader.live
        go_on(stopped[0])
        go_on(stopped[0])
        follow(reader, check_foreign)
        assert len(reader.times_s) == 3
        assert reader.complete


# -- What becomes of the file ---------------------------------------------------------------------------------------


@pytest.fixture
def waiting(fleet_file: Path, tmp_path: Path, stopped: list[subprocess.Popen[str]]) -> Iterator[RecordingReader]:
    """A recording of five frames whose writer does nothing more."""
    process = start(OURS, fleet_file, tmp_path / "run.h5", 5, "hangs")
    stopped.append(process)
    assert process.stdout is not None
    go_on(process)
    for _ in range(4):
        process.stdout.readline()
    with open_recording(tmp_path / "run.partial.h5") as reader:
        yield reader


def test_a_file_that_is_removed_is_said_and_stays_readable(waiting: RecordingReader) -> None:
    waiting.path.unlink()
    assert waiting.refresh()
    assert not waiting.live
    assert waiting.ended == "run.partial.h5 is no longer there; what was read of it is shown"
    check_ours(waiting, np.random.default_rng(0))


def test_a_file_of_any_other_name_is_found_in_its_folder(waiting: RecordingReader, tmp_path: Path) -> None:
    waiting.path.rename(tmp_path / "kept.partial.h5")
    assert waiting.refresh()
    assert waiting.live
    assert waiting.path == tmp_path / "kept.partial.h5"
    check_ours(waiting, np.random.default_rng(0))


def test_another_recording_in_its_place_is_not_followed(
    kit: SimpleNamespace, waiting: RecordingReader, tmp_path: Path
) -> None:
    other = kit.recording(tmp_path / "other.h5", kit.fleet())
    os.replace(other, waiting.path)
    assert waiting.refresh()
    assert not waiting.live
    assert waiting.ended == "run.partial.h5 is another recording now; what was read of the one before is shown"
    check_ours(waiting, np.random.default_rng(0))


def test_a_later_copy_in_its_place_is_followed(waiting: RecordingReader, tmp_path: Path) -> None:
    data = waiting.path.read_bytes()
    (tmp_path / "copy.h5").write_bytes(data)
    with h5py.File(tmp_path / "copy.h5", "a", locking=False) as copy:
        copy.attrs["complete"] = np.uint8(1)
    os.replace(tmp_path / "copy.h5", tmp_path / "run.partial.h5")
    waiting.refresh()
    assert waiting.complete
    check_ours(waiting, np.random.default_rng(0))


def test_a_torn_look_keeps_what_was_there(waiting: RecordingReader) -> None:
    with waiting.path.open("rb+") as handle:
        head = handle.read(64)
        handle.seek(0)
        handle.write(bytes(64))
        handle.flush()
        assert not waiting.refresh()
        assert len(waiting.times_s) == 5
        assert waiting.live
        handle.seek(0)
        handle.write(head)
    check_ours(waiting, np.random.default_rng(0))


def test_an_interrupted_recording_ends_early(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = kit.recording(tmp_path / "run.h5", kit.fleet(), complete=False)
    with open_recording(path) as reader:
        assert not reader.live
        assert not reader.complete
        assert not reader.refresh()


def test_a_complete_file_is_not_followed(recording: Path) -> None:
    with open_recording(recording) as reader:
        assert not reader.live
        assert not reader.refresh()


def test_names() -> None:
    assert is_partial(Path("a/run.partial.h5"))
    assert not is_partial(Path("a/partial.h5"))
    assert final_name(Path("a/run.partial.h5")) == Path("a/run.h5")
    assert final_name(Path("a/run.h5")) == Path("a/run.h5")


def test_a_damaged_file_is_still_refused(tmp_path: Path) -> None:
    (tmp_path / "run.h5").write_bytes(b"\\x89HDF\\r\\n\\x1a\\n" + bytes(2000))
    with pytest.raises(OrbitvizError):
        open_recording(tmp_path / "run.h5")
