"""Numbers read past HDF5 against what HDF5 reads; damage; growth; files that begin elsewhere."""

from __future__ import annotations

import threading
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orbitviz.core.errors import FileRefusedError
from orbitviz.files import chunk_index
from orbitviz.files import rows as rows_module
from orbitviz.files.chunk_index import ChunkIndex
from orbitviz.files.codec import deflate, frame_crc, inflate
from orbitviz.files.raw_file import RawFile, raw_file_of
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.recording_writer import RecordingWriter
from orbitviz.files.rows import ChunkRows, LibraryRows, open_rows
from orbitviz.files.sources import LocalBytes

LAYOUTS = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["u1", "u2", ">u2", "i2", "f4", ">f4", "f8"]),
        "shape": st.tuples(st.integers(1, 6), st.integers(1, 70)),
        "chunks": st.sampled_from([None, (1, 1), (1, 16), (1, 64), (1, 1000), (2, 16), (6, 1)]),
        "filters": st.sampled_from(
            [
                {},
                {"compression": "gzip"},
                {"compression": "gzip", "shuffle": True},
                {"compression": "lzf"},
                {"fletcher32": True},
            ]
        ),
        "libver": st.sampled_from(["earliest", "latest"]),
        "grows": st.booleans(),
        "written": st.integers(0, 6),
    }
)


def create(path: Path, layout: dict[str, Any], **file_options: Any) -> None:
    """A dataset 'x' of random numbers, of which only some frames were ever written."""
    frames, nodes = layout["shape"]
    chunks, options = layout["chunks"], layout["filters"]
    if chunks is not None:
        chunks = (min(chunks[0], frames), min(chunks[1], nodes))
        options = {**options, "chunks": chunks, "maxshape": (None, nodes) if layout["grows"] else None}
    elif options:
        options = {**options, "chunks": (1, nodes)}
    rng = np.random.default_rng(frames * nodes)
    with h5py.File(path, "w", libver=layout["libver"], **file_options) as file:
        dataset = file.create_dataset("x", layout["shape"], layout["dtype"], fillvalue=3, **options)
        for frame in range(min(layout["written"], frames)):
            dataset[frame] = rng.integers(0, 200, nodes)


@given(layout=LAYOUTS, data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_layout_is_read_as_hdf5_reads_it(
    tmp_path_factory: pytest.TempPathFactory, layout: dict[str, Any], data: Any
) -> None:
    path = tmp_path_factory.mktemp("layout") / "a.h5"
    create(path, layout)
    frames, nodes = layout["shape"]
    first = data.draw(st.integers(0, frames - 1))
    span = range(first, data.draw(st.integers(first + 1, frames)))
    rows = np.array(data.draw(st.lists(st.integers(0, nodes - 1), max_size=8)), np.intp)
    with h5py.File(path, "r") as file:
        dataset = file["x"]
        raw = raw_file_of(file, path)
        assert raw is not None
        read = open_rows(dataset, raw)
        for index in range(frames):
            out = np.empty(nodes, dataset.dtype)
            read.frame(index, out)
            np.testing.assert_array_equal(out, dataset[index])
        np.testing.assert_array_equal(read.columns(rows, span), dataset[span.start : span.stop][:, rows].T)
        raw.close()


@pytest.mark.parametrize("filters", [{}, {"compression": "gzip"}])
def test_our_layout_goes_past_hdf5(tmp_path: Path, filters: dict[str, Any]) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((3, 100), "u1"), chunks=(1, 64), **filters)
    with h5py.File(path, "r") as file:
        raw = raw_file_of(file, path)
        assert raw is not None and isinstance(open_rows(file["x"], raw), ChunkRows)
        raw.close()


def test_a_chunk_that_its_writer_could_not_shrink_is_read(tmp_path: Path) -> None:
    # HDF5 leaves the filter out where deflate would make a chunk longer, and says so in a bit of the chunk.
    noise = np.random.default_rng(0).integers(0, 256, (2, 5000)).astype("u1")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("x", noise.shape, "u1", chunks=(1, 5000), compression="gzip")
        dataset.id.write_direct_chunk((0, 0), noise[0].tobytes(), filter_mask=1)
        dataset[1] = noise[1]
    with h5py.File(path, "r") as file:
        raw = raw_file_of(file, path)
        read = open_rows(file["x"], raw)
        assert isinstance(read, ChunkRows) and raw is not None
        for index in range(2):
            out = np.empty(5000, "u1")
            read.frame(index, out)
            assert (out == noise[index]).all() and (file["x"][index] == noise[index]).all()
        raw.close()


@pytest.mark.parametrize("block", [512, 4096])
def test_a_file_that_begins_with_a_block_of_the_users_own(tmp_path: Path, block: int) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", userblock_size=block) as file:
        file.create_dataset("x", data=np.arange(300, dtype="u2").reshape(3, 100), chunks=(1, 32), compression="gzip")
    with h5py.File(path, "r") as file:
        assert raw_file_of(file, path) is None
        out = np.empty(100, "u2")
        open_rows(file["x"], None).frame(2, out)
        assert (out == np.arange(200, 300)).all()


def test_a_file_that_took_the_name_of_the_open_one_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((3, 100), "u1"), chunks=(1, 64))
    with h5py.File(path, "r") as file:
        path.rename(tmp_path / "b.h5")
        assert raw_file_of(file, path) is None  # it has no name to be found by
        path.write_bytes(b"another")
        assert raw_file_of(file, path) is None


# -- Damage ----------------------------------------------------------------------------------------------------------


def chunk_places(path: Path, name: str) -> dict[tuple[int, ...], tuple[int, int]]:
    places: dict[tuple[int, ...], tuple[int, int]] = {}
    with h5py.File(path, "r") as file:
        file[name].id.chunk_iter(lambda c: places.__setitem__(tuple(c.chunk_offset), (c.byte_offset, c.size)))
    return places


def flip(path: Path, offset: int, bit: int = 3) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.write_bytes(data)


@pytest.mark.parametrize("where", [0, 1, 5, -5, -4, -1])
def test_a_flipped_bit_costs_its_frame_and_no_other(recording: Path, where: int) -> None:
    with open_recording(recording) as reader:
        whole = np.empty((3, 12), "u1")
        for index in range(3):
            reader.read("battery_soc", index, whole[index])
    offset, size = chunk_places(recording, "/frames/battery_soc")[1, 0]
    flip(recording, offset + (where if where >= 0 else size + where))
    with open_recording(recording) as reader:
        out = np.empty(12, "u1")
        with pytest.raises(FileRefusedError, match="frame 1 of 'battery_soc' must be readable"):
            reader.read("battery_soc", 1, out)
        with pytest.raises(FileRefusedError, match="history of 'battery_soc'"):
            reader.histories("battery_soc", np.array([3]))
        for index in (0, 2):
            reader.read("battery_soc", index, out)
            assert (out == whole[index]).all()
        assert reader.histories("battery_soc", np.array([3]), 2).shape == (1, 1)


def test_damage_that_the_sum_of_a_stream_does_not_show_is_found(kit: SimpleNamespace, tmp_path: Path) -> None:
    fleet, path = kit.fleet(400), tmp_path / "run.h5"
    infos = kit.infos(fleet, ("battery_soc",))
    stored = np.random.default_rng(0).integers(0, 200, 400).astype("u1")
    with RecordingWriter(path, None, fleet, infos, 60.0, 1) as writer:
        writer.write_chunk("battery_soc", 0, 0, deflate(stored), frame_crc(stored))
        writer.commit(0, 0.0)
        writer.close(True)
    swapped = stored.copy()
    swapped[[7, 8]] = stored[[8, 7]]
    with h5py.File(path, "r+") as file:
        file["frames/battery_soc"].id.write_direct_chunk((0, 0), deflate(swapped))
    with open_recording(path) as reader, pytest.raises(FileRefusedError, match="checksum"):
        reader.read("battery_soc", 0, np.empty(400, "u1"))


def test_a_stream_without_its_checksum_is_refused() -> None:
    packed = deflate(np.arange(100, dtype="u1"))
    assert inflate(packed, 100) == bytes(range(100))
    for cut in range(1, 6):
        with pytest.raises(ValueError, match=r"cut short|must"):
            inflate(packed[:-cut], 100)


def test_a_file_cut_short_is_damaged_where_it_is_cut(recording: Path) -> None:
    places = chunk_places(recording, "/frames/status")
    raw = RawFile(LocalBytes(recording))
    offset, size = places[2, 0]
    assert zlib.decompress(raw.read_at(offset, size))
    with pytest.raises(ValueError, match="must be at"):
        raw.read_at(raw.size - 4, 8)
    raw.close()


@pytest.mark.parametrize(("size", "left_out"), [(10_000, 0), (1 << 31, 0), (60, 2), (60, 1)])
def test_a_chunk_of_a_size_that_cannot_be_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, left_out: int
) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.zeros((1, 64), "u1"), chunks=(1, 64), compression="gzip")
    with h5py.File(path, "r") as file:
        raw = raw_file_of(file, path)
        assert raw is not None
        read = open_rows(file["x"], raw)
        place = SimpleNamespace(offset=0, size=size, left_out=left_out)
        monkeypatch.setattr(rows_module.ChunkIndex, "place", lambda *_: place)
        monkeypatch.setattr(raw, "read_at", lambda *_: pytest.fail("it must not be read"))
        with pytest.raises(ValueError, match=f"must not take {size} bytes"):
            read.frame(0, np.empty(64, "u1"))
        raw.close()


# -- Growth and threads ----------------------------------------------------------------------------------------------


def test_new_frames_of_a_growing_dataset_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (2, 100), "u1", maxshape=(None, 100), chunks=(1, 64), compression="gzip")
        dataset[:] = 1
        one_by_one, together = ChunkIndex(dataset), ChunkIndex(dataset)
        monkeypatch.setattr(chunk_index, "ASKED_ALONE", 0)
        together.cover(range(1), [1])
        monkeypatch.undo()
        one_by_one.cover(range(1), [1])
        first = together.place(0, 1)
        assert first is not None and one_by_one.place(0, 1) == first
        dataset.resize(5, axis=0)
        dataset[4] = 9
        for index in (one_by_one, together):
            index.cover(range(3, 5), [0, 1])
            assert index.place(0, 1) == first
            assert index.place(4, 1) is not None and index.place(3, 0) is None
        together.cover(range(5), range(1000))  # so many that all are asked for
        assert together.place(4, 1) == one_by_one.place(4, 1) and together.place(0, 1) == first


def test_work_is_shared_and_the_first_error_ends_it(recording: Path) -> None:
    raw = RawFile(LocalBytes(recording))
    seen: set[int] = set()
    both = threading.Barrier(2)

    def together(item: int) -> None:
        both.wait(10.0)  # two threads must be at it at once
        seen.add(item)

    raw.each(together, range(8))
    assert seen == set(range(8))

    begun: list[int] = []

    def fail(item: int) -> None:
        begun.append(item)
        raise OSError(f"{item}")

    with pytest.raises(OSError, match=r"\d"):
        raw.each(fail, range(1000))
    assert len(begun) < 10
    for count in (0, 1, 3, 20):
        seen.clear()
        raw.each(seen.add, range(count))
        assert seen == set(range(count))
    raw.close()


def test_libraries_read_nodes_of_one_chunk_together(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 9, (4, 90)).astype("u1")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        read = LibraryRows(file.create_dataset("x", data=values, chunks=(2, 30), compression="lzf"))
        rows = np.array([89, 0, 5, 0, 40])
        assert (read.columns(rows, range(1, 4)) == values[1:4][:, rows].T).all()
