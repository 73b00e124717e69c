"""Files elsewhere are looked at in the confined process: harm is a sentence, each byte is fetched once."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from orbitviz.bench.mutants import Seed, mutants
from orbitviz.core.errors import FileRefusedError, OrbitvizError
from orbitviz.files import remote_words, vetting, vetting_bytes, vetting_remote
from orbitviz.files.remote import RemoteSource
from orbitviz.files.remote_recording import open_address
from orbitviz.files.vetting_remote import Pieces
from orbitviz.files.vetting_server import CODE, Checkers

pytest.importorskip("aiohttp")
FORKS = hasattr(os, "fork")
WAYS = [pytest.param(False, marks=pytest.mark.skipif(not FORKS, reason="no fork here")), True]

SPOILT = textwrap.dedent(
    """
    import os, sys, time
    sys.path[:0] = {paths}
    from orbitviz.files import probing, vetting_child
    sound = probing.probe_source

    def probe(source, name, kinds):
        source.read_at(0, 8)
        word = name.partition(".")[0]
        if word == "crash":
            import ctypes
            ctypes.string_at(0)
        if word == "hang":
            time.sleep(1000)
        if word == "memory":
            bytearray(64 << 30)
        if word == "outside":
            source._fetch(0, source.size + 1)
        if word == "huge":
            source._fetch(0, 1 << 40)
        return sound(source, name, kinds)

    probing.probe_source = probe
    sys.exit(vetting_child.serve({once}))
    """
)


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RangeServer = load("range_server").RangeServer


@pytest.fixture
def server(tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch):
    """A web server of a folder with run.h5, 12 nodes."""
    monkeypatch.setenv("ORBITVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote_words, "FIRST_WAIT_S", 0.001)
    with RangeServer(tmp_path) as running:
        yield running


def use(monkeypatch: pytest.MonkeyPatch, once: bool, code: str, limit_s: float) -> Iterator[Checkers]:
    monkeypatch.setattr(vetting, "LIMIT_S", limit_s)
    mine = Checkers(once=once, code=code)
    monkeypatch.setattr(vetting, "CHECKERS", mine)
    yield mine
    mine.close()


@pytest.fixture(params=WAYS)
def spoilt(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checkers]:
    """Processes that come to harm over files of certain names."""
    yield from use(monkeypatch, request.param, SPOILT, 1.0)


@pytest.fixture(params=WAYS)
def sound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checkers]:
    """Processes as they are, with little time."""
    yield from use(monkeypatch, request.param, CODE, 1.0)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("crash", "reading it crashed a separate process"),
        ("hang", "must be read within 1 s"),
        ("memory", "must be read within 1 GB of memory"),
        ("outside", "must be read within its bounds"),
        ("huge", "must be read within its bounds"),
    ],
)
def test_harm_is_a_sentence(spoilt: Checkers, server, recording: Path, word: str, said: str, monkeypatch) -> None:
    shutil.copy(recording, recording.with_name(f"{word}.h5"))
    with monkeypatch.context() as patch:
        patch.setattr(h5py, "File", None)  # nothing reaches the library here
        with pytest.raises(FileRefusedError, match=said) as caught:
            open_address(f"{server.address}/{word}.h5")
    assert "nothing was opened" in caught.value.message and caught.value.path is None
    with open_address(f"{server.address}/run.h5") as reader:
        assert len(reader.times_s) == 3


def harmful(folder: Path) -> bytes:
    """A damaged file over which the library hangs or crashes, as the gate says of it on the disk."""
    path, foreign = folder / "bad.h5", load("test_mutations").foreign
    seeds = [Seed.of(foreign(folder / "lean.h5")), Seed.of(foreign(folder / "latest.h5", libver="latest"))]
    for _, data in mutants(seeds, 20, 1):
        path.write_bytes(data)
        answer = vetting.CHECKERS.ask({"path": str(path), "kinds": ["recording"], "limit_s": 1.0})
        if "slow" in answer or "died" in answer:
            return data
    pytest.skip("this HDF5 survives all of them")


def test_a_file_that_harms_the_library_is_refused(sound: Checkers, server, tmp_path: Path) -> None:
    (tmp_path / "bad.h5").write_bytes(harmful(tmp_path))
    with pytest.raises(FileRefusedError, match="nothing was opened"):
        open_address(f"{server.address}/bad.h5")
    with open_address(f"{server.address}/run.h5") as reader:
        assert len(reader.times_s) == 3


def test_a_slow_network_is_no_hang(sound: Checkers, server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.wait_s = 1.5  # longer than a look may take
    with open_address(f"{server.address}/run.h5") as reader:
        assert len(reader.times_s) == 3


def test_a_network_that_is_too_slow_is_said(server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetting_remote, "NETWORK_S", 0.0)
    with pytest.raises(FileRefusedError, match="must come within 0 s to be looked at"):
        open_address(f"{server.address}/run.h5")


def test_a_look_can_be_stopped(spoilt: Checkers, server, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetting, "LIMIT_S", 100.0)
    shutil.copy(recording, recording.with_name("hang.h5"))
    errors: list[OrbitvizError] = []

    def look() -> None:
        try:
            open_address(f"{server.address}/hang.h5")
        except OrbitvizError as error:
            errors.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    while vetting.checking_s(thread.ident or 0) == 0.0:
        time.sleep(0.01)
    vetting.stop(thread.ident or 0)
    thread.join(20)
    assert "was stopped" in errors[0].message


def test_the_verdict_is_remembered_and_no_byte_comes_twice(
    kit: SimpleNamespace, server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.recording(tmp_path / "large.h5", kit.fleet(40_000), 6)
    asked = []
    real = vetting.CHECKERS.ask
    monkeypatch.setattr(vetting.CHECKERS, "ask", lambda *what: asked.append(what) or real(*what))
    for _ in range(2):
        open_address(f"{server.address}/large.h5").close()
    spans = [span for _, span in server.gets if span != "bytes=1-8"]
    assert len(spans) == len(set(spans)) and len(asked) == 1
    os.utime(tmp_path / "large.h5", (1.0, 1.0))
    open_address(f"{server.address}/large.h5").close()
    assert len(asked) == 2


@pytest.mark.parametrize("want", [None, [-1, 5], [0, 0], [0, -1], ["0", 1], [0, 1 << 62], [0, 1, 2], {"a": 1}])
def test_what_is_asked_for_is_not_trusted(server, want: object) -> None:
    pieces = Pieces(RemoteSource(f"{server.address}/run.h5"))
    assert len(pieces([0, 8])) == 8
    with pytest.raises(FileRefusedError, match="within its bounds"):
        pieces(want)


def test_pieces_come_as_they_are() -> None:
    rng = np.random.default_rng(3)
    data, asked = rng.bytes(40 * vetting_bytes.BLOCK + 99), []

    def fetch(offset: int, size: int) -> bytes:
        asked.append(size)
        return data[offset : offset + size]

    source = vetting_bytes.AskedBytes(len(data), fetch)
    for _ in range(50):
        offset, size = int(rng.integers(0, len(data))), int(rng.integers(0, len(data)))
        assert source.read_at(offset, size) == data[offset : offset + size]
    assert source.read_at(0, 2 * len(data)) == data
    assert sum(asked) == len(data) and max(asked) <= vetting_bytes.MAX_PIECE
    assert vetting_bytes.wanted(json.dumps({"want": [1, 2]}).encode()) is None  # no whole line
    assert vetting_bytes.wanted(b"nonsense\n") is None
