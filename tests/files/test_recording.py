"""Recordings: round trips, interruptions, and files that other programs wrote from the format's page alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files import recording_writer, schema
from orbitviz.files.recording_reader import RecordingReader, open_recording
from orbitviz.files.recording_writer import RecordingWriter, partial_path


def frame_of(reader: RecordingReader, name: str, index: int) -> np.ndarray:
    out = np.empty(reader.node_count, reader.metrics[name].dtype)
    reader.read(name, index, out)
    return out


def assert_frames(reader: RecordingReader, kit: SimpleNamespace, frames: int) -> None:
    assert len(reader.times_s) == frames
    for index in range(frames):
        for name, values in kit.columns(reader.fleet, index).items():
            wanted, _ = schema.quantise(reader.metrics[name], values)
            assert np.array_equal(frame_of(reader, name, index), wanted), (name, index)


# -- Our own ---------------------------------------------------------------------------------------------------------


def test_what_is_recorded_is_read(kit: SimpleNamespace, recording: Path) -> None:
    with open_recording(recording) as reader:
        assert_frames(reader, kit, 3)
        assert reader.times_s.tolist() == [0.0, 60.0, 120.0]
        assert reader.complete
        assert reader.title == "Test fleet"
        assert reader.scenario == kit.scenario()
        assert reader.totals["status_counts"].shape == (3, 6)
        assert reader.totals["battery_soc_mean"][1] == kit.columns(reader.fleet, 1)["battery_soc"].mean()
        assert reader.clipped["sunlit"] == 3
        assert reader.size_bytes == recording.stat().st_size
        assert reader.step_s == 60.0
        assert list(reader.metrics) == ["sunlit", "battery_soc", "radiator_k", "status"]
        assert reader.notes == []
    assert not partial_path(recording).exists()


def test_metrics_come_back_as_they_were_declared(kit: SimpleNamespace, recording: Path) -> None:
    fleet = kit.fleet()
    with open_recording(recording) as reader:
        for info in kit.infos(fleet):
            got = reader.metrics[info.name]
            assert (got.low, got.high) == pytest.approx((info.low, info.high), abs=1e-9)
            assert replace(got, low=info.low, high=info.high) == info


@pytest.mark.parametrize("nodes", [1, 65_536, 65_537, 150_000])
def test_direct_chunks_are_what_h5py_reads(kit: SimpleNamespace, tmp_path: Path, nodes: int) -> None:
    path = kit.recording(tmp_path / "a.h5", kit.fleet(nodes), frames=2)
    with open_recording(path) as reader, h5py.File(path, "r", locking=False) as plain:
        for name in reader.metrics:
            dataset = plain["frames"][name]
            assert dataset.chunks == (1, min(nodes, 65_536))
            assert np.array_equal(frame_of(reader, name, 1), dataset[1])
            row = nodes - 1
            assert np.array_equal(
                reader.histories(name, np.array([row]))[0], reader.metrics[name].values(dataset[:, row]), equal_nan=True
            )


def test_two_byte_metrics_round_trip(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = replace(
        kit.fleet(), node_types=(replace(kit.fleet().node_types[0], eclipse_policy="hibernate", sink_k=None),)
    )
    path = kit.recording(tmp_path / "a.h5", fleet)
    with open_recording(path) as reader:
        assert reader.metrics["radiator_k"].dtype == "uint16"
        assert_frames(reader, kit, 3)


def test_every_dataset_says_its_unit_and_name(recording: Path) -> None:
    seen = []

    def check(name: str, thing: h5py.HLObject) -> None:
        if isinstance(thing, h5py.Dataset):
            seen.append(name)
            assert thing.attrs["units"].strip(), name
            assert thing.attrs["long_name"].strip(), name

    with h5py.File(recording) as file:
        file.visititems(check)
        assert {"complete", "format", "epoch_utc", "created_utc", "orbitviz_version"} <= set(file.attrs)
    assert {"time/t_s", "time/committed", "totals/status_counts", "frames/sunlit", "scenario"} <= set(seen)


def test_frames_come_in_order_and_whole(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    with RecordingWriter(tmp_path / "a.h5", None, fleet, kit.infos(fleet), 60.0) as writer:
        with pytest.raises(ValueError, match="must have 4 chunks"):
            writer.commit(0, 0.0)
        kit.write_frame(writer, kit.columns(fleet, 0), 0)
        with pytest.raises(ValueError, match="1 comes next, got 2"):
            writer.commit(2, 120.0)
        with pytest.raises(ValueError, match="cannot be written"):
            writer.write_chunk("sunlit", 0, 0, b"")


def test_reading_refuses_what_is_not_there(recording: Path) -> None:
    with open_recording(recording) as reader:
        with pytest.raises(OrbitvizError, match="must be one of sunlit, battery_soc, radiator_k, status, got 'heat'"):
            reader.histories("heat", np.array([0]))
        with pytest.raises(IndexError):
            reader.read("sunlit", 3, np.empty(12, "u1"))
        with pytest.raises(IndexError):
            reader.histories("sunlit", np.array([0, 12]))
        with pytest.raises(ValueError, match="out must be"):
            reader.read("sunlit", 0, np.empty(12, "u2"))


# -- Interrupted -----------------------------------------------------------------------------------------------------


def test_an_error_keeps_what_was_committed(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet, path = kit.fleet(), tmp_path / "a.h5"
    with pytest.raises(KeyboardInterrupt), RecordingWriter(path, None, fleet, kit.infos(fleet), 60.0, 9) as writer:
        kit.write_frame(writer, kit.columns(fleet, 0), 0)
        kit.write_frame(writer, kit.columns(fleet, 1), 1)
        writer.write_chunk("sunlit", 2, 0, b"begun, never committed")
        raise KeyboardInterrupt
    with open_recording(path) as reader:
        assert_frames(reader, kit, 2)
        assert not reader.complete
    with h5py.File(path) as file:
        assert file["frames/sunlit"].shape[0] == 2


def test_nothing_committed_leaves_no_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "a.h5", None, kit.fleet(), kit.infos(kit.fleet()), 60.0) as writer:
        writer.close(complete=False)
    assert list(tmp_path.iterdir()) == []


def test_recording_again_keeps_what_a_killed_run_left(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    os.replace(kit.recording(tmp_path / "killed.h5", kit.fleet()), partial_path(path))
    kit.recording(path, kit.fleet(), frames=1)
    with open_recording(path) as new, open_recording(tmp_path / "run.interrupted.h5") as old:
        assert (len(new.times_s), len(old.times_s)) == (1, 3)


def test_a_file_under_way_can_be_read_beside_its_writer(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet, path = kit.fleet(), tmp_path / "a.h5"
    with RecordingWriter(path, None, fleet, kit.infos(fleet), 60.0) as writer:
        for frame in range(2):
            kit.write_frame(writer, kit.columns(fleet, frame), frame)
        writer.write_chunk("sunlit", 2, 0, b"begun")
        # Another process would read these bytes; in this one HDF5 would hand out the writer's own view.
        shutil.copy(partial_path(path), tmp_path / "copy.h5")
        with open_recording(tmp_path / "copy.h5") as reader:
            assert_frames(reader, kit, 2)
            assert not reader.complete


KILLED = textwrap.dedent(
    """
    import sys, numpy as np
    from orbitviz.files.codec import deflate_chunk, chunk_count, chunk_nodes
    from orbitviz.files.recording_writer import RecordingWriter
    from orbitviz.files.scenario_file import read_scenario
    from orbitviz.files import schema
    fleet = read_scenario(sys.argv[1])[1]
    infos = [schema.recorded_metrics(None, fleet)[name] for name in ("sunlit", "battery_soc")]
    length = chunk_nodes(len(fleet))
    writer = RecordingWriter(sys.argv[2], None, fleet, infos, 60.0)
    for frame in range(1_000_000):
        for info in infos:
            for chunk in range(chunk_count(len(fleet))):
                values = np.full(length, frame % 251, "u1")
                writer.write_chunk(info.name, frame, chunk, deflate_chunk(values, length, 255))
        writer.commit(frame, frame * 60.0, {"sunlit_mean": frame})
        print(frame, flush=True)
    """
)


def test_a_killed_recording_keeps_its_committed_frames(kit: SimpleNamespace, tmp_path: Path) -> None:
    from orbitviz.files.scenario_file import write_scenario

    write_scenario(tmp_path / "s.h5", None, kit.fleet(100_000))
    command = [sys.executable, "-c", KILLED, str(tmp_path / "s.h5"), str(tmp_path / "run.h5")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(20)]
    time.sleep(0.05)
    process.kill()
    said += process.stdout.readlines()
    process.wait()
    whole = [int(line) for line in said if line.endswith("\n")]
    assert len(whole) >= 20
    with open_recording(tmp_path / "run.partial.h5") as reader:
        assert len(reader.times_s) >= len(whole)
        assert not reader.complete
        for index in range(len(reader.times_s)):
            assert (frame_of(reader, "battery_soc", index) == index % 251).all()
            assert reader.totals["sunlit_mean"][index] == index


LIMITED = textwrap.dedent(
    """
    import resource, sys
    import numpy as np
    from orbitviz.core.errors import OrbitvizError
    from orbitviz.files import schema
    from orbitviz.files.codec import deflate_chunk
    from orbitviz.files.recording_writer import RecordingWriter
    from orbitviz.files.scenario_file import read_scenario
    fleet = read_scenario(sys.argv[1])[1]
    info = schema.recorded_metrics(None, fleet)["sunlit"]
    rng = np.random.default_rng(0)
    data = deflate_chunk(rng.integers(0, 254, len(fleet)).astype("u1"), len(fleet), 255)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, resource.RLIM_INFINITY))
    try:
        with RecordingWriter(sys.argv[2], None, fleet, [info], 60.0) as writer:
            for frame in range(100):
                writer.write_chunk("sunlit", frame, 0, data)
                writer.commit(frame, frame * 60.0)
    except OrbitvizError as error:
        print(writer.committed, error)
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit on file sizes to set")
def test_a_disk_that_fills_up_is_a_sentence_and_leaves_a_valid_file(kit: SimpleNamespace, tmp_path: Path) -> None:
    from orbitviz.files.scenario_file import write_scenario

    write_scenario(tmp_path / "s.h5", None, kit.fleet(60_000))
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "s.h5"), str(tmp_path / "run.h5")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    committed, _, sentence = done.stdout.partition(" ")
    assert "run.h5 must be writable, there is no room left" in sentence
    assert f"the {committed} frames committed so far are kept" in sentence
    assert "free some space" in sentence
    with open_recording(tmp_path / "run.h5") as reader:
        assert 0 < int(committed) == len(reader.times_s)
        assert len(np.unique(frame_of(reader, "sunlit", int(committed) - 1))) > 200


def test_recording_stops_before_the_disk_is_full(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet, path = kit.fleet(), tmp_path / "a.h5"
    free = [1 << 30]
    usage = lambda _: SimpleNamespace(total=1 << 40, used=0, free=free[0])  # noqa: E731
    monkeypatch.setattr(recording_writer.shutil, "disk_usage", usage)
    with (
        pytest.raises(OrbitvizError, match="must keep 32 MB free while recording, 1 MB are left") as caught,
        RecordingWriter(path, None, fleet, kit.infos(fleet), 60.0) as writer,
    ):
        kit.write_frame(writer, kit.columns(fleet, 0), 0)
        free[0] = 1 << 20
        writer.write_chunk("sunlit", 1, 0, b"\0" * (17 << 20))
    assert caught.value.hint
    with open_recording(path) as reader:
        assert_frames(reader, kit, 1)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(kit: SimpleNamespace, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OrbitvizError, match="must be writable"):
        RecordingWriter(tmp_path / "a.h5", None, kit.fleet(), kit.infos(kit.fleet()), 60.0)
    tmp_path.chmod(0o700)


def test_a_refused_probe_is_a_sentence(kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(OrbitvizError, match=r"folder of a\.h5 must be writable, Permission denied"):
        RecordingWriter(tmp_path / "a.h5", None, kit.fleet(), kit.infos(kit.fleet()), 60.0)


# -- Written by others -------------------------------------------------------------------------------------------------


def foreign(path: Path, frames: int = 4, nodes: int = 6, **datasets: np.ndarray) -> Path:
    """The least a stranger must write, by plain h5py."""
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs["format"] = "orbitviz-recording"
        file.attrs["format_version"] = "1.0"
        file.attrs["epoch_utc"] = "2026-03-20T00:00:00Z"
        for name in ("inclination_rad", "raan_rad", "argp_rad", "mean_anomaly_rad"):
            file[f"fleet/elements/{name}"] = rng.uniform(0.0, 3.0, nodes)
        file["fleet/elements/mean_motion_rad_min"] = np.full(nodes, 0.06, "f4")
        file["fleet/elements/eccentricity"] = np.zeros(nodes)
        file["time/t_s"] = np.arange(frames) * 30
        for name, values in datasets.items():
            file[f"frames/{name}"] = values
            file[f"frames/{name}"].attrs["units"] = "K"
            file[f"frames/{name}"].attrs["long_name"] = "Hull temperature"
    return path


@pytest.mark.parametrize("kind", ["f4", ">f8", "f8", "f2", "i2", "i4", "u4"])
def test_a_strangers_numbers_are_quantised(tmp_path: Path, kind: str) -> None:
    values = np.random.default_rng(1).uniform(250.0, 350.0, (4, 6)).astype(kind)
    with open_recording(foreign(tmp_path / "a.h5", hull_k=values)) as reader:
        info = reader.metrics["hull_k"]
        assert (info.unit, info.long_name, info.dtype) == ("K", "Hull temperature", "uint8")
        assert info.max_error <= 0.35
        shown = info.values(frame_of(reader, "hull_k", 2))
        assert np.abs(shown - values[2].astype("f8")).max() <= info.max_error * 1.001
        assert (
            np.abs(reader.histories("hull_k", np.array([5]))[0] - values[:, 5].astype("f8")).max()
            <= info.max_error * 1.001
        )
        assert reader.complete
        assert reader.times_s.tolist() == [0.0, 30.0, 60.0, 90.0]
        assert reader.fleet.node_id.tolist() == list(range(6))
        assert reader.fleet.label(2) == "shell 0 · plane 1 · slot 1"
        assert reader.scenario is None
        assert "mass_kg" in reader.fleet.node_types[0].assumed


def test_packed_numbers_and_missing_ones(tmp_path: Path) -> None:
    stored = np.arange(24, dtype="i2").reshape(4, 6)
    stored[1, 2] = -999
    path = foreign(tmp_path / "a.h5", hull_k=stored)
    with h5py.File(path, "a") as file:
        file["frames/hull_k"].attrs.update({"scale_factor": 0.5, "add_offset": 300.0, "_FillValue": np.int16(-999)})
    with open_recording(path) as reader:
        shown = reader.metrics["hull_k"].values(frame_of(reader, "hull_k", 1))
        wanted = np.where(stored[1] == -999, np.nan, stored[1] * 0.5 + 300.0)
        assert np.allclose(shown, wanted, atol=reader.metrics["hull_k"].max_error * 1.001, equal_nan=True)


def test_nan_and_infinity_are_no_value(tmp_path: Path) -> None:
    values = np.linspace(0.0, 1.0, 24).reshape(4, 6)
    values[0, :3] = [np.nan, np.inf, -np.inf]
    with open_recording(foreign(tmp_path / "a.h5", x=values)) as reader:
        shown = reader.metrics["x"].values(frame_of(reader, "x", 0))
        assert np.isnan(shown).tolist() == [True, True, True, False, False, False]


def test_a_declared_range_is_used(tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.h5", hull_k=np.full((4, 6), 300.0))
    with h5py.File(path, "a") as file:
        file["frames/hull_k"].attrs.update({"valid_min": 0.0, "valid_max": 1000.0})
    with open_recording(path) as reader:
        info = reader.metrics["hull_k"]
        assert (info.low, info.high, info.dtype) == (0.0, 1000.0, "uint16")
        assert info.values(frame_of(reader, "hull_k", 0)) == pytest.approx(300.0, abs=0.01)


@pytest.mark.parametrize("kind", ["u1", "f4", "i2"])
def test_a_strangers_categories_keep_their_names(tmp_path: Path, kind: str) -> None:
    stored = (np.arange(24).reshape(4, 6) % 3).astype(kind)
    path = foreign(tmp_path / "a.h5", mode=stored)
    with h5py.File(path, "a") as file:
        file["frames/mode"].attrs.update({"flag_values": [0, 1, 2], "flag_meanings": "safe nominal deep_sleep"})
    with open_recording(path) as reader:
        assert reader.metrics["mode"].flags == {0: "safe", 1: "nominal", 2: "deep sleep"}
        assert np.array_equal(frame_of(reader, "mode", 3), stored[3].astype("u1"))


LAYOUTS: dict[str, Callable[[h5py.Group, np.ndarray], object]] = {
    "contiguous": lambda group, v: group.create_dataset("soc", data=v),
    "whole frames in a chunk": lambda group, v: group.create_dataset("soc", data=v, chunks=(2, 3), compression="gzip"),
    "shuffle and fletcher32": lambda group, v: group.create_dataset(
        "soc", data=v, chunks=(1, 4), compression="gzip", shuffle=True, fletcher32=True
    ),
    "lzf": lambda group, v: group.create_dataset("soc", data=v, chunks=(1, 4), compression="lzf"),
    "ours by h5py": lambda group, v: group.create_dataset("soc", data=v, chunks=(1, 4), compression="gzip"),
}


@pytest.mark.parametrize("kind", ["u1", "u2", ">u2"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_of_small_whole_numbers_reads_as_it_is(tmp_path: Path, layout: str, kind: str) -> None:
    stored = np.random.default_rng(0).integers(0, 254, (4, 6)).astype(kind)
    path = foreign(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        LAYOUTS[layout](file.create_group("frames"), stored)
        file["frames/soc"].attrs.update({"units": "%", "long_name": "Charge", "scale_factor": 0.4})
    with open_recording(path) as reader:
        assert np.array_equal(frame_of(reader, "soc", 2), stored[2])
        assert np.allclose(reader.histories("soc", np.array([1]))[0], stored[:, 1] * 0.4)


def test_positions_instead_of_elements(tmp_path: Path) -> None:
    positions_km = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("f4") * 7000.0
    path = foreign(tmp_path / "a.h5", hull_k=np.full((4, 6), 300.0))
    with h5py.File(path, "a") as file:
        del file["fleet"]
        file["frames/position_km"] = positions_km
    with open_recording(path) as reader:
        assert reader.has_positions
        assert reader.node_count == 6
        assert np.array_equal(reader.read_state(3)[0], positions_km[3])
        assert np.isnan(reader.fleet.elements.mean_motion_rad_min).all()


def test_only_committed_frames_are_seen(tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.h5", hull_k=np.full((4, 6), 300.0))
    with h5py.File(path, "a") as file:
        file["time/committed"] = np.array([2], "u8")
    with open_recording(path) as reader:
        assert len(reader.times_s) == 2
        assert not reader.complete
        with pytest.raises(IndexError):
            frame_of(reader, "hull_k", 2)


def test_what_is_left_aside_is_said(tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.h5", hull_k=np.full((4, 6), 300.0))
    with h5py.File(path, "a") as file:
        file["frames/nameless"] = np.zeros((4, 6))
        file["totals/odd"] = np.zeros((2, 2, 2))
        file["scenario"] = "[scenario]\nnam = 'x'"
    with open_recording(path) as reader:
        assert list(reader.metrics) == ["hull_k"]
        text = " | ".join(reader.notes)
        assert "'/frames/nameless' has no units" in text
        assert "'/totals/odd'" in text
        assert "got 'nam'" in text


def test_a_damaged_chunk_is_a_sentence_when_it_is_read(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = kit.recording(tmp_path / "a.h5", kit.fleet(5000), frames=2)
    with h5py.File(path) as file:
        place = file["frames/radiator_k"].id.get_chunk_info_by_coord((1, 0))
    data = bytearray(path.read_bytes())
    data[place.byte_offset + 100] ^= 0xFF
    path.write_bytes(data)
    with open_recording(path) as reader:
        frame_of(reader, "radiator_k", 0)
        with pytest.raises(FileRefusedError, match="frame 1 of 'radiator_k' must be readable"):
            frame_of(reader, "radiator_k", 1)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: f.__delitem__("time"), "'/time/t_s' must be in a recording"),
        (lambda f: f["time/t_s"].__setitem__(2, 0), "increase each frame, got 0.0 at frame 2"),
        (lambda f: f.__delitem__("frames"), "at least one metric under /frames"),
        (lambda f: f["frames/hull_k"].attrs.__setitem__("scale_factor", 0.0), "scale_factor of '/frames/hull_k'"),
        (lambda f: f["frames/hull_k"].attrs.__setitem__("scale_factor", np.nan), "must be a finite number"),
        (lambda f: f["frames/hull_k"].attrs.__setitem__("flag_values", [1]), "one for each word of flag_meanings"),
        (lambda f: f.create_dataset("frames/short", data=np.zeros((3, 6))), "must have the shape (4, 6)"),
        (lambda f: f.create_dataset("frames/thin", data=np.zeros((4, 5))), "must have the shape (4, 6)"),
        (lambda f: f.attrs.__delitem__("epoch_utc"), "epoch_utc must say when t_s = 0 is"),
        (lambda f: f.attrs.__setitem__("epoch_utc", "now"), "epoch_utc: a time must look like"),
    ],
)
def test_a_strangers_mistake_is_a_sentence(tmp_path: Path, spoil: Callable[[h5py.File], object], said: str) -> None:
    path = foreign(tmp_path / "a.h5", hull_k=np.full((4, 6), 300.0))
    with h5py.File(path, "a") as file:
        spoil(file)
        for dataset in file.get("frames", {}).values():
            dataset.attrs["units"], dataset.attrs["long_name"] = "K", "x"
    with pytest.raises(FileRefusedError) as caught:
        open_recording(path)
    assert said in caught.value.message
    assert caught.value.hint
    assert caught.value.path == path
