"""Files are looked at in another process: whatever happens to that one is a sentence here, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orbitviz.core.errors import FileRefusedError, RecipeError
from orbitviz.files import kind_of, vetting, vetting_server
from orbitviz.files.importers import read_catalogue
from orbitviz.files.recipe import read_recipe
from orbitviz.files.recording_reader import open_recording
from orbitviz.files.safety import open_checked
from orbitviz.files.vetting import vet
from orbitviz.files.vetting_server import Checkers

FORKS = hasattr(os, "fork")
WAYS = [pytest.param(False, marks=pytest.mark.skipif(not FORKS, reason="no fork here")), True]

SPOILT = textwrap.dedent(
    """
    import os, signal, sys, time
    sys.path[:0] = {paths}
    from orbitviz.files import probing, vetting_child
    sound = probing.probe

    def probe(path, kinds):
        word = path.stem
        if word == "crash":
            import ctypes
            ctypes.string_at(0)
        if word == "hang":
            time.sleep(1000)
        if word == "spin":
            while True:
                pass
        if word == "memory":
            bytearray(64 << 30)
        if word == "exit":
            os._exit(3)
        if word == "reads":
            open(path.with_name("canary")).read()
        if word == "writes":
            open(path.with_name("written"), "w").write("x" * 9999)
        if word == "chatter":
            os.write(1, b"nonsense " * 20000)
        return sound(path, kinds)

    probing.probe = probe
    sys.exit(vetting_child.serve({once}))
    """
)


@pytest.fixture(params=WAYS)
def checkers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checkers]:
    """Processes that come to harm over files of certain names."""
    monkeypatch.setattr(vetting, "LIMIT_S", 1.0)
    mine = Checkers(once=request.param, code=SPOILT)
    monkeypatch.setattr(vetting, "CHECKERS", mine)
    yield mine
    mine.close()


def named(recording: Path, word: str) -> Path:
    return recording.rename(recording.with_name(f"{word}.h5"))


def refused(path: Path) -> str:
    with pytest.raises(FileRefusedError) as caught:
        open_recording(path)
    assert caught.value.path == path
    assert "nothing was opened" in caught.value.message
    assert "recover" in caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("crash", "reading it crashed a separate process"),
        ("exit", "reading it crashed a separate process (exit code 3)"),
        ("hang", "must be read within 1 s"),
        ("spin", "must be read within 1 s"),
        ("memory", "must be read within 1 GB of memory"),
    ],
)
def test_harm_is_a_sentence(checkers: Checkers, recording: Path, tmp_path: Path, word: str, said: str) -> None:
    assert said in refused(named(recording, word))
    (tmp_path / "sound.toml").write_text('[scenario]\nname = "x"\n')
    assert vet(tmp_path / "sound.toml").kind == "recipe"  # the next file is looked at all the same


@pytest.mark.skipif(not FORKS, reason="only a fork is confined")
def test_a_look_writes_nothing(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetting, "CHECKERS", mine := Checkers(once=False, code=SPOILT))
    with pytest.raises(FileRefusedError):
        vet(named(recording, "writes"))
    mine.close()
    written = recording.with_name("written")
    assert not written.exists() or written.stat().st_size == 0


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_a_look_reads_no_other_file(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    if ctypes.CDLL(None).syscall(444, None, 0, 1) < 1:
        pytest.skip("this kernel has no Landlock")
    recording.with_name("canary").write_text("secret")
    monkeypatch.setattr(vetting, "CHECKERS", mine := Checkers(once=False, code=SPOILT))
    with pytest.raises(FileRefusedError, match="Permission denied"):
        vet(named(recording, "reads"))
    mine.close()


def test_what_a_library_prints_is_no_answer(checkers: Checkers, recording: Path) -> None:
    assert vet(named(recording, "chatter")).kind == "recording"


@pytest.mark.parametrize("answer", [{}, {"kind": "recording"}, {"refused": "no"}, {"kind": 1, "complete": 2}])
def test_an_answer_that_is_none_opens_nothing(
    recording: Path, monkeypatch: pytest.MonkeyPatch, answer: dict[str, object]
) -> None:
    monkeypatch.setattr(vetting.CHECKERS, "ask", lambda request: answer)
    with pytest.raises(FileRefusedError, match="must be looked at in a separate process"):
        open_recording(recording)


def test_a_look_can_be_stopped(checkers: Checkers, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetting, "LIMIT_S", 100.0)
    path, errors = named(recording, "hang"), []

    def look() -> None:
        try:
            vet(path)
        except FileRefusedError as error:
            errors.append(error)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    while vetting.checking_s(thread.ident or 0) == 0.0:
        time.sleep(0.01)
    vetting.stop(thread.ident or 0)
    thread.join(20)
    assert "was stopped" in errors[0].message
    assert vetting.checking_s(thread.ident or 0) == 0.0


def test_many_threads_at_once(checkers: Checkers, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vetting, "LIMIT_S", 60.0)
    data, kinds = recording.read_bytes(), []
    paths = [recording.with_name(f"{number}.h5") for number in range(12)]
    for path in paths:
        path.write_bytes(data)
    threads = [threading.Thread(target=lambda mine=path: kinds.append(vet(mine).kind)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert kinds == ["recording"] * 12


def test_a_verdict_holds_until_the_file_changes(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    real = vetting.CHECKERS.ask
    monkeypatch.setattr(vetting.CHECKERS, "ask", lambda request: asked.append(request) or real(request))
    assert kind_of(recording) == "recording"
    open_recording(recording).close()
    assert len(asked) == 1
    recording.write_bytes(recording.read_bytes())
    os.utime(recording, ns=(1, 1))
    open_recording(recording).close()
    assert len(asked) == 2


def test_a_file_that_is_exchanged_meanwhile_is_not_opened(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.h5"
    other.write_bytes(recording.read_bytes())
    verdict = vet(other)
    monkeypatch.setattr(vetting, "vet", lambda *_: verdict)
    with pytest.raises(FileRefusedError, match="must stay as it is"):
        open_checked(recording, ("recording",))


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes in the file system")
    for name, read in (("a.h5", open_recording), ("a.toml", read_recipe), ("a.tle", read_catalogue), ("b", kind_of)):
        os.mkfifo(tmp_path / name)
        with pytest.raises((FileRefusedError, RecipeError), match="it is a pipe or a device"):
            read(tmp_path / name)


ENDS = textwrap.dedent(
    """
    import os, signal, sys, threading
    from orbitviz.files import vetting, vetting_server
    thread = threading.Thread(target=vetting.vet, args=(sys.argv[1],), daemon=True)
    thread.start()
    thread.join()
    print(vetting_server.CHECKERS._idle[0]._process.pid, flush=True)
    if sys.argv[2] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    """
)


@pytest.mark.skipif(not FORKS, reason="only a process that forks stays warm")
@pytest.mark.parametrize("how", ["end", "kill"])
def test_the_other_process_ends_with_the_program(recording: Path, how: str) -> None:
    """Also when a thread started it that is long gone, and when the program is killed."""
    done = subprocess.run([sys.executable, "-c", ENDS, str(recording), how], capture_output=True, text=True, timeout=60)
    pid = int(done.stdout)
    assert done.returncode == (-signal.SIGKILL if how == "kill" else 0)
    for _ in range(200):
        if not _runs(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")


def _runs(pid: int) -> bool:
    """Whether a process is at work: one that has ended and that nobody waits for is none."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return sys.platform != "linux"


def test_a_packaged_program_is_told_by_its_flag() -> None:
    code = "import sys; from orbitviz.files.vetting_server import serve; sys.exit(serve(sys.argv[1:]))"
    words = [sys.executable, "-c", code, vetting_server.FLAG]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert vetting_server.serve(["list"]) is None


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_a_look_sends_no_signal(recording: Path) -> None:
    import ctypes

    if ctypes.CDLL(None).syscall(444, None, 0, 1) < 6:
        pytest.skip("this kernel's Landlock knows no signals")
    code = SPOILT.replace("return sound(path, kinds)", "os.kill(os.getppid(), 15); return sound(path, kinds)")
    mine = Checkers(once=False, code=code)
    answer = mine.ask({"path": str(recording), "kinds": ["recording"], "limit_s": 10.0})
    mine.close()
    assert "Operation not permitted" in answer["refused"][0]
