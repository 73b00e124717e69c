"""Recordings read from a web server: the same values as from the disk, few requests, and each failure a sentence."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from orbitviz.core.address import address_title, check_address, is_address, shown_address
from orbitviz.core.errors import OrbitvizError
from orbitviz.files import remote, remote_words
from orbitviz.files.block_cache import BlockCache
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.remote import RemoteSource
from orbitviz.files.remote_recording import open_address
from orbitviz.files.segments_writer import write_index

pytest.importorskip("aiohttp")
NODES, FRAMES = 150_000, 12


def load_server():
    spec = importlib.util.spec_from_file_location("range_server", Path(__file__).with_name("range_server.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RangeServer = load_server().RangeServer


@pytest.fixture(scope="session")
def large_once(kit: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kit.recording(tmp_path_factory.mktemp("large") / "run.h5", kit.fleet(NODES), FRAMES)


@pytest.fixture
def server(tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch):
    """A web server of a folder with run.h5, 12 nodes."""
    monkeypatch.setenv("ORBITVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote_words, "FIRST_WAIT_S", 0.001)
    with RangeServer(tmp_path) as running:
        yield running


def frame_of(reader, name: str, index: int) -> np.ndarray:
    out = np.empty(reader.node_count, reader.metrics[name].dtype)
    reader.read(name, index, out)
    return out


# -- The same values -------------------------------------------------------------------------------------------------


def test_values_are_those_of_the_file(server, large_once: Path, tmp_path: Path) -> None:
    shutil.copy(large_once, tmp_path / "large.h5")
    rows = np.array([0, 70_000, NODES - 1])
    with open_address(f"{server.address}/large.h5") as far, open_recording(large_once) as near:
        assert far.times_s.tolist() == near.times_s.tolist()
        assert far.size_bytes == near.size_bytes
        assert dict(far.metrics) == dict(near.metrics) and far.complete and not far.live
        assert np.array_equal(far.fleet.elements.raan_rad, near.fleet.elements.raan_rad)
        for name in near.metrics:
            for index in (0, 5, FRAMES - 1):
                assert np.array_equal(frame_of(far, name, index), frame_of(near, name, index))
            assert np.array_equal(far.histories(name, rows), near.histories(name, rows), equal_nan=True)
        assert far.totals["battery_soc_mean"].tolist() == near.totals["battery_soc_mean"].tolist()


def test_requests_are_few_and_none_is_made_twice(server, large_once: Path, tmp_path: Path) -> None:
    shutil.copy(large_once, tmp_path / "large.h5")
    address, size = f"{server.address}/large.h5", large_once.stat().st_size
    assert size > 10 * remote.BLOCK
    with open_address(address) as reader:
        opened = len(server.gets)
        assert opened <= 4 + size / (2 * remote.BLOCK)
        frame_of(reader, "radiator_k", 7)
        assert len(server.gets) - opened <= 3
        before = len(server.gets)
        frame_of(reader, "radiator_k", 7)
        assert len(server.gets) == before
        asked = [span for _, span in server.gets if span != "bytes=1-8"]
        assert len(asked) == len(set(asked))
    before = len(server.gets)
    with open_address(address) as reader:
        frame_of(reader, "radiator_k", 7)
    assert len(server.gets) == before, "what was fetched is kept on disk"


def test_a_history_asks_for_its_chunks_together(server, large_once: Path, tmp_path: Path) -> None:
    shutil.copy(large_once, tmp_path / "large.h5")
    with open_address(f"{server.address}/large.h5") as reader:
        before = len(server.gets)
        reader.histories("radiator_k", np.array([3]))
        assert len(server.gets) - before <= FRAMES


def test_a_file_in_memory_is_read(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORBITVIZ_CACHE", str(tmp_path / "cache"))
    system = importlib.import_module("fsspec").filesystem("memory")
    system.pipe_file("/bucket/run.h5", recording.read_bytes())
    with open_address("memory://bucket/run.h5") as reader:
        assert len(reader.times_s) == 3


def test_segments_elsewhere_are_one_recording(kit: SimpleNamespace, server, tmp_path: Path) -> None:
    folder = tmp_path / "run.segments"
    folder.mkdir()
    kit.recording(folder / "000.h5", kit.fleet())
    rows = [{"file": f"{k:03d}.h5", "first_t_s": 0.0, "frames": 3} for k in range(2)]
    write_index(folder, "Far away", False, rows)
    for address in (f"{server.address}/run.segments/", f"{server.address}/run.segments/index.json?token=x"):
        with open_address(address) as reader:
            assert reader.title == "Far away" and len(reader.times_s) == 3 and not reader.live
            there = f"{server.address}/run.segments/001.h5"
            assert reader.notes == [f"segment 001.h5 is left out: {there} must be readable, there is no such file"]
    assert any(path == "/run.segments/000.h5?token=x" for path, _ in server.gets)


# -- Failures --------------------------------------------------------------------------------------------------------


def refusal(address: str) -> str:
    with pytest.raises(OrbitvizError) as caught:
        open_address(address)
    return str(caught.value)


def test_a_server_that_sends_only_the_whole_is_found_before_it_does(server, large_once: Path, tmp_path: Path) -> None:
    shutil.copy(large_once, tmp_path / "large.h5")
    server.ranges = False
    assert "this one sends only the whole" in refusal(f"{server.address}/large.h5")
    assert len(server.gets) == 1


def test_a_small_file_is_read_without_ranges(server) -> None:
    server.ranges = False
    with open_address(f"{server.address}/run.h5") as reader:
        assert len(reader.times_s) == 3


def test_connections_that_are_cut_are_tried_again(server) -> None:
    server.cuts = 2
    with open_address(f"{server.address}/run.h5") as reader:
        assert len(reader.times_s) == 3
    assert server.cuts == 0


def test_a_connection_that_is_cut_each_time_is_said(server) -> None:
    server.cuts = 1000
    assert "the connection is cut each time" in refusal(f"{server.address}/run.h5")


def test_a_slow_server_is_given_up(server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_words, "SILENT_S", 0.05)
    server.wait_s = 0.3
    assert "the server does not answer in time" in refusal(f"{server.address}/run.h5")


def test_a_slow_server_can_be_left(server) -> None:
    came: list[int] = []

    def told(fetched: int) -> None:
        came.append(fetched)
        raise OrbitvizError("stopped")

    with pytest.raises(OrbitvizError, match="stopped"):
        open_address(f"{server.address}/run.h5", told)
    assert len(came) == 1 and came[0] > 0


@pytest.mark.parametrize("strict", [True, False])
def test_a_file_that_changes_is_never_mixed(
    server, large_once: Path, tmp_path: Path, monkeypatch, strict: bool
) -> None:
    monkeypatch.setattr(remote, "CHECK_EVERY_S", -1.0)
    path = tmp_path / "large.h5"
    shutil.copy(large_once, path)
    server.strict = strict  # whether the server looks at If-Match
    with open_address(f"{server.address}/large.h5") as reader:
        os.utime(path, (1.0, 1.0))
        with pytest.raises(OrbitvizError, match="must stay as it is while it is read, it was changed"):
            for index in range(FRAMES):
                frame_of(reader, "status", index)
    with open_address(f"{server.address}/large.h5") as reader:
        assert len(frame_of(reader, "status", 3)) == NODES


def test_what_has_no_name_for_its_state_is_not_kept(server, tmp_path: Path) -> None:
    server.named = False
    with open_address(f"{server.address}/run.h5") as reader:
        assert len(reader.times_s) == 3
    assert not list((tmp_path / "cache").rglob("0*"))


def test_the_gate_is_the_same(server, tmp_path: Path) -> None:
    h5py = importlib.import_module("h5py")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file["/frames/outside"] = h5py.ExternalLink("/etc/passwd", "/x")
    assert "must lie in this file, it is a link to another" in refusal(f"{server.address}/run.h5")
    (tmp_path / "run.h5").write_bytes(b"<html>" * 100)
    assert "must be a whole HDF5 file" in refusal(f"{server.address}/run.h5")


@pytest.mark.parametrize(
    ("status", "words"), [(404, "there is no such file"), (401, "a name and password"), (403, "not for everybody")]
)
def test_refusals_of_the_server_are_words_without_secrets(server, status: int, words: str) -> None:
    server.status = status
    address = server.address.replace("//", "//anna:geheim@") + "/run.h5?token=hidden#x"
    said = refusal(address)
    assert words in said and f"{server.address}/run.h5" in said
    assert "geheim" not in said and "hidden" not in said and "anna" not in said


def test_nobody_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_words, "FIRST_WAIT_S", 0.001)
    with RangeServer(tmp_path) as gone:
        address = gone.address
    assert "the server cannot be reached" in refusal(f"{address}/run.h5")


def test_the_password_reaches_the_server(server) -> None:
    address = server.address.replace("//", "//anna:geheim@") + "/run.h5"
    with open_address(address) as reader:
        assert len(reader.times_s) == 3
    assert all(headers.get("Authorization", "").startswith("Basic ") for headers in server.headers)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "local:///etc/passwd",
        "zip::https://host/a.zip",
        "simplecache::https://host/run.h5",
        "zip://a.h5::file:///x.zip",
        "ftp://host/run.h5",
        "ssh://host/run.h5",
        "https+file://host/run.h5",
        "reference::https://host/x",
        "https://",
    ],
)
def test_other_schemes_and_chains_are_refused(address: str) -> None:
    with pytest.raises(OrbitvizError, match="an address must"):
        check_address(address)


def test_what_is_an_address() -> None:
    assert is_address("https://host/run.h5") and is_address("file:///x") and is_address("zip::https://x")
    assert not is_address("C:\\runs\\run.h5") and not is_address("run.h5") and not is_address(Path("/a"))
    assert shown_address("HTTPS://u:p@host:81/a/run.h5?sig=1#f") == "https://host:81/a/run.h5"
    assert shown_address("https://host/a@b/run.h5") == "https://host/a@b/run.h5"
    assert address_title("https://u:p@host:81/a/run.h5?sig=1") == "host/run.h5"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(OrbitvizError, match=r"needs the package s3fs, it is not installed"):
        open_address("s3://bucket/run.h5")
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(OrbitvizError, match=r'pip install "orbitviz\[remote\]"'):
        open_address("https://host/run.h5")


# -- The cache -------------------------------------------------------------------------------------------------------


def test_a_block_that_is_not_whole_is_not_taken(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path)
    key = cache.key("https://host/run.h5", "tag", 10)
    cache.put(key, 3, b"0123456789")
    assert cache.get(key, 3, 10) == b"0123456789"
    assert cache.get(key, 3, 9) is None and cache.get(key, 4, 10) is None
    path = next(tmp_path.rglob("00000003"))
    path.write_bytes(b"x" + path.read_bytes()[1:])
    assert cache.get(key, 3, 10) is None
    assert len({cache.key("a", "t", 1), cache.key("a", "u", 1), cache.key("a", "t", 2), cache.key("b", "t", 1)}) == 4


def test_the_cache_is_bounded_and_what_was_used_last_stays(tmp_path: Path) -> None:
    cache = BlockCache(tmp_path, limit_bytes=50_000)
    for block in range(200):
        cache.put("key", block, bytes(1000))
        os.utime(tmp_path / "key" / f"{block:08d}", (block, block))
    cache.sweep()
    left = list((tmp_path / "key").iterdir())
    assert sum(path.stat().st_size for path in left) <= 50_000
    assert cache.get("key", 199, 1000) == bytes(1000)


def test_any_part_is_read_as_it_is(server, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    data = rng.bytes(5 * remote.BLOCK + 777)
    (tmp_path / "bytes.bin").write_bytes(data)
    source = RemoteSource(f"{server.address}/bytes.bin")
    for _ in range(60):
        offset, size = int(rng.integers(0, len(data))), int(rng.integers(0, 2 * remote.BLOCK))
        assert source.read_at(offset, size) == data[offset : offset + size]
    source.expect([(10, 20), (4 * remote.BLOCK, 5), (len(data) - 3, 50)])
    assert source.read_at(len(data) + 5, 10) == b""
