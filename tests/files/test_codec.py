from __future__ import annotations

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from orbitviz.files import codec


@given(hnp.arrays(st.sampled_from(["u1", "u2", "f8"]), st.integers(1, 300)))
def test_inflate_undoes_deflate(values: np.ndarray) -> None:
    out = np.empty_like(values)
    codec.inflate_into(codec.deflate(values), out)
    assert out.tobytes() == values.tobytes()


def test_deflate_is_plain_zlib() -> None:
    values = np.arange(5000, dtype="u2")
    assert zlib.decompress(codec.deflate(values)) == values.tobytes()
    out = np.empty_like(values)
    codec.inflate_into(zlib.compress(values.tobytes(), 9), out)
    assert (out == values).all()


def test_last_chunk_is_filled_up() -> None:
    out = np.empty(8, "u1")
    codec.inflate_into(codec.deflate_chunk(np.array([1, 2, 3], "u1"), 8, 255), out)
    assert out.tolist() == [1, 2, 3, 255, 255, 255, 255, 255]


@pytest.mark.parametrize("length", [99, 101])
def test_a_chunk_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="must unpack to 100 bytes"):
        codec.inflate_into(codec.deflate(np.zeros(length, "u1")), np.empty(100, "u1"))


def test_a_bomb_is_not_unpacked() -> None:
    bomb = codec.deflate(np.zeros(50_000_000, "u1"))
    with pytest.raises(ValueError, match="got more"):
        codec.inflate_into(bomb, np.empty(100, "u1"))


def test_damaged_stream_is_refused() -> None:
    data = bytearray(codec.deflate(np.random.default_rng(0).integers(0, 9, 1000).astype("u1")))
    data[20] ^= 0xFF
    with pytest.raises(ValueError, match="a chunk must"):
        codec.inflate_into(bytes(data), np.empty(1000, "u1"))


@pytest.mark.parametrize("rows", [1, 4096, 65536, 65537, 140_000])
def test_columns_read_the_same_by_h5py_and_past_it(tmp_path: Path, rows: int) -> None:
    values = np.random.default_rng(0).normal(size=rows)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = codec.write_column(file, "x", values)
        assert (dataset[()] == values).all()
        assert (codec.read_column(dataset) == values).all()


def test_text_columns_are_utf8_of_fixed_length(tmp_path: Path) -> None:
    texts = np.array(["åb".encode(), b"c"] * 3000, "S")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = codec.write_column(file, "x", texts)
        info = h5py.check_string_dtype(dataset.dtype)
        assert (info.encoding, info.length) == ("utf-8", 3)
        assert (codec.read_column(dataset) == texts).all()


def test_a_chunk_that_was_never_written_is_fill(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("x", (100_000,), "u1", chunks=(65536,), compression="gzip", fillvalue=7)
        assert (codec.read_column(dataset) == 7).all()
