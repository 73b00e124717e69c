"""Frames of a recorded file read part by part: the same numbers, the same errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.core.errors import FileRefusedError
from orbitviz.files.recording_reader import open_recording
from orbitviz.recorder import record


@pytest.fixture
def path(kit: SimpleNamespace, tmp_path: Path) -> Path:
    return record(kit.scenario(), kit.fleet(70_000), tmp_path / "a.h5", duration_s=300, workers=1).path


def test_parts_on_other_threads_equal_the_frame(path: Path) -> None:
    with open_recording(path) as reader, ThreadPoolExecutor(2) as pool:
        for name, info in reader.metrics.items():
            whole, joined = (np.zeros(reader.node_count, info.dtype) for _ in range(2))
            reader.read(name, 3, whole)
            parts = reader.parts(name, 3)
            assert parts is not None and parts.count == -(-reader.node_count // parts.length) > 1
            pieces = [joined[place * parts.length :][: parts.length] for place in range(parts.count)]
            list(pool.map(parts.read, range(parts.count), pieces))
            np.testing.assert_array_equal(joined, whole)
            parts.check(joined)
            joined[[0, -1]] += 1
            with pytest.raises(FileRefusedError, match=f"frame 3 of '{name}'.*checksum"):
                parts.check(joined)
        with pytest.raises(IndexError):
            reader.parts("radiator_k", 5)


def test_a_damaged_part_is_refused_and_no_other(path: Path) -> None:
    with h5py.File(path) as file:
        found = file["frames/radiator_k"].id.get_chunk_info_by_coord((1, 65_536))
    data = bytearray(path.read_bytes())
    data[found.byte_offset + found.size - 1] ^= 0x10  # of its own checksum: repeats may unpack alike
    path.write_bytes(data)
    with open_recording(path) as reader:
        parts = reader.parts("radiator_k", 1)
        assert parts is not None and parts.length == 65_536
        parts.read(0, np.empty(65_536, np.uint8))
        with pytest.raises(FileRefusedError, match="frame 1 of 'radiator_k'"):
            parts.read(1, np.empty(reader.node_count - 65_536, np.uint8))


def test_numbers_that_are_quantised_are_read_whole(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        old = file["frames/radiator_k"]
        values = old[()].astype("f4")
        del file["frames/radiator_k"]
        new = file["frames"].create_dataset("radiator_k", data=values, chunks=(1, 65_536), compression="gzip")
        new.attrs["units"], new.attrs["long_name"] = "K", "Radiator"
    with open_recording(path) as reader:
        assert reader.parts("radiator_k", 0) is None and reader.parts("compute_w", 0) is not None
