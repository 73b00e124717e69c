"""Checksums of recorded frames: those of zlib over the stored numbers, whatever the chunks, also without isal."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import OrbitvizError
from orbitviz.files import codec, recording_writer
from orbitviz.files.codec import deflate_chunk, frame_crc, joined_crc
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recording_writer import RecordingWriter
from orbitviz.recorder import record


@pytest.fixture(params=["isal", "zlib"])
def sums(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if request.param == "zlib":
        monkeypatch.setattr(codec, "_zlib", zlib)
    return codec


@pytest.mark.parametrize("sizes", [[0], [1], [7, 65_536, 3], [65_536, 65_536, 8_928], [0, 5, 0]])
def test_pieces_join_to_the_sum_of_the_whole(sums: ModuleType, sizes: list[int]) -> None:
    rng = np.random.default_rng(len(sizes))
    pieces = [rng.integers(0, 256, size, dtype=np.uint8) for size in sizes]
    whole = zlib.crc32(np.concatenate(pieces).tobytes())
    assert joined_crc([frame_crc(piece) for piece in pieces], sizes) == whole


def test_two_byte_numbers_are_summed_as_little_endian() -> None:
    values = np.array([1, 256, 65_535], np.uint16)
    assert frame_crc(values) == zlib.crc32(b"\x01\x00\x00\x01\xff\xff")
    assert frame_crc(values.astype(">u2")) == frame_crc(values)


def test_a_recording_carries_the_sum_of_every_frame(kit: SimpleNamespace, tmp_path: Path) -> None:
    path = record(kit.scenario(), kit.fleet(70_000), tmp_path / "a.h5", duration_s=600, workers=2).path
    with h5py.File(path) as file:
        sums, names = file["integrity/crc32"][()], file["integrity/crc32"].attrs["metrics"].decode().split()
        assert sums.shape == (10, len(names)) and sums.dtype == np.uint32
        assert set(names) == set(file["frames"])
        for frame in (0, 9):
            for place, name in enumerate(names):
                assert sums[frame, place] == zlib.crc32(file["frames"][name][frame].tobytes())


def test_a_frame_without_the_sums_that_earlier_ones_have_is_refused(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet = kit.fleet()
    stored = np.zeros(12, "u1")
    data = deflate_chunk(stored, 12, 255)
    with RecordingWriter(tmp_path / "a.h5", None, fleet, kit.infos(fleet, ("sunlit",)), 60.0) as writer:
        writer.write_chunk("sunlit", 0, 0, data, frame_crc(stored))
        writer.commit(0, 0.0)
        writer.write_chunk("sunlit", 1, 0, data)
        with pytest.raises(ValueError, match="must have a checksum for each chunk"):
            writer.commit(1, 60.0)


def test_frames_are_on_the_disk_before_the_counter_speaks_of_them(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet, seen = kit.fleet(), []
    monkeypatch.setattr(recording_writer, "SYNC_S", 0.0)
    with RecordingWriter(tmp_path / "a.h5", None, fleet, kit.infos(fleet), 60.0, 3) as writer:

        def synced(number: int) -> None:
            # What another process would find in the file at this instant.
            shutil.copy(writer.partial, tmp_path / "copy.h5")
            with h5py.File(tmp_path / "copy.h5", "r") as file:
                seen.append((int(file["time/committed"][0]), len(file["time/t_s"]), os.fstat(number).st_ino))

        monkeypatch.setattr(recording_writer, "sync_descriptor", synced)
        inode = writer.partial.stat().st_ino
        for frame in range(3):
            kit.write_frame(writer, kit.columns(fleet, frame), frame)
        writer.close(complete=True)
    assert seen == [(0, 1, inode), (1, 2, inode), (2, 3, inode)]


def test_a_disk_that_cannot_be_synced_keeps_what_was_committed(
    kit: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet = kit.fleet()

    def fail(number: int) -> None:
        raise OSError(5, "Input/output error")

    with (
        pytest.raises(OrbitvizError, match=r"Input/output error.*the 2 frames committed so far are kept"),
        RecordingWriter(tmp_path / "a.h5", None, fleet, kit.infos(fleet), 60.0) as writer,
    ):
        for frame in range(3):
            if frame == 2:
                monkeypatch.setattr(recording_writer, "SYNC_S", 0.0)
                monkeypatch.setattr(recording_writer, "sync_descriptor", fail)
            kit.write_frame(writer, kit.columns(fleet, frame), frame)
    with open_recording(tmp_path / "a.h5") as reader:
        assert len(reader.times_s) == 2 and not reader.complete
